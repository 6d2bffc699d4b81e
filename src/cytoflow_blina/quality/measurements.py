"""Hold the plain numbers that checks look at; no event array leaves its worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan

from cytoflow_blina.domain.counting import ReplicateCount
from cytoflow_blina.quality.back_gating import GateQuality
from cytoflow_blina.quality.carry_over import CarryOver
from cytoflow_blina.quality.residual_spill import ResidualSpill
from cytoflow_blina.quality.run_course import Drift, RatioCourse
from cytoflow_blina.quality.time_course import TimeMeasurement

NO_TIME = TimeMeasurement(nan, nan, "Time was not looked at")
NO_RATIO_COURSE = RatioCourse()
NO_CARRY_OVER = CarryOver()


@dataclass(frozen=True)
class EventQuality:
    """What was measured in the events of a tube; plain numbers alone.

    Attributes
    ----------
    saturation_percent : mapping of str to float
        By marker, `measure_saturation` of each fluorescence that gates use.
    time : TimeMeasurement
        `measure_time` of the tube.
    gate : GateQuality or None
        `measure_gate_quality`; None without a lymphocyte gate.
    spill : tuple of ResidualSpill or None
        `measure_residual_spill`; None without a lymphocyte gate.
    has_tandem : bool
        Whether the tube has a tandem dye and its donor.
    axis_percent : mapping of str to float or None
        By marker, `measure_axis_pileup` of each fluorescence stored in logarithmic
        channels; None where the cytometer stored none.
    bead_cv_percent : mapping of str to float
        By marker, `measure_bead_cv`; empty without a bead gate or with few beads.
    bead_course : RatioCourse
        `measure_ratio_course` of beads and leukocytes.
    drift : Drift or None
        `measure_drift` of CD45 of lymphocytes and of the beads; None without a
        lymphocyte gate.
    carry_over : CarryOver
        `measure_carry_over` of the first seconds.
    early_excess : mapping of str to float
        By reported population, `early_excess`; empty where Time cannot be used.
    n_doublets : int or None
        CD3+CD19+ events of the lymphocyte gate; None where not told.
    viable_percent : float or None
        `measure_viability`; None for a panel without a dye for it.
    n_leukocytes : int
        Events of the parent of the lymphocyte gate.
    n_cd45dim_cd19pos : int or None
        CD19+ events with less CD45 than a lymphocyte; None without a gate for them.
    """

    saturation_percent: Mapping[str, float] = field(default_factory=dict)
    time: TimeMeasurement = NO_TIME
    gate: GateQuality | None = None
    spill: tuple[ResidualSpill, ...] | None = None
    has_tandem: bool = False
    axis_percent: Mapping[str, float] | None = None
    bead_cv_percent: Mapping[str, float] = field(default_factory=dict)
    bead_course: RatioCourse = NO_RATIO_COURSE
    drift: Drift | None = None
    carry_over: CarryOver = NO_CARRY_OVER
    early_excess: Mapping[str, float] = field(default_factory=dict)
    n_doublets: int | None = None
    viable_percent: float | None = None
    n_leukocytes: int = 0
    n_cd45dim_cd19pos: int | None = None


NOT_LOOKED_AT = EventQuality()


@dataclass(frozen=True)
class TubeMeasurements:
    """What was measured in one tube.

    Attributes
    ----------
    sample_id, tube : str
        Which tube; `tube` is empty in a panel of one.
    n_events : int
        Events in the file.
    n_lymphocytes : int
        Events of the lymphocyte gate.
    count_method : str
        `bead`, `volumetric`, `dual` or `none`.
    n_beads : int or None
        Events of the bead gate, None without such a gate.
    percent_of_lymphocytes : mapping of str to float
        Populations of the tube by the names of `counts.csv`, 0 to 100; NaN where the
        lymphocyte gate is empty. What the tube does not measure is absent.
    confidences : mapping of str to float
        How sure the gates of each population are, 0 to 1, by the names of `counts.csv`;
        NaN where not known.
    are_gates_given : bool
        Whether a person gave the gates.
    counts_lymphocytes : bool
        Whether the template has a gate of lymphocytes; one of marrow may have none.
    monocyte_percent : float or None
        CD3- CD4dim events in percent of the lymphocyte gate; None where the tube does
        not count them.
    quality : EventQuality
        What was measured in its events.
    """

    sample_id: str
    tube: str
    n_events: int
    n_lymphocytes: int
    count_method: str = "none"
    n_beads: int | None = None
    percent_of_lymphocytes: Mapping[str, float] = field(default_factory=dict)
    confidences: Mapping[str, float] = field(default_factory=dict)
    are_gates_given: bool = False
    counts_lymphocytes: bool = True
    monocyte_percent: float | None = None
    quality: EventQuality = NOT_LOOKED_AT

    def percent(self, population: str) -> float | None:
        """Take the share of a population.

        Parameters
        ----------
        population : str
            By its name in `counts.csv`.

        Returns
        -------
        float or None
            In percent of the lymphocytes; None where the tube does not measure it.
        """
        return self.percent_of_lymphocytes.get(population)


@dataclass(frozen=True)
class SampleMeasurements:
    """What the tubes of one sample say about the same thing.

    Attributes
    ----------
    sample_id : str
        The sample.
    count_method : str
        `bead`, `volumetric`, `dual` or `none`.
    cd3 : mapping of str to ReplicateCount or None
        CD3 by tube; None for a tube that should have it and could not be processed.
    """

    sample_id: str
    count_method: str = "none"
    cd3: Mapping[str, ReplicateCount | None] = field(default_factory=dict)
