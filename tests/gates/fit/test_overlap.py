"""Two modes that overlap are parted; one mode is left whole."""

import numpy as np
import pytest

from cytoflow_blina.gates.fit.overlap import find_overlap
from cytoflow_blina.gates.fit.valley import find_valley


def shoulder(n_negative: int, n_positive: int, seed: int = 0) -> np.ndarray:
    """Negative events that are a shoulder of many positive ones."""
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.normal(0.51, 0.065, n_negative), rng.normal(0.69, 0.05, n_positive)]
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_shoulder_without_a_valley_is_parted(seed: int) -> None:
    values = shoulder(450, 2500, seed)
    assert find_valley(values, 0.48, {"search": 0.15}) is None

    found = find_overlap(values, 0.48, {"search": 0.15})

    assert found is not None
    assert 0.53 < found.geometry < 0.62
    assert found.confidence < 0.9
    assert found.doubt.low < found.geometry < found.doubt.high


def test_one_mode_is_left_whole_where_the_template_cuts_into_it() -> None:
    rng = np.random.default_rng(1)
    skewed = 0.45 + 0.05 * rng.standard_normal(3000) + 0.03 * rng.exponential(1, 3000)

    assert find_overlap(skewed, 0.50, {}) is None


def test_a_template_threshold_in_a_gap_stands() -> None:
    assert find_overlap(shoulder(450, 2500) - 0.35, 0.6, {}) is None


def test_two_modes_below_the_template_are_no_negative_and_positive_events() -> None:
    assert find_overlap(shoulder(900, 2500) - 0.30, 0.47, {}) is None


@pytest.mark.parametrize("n_events", [0, 1, 50])
def test_few_events_leave_the_template(n_events: int) -> None:
    assert find_overlap(shoulder(n_events, n_events), 0.5, {}) is None
