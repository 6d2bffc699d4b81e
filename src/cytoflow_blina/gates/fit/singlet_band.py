"""Keep single cells: pulse height in proportion to pulse area."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.template import PolygonShape, Shape
from cytoflow_blina.gates.fit.method import Found

SETTINGS = frozenset({"spreads", "max_drop", "min_area"})
"""Names of settings that a template may give."""

LEFT, RIGHT, TOP = -0.1, 1.2, 1.6
"""Ends of the polygon, beyond any event, display units."""

MOST_GROUPS = 20
GROUP_SIZE = 10
MOST_EVENTS = 100_000
"""More events do not move the line; every k-th is taken, so none is drawn."""


def find_singlet_band(
    values: FloatArray, shape: Shape, settings: Mapping[str, float]
) -> Found[Shape] | None:
    """Find the line on which single cells lie, and cut below it.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events, 2)
        Pulse area and pulse height of forward scatter, display units.
    shape : PolygonShape
        The template's polygon, for its two markers.
    settings : mapping of str to float
        `spreads`: how many robust standard deviations below the line a single cell
        may lie (default 5). `max_drop`: the largest relative distance that may come
        to (default 0.15). `min_area`: events with less area are not looked at
        (default 0.005).

    Returns
    -------
    Found of PolygonShape, or None
        None with fewer than fifty events, or where height does not rise with area:
        such a height cannot tell two cells from one. The confidence is the share of
        events that are kept.

    Notes
    -----
    Two cells passing together add their areas, not their heights. The line is fitted
    to the median height in up to twenty groups of equal size, by the median of all
    slopes between two of them, so that neither a group full of doublets nor an offset
    of the height channel bends it; the spread is taken above the line, where no
    doublet lies. An event must lie below the line and below the common ratio of
    height to area to be cut: where most cells are large, the line says little of
    small ones, and small cells are lymphocytes.
    """
    area, height = values[np.isfinite(values).all(axis=1)].T
    seen = (area > settings.get("min_area", 0.005)) & (area < 0.95) & (height < 0.99)
    n_groups = min(MOST_GROUPS, int(seen.sum()) // GROUP_SIZE)
    if not isinstance(shape, PolygonShape) or n_groups < 5:
        return None
    every = -(-int(seen.sum()) // MOST_EVENTS)
    area, height = area[seen][::every], height[seen][::every]
    slope, offset = _line(area, height, n_groups)
    line = offset + slope * area
    if slope <= 0 or line.min() <= 0:
        return None
    above = (height / line - 1)[height > line]
    spread = 1.4826 * float(np.median(above)) if above.size else 0.0
    max_drop = settings.get("max_drop", 0.15)
    keep = 1 - min(settings.get("spreads", 5.0) * spread, max_drop)
    ratio = (1 - max_drop) * float(np.median(height / area))
    edge = _lower_edge((keep * slope, keep * offset), (ratio, 0.0))
    vertices = np.vstack([edge, [[RIGHT, TOP], [LEFT, TOP]]])
    kept = height >= np.interp(area, edge[:, 0], edge[:, 1])
    return Found(PolygonShape(shape.markers, vertices), confidence=float(kept.mean()))


def _line(area: FloatArray, height: FloatArray, n_groups: int) -> tuple[float, float]:
    """Slope and offset of the median height in groups of equal size."""
    groups = np.array_split(np.argsort(area, kind="stable"), n_groups)
    x = np.array([np.median(area[group]) for group in groups])
    y = np.array([np.median(height[group]) for group in groups])
    first, second = np.triu_indices(n_groups, k=1)
    rise = x[second] - x[first]
    apart = rise > 0
    if not apart.any():
        return 0.0, 0.0
    slope = float(np.median((y[second] - y[first])[apart] / rise[apart]))
    return slope, float(np.median(y - slope * x))


def _lower_edge(one: tuple[float, float], other: tuple[float, float]) -> FloatArray:
    """Corners of the lower of two lines, given as slope and offset, left to right."""
    places = [LEFT, RIGHT]
    if one[0] != other[0]:
        crossing = (other[1] - one[1]) / (one[0] - other[0])
        if LEFT < crossing < RIGHT:
            places.insert(1, crossing)
    x = np.array(places)
    y = np.minimum(one[0] * x + one[1], other[0] * x + other[1])
    return np.column_stack([x, y])
