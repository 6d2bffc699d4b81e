"""The log-rank test against published and counted values, and against lifelines."""

from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.statistics import multivariate_logrank_test
from scipy.stats import chi2

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.stats.log_rank import LogRank, log_rank

Group = tuple[FloatArray, BoolArray]

EMPTY: Group = (np.empty(0), np.empty(0, dtype=np.bool_))

group = st.lists(
    st.tuples(st.integers(0, 12), st.booleans()), min_size=0, max_size=15
).map(
    lambda drawn: (
        np.array([months for months, _ in drawn], dtype=np.float64),
        np.array([is_event for _, is_event in drawn], dtype=np.bool_),
    )
)


def events(*months: float) -> Group:
    return np.array(months, dtype=np.float64), np.ones(len(months), dtype=np.bool_)


def censored(*months: float) -> Group:
    return np.array(months, dtype=np.float64), np.zeros(len(months), dtype=np.bool_)


def joined(*groups: Group) -> Group:
    months, is_event = zip(*groups, strict=True)
    return np.concatenate(months), np.concatenate(is_event)


def assert_not_defined(found: LogRank, reason: str) -> None:
    assert isnan(found.statistic)
    assert isnan(found.p_value)
    assert found.df == 0
    assert found.method == f"not defined: {reason}"


def test_the_trial_of_6_mercaptopurine_gives_its_published_statistic() -> None:
    # Freireich et al. (1963), weeks of remission; Kalbfleisch and Prentice, and
    # Collett, print chi-squared 16.79.
    treated = joined(
        events(6, 6, 6, 7, 10, 13, 16, 22, 23),
        censored(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35),
    )
    placebo = events(*(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12), 15, 17)
    placebo = joined(placebo, events(22, 23))

    found = log_rank([treated, placebo])

    assert found.statistic == pytest.approx(16.79, abs=0.005)
    assert found.df == 1
    assert found.p_value == pytest.approx(chi2.sf(found.statistic, 1), rel=1e-12)
    assert found.method == "hypergeometric variance, asymptotic, 1 df"


def test_two_subjects_are_compared_once() -> None:
    found = log_rank([events(1.0), events(2.0)])

    # One event where 1/2 is expected, with variance 1/4.
    assert found.statistic == pytest.approx(1)
    assert found.p_value == pytest.approx(0.31731050786291115)


def test_ties_have_the_variance_of_a_draw_without_return() -> None:
    found = log_rank(
        [joined(events(1.0, 1.0), censored(5.0)), joined(events(1.0), censored(5.0))]
    )

    # 3 of 5 have the event; 3 of the 5 are of the first group, 2 of them with event.
    variance = 3 * (3 / 5) * (2 / 5) * (5 - 3) / (5 - 1)
    assert found.statistic == pytest.approx((2 - 9 / 5) ** 2 / variance)


def test_without_any_event_the_test_is_not_defined_rather_than_certain() -> None:
    found = log_rank([censored(1.0, 2.0), censored(3.0)])

    assert_not_defined(found, "no event in any group")


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param([EMPTY, events(1.0, 2.0)], id="one group is empty"),
        pytest.param([censored(0.5), events(1.0, 2.0)], id="one left before"),
        pytest.param([events(1.0, 1.0), events(1.0)], id="nobody outlives the event"),
        pytest.param([censored(0.1), events(*range(1, 90))], id="rounding noise"),
    ],
)
def test_events_that_tell_no_groups_apart_leave_the_test_undefined(
    groups: list[Group],
) -> None:
    assert_not_defined(log_rank(groups), "no event tells two groups apart")


def test_no_subject_at_all_leaves_the_test_undefined() -> None:
    assert_not_defined(log_rank([EMPTY, EMPTY]), "no event in any group")


def test_a_group_that_nobody_is_compared_with_takes_no_degree_of_freedom() -> None:
    first, second = events(1.0, 4.0, 6.0), events(2.0, 3.0, 3.0)

    found = log_rank([first, censored(0.5, 0.9), second])

    alone = log_rank([first, second])
    assert found.df == 1
    assert found.statistic == pytest.approx(alone.statistic, rel=1e-12)
    assert found.method.endswith("; of 3 groups only 2 can be compared")


def test_three_groups_that_meet_have_two_degrees_of_freedom() -> None:
    found = log_rank([events(1.0, 2.0, 9.0), events(3.0), censored(4.0, 5.0, 6.0)])

    assert found.df == 2
    assert 0 < found.p_value < 1


def test_times_that_differ_by_rounding_noise_are_tied() -> None:
    noisy = log_rank([events(0.1 + 0.2, 2.0), events(0.3, 3.0)])

    clean = log_rank([events(0.3, 2.0), events(0.3, 3.0)])
    assert noisy == clean


@given(group, group, group)
@settings(max_examples=60, deadline=None)
def test_the_order_of_groups_and_subjects_does_not_matter(
    first: Group, second: Group, third: Group
) -> None:
    turned = [(months[::-1], is_event[::-1]) for months, is_event in (third, first)]

    found, again = log_rank([first, second, third]), log_rank([*turned, second])

    assert again.df == found.df
    assert again.method == found.method
    assert (again.statistic, again.p_value) == pytest.approx(
        (found.statistic, found.p_value), rel=1e-8, abs=1e-12, nan_ok=True
    )


@given(group, group)
@settings(max_examples=60, deadline=None)
def test_two_groups_agree_with_lifelines_wherever_the_test_is_defined(
    first: Group, second: Group
) -> None:
    found = log_rank([first, second])

    if found.df == 1:
        months, is_event = joined(first, second)
        labels = np.repeat([0, 1], [first[0].size, second[0].size])
        known = multivariate_logrank_test(months, labels, is_event)
        assert found.statistic == pytest.approx(known.test_statistic, abs=1e-9)
        assert found.p_value == pytest.approx(known.p_value, abs=1e-9)


def test_under_the_null_hypothesis_few_p_values_are_small() -> None:
    rng = np.random.default_rng(7)
    p_values = [
        log_rank([events(*rng.exponential(12, 25)) for _ in range(3)]).p_value
        for _ in range(400)
    ]

    # 5 % are expected, with a standard error of 1.1 %.
    share = float(np.mean(np.array(p_values) < 0.05))
    assert abs(share - 0.05) < 4 * sqrt(0.05 * 0.95 / 400)


def test_fewer_than_two_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="compares groups; found 1"):
        log_rank([events(1.0)])


def test_impossible_times_are_refused() -> None:
    with pytest.raises(ValueError, match=r"months must be 0 or more; found subject 1"):
        log_rank([events(1.0), events(2.0, -1.0)])


def test_the_hazard_ratio_is_petos() -> None:
    # Two events in a, one in b: expectations 1/2 + 1/3 + 1/2 by hand.
    a = np.array([1.0, 3.0, 9.0]), np.array([True, True, False])
    b = np.array([2.0, 8.0, 9.0]), np.array([True, False, False])

    ratio = log_rank([a, b]).hazard_ratio

    expected = 3 / 6 + 2 / 5 + 2 / 4
    variance = 3 * 3 / 36 + 2 * 3 / 25 + 2 * 2 / 16
    middle = (2 - expected) / variance
    reach = 1.959964 / variance**0.5
    assert ratio.estimate == pytest.approx(np.exp(middle))
    assert ratio.lo95 == pytest.approx(np.exp(middle - reach), rel=1e-6)
    assert ratio.hi95 == pytest.approx(np.exp(middle + reach), rel=1e-6)


def test_there_is_no_hazard_ratio_of_three_groups_nor_without_events() -> None:
    group = np.array([1.0, 2.0]), np.array([True, False])
    nobody = np.array([1.0, 2.0]), np.array([False, False])

    assert isnan(log_rank([group, group, group]).hazard_ratio.estimate)
    assert isnan(log_rank([nobody, nobody]).hazard_ratio.estimate)
