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
        Last less first, in percent of their mean, -200 to 200; NaN with fewer than 30
        beads or 30 cells, and where the two thirds hold no beads or no cells.
    standard_error : float
        Of counting alone, in the same unit, were the two thirds alike.
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
        The difference, and what counting alone makes of it.

    Notes
    -----
    Tested are the shares of beads among beads and cells, by the standard error of the
    difference of two binomial shares that both have the pooled share. The difference of
    the ratios is the difference of the shares times a factor, and so is its error, so
    that beads which vanish are not excused by their small number.
    """
    if beads.sum() < _FEWEST_BEADS or cells.sum() < _FEWEST_CELLS:
        return RatioCourse()
    third = beads.size // _THIRDS
    parts = slice(0, third), slice(-third, None)
    n_beads = np.array([np.count_nonzero(beads[part]) for part in parts], np.float64)
    n_cells = np.array([np.count_nonzero(cells[part]) for part in parts], np.float64)
    n_events = n_beads + n_cells
    if not n_events.all() or not n_beads.any() or not n_cells.any():
        return RatioCourse()
    first, last = n_beads / n_events
    pooled = n_beads.sum() / n_events.sum()
    error = sqrt(pooled * (1 - pooled) * (1 / n_events).sum())
    factor = 200 / (first + last - 2 * first * last)
    return RatioCourse(float(factor * (last - first)), float(factor * error))
