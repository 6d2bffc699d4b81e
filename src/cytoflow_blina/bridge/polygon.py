"""Tell which points lie in a polygon, by the code that FlowKit uses."""

from __future__ import annotations

import flowutils
import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import BoolArray


def points_in_polygon(
    vertices: NDArray[np.float64], points: NDArray[np.float64]
) -> BoolArray:
    """Tell which points lie in a polygon, by the even-odd rule.

    Parameters
    ----------
    vertices : ndarray of float64, shape (n_vertices, 2)
        Corners in order, not closed; edges may cross.
    points : ndarray of float64, shape (n_points, 2)
        The points; one with a coordinate that is NaN lies outside.

    Returns
    -------
    ndarray of bool, shape (n_points,)
        True inside; empty for no points.
    """
    if not len(points):
        return np.zeros(0, dtype=np.bool_)
    corners = np.ascontiguousarray(vertices, dtype=np.float64)
    inside = flowutils.gating.points_in_polygon(corners, np.ascontiguousarray(points))
    return np.asarray(inside, dtype=np.bool_)
