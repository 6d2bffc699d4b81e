"""Two populations that leave no valley are parted, one is not."""

import numpy as np
import pytest

from cytoflow_blina.gates.fit.modes import find_deepest_valley
from cytoflow_blina.gates.fit.shoulder import find_shoulder


def two(share: float, *, apart: float = 0.15, seed: int = 0) -> np.ndarray:
    """Two populations with a standard deviation of 0.05 each."""
    rng = np.random.default_rng(seed)
    n_high = round(4000 * share)
    low = rng.normal(0.3, 0.05, 4000 - n_high)
    return np.concatenate([low, rng.normal(0.3 + apart, 0.05, n_high)])


@pytest.mark.parametrize("share", [0.25, 0.4, 0.75])
def test_a_shoulder_is_cut_where_it_becomes_the_likelier(share: float) -> None:
    found = find_shoulder(two(share), {})

    assert found is not None
    equal = 0.375 + 0.05**2 / 0.15 * np.log((1 - share) / share)
    assert found.geometry == pytest.approx(equal, abs=0.015)
    assert found.confidence <= 0.5


def test_a_shoulder_may_show_where_no_valley_does() -> None:
    values = two(0.25, apart=0.155)

    assert find_deepest_valley(values, {}) is None
    assert find_shoulder(values, {}) is not None


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_events", [100, 1000, 10_000])
def test_a_skewed_population_has_no_shoulder(seed: int, n_events: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(0.3, 0.03, n_events) + rng.exponential(0.03, n_events)

    assert find_shoulder(values, {}) is None


def test_a_few_events_have_no_shoulder() -> None:
    assert find_shoulder(two(0.4)[::50], {}) is None
    assert find_shoulder(np.array([]), {}) is None
    assert find_shoulder(np.full(500, 0.3), {}) is None
