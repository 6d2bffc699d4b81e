"""Describe leukocytes on CD45 and side scatter as a few clusters."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from cytoflow_blina.domain.events import BoolArray, FloatArray

N_BINS = 120
SMOOTHING = 0.015

FEWEST = 10
"""A mode of fewer events under one Gaussian is noise."""

MOST_EVENTS = 5_000
"""More events do not move the mixture; every k-th is taken, so none is drawn."""


def find_modes(points: FloatArray) -> FloatArray:
    """Find the modes of a smoothed density.

    Parameters
    ----------
    points : ndarray of float64, shape (n_points, 2)
        Finite, on axes of like scale.

    Returns
    -------
    ndarray of float64, shape (n_modes, 2)
        Places of the modes; none without points. A top that counting noise would
        make on the slope of a higher one is left out.
    """
    if not points.shape[0]:
        return np.empty((0, 2))
    low, high = np.percentile(points, [0.05, 99.95], axis=0)
    low, high = low - 0.05, high + 0.05
    counts, x_edges, y_edges = np.histogram2d(
        points[:, 0],
        points[:, 1],
        bins=N_BINS,
        range=((low[0], high[0]), (low[1], high[1])),
    )
    width = (high - low) / N_BINS
    density = ndimage.gaussian_filter(counts, SMOOTHING / width, mode="constant")
    density *= 2 * np.pi * np.prod(SMOOTHING / width)  # events under the Gaussian
    is_top = density == ndimage.maximum_filter(density, size=5)
    places = np.argwhere(is_top & (density >= FEWEST))
    tops = [(column, row) for column, row in places if _is_mode(density, column, row)]
    return np.array(
        [(x_edges[[x, x + 1]].mean(), y_edges[[y, y + 1]].mean()) for x, y in tops]
    ).reshape(-1, 2)


def _is_mode(density: FloatArray, column: int, row: int) -> bool:
    """Tell whether the way from a top to a higher one leads through a real dip.

    Real is what counting noise does not explain, by two standard deviations.
    """
    height = density[column, row]
    islands, _ = ndimage.label(density > height - 2 * np.sqrt(height))
    island = islands == islands[column, row]
    return bool(density[island].max() <= height)


@dataclass(frozen=True, eq=False)
class Clusters:
    """A Gaussian mixture; its last component is broad and takes up the rest.

    Attributes
    ----------
    weights : ndarray of float64, shape (n_clusters,)
        Share of each cluster.
    means : ndarray of float64, shape (n_clusters, 2)
        Centres.
    precisions : ndarray of float64, shape (n_clusters, 2, 2)
        Inverse covariances.
    """

    weights: FloatArray
    means: FloatArray
    precisions: FloatArray

    @property
    def is_compact(self) -> BoolArray:
        """False for the broad one, ndarray of bool, shape (n_clusters,)."""
        return np.arange(self.weights.size) < self.weights.size - 1

    def near(self, place: FloatArray, reach: FloatArray) -> BoolArray:
        """Tell which clusters have their centre near a place.

        Parameters
        ----------
        place : ndarray of float64, shape (2,)
            CD45 and side scatter, on the axes of the clusters.
        reach : ndarray of float64, shape (2,)
            How far a centre may lie on each axis.

        Returns
        -------
        ndarray of bool, shape (n_clusters,)
            True also for the broad one where it is the tail of these rather than what
            lies between all.
        """
        near = (np.abs(self.means - place) <= reach).all(axis=1)
        return np.asarray(near, dtype=np.bool_)

    def nearest(self, place: FloatArray) -> int:
        """Find the cluster whose centre is nearest to a place; never the broad one.

        Parameters
        ----------
        place : ndarray of float64, shape (2,)
            CD45 and side scatter, on the axes of the clusters.

        Returns
        -------
        int
            Its number.
        """
        distance = np.linalg.norm(self.means[:-1] - place, axis=1)
        return int(np.argmin(distance))

    def around(self, cluster: int, reach: FloatArray) -> BoolArray:
        """Tell which clusters have their centre near that of one.

        Parameters
        ----------
        cluster : int
            The one.
        reach : ndarray of float64, shape (2,)
            How far a centre may lie on each axis.

        Returns
        -------
        ndarray of bool, shape (n_clusters,)
            As `near`; True for the one itself.
        """
        return self.near(self.means[cluster], reach)

    def distance_squared(self, points: FloatArray) -> FloatArray:
        """Squared Mahalanobis distance.

        Parameters
        ----------
        points : ndarray of float64, shape (n_points, 2)
            Where.

        Returns
        -------
        ndarray of float64, shape (n_points, n_clusters)
            To each cluster.
        """
        x, y = (points[:, None, i] - self.means[:, i] for i in (0, 1))
        own, mixed, other = (
            self.precisions[:, i, j] for i, j in ((0, 0), (0, 1), (1, 1))
        )
        squared: FloatArray = (own * x + 2 * mixed * y) * x + other * y**2
        return squared

    def log_odds(self, distance: FloatArray, members: BoolArray) -> FloatArray:
        """Say how much more likely some clusters are than the others.

        Parameters
        ----------
        distance : ndarray of float64, shape (n_points, n_clusters)
            What `distance_squared` gives for the points.
        members : ndarray of bool, shape (n_clusters,)
            The clusters.

        Returns
        -------
        ndarray of float64, shape (n_points,)
            Natural logarithm of the odds.
        """
        volume = np.linalg.slogdet(self.precisions)[1] / 2
        log = np.log(np.maximum(self.weights, 1e-12)) + volume - distance / 2
        density = np.exp(log - log.max(axis=1, keepdims=True))
        least = np.finfo(np.float64).tiny
        odds: FloatArray = np.log(
            np.maximum(density[:, members].sum(axis=1), least)
        ) - np.log(np.maximum(density[:, ~members].sum(axis=1), least))
        return odds


def fit_clusters(points: FloatArray, modes: FloatArray) -> Clusters:
    """Fit one component to each mode and a broad one to the rest.

    Parameters
    ----------
    points : ndarray of float64, shape (n_points, 2)
        At least two.
    modes : ndarray of float64, shape (n_modes, 2)
        Where the components start; at least one.

    Returns
    -------
    Clusters
        In the order of the modes, the broad one last.
    """
    points = points[:: -(-points.shape[0] // MOST_EVENTS)]
    spread = np.tile(np.eye(2) / 0.03**2, (len(modes), 1, 1))
    broad = np.linalg.inv(np.cov(points, rowvar=False) * 4 + np.eye(2) * 1e-4)
    mixture = GaussianMixture(
        n_components=len(modes) + 1,
        weights_init=np.append(np.full(len(modes), 0.95 / len(modes)), 0.05),
        means_init=np.vstack([modes, points.mean(axis=0)]),
        precisions_init=np.concatenate([spread, broad[None]]),
        max_iter=60,
        tol=1e-3,
        reg_covar=1e-5,
        random_state=0,
    )
    with warnings.catch_warnings():
        # Sixty steps are enough for a border; the last digits are not needed.
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(points)
    return Clusters(mixture.weights_, mixture.means_, mixture.precisions_)
