"""Checks of a specimen, its counts and the identity of its tubes."""

from datetime import UTC, datetime, timedelta, timezone
from math import isnan
from pathlib import Path

import pytest

from cytoflow_blina.domain.finding import Finding
from cytoflow_blina.quality.counts_agreement import (
    COUNTS_AGREEMENT,
    BeadTube,
    CountingRoutes,
    bead_against_analyser,
)
from cytoflow_blina.quality.limits import load_limits
from cytoflow_blina.quality.registry import run_checks
from cytoflow_blina.quality.specimen import SPECIMEN, Specimen, specimen_age
from cytoflow_blina.quality.tube_identity import (
    TUBE_IDENTITY,
    TubeIdentity,
    TubeMarks,
    tube_swap,
)

LIMITS = load_limits(Path(__file__).parents[2] / "gating" / "limits.toml").limits
ABOUT = "S1", "", "sample"
DRAWN = datetime(2026, 1, 5, 8, 30)  # noqa: DTZ001 -- the lab's own clock


def findings_of(specimen: Specimen) -> dict[str, Finding]:
    found = run_checks(SPECIMEN, specimen, LIMITS, ABOUT)
    return {one.check: one for one in found}


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [(3, "PASS"), (48, "PASS"), (48.1, "WARN"), (72, "WARN"), (72.1, "FAIL")],
)
def test_old_blood_warns_and_then_fails(hours: float, verdict: str) -> None:
    acquired = DRAWN + timedelta(hours=hours)

    found = findings_of(Specimen("S1", DRAWN, (acquired,)))["QC_AGE"]

    assert (found.verdict, found.level) == (verdict, "sample")
    assert found.value == pytest.approx(hours)


def test_the_tube_acquired_last_counts() -> None:
    acquired = DRAWN + timedelta(hours=2), DRAWN + timedelta(hours=5)

    assert specimen_age(Specimen("S1", DRAWN, acquired)).value == 5


def test_blood_acquired_before_it_was_drawn_warns_of_the_clock() -> None:
    found = findings_of(Specimen("S1", DRAWN, (DRAWN - timedelta(hours=1),)))["QC_AGE"]

    assert found.verdict == "WARN"
    assert found.message == (
        "Acquired -1.0 h after it was drawn; a date in the sheet or the instrument's "
        "clock is wrong."
    )


def test_a_day_without_a_time_is_taken_at_noon() -> None:
    day = DRAWN.replace(hour=0, minute=0)
    acquired = day + timedelta(hours=36)

    measured = specimen_age(Specimen("S1", day, (acquired,)))

    assert measured.value == 24
    assert "taking noon" in measured.message


def test_the_morning_of_the_day_of_the_draw_is_no_wrong_date() -> None:
    day = DRAWN.replace(hour=0, minute=0)

    found = findings_of(Specimen("S1", day, (day + timedelta(hours=10.5),)))["QC_AGE"]

    assert (found.value, found.verdict) == (0, "PASS")
    assert found.message == (
        "Acquired 0.0 h after it was drawn, taking noon, as the sheet gives the day "
        "alone."
    )


def test_the_day_before_the_draw_is_a_wrong_date() -> None:
    day = DRAWN.replace(hour=0, minute=0)

    found = findings_of(Specimen("S1", day, (day - timedelta(hours=1),)))["QC_AGE"]

    assert (found.value, found.verdict) == (-13, "WARN")


def test_the_time_of_a_draw_is_the_labs_own_whatever_its_zone() -> None:
    zoned = DRAWN.replace(tzinfo=timezone(timedelta(hours=8)))

    assert specimen_age(Specimen("S1", zoned, (DRAWN,))).value == 0
    assert specimen_age(Specimen("S1", DRAWN.replace(tzinfo=UTC), (DRAWN,))).value == 0


@pytest.mark.parametrize(
    ("specimen", "message"),
    [
        (Specimen("S1", None, (DRAWN,)), "The sample sheet does not say when"),
        (Specimen("S1", DRAWN), "No file says when"),
    ],
)
def test_an_age_that_is_not_known_is_not_measured(
    specimen: Specimen, message: str
) -> None:
    found = findings_of(specimen)["QC_AGE"]

    assert found.verdict == "NOT_MEASURED"
    assert found.message.startswith(message)


@pytest.mark.parametrize(
    ("wbc", "verdict"),
    [(0.4, "WARN"), (1.5, "PASS"), (30, "PASS"), (31, "WARN"), (None, "NOT_MEASURED")],
)
def test_leukocytes_outside_the_range_warn_and_never_fail(
    wbc: float | None, verdict: str
) -> None:
    assert findings_of(Specimen("S1", wbc_1e9_per_l=wbc))["QC_WBC"].verdict == verdict


def routes(
    n_lymphocytes: int = 10_000,
    *,
    wbc: float | None = 5.0,
    share: float | None = 40.0,
    n_beads: int = 5_000,
) -> CountingRoutes:
    """Count 2,000 cells/µL by both routes, unless told otherwise."""
    tube = BeadTube(n_lymphocytes, n_beads, 50_000, 50)
    return CountingRoutes("S1", (tube,), wbc, share)


@pytest.mark.parametrize(
    ("n_lymphocytes", "verdict"),
    [
        (10_000, "PASS"),
        (12_200, "PASS"),
        (12_300, "WARN"),
        (13_600, "FAIL"),
        (8_150, "WARN"),
        (7_300, "FAIL"),
    ],
)
def test_beads_and_analyser_must_agree(n_lymphocytes: int, verdict: str) -> None:
    (found,) = run_checks(COUNTS_AGREEMENT, routes(n_lymphocytes), LIMITS, ABOUT)

    assert found.verdict == verdict


def test_the_sign_says_which_route_is_higher() -> None:
    measured = bead_against_analyser(routes(12_000))

    assert measured is not None
    assert measured.value == pytest.approx(100 * 400 / 2200)
    assert measured.message == (
        "Lymphocytes: 2400 cells/µL by beads, 2000 by the analyser; difference +18 % "
        "of the mean."
    )


def test_a_difference_that_counting_alone_makes_does_not_fail() -> None:
    few = routes(20, n_beads=5_000, wbc=0.6, share=1.0)

    (found,) = run_checks(COUNTS_AGREEMENT, few, LIMITS, ABOUT)

    assert (round(found.value), found.verdict) == (-40, "WARN")


@pytest.mark.parametrize(
    "given", [routes(wbc=None), routes(share=None), routes(wbc=0.3)]
)
def test_without_a_reliable_analyser_counts_are_not_compared(
    given: CountingRoutes,
) -> None:
    measured = bead_against_analyser(given)

    assert measured is not None
    assert isnan(measured.value)


def test_a_sample_without_beads_is_not_compared_at_all() -> None:
    assert bead_against_analyser(routes(n_beads=0)) is None
    assert bead_against_analyser(CountingRoutes("S1", (), 5, 40)) is None


@pytest.mark.parametrize(
    ("contrary_a", "contrary_b", "verdict"),
    [(50, 30, "PASS"), (300, 350, "PASS"), (450, 30, "WARN"), (950, 900, "FAIL")],
)
def test_tubes_whose_t_cells_carry_the_others_markers_are_swapped(
    contrary_a: int, contrary_b: int, verdict: str
) -> None:
    tubes = TubeMarks("A", 1_000, contrary_a), TubeMarks("B", 1_000, contrary_b)

    (found,) = run_checks(TUBE_IDENTITY, TubeIdentity("S1", tubes), LIMITS, ABOUT)

    assert found.verdict == verdict


def test_one_file_given_as_both_tubes_is_found() -> None:
    measured = tube_swap(
        TubeIdentity("S1", (TubeMarks("A", 1_000, 50), TubeMarks("B", 1_000, 940)))
    )

    assert measured is not None
    assert measured.value == 94
    assert measured.message.endswith("tube A 5 %, tube B 94 %.")


def test_a_few_t_cells_tell_nothing() -> None:
    few = tube_swap(TubeIdentity("S1", (TubeMarks("A", 99, 90),)))

    assert few is not None
    assert isnan(few.value)
    assert tube_swap(TubeIdentity("S1")) is None
