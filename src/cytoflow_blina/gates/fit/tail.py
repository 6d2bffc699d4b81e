"""Cut where the upper tail of the negative events ends."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import norm

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.gates.fit.density import smooth_histogram
from cytoflow_blina.gates.fit.method import Doubt, Found
from cytoflow_blina.gates.fit.profile import end_of_mode, profile_of

SETTINGS = frozenset({"spreads", "search", "min_events"})
"""Names of settings that a template may give."""

NEGATIVE_SPREADS = 5.0
REACHING_SPREADS = 4.0
"""How far above the negative events' mode a raised threshold stands, and how near to it
the template's may lie before it is raised, in standard deviations."""

HIGHEST_RAISE = 0.15
MIN_NEGATIVE = 100

TAIL_FACTOR = 10.0
"""How many times more events than a Gaussian's the tail of negative ones may hold."""


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
        None with too few events, or where the tail ends too far from `at`. The
        confidence falls with the distance from `at`, to a half.

    Notes
    -----
    For positive events that are few and dim, and so make no mode of their own. The
    standard deviation is that of the events above the mode, taken from their median
    distance, so that neither a long lower tail nor a few positive events widen it.
    """
    values = values[np.isfinite(values)]
    if values.size < settings.get("min_events", 100):
        return None
    mode, spread = _upper_side(values)
    end = mode + settings.get("spreads", 2.5) * spread
    search = settings.get("search", 0.125)
    if abs(end - at) > search:
        return None
    return Found(
        end,
        confidence=1 - abs(end - at) / (2 * search),
        doubt=Doubt(end - spread / 2, end + spread / 2, parts_two=False),
    )


def find_end_of_mode(
    values: FloatArray, at: float, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find where the highest mode before a threshold ends, whatever lies beyond.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    at : float
        The template's threshold, display units.
    settings : mapping of str to float
        As in `find_tail`. `spreads` below zero seek the lower end of the mode.

    Returns
    -------
    Found of float, or None
        As `find_tail`, but a mode that ends farther beyond `at` than `search` is cut as
        far beyond as that allows. None where the mode lies beyond `at` and so is that
        of others, and where it ends farther before `at`.

    Notes
    -----
    For a mode of known cells among which others are many. The standard deviation is
    that of the side towards the end, from the distance at which the density falls to
    half of the mode's, so that no number of other events widens it.
    """
    values = values[np.isfinite(values)]
    if values.size < settings.get("min_events", 100):
        return None
    spreads = settings.get("spreads", 2.5)
    is_upper = spreads >= 0
    search = settings.get("search", 0.125)
    start = at if is_upper else 1 - at
    values = values if is_upper else 1 - values
    # What lies farther beyond may be more, and yet says nothing of this mode.
    profile = profile_of(values[values <= start + search])
    mode, end, spread = end_of_mode(profile, abs(spreads))
    if mode > start or end < start - search:
        return None
    end = min(end, start + search)
    end = float(end if is_upper else 1 - end)
    return Found(
        end,
        confidence=1 - abs(end - at) / (2 * search),
        doubt=Doubt(end - spread / 2, end + spread / 2, parts_two=False),
    )


def raise_above_negatives(
    values: FloatArray, at: float, _settings: Mapping[str, float]
) -> Found[float] | None:
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
        Five standard deviations above the mode of the negative events. None where
        four already lie below the template's threshold, which then stands; with
        fewer than a hundred events below it, or less than half of all, so that these
        may not be the negative ones; where it would rise by more than `HIGHEST_RAISE`,
        since what spreads so far is no peak of negative events; and where more events
        lie above it than the tail of a peak holds, since these are others.

    Notes
    -----
    A threshold raised without need hides the few positive cells that are the finding:
    after anti-CD19 therapy, the first B cells that come back. The standard deviation
    is that of the upper side, as in `find_tail`.
    """
    values = values[np.isfinite(values)]
    negative = values[values < at]
    if negative.size < max(MIN_NEGATIVE, values.size / 2):
        return None
    mode, spread = _upper_side(negative)
    floor = mode + NEGATIVE_SPREADS * spread
    is_clear = spread == 0 or at >= mode + REACHING_SPREADS * spread
    if is_clear or floor > at + HIGHEST_RAISE:
        return None
    in_tail = TAIL_FACTOR * negative.size * norm.sf((at - mode) / spread)
    n_above = values.size - negative.size
    if n_above > in_tail + 5:
        return None
    doubt = Doubt(floor - spread, floor + spread, parts_two=False)
    return Found(floor, confidence=0.75, doubt=doubt)


def _upper_side(values: FloatArray) -> tuple[float, float]:
    """Mode of a peak, and the standard deviation of the events above it.

    From the median distance of these events, so that neither a long lower tail nor a
    few positive events widen it.
    """
    low, high = np.percentile(values, [0.5, 99.5])
    centers, density = smooth_histogram(
        values, low - 0.05, high + 0.05, bin_width=1 / 512, bandwidth=0.02
    )
    mode = float(centers[np.argmax(density)])
    above = values[values >= mode]
    return mode, float(np.median(above - mode)) / 0.6745 if above.size else 0.0
