"""Describe how the events of one marker spread over its axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.gates.fit.density import BIN_WIDTH, LEFT, RIGHT, smooth_histogram

REFERENCE_BANDWIDTH = 0.016
REFERENCE_EVENTS = 2_000
"""Standard deviation of the Gaussian for so many events, display units; it falls with
the fifth root of their number, as is best for a smooth density (Silverman 1986)."""

WIDTHS = np.array([1.0, 1.5])
"""By how much the Gaussian is widened where events are sparse (Abramson 1982)."""

NARROW = 0.5
"""Widest Gaussian as a share of the narrowest large mode: on an axis of scatter cells
can lie within a hundredth of its length."""

DENSEST, DENSEST_REACH = 0.2, 0.2533
"""Share of events that is looked at, and how far it reaches in standard deviations."""

MOST_EVENTS = 10_000
"""More events do not change a spread; every k-th is taken, so none is drawn."""

PILE = 0.05
"""So large a share of events at one lowest value lies on the axis: no mode."""

HALF_WIDTH = np.sqrt(2 * np.log(2))
"""Where a Gaussian falls to half, in standard deviations."""

BESIDE, ADJOINING = 0.08, 0.15
"""So near to the axis the density must fall to this share of the highest, for a pile on
the axis to be a population of its own."""

FARTHEST_LEFT = -1.0
"""The grid reaches down to the lowest event, but no farther, display units."""


@dataclass(frozen=True, eq=False)
class Profile:
    """Density of one marker on a grid, and what was counted apart from it.

    Attributes
    ----------
    centers, density : ndarray of float64, shape (n_bins,)
        Display units, and events in each bin.
    n_below : ndarray of float64, shape (n_bins,)
        Events below each position, those on the axis among them.
    bandwidth : ndarray of float64, shape (n_bins,)
        Standard deviation of the Gaussian at each position, in bins.
    """

    centers: FloatArray
    density: FloatArray
    n_below: FloatArray
    bandwidth: FloatArray


def profile_of(values: FloatArray, *, with_axis: bool = False) -> Profile:
    """Estimate the density of one marker, smoother where events are sparse.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        Display units, finite.
    with_axis : bool, default False
        True to show the events that lie on an end of the axis too.

    Returns
    -------
    Profile
        Zeros without events.
    """
    is_left_out = on_axis(values)
    if with_axis or is_left_out.all():
        is_left_out[:] = False
    shown = values[~is_left_out]
    n_left_out = np.count_nonzero(values < shown.min(initial=np.inf))
    bandwidth = REFERENCE_BANDWIDTH * (REFERENCE_EVENTS / max(shown.size, 1)) ** 0.2
    bandwidth = min(bandwidth, max(NARROW * densest_spread(shown), BIN_WIDTH))
    low, high = (min(LEFT, float(shown.min(initial=LEFT))), RIGHT)
    low = max(low, FARTHEST_LEFT)
    centers, pilot = smooth_histogram(
        np.clip(shown, low, high),
        low,
        high,
        bin_width=BIN_WIDTH,
        bandwidth=bandwidth,
    )
    counts, _ = np.histogram(np.clip(shown, low, high), centers.size, (low, high))
    typical = np.exp(np.average(np.log(np.maximum(pilot, 1e-9)), weights=counts + 1e-9))
    wanted = np.sqrt(typical / np.maximum(pilot, 1e-9))
    level = np.abs(np.log(wanted)[:, None] - np.log(WIDTHS)).argmin(axis=1)
    width = bandwidth / (centers[1] - centers[0])
    density = np.sum(
        [
            ndimage.gaussian_filter1d(
                np.where(level == i, counts, 0).astype(np.float64),
                widening * width,
                mode="constant",
            )
            for i, widening in enumerate(WIDTHS)
        ],
        axis=0,
    )
    n_below = n_left_out + np.cumsum(counts) - counts / 2
    return Profile(centers, density, n_below, width * WIDTHS[level])


def densest_spread(values: FloatArray) -> float:
    """Estimate the standard deviation of the narrowest large mode.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        Any unit, finite.

    Returns
    -------
    float
        From the shortest stretch that holds a fifth of the events, which in a Gaussian
        reaches a quarter of a standard deviation to either side; infinity with fewer
        than ten events.
    """
    ordered = np.sort(values[:: -(-max(values.size, 1) // MOST_EVENTS)])
    n_within = int(DENSEST * ordered.size)
    if n_within < 2:
        return float("inf")
    shortest = float((ordered[n_within:] - ordered[:-n_within]).min())
    return shortest / (2 * DENSEST_REACH)


def end_of_mode(profile: Profile, spreads: float) -> tuple[float, float, float]:
    """Find the highest mode, and where its upper side ends.

    Parameters
    ----------
    profile : Profile
        One marker.
    spreads : float
        How far above the mode the end lies, in standard deviations.

    Returns
    -------
    mode, end, spread : float
        Display units. The standard deviation is that of the upper side, from the
        distance at which the density falls to half of the mode's, so that neither a
        long lower tail nor other events above, however many, widen it.
    """
    top = int(np.argmax(profile.density))
    mode = float(profile.centers[top])
    is_half = profile.density[top:] <= profile.density[top] / 2
    half = float(profile.centers[top + int(np.argmax(is_half))]) - mode
    spread = max(half, BIN_WIDTH) / HALF_WIDTH
    return mode, mode + spreads * spread, spread


def reaches_axis(values: FloatArray) -> bool:
    """Tell whether the events on the axis are the end of the mode beside it.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        Display units, finite.

    Returns
    -------
    bool
        True where the density just above the lower end of the axis is not far below
        its highest: then the axis cuts off negative events, and parts no populations.
    """
    profile = profile_of(values)
    start = max(float(values.min(initial=1.0)), LEFT)
    beside = (profile.centers > start) & (profile.centers <= start + BESIDE)
    return bool(
        profile.density[beside].max(initial=0.0) > ADJOINING * profile.density.max()
    )


def on_axis(values: FloatArray) -> BoolArray:
    """Tell which events lie at an end of the axis, all at one value.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        Display units, finite.

    Returns
    -------
    ndarray of bool, shape (n_events,)
        All False where fewer than a twentieth lie at an end.
    """
    if not values.size:
        return np.zeros(0, dtype=np.bool_)
    lowest = values <= max(float(values.min()), LEFT) + BIN_WIDTH
    highest = values >= min(float(values.max()), RIGHT) - BIN_WIDTH
    is_on_axis = np.zeros(values.size, dtype=np.bool_)
    for at_end in (lowest, highest):
        if at_end.mean() >= PILE:
            is_on_axis |= at_end
    return is_on_axis
