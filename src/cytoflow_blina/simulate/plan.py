"""Hold the plan of a study: its samples, and the tubes made from each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cytoflow_blina.simulate.populations import CELLS, LYMPHOCYTES
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.spec import TubeSpec

CALIBUR = "facscalibur-multitest"
CANTO = "facscanto-tbnk"
NAVIOS = "navios-tetrachrome"


@dataclass(frozen=True)
class PlannedSample:
    """One blood sample: what the sample sheet says, and the tubes made from it.

    Attributes
    ----------
    sample_id, subject_id, visit : str
        As in the sample sheet.
    rel_day : int
        Days since the start of the infusion.
    count_method : {"bead", "dual", "none"}
        How counts are meant to be made.
    tubes : tuple of TubeSpec
        One for each tube of the panel.
    truncated : tuple of str
        Ids of tubes whose file is to end early.
    hours_since_draw : float
        Age of the blood when its first tube was acquired, as the sheet tells it.
    stored_as : mapping of str to str
        By tube, the name of the file that its events were saved under by mistake.
    cycle : int
        Treatment cycle.
    """

    sample_id: str
    subject_id: str
    visit: str
    rel_day: int
    count_method: str
    tubes: tuple[TubeSpec, ...]
    truncated: tuple[str, ...] = ()
    hours_since_draw: float = 3.0
    stored_as: Mapping[str, str] = field(default_factory=dict)
    cycle: int = 1

    @property
    def panel(self) -> str:
        """Panel of all its tubes."""
        return self.tubes[0].panel

    @property
    def concentrations(self) -> Mapping[str, float]:
        """True cells per microlitre by population: all tubes hold the same blood."""
        return self.tubes[0].concentrations

    @property
    def wbc_per_ul(self) -> float:
        """Leukocytes per microlitre."""
        return sum(self.concentrations.get(name, 0.0) for name in CELLS)

    @property
    def lymphocytes_per_ul(self) -> float:
        """Lymphocytes per microlitre."""
        return sum(self.concentrations.get(name, 0.0) for name in LYMPHOCYTES)

    def file_name(self, tube: str) -> str:
        """Name the file in which the sheet expects a tube.

        Parameters
        ----------
        tube : str
            Id of the tube; empty in a panel of one.

        Returns
        -------
        str
            `S01-D0.A.fcs`, `S01-D0.fcs`, or `S01-D0.1.lmd` of a Navios.
        """
        suffix = "lmd" if self.panel == NAVIOS else "fcs"
        return ".".join(part for part in (self.sample_id, tube, suffix) if part)

    def true_file_name(self, tube: str) -> str:
        """Name the file that truly holds the events of a tube.

        Parameters
        ----------
        tube : str
            Id of the tube; empty in a panel of one.

        Returns
        -------
        str
            That of `file_name`, but where files were mixed up.
        """
        return self.stored_as.get(tube, self.file_name(tube))


@dataclass(frozen=True)
class StudyPlan:
    """All samples of a study, and the ranges from which their tubes are drawn."""

    seed: int
    samples: tuple[PlannedSample, ...]
    ranges: Ranges

    @property
    def tubes(self) -> tuple[TubeSpec, ...]:
        """Every tube of every sample, in order."""
        return tuple(tube for sample in self.samples for tube in sample.tubes)
