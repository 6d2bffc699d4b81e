"""Rows of comparisons.csv and rates.csv for two groups and for tables."""

from dataclasses import fields, replace
from math import isnan, nan

import numpy as np
import pytest
from scipy import stats

from cytoflow_blina.cohort.columns import columns_of
from cytoflow_blina.domain.comparison import (
    GroupedOutcome,
    Outcome,
    TabulatedOutcome,
)
from cytoflow_blina.stats.compare_groups import (
    RateRow,
    compare_group_values,
    compare_tables,
    rates,
)
from cytoflow_blina.stats.contingency import fisher_exact

CD3 = Outcome("CD3", "CD3", "cells_per_ul", "cells/uL", "counts")
A = np.array([5.0, 7.5, 12.0, 3.0, 20.0])
B = np.array([1.0, 2.0, 4.0, 6.0])


def grouped(
    a: list[float], b: list[float], *, is_change: bool = False
) -> GroupedOutcome:
    return GroupedOutcome(
        "c",
        CD3,
        ("one", "two"),
        np.array(a, dtype=np.float64),
        np.array(b, dtype=np.float64),
        3,
        is_change,
    )


def tabulated(*rows: list[int], n_excluded: int = 0) -> TabulatedOutcome:
    return TabulatedOutcome(
        "c",
        "fever",
        "adverse events",
        tuple(f"g{n}" for n in range(len(rows))),
        tuple(f"k{n}" for n in range(len(rows[0]))),
        np.array(rows, dtype=np.int64),
        n_excluded,
    )


def test_the_rates_are_those_of_the_registry() -> None:
    assert [one.name for one in fields(RateRow)] == list(columns_of("rates"))


@pytest.mark.parametrize(
    ("limits", "is_change", "told"),
    [
        ((), True, ""),
        ((2.5,), False, ""),
        ((2.5,), True, "; values below their limit (2.5) stand at it, so that"),
        ((0.5, 2.5), False, "; values below different limits (0.5, 2.5) stand at"),
        ((0.5, 2.5), True, "; values below different limits (0.5, 2.5) stand at"),
    ],
)
def test_what_limits_do_to_ranks_is_told(
    limits: tuple[float, ...], is_change: bool, told: str
) -> None:
    groups = replace(grouped([1, 2], [3, 4], is_change=is_change), limits=limits)

    (row,) = compare_group_values([groups])

    assert row.method.startswith(f"exact; values to 12 digits{told}")
    assert bool(told) == ("stand at" in row.method)


def test_two_groups_are_compared_as_scipy_compares_them() -> None:
    (row,) = compare_group_values([grouped(list(A), list(B))])

    expected = stats.mannwhitneyu(A, B, method="exact")
    assert row.p_value == pytest.approx(expected.pvalue)
    assert row.statistic == expected.statistic
    assert row.effect == np.median(np.subtract.outer(A, B))
    wins = np.sign(np.subtract.outer(A, B)).mean()
    assert row.cliffs_delta == pytest.approx(wins)


def test_every_number_of_a_group_has_its_n() -> None:
    (row,) = compare_group_values([grouped(list(A), list(B))])

    assert (row.n_a, row.n_b, row.n_excluded, row.n_pairs) == (5, 4, 3, None)
    assert (row.median_a, row.min_a, row.max_a) == (7.5, 3, 20)
    assert (row.median_b, row.min_b, row.max_b) == (3, 1, 6)
    assert (row.group_a, row.group_b) == ("one", "two")
    assert (row.kind, row.outcome, row.unit) == ("groups", "CD3", "cells/uL")
    assert isnan(row.p_adjusted)


def test_a_change_is_named_as_one() -> None:
    (row,) = compare_group_values([grouped([1.0], [2.0], is_change=True)])

    assert (row.outcome, row.kind) == ("change of CD3", "change")


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        ([], [1.0, 2.0], "not defined: groups of 0 and 2"),
        ([], [], "not defined: groups of 0 and 0"),
        ([4.0, 4.0], [4.0], "not defined: all 3 values are equal"),
    ],
)
def test_a_comparison_that_cannot_be_made_says_why(
    a: list[float], b: list[float], why: str
) -> None:
    (row,) = compare_group_values([grouped(a, b)])

    assert isnan(row.p_value)
    assert row.method == why
    assert (row.n_a, row.n_b) == (len(a), len(b))


def test_a_table_of_two_by_two_is_fishers() -> None:
    cells = [[8, 2], [3, 9]]

    (row,) = compare_tables([tabulated(*cells, n_excluded=4)])

    assert row.p_value == pytest.approx(stats.fisher_exact(np.array(cells)).pvalue)
    expected = stats.contingency.odds_ratio(cells, kind="conditional")
    interval = expected.confidence_interval(0.95)
    assert row.effect == pytest.approx(expected.statistic)
    assert (row.effect_lo95, row.effect_hi95) == pytest.approx(tuple(interval))
    assert row.effect_kind.startswith("odds ratio of k0, g0 to g1")
    assert row.cells == "8 | 2 / 3 | 9"
    assert (row.n_a, row.n_b, row.n_excluded) == (10, 12, 4)
    assert row.n_groups == (10, 12)


@pytest.mark.parametrize(
    "cells", [[[8, 2, 5], [3, 9, 6], [1, 1, 7]], [[30, 5, 0], [40, 2, 0]]]
)
def test_a_larger_table_of_few_is_exact(cells: list[list[int]]) -> None:
    (row,) = compare_tables([tabulated(*cells)])

    assert row.test == "Fisher-Freeman-Halton exact"
    assert row.method == "exact"
    assert row.p_value == pytest.approx(fisher_exact(np.array(cells)).p_value)


@pytest.mark.parametrize("cells", [[[0, 0, 0], [0, 0, 0]], [[4, 0, 0], [7, 0, 0]]])
def test_a_larger_table_of_one_kind_has_no_p(cells: list[list[int]]) -> None:
    (row,) = compare_tables([tabulated(*cells)])

    assert isnan(row.p_value)
    assert row.method.startswith("not defined")


def test_a_larger_table_is_pearsons() -> None:
    cells = [[24, 6, 15], [9, 27, 18], [3, 3, 21]]

    (row,) = compare_tables([tabulated(*cells)])

    expected = stats.chi2_contingency(cells, correction=False)
    assert row.p_value == pytest.approx(expected.pvalue)
    assert row.statistic == pytest.approx(expected.statistic)
    assert (row.effect_kind, row.groups) == ("", ("g0", "g1", "g2"))
    assert isnan(row.effect)


@pytest.mark.parametrize("cells", [[[0, 0], [3, 4]], [[3, 0], [4, 0]]])
def test_a_table_with_nothing_to_compare_has_no_p(cells: list[list[int]]) -> None:
    (row,) = compare_tables([tabulated(*cells)])

    assert isnan(row.p_value)
    assert isnan(row.effect)
    assert row.method.startswith("not defined")


def test_an_empty_cell_gives_a_boundless_odds_ratio() -> None:
    (row,) = compare_tables([tabulated([5, 0], [2, 3])])

    assert row.effect == np.inf
    assert np.isfinite(row.effect_lo95)


def test_every_rate_has_its_n_and_its_exact_interval() -> None:
    found = rates([tabulated([8, 2], [3, 9])])

    assert [(one.category, one.group, one.n_events, one.n) for one in found] == [
        ("k0", "g0", 8, 10),
        ("k0", "g1", 3, 12),
        ("k1", "g0", 2, 10),
        ("k1", "g1", 9, 12),
    ]
    exact = stats.binomtest(8, 10).proportion_ci(method="exact")
    assert (found[0].percent_lo95, found[0].percent_hi95) == pytest.approx(
        (100 * exact.low, 100 * exact.high)
    )
    assert found[0].percent == 80


def test_the_rate_of_an_empty_group_is_not_known() -> None:
    found = rates([tabulated([0, 0], [0, 4])])

    assert (found[0].n_events, found[0].n) == (0, 0)
    assert [found[0].percent, found[0].percent_lo95] == pytest.approx(
        [nan, nan], nan_ok=True
    )
    assert found[1].percent == 0
    assert found[1].percent_hi95 == pytest.approx(100 * (1 - 0.025 ** (1 / 4)))


def test_nothing_gives_nothing() -> None:
    assert compare_group_values([]) == []
    assert compare_tables([]) == []
    assert rates([]) == []
