"""Remove spillover from raw events."""

from __future__ import annotations

import numpy as np

from cytoflow_blina.domain.columns import as_float64
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
        return CompensatedEvents(events, None, {})
    _check_detectors(events, spillover)
    fault = spillover_fault(spillover)
    if fault:
        raise PanelError(Problem("spillover", f"the matrix {fault}"))
    light = _solve(events, spillover)
    light.flags.writeable = False
    return CompensatedEvents(
        events, spillover, dict(zip(spillover.detectors, light, strict=True))
    )


def _check_detectors(events: RawEvents, spillover: Spillover) -> None:
    """Refuse a matrix of detectors that the tube does not have."""
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


def _solve(events: RawEvents, spillover: Spillover) -> FloatArray:
    """Compensate the matrix's detectors, block by block.

    Parameters
    ----------
    events : RawEvents
        The events.
    spillover : Spillover
        The matrix to undo.

    Returns
    -------
    ndarray of float64, shape (n_detectors, n_events)
        The light of each fluorochrome, in the order of the matrix.
    """
    stored = [events.columns[events.index(name)] for name in spillover.detectors]
    light = np.empty((len(stored), events.n_events), dtype=np.float64)
    if not stored:
        return light
    for first in range(0, events.n_events, _EVENTS_PER_BLOCK):
        rows = slice(first, first + _EVENTS_PER_BLOCK)
        measured = np.array([as_float64(column[rows]) for column in stored])
        light[:, rows] = np.linalg.solve(spillover.matrix.T, measured)
    return light
