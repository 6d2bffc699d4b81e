"""Mann and Whitney's test and the shift of two groups against counted values."""

from itertools import combinations
from math import comb, erfc, isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, rankdata

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.stats.two_samples import hodges_lehmann_two, mann_whitney

# Hollander and Wolfe, Table 4.1: permeability of membranes at term and at 12-26 weeks.
TERM = np.array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
EARLY = np.array([1.15, 0.88, 0.90, 0.74, 1.21])

values = st.integers(-20, 20).map(lambda x: x / 4)
group = st.lists(values, max_size=20).map(lambda drawn: np.array(drawn, dtype=float))


def dealt_p(a: FloatArray, b: FloatArray) -> float:
    """Count, over all ways to deal the ranks, how often the sum is as far off."""
    doubled = np.rint(2 * rankdata(np.concatenate([a, b]))).astype(int)
    mean = a.size * (doubled.size + 1)
    found = abs(doubled[: a.size].sum() - mean)
    far = [abs(sum(one) - mean) >= found for one in combinations(doubled, a.size)]
    return float(np.mean(far))


def test_a_published_example_gives_its_published_p_value() -> None:
    found = mann_whitney(TERM, EARLY)

    # W is 35, the one-sided P 0.1272 (Hollander and Wolfe, example 4.1).
    assert found.statistic == 35
    assert found.p_value == pytest.approx(2 * 0.1272, abs=1e-4)
    assert found.cliffs_delta == pytest.approx(2 * 35 / 50 - 1)
    assert found.method == "exact; values to 12 digits"


def test_a_published_example_gives_its_published_shift() -> None:
    found = hodges_lehmann_two(TERM, EARLY)

    # R 4: wilcox.test(x, y, conf.int = TRUE) prints 0.305, -0.15 to 0.76.
    assert found.estimate == pytest.approx(0.305)
    assert (found.lo95, found.hi95) == pytest.approx((-0.15, 0.76))


@pytest.mark.parametrize(("n_a", "n_b"), [(1, 1), (1, 6), (5, 3), (4, 9), (7, 7)])
def test_without_ties_the_exact_p_value_is_that_of_all_deals(
    n_a: int, n_b: int
) -> None:
    generator = np.random.default_rng(10 * n_a + n_b)
    a, b = generator.normal(0.5, 1, n_a), generator.normal(0, 1, n_b)

    found = mann_whitney(a, b)

    assert found.method.startswith("exact;")
    assert found.p_value == pytest.approx(dealt_p(a, b), rel=1e-12)


@pytest.mark.parametrize(("n_a", "n_b"), [(2, 2), (1, 6), (5, 3), (4, 9), (8, 7)])
def test_with_ties_the_exact_p_value_is_that_of_all_deals(n_a: int, n_b: int) -> None:
    a, b = np.resize([0.0, 1, 1, 2, 0, 5], n_a), np.resize([1.0, 0, 0, 2, 3, 3], n_b)

    found = mann_whitney(a, b)

    assert found.method.startswith("exact, given the tied ranks;")
    assert found.p_value == pytest.approx(dealt_p(a, b), rel=1e-12)


def test_groups_that_do_not_overlap_have_the_chance_of_one_deal_and_its_mirror() -> (
    None
):
    above, below = np.arange(50.0, 100), np.arange(50.0)

    found = mann_whitney(above, below)

    assert found.cliffs_delta == 1
    assert found.statistic == 2500
    assert found.p_value == pytest.approx(2 / comb(100, 50), rel=1e-9)


@pytest.mark.parametrize(("n_a", "n_b"), [(50, 51), (101, 1), (3, 200)])
def test_more_than_100_values_take_the_normal_approximation(n_a: int, n_b: int) -> None:
    generator = np.random.default_rng(n_a)
    a = np.round(generator.normal(0.3, 1, n_a), 1)
    b = np.round(generator.normal(0, 1, n_b), 1)

    found = mann_whitney(a, b)

    expected = mannwhitneyu(a, b, method="asymptotic", use_continuity=False)
    assert found.p_value == pytest.approx(float(expected.pvalue), rel=1e-12)
    assert found.statistic == expected.statistic
    assert found.method == (
        "asymptotic, variance corrected for ties, no continuity correction; "
        "values to 12 digits"
    )


def test_the_normal_approximation_is_written_out() -> None:
    a, b = np.arange(0.0, 120, 2), np.arange(-9.0, 111, 2)

    found = mann_whitney(a, b)

    z = (found.statistic - 60 * 60 / 2) / np.sqrt(60 * 60 * 121 / 12)
    assert found.p_value == pytest.approx(erfc(abs(z) / np.sqrt(2)))


def test_values_that_tie_on_paper_tie_here() -> None:
    # 0.3 - 0.1 is 0.2 but for the last bit.
    found = mann_whitney(np.array([0.3 - 0.1, 1.0]), np.array([0.2, 2.0]))

    assert found.method.startswith("exact, given the tied ranks;")
    assert found.statistic == 1.5


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([], [], "not defined: groups of 0 and 0"),
        ([], [1.0, 2.0], "not defined: groups of 0 and 2"),
        ([1.0], [], "not defined: groups of 1 and 0"),
    ],
)
def test_an_empty_group_has_neither_test_nor_effect_nor_shift(
    a: list[float], b: list[float], words: str
) -> None:
    found = mann_whitney(np.array(a), np.array(b))
    shift = hodges_lehmann_two(np.array(a), np.array(b))

    assert isnan(found.p_value)
    assert isnan(found.statistic)
    assert isnan(found.cliffs_delta)
    assert found.method == words
    assert all(isnan(x) for x in (shift.estimate, shift.lo95, shift.hi95))


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_equal_values_have_no_p_value_and_no_effect(value: float) -> None:
    found = mann_whitney(np.full(4, value), np.full(3, value))

    assert isnan(found.p_value)
    assert found.method == "not defined: all 7 values are equal"
    assert found.cliffs_delta == 0


def test_two_subjects_can_never_differ() -> None:
    found = mann_whitney(np.array([1.0]), np.array([5.0]))

    assert found.p_value == 1
    assert found.cliffs_delta == -1


@pytest.mark.parametrize("test", [mann_whitney, hodges_lehmann_two])
def test_a_missing_value_is_refused_and_not_dropped(test: object) -> None:
    assert callable(test)

    with pytest.raises(ValueError, match="a subject lacks a value"):
        test(np.array([1.0, np.nan]), np.array([1.0]))


@pytest.mark.parametrize(
    # Printed tables of the critical U at 5 %, two-sided; the rank is one more.
    ("n_a", "n_b", "rank"),
    [
        (3, 4, 0),
        (3, 5, 1),
        (4, 4, 1),
        (5, 5, 3),
        (10, 10, 24),
        (20, 20, 128),
        (1, 38, 0),
        (1, 39, 1),
    ],
)
def test_the_interval_takes_the_rank_of_the_printed_tables(
    n_a: int, n_b: int, rank: int
) -> None:
    # Hundreds less units: every difference is another one.
    a, b = np.arange(0.0, 100.0 * n_a, 100.0), np.arange(float(n_b))

    found = hodges_lehmann_two(a, b)

    differences = np.sort(np.subtract.outer(a, b).ravel())
    if rank == 0:
        assert isnan(found.lo95)
        assert isnan(found.hi95)
    else:
        assert (found.lo95, found.hi95) == (differences[rank - 1], differences[-rank])


def test_beyond_100_values_the_interval_takes_the_normal_rank() -> None:
    a, b = np.arange(0.0, 6000.0, 100.0), np.arange(60.0)

    found = hodges_lehmann_two(a, b)

    # 1800 - 1.96 x sqrt(60 x 60 x 121 / 12) = 1426.6.
    differences = np.sort(np.subtract.outer(a, b).ravel())
    assert (found.lo95, found.hi95) == (differences[1425], differences[-1426])


@pytest.mark.parametrize(("n_a", "n_b"), [(6, 8), (20, 25), (60, 50)])
def test_the_interval_covers_the_shift_in_about_95_of_100(n_a: int, n_b: int) -> None:
    generator = np.random.default_rng(n_a)
    covers = []
    for _ in range(400):
        found = hodges_lehmann_two(
            generator.normal(3, 1, n_a), generator.normal(2, 1, n_b)
        )
        covers.append(found.lo95 <= 1 <= found.hi95)

    # Four standard errors of 400 draws at 95 %.
    assert 0.906 < np.mean(covers) < 0.999


@settings(deadline=None)
@given(group, group)
def test_swapping_the_groups_keeps_p_and_turns_the_effect(
    a: FloatArray, b: FloatArray
) -> None:
    forth, back = mann_whitney(a, b), mann_whitney(b, a)
    there, here = hodges_lehmann_two(a, b), hodges_lehmann_two(b, a)

    assert forth.p_value == pytest.approx(back.p_value, nan_ok=True)
    assert forth.statistic == pytest.approx(
        a.size * b.size - back.statistic, nan_ok=True
    )
    assert forth.cliffs_delta == pytest.approx(-back.cliffs_delta, nan_ok=True)
    assert there.estimate == pytest.approx(-here.estimate, nan_ok=True)
    assert there.lo95 == pytest.approx(-here.hi95, nan_ok=True)


@settings(deadline=None)
@given(group, group)
def test_cliffs_delta_is_the_share_of_pairs_won_less_the_share_lost(
    a: FloatArray, b: FloatArray
) -> None:
    found = mann_whitney(a, b)

    if a.size and b.size:
        signs = np.sign(np.subtract.outer(a, b))
        assert found.cliffs_delta == pytest.approx(signs.mean())
    else:
        assert isnan(found.cliffs_delta)
    assert isnan(found.p_value) or 0 < found.p_value <= 1


@settings(deadline=None)
@given(group, group, st.sampled_from([1e-3, 0.5, 1000.0]))
def test_the_unit_does_not_matter_and_the_shift_follows_it(
    a: FloatArray, b: FloatArray, factor: float
) -> None:
    plain, scaled = mann_whitney(a, b), mann_whitney(factor * a, factor * b)

    assert scaled.p_value == pytest.approx(plain.p_value, nan_ok=True)
    assert hodges_lehmann_two(factor * a, factor * b).estimate == pytest.approx(
        factor * hodges_lehmann_two(a, b).estimate, nan_ok=True, abs=1e-9
    )
