"""Hold a panel: which antigen a lab looks at with which dye, tube by tube."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PanelChannel:
    """One measurement of a panel's tube.

    Attributes
    ----------
    marker : str
        The name that templates and tables use: `CD3`, `CD16+56`; for scatter `FSC`,
        `FSC-H`, `SSC`.
    kind : {"scatter", "fluorescence"}
        What is measured.
    fluorochrome : str
        The dye, empty for scatter.
    detectors : tuple of str
        Detector names (`$PnN`) to take where `$PnS` says nothing, best first.
    antigens : str
        Regular expression that `$PnS` must match to name this marker; empty to
        derive it from the marker.
    required : bool
        Whether a tube without this channel is refused; otherwise what needs it
        falls away.
    """

    marker: str
    kind: Literal["scatter", "fluorescence"]
    fluorochrome: str = ""
    detectors: tuple[str, ...] = ()
    antigens: str = ""
    required: bool = True


@dataclass(frozen=True)
class PanelTube:
    """One tube of a panel.

    Attributes
    ----------
    id : str
        `A`, `B`; empty in a panel of one tube.
    channels : tuple of PanelChannel
        What it measures.
    """

    id: str
    channels: tuple[PanelChannel, ...]

    @property
    def markers(self) -> tuple[str, ...]:
        """Every marker and scatter name, in order."""
        return tuple(channel.marker for channel in self.channels)


@dataclass(frozen=True)
class Panel:
    """A versioned panel document.

    Attributes
    ----------
    name, version, title : str
        `facscalibur-multitest`, `1.0.0`, and the name in words.
    compensation : {"hardware", "file"}
        Whether the cytometer compensated before digitising (software compensation
        is refused), or the matrix in the file is to be undone.
    tubes : tuple of PanelTube
        One or more.
    sha256 : str
        Hash of the document.
    """

    name: str
    version: str
    title: str
    compensation: Literal["hardware", "file"]
    tubes: tuple[PanelTube, ...]
    sha256: str = ""

    def tube(self, tube_id: str) -> PanelTube:
        """Find a tube.

        Parameters
        ----------
        tube_id : str
            Its id, empty in a panel of one.

        Returns
        -------
        PanelTube
            What it measures.

        Raises
        ------
        KeyError
            Where there is none of this id.
        """
        for tube in self.tubes:
            if tube.id == tube_id:
                return tube
        raise KeyError(tube_id)


@dataclass(frozen=True)
class Assignment:
    """Why a detector stands for a marker.

    Attributes
    ----------
    marker, detector : str
        Which belongs to which.
    reason : str
        In words: `$PnS is 'CD3 FITC'`, `the panel names detector FL1-H`.
    """

    marker: str
    detector: str
    reason: str


@dataclass(frozen=True)
class PanelMatch:
    """A tube's detectors, recognised.

    Attributes
    ----------
    panel : str
        Name of the panel.
    tube : str
        Id of the panel's tube.
    assignments : tuple of Assignment
        One for each marker that the file has.
    missing : tuple of str
        Markers of the panel that the file does not have and need not have.
    notes : tuple of str
        Why each of them is missing, in sentences.
    """

    panel: str
    tube: str
    assignments: tuple[Assignment, ...]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def detector(self, marker: str) -> str:
        """Find the detector of a marker.

        Parameters
        ----------
        marker : str
            A marker of the panel.

        Returns
        -------
        str
            Its detector in the file.

        Raises
        ------
        KeyError
            Where the file does not have the marker.
        """
        for assignment in self.assignments:
            if assignment.marker == marker:
                return assignment.detector
        raise KeyError(marker)
