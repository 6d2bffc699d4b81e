"""Hold the plain numbers that checks look at; no event array leaves its worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan

from cytoflow_blina.domain.counting import ReplicateCount
from cytoflow_blina.quality.back_gating import GateQuality
from cytoflow_blina.quality.residual_spill import ResidualSpill
from cytoflow_blina.quality.time_course import TimeMeasurement

NO_TIME = TimeMeasurement(nan, nan, "Time was not looked at")


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
    """

    saturation_percent: Mapping[str, float] = field(default_factory=dict)
    time: TimeMeasurement = NO_TIME
    gate: GateQuality | None = None
    spill: tuple[ResidualSpill, ...] | None = None
    has_tandem: bool = False


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
