"""The threshold between modes of which nothing is known beforehand."""

from collections.abc import Callable

import numpy as np
import pytest

from cytoflow_blina.gates.fit.modes import (
    find_deepest_valley,
    find_end_of_negatives,
    find_highest_of_all,
    find_highest_valley,
    find_lowest_valley,
    find_start_of_cells,
    on_wider,
)

Draw = Callable[[np.random.Generator, int], np.ndarray]

ONE_POPULATION: dict[str, Draw] = {
    "Gaussian": lambda rng, n: rng.normal(0.3, 0.05, n),
    "narrow": lambda rng, n: rng.normal(0.3, 0.004, n),
    "skewed": lambda rng, n: rng.normal(0.3, 0.02, n) + rng.exponential(0.06, n),
    "heavy tails": lambda rng, n: 0.3 + 0.03 * rng.standard_t(3, n),
    "log-normal": lambda rng, n: 0.2 + rng.lognormal(-3, 0.5, n),
    "cut off by the axis": lambda rng, n: rng.normal(0.1, 0.1, n).clip(0, 1),
    "all on the axis": lambda _rng, n: np.zeros(n),
    "flat": lambda rng, n: rng.uniform(0.2, 0.5, n),
}


def modes(*parts: tuple[int, float, float], seed: int = 0) -> np.ndarray:
    """Draw events: number, mean and standard deviation of each part."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(mean, sd, n) for n, mean, sd in parts])


@pytest.mark.parametrize("low", [-0.1, 0.05, 0.3, 0.6])
def test_a_valley_is_found_wherever_it_lies(low: float) -> None:
    values = modes((5000, low, 0.03), (2000, low + 0.3, 0.04))

    found = find_deepest_valley(values, {})

    assert found is not None
    assert low + 0.09 < found.geometry < low + 0.21
    assert found.confidence > 0.9
    assert found.doubt.low <= found.geometry <= found.doubt.high


@pytest.mark.parametrize("n_events", [60, 400, 3000, 30_000])
@pytest.mark.parametrize("name", ONE_POPULATION)
def test_one_population_is_never_split(name: str, n_events: int) -> None:
    for seed in range(5):
        values = ONE_POPULATION[name](np.random.default_rng(seed), n_events)

        assert find_deepest_valley(values, {}) is None


def test_forty_positive_events_among_ten_thousand_are_found() -> None:
    values = modes((10_000, 0.28, 0.045), (40, 0.6, 0.03))

    found = find_deepest_valley(values, {})

    assert found is not None
    assert (values >= found.geometry).sum() == pytest.approx(40, abs=2)


def test_nineteen_positive_events_are_no_population() -> None:
    values = modes((10_000, 0.28, 0.045), (19, 0.6, 0.03))

    assert find_deepest_valley(values, {}) is None


def test_of_three_modes_the_template_says_which_are_parted() -> None:
    values = modes((3000, 0.2, 0.03), (3000, 0.45, 0.04), (3000, 0.8, 0.03))

    lowest, highest, deepest = (
        find(values, {})
        for find in (find_lowest_valley, find_highest_valley, find_deepest_valley)
    )

    assert lowest is not None
    assert highest is not None
    assert deepest is not None
    assert 0.25 < lowest.geometry < 0.4
    assert 0.55 < highest.geometry < 0.75
    assert deepest.geometry in {lowest.geometry, highest.geometry}
    again = find_highest_of_all(values, 0.3, {})
    assert again is not None
    assert again.geometry == highest.geometry


def test_the_clearer_of_two_valleys_is_taken() -> None:
    values = modes((3000, 0.2, 0.03), (3000, 0.32, 0.03), (3000, 0.8, 0.03))

    found = find_deepest_valley(values, {})

    assert found is not None
    assert 0.4 < found.geometry < 0.75


def test_cells_within_a_hundredth_of_the_axis_are_parted_too() -> None:
    values = modes((20_000, 0.260, 0.004), (600, 0.310, 0.010))

    found = find_deepest_valley(values, {})

    assert found is not None
    assert 0.27 < found.geometry < 0.295


def test_events_on_the_axis_are_negative_and_make_no_mode() -> None:
    values = np.concatenate(
        [np.zeros(3000), modes((3000, 0.2, 0.05), (1000, 0.7, 0.05))]
    )

    found = find_deepest_valley(values, {})

    assert found is not None
    assert 0.35 < found.geometry < 0.6


def test_where_all_negative_events_lie_on_the_axis_they_are_a_mode() -> None:
    values = np.concatenate([np.zeros(3000), modes((1000, 0.7, 0.05))])

    found = find_deepest_valley(values, {})

    assert found is not None
    assert 0 < found.geometry < 0.6


def test_events_at_the_upper_end_of_the_axis_make_no_mode() -> None:
    values = np.concatenate(
        [np.ones(2000), modes((2000, 0.15, 0.04), (4000, 0.6, 0.12))]
    )

    found = find_deepest_valley(values, {})

    assert found is not None
    assert 0.2 < found.geometry < 0.4


def test_negative_events_alone_end_five_standard_deviations_above_their_mode() -> None:
    values = modes((20_000, 0.3, 0.04))

    found = find_end_of_negatives(values, {})

    assert found is not None
    assert found.geometry == pytest.approx(0.5, abs=0.03)
    assert found.confidence <= 0.3
    assert find_end_of_negatives(values, {"spreads": 2.0}).geometry == pytest.approx(  # type: ignore[union-attr]  # it was found above
        0.38, abs=0.02
    )


def test_positive_events_do_not_move_the_end_of_the_negative_ones() -> None:
    negative = modes((5000, 0.3, 0.04))
    both = np.concatenate([negative, modes((2000, 0.8, 0.05), seed=1)])

    alone, beside = (find_end_of_negatives(values, {}) for values in (negative, both))

    assert alone is not None
    assert beside is not None
    assert beside.geometry == pytest.approx(alone.geometry, abs=0.01)


def test_cells_alone_begin_below_their_mode() -> None:
    found = find_start_of_cells(modes((20_000, 0.7, 0.03)), {})

    assert found is not None
    assert found.geometry == pytest.approx(0.55, abs=0.03)
    assert found.doubt.low < found.geometry < found.doubt.high


@pytest.mark.parametrize(
    "find", [find_deepest_valley, find_end_of_negatives, find_start_of_cells]
)
@pytest.mark.parametrize("values", [np.array([]), np.full(10, np.nan), np.zeros(5)])
def test_a_few_events_show_nothing(
    find: Callable[..., object], values: np.ndarray
) -> None:
    assert find(values, {}) is None


def test_a_population_that_is_all_positive_is_cut_where_its_parent_shows() -> None:
    parent = modes((5000, 0.2, 0.04), (2000, 0.7, 0.05))
    own = parent[5000:]

    found = on_wider(find_deepest_valley, parent, own, {})

    assert found is not None
    assert (own >= found.geometry).mean() > 0.99


def test_a_valley_between_other_cells_does_not_cut_negative_events() -> None:
    # Lymphocytes at 0.3, and among all cells a valley at 0.33: it parts others.
    own = modes((500, 0.3, 0.05))
    parent = np.concatenate([own, modes((8000, 0.2, 0.04), (8000, 0.5, 0.04), seed=1)])

    assert on_wider(find_deepest_valley, parent, own, {}) is None


def test_the_same_events_in_any_order_give_the_same_threshold() -> None:
    values = modes((5000, 0.3, 0.04), (500, 0.6, 0.05))
    shuffled = np.random.default_rng(1).permutation(values)

    one, other = (find_deepest_valley(events, {}) for events in (values, shuffled))

    assert one is not None
    assert other is not None
    assert one.geometry == other.geometry


@pytest.mark.parametrize(
    "values",
    [np.zeros(1000), np.ones(1000), np.repeat([0.0, 1.0], 500), np.full(100, 0.3)],
)
def test_events_at_one_value_end_above_it(values: np.ndarray) -> None:
    found = find_end_of_negatives(values, {})

    assert found is not None
    assert found.geometry > values.min()


@pytest.mark.parametrize(
    "find", [find_deepest_valley, find_lowest_valley, find_end_of_negatives]
)
def test_values_far_off_the_axis_do_no_harm(find: Callable[..., object]) -> None:
    rng = np.random.default_rng(0)
    for values in (rng.standard_cauchy(5000), rng.normal(0, 100, 5000)):
        find(np.append(values, [np.inf, -np.inf, np.nan]), {})
