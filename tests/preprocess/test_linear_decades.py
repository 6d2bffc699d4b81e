"""The linear part of a logicle axis fits the events below zero."""

import numpy as np
import pytest

from cytoflow_blina.bridge.transforms import apply_scale
from cytoflow_blina.domain.scale import LogicleScale
from cytoflow_blina.preprocess.linear_decades import estimate_linear_decades

TOP = 262144.0


def test_the_width_follows_the_spread_below_zero() -> None:
    spread = np.random.default_rng(0).normal(0, 500, 20_000)

    estimate = estimate_linear_decades(spread, TOP, 4.5)

    reference = abs(np.percentile(spread[spread < 0], 5))
    assert estimate == pytest.approx((4.5 - np.log10(TOP / reference)) / 2)


def test_events_around_zero_make_one_peak() -> None:
    spread = np.random.default_rng(0).normal(0, 1000, 20_000)

    width = estimate_linear_decades(spread, TOP, 4.5)

    counts, _ = np.histogram(apply_scale(LogicleScale(TOP, width, 4.5), spread), 12)
    assert counts.argmax() in {5, 6}


def test_without_negative_events_the_usual_width_stands() -> None:
    assert estimate_linear_decades(np.full(1000, 50.0), TOP, 4.5) == 0.5
    assert estimate_linear_decades(np.array([]), TOP, 4.5) == 0.5
    assert estimate_linear_decades(np.full(10, -50.0), TOP, 4.5) == 0.5


def test_the_width_keeps_within_bounds() -> None:
    far, near = np.full(1000, -1e6), np.full(1000, -1e-3)

    assert estimate_linear_decades(far, TOP, 4.5) == pytest.approx(1.8)
    assert estimate_linear_decades(near, TOP, 4.5) == pytest.approx(0.2)
