"""Read an FCS file as a tube: what it says about itself, and its events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cytoflow_blina.bridge.fcs_reader import FcsDataSet, FcsFile, read_fcs_file
from cytoflow_blina.bridge.fcs_text import BLANKS
from cytoflow_blina.domain.columns import StoredColumn
from cytoflow_blina.domain.events import Acquisition, Channel, RawEvents, Tube
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import CorruptFcsError, FcsError, NoEventsError, Problem
from cytoflow_blina.fcs.channels import ChannelTable, describe_channels
from cytoflow_blina.fcs.keywords import (
    read_acquired_at,
    read_settings,
    read_time_step_s,
    read_volume_ul,
)
from cytoflow_blina.fcs.linearise import linearise
from cytoflow_blina.fcs.spillover import read_spillover
from cytoflow_blina.fcs.twin import complete_from_twin


@dataclass(frozen=True, eq=False)
class _Described:
    """A data set with its keywords understood, its events not yet decoded."""

    data_set: FcsDataSet
    acquisition: Acquisition
    table: ChannelTable


def read_tube(path: Path, *, data_set: int | None = None) -> Tube:
    """Read one tube; the file is read once and not modified.

    Parameters
    ----------
    path : Path
        An FCS or LMD file.
    data_set : int, optional
        Which data set, counted from 0. By default the one with events of the finest
        resolution: of a Beckman LMD file that of FCS 3.0, 20 bits.

    Returns
    -------
    Tube
        Its events in linear units: logarithmic amplification of integers undone
        (`$PnE`, an offset of 0 means 1), linear gain divided out (`$PnG`), time in
        seconds. Values equal those of ``flowkit.Sample(path)`` but for two things:
        floating-point events are never exponentiated, and `TIMETICKS` counts as a
        time step.

    Raises
    ------
    FcsError
        The file cannot be opened, or has no such data set; a branch of it
        (`NotFcsError`, `CorruptFcsError`, `TruncatedFcsError`,
        `UnsupportedFcsError`) where it cannot be read.
    NoEventsError
        It is whole and holds no events.
    """
    file = read_fcs_file(path)
    return _tube(_describe(file, _choose(file, data_set)))


def read_all_data_sets(path: Path) -> tuple[Tube, ...]:
    """Read every data set of a file as a tube of its own.

    Parameters
    ----------
    path : Path
        An FCS or LMD file.

    Returns
    -------
    tuple of Tube
        In the order of the file.

    Raises
    ------
    FcsError
        As `read_tube`; `NoEventsError` where any data set is empty.
    """
    file = read_fcs_file(path)
    return tuple(_tube(_describe(file, n)) for n in range(len(file.data_sets)))


def read_acquisition(
    path: Path, *, data_set: int | None = None
) -> tuple[Acquisition, tuple[Channel, ...]]:
    """Read what a file says about itself, without decoding its events.

    Parameters
    ----------
    path : Path
        An FCS or LMD file.
    data_set : int, optional
        As for `read_tube`.

    Returns
    -------
    acquisition : Acquisition
        The same as that of `read_tube`, but for notes on the events' values.
    channels : tuple of Channel
        The same as those of `read_tube`.

    Raises
    ------
    FcsError
        As `read_tube`: a truncated or empty file is refused here too.
    """
    file = read_fcs_file(path)
    described = _describe(file, _choose(file, data_set))
    return described.acquisition, described.table.channels


def require_spillover(
    acquisition: Acquisition, channels: tuple[Channel, ...]
) -> Spillover:
    """Give the matrix of a tube that must be compensated.

    Parameters
    ----------
    acquisition : Acquisition
        What the file says about itself.
    channels : tuple of Channel
        Channels of the tube.

    Returns
    -------
    Spillover
        The matrix in the file.

    Raises
    ------
    CorruptFcsError
        The file has no matrix, or one that cannot be used; the text says which.
    """
    where = acquisition.file_name
    spillover = read_spillover(acquisition.keywords, channels, where)
    if spillover is None:
        message = (
            "holds no spillover matrix ($SPILLOVER or SPILL), and its panel needs one. "
            "Export it again with the matrix, or use a panel for tubes that the "
            "cytometer compensated."
        )
        raise CorruptFcsError(Problem(where, message))
    return spillover


def _choose(file: FcsFile, data_set: int | None) -> int:
    """Choose the data set with events, of the newest version, of the most bits."""
    n_data_sets = len(file.data_sets)
    if data_set is None:
        return max(range(n_data_sets), key=lambda n: _resolution(file.data_sets[n]))
    if not 0 <= data_set < n_data_sets:
        message = (
            f"has {n_data_sets} data sets; number {data_set}, counted from 0, is not "
            "among them."
        )
        raise FcsError(Problem(file.name, message))
    return data_set


def _resolution(data_set: FcsDataSet) -> tuple[bool, str, int]:
    masks = data_set.layout.event_format.words.masks
    return data_set.n_events > 0, data_set.version, max(masks)


def _describe(file: FcsFile, number: int) -> _Described:
    """Understand the keywords of one data set."""
    data_set = file.data_sets[number]
    if not data_set.n_events:
        message = "holds no events ($TOT is 0). Measure the tube again."
        raise NoEventsError(Problem(data_set.where, message))
    keywords = dict(data_set.keywords)
    twin_notes: tuple[str, ...] = ()
    for twin in file.data_sets:
        if twin is not data_set and twin.n_events == data_set.n_events:
            keywords, taken = complete_from_twin(keywords, twin.keywords)
            twin_notes += taken
    table = describe_channels(data_set, keywords)
    spillover, spillover_notes = _spillover_or_note(keywords, table, data_set.where)
    acquisition = Acquisition(
        file_name=file.name,
        sha256=file.sha256,
        fcs_version=data_set.version,
        cytometer=keywords.get("$CYT", "").strip(BLANKS),
        acquired_at=read_acquired_at(keywords),
        n_events=data_set.n_events,
        volume_ul=read_volume_ul(keywords),
        time_step_s=read_time_step_s(keywords),
        spillover=spillover,
        keywords=keywords,
        notes=(*data_set.notes, *twin_notes, *table.notes, *spillover_notes),
        settings=read_settings(keywords),
    )
    return _Described(data_set, acquisition, table)


def _spillover_or_note(
    keywords: dict[str, str], table: ChannelTable, where: str
) -> tuple[Spillover | None, tuple[str, ...]]:
    """Leave a note where a matrix is unusable: not every tube needs its matrix."""
    try:
        return read_spillover(keywords, table.channels, where), ()
    except CorruptFcsError as error:
        return None, tuple(
            f"Spillover left out: {problem.message}" for problem in error.problems
        )


def _tube(described: _Described) -> Tube:
    """Decode the events of a data set."""
    table, acquisition = described.table, described.acquisition
    columns = linearise(described.data_set.values, table.amplifications)
    if not described.data_set.is_integer:
        n_bad = _count_not_finite(columns)
        if n_bad:
            acquisition = replace(
                acquisition,
                notes=(
                    *acquisition.notes,
                    f"{n_bad} events hold values that are no finite numbers.",
                ),
            )
    return Tube(acquisition, RawEvents(columns, table.channels))


def _count_not_finite(columns: tuple[StoredColumn, ...]) -> int:
    """Count the events that hold infinity or what is no number in any column."""
    is_finite = np.ones(len(columns[0]), dtype=np.bool_)
    for column in columns:
        is_finite &= np.isfinite(column)
    return int(np.count_nonzero(~is_finite))
