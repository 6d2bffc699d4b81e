"""Cut between two populations of which one is the shoulder of the other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import norm

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.gates.fit.density import BANDWIDTH
from cytoflow_blina.gates.fit.method import Found
from cytoflow_blina.gates.fit.overlap import two_gaussians
from cytoflow_blina.gates.fit.profile import on_axis, profile_of
from cytoflow_blina.gates.fit.valley import valley_doubt

FEWEST = 200
MOST_EVENTS = 4_000

OUTLYING = 2.0
"""Percentage of events at either end that would widen a Gaussian."""

SEPARATION = 2.7
"""How many standard deviations two Gaussians must stand apart (Ashman's D). Those that
describe one skewed or heavy-tailed population stay below 2.3 where events are many."""

CHANCE = 10.0
"""By how much more with few events, over the square root of their number."""

LEAST_SHARE = 0.05
"""A smaller share of the events is a tail."""

FILLED, SMOOTHED = 1.1, 0.06
"""Where the density at the cut is so many times that of the two Gaussians, beyond what
smoothing adds as a share of the highest, the events are spread evenly."""

STEPS = 20


def find_shoulder(
    values: FloatArray, _settings: Mapping[str, float]
) -> Found[float] | None:
    """Find the threshold between two populations that leave no valley.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.

    Returns
    -------
    Found of float, or None
        Where the second of two Gaussians becomes as likely as the first; the confidence
        is a half at most. None with fewer than 200 events, and where one population
        could show the same.

    Notes
    -----
    As `find_overlap`, without a place to start from: the Gaussians start from the two
    groups whose means lie nearest to their events.
    """
    values = values[np.isfinite(values)]
    values = values[~on_axis(values)]
    if values.size < FEWEST:
        return None
    low, high = np.percentile(values, [OUTLYING, 100 - OUTLYING])
    within = values[(values >= low) & (values <= high)]
    within = within[:: -(-within.size // MOST_EVENTS)]
    mixture = two_gaussians(within, _middle_of_two_groups(within))
    if mixture is None:
        return None
    means, spreads, shares = mixture
    separation = float((means[1] - means[0]) / np.sqrt((spreads**2).mean()))
    least = SEPARATION + CHANCE / np.sqrt(within.size)
    if separation < least or shares.min() < LEAST_SHARE:
        return None
    places = np.linspace(means[0], means[1], 512)
    parts = shares * norm.pdf(places[:, None], means, spreads)
    cut = int(np.argmax(parts[:, 1] >= parts[:, 0]))
    threshold = float(places[cut])
    profile = profile_of(values)
    width = float(profile.centers[1] - profile.centers[0])
    height = np.interp(threshold, profile.centers, profile.density)
    expected = parts[cut].sum() * values.size * width
    if height > FILLED * expected + SMOOTHED * profile.density.max():
        return None
    doubt = valley_doubt(values, threshold, BANDWIDTH)
    return Found(threshold, 0.5 * min(1.0, separation / 4), doubt)


def _middle_of_two_groups(values: FloatArray) -> float:
    """Part events into two groups, each nearest to its mean; start halfway."""
    middle = float(values.min() + values.max()) / 2
    for _ in range(STEPS):
        is_low = values < middle
        if is_low.all() or not is_low.any():
            break
        middle = float(values[is_low].mean() + values[~is_low].mean()) / 2
    return middle
