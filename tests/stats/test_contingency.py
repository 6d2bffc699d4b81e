"""Tests of tables of counts against tables counted one by one."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations
from math import comb, factorial, inf, isnan, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chi2

from cytoflow_blina.stats.contingency import (
    OddsRatio,
    fisher_exact,
    odds_ratio,
    pearson_chi2,
)

Table = NDArray[np.int64]

# Fisher's tea: which four of eight cups had the milk first.
TEA = np.array([[3, 1], [1, 3]])


def fillings(rows: tuple[int, ...], total: int) -> Iterator[tuple[int, ...]]:
    """Spread a total over rows, none above its room."""
    if len(rows) == 1:
        if total <= rows[0]:
            yield (total,)
        return
    for first in range(min(rows[0], total) + 1):
        for rest in fillings(rows[1:], total - first):
            yield (first, *rest)


def tables(
    rows: tuple[int, ...], columns: tuple[int, ...]
) -> Iterator[list[tuple[int, ...]]]:
    """Write down every table with these margins, column by column."""
    if not columns:
        yield []
        return
    for column in fillings(rows, columns[0]):
        left = tuple(row - used for row, used in zip(rows, column, strict=True))
        for rest in tables(left, columns[1:]):
            yield [column, *rest]


def counted_p(table: Table) -> float:
    """Add, in fractions, the chances of all tables as probable as this, or less."""
    rows = tuple(table.sum(axis=1).tolist())
    columns = tuple(table.sum(axis=0).tolist())

    def weight(cells: list[tuple[int, ...]]) -> Fraction:
        return Fraction(1, prod(factorial(x) for column in cells for x in column))

    found = weight([tuple(column) for column in table.T.tolist()])
    weights = [weight(cells) for cells in tables(rows, columns)]
    return float(sum(w for w in weights if w <= found) / sum(weights))


def small_tables(
    n_rows: int, n_columns: int, most: int = 6
) -> st.SearchStrategy[Table]:
    row = st.lists(st.integers(0, most), min_size=n_columns, max_size=n_columns)
    return st.lists(row, min_size=n_rows, max_size=n_rows).map(
        lambda rows: np.array(rows, dtype=np.int64)
    )


shapes = st.sampled_from([(2, 2), (2, 3), (3, 2), (3, 3)])
any_table = shapes.flatmap(lambda shape: small_tables(*shape))


def test_the_tea_of_fisher_has_its_chance() -> None:
    found = fisher_exact(TEA)

    # Of 70 choices of four cups 16 + 1 are as good or better, as many as bad or worse.
    assert found.p_value == pytest.approx(34 / 70)
    assert found.statistic == pytest.approx(16 / 70)
    assert (found.test, found.method) == ("Fisher's exact, two-sided", "exact")
    assert (found.df, found.n) == (None, 8)


def test_a_table_of_three_by_three_has_the_chance_of_one_in_many() -> None:
    found = fisher_exact(np.diag([4, 4, 4]))

    # Six tables of 12! / (4!)^3 are as extreme as this.
    assert found.test == "Fisher-Freeman-Halton exact"
    assert found.p_value == pytest.approx(6 * 24**3 / factorial(12), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(any_table)
def test_the_exact_p_value_is_that_of_all_tables_with_the_same_margins(
    table: Table,
) -> None:
    found = fisher_exact(table)

    if ((table.sum(axis=0) > 0).sum() < 2) or ((table.sum(axis=1) > 0).sum() < 2):
        assert isnan(found.p_value)
        assert found.method.startswith("not defined")
    else:
        assert found.method == "exact"
        assert found.p_value == pytest.approx(counted_p(table), rel=1e-11)


@settings(max_examples=30, deadline=None)
@given(small_tables(2, 3), st.permutations([0, 1, 2]))
def test_neither_the_order_nor_the_side_of_the_margins_matters(
    table: Table, order: list[int]
) -> None:
    expected = fisher_exact(table).p_value

    for same in (table[::-1], table[:, order], table.T):
        assert fisher_exact(same).p_value == pytest.approx(expected, nan_ok=True)


def test_tables_as_probable_but_for_rounding_count_as_well() -> None:
    # Mirrored tables of equal groups are as probable as one another.
    table = np.array([[180, 220], [220, 180]])

    found = fisher_exact(table)

    ways = [comb(400, k) ** 2 for k in range(401)]
    assert found.p_value == pytest.approx(2 * sum(ways[:181]) / comb(800, 400))


def test_groups_and_categories_without_counts_do_not_matter_to_fisher() -> None:
    padded = np.array([[3, 0, 1], [0, 0, 0], [1, 0, 3]])

    found = fisher_exact(padded)

    assert found.p_value == pytest.approx(34 / 70)
    assert found.test == "Fisher-Freeman-Halton exact"


def test_a_large_table_takes_random_tables_and_says_so() -> None:
    table = np.array([[20, 25, 30, 28], [31, 22, 24, 29], [25, 25, 25, 40]])

    found, again = fisher_exact(table), fisher_exact(table)

    assert found.method == "Monte Carlo, 100000 tables, seed 1934"
    assert found == again


def test_random_tables_come_near_the_exact_p_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = np.array([[12, 5, 8], [6, 9, 7], [4, 10, 3]])
    exact = fisher_exact(table)
    monkeypatch.setattr("cytoflow_blina.stats.contingency._MOST_PARTS", 0)

    found = fisher_exact(table)

    # Four standard errors of 100,000 draws.
    error = np.sqrt(exact.p_value * (1 - exact.p_value) / 100_000)
    assert found.method.startswith("Monte Carlo")
    assert exact.method == "exact"
    assert found.p_value == pytest.approx(exact.p_value, abs=4 * error)


def test_the_p_value_of_random_tables_is_never_zero() -> None:
    found = fisher_exact(np.diag([40, 40, 40, 40]))

    assert found.method.startswith("Monte Carlo")
    assert found.p_value == 1 / 100_001


def test_pearson_adds_squared_distances_over_expectations() -> None:
    table = np.array([[10, 20], [20, 10]])

    found = pearson_chi2(table)

    # Each of four cells is 5 off its 15.
    assert found.statistic == pytest.approx(4 * 25 / 15)
    assert found.p_value == pytest.approx(chi2.sf(4 * 25 / 15, 1))
    assert (found.df, found.n) == (1, 60)
    assert found.method == "no continuity correction; smallest expected count 15"


def test_yates_takes_one_half_from_every_distance() -> None:
    found = pearson_chi2(np.array([[10, 20], [20, 10]]), continuity=True)

    assert found.statistic == pytest.approx(4 * 4.5**2 / 15)
    assert found.method == "Yates's correction; smallest expected count 15"


def test_a_table_larger_than_two_by_two_is_never_corrected() -> None:
    table = np.array([[10, 20, 3], [20, 10, 7]])

    plain, asked = pearson_chi2(table), pearson_chi2(table, continuity=True)

    assert asked == plain
    assert plain.df == 2
    assert plain.method.startswith("no continuity correction")


def test_a_small_expected_count_can_be_read() -> None:
    found = pearson_chi2(np.array([[1, 9], [2, 18]]))

    assert found.method.endswith("smallest expected count 1")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([[0, 0], [0, 0]], "groups with any count: 0, categories: 0"),
        ([[0, 0], [3, 4]], "groups with any count: 1, categories: 2"),
        ([[5, 0], [3, 0]], "groups with any count: 2, categories: 1"),
        ([[5, 0, 0], [3, 0, 0]], "groups with any count: 2, categories: 1"),
        ([[0, 0], [0, 9]], "groups with any count: 1, categories: 1"),
    ],
)
def test_where_nothing_can_differ_no_test_is_defined(
    table: list[list[int]], words: str
) -> None:
    for found in (fisher_exact(np.array(table)), pearson_chi2(np.array(table))):
        assert isnan(found.p_value)
        assert isnan(found.statistic)
        assert found.method == f"not defined: {words}"
        assert found.n == np.sum(table)


def test_an_empty_category_leaves_pearson_undefined() -> None:
    found = pearson_chi2(np.array([[3, 0, 4], [4, 0, 9]]))

    assert isnan(found.p_value)
    assert found.method == "not defined: groups with any count: 2, categories: 2"


@pytest.mark.parametrize("test", [fisher_exact, pearson_chi2, odds_ratio])
@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([[1, -2], [3, 4]], "a count cannot be negative"),
        ([[1, 2.5], [3, 4]], "counts are whole numbers"),
        ([[1, np.nan], [3, 4]], "counts are whole numbers"),
        ([[1, np.inf], [3, 4]], "counts are whole numbers"),
        ([[1, 2, 3]], "at least 2 groups and 2 categories, got 1 x 3"),
        ([1, 2], "at least 2 groups and 2 categories, got 2"),
    ],
)
def test_what_is_no_table_of_counts_is_refused(
    test: object, table: list[object], words: str
) -> None:
    assert callable(test)

    with pytest.raises(ValueError, match=words):
        test(np.array(table))


def test_the_odds_ratio_of_the_tea_is_the_conditional_one() -> None:
    found = odds_ratio(TEA)

    # The mean of the corner, given the margins, is 3 where this polynomial is 0.
    assert found.estimate == pytest.approx(max(np.roots([1, 0, -36, -32, -3]).real))
    for odds, tail in ((found.lo95, "upper"), (found.hi95, "lower")):
        weights = np.array([comb(4, k) ** 2 * odds**k for k in range(5)])
        chances = weights / weights.sum()
        edge = chances[3:].sum() if tail == "upper" else chances[:4].sum()
        assert edge == pytest.approx(0.025)


def test_an_empty_cell_leaves_the_odds_ratio_one_bound() -> None:
    none, always = (
        odds_ratio(np.array([[0, 5], [3, 4]])),
        odds_ratio(np.array([[5, 0], [4, 3]])),
    )

    assert (none.estimate, none.lo95) == (0, 0)
    assert (always.estimate, always.hi95) == (inf, inf)
    assert always.lo95 == pytest.approx(1 / none.hi95)


@pytest.mark.parametrize(
    "table", [[[0, 0], [0, 0]], [[0, 0], [3, 4]], [[0, 5], [0, 4]]]
)
def test_without_a_group_or_a_category_no_odds_ratio_is_defined(
    table: list[list[int]],
) -> None:
    found = odds_ratio(np.array(table))

    assert all(isnan(x) for x in (found.estimate, found.lo95, found.hi95))


def test_an_odds_ratio_takes_two_by_two_alone() -> None:
    with pytest.raises(ValueError, match="a table of 2 x 2, got 2 x 3"):
        odds_ratio(np.ones((2, 3), dtype=np.int64))


@settings(max_examples=30, deadline=None)
@given(small_tables(2, 2).filter(lambda table: bool((table > 0).all())))
def test_swapping_the_groups_inverts_the_odds_ratio(table: Table) -> None:
    forth, back = odds_ratio(table), odds_ratio(table[::-1])

    assert isinstance(forth, OddsRatio)
    assert forth.lo95 <= forth.estimate <= forth.hi95
    assert forth.estimate == pytest.approx(1 / back.estimate, rel=1e-6)
    assert forth.lo95 == pytest.approx(1 / back.hi95, rel=1e-6)


def test_tables_listed_by_the_oracle_are_all_that_there_are() -> None:
    # Two by two with margins 2: 0, 1 or 2 in the corner; a permutation matrix each.
    assert len(list(tables((2, 2), (2, 2)))) == 3
    assert len(list(tables((1, 1, 1), (1, 1, 1)))) == len(list(permutations("abc")))
