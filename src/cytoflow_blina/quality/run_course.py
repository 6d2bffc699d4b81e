"""Measure what changes while a tube runs, in the order of its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np

from cytoflow_blina.domain.events import BoolArray, FloatArray

_BINS = 5
_EVENTS_PER_BIN = 40
_FEWEST_BINS = 3
# The range of the medians of five bins of one population has a standard deviation near
# that of one median and a mean of 2.3 of them; five are seldom reached by chance.
_CHANCE = 5.0
_MEDIAN_ERROR = 1.2533  # standard error of a median over that of a mean
_THIRDS = 3
_FEWEST_BEADS = 30
_FEWEST_CELLS = 30


@dataclass(frozen=True)
class Drift:
    """How far a median wanders between the parts of a run.

    Attributes
    ----------
    what : str
        Whose median: `CD45 of lymphocytes`; empty where nothing could be measured.
    decades : float
        Largest less smallest median of five parts; NaN likewise.
    by_chance : float
        What counting alone makes of a steady signal, at most.
    """

    what: str = ""
    decades: float = nan
    by_chance: float = nan


@dataclass(frozen=True)
class RatioCourse:
    """How the ratio of beads to cells changes from the first to the last third.

    Attributes
    ----------
    difference_percent : float
        Last less first, in percent of their mean; NaN with fewer than 30 beads or 30
        cells.
    standard_error : float
        Of counting alone, in the same unit.
    """

    difference_percent: float = nan
    standard_error: float = nan


def measure_drift(signals: Mapping[str, FloatArray]) -> Drift:
    """Measure the drift of several populations, and take the largest.

    Parameters
    ----------
    signals : mapping of str to ndarray of float64, shape (n_events_of_population,)
        Decimal logarithms in the order of the file, by what they are.

    Returns
    -------
    Drift
        Of the population that drifts most beyond chance.

    Notes
    -----
    Each population is cut in file order into five parts of like number, fewer where a
    part would hold less than 40 events, at least three. No Time is needed, and a
    wrapped one does no harm.
    """
    found = [_drift(what, decades) for what, decades in signals.items()]
    measured = [one for one in found if one.what]
    return max(measured, key=lambda one: one.decades - one.by_chance, default=Drift())


def _drift(what: str, decades: FloatArray) -> Drift:
    """Measure one population."""
    n_bins = min(_BINS, decades.size // _EVENTS_PER_BIN)
    if n_bins < _FEWEST_BINS:
        return Drift()
    parts = np.array_split(decades, n_bins)
    medians = [float(np.median(part)) for part in parts]
    low, high = np.percentile(decades, [15.87, 84.13])
    error = _MEDIAN_ERROR * (high - low) / 2 / sqrt(parts[-1].size)
    return Drift(what, max(medians) - min(medians), float(_CHANCE * error))


def measure_ratio_course(beads: BoolArray, cells: BoolArray) -> RatioCourse:
    """Compare beads per cell between the first and the last third of the events.

    Parameters
    ----------
    beads, cells : ndarray of bool, shape (n_events,)
        Which events are beads, and which are leukocytes, in the order of the file.

    Returns
    -------
    RatioCourse
        The difference, and how well it is known.
    """
    if beads.sum() < _FEWEST_BEADS or cells.sum() < _FEWEST_CELLS:
        return RatioCourse()
    third = beads.size // _THIRDS
    counts = np.array(
        [
            [np.count_nonzero(mask[part]) for mask in (beads, cells)]
            for part in (slice(0, third), slice(-third, None))
        ],
        dtype=np.float64,
    )
    # One event stands for none, so that the ratio stays finite.
    counts = np.maximum(counts, 1.0)
    first, last = counts[:, 0] / counts[:, 1]
    return RatioCourse(
        float(200 * (last - first) / (last + first)),
        float(100 * sqrt((1 / counts).sum())),
    )
