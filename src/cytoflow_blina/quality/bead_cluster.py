"""Measure whether the counting beads make one tight cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import BoolArray, FloatArray

FEWEST = 100
"""Fewer beads do not show how wide their cluster is."""

_DIMMER = 0.1  # of the beads' median, in every detector: no cell is so bright in all
_PARTS = 5
_FIFTH_PERCENTILE = 1.645  # standard deviations below the middle
_REACH = 4.0  # robust standard deviations of the beads' scatter


def measure_bead_cv(
    fluorescence: Mapping[str, FloatArray],
    scatter: Sequence[FloatArray],
    beads: BoolArray,
) -> dict[str, float]:
    """Measure how far the signals of beads spread.

    Parameters
    ----------
    fluorescence : mapping of str to ndarray of float64, shape (n_events,)
        Linear signals by marker.
    scatter : sequence of ndarray of float64, shape (n_events,)
        Linear scatter.
    beads : ndarray of bool, shape (n_events,)
        Events of the bead gate.

    Returns
    -------
    dict of str to float
        Coefficient of variation by marker, in percent; empty below 100 beads.

    Notes
    -----
    The CV is the robust standard deviation of the decimal logarithm times ln 10, which
    for narrow peaks is that of the signal and knows no unit. It is the wider of the
    middle 68 % and of the lower half of the middle 90 %, so that a second, dimmer
    cluster of 5 % shows. The gate may have left such a cluster out: events that scatter
    as the beads do and have a tenth of their signal or more in every detector are
    measured with them. The median of each fifth of the run is taken off first: drift is
    another check's concern.
    """
    if np.count_nonzero(beads) < FEWEST or not fluorescence:
        return {}
    rows = _like_beads(fluorescence, scatter, np.flatnonzero(beads))
    return {marker: _cv(signal[rows]) for marker, signal in fluorescence.items()}


def _like_beads(
    fluorescence: Mapping[str, FloatArray],
    scatter: Sequence[FloatArray],
    beads: NDArray[np.intp],
) -> NDArray[np.intp]:
    """Find the beads of the gate and what looks like them, as indices of events."""
    rows = np.arange(0)
    for number, signal in enumerate(fluorescence.values()):
        least = _DIMMER * float(np.median(signal[beads]))
        # The first detector leaves few events for the others.
        if number == 0:
            rows = np.flatnonzero(signal >= least)
        else:
            rows = rows[signal[rows] >= least]
    for signal in scatter:
        low, middle, high = np.percentile(signal[beads], [15.87, 50, 84.13])
        reach = _REACH * (high - low) / 2
        rows = rows[np.abs(signal[rows] - middle) <= reach]
    return np.union1d(rows, beads)


def _cv(signal: FloatArray) -> float:
    """Robust CV in percent, of beads that have any signal at all."""
    positive = signal[signal > 0]
    if positive.size < FEWEST:
        return float("nan")
    parts = np.array_split(np.log10(positive), _PARTS)
    decades = np.concatenate([part - np.median(part) for part in parts])
    far, low, high = np.percentile(decades, [5, 15.87, 84.13])
    return float(100 * np.log(10) * max((high - low) / 2, -far / _FIFTH_PERCENTILE))
