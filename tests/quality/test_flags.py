"""Flags inform about populations and tubes, row by row."""

from dataclasses import replace
from math import nan
from pathlib import Path

import pytest

from cytoflow_blina.counting.combine_tubes import combine_tubes
from cytoflow_blina.domain.counting import PopulationCount, TubeCounts
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.quality.flags import FLAGS, LOOK_FLAGS, flag_rows, raised_flags
from cytoflow_blina.quality.limits import load_limits
from cytoflow_blina.quality.measurements import EventQuality, TubeMeasurements
from cytoflow_blina.quality.time_course import TimeMeasurement

LIMITS = load_limits(Path(__file__).parents[2] / "gating" / "limits.toml").limits

TUBE = TubeMeasurements(
    "S1", "A", 40_000, 15_000, count_method="bead", n_beads=5000,
    percent_of_lymphocytes={
        "CD3": 70.0, "DPT": 1.0, "DNT": 3.0, "NKTLIKE": 4.0, "CD19": 10.0
    },
    quality=EventQuality(n_leukocytes=30_000, n_cd45dim_cd19pos=5),
)  # fmt: skip


def codes(tube: TubeMeasurements) -> set[str]:
    return {flag.code for flag in raised_flags(tube, LIMITS)}


def with_percent(**percents: float) -> TubeMeasurements:
    return replace(
        TUBE, percent_of_lymphocytes={**TUBE.percent_of_lymphocytes, **percents}
    )


def test_an_ordinary_tube_raises_no_flag() -> None:
    assert codes(TUBE) == set()


@pytest.mark.parametrize(
    ("population", "share", "code"),
    [
        ("DPT", 3.6, "FLAG_DP_HIGH"),
        ("DNT", 7.1, "FLAG_DN_HIGH"),
        ("NKTLIKE", 10.6, "FLAG_NKT_HIGH"),
    ],
)
def test_parts_of_the_t_cells_are_flagged_by_their_share_of_these(
    population: str, share: float, code: str
) -> None:
    assert codes(with_percent(**{population: share})) == {code}
    assert codes(with_percent(**{population: share - 0.2})) == set()


def test_few_t_cells_tell_nothing_about_their_parts() -> None:
    tube = replace(with_percent(CD3=0.3, DNT=0.3), n_lymphocytes=1500)

    assert "FLAG_DN_HIGH" not in codes(tube)


@pytest.mark.parametrize(
    ("n_events", "expected"),
    [(400, {"FLAG_CD45DIM_CD19POS"}), (200, set()), (None, set())],
)
def test_cd45_dim_cd19_cells_are_flagged_from_one_percent(
    n_events: int | None, expected: set[str]
) -> None:
    quality = replace(TUBE.quality, n_cd45dim_cd19pos=n_events)

    assert codes(replace(TUBE, quality=quality)) == expected


def test_fewer_than_twenty_cd45_dim_events_are_no_population() -> None:
    quality = EventQuality(n_leukocytes=100, n_cd45dim_cd19pos=19)

    assert codes(replace(TUBE, quality=quality)) == set()


@pytest.mark.parametrize(
    ("n_b", "is_raised"), [(0, False), (1, True), (19, True), (20, False)]
)
def test_few_b_cells_are_flagged_and_none_at_all_are_not(
    n_b: int, *, is_raised: bool
) -> None:
    tube = with_percent(CD19=100 * n_b / 15_000)

    assert ("FLAG_B_BELOW_COUNT_LIMIT" in codes(tube)) is is_raised


def test_an_empty_lymphocyte_gate_raises_nothing() -> None:
    tube = replace(with_percent(CD3=nan, DPT=nan, CD19=nan), n_lymphocytes=0)

    assert codes(tube) == set()


def test_a_clock_that_ran_over_and_beads_that_are_missing_are_flagged() -> None:
    wrapped = TimeMeasurement(nan, nan, "Time wrapped", is_wrapped=True)
    tube = replace(TUBE, n_beads=0, quality=replace(TUBE.quality, time=wrapped))

    assert codes(tube) == {"FLAG_TIME_WRAPPED", "FLAG_NO_BEADS"}


def test_beads_are_not_missed_where_they_are_not_counted() -> None:
    assert codes(replace(TUBE, count_method="dual", n_beads=None)) == set()


def test_flags_stand_in_the_rows_that_they_concern() -> None:
    count = PopulationCount(50, 100, "")
    sample = Sample("S1", "P1", 1, "D0", 0, "PB", "none")
    rows = combine_tubes(
        sample,
        [
            TubeCounts("A", {"CD3": count, "CD4": count, "DNT": count}, 100),
            TubeCounts("B", {"CD3": count, "CD19": count}, 100),
        ],
    )
    by_code = {flag.code: flag for flag in FLAGS}
    raised = {
        "A": (by_code["FLAG_DN_HIGH"],),
        "B": (by_code["FLAG_B_BELOW_COUNT_LIMIT"], by_code["FLAG_TIME_WRAPPED"]),
    }

    flagged = {row.population: row.qc_flags for row in flag_rows(rows, raised)}

    assert flagged["CD4"] == flagged["DNT"] == ("FLAG_DN_HIGH",)
    assert flagged["CD19"] == ("FLAG_B_BELOW_COUNT_LIMIT", "FLAG_TIME_WRAPPED")
    assert flagged["CD3"] == ("FLAG_DN_HIGH", "FLAG_TIME_WRAPPED")


def test_every_flag_has_limits_and_says_when_it_is_raised() -> None:
    assert {flag.code for flag in FLAGS} <= set(LIMITS)
    assert all("raised" in (flag.measure.__doc__ or "") for flag in FLAGS)
    assert {flag.code for flag in FLAGS} >= LOOK_FLAGS.keys()
