"""Thresholds where positive events make no mode of their own."""

import numpy as np
import numpy.typing as npt
import pytest

from cytoflow_blina.gates.fit.tail import (
    find_end_of_mode,
    find_tail,
    raise_above_negatives,
)


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


def test_a_mode_ends_at_the_same_place_however_many_lie_beyond() -> None:
    rng = np.random.default_rng(5)
    negative = rng.normal(0.2, 0.03, 5_000)
    settings = {"spreads": 4.0, "search": 0.1}

    alone = find_end_of_mode(negative, 0.32, settings)
    for n_others in (500, 50_000):
        others = rng.normal(0.7, 0.05, n_others)
        mixed = find_end_of_mode(np.append(negative, others), 0.32, settings)
        assert alone is not None
        assert mixed is not None
        assert alone.geometry == pytest.approx(0.32, abs=0.015)
        assert mixed.geometry == pytest.approx(alone.geometry, abs=0.005)


def test_the_lower_end_of_a_mode_is_found_too() -> None:
    bright = np.random.default_rng(6).normal(0.7, 0.02, 5_000)

    found = find_end_of_mode(bright, 0.6, {"spreads": -4.0, "search": 0.1})

    assert found is not None
    assert found.geometry == pytest.approx(0.62, abs=0.015)


def test_the_end_of_a_mode_lies_no_farther_beyond_than_it_is_sought() -> None:
    wide = np.random.default_rng(7).normal(0.2, 0.1, 5_000)

    found = find_end_of_mode(wide, 0.34, {"spreads": 4.0, "search": 0.07})

    assert found is not None
    assert found.geometry == pytest.approx(0.41)
    assert found.confidence == pytest.approx(0.5)


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(8).normal(0.7, 0.03, 5_000),  # others alone
        np.random.default_rng(8).normal(0.05, 0.01, 5_000),  # ends far before
        np.full(99, 0.2),  # too few
        np.full(5_000, np.nan),
        np.empty(0),
    ],
)
def test_without_a_mode_that_ends_nearby_there_is_no_end(
    values: npt.NDArray[np.float64],
) -> None:
    assert find_end_of_mode(values, 0.34, {"spreads": 4.0, "search": 0.07}) is None
