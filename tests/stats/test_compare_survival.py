"""Rows of comparisons.csv, survival.csv and survival_rates.csv."""

from dataclasses import fields
from math import isnan

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

from cytoflow_blina.cohort.columns import columns_of
from cytoflow_blina.domain.comparison import FollowUp
from cytoflow_blina.stats.compare_survival import (
    SurvivalRateRow,
    SurvivalRow,
    compare_survival,
    survival_rate_rows,
    survival_rows,
)

Times = list[tuple[float, int]]

SHORT: Times = [(1, 1), (2, 1), (2, 0), (4, 1), (6, 1), (8, 0)]
LONG: Times = [(3, 1), (9, 0), (12, 0), (14, 1), (20, 0)]
MIDDLE: Times = [(2, 1), (5, 0), (11, 1)]


def followed(*groups: Times, at: tuple[float, ...] = (12.0,)) -> FollowUp:
    return FollowUp(
        contrast="s",
        endpoint="efs",
        labels=tuple(f"g{n}" for n in range(len(groups))),
        months=tuple(np.array([t for t, _ in one], dtype=float) for one in groups),
        events=tuple(np.array([e for _, e in one], dtype=bool) for one in groups),
        n_excluded=2,
        at_months=at,
    )


@pytest.mark.parametrize(
    ("row", "table"),
    [(SurvivalRow, "survival"), (SurvivalRateRow, "survival_rates")],
)
def test_the_rows_are_those_of_the_registry(row: type, table: str) -> None:
    assert [one.name for one in fields(row)] == list(columns_of(table))


@pytest.mark.parametrize("groups", [[SHORT, LONG], [SHORT, LONG, MIDDLE]])
def test_groups_are_compared_as_lifelines_compares_them(groups: list[Times]) -> None:
    months = [t for one in groups for t, _ in one]
    events = [e for one in groups for _, e in one]
    labels = [n for n, one in enumerate(groups) for _ in one]
    expected = multivariate_logrank_test(months, labels, events)

    row = compare_survival(followed(*groups))

    assert row.statistic == pytest.approx(expected.test_statistic)
    assert row.p_value == pytest.approx(expected.p_value)


def test_every_group_has_its_n_and_the_events_are_told() -> None:
    row = compare_survival(followed(SHORT, LONG))

    assert (row.n_a, row.n_b, row.n_groups) == (6, 5, (6, 5))
    assert (row.n_events, row.n_excluded) == (6, 2)
    assert (row.outcome, row.kind, row.groups) == ("EFS", "survival", ("g0", "g1"))


def test_of_three_groups_none_is_a_or_b() -> None:
    row = compare_survival(followed(SHORT, LONG, MIDDLE))

    assert (row.group_a, row.n_a, row.n_b) == ("", None, None)
    assert row.n_groups == (6, 5, 3)


@pytest.mark.parametrize(
    ("groups", "why"),
    [
        ([SHORT], "not defined: one group, nothing to compare it with"),
        ([[]], "not defined: one group, nothing to compare it with"),
        ([[(3, 0)], [(4, 0)]], "not defined: no event in any group"),
        ([SHORT, []], "not defined: no event tells two groups apart"),
    ],
    ids=["one group", "nobody", "no event", "an empty group"],
)
def test_a_comparison_that_cannot_be_made_says_why(
    groups: list[Times], why: str
) -> None:
    row = compare_survival(followed(*groups))

    assert isnan(row.p_value)
    assert row.method == why
    assert row.n_events == sum(e for one in groups for _, e in one)


def test_a_curve_is_that_of_lifelines() -> None:
    rows = list(survival_rows(followed(SHORT)))

    fitter = KaplanMeierFitter().fit(*np.array(SHORT, dtype=float).T)
    assert [row.months for row in rows] == [0, 1, 2, 4, 6, 8]
    expected = fitter.survival_function_at_times([row.months for row in rows])
    assert [row.survival for row in rows] == pytest.approx(list(expected))
    assert [row.n_at_risk for row in rows] == [6, 6, 5, 3, 2, 1]
    assert [row.n_censored for row in rows] == [0, 0, 1, 0, 0, 1]


def test_rates_are_told_in_percent_at_every_time_and_for_every_group() -> None:
    rows = list(survival_rate_rows(followed(SHORT, LONG, at=(3.0, 6.0))))

    assert [(row.group, row.at_months) for row in rows] == [
        ("g0", 3),
        ("g0", 6),
        ("g1", 3),
        ("g1", 6),
    ]
    fitter = KaplanMeierFitter().fit(*np.array(SHORT, dtype=float).T)
    assert rows[1].percent == pytest.approx(100 * fitter.predict(6))
    assert (rows[1].n, rows[1].n_events, rows[1].n_at_risk) == (6, 4, 2)
    assert rows[0].percent_lo95 < rows[0].percent < rows[0].percent_hi95
    assert rows[0].restricted_mean_months == pytest.approx(1 + 5 / 6 + 4 / 6)


def test_a_rate_beyond_the_last_follow_up_is_not_known() -> None:
    (row,) = survival_rate_rows(followed(SHORT, at=(12.0,)))

    assert isnan(row.percent)
    assert isnan(row.restricted_mean_months)
    assert row.n == 6


def test_an_empty_group_has_no_curve_and_its_n_is_0() -> None:
    found = followed(SHORT, [])

    assert {row.group for row in survival_rows(found)} == {"g0"}
    rate = list(survival_rate_rows(found))[1]
    assert (rate.group, rate.n, rate.n_events) == ("g1", 0, 0)
    assert isnan(rate.percent)
