"""Propose clusters of B-lineage events that normal marrow does not hold.

Cluster, not scatter: an event far from every normal population may be a doublet or
badly stained. Many at one place are a clone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from math import gamma
from scipy.spatial import cKDTree
from scipy.stats import chi2, poisson

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.mrd import Phenotype, TubeReference
from cytoflow_blina.mrd.distance import nearest_population, squared_distances
from cytoflow_blina.mrd.separation import (
    Cluster,
    normal_density,
    separate_from_normal,
)

_SEED_TAIL = 1e-3
"""Share of normal events that may lie so far out that a cluster is sought there."""

_MOST_SEEDS = 6_000
"""Outlying events among which clusters are sought, evenly spaced."""

_MOST_TRIES = 24
"""Crowds that are looked at, the one that normal cells explain least first."""

_NARROWEST_DECADES = 0.18
"""Spread below which no marker of a clone is expected to lie: blasts differ more among
themselves than normal cells of one stage."""

_REACH = 1.1
"""Radius of a neighbourhood, in the distance at which most of a cluster's events lie."""

_BY_CHANCE = 1e-6
"""Probability of a crowd by chance, below which scatter is not the reason."""

_AROUND = 1.8
"""Radius, in that of the cluster, within which the scatter around it is counted."""


@dataclass(frozen=True)
class CandidateLimits:
    """What makes a cluster a candidate.

    Attributes
    ----------
    least_score_sd : float
        Median distance from normal cells, in standard deviations.
    most_spread_decades : float
        A marker is compact below it.
    least_compact_markers : int
        Markers that must be compact; all of them where fewer are measured.
    least_events : int
        Events from which a cluster is shown.
    least_score_like_diagnosis_sd : float
        As `least_score_sd`, for a cluster where the diagnostic phenotype lies.
    most_candidates : int
        Clusters in a tube.
    """

    least_score_sd: float = 6.0
    most_spread_decades: float = 0.35
    least_compact_markers: int = 4
    least_events: int = 5
    least_score_like_diagnosis_sd: float = 4.0
    most_candidates: int = 5


def find_candidates(
    events: FloatArray,
    reference: TubeReference,
    *,
    limits: CandidateLimits = CandidateLimits(),
    phenotype: Phenotype | None = None,
) -> tuple[Cluster, ...]:
    """Find clusters that are unlike normal cells.

    Parameters
    ----------
    events : ndarray of float64, shape (n_events, n_markers)
        Events of B lineage, decades; may be none.
    reference : TubeReference
        Normal cells as this tube shows them (`align_reference`), on the same markers.
    limits : CandidateLimits, optional
        What makes a cluster a candidate.
    phenotype : Phenotype, optional
        What the subject's leukaemia looked like, on the same markers.

    Returns
    -------
    tuple of Cluster
        Most events first; none where nothing crowds outside of normal cells.
    """
    squared, _ = nearest_population(events, reference.populations)
    n_markers = len(reference.markers)
    outlying = squared > chi2.isf(_SEED_TAIL, n_markers)
    scale = _typical_spread(reference)
    left = np.flatnonzero(outlying)
    expected = np.full(len(events), np.nan)
    radius = _REACH * np.sqrt(n_markers)
    volume = np.pi ** (n_markers / 2) / gamma(n_markers / 2 + 1) * radius**n_markers
    expected[left] = (
        normal_density(events[left], reference, events) * volume * scale.prod()
    )
    found: list[Cluster] = []
    tried = 0
    while left.size >= limits.least_events and tried < _MOST_TRIES:
        tried += 1
        members = _densest(events[left] / scale, expected[left])
        if members.size < limits.least_events:
            break
        cluster = separate_from_normal(
            events, squared, events[left[members]], reference, scale
        )
        if _is_candidate(cluster, events, squared, limits):
            found.append(cluster)
            members = np.union1d(members, np.flatnonzero(cluster.holds(events[left])))
        left = np.delete(left, members)
    found.sort(key=lambda one: -one.n_events)
    return tuple(found[: limits.most_candidates])


def _typical_spread(reference: TubeReference) -> FloatArray:
    """Median spread of normal populations by marker, decades."""
    spreads = [np.sqrt(np.diag(one.covariance)) for one in reference.populations]
    typical: FloatArray = np.maximum(np.median(spreads, axis=0), _NARROWEST_DECADES)
    return typical


def _densest(points: FloatArray, expected: FloatArray) -> np.ndarray:
    """Find the events of the crowd that normal cells explain least, by index."""
    n_markers = points.shape[1]
    radius = _REACH * np.sqrt(n_markers)
    step = max(1, len(points) // _MOST_SEEDS)
    tree = cKDTree(points[::step])
    crowds = tree.query_ball_point(points[::step], radius, return_length=True)
    center = points[::step][int(np.argmax(crowds / (1 + expected[::step])))]
    for _ in range(10):
        near = points[((points - center) ** 2).sum(axis=1) < radius**2]
        moved = np.median(near, axis=0)
        if np.allclose(moved, center):
            break
        center = moved
    return np.flatnonzero(((points - center) ** 2).sum(axis=1) < radius**2)


def _is_candidate(
    cluster: Cluster,
    events: FloatArray,
    squared: FloatArray,
    limits: CandidateLimits,
) -> bool:
    """Tell whether a cluster is far enough, tight enough and crowded enough."""
    inside = cluster.holds(events)
    n_events = int(np.count_nonzero(inside))
    if n_events < limits.least_events:
        return False
    if np.sqrt(np.median(squared[inside])) < limits.least_score_sd:
        return False
    n_compact = int(
        np.count_nonzero(cluster.spread(events[inside]) < limits.most_spread_decades)
    )
    if n_compact < min(limits.least_compact_markers, events.shape[1]):
        return False
    return _is_crowd(cluster, events, inside, squared)


def _is_crowd(
    cluster: Cluster, events: FloatArray, inside: np.ndarray, squared: FloatArray
) -> bool:
    """Tell whether scatter, as thick as around the cluster, hardly makes so many."""
    n_markers = events.shape[1]
    distance = squared_distances(events, cluster.mean, cluster.covariance)
    around = distance < _AROUND**2 * cluster.distance_squared
    outlying = squared > chi2.isf(_SEED_TAIL, n_markers)
    n_around = int(np.count_nonzero(around & ~inside & outlying))
    expected = (n_around + 1) / (_AROUND**n_markers - 1)
    n_inside = int(np.count_nonzero(inside))
    return bool(poisson.sf(n_inside - 1, expected) < _BY_CHANCE)
