"""Wilcoxon's test and the Hodges-Lehmann shift against published and counted values."""

import csv
from itertools import product
from math import erfc, isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from scipy.stats import wilcoxon as scipy_wilcoxon

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.stats.paired import (
    ZeroRule,
    asymptotic_p,
    hodges_lehmann,
    wilcoxon_matched_pairs,
)

# Hollander and Wolfe, Table 3.1: depression scores of 9 patients at two visits.
BEFORE = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
AFTER = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])

values = st.floats(-1e3, 1e3).map(lambda x: round(x, 3))
pairs = st.lists(st.tuples(values, values), min_size=0, max_size=40)


def arrays(drawn: list[tuple[float, float]]) -> tuple[FloatArray, FloatArray]:
    both = np.array(drawn, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


@pytest.fixture
def cohort(shared_data: Path) -> dict[str, FloatArray]:
    """Columns of the synthetic cohort of 47 pairs that stands beside the real data."""
    path = shared_data.parent / "paper" / "paired_cohort_fitted.csv"
    if not path.is_file():
        pytest.skip("the cohort of 47 pairs is not at hand")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name.endswith(("_pre", "_post"))]
    return {name: np.array([float(row[name]) for row in rows]) for name in names}


def permutation_p(differences: FloatArray, zero_rule: ZeroRule = "wilcox") -> float:
    """Count, over all signs, how often the rank sums are as far apart, or farther."""
    if zero_rule == "wilcox":
        differences = differences[differences != 0]
    ranks = rankdata(np.abs(differences))[differences != 0]
    differences = differences[differences != 0]
    found = abs((ranks * np.sign(differences)).sum())
    signs = np.array(list(product((-1, 1), repeat=differences.size)))
    return float(np.mean(np.abs(signs @ ranks) >= found - 1e-9))


def test_a_published_example_gives_its_published_p_value() -> None:
    found = wilcoxon_matched_pairs(BEFORE, AFTER)

    # Wilcoxon's W is 5, the one-sided P 0.0195 (Hollander and Wolfe, example 3.1).
    assert found.statistic == 5
    assert found.p_value == pytest.approx(2 * 0.01953125)
    assert found.method == "exact; differences to 12 digits"
    assert found.n_zero == 0


def test_a_published_example_gives_its_published_shift() -> None:
    found = hodges_lehmann(BEFORE, AFTER)

    # R 4: wilcox.test(x, y, paired = TRUE, conf.int = TRUE) prints 0.46, 0.01 to 0.786.
    assert found.estimate == pytest.approx(-0.46)
    assert (found.lo95, found.hi95) == pytest.approx((-0.786, -0.010))


@pytest.mark.parametrize("n", [2, 5, 8, 12])
def test_without_ties_the_exact_p_value_is_that_of_all_permutations(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.4, 1, n)

    found = wilcoxon_matched_pairs(np.zeros(n), differences)

    assert found.method.startswith("exact;")
    assert found.p_value == pytest.approx(permutation_p(differences))


@pytest.mark.parametrize("n", [2, 4, 9, 15])
def test_with_ties_the_exact_p_value_is_that_of_all_permutations(n: int) -> None:
    differences = np.resize([1.0, 1.0, -1.0, 2.0, 3.0, 3.0], n)

    found = wilcoxon_matched_pairs(np.zeros(n + 3), np.append(differences, [0, 0, 0]))

    assert found.method.startswith("exact, given the tied ranks;")
    assert found.n_zero == 3
    assert found.p_value == pytest.approx(permutation_p(differences))


def test_many_pairs_take_the_normal_approximation_of_scipy() -> None:
    generator = np.random.default_rng(5)
    before = np.round(generator.lognormal(0, 1, 140), 1)
    after = np.round(before * generator.lognormal(0.1, 0.3, 140), 1)

    found = wilcoxon_matched_pairs(before, after)

    changed = np.round(after - before, 6)
    expected = scipy_wilcoxon(
        changed, zero_method="wilcox", correction=False, method="approx"
    )
    assert found.n_zero == np.count_nonzero(changed == 0) > 0
    assert found.p_value == pytest.approx(float(expected.pvalue), rel=1e-12)
    assert found.method == (
        "asymptotic, variance corrected for ties, no continuity correction; "
        "differences to 12 digits"
    )


def test_the_normal_approximation_is_written_out() -> None:
    differences = np.arange(1.0, 121.0) * np.resize([1, 1, -1], 120)

    found = wilcoxon_matched_pairs(np.zeros(120), differences)

    negative = differences[differences < 0]
    w = -negative.sum()
    z = (w - 120 * 121 / 4) / np.sqrt(120 * 121 * 241 / 24)
    assert found.statistic == w
    assert found.p_value == pytest.approx(2 * 0.5 * erfc(-z / np.sqrt(2)))


@pytest.mark.parametrize("n", [26, 60, 100])
def test_up_to_100_pairs_that_all_rise_have_the_chance_of_one_sign(n: int) -> None:
    untied = wilcoxon_matched_pairs(np.zeros(n), np.arange(1.0, n + 1))
    tied = wilcoxon_matched_pairs(np.zeros(n), np.ones(n))

    assert untied.method.startswith("exact;")
    assert tied.method.startswith("exact, given the tied ranks;")
    assert untied.p_value == pytest.approx(2.0 ** (1 - n), rel=1e-12)
    assert tied.p_value == pytest.approx(2.0 ** (1 - n), rel=1e-12)


def test_the_101st_pair_that_changes_makes_the_test_asymptotic() -> None:
    found = wilcoxon_matched_pairs(np.zeros(101), np.arange(1.0, 102))

    assert found.method.startswith("asymptotic")


def test_the_approximation_draws_near_the_exact_p_value_with_many_pairs() -> None:
    generator = np.random.default_rng(11)
    after = np.round(generator.normal(0.2, 1, 100), 1)
    changed = after[after != 0]

    found = wilcoxon_matched_pairs(np.zeros(changed.size), changed)

    near = asymptotic_p(
        np.zeros(changed.size), changed, zero_rule="wilcox", continuity=False
    )
    assert found.method.startswith("exact")
    assert found.p_value == pytest.approx(near, rel=0.05)
    assert found.p_value != near


@pytest.mark.parametrize("n_zero", [0, 1, 2, 5])
@pytest.mark.parametrize("n", [2, 5, 10])
def test_after_pratt_the_exact_p_value_is_that_of_all_permutations(
    n: int, n_zero: int
) -> None:
    differences = np.append(np.resize([1.0, 3.0, -2.0, 2.0, 4.0], n), np.zeros(n_zero))

    found = wilcoxon_matched_pairs(np.zeros(n + n_zero), differences, zero_rule="pratt")

    assert "zeros ranked, then dropped (Pratt)" in found.method
    assert found.method.startswith("exact")
    assert found.n_zero == n_zero
    assert found.p_value == pytest.approx(permutation_p(differences, "pratt"))


def test_the_ranks_of_pratt_start_above_the_zeros() -> None:
    differences = np.array([0.0, 0.0, -1.0, 2.0, 3.0])

    dropped = wilcoxon_matched_pairs(np.zeros(5), differences)
    ranked = wilcoxon_matched_pairs(np.zeros(5), differences, zero_rule="pratt")

    assert (dropped.statistic, ranked.statistic) == (1, 3)
    assert dropped.rank_biserial == pytest.approx((5 - 1) / 6)
    assert ranked.rank_biserial == pytest.approx((9 - 3) / 12)


def test_one_zero_makes_the_untied_ranks_of_pratt_start_at_two() -> None:
    # The ranks 2, 3, 4 are untied, and yet are not those of the usual distribution.
    found = wilcoxon_matched_pairs(
        np.zeros(4), np.array([0.0, -1.0, 2.0, 3.0]), zero_rule="pratt"
    )

    # Sums of 2 or less: none, 2; of signs there are 8.
    assert found.p_value == 2 * 2 / 8
    assert found.method.startswith("exact, given the tied ranks")


def test_without_zeros_both_rules_are_one() -> None:
    dropped = wilcoxon_matched_pairs(BEFORE, AFTER)
    ranked = wilcoxon_matched_pairs(BEFORE, AFTER, zero_rule="pratt")

    assert ranked.p_value == dropped.p_value
    assert ranked.statistic == dropped.statistic


def test_an_unknown_rule_for_zeros_is_refused() -> None:
    with pytest.raises(ValueError, match="'zsplit' is no rule for zeros"):
        wilcoxon_matched_pairs(BEFORE, AFTER, zero_rule="zsplit")  # type: ignore[arg-type]


@pytest.mark.parametrize("zero_rule", ["wilcox", "pratt"])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_without_two_changes_no_approximation_is_defined(
    n: int, zero_rule: ZeroRule
) -> None:
    found = asymptotic_p(
        np.zeros(n), np.eye(1, n).ravel(), zero_rule=zero_rule, continuity=True
    )

    assert isnan(found)


def test_the_continuity_correction_takes_one_half_from_the_distance() -> None:
    differences = np.array([1.0, 2.0, -3.0, 4.0, 5.0, 6.0, 7.0])

    plain, corrected = (
        asymptotic_p(
            np.zeros(7), differences, zero_rule="wilcox", continuity=continuity
        )
        for continuity in (False, True)
    )

    deviation = np.sqrt(7 * 8 * 15 / 24)
    assert plain == pytest.approx(erfc((14 - 3) / deviation / np.sqrt(2)))
    assert corrected == pytest.approx(erfc((14 - 3.5) / deviation / np.sqrt(2)))


def test_the_approximation_after_pratt_leaves_the_zeros_out_of_its_moments() -> None:
    differences = np.array([0.0, 0.0, 1.0, 2.0, -3.0, 4.0, 5.0])

    found = asymptotic_p(np.zeros(7), differences, zero_rule="pratt", continuity=False)

    # Ranks 3, 4, 5, 6 and 7; the third is negative.
    mean, variance = 25 / 2, (9 + 16 + 25 + 36 + 49) / 4
    assert found == pytest.approx(erfc((mean - 5) / np.sqrt(2 * variance)))


def test_a_cohort_of_47_pairs_gives_each_method_its_third_digit(
    cohort: dict[str, FloatArray],
) -> None:
    cd3 = cohort["CD3_pre"], cohort["CD3_post"]

    found = wilcoxon_matched_pairs(*cd3)
    plain, corrected = (
        asymptotic_p(*cd3, zero_rule="wilcox", continuity=continuity)
        for continuity in (False, True)
    )

    assert found.method.startswith("exact, given the tied ranks;")
    assert round(found.p_value, 4) == 0.0161
    assert (round(plain, 4), round(corrected, 4)) == (0.0170, 0.0173)


def test_a_cohort_whose_ties_break_in_the_last_bit_gives_another_third_digit(
    cohort: dict[str, FloatArray],
) -> None:
    # What software prints that subtracts and ranks without rounding.
    noisy = cohort["CD3_post"] - cohort["CD3_pre"]
    zeros = np.zeros(noisy.size)
    spread = np.unique(np.abs(noisy), return_inverse=True)[1] + 1.0

    # Whole numbers in the order of the noisy differences.
    as_ranked = np.sign(noisy) * spread
    found = wilcoxon_matched_pairs(zeros, as_ranked)

    assert round(found.p_value, 4) == 0.0159
    assert [
        round(
            asymptotic_p(zeros, as_ranked, zero_rule="wilcox", continuity=continuity),
            4,
        )
        for continuity in (False, True)
    ] == [0.0168, 0.0170]


def test_a_cohort_with_two_unchanged_pairs_tells_the_rules_apart(
    cohort: dict[str, FloatArray],
) -> None:
    nk = cohort["NK_pre"], cohort["NK_post"]

    dropped = wilcoxon_matched_pairs(*nk)
    ranked = wilcoxon_matched_pairs(*nk, zero_rule="pratt")

    assert dropped.n_zero == ranked.n_zero == 2
    assert round(dropped.p_value, 4) == 0.0242
    assert round(ranked.p_value, 4) == 0.0244


def test_differences_that_tie_on_paper_tie_here() -> None:
    # 0.3 - 0.1 is 0.2 but for the last bit.
    before = np.array([0.1, 0.0, 1.0, 2.0])
    after = np.array([0.3, 0.2, 1.5, 2.9])
    assert after[0] - before[0] != after[1] - before[1]

    found = wilcoxon_matched_pairs(before, after)

    assert found.method.startswith("exact, given the tied ranks;")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([], [], "not defined: 0 of 0 pairs change"),
        ([1.0], [2.0], "not defined: 1 of 1 pairs change"),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], "not defined: 0 of 3 pairs change"),
        ([0.0, 0.0], [0.0, 0.0], "not defined: 0 of 2 pairs change"),
        ([0.0, 0.0, 0.0], [0.0, 0.0, 5.0], "not defined: 1 of 3 pairs change"),
    ],
)
def test_a_test_that_is_not_defined_has_no_p_value_and_says_why(
    before: list[float], after: list[float], words: str
) -> None:
    found = wilcoxon_matched_pairs(np.array(before), np.array(after))

    assert isnan(found.p_value)
    assert isnan(found.statistic)
    assert found.method == words


def test_a_missing_value_is_refused_and_not_dropped() -> None:
    with pytest.raises(ValueError, match="a pair lacks a value"):
        wilcoxon_matched_pairs(np.array([1.0, np.nan]), np.array([1.0, 2.0]))


def test_arrays_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 values before, 1 after"):
        wilcoxon_matched_pairs(np.array([1.0, 2.0]), np.array([1.0]))


def test_all_rising_and_all_falling_are_the_ends_of_the_rank_biserial() -> None:
    up = wilcoxon_matched_pairs(np.zeros(8), np.arange(1.0, 9.0))
    down = wilcoxon_matched_pairs(np.zeros(8), -np.arange(1.0, 9.0))

    assert (up.rank_biserial, down.rank_biserial) == (1, -1)
    assert up.p_value == down.p_value == pytest.approx(2 / 2**8)


@settings(deadline=None)
@given(pairs)
def test_swapping_the_visits_keeps_p_and_turns_the_effect(
    drawn: list[tuple[float, float]],
) -> None:
    before, after = arrays(drawn)

    forth, back = (
        wilcoxon_matched_pairs(before, after),
        wilcoxon_matched_pairs(after, before),
    )
    there, here = hodges_lehmann(before, after), hodges_lehmann(after, before)

    assert forth.p_value == pytest.approx(back.p_value, nan_ok=True)
    assert forth.rank_biserial == pytest.approx(-back.rank_biserial, nan_ok=True)
    assert there.estimate == pytest.approx(-here.estimate, nan_ok=True)
    assert there.lo95 == pytest.approx(-here.hi95, nan_ok=True)


@settings(deadline=None)
@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_does_not_matter(
    drawn: list[tuple[float, float]], generator: object
) -> None:
    shuffled = list(drawn)
    generator.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own Random

    assert wilcoxon_matched_pairs(*arrays(drawn)).p_value == pytest.approx(
        wilcoxon_matched_pairs(*arrays(shuffled)).p_value, nan_ok=True
    )
    assert hodges_lehmann(*arrays(drawn)).estimate == pytest.approx(
        hodges_lehmann(*arrays(shuffled)).estimate, nan_ok=True
    )


@settings(deadline=None)
@given(pairs, st.sampled_from([1e-3, 0.5, 1000.0]))
def test_the_unit_does_not_matter_and_the_effect_follows_it(
    drawn: list[tuple[float, float]], factor: float
) -> None:
    before, after = arrays(drawn)

    plain = wilcoxon_matched_pairs(before, after)
    scaled = wilcoxon_matched_pairs(factor * before, factor * after)

    assert scaled.p_value == pytest.approx(plain.p_value, nan_ok=True)
    assert hodges_lehmann(factor * before, factor * after).estimate == pytest.approx(
        factor * hodges_lehmann(before, after).estimate, nan_ok=True, abs=1e-9
    )


@settings(max_examples=50, deadline=None)
@given(pairs)
def test_a_p_value_lies_between_0_and_1_and_the_interval_around_the_estimate(
    drawn: list[tuple[float, float]],
) -> None:
    before, after = arrays(drawn)

    found, shift = wilcoxon_matched_pairs(before, after), hodges_lehmann(before, after)

    assert isnan(found.p_value) or 0 < found.p_value <= 1
    if before.size >= 6:
        assert shift.lo95 <= shift.estimate <= shift.hi95
    else:
        assert isnan(shift.lo95)


@settings(deadline=None)
@given(pairs, values)
def test_a_shift_of_all_pairs_moves_the_estimate_by_it(
    drawn: list[tuple[float, float]], shift: float
) -> None:
    before, after = arrays(drawn)

    moved = hodges_lehmann(before, after + shift).estimate

    assert moved == pytest.approx(
        hodges_lehmann(before, after).estimate + shift, nan_ok=True, abs=1e-9
    )


def test_pairs_without_change_count_in_the_shift() -> None:
    before, after = np.zeros(9), np.array([0, 0, 0, 0, 0, 0, 0, 1.0, 2.0])

    assert hodges_lehmann(before, after).estimate == 0


@pytest.mark.parametrize(
    ("n", "rank"),
    [(5, 0), (6, 1), (7, 3), (9, 6), (10, 9), (20, 53), (25, 90), (26, 99), (30, 138)],
)
def test_the_interval_takes_the_rank_of_the_printed_tables(n: int, rank: int) -> None:
    # Averages of powers of 10 are all different, so the limit tells its rank.
    differences = np.power(3.0, np.arange(n)).astype(np.float64)

    found = hodges_lehmann(np.zeros(n), differences)

    first, second = np.triu_indices(n)
    averages = np.sort((differences[first] + differences[second]) / 2)
    if rank == 0:
        assert isnan(found.lo95)
    else:
        assert found.lo95 == averages[rank - 1]
        assert found.hi95 == averages[-rank]


@pytest.mark.parametrize("n", [12, 25, 40, 120])
def test_the_interval_covers_the_shift_in_about_95_of_100(n: int) -> None:
    generator = np.random.default_rng(n)
    covers = []
    for _ in range(400):
        found = hodges_lehmann(np.zeros(n), generator.normal(1, 1, n))
        covers.append(found.lo95 <= 1 <= found.hi95)

    # Four standard errors of 400 draws at 95 %.
    assert 0.906 < np.mean(covers) < 0.994
