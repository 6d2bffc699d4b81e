"""Intervals of percentages, ratios and concentrations against worked examples."""

from math import exp, isnan, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.counting.intervals import (
    concentration_interval,
    measured_interval,
    percent_interval,
    ratio_interval,
)
from cytoflow_blina.domain.exact_limits import garwood_limits


def test_a_percentage_of_nothing_has_no_interval() -> None:
    assert all(isnan(limit) for limit in percent_interval(0, 0))


def test_no_events_and_all_events_end_the_interval_at_0_and_at_100_percent() -> None:
    assert percent_interval(0, 100) == pytest.approx((0, 3.6217), abs=1e-4)
    assert percent_interval(100, 100) == pytest.approx((96.3783, 100), abs=1e-4)


def test_more_events_than_the_parent_has_are_refused() -> None:
    with pytest.raises(ValueError, match="5 events cannot be a share of 4"):
        percent_interval(5, 4)


def test_a_ratio_of_equal_counts_has_limits_that_are_each_others_inverse() -> None:
    lower, upper = ratio_interval(250, 250)

    assert lower < 1 < upper
    assert lower * upper == pytest.approx(1)


def test_a_ratio_over_nothing_has_no_upper_limit() -> None:
    lower, upper = ratio_interval(12, 0)

    assert lower == pytest.approx(0.025 ** (1 / 12) / (1 - 0.025 ** (1 / 12)))
    assert isnan(upper)


def test_a_ratio_of_nothing_to_nothing_is_not_bounded() -> None:
    assert all(isnan(limit) for limit in ratio_interval(0, 0))


def test_without_other_errors_the_rule_is_garwoods() -> None:
    worth = 50_450 / 50 / 6000

    # The three worked examples of low counts: 6,000 beads, lot 50,450, 50 µL.
    for n_events, lower, upper in [(0, 0, 0.62), (3, 0.10, 1.47), (10, 0.81, 3.09)]:
        limits = concentration_interval(n_events, worth, 0.0)
        assert limits == pytest.approx((lower, upper), abs=0.005)


def test_the_rule_joins_counting_and_other_errors_on_the_log_scale() -> None:
    s = 0.05
    lower, upper = garwood_limits(40)

    limits = concentration_interval(40, 2.0, s**2)

    assert limits == pytest.approx(
        (
            80 * exp(-sqrt(log(40 / lower) ** 2 + (1.959964 * s) ** 2)),
            80 * exp(sqrt(log(upper / 40) ** 2 + (1.959964 * s) ** 2)),
        ),
        rel=1e-6,
    )


def test_no_events_are_bounded_above_and_the_bound_grows_with_other_errors() -> None:
    assert concentration_interval(0, 0.1, 0.04) == pytest.approx(
        (0, 3.6889 * 0.1 * exp(1.96 * 0.2)), rel=1e-4
    )


def test_an_event_of_unknown_worth_has_no_interval() -> None:
    limits = concentration_interval(5, float("nan"), 0.01)

    assert all(isnan(limit) for limit in limits)


@given(
    st.integers(0, 100_000),
    st.floats(1e-4, 1e3),
    st.floats(0, 0.3),
    st.floats(0, 0.3),
)
def test_more_error_never_narrows_an_interval(
    n_events: int, worth: float, variance: float, more: float
) -> None:
    narrow = concentration_interval(n_events, worth, variance)
    wide = concentration_interval(n_events, worth, variance + more)

    assert wide[0] <= narrow[0] <= n_events * worth <= narrow[1] <= wide[1]


def test_an_analysers_value_is_bounded_on_the_log_scale() -> None:
    lower, upper = measured_interval(960.0, 0.03**2 + 0.05**2)

    assert lower * upper == pytest.approx(960.0**2)
    assert upper / 960.0 == pytest.approx(exp(1.959964 * 0.058310), rel=1e-5)
