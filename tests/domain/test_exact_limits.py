"""Exact limits against printed values, scipy's own distributions and coverage."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2, poisson

from cytoflow_blina.domain.exact_limits import (
    garwood_limits,
    share_limits,
    upper_count_limit,
)


@pytest.mark.parametrize(
    ("n_events", "lower", "upper"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (3, 0.6187, 8.767), (10, 4.795, 18.390)],
)
def test_garwood_limits_are_those_of_the_printed_tables(
    n_events: int, lower: float, upper: float
) -> None:
    assert garwood_limits(n_events) == pytest.approx((lower, upper), abs=5e-4)


@given(st.integers(min_value=1, max_value=10_000_000))
def test_garwood_limits_are_chi_square_quantiles(n_events: int) -> None:
    expected = chi2.ppf(0.025, 2 * n_events) / 2, chi2.ppf(0.975, 2 * n_events + 2) / 2

    assert garwood_limits(n_events) == pytest.approx(expected, rel=1e-9)


def test_garwood_limits_cover_every_expectation_with_at_least_95_percent() -> None:
    counts = np.arange(0, 200)
    limits = np.array([garwood_limits(int(count)) for count in counts])

    for expectation in (0.1, 1.0, 3.0, 7.5, 20.0, 60.0):
        covers = (limits[:, 0] <= expectation) & (expectation <= limits[:, 1])
        assert poisson.pmf(counts[covers], expectation).sum() >= 0.95


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be negative, got -1"):
        garwood_limits(-1)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_share_limits_are_scipys_exact_interval(n_events: int, n_rest: int) -> None:
    n_parent = n_events + n_rest
    if n_parent == 0:
        assert all(isnan(limit) for limit in share_limits(0, 0))
        return

    expected = binomtest(n_events, n_parent).proportion_ci(0.95, method="exact")

    assert share_limits(n_events, n_parent) == pytest.approx(tuple(expected), abs=1e-9)


def test_more_events_than_the_parent_has_are_refused() -> None:
    with pytest.raises(ValueError, match="5 events cannot be a share of 4"):
        share_limits(5, 4)


@pytest.mark.parametrize(("n_events", "upper"), [(0, 2.996), (1, 4.744), (3, 7.754)])
def test_one_sided_limits_are_those_of_the_printed_tables(
    n_events: int, upper: float
) -> None:
    assert upper_count_limit(n_events) == pytest.approx(upper, abs=5e-4)


@pytest.mark.parametrize("n_events", [0, 1, 5, 20, 412])
def test_at_the_one_sided_limit_so_few_events_are_seen_in_5_percent(
    n_events: int,
) -> None:
    seen = poisson.cdf(n_events, upper_count_limit(n_events))

    assert seen == pytest.approx(0.05, abs=1e-9)


def test_a_negative_count_has_no_one_sided_limit() -> None:
    with pytest.raises(ValueError, match="cannot be negative, got -2"):
        upper_count_limit(-2)
