"""Check every scale against FlowKit's, and what FlowKit leaves open."""

from math import inf, isnan, nan
from typing import Any

import flowkit
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoflow_blina.bridge.transforms import apply_scale
from cytoflow_blina.domain.scale import (
    ArcsinhScale,
    FlowJoBiexScale,
    FlowJoLogScale,
    HyperlogScale,
    LinearScale,
    LogicleScale,
    LogScale,
    Scale,
)

oracles = flowkit.transforms

SCALES: list[tuple[Scale, Any]] = [
    (LinearScale(1024, 10), oracles.LinearTransform(1024, 10)),
    (LogScale(262144, 4.5), oracles.LogTransform(262144, 4.5)),
    (ArcsinhScale(262144, 4, 1), oracles.AsinhTransform(262144, 4, 1)),
    (LogicleScale(262144, 0.5, 4.5), oracles.LogicleTransform(262144, 0.5, 4.5, 0)),
    (LogicleScale(1000, 1, 4, 1), oracles.LogicleTransform(1000, 1, 4, 1)),
    (LogicleScale(10000, 0, 4), oracles.LogicleTransform(10000, 0, 4, 0)),
    (LogicleScale(1e6, 2.25, 4.5), oracles.LogicleTransform(1e6, 2.25, 4.5, 0)),
    (LogicleScale(262144, 1, 5, -0.5), oracles.LogicleTransform(262144, 1, 5, -0.5)),
    (HyperlogScale(262144, 0.5, 4.5), oracles.HyperlogTransform(262144, 0.5, 4.5, 0)),
    (HyperlogScale(1000, 1, 4, 1), oracles.HyperlogTransform(1000, 1, 4, 1)),
    (
        FlowJoBiexScale(0.0, -100.0, 4.418540, 262144.0),
        oracles.WSPBiexTransform(0.0, -100.0, 4.418540, 262144.0),
    ),
    (FlowJoLogScale(3.0, 4.0), oracles.WSPLogTransform(3.0, 4.0)),
]
CURVED = [pair for pair in SCALES if not isinstance(pair[0], LogScale)]


def intensities() -> np.ndarray:
    """Draw what a cytometer gives: bright, dim, negative, zero and off scale."""
    rng = np.random.default_rng(11)
    bright = rng.lognormal(6, 3, 20_000).clip(max=4e6)
    dim = rng.normal(0, 80, 20_000)
    ends = [0.0, -0.0, 1e-9, -1e-9, 262144.0, 262143.999, 2.0**22, 2.0**23, 1e9, -1e9]
    return np.concatenate([bright, dim, -bright[:2_000], ends])


@pytest.mark.parametrize(("scale", "oracle"), CURVED, ids=repr)
def test_a_scale_gives_flowkits_numbers(scale: Scale, oracle: Any) -> None:
    values = intensities()

    difference = np.abs(apply_scale(scale, values) - oracle.apply(values))

    assert difference.max() < 1e-12


def test_a_logarithm_is_flowkits_out_of_its_domain_too_but_does_not_warn() -> None:
    values = np.array([-1e5, -1.0, -0.0, 0.0, 1e-30, 1.0, 262144.0, 1e9])

    scaled = apply_scale(LogScale(262144, 4.5), values)

    with np.errstate(all="ignore"):
        expected = oracles.LogTransform(262144, 4.5).apply(values)
    np.testing.assert_array_equal(scaled, expected)
    assert isnan(scaled[0])
    assert scaled[3] == -inf


@settings(max_examples=60, deadline=None)
@given(
    top=st.floats(100, 1e7),
    total=st.floats(2, 7),
    linear=st.floats(0.02, 1),
    negative=st.floats(0, 1),
    value=st.floats(-1e8, 1e8).filter(lambda value: abs(value) > 1e-6),
)
def test_logicle_is_flowkits_for_all_its_parameters(
    top: float, total: float, linear: float, negative: float, value: float
) -> None:
    width = linear * total / 2
    above = negative * (total - 2 * width)
    values = np.array([value, -value, 0.0, top])

    scaled = apply_scale(LogicleScale(top, width, total, above), values)

    oracle = oracles.LogicleTransform(top, width, total, above)
    np.testing.assert_allclose(scaled, oracle.apply(values), rtol=0, atol=1e-12)


@given(st.lists(st.floats(-1e7, 1e7), min_size=2, max_size=50))
def test_logicle_keeps_the_order_of_events(values: list[float]) -> None:
    ordered = np.sort(np.array(values))

    scaled = apply_scale(LogicleScale(262144, 0.5, 4.5), ordered)

    assert np.diff(scaled).min() >= -1e-13


@pytest.mark.parametrize(
    "scale",
    [
        LinearScale(1000),
        ArcsinhScale(1000, 4),
        LogicleScale(1000, 0.5, 4),
        HyperlogScale(1000, 0.5, 4),
    ],
)
def test_what_is_no_number_is_not_made_one(scale: Scale) -> None:
    scaled = apply_scale(scale, np.array([nan, inf, -inf]))

    np.testing.assert_array_equal(scaled, [nan, inf, -inf])


@pytest.mark.parametrize("scale", [scale for scale, _ in SCALES], ids=repr)
def test_no_events_give_no_events(scale: Scale) -> None:
    assert apply_scale(scale, np.zeros(0)).shape == (0,)


def test_an_event_has_the_same_bits_whatever_events_stand_beside_it() -> None:
    scale = LogicleScale(262144, 0.5, 4.5)
    values = intensities()

    together = apply_scale(scale, values)

    pieces = [apply_scale(scale, part) for part in np.array_split(values, 7)]
    np.testing.assert_array_equal(together, np.concatenate(pieces))
