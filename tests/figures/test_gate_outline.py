import numpy as np
import pytest

from cytoflow_blina.domain.events import Dimension
from cytoflow_blina.domain.gate import (
    BooleanGate,
    EllipsoidGate,
    Limits,
    Operand,
    PolygonGate,
    RectangleGate,
)
from cytoflow_blina.figures.axes import Axis
from cytoflow_blina.figures.gate_outline import gate_outline

X, Y, Z = Dimension("X"), Dimension("Y"), Dimension("Z")
AXES = (Axis("x", 0.0, 1.0), Axis("y", 0.0, 2.0))


def test_open_ends_of_a_rectangle_reach_to_the_ends_of_the_axes() -> None:
    gate = RectangleGate((Limits(X, at_least=0.4), Limits(Y, below=1.5)))

    outline = gate_outline(gate, (X, Y), AXES)

    assert outline.tolist() == [[0.4, 0], [1, 0], [1, 1.5], [0.4, 1.5]]


def test_a_threshold_on_one_dimension_is_a_band() -> None:
    outline = gate_outline(RectangleGate((Limits(Y, at_least=0.5),)), (X, Y), AXES)

    assert outline.tolist() == [[0, 0.5], [1, 0.5], [1, 2], [0, 2]]


def test_limits_beyond_the_axis_are_drawn_at_its_end() -> None:
    gate = RectangleGate((Limits(X, -3.0, 0.5), Limits(Y, 0.5, 9.0)))

    outline = gate_outline(gate, (X, Y), AXES)

    assert outline.min(axis=0).tolist() == [0, 0.5]
    assert outline.max(axis=0).tolist() == [0.5, 2]


def test_a_polygon_turns_with_the_axes() -> None:
    vertices = np.array([(0.1, 1.0), (0.5, 1.0), (0.3, 1.7)])
    gate = PolygonGate((X, Y), vertices)

    assert gate_outline(gate, (X, Y), AXES).tolist() == vertices.tolist()
    assert gate_outline(gate, (Y, X), AXES[::-1]).tolist() == vertices[:, ::-1].tolist()


def test_the_outline_of_an_ellipse_lies_at_its_distance() -> None:
    covariance = np.array([(0.04, 0.01), (0.01, 0.09)])
    gate = EllipsoidGate((X, Y), np.array((0.5, 1.0)), covariance, 4.0)

    offset = gate_outline(gate, (X, Y), AXES) - gate.center

    distance = np.einsum("ij,jk,ik->i", offset, np.linalg.inv(covariance), offset)
    assert distance == pytest.approx(4.0)


def test_an_ellipsoid_throws_its_shadow() -> None:
    covariance = np.array([(4.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 9.0)])
    gate = EllipsoidGate((X, Y, Z), np.array((0.0, 0.0, 1.0)), covariance, 1.0)

    outline = gate_outline(gate, (Z, X), AXES)

    # The shadow of an ellipsoid is as wide as its marginal standard deviation.
    assert outline.max(axis=0) == pytest.approx([4.0, 2.0], abs=0.02)
    assert outline.min(axis=0) == pytest.approx([-2.0, -2.0], abs=0.02)


@pytest.mark.parametrize("corner", [0.0, 2.0])
def test_an_ellipsoid_whose_surface_does_not_close_has_no_outline(
    corner: float,
) -> None:
    # Neither of these is a covariance: one lacks symmetry, the other is not positive.
    matrix = np.array([(1.0, corner), (2.0, 1.0)])
    gate = EllipsoidGate((X, Y), np.zeros(2), matrix, 1.0)

    assert gate_outline(gate, (X, Y), AXES).shape == (0, 2)


@pytest.mark.parametrize(
    "gate",
    [
        BooleanGate("not", (Operand("beads"),)),
        PolygonGate((X, Z), np.eye(3, 2)),
        EllipsoidGate((X, Z), np.zeros(2), np.eye(2), 1.0),
    ],
)
def test_a_gate_without_geometry_on_the_axes_has_no_outline(
    gate: BooleanGate | PolygonGate | EllipsoidGate,
) -> None:
    assert gate_outline(gate, (X, Y), AXES).shape == (0, 2)
