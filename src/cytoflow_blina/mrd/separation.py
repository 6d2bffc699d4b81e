"""Draw the border between a cluster and the normal cells beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.mrd import NormalPopulation, TubeReference
from cytoflow_blina.mrd.distance import (
    nearest_population,
    rows_within,
    squared_distances,
)

_ROUNDS = 12
_WIDER_SHARE, _WIDER = 0.03, 4.0
"""Share of normal cells that spread twice as far, in squared standard deviations."""

_LEAST_HELD, _MOST_HELD = 0.80, 0.995
"""Share of a cluster's events that its gate is to hold."""

_PLAINLY_NORMAL = 1e-3
"""Share of normal cells that may lie so far out that they shape a cluster."""

_CENTER_OF_NORMAL = 1.2
"""Squared distance, for each marker, within which the middle of a cluster is normal."""

_MOST_FOREIGN = 5
"""Events around each of the cluster's own, with which it cannot be told apart."""

_SHRINK_TO = 8
"""Events that the typical spread counts for beside the cluster's own."""


@dataclass(frozen=True, eq=False)
class Cluster:
    """A cluster and the ellipsoid that holds it.

    Attributes
    ----------
    mean : ndarray of float64, shape (n_markers,)
        Decades.
    covariance : ndarray of float64, shape (n_markers, n_markers)
        Squared decades.
    distance_squared : float
        Squared Mahalanobis distance of the surface.
    n_events : int
        Events inside.
    n_foreign : float
        Events inside that are expected to be normal cells.
    """

    mean: FloatArray
    covariance: FloatArray
    distance_squared: float
    n_events: int = 0
    n_foreign: float = 0.0

    def holds(self, events: FloatArray) -> BoolArray:
        """Tell which events lie inside.

        Parameters
        ----------
        events : ndarray of float64, shape (n_events, n_markers)
            Decades.

        Returns
        -------
        ndarray of bool, shape (n_events,)
            True inside and on the surface.
        """
        rows, _ = rows_within(events, self.mean, self.covariance, self.distance_squared)
        inside = np.zeros(len(events), dtype=np.bool_)
        inside[rows] = True
        return inside


def robust_spread(members: FloatArray) -> FloatArray:
    """Take the robust standard deviation of a cluster's events.

    Parameters
    ----------
    members : ndarray of float64, shape (n_events, n_markers)
        Decades.

    Returns
    -------
    ndarray of float64, shape (n_markers,)
        Half the middle 68 %, decades; NaN without events.
    """
    if not len(members):
        return np.full(members.shape[1], np.nan)
    low, high = np.quantile(members, (0.16, 0.84), axis=0)
    half: FloatArray = (high - low) / 2
    return half


def separate_from_normal(
    events: FloatArray,
    from_normal: FloatArray,
    seeds: FloatArray,
    normal: NormalCells,
    scale: FloatArray,
) -> Cluster:
    """Grow a cluster from its seeds, against the normal cells around it.

    Parameters
    ----------
    events : ndarray of float64, shape (n_events, n_markers)
        Events of B lineage, decades.
    from_normal : ndarray of float64, shape (n_events,)
        Their squared distance from the nearest normal population.
    seeds : ndarray of float64, shape (n_seeds, n_markers)
        Some of them, which crowd at one place.
    normal : NormalCells
        Normal cells of this tube.
    scale : ndarray of float64, shape (n_markers,)
        Typical spread of normal populations, decades.

    Returns
    -------
    Cluster
        With the surface that best parts its events from others: the expected F1 is
        highest there. Without events where its middle turns out to be normal.

    Notes
    -----
    A mixture of one Gaussian against the normal populations with their shares in this
    tube. A small share of normal cells spreads twice as far, as badly stained cells do.
    """
    n_markers = events.shape[1]
    mean = np.median(seeds, axis=0)
    covariance = _shrunken(seeds - mean, np.ones(len(seeds)), scale)
    within = chi2.isf(1e-6, n_markers)
    # What lies beyond takes no part; the rest is looked at again and again.
    # Cells that are plainly normal say nothing of where the cluster lies.
    is_apart = from_normal > chi2.isf(_PLAINLY_NORMAL, n_markers)
    apart = events[is_apart]
    apart = apart[squared_distances(apart, mean, 4 * covariance) < within]
    density = normal.density(apart)
    weight = float(len(seeds))
    for _ in range(_ROUNDS):
        squared = squared_distances(apart, mean, covariance)
        own = weight * _gauss(squared, covariance)
        own[squared > within] = 0.0
        belongs = own / (own + density)
        weight = max(float(belongs.sum()), 1.0)
        if weight <= n_markers / 2:
            break
        mean = belongs @ apart / weight
        covariance = _shrunken(apart - mean, belongs, scale)
    cluster = Cluster(mean, covariance, 0.0)
    center, _ = nearest_population(mean[None, :], normal.populations)
    if center[0] < _CENTER_OF_NORMAL * n_markers:
        return cluster
    return _cut(cluster, weight, events, normal)


def _cut(
    cluster: Cluster, weight: float, events: FloatArray, normal: NormalCells
) -> Cluster:
    """Choose the surface of the highest expected F1, with normal cells counted in."""
    n_markers = events.shape[1]
    low = float(chi2.ppf(_LEAST_HELD, n_markers))
    high = float(chi2.ppf(_MOST_HELD, n_markers))
    rows, squared = rows_within(events, cluster.mean, cluster.covariance, high)
    if np.count_nonzero(squared <= low) > _MOST_FOREIGN * weight:
        return cluster
    own = weight * _gauss(squared, cluster.covariance)
    belongs = own / (own + normal.density(events[rows]))
    order = np.argsort(squared, kind="stable")
    held = np.cumsum(belongs[order])
    number = np.arange(1, order.size + 1)
    f1 = 2 * held / (number + weight)
    allowed = squared[order] >= low
    surface = high
    if allowed.any():
        best = np.flatnonzero(allowed)[int(np.argmax(f1[allowed]))]
        following = squared[order][best + 1] if best + 1 < order.size else high
        # Beyond the last event that is held, short of the next one.
        surface = float((squared[order][best] + following) / 2)
    inside = squared <= surface
    return replace(
        cluster,
        distance_squared=surface,
        n_events=int(np.count_nonzero(inside)),
        n_foreign=float((1 - belongs[inside]).sum()),
    )


def _shrunken(
    offsets: FloatArray, weights: FloatArray, scale: FloatArray
) -> FloatArray:
    """Take a covariance, drawn towards the typical spread where events are few."""
    total = float(weights.sum())
    own = (offsets * weights[:, None]).T @ offsets
    covariance: FloatArray = (own + _SHRINK_TO * np.diag(scale**2)) / (
        total + _SHRINK_TO
    )
    return covariance


def _gauss(squared: FloatArray, covariance: FloatArray) -> FloatArray:
    """Density of a Gaussian at squared distances, per decade of every marker."""
    n = covariance.shape[0]
    norm = np.sqrt((2 * np.pi) ** n * np.linalg.det(covariance))
    density: FloatArray = np.exp(-squared / 2) / norm
    return density


@dataclass(frozen=True, eq=False)
class NormalCells:
    """Normal populations, and how many of each a tube holds.

    Attributes
    ----------
    populations : tuple of NormalPopulation
        As the tube shows them.
    n_events : ndarray of float64, shape (n_populations,)
        Events of each.
    """

    populations: tuple[NormalPopulation, ...]
    n_events: FloatArray

    def density(self, at: FloatArray) -> FloatArray:
        """Say how densely normal cells of this tube lie at some places.

        Parameters
        ----------
        at : ndarray of float64, shape (n_places, n_markers)
            Decades.

        Returns
        -------
        ndarray of float64, shape (n_places,)
            Events per decade of every marker; above 0 everywhere.
        """
        density = np.full(len(at), 1e-300)
        for population, number in zip(self.populations, self.n_events, strict=True):
            distance = squared_distances(at, population.mean, population.covariance)
            for share, wider in ((1 - _WIDER_SHARE, 1.0), (_WIDER_SHARE, _WIDER)):
                density += (
                    max(number, 0.5)
                    * share
                    * _gauss(distance / wider, wider * population.covariance)
                )
        return density


def count_normal(
    reference: TubeReference, squared: FloatArray, which: NDArray[np.intp]
) -> NormalCells:
    """Count the events of every normal population of a tube.

    Parameters
    ----------
    reference : TubeReference
        Normal cells as this tube shows them.
    squared : ndarray of float64, shape (n_events,)
        Squared distance of every event from its nearest population.
    which : ndarray of intp, shape (n_events,)
        Place of that population.

    Returns
    -------
    NormalCells
        Events that lie far from all are none of them.
    """
    near = squared < chi2.isf(1e-3, len(reference.markers))
    counted = np.bincount(which[near], minlength=len(reference.populations))
    return NormalCells(reference.populations, counted.astype(np.float64))
