"""Find lymphocytes: the leukocytes with the most CD45 and the least side scatter."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import expit

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.template import PolygonShape, Shape
from cytoflow_blina.gates.fit.cluster_border import (
    Border,
    Kinds,
    doubt_of,
    kinds_around,
    trace_border,
)
from cytoflow_blina.gates.fit.leukocyte_clusters import (
    Clusters,
    find_modes,
    fit_clusters,
)
from cytoflow_blina.gates.fit.method import Found
from cytoflow_blina.gates.fit.valley import find_valley

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

FEWEST_KNOWN = 50
"""Fewer lymphocytes known by their lineage are no help."""

LEAST_GATHERED = 0.7
"""So many of them must lie where the mixture alone sees lymphocytes, or they are
something else."""

STIMULATED = np.array([0.1, 0.15]) * DECADE
"""Where stimulated T cells lie beside others: CD45, side scatter."""


def find_lymphocyte_cluster(
    values: FloatArray, shape: Shape, settings: Mapping[str, float]
) -> Found[Shape] | None:
    """Draw the border between lymphocytes and all other leukocytes.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events, n_markers)
        CD45, side scatter, and then any markers to back-gate on; display units, of
        leukocytes.
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

    Back-gating then says which events are lymphocytes by their lineage, wherever they
    lie: positive for a marker that no other leukocyte carries (CD3). These and all
    others are described by clusters of their own, and the border is drawn anew. So T
    cells that are stimulated and scatter like monocytes stay in, and monocytes beside
    them stay out.

    Modes are sought among all events, the mixture is fitted to those around the
    lymphocytes: a hundred lymphocytes among fifty thousand granulocytes are a mode,
    but would not be a component. Monocytes and basophils are given a component even
    where they make no mode. Where the broad component lies upon the lymphocytes it is
    the tail of their own distribution, and no rival.

    Side scatter counts by its ratios alone, so that its gain hardly matters.
    """
    if not isinstance(shape, PolygonShape):
        return None
    is_usable = np.isfinite(values[:, :2]).all(axis=1)
    usable = values[is_usable]
    min_events = settings.get("min_events", 20)
    if usable.shape[0] < 2 * min_events or np.median(usable[:, 1]) <= 0:
        return None
    points = _round_space(usable)
    modes = find_modes(points)
    mode = _lymphocyte_mode(modes)
    if mode is None or not _is_plausible(mode, shape):
        return None
    is_near = _is_near(points, mode)
    starts = _with_neighbours(modes[_is_near(modes, mode)], mode)
    kinds = kinds_around(fit_clusters(points[is_near], starts), mode, SAME_KIND)
    border = _border(kinds, settings)
    if border is None:
        return None
    border = _back_gated(points[is_near], usable[is_near, 2:], border, settings)
    is_inside, odds = border.judge(points[is_near])
    if np.count_nonzero(is_inside) < min_events:
        return None
    belongs = np.zeros(values.shape[0])
    belongs[np.flatnonzero(is_usable)[is_near]] = expit(odds)
    return _found(shape, border, is_inside, expit(odds), belongs)


def _found(
    shape: PolygonShape,
    border: Border,
    is_inside: BoolArray,
    is_lymphocyte: FloatArray,
    belongs: FloatArray,
) -> Found[Shape]:
    """Turn a border back into display units, and count what it may have wrong."""
    scatter = 10 ** (border.vertices[:, 1] / DECADE)
    vertices = np.column_stack([border.vertices[:, 0], scatter])
    return Found(
        PolygonShape(shape.markers, vertices),
        confidence=1.0,
        doubt=doubt_of(is_inside, is_lymphocyte),
        belongs=belongs,
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


def _border(kinds: Kinds, settings: Mapping[str, float]) -> Border | None:
    """Trace the border around the lymphocytes; None where there is no closed one."""
    return trace_border(
        kinds,
        least_x=float(kinds.centre[0]) - settings.get("cd45_below", 0.35 * DECADE),
        distance_squared=settings.get("distance_squared", 14.0),
    )


def _back_gated(
    points: FloatArray,
    markers: FloatArray,
    border: Border,
    settings: Mapping[str, float],
) -> Border:
    """Draw the border anew with the lymphocytes that are known by their lineage."""
    is_inside, _ = border.judge(points)
    is_known = np.zeros(is_inside.size, dtype=np.bool_)
    for marker in markers.T:
        is_positive = _positive(marker, is_inside)
        if np.count_nonzero(is_positive & is_inside) >= max(
            FEWEST_KNOWN, LEAST_GATHERED * np.count_nonzero(is_positive)
        ):
            is_known |= is_positive
    others = points[~is_known]
    if not is_known.any() or others.shape[0] < FEWEST_KNOWN:
        return border
    centre = np.median(points[is_known & is_inside], axis=0)
    known = fit_clusters(points[is_known], centre + np.array([[0.0, 0.0], STIMULATED]))
    modes = find_modes(others)
    if (np.abs(modes - centre) > SAME_KIND).any(axis=1).all():
        modes = np.vstack([modes, centre])
    rest = fit_clusters(others, _with_neighbours(modes, centre))
    share = np.count_nonzero(is_known) / points.shape[0]
    kinds = Kinds(
        Clusters(
            np.concatenate([known.weights * share, rest.weights * (1 - share)]),
            np.concatenate([known.means, rest.means]),
            np.concatenate([known.precisions, rest.precisions]),
        ),
        np.concatenate([known.is_compact, rest.near(centre, SAME_KIND)]),
        np.concatenate([known.is_compact, rest.is_compact]),
        centre,
    )
    return _border(kinds, settings) or border


def _positive(marker: FloatArray, is_inside: BoolArray) -> BoolArray:
    """Tell which events are positive for a marker that some lymphocytes carry."""
    inside = marker[is_inside & np.isfinite(marker)]
    if not inside.size:
        return np.zeros(marker.size, dtype=np.bool_)
    low, high = np.percentile(inside, [5, 95])
    found = find_valley(inside, float(low + high) / 2, {})
    threshold = np.inf if found is None else found.geometry
    positive: BoolArray = marker >= threshold
    return positive
