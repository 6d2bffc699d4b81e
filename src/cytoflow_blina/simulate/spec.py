"""Say which tube to simulate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cytoflow_blina.bridge.fcs_writer import FcsVersion
from cytoflow_blina.simulate.changes import Change


@dataclass(frozen=True)
class Preparation:
    """How the tube was pipetted, and what the lab believes of it.

    Attributes
    ----------
    beads_per_tube : float or None
        What the sheet says, from the pouch; None for a tube without beads.
    blood_volume_ul : float
        Meant to be pipetted.
    pipetting_cv, bead_lot_cv : float
        Relative standard deviation of the true volume of each tube, and of the true
        number of beads in the pellets of a lot, beside those; 0 is exact. A lab that
        is worse than it believes has more than the 2 % that intervals allow for.
    bead_lot : str
        Tubes of one lot share its error.
    blood_share, bead_share : float
        Share of the blood and of the beads that got into the tube, where a mistake
        was made; the lab does not know of it.
    """

    beads_per_tube: float | None = 50_450.0
    blood_volume_ul: float = 50.0
    pipetting_cv: float = 0.02
    bead_lot_cv: float = 0.02
    bead_lot: str = "SIM-001"
    blood_share: float = 1.0
    bead_share: float = 1.0


@dataclass(frozen=True)
class FileForm:
    """What the file declares.

    Attributes
    ----------
    labelled : bool
        Whether `$PnS` names the antigens.
    float_version : {"3.0", "3.1"}
        Standard of a digital cytometer's file; a FACSCalibur writes 2.0.
    has_width : bool
        Whether a digital cytometer also stores `FSC-W`.
    time_wraps : bool
        Whether the clock runs over its scale within the tube, and starts again.
    """

    labelled: bool = True
    float_version: FcsVersion = "3.0"
    has_width: bool = True
    time_wraps: bool = False


@dataclass(frozen=True)
class TubeSpec:
    """A tube to simulate.

    Attributes
    ----------
    panel, tube : str
        `facscalibur-multitest` with `A` or `B`, `navios-tetrachrome` with `1` or `2`,
        or `facscanto-tbnk` with the empty string.
    subject, visit : str
        Whose blood: with seed and tube, the key to the random numbers.
    concentrations : mapping of str to float
        Cells per microlitre of blood, by population; one not named is absent.
    n_lymphocytes, n_beads : int
        When to stop: as soon as both are expected, as far as the blood goes.
    max_events : int
        When to stop at the latest.
    preparation : Preparation
        How it was pipetted.
    form : FileForm
        What the file declares.
    instrument : str
        Tubes of one instrument share voltages, spill, scatter and rate; empty for one
        of its own.
    staining_lot : str
        Tubes stained with one lot of reagents share most of its brightness; empty for
        one of its own.
    changes : tuple of Change
        What departs from the conditions that are drawn, in this order.
    acquired_at : datetime
        When the first event came, by the instrument's clock.
    """

    panel: str
    tube: str
    subject: str
    visit: str
    concentrations: Mapping[str, float]
    n_lymphocytes: int = 15_000
    n_beads: int = 0
    max_events: int = 100_000
    preparation: Preparation = field(default_factory=Preparation)
    form: FileForm = field(default_factory=FileForm)
    instrument: str = ""
    staining_lot: str = ""
    changes: tuple[Change, ...] = ()
    acquired_at: datetime = datetime(2026, 1, 5, 10, 0, 0)  # noqa: DTZ001  instrument clocks know no zone
