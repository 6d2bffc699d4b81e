"""Tell what an FCS file holds, and which panel it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cytoflow_blina.domain.documents import shipped_documents, shipped_panels
from cytoflow_blina.domain.events import Acquisition, Channel
from cytoflow_blina.domain.panel import Panel, PanelMatch
from cytoflow_blina.errors import FcsError, PanelError, Problem
from cytoflow_blina.fcs.read import read_acquisition
from cytoflow_blina.preprocess.match_panel import match_panel
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.workflow.gating import spillover_to_undo


@dataclass(frozen=True)
class Inspection:
    """What one file holds.

    Attributes
    ----------
    file_name : str
        Name without folder.
    title : str
        Version, cytometer, events and parameters in a line.
    channels : tuple of tuple of str
        Detector, label, kind, marker and the reason for it, by the panel that fits
        best; the last two are empty where none fits.
    notes : tuple of str
        Which panels fit, what had to be tolerated.
    problems : tuple of Problem
        Why the file cannot be used; empty where it can.
    """

    file_name: str
    title: str
    channels: tuple[tuple[str, str, str, str, str], ...]
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]

    def as_dict(self) -> dict[str, Any]:
        """Turn the inspection into what JSON can hold."""
        return asdict(self)


def inspect_files(
    files: Sequence[Path], panel_files: Sequence[Path] = ()
) -> tuple[Inspection, ...]:
    """Inspect files, one after another; none stops the others.

    Parameters
    ----------
    files : sequence of Path
        FCS or LMD files.
    panel_files : sequence of Path
        The lab's own panels, tried before the shipped ones.

    Returns
    -------
    tuple of Inspection
        One for each file, in order.

    Raises
    ------
    PanelError
        Where a panel document is wrong.
    """
    shipped = [
        shipped_documents() / "panels" / f"{name}.toml" for name in shipped_panels()
    ]
    panels = [load_panel(file) for file in (*panel_files, *shipped)]
    return tuple(_inspect(file, panels) for file in files)


def _inspect(file: Path, panels: Sequence[Panel]) -> Inspection:
    try:
        acquisition, channels = read_acquisition(file)
    except FcsError as error:
        return Inspection(file.name, file.name, (), (), error.problems)
    matches, misfits = match_all(panels, acquisition, channels)
    # The tube that recognises the most is the likeliest.
    matches.sort(key=lambda match: -len(match.assignments))
    best = matches[0] if matches else None
    return Inspection(
        file.name,
        _title(acquisition, channels),
        tuple(_row(channel, best) for channel in channels),
        (*_panel_notes(matches), *acquisition.notes),
        () if matches else tuple(misfits),
    )


def match_all(
    panels: Sequence[Panel], acquisition: Acquisition, channels: tuple[Channel, ...]
) -> tuple[list[PanelMatch], list[Problem]]:
    """Try every tube of every panel.

    Parameters
    ----------
    panels : sequence of Panel
        Panels to try.
    acquisition : Acquisition
        What the file says about itself.
    channels : tuple of Channel
        Channels of the file.

    Returns
    -------
    matches : list of PanelMatch
        Those that fit.
    misfits : list of Problem
        Why each of the others does not, in a sentence.
    """
    name = acquisition.file_name
    matches: list[PanelMatch] = []
    misfits: list[Problem] = []
    for panel in panels:
        for tube in panel.tubes:
            try:
                match = match_panel(panel, tube.id, channels, where=name)
                spillover_to_undo(panel, acquisition, channels)
            except (PanelError, FcsError) as error:
                misfits.append(error.problems[-1])
            else:
                matches.append(match)
    return matches, misfits


def _panel_notes(matches: Sequence[PanelMatch]) -> list[str]:
    """Say in words which panels fit, the best first."""
    notes = []
    for match in matches:
        tube = f", tube {match.tube}" if match.tube else ""
        without = f" without {', '.join(match.missing)}" if match.missing else ""
        notes.append(f"fits panel {match.panel}{tube}{without}")
    return notes


def _title(acquisition: Acquisition, channels: Sequence[Channel]) -> str:
    spill = "with" if acquisition.spillover else "without"
    return (
        f"{acquisition.file_name}: FCS {acquisition.fcs_version}, "
        f"{acquisition.cytometer or 'unnamed cytometer'}, "
        f"{acquisition.n_events} events, {len(channels)} parameters, "
        f"{spill} a spillover matrix"
    )


def _row(channel: Channel, match: PanelMatch | None) -> tuple[str, str, str, str, str]:
    """Describe one channel by the panel that fits."""
    assignments = match.assignments if match else ()
    for one in assignments:
        if one.detector == channel.detector:
            marker, reason = one.marker, one.reason
            break
    else:
        marker = reason = ""
    return channel.detector, channel.label, channel.kind, marker, reason
