"""Find the stations of normal maturation, and other normal cells, in pooled marrows.

A Gaussian mixture over all events would spend its components on what is common. So
clusters are first brought to like size; then a mixture with full covariances gives
every rare kind of cell its place, and follows the path of maturation closely enough
for neighbouring stations to overlap.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.mrd import NormalPopulation
from cytoflow_blina.mrd.distance import nearest_population

_N_CLUSTERS = 100
_EVENTS_OF_A_CLUSTER = 600
"""Clusters that are brought to like size, and the size."""

_ROUNDS = 60
_SEED = 1

_SMALLEST_SD = 0.08
"""Decades; the floor of a station's spread in any direction."""

_WIDEST = 2.0
"""A component whose largest spread is wider than the usual one by this factor holds
what is scattered."""

_WORTH = 60
"""Events that the mean spread of all stations is worth beside a station's own."""

_REACH_SD = 3.0
"""How far beyond the usual distance an event may lie and still belong to a station."""

_FEWEST_OF_A_MARROW = 5
_FEWEST_OF_A_STATION = 40
_LEAST_SHARE_OF_MARROWS = 0.25

_DOUBLET_SD, _APART_SD = 2.5, 3.5
"""How near a doublet lies to the sum of two cells, and how far from either."""


@dataclass(frozen=True, eq=False)
class Stations:
    """Stations, and how each marrow fills them.

    Attributes
    ----------
    populations : tuple of NormalPopulation
        Named by their number, the most frequent first.
    events : ndarray of int64, shape (n_marrows, n_populations)
        Events by marrow that lie nearest to a station and within its reach, of those
        that the marrow put in.
    """

    populations: tuple[NormalPopulation, ...]
    events: NDArray[np.int64]


def find_stations(
    marrows: Sequence[FloatArray],
    singles: Sequence[FloatArray] = (),
    *,
    n_stations: int = 40,
    n_events: int = 20_000,
) -> Stations:
    """Find the stations that several marrows share.

    Parameters
    ----------
    marrows : sequence of ndarray of float64, shape (n_events, n_markers)
        Events of B lineage of each marrow, decades, all brought to one brightness.
        One may be without events; together they hold many.
    singles : sequence of ndarray of float64, shape (n_markers,)
        Other cells that may stick to one of B lineage, T cells say: their medians.
    n_stations : int, default 40
        How many are sought; fewer are found where some hold scattered events, events
        of too few marrows, or doublets.
    n_events : int, default 20_000
        Events that each marrow puts in at most, evenly spaced.

    Returns
    -------
    Stations
        None where no component is left. The same events give the same stations.
    """
    thinned = [_evenly(events, n_events) for events in marrows]
    with threadpool_limits(1):  # sums differ in the last digit with the threads
        # Once more: what was common had most of the clusters, too.
        alike = _of_like_size(_of_like_size(np.vstack(thinned)))
        found = _regular(_mixture(alike, n_stations), len(alike))
    found = _keep(found, _is_compact(found))
    events = _events_by_marrow(thinned, found)
    kept = _is_shared(events) & ~_is_doublet(found, events.sum(axis=0), singles)
    found = _keep(found, kept)
    return _by_frequency(found, _events_by_marrow(thinned, found))


def _evenly(events: FloatArray, n_most: int) -> FloatArray:
    """Take evenly spaced events, ndarray of float64, shape (n_taken, n_markers)."""
    if len(events) <= n_most:
        return events
    return events[np.linspace(0, len(events) - 1, n_most).astype(np.intp)]


def _of_like_size(pooled: FloatArray) -> FloatArray:
    """Take few events of large clusters, and all of small ones."""
    clusters = MiniBatchKMeans(
        n_clusters=min(_N_CLUSTERS, len(pooled)),
        batch_size=4096,
        n_init=3,
        random_state=_SEED,
    ).fit_predict(pooled)
    return np.vstack(
        [
            _evenly(pooled[clusters == cluster], _EVENTS_OF_A_CLUSTER)
            for cluster in np.unique(clusters)
        ]
    )


def _mixture(events: FloatArray, n_stations: int) -> GaussianMixture:
    """Fit a mixture with full covariances."""
    mixture = GaussianMixture(
        n_components=min(n_stations, max(len(events) // 100, 1)),
        reg_covar=1e-4,
        max_iter=_ROUNDS,
        random_state=_SEED,
    )
    with warnings.catch_warnings():
        # Components along a path without gaps may go on sliding for ever.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.fit(events)


def _regular(mixture: GaussianMixture, n_events: int) -> list[NormalPopulation]:
    """Draw each spread a little towards the usual one, and give it a floor."""
    weights = np.asarray(mixture.weights_, dtype=np.float64)
    covariances = np.asarray(mixture.covariances_, dtype=np.float64)
    usual = np.median(covariances, axis=0)
    populations = []
    for number, own in enumerate(covariances):
        share = weights[number] * n_events / (weights[number] * n_events + _WORTH)
        mixed = share * own + (1 - share) * usual
        values, vectors = np.linalg.eigh(mixed)
        values = np.maximum(values, _SMALLEST_SD**2)
        populations.append(
            NormalPopulation(
                str(number + 1),
                np.asarray(mixture.means_[number], dtype=np.float64),
                (vectors * values) @ vectors.T,
                float(weights[number]),
            )
        )
    return populations


def _is_compact(populations: Sequence[NormalPopulation]) -> BoolArray:
    """Tell kinds of cells from scatter, ndarray of bool, shape (n_stations,)."""
    largest = np.sqrt([np.linalg.eigvalsh(one.covariance)[-1] for one in populations])
    compact: BoolArray = largest <= _WIDEST * np.median(largest)
    return compact


def _keep(
    populations: Sequence[NormalPopulation], wanted: Sequence[bool] | BoolArray
) -> list[NormalPopulation]:
    return [one for one, keep in zip(populations, wanted, strict=True) if keep]


def _events_by_marrow(
    marrows: Sequence[FloatArray], populations: Sequence[NormalPopulation]
) -> NDArray[np.int64]:
    """Count the events of each marrow at each station."""
    counts = np.zeros((len(marrows), len(populations)), dtype=np.int64)
    for row, events in enumerate(marrows):
        squared, which = nearest_population(events, populations)
        near = squared < (np.sqrt(events.shape[1]) + _REACH_SD) ** 2
        counts[row] = np.bincount(which[near], minlength=len(populations))
    return counts


def _is_shared(events: NDArray[np.int64]) -> BoolArray:
    """Tell which stations enough marrows fill, ndarray of bool, shape (n_stations,)."""
    n_marrows = (events >= _FEWEST_OF_A_MARROW).sum(axis=0)
    fewest = max(2, int(np.ceil(_LEAST_SHARE_OF_MARROWS * len(events))))
    shared: BoolArray = (n_marrows >= fewest) & (
        events.sum(axis=0) >= _FEWEST_OF_A_STATION
    )
    return shared


def _is_doublet(
    populations: Sequence[NormalPopulation],
    n_events: NDArray[np.int64],
    singles: Sequence[FloatArray],
) -> BoolArray:
    """Tell which stations two commoner cells stuck together would make.

    The light of the two adds, so on every marker the sum of their linear medians must
    lie where the station does, and neither cell alone may.
    """
    is_doublet: BoolArray = np.zeros(len(populations), dtype=np.bool_)
    for number, one in enumerate(populations):
        is_common = n_events > n_events[number]
        cells = np.array([other.mean for other in _keep(populations, is_common)])
        if not len(cells):
            continue
        partners = np.vstack([cells, *(np.atleast_2d(level) for level in singles)])
        light = np.sinh(cells * np.log(10))[:, None] + np.sinh(partners * np.log(10))
        sums = np.arcsinh(light) / np.log(10)
        stuck = _distance(sums.reshape(-1, one.mean.size), one).min()
        alone = _distance(cells, one).min()
        is_doublet[number] = stuck < _DOUBLET_SD < _APART_SD < alone
    return is_doublet


def _distance(levels: FloatArray, population: NormalPopulation) -> FloatArray:
    """Mahalanobis distance of some levels, ndarray of float64, shape (n_levels,)."""
    squared, _ = nearest_population(levels, [population])
    return np.sqrt(squared)


def _by_frequency(
    populations: Sequence[NormalPopulation], events: NDArray[np.int64]
) -> Stations:
    """Put the most frequent first, and give each its share of the events."""
    totals = events.sum(axis=0)
    order = np.argsort(-totals, kind="stable")
    return Stations(
        tuple(
            NormalPopulation(
                str(number + 1),
                populations[place].mean,
                populations[place].covariance,
                float(totals[place] / max(totals.sum(), 1)),
            )
            for number, place in enumerate(order)
        ),
        events[:, order],
    )
