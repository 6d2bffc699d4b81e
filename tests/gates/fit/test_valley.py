"""The threshold between negative and positive events."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.gates.fit.valley import (
    find_lowest_valley,
    find_valley,
    find_valley_beside_pile,
    lowest_between,
)


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


@pytest.mark.parametrize("shift", [-0.2, 0.2])
def test_a_deep_valley_is_found_where_the_cytometer_is_set_otherwise(
    shift: float,
) -> None:
    values = two_modes(3000, 1500) + shift

    found = find_valley(values, 0.5, {})

    assert found is not None
    assert found.geometry - shift == pytest.approx(0.5, abs=0.06)
    near = find_valley(values - shift, 0.5, {})
    assert near is not None
    assert found.confidence < near.confidence


def test_two_kinds_of_negative_events_are_not_taken_for_negative_and_positive() -> None:
    rng = np.random.default_rng(4)
    values = np.concatenate([rng.normal(0.1, 0.02, 2000), rng.normal(0.3, 0.03, 2000)])

    assert find_valley(values, 0.54, {"search": 0.15}) is None


def test_events_piled_on_the_axis_make_no_valley_beside_two_modes() -> None:
    values = np.append(two_modes(800, 2000), np.zeros(1500))

    found = find_valley(values, 0.5, {})

    assert found is not None
    assert 0.44 < found.geometry < 0.56


def test_a_pile_on_the_axis_is_negative_where_nothing_else_is() -> None:
    rng = np.random.default_rng(6)
    values = np.concatenate([np.zeros(700), rng.normal(0.4, 0.04, 1500)])

    assert find_valley(values, 0.28, {}) is None
    found = find_valley_beside_pile(values, 0.28, {})

    assert found is not None
    assert (values[700:] >= found.geometry).mean() > 0.97


def cells_and_debris(n_debris: int) -> np.ndarray:
    """CD45 of debris, granulocytes, lymphocytes, beads; cells part best from beads."""
    rng = np.random.default_rng(8)
    return np.concatenate(
        [
            rng.normal(0.18, 0.06, n_debris),
            rng.normal(0.52, 0.04, 6000),
            rng.normal(0.68, 0.025, 4000),
            rng.normal(0.88, 0.01, 3000),
        ]
    )


def test_debris_is_parted_from_all_cells_however_many_kinds_there_are() -> None:
    values = cells_and_debris(4000)

    found = find_lowest_valley(values, 0.48, {"search": 0.15})

    assert found is not None
    assert (values[:4000] < found.geometry).mean() > 0.98
    assert (values[4000:] >= found.geometry).mean() > 0.99


def test_no_cell_is_lost_where_there_is_no_debris() -> None:
    values = cells_and_debris(0)

    found = find_lowest_valley(values, 0.48, {"search": 0.15})

    assert found is not None
    assert (values >= found.geometry).mean() > 0.97
    assert found.confidence <= 0.5


def test_a_threshold_in_the_gap_below_the_cells_stands() -> None:
    assert find_lowest_valley(cells_and_debris(0), 0.35, {"search": 0.1}) is None


def test_a_threshold_of_others_moves_to_where_the_own_events_are_fewest() -> None:
    rng = np.random.default_rng(8)
    t_cells = rng.normal(0.25, 0.06, 9000)
    nk_cells = rng.normal(0.52, 0.06, 2000)
    others = rng.normal(0.22, 0.03, 30)
    own = np.concatenate([nk_cells, others])
    wider = np.concatenate([t_cells, own])

    found = find_valley(wider, 0.37, {})
    assert found is not None
    moved = lowest_between(own, found, wider)

    assert moved.geometry < found.geometry - 0.02
    assert (nk_cells >= moved.geometry).mean() > 0.995
    assert (others >= moved.geometry).sum() == 0


def test_without_events_of_its_own_a_threshold_of_others_stands() -> None:
    found = find_valley(two_modes(2000, 2000), 0.5, {})
    assert found is not None

    assert lowest_between(np.full(500, 0.3), found, two_modes(2000, 2000)) is found
