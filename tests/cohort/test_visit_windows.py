"""On which days of an infusion a visit may be drawn."""

import pytest

from cytoflow_blina.cohort.visit_windows import WINDOWS, VisitWindows
from cytoflow_blina.domain.sample import Sample


def draw(visit: str, day: int | None, cycle: int = 1) -> Sample:
    return Sample("S", "P1", cycle, visit, day, "PB", "bead")


@pytest.mark.parametrize("visit", sorted(WINDOWS))
def test_both_ends_of_a_window_belong_to_it(visit: str) -> None:
    first, last = WINDOWS[visit]
    windows = VisitWindows()

    assert windows.problem(draw(visit, first)) == ""
    assert windows.problem(draw(visit, last)) == ""
    assert windows.problem(draw(visit, first - 1)) != ""
    assert windows.problem(draw(visit, last + 1)) != ""


def test_a_baseline_after_the_start_is_told_with_its_day_and_window() -> None:
    assert VisitWindows().problem(draw("D0", 2)) == (
        "D0 drawn on day 2, outside its window of day -7 to 0"
    )


def test_a_day_that_is_not_known_is_taken_as_the_visit_says() -> None:
    assert VisitWindows().problem(draw("D14", None)) == ""


def test_visits_without_a_window_may_be_drawn_any_day() -> None:
    for visit in ("DX", "UNS", "D7"):
        assert VisitWindows().problem(draw(visit, 300)) == ""


@pytest.mark.parametrize(("day", "fits"), [(11, 0), (12, 1), (16, 1), (17, 0)])
def test_the_end_of_treatment_is_near_the_last_day_of_the_infusion(
    day: int, fits: int
) -> None:
    windows = VisitWindows(infusion_days={("P1", 1): 14})

    assert (windows.problem(draw("EOT", day)) == "") is bool(fits)


def test_the_length_of_another_cycle_does_not_matter() -> None:
    windows = VisitWindows(infusion_days={("P1", 1): 14})

    assert windows.problem(draw("EOT", 28, cycle=2)) == ""
    assert windows.problem(draw("EOT", 14, cycle=2)) != ""


def test_a_declared_window_takes_the_place_of_every_other() -> None:
    windows = VisitWindows({"EOT": [5, 6], "D7": [6, 8]}, {("P1", 1): 14})

    assert windows.problem(draw("EOT", 5)) == ""
    assert windows.problem(draw("EOT", 14)) != ""
    assert windows.problem(draw("D7", 9)) == (
        "D7 drawn on day 9, outside its window of day 6 to 8"
    )


def test_a_day_that_the_dates_contradict_is_told() -> None:
    windows = VisitWindows(dated_days={"S": 22})

    assert windows.problem(draw("D28", 28)) == (
        "D28 has rel_day 28, but was collected on day 22 of the infusion: which is "
        "right is not said"
    )
    assert windows.problem(draw("D21", 21)) == ""


def test_the_dates_give_the_day_that_the_sheet_does_not() -> None:
    windows = VisitWindows(dated_days={"S": 3})

    assert windows.problem(draw("D14", None)).startswith("D14 drawn on day 3, outside")
