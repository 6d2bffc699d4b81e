"""Find lymphocytes: the leukocytes with the most CD45 and the least side scatter."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import contourpy
import numpy as np
from scipy import ndimage
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.template import PolygonShape, Shape
from cytoflow_blina.gates.fit.method import Found

DECADE = 0.25
"""Length given to a decade of side scatter, near that of a decade of CD45."""

SCATTER_FLOOR = 0.004
"""Side scatter below this is taken for this (display units), as log needs."""

N_BINS = 120
SMOOTHING = 0.02
MOST_EVENTS = 8_000
"""More events do not move the mixture; every k-th is taken, so none is drawn."""


def find_lymphocyte_cluster(
    values: FloatArray, shape: Shape, settings: Mapping[str, float]
) -> Found[Shape] | None:
    """Draw the border between lymphocytes and all other leukocytes.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events, 2)
        CD45 and side scatter of leukocytes, display units.
    shape : PolygonShape
        The template's polygon, for its two markers.
    settings : mapping of str to float
        `distance_squared`: how far from the cluster's centre its border may lie, as
        squared Mahalanobis distance (default 14). `cd45_below`: how far below the
        centre it may lie in CD45 (default 0.0875 display units, 0.35 decade on an
        axis of four). `min_events`: the smallest cluster (default 20).

    Returns
    -------
    Found of PolygonShape, or None
        None where no cluster of `min_events` is seen.

    Notes
    -----
    Modes of the smoothed density start a Gaussian mixture on CD45 and the logarithm
    of side scatter, where clusters are nearly round; a broad component takes up
    what belongs to none. The lymphocyte cluster is the one with the highest CD45
    and, weighing more, the lowest side scatter. Its border runs where another
    component becomes as likely, and no farther out than `distance_squared`.
    """
    if not isinstance(shape, PolygonShape):
        return None
    points = _round_space(values[np.isfinite(values).all(axis=1)])
    min_events = settings.get("min_events", 20)
    if points.shape[0] < 2 * min_events:
        return None
    points = points[:: -(-points.shape[0] // MOST_EVENTS)]
    modes = _modes(points)
    if not modes.size:
        return None
    clusters = _mixture(points, modes)
    lymphocytes = clusters.nearest(_lymphocyte_mode(modes))
    border = _border(clusters, lymphocytes, settings)
    if border is None:
        return None
    share = clusters.share_within(points, border.field_at(points), lymphocytes)
    if share.n_events < min_events:
        return None
    vertices = np.column_stack(
        [border.vertices[:, 0], _side_scatter(border.vertices[:, 1])]
    )
    return Found(PolygonShape(shape.markers, vertices), confidence=share.purity)


def _round_space(values: FloatArray) -> FloatArray:
    """CD45 as it is, side scatter in decades of like length."""
    scatter = DECADE * np.log10(np.maximum(values[:, 1], SCATTER_FLOOR))
    return np.column_stack([values[:, 0], scatter])


def _side_scatter(height: FloatArray) -> FloatArray:
    """Side scatter in display units, back from decades."""
    linear: FloatArray = 10 ** (height / DECADE)
    return linear


def _modes(points: FloatArray) -> FloatArray:
    """Find the modes of the smoothed density, shape (n_modes, 2)."""
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
    reach = tuple(int(size) for size in 2 * np.ceil(2 * SMOOTHING / width) + 1)
    # Events under the Gaussian: a mode of fewer than ten is noise.
    footprint = 2 * np.pi * np.prod(SMOOTHING / width)
    is_mode = (
        (density == ndimage.maximum_filter(density, size=reach))
        & (density * footprint >= 10)
        & (density >= 0.004 * density.max())
    )
    columns, rows = np.nonzero(is_mode)
    return np.column_stack(
        [
            (x_edges[columns] + x_edges[columns + 1]) / 2,
            (y_edges[rows] + y_edges[rows + 1]) / 2,
        ]
    )


def _lymphocyte_mode(modes: FloatArray) -> FloatArray:
    """Choose the mode with high CD45 and low side scatter.

    Side scatter weighs more: two lymphocytes at once have twice the CD45 and twice
    the side scatter of one, and must not win.
    """
    best: FloatArray = modes[np.argmax(modes[:, 0] - 1.5 * modes[:, 1])]
    return best


@dataclass(frozen=True, eq=False)
class _Share:
    """Events inside a border, and the share of them that the mixture calls right."""

    n_events: int
    purity: float


@dataclass(frozen=True, eq=False)
class _Clusters:
    """A fitted mixture: weights, means and precisions of its components."""

    weights: FloatArray
    means: FloatArray
    precisions: FloatArray

    def nearest(self, mode: FloatArray) -> int:
        """Component whose centre is nearest to a mode; never the broad one."""
        distance = np.linalg.norm(self.means[:-1] - mode, axis=1)
        return int(np.argmin(distance))

    def distance_squared(self, points: FloatArray) -> FloatArray:
        """Squared Mahalanobis distance, shape (n_points, n_components)."""
        offset = points[:, None, :] - self.means
        squared: FloatArray = np.einsum(
            "nki,kij,nkj->nk", offset, self.precisions, offset
        )
        return squared

    def log_density(self, points: FloatArray) -> FloatArray:
        """Log of weight times density, up to a constant, (n_points, n_components)."""
        volume = np.linalg.slogdet(self.precisions)[1] / 2
        log: FloatArray = (
            np.log(np.maximum(self.weights, 1e-12))
            + volume
            - self.distance_squared(points) / 2
        )
        return log

    def share_within(
        self, points: FloatArray, field: FloatArray, component: int
    ) -> _Share:
        """Count the events where a field is positive, and how likely they belong."""
        inside = points[field > 0]
        if not inside.shape[0]:
            return _Share(0, 0.0)
        log = self.log_density(inside)
        likely = np.exp(log[:, component] - np.logaddexp.reduce(log, axis=1))
        return _Share(inside.shape[0], float(likely.mean()))


def _mixture(points: FloatArray, modes: FloatArray) -> _Clusters:
    """Fit one component to each mode and a broad one to the rest."""
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
    return _Clusters(mixture.weights_, mixture.means_, mixture.precisions_)


@dataclass(frozen=True, eq=False)
class _Border:
    """A closed line around the lymphocytes, and the field whose zero it is."""

    vertices: FloatArray
    clusters: _Clusters
    component: int
    distance_squared: float
    cd45_below: float

    def field_at(self, points: FloatArray) -> FloatArray:
        """Positive inside, negative outside, shape (n_points,)."""
        return _field(
            points,
            self.clusters,
            self.component,
            self.distance_squared,
            self.cd45_below,
        )


def _field(
    points: FloatArray,
    clusters: _Clusters,
    component: int,
    distance_squared: float,
    cd45_below: float,
) -> FloatArray:
    """Least of: more likely than any other, near enough, enough CD45."""
    log = clusters.log_density(points)
    others = np.logaddexp.reduce(np.delete(log, component, axis=1), axis=1)
    near = distance_squared - clusters.distance_squared(points)[:, component]
    enough = points[:, 0] - clusters.means[component, 0] + cd45_below
    field: FloatArray = np.minimum.reduce(
        [log[:, component] - others, near / 2, enough * 1e3]
    )
    return field


def _border(
    clusters: _Clusters, component: int, settings: Mapping[str, float]
) -> _Border | None:
    """Trace the zero of the field around the cluster's centre."""
    distance_squared = settings.get("distance_squared", 14.0)
    cd45_below = settings.get("cd45_below", 0.35 * DECADE)
    center = clusters.means[component]
    covariance = np.linalg.inv(clusters.precisions[component])
    reach = 1.1 * np.sqrt(distance_squared * np.diag(covariance))
    x = np.linspace(center[0] - reach[0], center[0] + reach[0], 121)
    y = np.linspace(center[1] - reach[1], center[1] + reach[1], 121)
    grid = np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])
    field = _field(grid, clusters, component, distance_squared, cd45_below)
    tracer = contourpy.contour_generator(x, y, field.reshape(121, 121))
    lines = [np.asarray(line, dtype=np.float64) for line in tracer.lines(0.0)]
    closed = [line for line in lines if len(line) > 3 and (line[0] == line[-1]).all()]
    if not closed:
        return None
    longest = max(closed, key=len)[:-1]
    vertices = longest[:: -(-len(longest) // 60)]
    return _Border(vertices, clusters, component, distance_squared, cd45_below)
