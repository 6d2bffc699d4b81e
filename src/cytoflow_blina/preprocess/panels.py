"""Load a panel document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cytoflow_blina.domain.document_schema import Table, read_document
from cytoflow_blina.domain.panel import Panel, PanelChannel, PanelTube
from cytoflow_blina.errors import PanelError, Problem

Text = Annotated[str, Field(min_length=1)]


class _ChannelTable(Table):
    """One `[[tube.channel]]` of a panel."""

    marker: Text
    kind: Literal["scatter", "fluorescence"]
    fluorochrome: str = ""
    detectors: list[Text] = Field(default_factory=list)
    antigens: str = ""
    required: bool = True


class _TubeTable(Table):
    """One `[[tube]]` of a panel."""

    id: str
    channel: Annotated[list[_ChannelTable], Field(min_length=1)]


class _PanelTable(Table):
    """A whole panel document."""

    name: Text
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    title: Text
    compensation: Literal["hardware", "file"]
    tube: Annotated[list[_TubeTable], Field(min_length=1)]


def load_panel(path: Path) -> Panel:
    """Read and check a panel document.

    Parameters
    ----------
    path : Path
        A TOML file, such as `gating/panels/facscanto-tbnk.toml`.

    Returns
    -------
    Panel
        With the hash of the document.

    Raises
    ------
    PanelError
        With every problem of the document: no TOML, keys that are unknown, missing
        or of a wrong type, a marker or a tube twice, a detector for two markers, a
        regular expression that cannot be read.
    """
    document = read_document(path, _PanelTable, PanelError)
    content = document.content
    problems = tuple(_problems(content, document.name))
    if problems:
        raise PanelError(*problems)
    return Panel(
        name=content.name,
        version=content.version,
        title=content.title,
        compensation=content.compensation,
        tubes=tuple(
            PanelTube(tube.id, tuple(_channel(channel) for channel in tube.channel))
            for tube in content.tube
        ),
        sha256=document.sha256,
    )


def _channel(table: _ChannelTable) -> PanelChannel:
    """Turn a table into the value that it describes."""
    return PanelChannel(
        marker=table.marker,
        kind=table.kind,
        fluorochrome=table.fluorochrome,
        detectors=tuple(table.detectors),
        antigens=table.antigens,
        required=table.required,
    )


def _problems(panel: _PanelTable, name: str) -> Iterator[Problem]:
    """Find what the schema cannot see."""
    seen: set[str] = set()
    for number, tube in enumerate(panel.tube):
        where = f"{name}: tube[{number}]"
        if tube.id in seen:
            yield Problem(where, f"tube {tube.id!r} stands twice; remove one.")
        elif not tube.id and len(panel.tube) > 1:
            yield Problem(where, "a tube among several needs an id, such as 'A'.")
        seen.add(tube.id)
        yield from _channel_problems(tube, where)


def _channel_problems(tube: _TubeTable, where: str) -> Iterator[Problem]:
    """Find markers and detectors that stand twice, and faulty expressions."""
    markers: set[str] = set()
    owner: dict[str, str] = {}
    for number, channel in enumerate(tube.channel):
        place = f"{where}.channel[{number}]"
        if channel.marker in markers:
            yield Problem(place, f"marker {channel.marker!r} stands twice; remove one.")
        markers.add(channel.marker)
        try:
            re.compile(channel.antigens)
        except re.error as error:
            yield Problem(
                f"{place}.antigens",
                f"{channel.antigens!r} is no regular expression: {error}.",
            )
        # One scatter detector may stand in for another (height where there is no
        # area); two antigens on one detector cannot be told apart.
        for detector in channel.detectors if channel.kind == "fluorescence" else []:
            first = owner.setdefault(detector.upper(), channel.marker)
            if first != channel.marker:
                yield Problem(
                    f"{place}.detectors",
                    f"{detector!r} is given to {channel.marker!r} and already to "
                    f"{first!r}; a detector has one marker in a tube.",
                )
