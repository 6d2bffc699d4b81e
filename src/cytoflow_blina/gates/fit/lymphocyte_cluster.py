"""Find lymphocytes: the leukocytes with the most CD45 and the least side scatter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import contourpy
import numpy as np
from scipy.special import expit

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.template import PolygonShape, Shape
from cytoflow_blina.gates.fit.leukocyte_clusters import (
    Clusters,
    find_modes,
    fit_clusters,
)
from cytoflow_blina.gates.fit.method import Doubt, Found

SETTINGS = frozenset({"distance_squared", "cd45_below", "min_events"})
"""Names of settings that a template may give."""

DECADE = 0.25
"""Length given to a decade of side scatter, near that of a decade of CD45."""

SCATTER_FLOOR = 0.02
"""Side scatter below this share of its median is taken for this, as log needs."""

NEIGHBOURHOOD = np.array([1.0, 1.2]) * DECADE
"""How far around the lymphocytes other clusters matter: CD45, side scatter."""

SAME_KIND = np.array([0.2, 0.25]) * DECADE
"""How far apart the centres of T, B and NK cells may lie: CD45, side scatter."""

NEIGHBOURS = np.array([[-0.15, 0.45], [-0.5, 0.05]]) * DECADE
"""Where monocytes and basophils lie beside lymphocytes: CD45, side scatter. Too few for
a mode of their own, they would widen that of the lymphocytes."""

FARTHEST = np.array([0.6, 0.35]) * DECADE
"""How far beyond the template's polygon lymphocytes are believed: less CD45, more
side scatter."""


def find_lymphocyte_cluster(
    values: FloatArray, shape: Shape, settings: Mapping[str, float]
) -> Found[Shape] | None:
    """Draw the border between lymphocytes and all other leukocytes.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events, 2)
        CD45 and side scatter of leukocytes, display units.
    shape : PolygonShape
        The template's polygon, for its two markers and to be held against what is
        found.
    settings : mapping of str to float
        `distance_squared`: how far from the cluster's centre its border may lie, as
        squared Mahalanobis distance (default 14). `cd45_below`: how far below the
        centre it may lie in CD45 (default 0.0875 display units, 0.35 decade on an
        axis of four). `min_events`: the smallest cluster (default 20).

    Returns
    -------
    Found of PolygonShape, or None
        None where no cluster of `min_events` is seen, or where it lies so far from
        the template's polygon that it is another kind of cell. Foreign and missed
        events are expected from the mixture's probability of each event.

    Notes
    -----
    Modes of the smoothed density start a Gaussian mixture on CD45 and the logarithm
    of side scatter, where clusters are nearly round; a broad component takes up
    what belongs to none. The lymphocyte cluster is the one with the highest CD45
    and, weighing more, the lowest side scatter, and with it go those beside it: B
    cells carry a little less CD45 than T cells, NK cells a little more. The border
    runs where another kind becomes as likely, and no farther out than
    `distance_squared`.

    Modes are sought among all events, the mixture is fitted to those around the
    lymphocytes: a hundred lymphocytes among fifty thousand granulocytes are a mode,
    but would not be a component. Monocytes and basophils are given a component even
    where they make no mode. Where the broad component lies upon the lymphocytes it is
    the tail of their own distribution, and no rival.

    Side scatter counts by its ratios alone, so that its gain hardly matters.
    """
    if not isinstance(shape, PolygonShape):
        return None
    values = values[np.isfinite(values).all(axis=1)]
    min_events = settings.get("min_events", 20)
    if values.shape[0] < 2 * min_events or np.median(values[:, 1]) <= 0:
        return None
    points = _round_space(values)
    modes = find_modes(points)
    mode = _lymphocyte_mode(modes)
    if mode is None or not _is_plausible(mode, shape):
        return None
    points = points[_is_near(points, mode)]
    starts = _with_neighbours(modes[_is_near(modes, mode)], mode)
    border = _trace(fit_clusters(points, starts), mode, settings)
    if border is None:
        return None
    is_inside = border.field_at(points) > 0
    if np.count_nonzero(is_inside) < min_events:
        return None
    is_lymphocyte = expit(border.clusters.log_odds(points, border.members))
    vertices = np.column_stack(
        [border.vertices[:, 0], 10 ** (border.vertices[:, 1] / DECADE)]
    )
    return Found(
        PolygonShape(shape.markers, vertices),
        confidence=1.0,
        doubt=Doubt(
            n_foreign=float((1 - is_lymphocyte[is_inside]).sum()),
            n_missed=float(is_lymphocyte[~is_inside].sum()),
        ),
    )


def _round_space(values: FloatArray) -> FloatArray:
    """CD45 as it is, side scatter in decades of like length."""
    floor = SCATTER_FLOOR * np.median(values[:, 1])
    scatter = DECADE * np.log10(np.maximum(values[:, 1], floor))
    return np.column_stack([values[:, 0], scatter])


def _lymphocyte_mode(modes: FloatArray) -> FloatArray | None:
    """Choose the mode with high CD45 and low side scatter; None of none.

    Side scatter weighs more: two lymphocytes at once have twice the CD45 and twice
    the side scatter of one, and must not win.
    """
    if not modes.size:
        return None
    best: FloatArray = modes[np.argmax(modes[:, 0] - 1.5 * modes[:, 1])]
    return best


def _with_neighbours(modes: FloatArray, mode: FloatArray) -> FloatArray:
    """Add places where neighbours of lymphocytes are expected and no mode is."""
    for place in mode + NEIGHBOURS:
        if (np.abs(modes - place) > SAME_KIND).any(axis=1).all():
            modes = np.vstack([modes, place])
    return modes


def _is_plausible(mode: FloatArray, shape: PolygonShape) -> bool:
    """Hold a mode against the template's polygon: granulocytes are no lymphocytes."""
    if not shape.vertices.size:
        return True
    least_cd45 = float(shape.vertices[:, 0].min())
    most_scatter = DECADE * np.log10(max(float(shape.vertices[:, 1].max()), 1e-6))
    return bool(
        mode[0] >= least_cd45 - FARTHEST[0] and mode[1] <= most_scatter + FARTHEST[1]
    )


def _is_near(points: FloatArray, mode: FloatArray) -> BoolArray:
    """Tell which points lie around a mode, shape (n_points,)."""
    offset = np.abs(points - mode)
    near: BoolArray = (offset[:, 0] <= NEIGHBOURHOOD[0]) & (
        offset[:, 1] <= NEIGHBOURHOOD[1]
    )
    return near


@dataclass(frozen=True, eq=False)
class _Border:
    """A closed line around some clusters: the zero of a field."""

    clusters: Clusters
    members: BoolArray
    least_cd45: float
    distance_squared: float
    vertices: FloatArray

    def field_at(self, points: FloatArray) -> FloatArray:
        """Positive inside, negative outside, shape (n_points,).

        The least of: more likely than any other, near enough, enough CD45.
        """
        compact = np.flatnonzero(self.members[:-1])
        distance = self.clusters.distance_squared(points)[:, compact].min(axis=1)
        field: FloatArray = np.minimum.reduce(
            [
                self.clusters.log_odds(points, self.members),
                (self.distance_squared - distance) / 2,
                (points[:, 0] - self.least_cd45) * 1e3,
            ]
        )
        return field


def _trace(
    clusters: Clusters, mode: FloatArray, settings: Mapping[str, float]
) -> _Border | None:
    """Trace the border around the lymphocytes; None where there is no closed one."""
    main = clusters.nearest(mode)
    border = _Border(
        clusters,
        clusters.around(main, SAME_KIND),
        float(clusters.means[main, 0]) - settings.get("cd45_below", 0.35 * DECADE),
        settings.get("distance_squared", 14.0),
        np.empty((0, 2)),
    )
    x, y = _grid(border)
    grid = np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])
    field = border.field_at(grid).reshape(y.size, x.size)
    lines = contourpy.contour_generator(x, y, field).lines(0.0)
    closed = [
        np.asarray(line)
        for line in lines
        if len(line) > 3 and (np.asarray(line[0]) == line[-1]).all()
    ]
    if not closed:
        return None
    longest = max(closed, key=len)[:-1]
    vertices = longest[:: -(-len(longest) // 60)]
    return replace(border, vertices=vertices)


def _grid(border: _Border) -> tuple[FloatArray, FloatArray]:
    """Lay a grid over all that the border may enclose."""
    compact = np.flatnonzero(border.members[:-1])
    means = border.clusters.means[compact]
    covariances = np.linalg.inv(border.clusters.precisions[compact])
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    reach = 1.1 * np.sqrt(border.distance_squared * variances)
    low, high = (means - reach).min(axis=0), (means + reach).max(axis=0)
    return np.linspace(low[0], high[0], 121), np.linspace(low[1], high[1], 121)
