"""The threshold between negative and positive events."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.gates.fit.valley import find_valley


def two_modes(
    n_negative: int, n_positive: int, *, at: float = 0.65, seed: int = 0
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.normal(0.35, 0.03, n_negative), rng.normal(at, 0.04, n_positive)]
    )


def test_the_threshold_lies_between_two_modes() -> None:
    values = two_modes(5000, 2000)

    found = find_valley(values, 0.5, {})

    assert found is not None
    assert 0.44 < found.geometry < 0.56
    assert (values[5000:] >= found.geometry).mean() > 0.99
    assert found.confidence > 0.95


def test_forty_positive_events_among_many_negative_ones_are_found() -> None:
    values = two_modes(15000, 40)

    found = find_valley(values, 0.5, {})

    assert found is not None
    assert (values >= found.geometry).sum() == pytest.approx(40, abs=2)


@pytest.mark.parametrize("seed", range(20))
def test_negative_events_alone_give_no_threshold(seed: int) -> None:
    negative = np.random.default_rng(seed).normal(0.3, 0.03, 3000)

    assert find_valley(negative, 0.5, {}) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_skewed_negative_peak_is_not_split(seed: int) -> None:
    rng = np.random.default_rng(seed)
    negative = 0.3 + 0.03 * rng.standard_normal(3000) + 0.02 * rng.exponential(1, 3000)

    found = find_valley(negative, 0.5, {})

    assert found is None


def test_positive_events_alone_leave_the_template_threshold() -> None:
    positive = np.random.default_rng(1).normal(0.65, 0.03, 3000)

    assert find_valley(positive, 0.5, {}) is None


def test_too_few_events_of_a_second_mode_give_no_threshold() -> None:
    assert find_valley(two_modes(3000, 12), 0.5, {}) is None


def test_no_events_give_no_threshold() -> None:
    assert find_valley(np.empty(0), 0.5, {}) is None


@given(st.floats(-0.08, 0.08))
def test_the_threshold_moves_with_the_events(shift: float) -> None:
    values = two_modes(2000, 1000)

    here = find_valley(values, 0.5, {})
    there = find_valley(values + shift, 0.5, {})

    assert here is not None
    assert there is not None
    assert there.geometry - here.geometry == pytest.approx(shift, abs=0.02)
