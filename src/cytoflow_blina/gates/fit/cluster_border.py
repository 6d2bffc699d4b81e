"""Trace the border around the clusters of one kind of cell."""

from __future__ import annotations

from dataclasses import dataclass

import contourpy
import numpy as np

from cytoflow_blina.bridge.polygon import points_in_polygon
from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.gates.fit.leukocyte_clusters import Clusters
from cytoflow_blina.gates.fit.method import Doubt

N_GRID = 101
MOST_VERTICES = 60


@dataclass(frozen=True, eq=False)
class Kinds:
    """Clusters, and which of them are the kind of cell that is looked for.

    Attributes
    ----------
    clusters : Clusters
        All of them.
    is_member : ndarray of bool, shape (n_clusters,)
        True for those of the kind.
    is_compact : ndarray of bool, shape (n_clusters,)
        False for broad ones, from which no distance is measured.
    centre : ndarray of float64, shape (2,)
        The middle of the kind.
    """

    clusters: Clusters
    is_member: BoolArray
    is_compact: BoolArray
    centre: FloatArray


def kinds_around(clusters: Clusters, mode: FloatArray, reach: FloatArray) -> Kinds:
    """Take the clusters beside a mode for one kind of cell.

    Parameters
    ----------
    clusters : Clusters
        All of them.
    mode : ndarray of float64, shape (2,)
        Where the kind is densest.
    reach : ndarray of float64, shape (2,)
        How far the centre of a cluster of the kind may lie from that of the nearest.

    Returns
    -------
    Kinds
        Centred on the cluster nearest to the mode.
    """
    main = clusters.nearest(mode)
    is_member = clusters.around(main, reach)
    return Kinds(clusters, is_member, clusters.is_compact, clusters.means[main])


@dataclass(frozen=True, eq=False)
class Border:
    """A closed line around one kind of cell.

    Attributes
    ----------
    kinds : Kinds
        What it parts.
    least_x : float
        The least value of the first axis.
    distance_squared : float
        The largest squared Mahalanobis distance from a cluster of the kind.
    vertices : ndarray of float64, shape (n_vertices, 2)
        The line.
    """

    kinds: Kinds
    least_x: float
    distance_squared: float
    vertices: FloatArray

    def judge(self, points: FloatArray) -> tuple[BoolArray, FloatArray]:
        """Say on which side of the border points lie, and which kind they are.

        Parameters
        ----------
        points : ndarray of float64, shape (n_points, 2)
            Where.

        Returns
        -------
        is_inside : ndarray of bool, shape (n_points,)
            True for points inside.
        log_odds : ndarray of float64, shape (n_points,)
            How much more likely the kind is than any other, natural logarithm.
        """
        field, odds = _field(points, self.kinds, self.least_x, self.distance_squared)
        return field > 0, odds


def doubt_of(is_inside: BoolArray, belongs: FloatArray) -> Doubt:
    """Expect the events that a border has wrong, from what each one is.

    Parameters
    ----------
    is_inside : ndarray of bool, shape (n_events,)
        On which side they lie.
    belongs : ndarray of float64, shape (n_events,)
        Probability that they belong inside.

    Returns
    -------
    Doubt
        Foreign and missed events.
    """
    return Doubt(
        n_foreign=float((1 - belongs[is_inside]).sum()),
        n_missed=float(belongs[~is_inside].sum()),
    )


def trace_border(
    kinds: Kinds, *, least_x: float, distance_squared: float
) -> Border | None:
    """Trace the border around the kind of cell that is looked for.

    Parameters
    ----------
    kinds : Kinds
        Clusters of the kind and of others.
    least_x : float
        The least value of the first axis inside.
    distance_squared : float
        The largest squared Mahalanobis distance from a cluster of the kind.

    Returns
    -------
    Border or None
        The closed line around the centre of the kind; None without one.
    """
    x, y = _grid(kinds, distance_squared)
    grid = np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])
    field = _field(grid, kinds, least_x, distance_squared)[0].reshape(y.size, x.size)
    for line in contourpy.contour_generator(x, y, field).lines(0.0):
        corners = np.asarray(line)[:-1]
        is_closed = len(line) > 3 and (np.asarray(line[0]) == line[-1]).all()
        if is_closed and points_in_polygon(corners, kinds.centre[None])[0]:
            vertices = corners[:: -(-len(corners) // MOST_VERTICES)]
            return Border(kinds, least_x, distance_squared, vertices)
    return None


def _field(
    points: FloatArray, kinds: Kinds, least_x: float, distance_squared: float
) -> tuple[FloatArray, FloatArray]:
    """Field that is positive inside, and the odds of the kind.

    The field is the least of: more likely than any other, near enough, enough of the
    first axis.
    """
    distance = kinds.clusters.distance_squared(points)
    odds = kinds.clusters.log_odds(distance, kinds.is_member)
    nearest = distance[:, kinds.is_member & kinds.is_compact].min(axis=1)
    field: FloatArray = np.minimum.reduce(
        [odds, (distance_squared - nearest) / 2, (points[:, 0] - least_x) * 1e3]
    )
    return field, odds


def _grid(kinds: Kinds, distance_squared: float) -> tuple[FloatArray, FloatArray]:
    """Lay a grid over all that the border may enclose."""
    inner = np.flatnonzero(kinds.is_member & kinds.is_compact)
    means = kinds.clusters.means[inner]
    covariances = np.linalg.inv(kinds.clusters.precisions[inner])
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    reach = 1.1 * np.sqrt(distance_squared * variances)
    low, high = (means - reach).min(axis=0), (means + reach).max(axis=0)
    return np.linspace(low[0], high[0], N_GRID), np.linspace(low[1], high[1], N_GRID)
