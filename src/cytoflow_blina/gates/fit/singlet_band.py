"""Keep single cells: pulse height in proportion to pulse area."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.template import PolygonShape, Shape
from cytoflow_blina.gates.fit.method import Found

LEFT, RIGHT, TOP = -0.1, 1.2, 1.6
"""Ends of the polygon, beyond any event, display units."""


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
        (default 0.08).

    Returns
    -------
    Found of PolygonShape, or None
        None with fewer than 200 events, or where height does not rise with area.

    Notes
    -----
    Two cells passing together add their areas, not their heights. The line is fitted
    to the median height in twenty groups of equal size, so that neither doublets nor
    an offset of the height channel bends it; the spread is taken above the line,
    where no doublet lies.
    """
    area, height = values[:, 0], values[:, 1]
    seen = (area > settings.get("min_area", 0.08)) & (area < 0.95) & (height < 0.99)
    if not isinstance(shape, PolygonShape) or seen.sum() < 200:
        return None
    area, height = area[seen], height[seen]
    slope, offset = _line(area, height)
    line = offset + slope * area
    if slope <= 0 or line.min() <= 0:
        return None
    relative = height / line - 1
    spread = 1.4826 * float(np.median(relative[relative > 0]))
    drop = min(settings.get("spreads", 5.0) * spread, settings.get("max_drop", 0.15))
    keep = 1 - drop
    vertices = np.array(
        [
            [LEFT, keep * (offset + slope * LEFT)],
            [RIGHT, keep * (offset + slope * RIGHT)],
            [RIGHT, TOP],
            [LEFT, TOP],
        ]
    )
    n_single = float((relative > -drop).mean())
    return Found(PolygonShape(shape.markers, vertices), confidence=n_single)


def _line(area: FloatArray, height: FloatArray) -> tuple[float, float]:
    """Slope and offset of the median height in twenty groups of equal size."""
    groups = np.array_split(np.argsort(area, kind="stable"), 20)
    medians = np.array([[np.median(area[g]), np.median(height[g])] for g in groups])
    slope, offset = np.polyfit(medians[:, 0], medians[:, 1], 1)
    return float(slope), float(offset)
