"""Trace the outline of a gate on two dimensions."""

from __future__ import annotations

import numpy as np

from cytoflow_blina.domain.events import Dimension, FloatArray
from cytoflow_blina.domain.gate import (
    BooleanGate,
    EllipsoidGate,
    Gate,
    PolygonGate,
    RectangleGate,
)
from cytoflow_blina.figures.axes import Axis

_ELLIPSE_CORNERS = 72


def gate_outline(
    gate: Gate, dimensions: tuple[Dimension, Dimension], axes: tuple[Axis, Axis]
) -> FloatArray:
    """Trace the outline of a gate in a plot.

    A gate on more than two dimensions is shown by its shadow: the limits, or the
    ellipse, that it throws on the two.

    Parameters
    ----------
    gate : Gate
        The gate.
    dimensions : tuple of two Dimension
        Horizontal and vertical axis of the plot.
    axes : tuple of two Axis
        Their ranges; an open end of a rectangle reaches to the end of its axis.

    Returns
    -------
    ndarray of float64, shape (n_vertices, 2)
        Corners in order, not closed, in display units. Empty for a Boolean gate,
        for a polygon or ellipsoid on other dimensions, and for an ellipsoid whose
        matrix is no covariance, so that its surface does not close.
    """
    match gate:
        case RectangleGate():
            return _rectangle(gate, dimensions, axes)
        case PolygonGate():
            return _polygon(gate, dimensions)
        case EllipsoidGate():
            return _ellipse(gate, dimensions)
        case BooleanGate():
            return _nothing()


def _nothing() -> FloatArray:
    return np.empty((0, 2))


def _rectangle(
    gate: RectangleGate,
    dimensions: tuple[Dimension, Dimension],
    axes: tuple[Axis, Axis],
) -> FloatArray:
    ends = []
    for dimension, axis in zip(dimensions, axes, strict=True):
        low, high = axis.low, axis.high
        for limits in gate.limits:
            if limits.dimension == dimension:
                low = low if limits.at_least is None else limits.at_least
                high = high if limits.below is None else limits.below
        ends.append(np.clip((low, high), axis.low, axis.high))
    (left, right), (bottom, top) = ends
    return np.array([(left, bottom), (right, bottom), (right, top), (left, top)])


def _polygon(gate: PolygonGate, dimensions: tuple[Dimension, Dimension]) -> FloatArray:
    if gate.dimensions == dimensions:
        return np.array(gate.vertices, dtype=np.float64)
    if gate.dimensions == dimensions[::-1]:
        return np.array(gate.vertices[:, ::-1], dtype=np.float64)
    return _nothing()


def _ellipse(
    gate: EllipsoidGate, dimensions: tuple[Dimension, Dimension]
) -> FloatArray:
    if not set(dimensions) <= set(gate.dimensions) or dimensions[0] == dimensions[1]:
        return _nothing()
    kept = [gate.dimensions.index(dimension) for dimension in dimensions]
    # Gating-ML allows a matrix that no cloud of events can have.
    is_symmetric = np.allclose(gate.covariance, gate.covariance.T, atol=0)
    if not is_symmetric or np.linalg.eigvalsh(gate.covariance).min() <= 0:
        return _nothing()
    # The shadow of an ellipsoid on a plane is the ellipse of that part of the
    # covariance at the same distance.
    spread = np.linalg.cholesky(gate.covariance[np.ix_(kept, kept)])
    angle = np.linspace(0, 2 * np.pi, _ELLIPSE_CORNERS, endpoint=False)
    circle = np.stack((np.cos(angle), np.sin(angle)))
    radius = np.sqrt(gate.distance_squared)
    outline: FloatArray = (gate.center[kept][:, None] + radius * spread @ circle).T
    return outline
