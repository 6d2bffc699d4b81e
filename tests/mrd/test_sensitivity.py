"""Percentages, intervals and limits against the printed table and by hand."""

from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from cytoflow_blina.domain.mrd_verdict import MrdSensitivity, exact_share
from cytoflow_blina.mrd.rules import EventRule
from cytoflow_blina.mrd.sensitivity import (
    blank_limit,
    events_needed,
    events_to_see,
    measure_sensitivity,
)

ICCS = EventRule(lod_events=20, lloq_events=50, source="convention")


def measured(
    n_events: int, n_denominator: int, blank_lod_percent: float = nan
) -> MrdSensitivity:
    return measure_sensitivity(
        n_events,
        n_denominator,
        ICCS,
        profile="ICCS20_50",
        cut_percent=0.01,
        blank_lod_percent=blank_lod_percent,
    )


@pytest.mark.parametrize(
    ("n_denominator", "lod", "lloq", "upper"),
    [
        (50_000, 0.04, 0.1, 0.0060),
        (100_000, 0.02, 0.05, 0.0030),
        (200_000, 0.01, 0.025, 0.0015),
        (300_000, 0.0067, 0.0167, 0.0010),
        (500_000, 0.004, 0.01, 0.0006),
        (1_000_000, 0.002, 0.005, 0.0003),
        (4_000_000, 0.0005, 0.00125, 0.00008),
    ],
)
def test_limits_are_those_of_the_printed_table(
    n_denominator: int, lod: float, lloq: float, upper: float
) -> None:
    nothing = measured(0, n_denominator)

    assert nothing.lod_percent == pytest.approx(lod, abs=5e-5)
    assert nothing.lloq_percent == pytest.approx(lloq, abs=5e-5)
    assert nothing.counting_upper_percent == pytest.approx(upper, abs=5e-5)


def test_the_worked_example_comes_out() -> None:
    found = measured(31, 412_000)

    assert found.mrd_percent == pytest.approx(0.0075, abs=5e-5)
    assert found.mrd_percent_lo95 == pytest.approx(0.0051, abs=5e-5)
    assert found.mrd_percent_hi95 == pytest.approx(0.0107, abs=5e-5)
    assert found.lod_percent == pytest.approx(0.0049, abs=5e-5)
    assert found.lloq_percent == pytest.approx(0.0121, abs=5e-5)
    assert found.lod_source == "events"


@pytest.mark.parametrize(
    ("n_events", "lower", "upper"),
    [(10, 4.8, 18.4), (20, 12.2, 30.9), (50, 37.1, 65.9)],
)
def test_the_interval_is_garwoods(n_events: int, lower: float, upper: float) -> None:
    found = measured(n_events, 100)

    assert found.mrd_percent_lo95 == pytest.approx(lower, abs=0.05)
    assert found.mrd_percent_hi95 == pytest.approx(upper, abs=0.05)


@pytest.mark.parametrize(("n_events", "expected"), [(20, 279_000), (50, 622_000)])
def test_so_many_cells_show_enough_events_at_the_cut_in_95_percent(
    n_events: int, expected: int
) -> None:
    needed = events_to_see(n_events, 0.01)

    assert needed == pytest.approx(expected, abs=500)
    assert poisson.sf(n_events - 1, needed * 1e-4) >= 0.95
    assert poisson.sf(n_events - 1, (needed - 1) * 1e-4) < 0.95


@pytest.mark.parametrize(
    ("n_events", "cut", "expected"),
    [(20, 0.01, 200_000), (50, 0.01, 500_000), (10, 0.003, 333_334), (1, 0.01, 10_000)],
)
def test_the_cells_that_a_limit_takes_are_exact(
    n_events: int, cut: float, expected: int
) -> None:
    assert events_needed(n_events, cut) == expected


def test_a_cut_is_the_share_that_a_person_wrote() -> None:
    assert exact_share(0.01) * 10_000 == 1
    assert exact_share(1e-05) * 10_000_000 == 1


def test_the_limit_of_blank_is_worked_out_by_hand() -> None:
    limit = blank_limit([0.0, 2e-5, 4e-5], [5e-5, 7e-5, 9e-5])

    assert limit is not None
    assert limit.limit_of_blank == pytest.approx(2e-5 + 1.645 * 2e-5)
    assert limit.limit_of_detection == pytest.approx(2e-5 + 2 * 1.645 * 2e-5)
    assert (limit.n_blank, limit.n_low) == (3, 3)


def test_without_low_samples_the_spread_of_the_blanks_stands_in() -> None:
    limit = blank_limit([0.0, 2e-5, 4e-5], [9e-5])

    assert limit is not None
    assert limit.limit_of_detection == pytest.approx(2e-5 + 2 * 1.645 * 2e-5)
    assert limit.n_low == 1


@pytest.mark.parametrize("blanks", [[], [1e-5]])
def test_fewer_than_two_blanks_give_no_limit(blanks: list[float]) -> None:
    assert blank_limit(blanks, [1e-4, 2e-4]) is None


def test_equal_blanks_give_their_own_level() -> None:
    limit = blank_limit([3e-5] * 4, [])

    assert limit is not None
    assert limit.limit_of_detection == pytest.approx(3e-5)


def test_the_larger_of_events_and_blanks_is_the_limit_of_detection() -> None:
    by_blank = measured(0, 1_000_000, blank_lod_percent=0.006)
    by_events = measured(0, 1_000_000, blank_lod_percent=0.001)

    assert (by_blank.lod_percent, by_blank.lod_source) == (0.006, "blank")
    assert by_blank.lloq_percent == by_blank.lod_percent
    assert (by_events.lod_percent, by_events.lod_source) == (0.002, "events")


def test_no_number_of_cells_helps_where_blanks_show_as_much_as_the_cut() -> None:
    found = measured(0, 1_000_000, blank_lod_percent=0.02)

    assert found.events_for_lod is None
    assert found.events_for_lloq is None
    assert measured(0, 1_000_000, blank_lod_percent=0.01).events_for_lod == 200_000


def test_what_is_not_detected_lies_below_the_limit_of_detection_and_no_lower() -> None:
    nothing = measured(0, 30_000)

    # Counting alone would exclude 0.01 %, but no cluster of 3 events is recognised.
    assert nothing.counting_upper_percent < 0.01
    assert nothing.upper_percent == nothing.lod_percent > 0.06


def test_nothing_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs denominator events, found 0"):
        measured(0, 0)


@given(st.integers(0, 10_000), st.integers(1, 10_000_000))
def test_the_interval_holds_the_estimate_which_is_never_replaced(
    n_events: int, n_denominator: int
) -> None:
    found = measured(n_events, n_denominator)

    assert found.mrd_percent == 100 * n_events / n_denominator
    assert found.mrd_percent_lo95 <= found.mrd_percent <= found.mrd_percent_hi95
    assert found.mrd_percent <= found.upper_percent or found.is_detected
    assert found.lod_percent <= found.lloq_percent
    assert isnan(found.blank_lod_percent)
