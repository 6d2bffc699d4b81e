"""Cut between negative and positive events that overlap and leave no valley."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.gates.fit.density import BANDWIDTH, on_grid
from cytoflow_blina.gates.fit.method import Doubt, Found

SEPARATION = 2.5
"""How many standard deviations two modes must stand apart (Ashman's D; above 2 the
two are told apart, and a skewed peak stays below)."""

LEAST_SHARE = 0.03
"""A smaller share of the events is a tail, not a mode."""

CUT = 0.05
"""Where the density at the template's threshold is this share of the highest, the
threshold cuts through events; below, it stands in a gap."""

REACH = 2.0
"""How far from the template's threshold the cut may lie, in multiples of `search`."""

OUTLYING = 2.0
"""Percentage of events at either end that would widen a Gaussian."""

MIN_EVENTS = 200
MOST_EVENTS = 4_000


def find_overlap(
    values: FloatArray, at: float, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find the threshold between two modes of which one is a shoulder of the other.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    at : float
        The template's threshold, display units.
    settings : mapping of str to float
        `search`: as in `find_valley` (default 0.125).

    Returns
    -------
    Found of float, or None
        Where the second of two Gaussians becomes as likely as the first. None with
        fewer than 200 events; where the template's threshold stands in a gap, and so
        is as good as any; where one Gaussian will do. The confidence falls where
        the modes stand less than five standard deviations apart.

    Notes
    -----
    The last resort before the template's own threshold, for stains of little
    brightness. As in `find_valley` the lower mode must not lie more than half of
    `search` above `at`, nor the upper one more than that below. Events far below
    `at`, where overcompensation spreads them, say nothing of the cut and are left
    out.
    """
    search = settings.get("search", 0.125)
    values = values[np.isfinite(values)]
    if values.size < MIN_EVENTS:
        return None
    centers, density = on_grid(values, BANDWIDTH)
    if np.interp(at, centers, density) < CUT * density.max():
        return None
    values = values[values > at - REACH * search]
    ends = np.percentile(values, [OUTLYING, 100 - OUTLYING])
    within = values[(values >= ends[0]) & (values <= ends[1])]
    mixture = two_gaussians(within[:: -(-within.size // MOST_EVENTS)], at)
    if mixture is None:
        return None
    means, spreads, shares = mixture
    separation = float((means[1] - means[0]) / np.sqrt((spreads**2).mean()))
    if (
        separation < SEPARATION
        or shares.min() < LEAST_SHARE
        or means[0] > at + search / 2
        or means[1] < at - search / 2
    ):
        return None
    between = np.linspace(means[0], means[1], 512)
    z = (between[:, None] - means) / spreads
    log = np.log(shares / spreads) - z**2 / 2
    threshold = float(between[np.argmax(log[:, 1] >= log[:, 0])])
    if abs(threshold - at) > REACH * search:
        return None
    doubtful = between[np.abs(log[:, 1] - log[:, 0]) <= 1]
    return Found(
        threshold,
        confidence=min(1.0, separation / 5),
        doubt=Doubt(
            low=float(doubtful.min(initial=threshold)),
            high=float(doubtful.max(initial=threshold)),
        ),
    )


def two_gaussians(
    values: FloatArray, at: float
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Fit two Gaussians, the lower first.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units, finite.
    at : float
        They start from the events below and above this.

    Returns
    -------
    means, spreads, shares : ndarray of float64, shape (2,)
        Display units, and shares of the events. None with fewer than two events on
        either side of `at`.
    """
    low, high = values[values < at], values[values >= at]
    if min(low.size, high.size) < 2:
        return None
    mixture = GaussianMixture(
        n_components=2,
        weights_init=np.array([low.size, high.size]) / values.size,
        means_init=np.array([[low.mean()], [high.mean()]]),
        reg_covar=1e-5,
        max_iter=200,
        random_state=0,
    )
    with warnings.catch_warnings():
        # What has not converged after two hundred steps is no pair of modes.
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(values[:, None])
    order = np.argsort(mixture.means_[:, 0])
    return (
        mixture.means_[order, 0],
        np.sqrt(mixture.covariances_[order, 0, 0]),
        mixture.weights_[order],
    )
