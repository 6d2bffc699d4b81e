"""Kaplan-Meier estimates against counted values, printed rates and their own laws."""

from math import isnan, nan, sqrt
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.stats.survival import (
    RiskSet,
    at_landmark,
    kaplan_meier,
    numbers_at_risk,
    rate_from_risk_sets,
    restricted_mean,
    survival_at,
)

FollowUp = tuple[FloatArray, BoolArray]

subjects = st.lists(
    # Whole months tie often, and 0 is among them.
    st.tuples(st.integers(0, 12), st.booleans()),
    min_size=1,
    max_size=25,
)


def follow_up(drawn: list[tuple[int, bool]]) -> FollowUp:
    months, is_event = zip(*drawn, strict=True)
    return np.array(months, dtype=np.float64), np.array(is_event)


def all_events(*months: float) -> FollowUp:
    return np.array(months, dtype=np.float64), np.ones(len(months), dtype=np.bool_)


def all_censored(*months: float) -> FollowUp:
    return np.array(months, dtype=np.float64), np.zeros(len(months), dtype=np.bool_)


@pytest.fixture
def six() -> FollowUp:
    """Six subjects; at 2 months one has the event and one is censored."""
    months = np.array([5.0, 2.0, 1.0, 4.0, 2.0, 6.0])
    return months, np.array([True, True, True, False, False, False])


def test_a_curve_is_the_product_of_what_each_risk_set_leaves(six: FollowUp) -> None:
    found = kaplan_meier(*six)

    assert found.months.tolist() == [0, 1, 2, 4, 5, 6]
    assert found.n_at_risk.tolist() == [6, 6, 5, 3, 2, 1]
    assert found.n_events.tolist() == [0, 1, 1, 0, 1, 0]
    assert found.n_censored.tolist() == [0, 0, 1, 1, 0, 1]
    after_2, after_5 = 5 / 6 * 4 / 5, 5 / 6 * 4 / 5 * 1 / 2
    assert found.survival == pytest.approx(
        [1, 5 / 6, after_2, after_2, after_5, after_5]
    )


def test_the_standard_error_is_that_of_greenwood(six: FollowUp) -> None:
    found = kaplan_meier(*six)

    of_log = sqrt(1 / (6 * 5) + 1 / (5 * 4) + 1 / (2 * 1))
    assert found.se[-1] == pytest.approx(found.survival[-1] * of_log, rel=1e-12)


def test_the_band_holds_the_curve_and_stays_between_0_and_1(six: FollowUp) -> None:
    found = kaplan_meier(*six)

    # At 1 month: log(-log S) +- 1.96 sqrt(1/30) / log(5/6).
    half = 1.959963984540054 * sqrt(1 / 30) / -np.log(5 / 6)
    assert found.lo95[1] == pytest.approx((5 / 6) ** np.exp(half))
    assert found.hi95[1] == pytest.approx((5 / 6) ** np.exp(-half))
    assert np.all((found.lo95[1:] > 0) & (found.lo95[1:] < found.survival[1:]))
    assert np.all((found.hi95[1:] < 1) & (found.hi95[1:] > found.survival[1:]))


def test_no_subject_gives_a_curve_of_no_rows() -> None:
    found = kaplan_meier(*all_events())

    sizes = {name: values.size for name, values in vars(found).items()}
    assert sizes == dict.fromkeys(sizes, 0)
    assert found.n_at_risk.dtype == np.int64


def test_one_subject_lives_until_it_dies() -> None:
    found = kaplan_meier(*all_events(3.0))

    assert found.months.tolist() == [0, 3]
    assert found.survival.tolist() == [1, 0]
    assert found.se.tolist() == [0, 0]
    assert np.isnan(found.lo95).all()
    assert np.isnan(found.hi95).all()


def test_an_event_at_the_start_lowers_the_first_row() -> None:
    found = kaplan_meier(*all_events(0.0, 3.0))

    assert found.months.tolist() == [0, 3]
    assert found.survival.tolist() == pytest.approx([0.5, 0])
    assert found.n_at_risk.tolist() == [2, 1]


def test_without_events_survival_is_1_and_its_band_is_unknown() -> None:
    found = kaplan_meier(*all_censored(1.0, 1.0, 7.0))

    assert found.survival.tolist() == [1, 1, 1]
    assert found.se.tolist() == [0, 0, 0]
    assert np.isnan([found.lo95, found.hi95]).all()


def test_all_events_at_one_time_leave_nobody() -> None:
    found = kaplan_meier(*all_events(2.0, 2.0, 2.0))

    assert found.survival.tolist() == [1, 0]
    assert found.se.tolist() == [0, 0]
    assert found.n_events.tolist() == [0, 3]


def test_who_is_censored_at_the_time_of_an_event_is_still_at_risk() -> None:
    months, is_event = np.array([2.0, 2.0]), np.array([False, True])

    assert kaplan_meier(months, is_event).survival.tolist() == pytest.approx([1, 0.5])


def test_times_that_differ_by_rounding_noise_are_tied() -> None:
    months, is_event = np.array([0.1 + 0.2, 0.3]), np.array([True, False])

    found = kaplan_meier(months, is_event)

    assert found.months.tolist() == [0, 0.3]
    assert found.survival.tolist() == pytest.approx([1, 0.5])


@given(subjects)
@settings(max_examples=50, deadline=None)
def test_survival_never_rises_and_stays_between_0_and_1(
    drawn: list[tuple[int, bool]],
) -> None:
    found = kaplan_meier(*follow_up(drawn))

    assert np.all(np.diff(found.survival) <= 0)
    assert np.all((found.survival >= 0) & (found.survival <= 1))
    assert np.all(found.se >= 0)


@given(subjects, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_subjects_does_not_matter(
    drawn: list[tuple[int, bool]], random: Random
) -> None:
    shuffled = random.sample(drawn, len(drawn))

    found, again = kaplan_meier(*follow_up(drawn)), kaplan_meier(*follow_up(shuffled))

    for name, values in vars(found).items():
        np.testing.assert_array_equal(values, vars(again)[name])


@given(subjects)
@settings(max_examples=50, deadline=None)
def test_everybody_leaves_once_by_event_or_censoring(
    drawn: list[tuple[int, bool]],
) -> None:
    found = kaplan_meier(*follow_up(drawn))

    n_leaving = found.n_events + found.n_censored
    assert found.n_at_risk.tolist() == np.cumsum(n_leaving[::-1])[::-1].tolist()
    assert found.n_at_risk[0] == len(drawn)
    assert found.n_events.sum() == sum(is_event for _, is_event in drawn)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=25), st.integers(0, 12))
@settings(max_examples=50, deadline=None)
def test_without_censoring_survival_is_the_share_still_without_event(
    drawn: list[int], month: int
) -> None:
    months = np.array(drawn, dtype=np.float64)

    found = survival_at(kaplan_meier(*all_events(*months)), month)

    share = float(np.mean(months > month))
    assert found.rate == pytest.approx(share, abs=1e-12)
    # Greenwood's formula is then that of a proportion.
    assert found.se == pytest.approx(sqrt(share * (1 - share) / months.size), abs=1e-12)


def test_a_rate_is_read_at_or_before_its_time(six: FollowUp) -> None:
    curve = kaplan_meier(*six)

    at, after = survival_at(curve, 2), survival_at(curve, 3.5)

    assert (at.rate, after.rate) == pytest.approx((2 / 3, 2 / 3))
    assert (at.n, at.n_events, at.n_at_risk) == (6, 2, 5)
    assert (after.n, after.n_events, after.n_at_risk) == (6, 2, 3)
    assert (after.lo95, after.hi95) == (curve.lo95[2], curve.hi95[2])


def test_a_rate_at_a_time_with_rounding_noise_sees_the_event_at_it() -> None:
    curve = kaplan_meier(*all_events(0.3, 5.0))

    assert survival_at(curve, 0.1 + 0.2).rate == pytest.approx(0.5)
    assert survival_at(curve, 0.9 - 0.6).rate == pytest.approx(0.5)


def test_beyond_the_last_observation_a_rate_is_unknown_while_somebody_lives(
    six: FollowUp,
) -> None:
    curve = kaplan_meier(*six)

    assert survival_at(curve, 6).rate == pytest.approx(1 / 3)
    beyond = survival_at(curve, 6.1)
    assert np.isnan([beyond.rate, beyond.se, beyond.lo95, beyond.hi95]).all()
    assert (beyond.n, beyond.n_events, beyond.n_at_risk) == (6, 3, 0)


def test_beyond_the_last_event_of_all_the_rate_stays_0_with_error_0() -> None:
    found = survival_at(kaplan_meier(*all_events(1.0, 2.0)), 36)

    assert (found.rate, found.se, found.n_at_risk) == (0, 0, 0)
    assert isnan(found.lo95)
    assert isnan(found.hi95)


def test_without_subjects_a_rate_is_unknown() -> None:
    found = survival_at(kaplan_meier(*all_events()), 36)

    assert (found.months, found.n, found.n_events, found.n_at_risk) == (36, 0, 0, 0)
    assert isnan(found.rate)
    assert isnan(found.se)


@pytest.mark.parametrize("month", [-1.0, nan, np.inf])
def test_a_rate_at_an_impossible_time_is_refused(month: float, six: FollowUp) -> None:
    with pytest.raises(ValueError, match=f"0 months or more; found {month}"):
        survival_at(kaplan_meier(*six), month)


def test_the_restricted_mean_is_the_area_under_the_curve(six: FollowUp) -> None:
    found = restricted_mean(kaplan_meier(*six), 5.5)

    # 1 for a month, 5/6 for one, 2/3 for three, 1/3 for half a month.
    right_of_1, right_of_2, right_of_5 = 5 / 6 + 2 + 1 / 6, 2 + 1 / 6, 1 / 6
    variance = right_of_1**2 / 30 + right_of_2**2 / 20 + right_of_5**2 / 2
    assert found.estimate == pytest.approx(1 + right_of_1)
    assert found.se == pytest.approx(sqrt(variance))
    assert found.hi95 - found.lo95 == pytest.approx(2 * 1.959964 * found.se, rel=1e-6)
    assert (found.months, found.n) == (5.5, 6)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=25), st.integers(0, 12))
@settings(max_examples=50, deadline=None)
def test_without_censoring_the_restricted_mean_is_that_of_the_cut_times(
    drawn: list[int], horizon: int
) -> None:
    months = np.array(drawn, dtype=np.float64)

    found = restricted_mean(kaplan_meier(*all_events(*months)), horizon)

    cut = np.minimum(months, horizon)
    assert found.estimate == pytest.approx(cut.mean(), abs=1e-9)
    assert found.se == pytest.approx(cut.std() / sqrt(months.size), abs=1e-9)


def test_the_restricted_mean_beyond_what_was_followed_is_unknown(six: FollowUp) -> None:
    found = restricted_mean(kaplan_meier(*six), 7)

    assert np.isnan([found.estimate, found.se, found.lo95, found.hi95]).all()
    assert found.n == 6


def test_a_restricted_mean_without_events_has_no_interval() -> None:
    found = restricted_mean(kaplan_meier(*all_censored(4.0, 9.0)), 6)

    assert (found.estimate, found.se) == (6, 0)
    assert isnan(found.lo95)
    assert isnan(found.hi95)


def test_without_subjects_the_restricted_mean_is_unknown() -> None:
    found = restricted_mean(kaplan_meier(*all_events()), 12)

    assert found.n == 0
    assert isnan(found.estimate)


def test_numbers_at_risk_count_who_leaves_at_the_time_as_still_there() -> None:
    months = np.array([5.0, 2.0, 0.1 + 0.2, 2.0])

    found = numbers_at_risk(months, np.array([0.0, 0.3, 1.0, 2.0, 5.0, 6.0]))

    assert found.tolist() == [4, 4, 3, 3, 1, 0]
    assert found.dtype == np.int64


def test_numbers_at_risk_of_nobody_are_0() -> None:
    assert numbers_at_risk(np.empty(0), np.array([0.0, 12.0])).tolist() == [0, 0]
    assert numbers_at_risk(np.array([1.0]), np.empty(0)).tolist() == []


def test_at_a_landmark_are_those_still_followed_and_without_event() -> None:
    months = np.array([1.0, 1.0, 3.0, 3.0, 4.0, 4.0])
    is_event = np.array([True, False, True, False, True, False])

    found = at_landmark(months, is_event, 3.0)

    # The event at the landmark itself is before what is then followed.
    assert found.tolist() == [False, False, False, True, True, True]


def test_a_landmark_at_the_start_leaves_out_events_at_the_start_alone() -> None:
    months, is_event = np.array([0.0, 0.0, 2.0]), np.array([True, False, True])

    assert at_landmark(months, is_event, 0).tolist() == [False, True, True]


@given(subjects, st.integers(0, 12))
@settings(max_examples=50, deadline=None)
def test_survival_after_a_landmark_is_conditional_survival(
    drawn: list[tuple[int, bool]], landmark: int
) -> None:
    months, is_event = follow_up(drawn)
    mask = at_landmark(months, is_event, landmark)
    whole = kaplan_meier(months, is_event)

    after = kaplan_meier(months[mask] - landmark, is_event[mask])

    assert after.survival.size == 0 or after.survival[-1] == pytest.approx(
        whole.survival[-1] / survival_at(whole, landmark).rate
    )


@pytest.mark.parametrize(
    ("n", "n_events", "printed"),
    [
        (30, 8, "73.3 ± 8.1"),
        (30, 4, "86.7 ± 6.2"),
        (45, 1, "97.8 ± 2.2"),
        (75, 5, "93.3 ± 2.9"),
        (50, 3, "94.0 ± 3.4"),
        (10, 9, "10.0 ± 9.5"),
        (24, 3, "87.5 ± 6.8"),
        (6, 5, "16.7 ± 15.2"),
        (12, 0, "100.0 ± 0.0"),
        (4, 4, "0.0 ± 0.0"),
    ],
)
def test_one_risk_set_gives_the_rate_that_papers_print(
    n: int, n_events: int, printed: str
) -> None:
    found = rate_from_risk_sets([RiskSet(n, n_events)])

    assert f"{100 * found.rate:.1f} ± {100 * found.se:.1f}" == printed
    assert (found.n, found.n_events, found.n_at_risk) == (n, n_events, n)
    assert isnan(found.months)


def test_risk_sets_multiply() -> None:
    found = rate_from_risk_sets([RiskSet(10, 1), RiskSet(8, 1)])

    assert found.rate == pytest.approx(0.7875)
    assert f"{100 * found.rate:.1f} ± {100 * found.se:.1f}" == "78.8 ± 13.4"
    assert (found.n, found.n_events, found.n_at_risk) == (10, 2, 8)


@given(subjects)
@settings(max_examples=50, deadline=None)
def test_the_risk_sets_of_a_curve_give_its_end(drawn: list[tuple[int, bool]]) -> None:
    curve = kaplan_meier(*follow_up(drawn))
    risk_sets = [
        RiskSet(int(n), int(d))
        for n, d in zip(curve.n_at_risk, curve.n_events, strict=True)
    ]

    found = rate_from_risk_sets(risk_sets)

    end = (curve.survival[-1], curve.se[-1], curve.lo95[-1], curve.hi95[-1])
    rebuilt = (found.rate, found.se, found.lo95, found.hi95)
    assert rebuilt == pytest.approx(end, nan_ok=True)


def test_no_risk_set_gives_no_rate() -> None:
    found = rate_from_risk_sets([])

    assert found.n == 0
    assert isnan(found.rate)


@pytest.mark.parametrize(
    ("risk_sets", "message"),
    [
        ([RiskSet(3, 4)], "risk set 0: 4 events of 3 at risk"),
        ([RiskSet(0, 0)], "risk set 0: 0 events of 0 at risk"),
        ([RiskSet(5, -1)], "risk set 0: -1 events of 5 at risk"),
        ([RiskSet(5, 1), RiskSet(5, 1)], "risk set 1: .* where 4 can be at risk"),
    ],
)
def test_risk_sets_that_cannot_follow_one_another_are_refused(
    risk_sets: list[RiskSet], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        rate_from_risk_sets(risk_sets)


def test_impossible_times_are_told_by_the_place_of_their_subject() -> None:
    months, is_event = all_events(1.0, -0.5, nan, np.inf)

    message = "found subject 1: -0.5, subject 2: nan, subject 3: inf"
    with pytest.raises(ValueError, match=message):
        kaplan_meier(months, is_event)
    with pytest.raises(ValueError, match=message):
        at_landmark(months, is_event, 1)
    with pytest.raises(ValueError, match=message):
        numbers_at_risk(months, np.array([0.0]))


def test_events_that_are_not_truth_values_are_refused() -> None:
    codes = np.array([1, 2])

    with pytest.raises(TypeError, match="must be bool, not int64"):
        kaplan_meier(np.array([1.0, 2.0]), codes)


def test_times_and_events_of_different_number_are_refused() -> None:
    with pytest.raises(ValueError, match=r"months has shape \(2,\), is_event \(1,\)"):
        kaplan_meier(np.array([1.0, 2.0]), np.array([True]))
