"""Cut where the upper tail of the negative events ends."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.gates.fit.density import robust_spread, smooth_histogram
from cytoflow_blina.gates.fit.method import Found

SETTINGS = frozenset({"spreads", "search", "min_events"})
"""Names of settings that a template may give."""

NEGATIVE_SPREADS = 5.0
"""How far above the negative events' median a threshold must stand where no positive
events show its place, in robust standard deviations (`raise_above_negatives`)."""

HIGHEST_RAISE = 0.15
MIN_NEGATIVE = 100


def find_tail(
    values: FloatArray, at: float, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find the end of the upper tail of a peak of negative events.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    at : float
        The template's threshold, display units.
    settings : mapping of str to float
        `spreads`: how far above the mode the tail ends, in standard deviations
        (default 2.5). `search`: how far from `at` it may end (default 0.125).
        `min_events`: the fewest events (default 100).

    Returns
    -------
    Found of float, or None
        None with too few events, or where the tail ends too far from `at`.

    Notes
    -----
    For positive events that are few and dim, and so make no mode of their own. The
    standard deviation is that of the events above the mode, taken from their median
    distance, so that neither a long lower tail nor a few positive events widen it.
    """
    if values.size < settings.get("min_events", 100):
        return None
    low, high = np.percentile(values, [0.5, 99.5])
    centers, density = smooth_histogram(
        values, low - 0.05, high + 0.05, bin_width=1 / 512, bandwidth=0.02
    )
    mode = float(centers[np.argmax(density)])
    spread = float(np.median(values[values >= mode] - mode)) / 0.6745
    end = mode + settings.get("spreads", 2.5) * spread
    if abs(end - at) > settings.get("search", 0.125):
        return None
    return Found(end, confidence=0.6)


def raise_above_negatives(values: FloatArray, at: float) -> Found[float] | None:
    """Raise the template's threshold where the negative events reach it.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    at : float
        The template's threshold, display units.

    Returns
    -------
    Found of float, or None
        Five robust standard deviations above the median of the negative events. None
        where the template's threshold is higher; with fewer than a hundred events
        below it, or less than half of all, so that these may not be the negative
        ones; and where it would rise by more than `HIGHEST_RAISE`, since what spreads
        so far is no peak of negative events.
    """
    negative = values[values < at]
    if negative.size < max(MIN_NEGATIVE, values.size / 2):
        return None
    floor = float(np.median(negative)) + NEGATIVE_SPREADS * robust_spread(negative)
    return Found(floor, confidence=0.3) if at < floor <= at + HIGHEST_RAISE else None
