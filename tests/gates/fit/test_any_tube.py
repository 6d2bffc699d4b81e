"""Whatever a tube holds, a method finds something sound or leaves the template."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoflow_blina.domain.template import (
    MarkerLimits,
    PolygonShape,
    RectangleShape,
    Shape,
)
from cytoflow_blina.gates.fit.methods import (
    KNOWN_METHODS,
    SHAPE_METHODS,
    THRESHOLD_METHODS,
)

SHAPES: Mapping[str, Shape] = {
    "rectangle": RectangleShape(
        (
            MarkerLimits("CD3", at_least=0.7),
            MarkerLimits("CD45", at_least=0.7),
            MarkerLimits("SSC", at_least=-0.1, below=1.1),
        )
    ),
    "polygon": PolygonShape(
        ("CD45", "SSC"), np.array([[0.5, 0], [1, 0], [1, 0.2], [0.5, 0.2]])
    ),
}

# What a column can hold: nothing, one value, a pile at either end, a cloud, no numbers.
PIECES = st.lists(
    st.tuples(
        st.integers(1, 300),
        st.floats(-0.5, 1.3),
        st.sampled_from([0.0, 1e-4, 0.02, 0.2]),
        st.sampled_from([1.0, 1.0, 1.0, np.nan, np.inf, -np.inf]),
    ),
    max_size=4,
)


def column(pieces: list[tuple[int, float, float, float]]) -> np.ndarray:
    rng = np.random.default_rng(1)
    parts = [
        center + spread * rng.standard_normal(n)
        if np.isfinite(kind)
        else np.full(n, kind)
        for n, center, spread, kind in pieces
    ]
    return np.concatenate([np.empty(0), *parts])


@pytest.mark.parametrize("name", sorted(THRESHOLD_METHODS))
@given(pieces=PIECES, at=st.floats(0.2, 0.7))
@settings(max_examples=50, deadline=None)
def test_a_threshold_is_on_the_axis_or_the_templates(
    name: str, pieces: list[tuple[int, float, float, float]], at: float
) -> None:
    for method in THRESHOLD_METHODS[name]:
        found = method(column(pieces), at, {})

        assert found is None or (
            -0.3 <= found.geometry <= 1.3 and 0 <= found.confidence <= 1
        )


@pytest.mark.parametrize("name", sorted(SHAPE_METHODS))
@given(pieces=PIECES, other=PIECES)
@settings(max_examples=50, deadline=None)
def test_a_shape_is_closed_and_finite_or_the_templates(
    name: str,
    pieces: list[tuple[int, float, float, float]],
    other: list[tuple[int, float, float, float]],
) -> None:
    shape = SHAPES[KNOWN_METHODS[name].finds]
    n_markers = 3 if isinstance(shape, RectangleShape) else 2
    x, y = column(pieces), column(other)
    size = min(x.size, y.size)
    values = np.column_stack([x[:size], y[:size], x[:size]])[:, :n_markers]

    found = SHAPE_METHODS[name](values, shape, {})

    if found is not None:
        assert 0 <= found.confidence <= 1
        if isinstance(found.geometry, PolygonShape):
            assert len(found.geometry.vertices) >= 3
            assert np.isfinite(found.geometry.vertices).all()
