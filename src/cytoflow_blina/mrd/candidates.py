"""Propose clusters of B-lineage events that normal marrow does not hold.

Cluster, not scatter: an event far from every normal population may be a doublet or
badly stained. Many at one place are a clone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gamma

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.stats import chi2, poisson

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.mrd import Phenotype, TubeReference
from cytoflow_blina.mrd.distance import (
    nearest_population,
    rows_within,
    squared_distances,
)
from cytoflow_blina.mrd.rules import CandidateLimits
from cytoflow_blina.mrd.separation import (
    Cluster,
    NormalCells,
    count_normal,
    robust_spread,
    separate_from_normal,
)

Rows = NDArray[np.intp]

_SEED_TAIL = 1e-3
"""Share of normal events that may lie so far out that a cluster is sought there."""

_PLAINLY_NORMAL = 0.05
"""Share of normal cells that are not taken to be plainly normal."""

_MOST_SEEDS = 4_000
"""Outlying events among which clusters are sought, evenly spaced."""

_MOST_OUTLYING = 100_000
"""Outlying events of which all are looked at; of more, evenly spaced ones. Candidates
are counted in all events in any case."""

_MOST_TRIES = 24
"""Crowds that are looked at, the one that normal cells explain least first."""

_NARROWEST_DECADES = 0.18
"""Spread below which no marker of a clone is expected to lie: blasts differ more among
themselves than normal cells of one stage."""

_REACHES = ((1.1, 1), (1.7, 2), (2.5, 3))
"""Radii of a neighbourhood, in the distance at which most of a tight cluster's events
lie, one after the other; a looser crowd needs more events, by this factor."""

_SHARED = 0.3
"""Share of events that another candidate may hold: more, and it is the edge of that."""

_BY_CHANCE = 1e-6
"""Probability of a crowd by chance, below which scatter is not the reason."""

_DIMENSIONS_OF_SCATTER = 5
"""Markers on which scattered events differ at most: the others go with these."""

_AROUND = 1.8
"""Radius, in that of the cluster, within which the scatter around it is counted."""


def find_candidates(
    events: FloatArray,
    reference: TubeReference,
    *,
    limits: CandidateLimits,
    phenotype: Phenotype | None = None,
) -> tuple[Cluster, ...]:
    """Find clusters that are unlike normal cells.

    Parameters
    ----------
    events : ndarray of float64, shape (n_events, n_markers)
        Events of B lineage, decades; may be none.
    reference : TubeReference
        Normal cells as this tube shows them (`align_reference`), on the same markers.
    limits : CandidateLimits
        What makes a cluster a candidate.
    phenotype : Phenotype, optional
        What the subject's leukaemia looked like, on the same markers.

    Returns
    -------
    tuple of Cluster
        Most events first; none where nothing crowds outside of normal cells.
    """
    search = _Search.of(events, reference, limits)
    found = []
    if phenotype is not None:
        found += search.near(phenotype)
    found += search.crowds()
    found.sort(key=lambda one: -one.n_events)
    return tuple(found[: limits.most_candidates])


@dataclass
class _Search:
    """The state of one search: what lies far out, and what of it is not explained yet.

    Attributes
    ----------
    events : ndarray of float64, shape (n_events, n_markers)
        Events of B lineage, decades.
    normal : NormalCells
        Normal cells of this tube.
    density : ndarray of float64, shape (n_events,)
        How densely normal cells lie at outlying events; NaN for others.
    limits : CandidateLimits
        What makes a cluster a candidate.
    squared : ndarray of float64, shape (n_events,)
        Squared distance from the nearest normal population.
    scale : ndarray of float64, shape (n_markers,)
        Typical spread of a population, decades.
    left : ndarray of intp, shape (n_left,)
        Outlying events that no cluster holds yet, by index.
    taken : ndarray of bool, shape (n_events,)
        Events that a candidate holds.
    """

    events: FloatArray
    normal: NormalCells
    density: FloatArray
    limits: CandidateLimits
    squared: FloatArray
    scale: FloatArray
    left: Rows
    taken: BoolArray

    @classmethod
    def of(
        cls, events: FloatArray, reference: TubeReference, limits: CandidateLimits
    ) -> _Search:
        """Begin: measure how far every event lies from normal cells."""
        squared, which = nearest_population(events, reference.populations)
        n_outlying = int(np.count_nonzero(squared > _seed_limit(events)))
        step = -(-n_outlying // _MOST_OUTLYING)
        if step > 1:
            # Where most are blasts, a part of them shows where these lie.
            events, squared, which = events[::step], squared[::step], which[::step]
        normal = count_normal(reference, squared, which)
        left = np.flatnonzero(squared > _seed_limit(events))
        density = np.full(len(events), np.nan)
        density[left] = normal.density(events[left])
        return cls(
            events=events,
            normal=normal,
            density=density,
            limits=limits,
            squared=squared,
            scale=_typical_spread(reference),
            left=left,
            taken=np.zeros(len(events), dtype=np.bool_),
        )

    def near(self, phenotype: Phenotype) -> list[Cluster]:
        """Look where the leukaemia lay at diagnosis, nearer to normal cells too."""
        n_markers = self.events.shape[1]
        apart = self.squared > chi2.isf(_PLAINLY_NORMAL, n_markers)
        distance = squared_distances(self.events, phenotype.mean, phenotype.covariance)
        seeds = np.flatnonzero(apart & (distance < chi2.isf(0.05, n_markers)))
        if seeds.size < self.limits.fewest_events:
            return []
        return self.grow(seeds, least_score=self.limits.like_diagnosis_score_sd)

    def crowds(self) -> list[Cluster]:
        """Look at crowds, tight ones first, then those that normal cells explain least.

        Blasts may scatter widely on a marker that normal cells of one stage share.
        """
        return [
            cluster
            for reach, factor in _REACHES
            for cluster in self.crowds_within(reach, factor * self.limits.fewest_events)
        ]

    def crowds_within(self, reach: float, fewest: int) -> list[Cluster]:
        """Look at crowds of one size."""
        found: list[Cluster] = []
        radius = reach * np.sqrt(self.events.shape[1])
        points = self.events[self.left] / self.scale
        candidates = self.left
        surprise = _surprise(points, self.expected_crowd(radius), radius, fewest)
        is_open = np.ones(len(points), dtype=np.bool_)
        for _ in range(_MOST_TRIES):
            surprise[~is_open] = 0.0
            if not surprise.any():
                break
            start = points[int(np.argmax(surprise))]
            crowd = np.flatnonzero(_crowd(points, start, radius) & is_open)
            is_open[crowd] = False
            is_open[int(np.argmax(surprise))] = False
            if crowd.size >= fewest:
                found += self.grow(candidates[crowd], least_score=self.limits.score_sd)
                is_open &= ~self.taken[candidates]
        return found

    def expected_crowd(self, radius: float) -> FloatArray:
        """Say how many normal cells a neighbourhood of an outlying event should hold.

        An ndarray of float64, shape (n_left,).
        """
        n = self.events.shape[1]
        ball = np.pi ** (n / 2) / gamma(n / 2 + 1) * radius**n * self.scale.prod()
        expected: FloatArray = ball * self.density[self.left]
        return expected

    def grow(self, seeds: Rows, *, least_score: float) -> list[Cluster]:
        """Draw the border of a cluster; none where it is no candidate."""
        cluster = separate_from_normal(
            self.events, self.from_normal(), self.events[seeds], self.normal, self.scale
        )
        if not self.is_candidate(cluster, least_score):
            return []
        self.taken |= cluster.holds(self.events)
        self.left = self.left[~self.taken[self.left]]
        return [cluster]

    def from_normal(self) -> FloatArray:
        """Squared distance from normal cells; 0 for events of another candidate."""
        return np.where(self.taken, 0.0, self.squared)

    def is_candidate(self, cluster: Cluster, least_score: float) -> bool:
        """Tell whether a cluster is far enough, tight enough and crowded enough."""
        if cluster.n_events < self.limits.fewest_events:
            return False
        inside = cluster.holds(self.events)
        limits = self.limits
        n_inside = np.count_nonzero(inside)
        if np.count_nonzero(inside & self.taken) > _SHARED * n_inside:
            return False
        if np.sqrt(np.median(self.squared[inside])) < least_score:
            return False
        spread = robust_spread(self.events[inside])
        n_compact = int(np.count_nonzero(spread < limits.spread_decades))
        if n_compact < min(limits.compact_markers, spread.size):
            return False
        return self.is_crowd(cluster, inside)

    def is_crowd(self, cluster: Cluster, inside: BoolArray) -> bool:
        """Tell whether scatter, as thick as around the cluster, makes so many."""
        n_markers = self.events.shape[1]
        around, _ = rows_within(
            self.events,
            cluster.mean,
            cluster.covariance,
            _AROUND**2 * cluster.distance_squared,
        )
        is_outlying = self.squared[around] > _seed_limit(self.events)
        n_around = int(np.count_nonzero(is_outlying & ~inside[around]))
        n_dimensions = min(n_markers, _DIMENSIONS_OF_SCATTER)
        expected = (n_around + 1) / (_AROUND**n_dimensions - 1)
        n_inside = int(np.count_nonzero(inside))
        return bool(poisson.sf(n_inside - 1, expected) < _BY_CHANCE)


def _seed_limit(events: FloatArray) -> float:
    """Squared distance beyond which an event is outlying."""
    return float(chi2.isf(_SEED_TAIL, events.shape[1]))


def _typical_spread(reference: TubeReference) -> FloatArray:
    """Median spread of normal populations by marker, decades."""
    spreads = [np.sqrt(np.diag(one.covariance)) for one in reference.populations]
    typical: FloatArray = np.maximum(np.median(spreads, axis=0), _NARROWEST_DECADES)
    return typical


def _surprise(
    points: FloatArray, expected: FloatArray, radius: float, fewest: int
) -> FloatArray:
    """Tell how many more events crowd around an event than normal cells explain.

    Parameters
    ----------
    points : ndarray of float64, shape (n_points, n_markers)
        Outlying events, in typical spreads.
    expected : ndarray of float64, shape (n_points,)
        Normal cells that a neighbourhood should hold.
    radius : float
        Of a neighbourhood.
    fewest : int
        Events of a crowd.

    Returns
    -------
    ndarray of float64, shape (n_points,)
        Events for each expected one; 0 for too few, and for events that were passed
        over because there are very many.
    """
    surprise = np.zeros(len(points))
    step = max(1, len(points) // _MOST_SEEDS)
    looked_at = points[::step]
    if not len(looked_at):
        return surprise
    tree = cKDTree(looked_at)
    crowds = step * tree.query_ball_point(looked_at, radius, return_length=True)
    surprise[::step] = np.where(crowds >= fewest, crowds / (1 + expected[::step]), 0.0)
    return surprise


def _crowd(points: FloatArray, start: FloatArray, radius: float) -> BoolArray:
    """Move to the middle of a crowd, and find its events, shape (n_points,)."""
    center = start
    near = _within(points, center, radius)
    for _ in range(10):
        moved = np.median(points[near], axis=0)
        if np.allclose(moved, center):
            break
        center, near = moved, _within(points, moved, radius)
    return near


def _within(points: FloatArray, center: FloatArray, radius: float) -> BoolArray:
    """Tell which points lie within a radius, shape (n_points,)."""
    offsets = points - center
    within: BoolArray = np.einsum("ij,ij->i", offsets, offsets) < radius**2
    return within
