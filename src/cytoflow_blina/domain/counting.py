"""Hold what turns events into cells per microlitre, and the rows that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import nan
from typing import NamedTuple

BEADS_PER_TUBE_MIN = 20_000
BEADS_PER_TUBE_MAX = 100_000
"""Sane bead numbers of a Trucount pellet (design choice; lots lie near 50,000)."""


class CountMethod(StrEnum):
    """How events become cells per microlitre; `none` reports percentages alone."""

    BEAD = "bead"
    VOLUMETRIC = "volumetric"
    DUAL = "dual"
    NONE = "none"


@dataclass(frozen=True)
class CountingInputs:
    """What the sample sheet says about counting one tube.

    Attributes
    ----------
    method : CountMethod
        The route.
    beads_per_tube : float or None
        Beads in the tube, printed on the pouch of the lot.
    blood_volume_ul : float or None
        Blood pipetted into the tube.
    acquired_volume_ul : float or None
        Volume of diluted sample that the cytometer took in; `$VOL` where the sheet
        says nothing.
    dilution_factor : float or None
        (blood + reagents + lysing solution) / blood.
    wbc_1e9_per_l, lymph_percent_of_wbc : float or None
        Of the haematology analyser.
    """

    method: CountMethod
    beads_per_tube: float | None = None
    blood_volume_ul: float | None = None
    acquired_volume_ul: float | None = None
    dilution_factor: float | None = None
    wbc_1e9_per_l: float | None = None
    lymph_percent_of_wbc: float | None = None


@dataclass(frozen=True)
class Concentration:
    """Cells per microlitre with a two-sided 95 % interval; NaN where not counted."""

    cells_per_ul: float
    lo95: float
    hi95: float


NOT_COUNTED = Concentration(nan, nan, nan)


@dataclass(frozen=True)
class CountFactor:
    """What one event of a tube is worth, and how sure that is.

    Attributes
    ----------
    cells_per_ul_per_event : float
        Cells per microlitre for each event.
    own_variance : float
        Squared CV of the errors of this tube alone: beads counted, pipetting.
    shared_variance : float
        Squared CV of the errors that all tubes of the sample share: bead lot,
        analyser.
    lymphocytes : Concentration or None
        Lymphocytes known without the cytometer (dual platform).
    """

    cells_per_ul_per_event: float
    own_variance: float
    shared_variance: float
    lymphocytes: Concentration | None = None


class PopulationCount(NamedTuple):
    """Events of one population of a tube.

    Attributes
    ----------
    n_events, n_parent : int
        Events of the population, and of what is 100 % for `percent_of_parent`.
    definition : str
        In words.
    confidence : float
        How sure its gates are, 0 to 1; NaN where not known.
    """

    n_events: int
    n_parent: int
    definition: str = ""
    confidence: float = nan


@dataclass(frozen=True)
class TubeCounts:
    """What was counted in one tube.

    Attributes
    ----------
    tube : str
        Id of the tube, empty in a panel of one.
    populations : mapping of str to PopulationCount
        By the names of `counts.csv`.
    n_lymphocytes : int
        Events of the lymphocyte gate.
    factor : CountFactor or None
        What an event is worth; None where nothing can be counted: method `none`,
        or a bead tube without beads.
    n_beads : int or None
        Events of the bead gate; None where the tube has none to look for.
    purity_percent : float
        Lymphocytes among the events of the lymphocyte gate; NaN where not measured.
    is_usable : bool
        False where a check of this tube failed for another reason than low counts.
    """

    tube: str
    populations: Mapping[str, PopulationCount] = field(default_factory=dict)
    n_lymphocytes: int = 0
    factor: CountFactor | None = None
    n_beads: int | None = None
    purity_percent: float = nan
    is_usable: bool = True


@dataclass(frozen=True)
class ReplicateCount:
    """One population as one tube of a sample has it, to be compared with another's.

    Attributes
    ----------
    n_events, n_lymphocytes : int
        Events of the population, and of the tube's lymphocyte gate.
    cells_per_ul : float
        NaN where not counted.
    n_beads : int or None
        Events of the bead gate, None where it does not count by beads.
    """

    n_events: int
    n_lymphocytes: int
    cells_per_ul: float
    n_beads: int | None = None


@dataclass(frozen=True)
class CountRow:
    """One row of `counts.csv`: a population of a sample.

    The fields are the columns, in their order; `cohort/columns.csv` explains each.
    None and NaN mean missing, never zero.
    """

    sample_id: str
    subject_id: str
    cycle: int
    visit: str
    rel_day: int | None
    specimen: str
    population: str
    definition: str
    source_tube: tuple[str, ...]
    n_events: int | None
    n_parent: int | None
    n_lymphocytes: int | None
    percent_of_parent: float
    percent_of_lymphocytes: float
    percent_lo95: float
    percent_hi95: float
    cells_per_ul: float
    cells_per_ul_lo95: float
    cells_per_ul_hi95: float
    cells_1e9_per_l: float
    count_method: str
    qc_status: str = ""
    qc_flags: tuple[str, ...] = ()
    release_class: str = ""
    review_status: str = "UNREVIEWED"
    qc_fails: tuple[str, ...] = ()
    ratio: float = nan
    ratio_lo95: float = nan
    ratio_hi95: float = nan
    n_beads: int | None = None
    censored: bool = False
    limit: float = nan
    ref_source: str = ""
    ref_low: float = nan
    ref_high: float = nan
    ref_unit: str = ""
    ref_percentiles: str = ""
    ref_flag: str = ""
    ref_verified: bool | None = None
    confidence: float = nan
    release_reasons: str = ""
