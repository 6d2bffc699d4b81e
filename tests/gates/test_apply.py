"""Check gates on events whose place is known."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.events import Dimension, ScaledEvents
from cytoflow_blina.domain.gate import (
    BooleanGate,
    EllipsoidGate,
    Gate,
    GateNode,
    GatingStrategy,
    Limits,
    Operand,
    PolygonGate,
    RectangleGate,
)
from cytoflow_blina.errors import GatingError
from cytoflow_blina.gates.apply import apply_strategy, gate_mask

X, Y, Z = (Dimension(name) for name in "xyz")


def at(*points: tuple[float, ...]) -> ScaledEvents:
    """Put events at points."""
    values = np.asfortranarray(np.array(points, dtype=float))
    return ScaledEvents(values, (X, Y, Z)[: values.shape[1]])


def on_x(*values: float) -> ScaledEvents:
    """Put events on one axis."""
    return at(*((value,) for value in values))


def inside(gate: Gate, events: ScaledEvents) -> list[bool]:
    """Apply a gate that needs no other."""
    return [bool(one) for one in gate_mask(gate, events, {})]


def strategy(**gates: Gate) -> GatingStrategy:
    """Build a tree; two underscores stand for a slash."""
    return GatingStrategy(
        tuple(GateNode(path.replace("__", "/"), gate) for path, gate in gates.items())
    )


def above(limit: float, dimension: Dimension = X) -> RectangleGate:
    """Cut one axis."""
    return RectangleGate((Limits(dimension, at_least=limit),))


SQUARE = PolygonGate((X, Y), np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]]))


def test_a_rectangle_holds_its_lower_and_not_its_upper_limit() -> None:
    gate = RectangleGate((Limits(X, 1.0, 2.0),))

    assert inside(gate, on_x(0.999, 1.0, 1.5, 2.0, nan)) == [
        False, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(X, at_least=1.0), [False, False, True, True, False]),
        (Limits(X, below=1.0), [True, True, False, False, False]),
    ],
)
def test_an_open_end_holds_infinity_but_never_nan(
    limits: Limits, expected: list[bool]
) -> None:
    events = on_x(-inf, 0.0, 1.0, inf, nan)

    assert inside(RectangleGate((limits,)), events) == expected


def test_a_rectangle_of_three_dimensions_wants_all_of_them() -> None:
    gate = RectangleGate((Limits(X, 0, 1), Limits(Y, 0, 1), Limits(Z, 0, 1)))
    events = at((0.5, 0.5, 0.5), (0.5, 0.5, 1.5), (-1, 0.5, 0.5))

    assert inside(gate, events) == [True, False, False]


def test_a_polygon_is_hollow_where_its_edges_cross() -> None:
    star = [[0.0, 0], [4, 0], [4, 4], [1, 4], [1, 1], [3, 1], [3, 3], [0, 3]]
    gate = PolygonGate((X, Y), np.array(star))
    events = at((2, 2), (0.5, 0.5), (2, 0.5), (2, 3.5), (5, 5), (2, nan))

    assert inside(gate, events) == [False, True, True, True, False, False]


def test_a_polygon_looks_at_its_own_dimensions_in_its_own_order() -> None:
    gate = PolygonGate((Z, X), np.array([[0.0, 10], [1, 10], [1, 20], [0, 20]]))
    events = at((15, 99, 0.5), (0.5, 99, 15))

    assert inside(gate, events) == [True, False]


def test_the_surface_of_an_ellipsoid_belongs_to_it() -> None:
    gate = EllipsoidGate((X, Y), np.array([1.0, 1.0]), np.diag([4.0, 1.0]), 1.0)
    events = at((3, 1), (1, 2), (1, 1), (3, 1.01), (1, 2.01), (nan, 1))

    assert inside(gate, events) == [True, True, True, False, False, False]


def test_an_event_at_infinity_is_in_no_ellipsoid() -> None:
    tilt = np.array([[1.0, 0.5], [0.5, 1.0]])
    gate = EllipsoidGate((X, Y), np.zeros(2), tilt, 1.0)
    events = at((-inf, 0), (-inf, -inf), (inf, 0), (1e300, 1), (0, 0))

    assert inside(gate, events) == [False, False, False, False, True]


def test_an_ellipsoid_may_be_tilted_and_have_three_dimensions() -> None:
    tilt = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])
    gate = EllipsoidGate((X, Y, Z), np.zeros(3), tilt, 1.0)
    events = at((0.9, 0.9, 0), (0.9, -0.9, 0), (0, 0, 0.99), (0, 0, 1.01))

    assert inside(gate, events) == [True, False, True, False]


def test_boolean_gates_combine_populations_and_complements() -> None:
    events = on_x(0, 1, 2, 3)
    found = {
        "a": np.array([True, True, False, False]),
        "b": np.array([True, False, True, False]),
    }
    a, b = Operand("a"), Operand("b")

    def combine(gate: BooleanGate) -> list[bool]:
        return [bool(one) for one in gate_mask(gate, events, found)]

    assert combine(BooleanGate("and", (a, b))) == [True, False, False, False]
    assert combine(BooleanGate("or", (a, b))) == [True, True, True, False]
    assert combine(BooleanGate("not", (a,))) == [False, False, True, True]
    assert combine(BooleanGate("and", (a, Operand("b", complement=True)))) == [
        False, True, False, False,
    ]  # fmt: skip


def test_a_population_lies_in_all_its_ancestors() -> None:
    tree = strategy(
        a=above(1), a__b=SQUARE, a__b__c=above(1.5), a__d=RectangleGate((Limits(Y, 5),))
    )
    events = at((0.5, 1), (1.2, 1), (1.7, 1), (1.7, 9), (0, 9))

    found = apply_strategy(tree, events)

    assert {path: one.mask.tolist() for path, one in found.items()} == {
        "a": [False, True, True, True, False],
        "a/b": [False, True, True, False, False],
        "a/b/c": [False, False, True, False, False],
        "a/d": [False, False, False, True, False],
    }
    assert [one.n_events for one in found.values()] == [3, 2, 1, 1]
    assert [one.n_parent for one in found.values()] == [5, 3, 2, 3]


def test_a_boolean_gate_stands_in_its_parent_and_sees_its_operands_ancestors() -> None:
    tree = strategy(
        p=above(1),
        q=above(2),
        q__r=above(3, Y),
        p__n=BooleanGate("not", (Operand("q/r"),)),
    )
    events = at((0, 9), (1.5, 9), (2.5, 9), (2.5, 0))

    found = apply_strategy(tree, events)

    assert found["p/n"].mask.tolist() == [False, True, False, True]


def test_an_empty_parent_has_empty_children_of_every_kind() -> None:
    tree = strategy(
        none=above(100),
        none__rectangle=above(0),
        none__polygon=SQUARE,
        none__ellipse=EllipsoidGate((X, Y), np.zeros(2), np.eye(2), 1.0),
        none__not=BooleanGate("not", (Operand("none/polygon"),)),
    )

    found = apply_strategy(tree, at((1, 1), (0, 0)))

    assert {(one.n_events, one.n_parent) for one in found.values()} == {(0, 2), (0, 0)}
    assert np.isnan(found["none/polygon"].percent_of_parent)


def test_a_tube_without_events_has_empty_populations() -> None:
    events = ScaledEvents(np.zeros((0, 2), order="F"), (X, Y))

    found = apply_strategy(strategy(a=SQUARE, a__b=above(1)), events)

    assert [(one.n_events, one.n_parent) for one in found.values()] == [(0, 0)] * 2


def test_masks_cannot_be_changed() -> None:
    found = apply_strategy(strategy(a=above(1)), on_x(0, 1))

    with pytest.raises(ValueError, match="read-only"):
        found["a"].mask[0] = True


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=1))
def test_a_gate_takes_from_its_parent_what_it_takes_from_all(
    points: list[tuple[float, float]],
) -> None:
    ellipse = EllipsoidGate((X, Y), np.zeros(2), np.array([[2.0, 1], [1, 1]]), 1.5)
    tree = strategy(p=above(0.3), p__polygon=SQUARE, p__ellipse=ellipse)
    events = at(*points)

    found = apply_strategy(tree, events)

    parent = found["p"].mask
    for name, gate in (("p/polygon", SQUARE), ("p/ellipse", ellipse)):
        alone = gate_mask(gate, events, {})
        np.testing.assert_array_equal(found[name].mask, alone & parent)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (
            strategy(a__b=above(1)),
            "gate 'a/b': stands before its parent 'a', or without it.",
        ),
        (
            strategy(n=BooleanGate("not", (Operand("m"),)), m=above(1)),
            "Boolean gate 'not': refers to 'm', which does not stand before it.",
        ),
    ],
)
def test_a_gate_that_comes_too_early_is_refused(
    tree: GatingStrategy, message: str
) -> None:
    with pytest.raises(GatingError) as caught:
        apply_strategy(tree, on_x(0, 1))

    assert str(caught.value) == message
