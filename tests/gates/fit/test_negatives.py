"""Events that are known to be negative say where positive ones begin."""

import numpy as np
import pytest

from cytoflow_blina.gates.fit.method import Found
from cytoflow_blina.gates.fit.negatives import (
    Reference,
    find_above_negatives,
    settle_on_floor,
)


def normal(n: int, mean: float, sd: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, sd, n)


def test_on_a_wide_floor_the_cut_lies_where_the_events_change_kind() -> None:
    # CD4 cells end at 0.4; cells without CD4 reach down to there, thinly.
    negative = normal(20_000, 0.2, 0.05)
    others = np.concatenate(
        [np.random.default_rng(1).uniform(0.4, 0.7, 600), normal(5000, 0.75, 0.04, 2)]
    )
    both = np.concatenate([negative, others])

    settled = settle_on_floor(Found(0.52, 0.9), both, Reference(negative, others))

    assert settled.geometry == pytest.approx(0.39, abs=0.02)
    assert settled.confidence == 0.9


def test_with_few_events_a_valley_stays_where_it_is() -> None:
    found = Found(0.5, 0.9)
    few, many = normal(10, 0.2, 0.02), normal(1000, 0.7, 0.05)

    assert settle_on_floor(found, many, Reference(few, many)) is found


def test_events_that_are_all_positive_are_cut_above_the_negative_ones() -> None:
    reference = Reference(normal(5000, 0.2, 0.05), normal(800, 0.6, 0.06, 1))

    found = find_above_negatives(reference, {})

    assert found is not None
    assert (reference.negative >= found.geometry).mean() < 0.01
    assert (reference.others >= found.geometry).mean() > 0.99
    assert found.confidence > 0.9


def test_events_that_are_all_negative_stay_below_the_cut() -> None:
    reference = Reference(normal(5000, 0.2, 0.05), normal(800, 0.22, 0.05, 1))

    found = find_above_negatives(reference, {})

    assert found is not None
    assert (reference.others >= found.geometry).sum() <= 1
    assert found.confidence <= 0.5


@pytest.mark.parametrize("n", [(5, 500), (500, 5)])
def test_a_few_events_say_nothing(n: tuple[int, int]) -> None:
    reference = Reference(normal(n[0], 0.2, 0.05), normal(n[1], 0.6, 0.05))

    assert find_above_negatives(reference, {}) is None
