"""Thresholds where positive events make no mode of their own."""

import numpy as np
import pytest

from cytoflow_blina.gates.fit.tail import find_tail, raise_above_negatives


def test_the_tail_of_a_normal_peak_ends_where_its_spread_says() -> None:
    values = np.random.default_rng(0).normal(0.3, 0.04, 20_000)

    found = find_tail(values, 0.4, {"spreads": 2.5})

    assert found is not None
    assert found.geometry == pytest.approx(0.4, abs=0.01)


def test_neither_a_lower_tail_nor_few_positive_events_widen_the_tail() -> None:
    rng = np.random.default_rng(0)
    peak = rng.normal(0.3, 0.04, 20_000)
    lower, positive = rng.uniform(-0.1, 0.25, 4_000), rng.normal(0.5, 0.05, 300)

    found = find_tail(np.concatenate([peak, lower, positive]), 0.4, {})

    assert found is not None
    assert found.geometry == pytest.approx(0.4, abs=0.015)


def test_a_tail_that_ends_far_from_the_template_is_not_taken() -> None:
    values = np.random.default_rng(0).normal(0.3, 0.04, 20_000)

    assert find_tail(values, 0.7, {}) is None


def test_few_events_have_no_tail() -> None:
    assert find_tail(np.full(99, 0.3), 0.4, {}) is None
    assert find_tail(np.empty(0), 0.4, {}) is None


def test_a_template_threshold_inside_the_negative_events_is_raised_above_them() -> None:
    negative = np.random.default_rng(1).normal(0.40, 0.03, 3000)

    found = raise_above_negatives(negative, 0.47, {})

    assert found is not None
    assert (negative >= found.geometry).sum() == 0
    assert found.confidence <= 0.75


def test_a_template_threshold_above_the_negative_events_stands() -> None:
    negative = np.random.default_rng(1).normal(0.2, 0.03, 3000)

    assert raise_above_negatives(negative, 0.47, {}) is None


def test_mostly_positive_events_leave_the_template_threshold() -> None:
    positive = np.random.default_rng(1).normal(0.65, 0.03, 3000)

    assert raise_above_negatives(positive, 0.47, {}) is None
    assert raise_above_negatives(np.empty(0), 0.47, {}) is None


def test_a_long_lower_tail_does_not_raise_a_threshold_that_is_clear_of_the_peak() -> (
    None
):
    rng = np.random.default_rng(1)
    skewed = 0.30 - rng.exponential(0.12, 3000) + rng.normal(0, 0.015, 3000)

    assert raise_above_negatives(skewed, 0.47, {}) is None


@pytest.mark.parametrize("n_positive", [1, 5, 19])
def test_the_few_positive_events_that_come_back_are_not_hidden(n_positive: int) -> None:
    rng = np.random.default_rng(2)
    negative, positive = rng.normal(0.25, 0.05, 3000), np.full(n_positive, 0.55)

    found = raise_above_negatives(np.concatenate([negative, positive]), 0.47, {})

    assert found is None
