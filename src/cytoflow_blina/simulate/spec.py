"""Say which tube to simulate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cytoflow_blina.bridge.fcs_writer import FcsVersion


@dataclass(frozen=True)
class Preparation:
    """How the tube was pipetted, and what the lab believes of it.

    Attributes
    ----------
    beads_per_tube : float or None
        Printed on the pouch; None for a tube without beads.
    blood_volume_ul : float
        Meant to be pipetted.
    pipetting_cv, bead_lot_cv : float
        Relative standard deviation of the true volume and of the true number of
        beads beside those; 0 is exact.
    """

    beads_per_tube: float | None = 50_450.0
    blood_volume_ul: float = 50.0
    pipetting_cv: float = 0.0
    bead_lot_cv: float = 0.0


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
    """

    labelled: bool = True
    float_version: FcsVersion = "3.0"
    has_width: bool = True


@dataclass(frozen=True)
class TubeSpec:
    """A tube to simulate.

    Attributes
    ----------
    panel, tube : str
        `facscalibur-multitest` with `A` or `B`, or `facscanto-tbnk` with the empty
        string.
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
        Tubes of one instrument share voltages, spill and rate; empty for one of
        its own.
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
    acquired_at: datetime = datetime(2026, 1, 5, 10, 0, 0)  # noqa: DTZ001  instrument clocks know no zone
