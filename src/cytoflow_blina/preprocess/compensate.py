"""Remove spillover from raw events."""

from __future__ import annotations

import numpy as np

from cytoflow_blina.domain.events import CompensatedEvents, FloatArray, RawEvents
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import PanelError, Problem, did_you_mean
from cytoflow_blina.preprocess.spillover_fault import spillover_fault

_EVENTS_PER_BLOCK = 16384


def compensate(events: RawEvents, spillover: Spillover | None) -> CompensatedEvents:
    """Solve for the light of each fluorochrome alone.

    Parameters
    ----------
    events : RawEvents
        Events in linear units; not modified.
    spillover : Spillover or None
        The matrix to undo. None leaves every value as it is: the cytometer has
        compensated; so does one without detectors.

    Returns
    -------
    CompensatedEvents
        Detectors of the matrix compensated, all others untouched.

    Raises
    ------
    PanelError
        The matrix names a detector that the tube does not have, is not square,
        holds what is no number, or cannot be inverted.

    Notes
    -----
    A measured event is ``measured = true @ matrix``; ``true`` is solved for, as in
    ``flowutils.compensate``, whose values these equal to rounding.
    """
    if spillover is None:
        return CompensatedEvents(events.values, events.channels, None)
    columns = _columns(events, spillover)
    fault = spillover_fault(spillover)
    if fault:
        raise PanelError(Problem("spillover", f"the matrix {fault}"))
    values = np.array(events.values, order="F")
    _solve(values, columns, spillover)
    values.flags.writeable = False
    return CompensatedEvents(values, events.channels, spillover)


def _columns(events: RawEvents, spillover: Spillover) -> list[int]:
    """Find the columns of the matrix's detectors."""
    detectors = [channel.detector for channel in events.channels]
    problems = [
        Problem(
            "spillover",
            f"detector {name!r} of the matrix is not among those of the tube: "
            f"{', '.join(detectors)}.{did_you_mean(name, detectors)}",
        )
        for name in spillover.detectors
        if name not in detectors
    ]
    if problems:
        raise PanelError(*problems)
    return [detectors.index(name) for name in spillover.detectors]


def _solve(values: FloatArray, columns: list[int], spillover: Spillover) -> None:
    """Compensate columns of `values` in place, block by block.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events, n_channels)
        Changed in place.
    columns : list of int
        Columns of the matrix's detectors.
    spillover : Spillover
        The matrix to undo.
    """
    for first in range(0, values.shape[0], _EVENTS_PER_BLOCK):
        rows = slice(first, first + _EVENTS_PER_BLOCK)
        measured = values[rows][:, columns]
        values[rows, columns] = np.linalg.solve(spillover.matrix.T, measured.T).T
