"""Cut between negative and positive events at the deepest valley."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.gates.fit.density import smooth_histogram
from cytoflow_blina.gates.fit.method import Found

BIN_WIDTH = 1 / 512


def find_valley(
    values: FloatArray, at: float, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find the threshold between two modes, near the template's threshold.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    at : float
        The template's threshold, display units.
    settings : mapping of str to float
        `search`: how far from `at` the valley may lie (default 0.125, half a decade
        on an axis of four). `min_events`: how many events each mode must hold
        (default 20). `bandwidth`: of the density (default 0.018). `max_depth`: how
        high the valley may be, as a share of the lower mode (default 0.7).

    Returns
    -------
    Found of float, or None
        The lowest point of the deepest valley; in a stretch without events its
        middle. None without a second mode, and without events.

    Notes
    -----
    A dip in the density of one population is not a valley: the dip must be deeper
    than counting noise explains, by three standard deviations of the events under
    one bandwidth. A marker that nobody expresses has one mode, and a threshold found
    in its noise would invent a population.
    """
    search = settings.get("search", 0.125)
    min_events = settings.get("min_events", 20)
    bandwidth = settings.get("bandwidth", 0.018)
    if values.size < 2 * min_events:
        return None
    low, high = at - search - 0.4, at + search + 0.6
    centers, density = smooth_histogram(
        np.clip(values, low, high), low, high, bin_width=BIN_WIDTH, bandwidth=bandwidth
    )
    below = np.maximum.accumulate(density)
    above = np.maximum.accumulate(density[::-1])[::-1]
    lower_mode = np.minimum(below, above)
    n_below = np.searchsorted(np.sort(values), centers)
    allowed = (
        (np.abs(centers - at) <= search)
        & (n_below >= min_events)
        & (values.size - n_below >= min_events)
        & (lower_mode > 0)
    )
    depth = np.where(allowed, density / np.maximum(lower_mode, 1e-300), np.inf)
    deepest = float(depth.min())
    if deepest <= settings.get("max_depth", 0.7):
        position = _middle_of_lowest(depth, deepest)
        # Events under one bandwidth on either side, where the smoothing looked.
        events = 2 * bandwidth / (centers[1] - centers[0])
        mode, dip = lower_mode[position] * events, density[position] * events
        if mode - dip > 3 * sqrt(mode + dip):
            return Found(float(centers[position]), confidence=1 - deepest)
    return None


def _middle_of_lowest(depth: FloatArray, deepest: float) -> int:
    """Middle of the stretch around the deepest point that is as good as it."""
    position = int(np.argmin(depth))
    limit = max(deepest * 1.05, 1e-3)
    first = last = position
    while first > 0 and depth[first - 1] <= limit:
        first -= 1
    while last + 1 < depth.size and depth[last + 1] <= limit:
        last += 1
    return (first + last) // 2
