"""The MRD of subjects over time: order, baselines, responses, notes."""

from dataclasses import replace
from math import isnan, log10, nan
from typing import Any

import pytest

from cytoflow_blina.mrd.follow_up import (
    FollowUpPoint,
    GivenCycle,
    MrdMeasurement,
    follow_mrd,
    samples_before,
    samples_of_cycles,
)
from cytoflow_blina.mrd.log_reduction import MrdPercent

DAYS = {"DX": 0, "D0": 0, "D14": 14, "D21": 21, "D28": 28, "EOT": 28}


def marrow(visit: str, mrd: float, **others: Any) -> MrdMeasurement:
    """Measure MRD in a marrow of 500,000 cells, by the status table in short."""
    is_found = mrd >= 0.004
    mrd_class = "failure" if mrd >= 0.01 else "intermediate" if is_found else "CR"
    one = MrdMeasurement(
        sample_id=f"P1-{others.get('cycle', 1)}-{visit}",
        subject_id="P1",
        cycle=1,
        visit=visit,
        specimen="BM",
        rel_day=DAYS.get(visit),
        day=DAYS.get(visit, nan),
        percent=MrdPercent(mrd, 0.8 * mrd, 1.2 * mrd, nan if is_found else 0.004),
        lod_percent=0.004,
        denominator="NUC",
        nucleated_percent=mrd,
        status={"failure": "POS_QUANT", "CR": "NEG"}.get(mrd_class, "POS_NOT_QUANT"),
        mrd_class=mrd_class,
        paper_rule="positive" if mrd >= 0.01 else "negative",
    )
    return replace(one, **others)


def not_evaluable(visit: str) -> MrdMeasurement:
    return marrow(
        visit,
        nan,
        percent=MrdPercent(nan, nan, nan),
        status="NOT_EVALUABLE",
        mrd_class="NE",
        paper_rule="",
    )


def last(*measurements: MrdMeasurement, **given: Any) -> FollowUpPoint:
    cycles = {("P1", 1): GivenCycle(**given)}
    return follow_mrd(measurements, cycles)[-1]


# ---- order and baselines


def test_samples_stand_in_the_order_of_time() -> None:
    samples = [
        marrow("EOT", 0.1),
        marrow("D14", 0.5),
        marrow("DX", 80.0),
        marrow("D0", 1.0),
        marrow("D0", 0.1, cycle=2),
        marrow("D0", 1.0, subject_id="P0", sample_id="P0-D0"),
    ]

    points = follow_mrd(samples)

    assert [point.measurement.sample_id for point in points] == [
        "P0-D0",
        "P1-1-DX",
        "P1-1-D0",
        "P1-1-D14",
        "P1-1-EOT",
        "P1-2-D0",
    ]


def test_a_day_that_is_not_known_stands_last_in_its_cycle() -> None:
    points = follow_mrd([marrow("UNS", 0.2), marrow("EOT", 0.1)])

    assert [point.measurement.visit for point in points] == ["EOT", "UNS"]
    assert points[-1].by_class is None
    assert points[-1].note == ("no response: the day of the infusion is not known",)


def test_mrd_is_held_against_diagnosis_and_against_the_start_of_the_cycle() -> None:
    point = last(marrow("DX", 80.0), marrow("D0", 1.0), marrow("EOT", 0.02))

    assert point.baseline_sample == "P1-1-DX"
    assert point.reduction.log10 == pytest.approx(log10(4_000))
    assert point.cycle_baseline_sample == "P1-1-D0"
    assert point.reduction_in_cycle.log10 == pytest.approx(log10(50))


def test_without_diagnosis_the_first_sample_is_the_baseline() -> None:
    point = last(marrow("D0", 1.0), marrow("EOT", 0.1), marrow("D14", 0.02, cycle=2))

    assert point.baseline_sample == "P1-1-D0"
    assert point.reduction.log10 == pytest.approx(log10(50))
    assert point.cycle_baseline_sample == ""


def test_the_first_sample_has_no_baseline() -> None:
    (point,) = follow_mrd([marrow("D0", 1.0)])

    assert point.baseline_sample == ""
    assert isnan(point.reduction.log10)
    assert point.note == ()


def test_a_second_diagnosis_is_the_baseline_of_what_follows() -> None:
    relapse = marrow("DX", 40.0, cycle=2)

    point = last(marrow("DX", 80.0), relapse, marrow("EOT", 0.4, cycle=2))

    assert point.baseline_sample == relapse.sample_id


def test_a_sample_that_is_not_evaluable_is_no_baseline() -> None:
    point = last(not_evaluable("DX"), marrow("D0", 1.0), marrow("EOT", 0.1))

    assert point.baseline_sample == "P1-1-D0"


def test_blood_is_not_held_against_marrow() -> None:
    point = last(marrow("D0", 1.0), marrow("EOT", 0.1, specimen="PB"))

    assert point.baseline_sample == ""
    assert point.by_class is None


def test_percentages_of_different_cells_are_not_compared() -> None:
    point = last(marrow("D0", 1.0), marrow("EOT", 0.1, denominator="MNC"))

    assert isnan(point.reduction.log10)
    assert point.note == (
        "P1-1-D0 is in percent of NUC, this sample of MNC: no reduction",
    )


def test_a_baseline_without_mrd_gives_no_reduction_and_says_so() -> None:
    point = last(marrow("D0", 0.0), marrow("EOT", 0.1))

    assert isnan(point.reduction.log10)
    assert point.note == (
        "no reduction from P1-1-D0: the first sample is below its limit of detection",
    )


def test_undetected_mrd_gives_the_least_reduction() -> None:
    point = last(marrow("D0", 1.0), marrow("EOT", 0.0))

    assert point.reduction.is_bound
    assert point.reduction.log10 == pytest.approx(log10(1.0 / 0.004))


# ---- the response


@pytest.mark.parametrize(
    ("before", "after", "expected", "by_paper"),
    [
        (1.0, 0.0, "MRD_CR", "MRD_CR"),
        (60.0, 0.0, "MRD_CR", "MRD_CR"),
        (60.0, 1.0, "CR", "CR"),
        (60.0, 5.0, "NR", "NR"),
        (1.0, 0.02, "NR", "NR"),
        # Detected below the cut-off: negative by the study's rule alone.
        (1.0, 0.006, "CR", "MRD_CR"),
    ],
)
def test_the_response_is_that_of_the_study(
    before: float, after: float, expected: str, by_paper: str
) -> None:
    point = last(marrow("D0", before), marrow("EOT", after))

    assert point.by_class is not None
    assert point.by_paper is not None
    assert point.by_class.response == expected
    assert point.by_paper.response == by_paper


def test_a_marrow_before_treatment_shows_no_response() -> None:
    points = follow_mrd([marrow("DX", 80.0), marrow("D0", 0.0)])

    assert [point.by_class for point in points] == [None, None]


def test_microscopy_tells_remission_before_our_marrow_does() -> None:
    samples = marrow("D0", 1.0), marrow("EOT", 0.5)

    by_us, by_microscopy = last(*samples), last(*samples, blasts_percent_before=58.0)

    assert by_us.by_class is not None
    assert by_us.by_class.response == "NR"
    assert by_microscopy.by_class is not None
    assert by_microscopy.by_class.response == "CR"


def test_mrd_that_the_lab_gives_tells_remission_where_there_is_no_marrow() -> None:
    point = last(marrow("EOT", 0.5), mrd_percent_before=1.0)

    assert point.by_class is not None
    assert point.by_class.response == "NR"


def test_what_cannot_be_told_is_not_evaluable_and_says_why() -> None:
    point = last(marrow("EOT", 0.5))

    assert point.by_class is not None
    assert point.by_class.response == "NE"
    assert point.note == (
        "response not evaluable: whether there was remission before is not known",
    )


def test_mrd_that_is_not_evaluable_is_said_once() -> None:
    point = last(marrow("D0", 1.0), not_evaluable("EOT"), response="CR")

    assert point.by_class is not None
    assert point.by_class.response == "NE"
    assert point.responses_differ is None
    assert point.note == ("MRD is not evaluable",)


# ---- beside what the lab says


def test_a_lab_that_says_otherwise_is_told_so() -> None:
    point = last(marrow("D0", 1.0), marrow("EOT", 0.5), response="MRD_CR")

    assert point.response_given == "MRD_CR"
    assert point.responses_differ
    assert point.note == ("cycles.csv has MRD_CR, this marrow shows NR",)


@pytest.mark.parametrize(
    ("response", "expected"), [("NR", False), ("", None), ("NE", None)]
)
def test_agreement_and_silence_are_told_apart(
    response: str, expected: bool | None
) -> None:
    point = last(marrow("D0", 1.0), marrow("EOT", 0.5), response=response)

    assert point.responses_differ is expected
    assert point.note == ()


def test_every_marrow_under_treatment_is_held_against_the_lab() -> None:
    samples = marrow("D0", 1.0), marrow("D14", 0.5), marrow("EOT", 0.0)

    points = follow_mrd(samples, {("P1", 1): GivenCycle("MRD_CR")})

    assert [point.stands_for_cycle for point in points] == [False, False, True]
    assert [point.responses_differ for point in points] == [None, True, False]
    assert [point.response_given for point in points] == ["", "MRD_CR", "MRD_CR"]


@pytest.mark.parametrize("later", ["D28", "EOT"])
@pytest.mark.parametrize("response", ["MRD_CR", "NR", ""])
def test_a_later_marrow_changes_nothing_of_the_earlier_but_who_stands_for_the_cycle(
    later: str, response: str
) -> None:
    samples = marrow("DX", 80.0), marrow("D0", 1.0), marrow("D14", 0.5)
    given = {("P1", 1): GivenCycle(response)}

    before = follow_mrd(samples, given)
    after = follow_mrd((*samples, marrow(later, 0.0)), given)[:3]

    assert [point.stands_for_cycle for point in before] == [False, False, True]
    assert not any(point.stands_for_cycle for point in after)
    assert after == tuple(replace(point, stands_for_cycle=False) for point in before)


def test_the_end_of_the_treatment_stands_for_its_cycle_before_day_28() -> None:
    found = samples_of_cycles([marrow("D28", 1.0), marrow("EOT", 0.5)])

    assert found["P1", 1].visit == "EOT"


def test_two_marrows_of_one_visit_stand_for_nothing() -> None:
    twice = marrow("EOT", 0.5), marrow("EOT", 0.0, sample_id="again")

    assert samples_of_cycles(twice) == {}


def test_mrd_before_a_cycle_is_that_of_day_0_and_never_of_diagnosis() -> None:
    samples = [
        marrow("DX", 80.0),
        marrow("UNS", 3.0, day=-10.0),
        marrow("D0", 1.0),
        marrow("UNS", 2.0, day=-1.0, cycle=2),
        marrow("EOT", 0.5, cycle=2),
        marrow("DX", 80.0, subject_id="P2"),
    ]

    found = samples_before(samples)

    assert {key: one.percent.percent for key, one in found.items()} == {
        ("P1", 1): 1.0,
        ("P1", 2): 2.0,
    }


def test_nobody_has_no_follow_up() -> None:
    assert follow_mrd([]) == ()
    assert samples_before([]) == {}
