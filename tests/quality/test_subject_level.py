"""Checks of a sample against the earlier ones of its subject and of others."""

from dataclasses import replace
from datetime import datetime
from math import isnan, nan
from pathlib import Path

import pytest

from cytoflow_blina.domain.finding import Finding
from cytoflow_blina.quality.instrument_settings import SettingsHistory
from cytoflow_blina.quality.limits import load_limits
from cytoflow_blina.quality.pairs import PAIRS
from cytoflow_blina.quality.registry import run_checks
from cytoflow_blina.quality.subject_visit import (
    SubjectVisit,
    VisitInContext,
    gather_crowd,
    sum_up_person,
)

LIMITS = load_limits(Path(__file__).parents[2] / "gating" / "limits.toml").limits

BASELINE = SubjectVisit(
    sample_id="P1-D0",
    subject_id="P1",
    specimen="PB",
    cycle=1,
    day=0,
    at=datetime(2026, 1, 5),  # noqa: DTZ001 -- the lab's own clock
    count_method="bead",
    equipment={"instrument": "FACSCalibur", "panel": "tbnk", "template": "tbnk 1.0.0"},
    settings={("A", "FL1-H $PnV"): "600", ("A", "BD$WORD34"): "10"},
    n_events={"CD4": 5_000, "CD8": 5_000, "NK": 2_000, "CD3": 10_000},
    percents={"CD3": 70.0, "CD4": 40.0},
    cd3_decades={"A": 2.2},
)
LATER = replace(BASELINE, sample_id="P1-EOT", day=28)
OTHER = replace(
    BASELINE,
    sample_id="P2-D0",
    subject_id="P2",
    n_events={"CD4": 8_000, "CD8": 2_000, "NK": 300, "CD3": 10_000},
)


def findings_of(
    visit: SubjectVisit,
    *earlier: SubjectVisit,
    others: tuple[tuple[SubjectVisit, ...], ...] = (),
) -> dict[str, Finding]:
    earlier = earlier or (BASELINE,)
    people = [earlier, *others]
    crowd = gather_crowd({one[0].subject_id: sum_up_person(one) for one in people})
    context = VisitInContext(visit, earlier, crowd)
    found = run_checks(PAIRS, context, LIMITS, (visit.sample_id, "", "sample"))
    return {one.check: one for one in found}


def test_a_first_sample_is_compared_with_nothing() -> None:
    found = run_checks(PAIRS, VisitInContext(BASELINE), LIMITS, ("P1-D0", "", "sample"))

    assert found == ()


def test_a_pair_that_was_treated_alike_passes() -> None:
    found = findings_of(LATER, others=((OTHER,),))

    assert {one.verdict for one in found.values()} == {"PASS", "NOT_MEASURED"}
    assert found["QC_PAIR"].message == "As P1-D0."


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            replace(LATER, equipment={**LATER.equipment, "instrument": "Navios"}),
            "instrument Navios instead of FACSCalibur",
        ),
        (
            replace(LATER, equipment={**LATER.equipment, "template": "tbnk 1.1.0"}),
            "template tbnk 1.1.0 instead of tbnk 1.0.0",
        ),
        (replace(LATER, count_method="dual"), "counted by dual instead of bead"),
        (
            replace(LATER, settings={("A", "FL1-H $PnV"): "640"}),
            "other FL1-H voltage",
        ),
    ],
    ids=["instrument", "template", "method", "voltage"],
)
def test_what_differs_from_the_baseline_is_named(
    changed: SubjectVisit, words: str
) -> None:
    found = findings_of(changed)["QC_PAIR"]

    assert (found.verdict, found.value) == ("WARN", 1)
    assert found.message == f"Against P1-D0: {words}."


def test_a_voltage_that_the_daily_setup_adjusts_is_no_difference() -> None:
    daily = SettingsHistory(4, {}, frozenset({"FL1-H $PnV"}))
    visit = replace(LATER, settings={("A", "FL1-H $PnV"): "640"}, history=daily)

    assert findings_of(visit)["QC_PAIR"].verdict == "PASS"


@pytest.mark.parametrize(
    ("settled", "verdict"), [({}, "PASS"), ({"BD$WORD34": "10"}, "WARN")]
)
def test_an_instrument_word_counts_where_it_is_kept_otherwise(
    settled: dict[str, str], verdict: str
) -> None:
    history = SettingsHistory(8, settled)
    visit = replace(LATER, settings={("A", "BD$WORD34"): "12"}, history=history)

    assert findings_of(visit)["QC_PAIR"].verdict == verdict


def test_counts_by_two_methods_are_flagged() -> None:
    mixed = findings_of(replace(LATER, count_method="dual"))

    assert mixed["FLAG_METHOD_MISMATCH_PAIR"].verdict == "WARN"
    assert mixed["FLAG_METHOD_MISMATCH_PAIR"].message == (
        "Counted by dual, and P1-D0 by bead."
    )
    percentages = findings_of(replace(LATER, count_method="none"))
    assert "FLAG_METHOD_MISMATCH_PAIR" not in percentages


def test_the_baseline_is_the_first_sample_of_the_same_cycle() -> None:
    second = replace(BASELINE, sample_id="P1-C2-D0", cycle=2, count_method="dual")
    visit = replace(LATER, cycle=2, count_method="dual")

    found = findings_of(visit, BASELINE, second)

    assert found["QC_PAIR"].verdict == "PASS"
    assert found["QC_PAIR"].message == "As P1-C2-D0."


@pytest.mark.parametrize(
    ("cd3", "cd4", "verdict", "worst"),
    [
        (89.0, 41.0, "PASS", "CD3 +19"),
        (49.5, 40.0, "WARN", "CD3 -20"),
        (70.0, 18.0, "WARN", "CD4 -22"),
        (nan, 18.0, "WARN", "CD4 -22"),
    ],
)
def test_a_jump_without_an_infusion_in_between_warns(
    cd3: float, cd4: float, verdict: str, worst: str
) -> None:
    again = replace(BASELINE, sample_id="P1-UNS", percents={"CD3": cd3, "CD4": cd4})

    found = findings_of(again)["QC_DELTA"]

    assert found.verdict == verdict
    assert found.message.startswith(f"{worst} points against P1-D0")


@pytest.mark.parametrize(
    ("before", "now", "is_judged"),
    [
        ((1, 0), (1, 14), False),
        ((1, 14), (1, 28), True),
        ((1, -3), (1, 0), True),
        ((1, 28), (2, 0), True),
        ((1, 28), (2, 14), False),
        ((1, 0), (2, 0), False),
        ((1, None), (1, 14), False),
    ],
)
def test_an_infusion_that_began_in_between_is_a_reason(
    before: tuple[int, int | None], now: tuple[int, int | None], is_judged: bool
) -> None:
    first = replace(BASELINE, cycle=before[0], day=before[1])
    visit = replace(LATER, cycle=now[0], day=now[1])

    found = findings_of(visit, first)["QC_DELTA"]

    assert (found.verdict != "NOT_MEASURED") == is_judged


@pytest.mark.parametrize(
    ("median", "verdict"), [(1.95, "PASS"), (1.89, "WARN"), (2.6, "PASS")]
)
def test_t_cells_that_lost_cd3_are_flagged(median: float, verdict: str) -> None:
    found = findings_of(replace(LATER, cd3_decades={"A": median}))

    assert found["FLAG_CD3_DIM_SHIFT"].verdict == verdict


@pytest.mark.parametrize(
    "settings",
    [{("A", "FL1-H $PnV"): "640"}, {("A", "BD$WORD34"): "12"}, {}],
    ids=["other voltage", "no voltage, other word", "nothing known"],
)
def test_medians_of_other_settings_are_not_compared(
    settings: dict[tuple[str, str], str],
) -> None:
    visit = replace(LATER, cd3_decades={"A": 1.0}, settings=settings)

    assert findings_of(visit)["FLAG_CD3_DIM_SHIFT"].verdict == "NOT_MEASURED"


@pytest.mark.parametrize(
    ("day", "step", "value"),
    [(1, None, 1), (3, None, 3), (4, None, 4), (8, 8, 0), (11, 8, 3), (12, 8, 4)],
)
def test_days_after_start_and_dose_step_show_redistribution(
    day: int, step: int | None, value: int
) -> None:
    visit = replace(LATER, day=day, dose_step_day=step)

    found = findings_of(visit)["FLAG_REDISTRIBUTION_WINDOW"]

    assert found.value == value
    assert found.verdict == ("WARN" if value < 4 else "PASS")


@pytest.mark.parametrize("day", [0, -3, None])
def test_before_the_infusion_nothing_is_redistributed(day: int | None) -> None:
    assert "FLAG_REDISTRIBUTION_WINDOW" not in findings_of(replace(LATER, day=day))


def test_blood_like_that_of_another_subject_is_flagged() -> None:
    swapped = replace(LATER, n_events=OTHER.n_events)

    found = findings_of(swapped, others=((OTHER,),))["FLAG_ID_SWAP"]

    assert found.verdict == "WARN"
    assert found.message.endswith("and 0.0 SD from those of P2.")


def test_blood_like_nobodys_is_no_swap() -> None:
    changed = replace(
        LATER, n_events={"CD4": 2_000, "CD8": 8_000, "NK": 9_000, "CD3": 10_000}
    )

    assert findings_of(changed, others=((OTHER,),))["FLAG_ID_SWAP"].verdict == "PASS"


def test_a_few_cells_tell_no_person_from_another() -> None:
    few = replace(LATER, n_events={"CD4": 8, "CD8": 2, "NK": 1, "CD3": 10})

    assert isnan(findings_of(few, others=((OTHER,),))["FLAG_ID_SWAP"].value)
    assert isnan(findings_of(LATER)["FLAG_ID_SWAP"].value)


def test_who_a_sample_is_of_cannot_be_told_while_t_cells_are_away() -> None:
    away = {name: n // 10 for name, n in BASELINE.n_events.items() if name != "NK"}
    second_day = replace(LATER, day=2, n_events={**BASELINE.n_events, **away})

    found = findings_of(second_day, others=((OTHER,),))["FLAG_ID_SWAP"]
    after_it = findings_of(LATER, BASELINE, second_day, others=((OTHER,),))

    assert found.verdict == "NOT_MEASURED"
    assert found.message == (
        "Too few cells, too soon after a dose, or nobody else to compare with."
    )
    assert after_it["FLAG_ID_SWAP"].value < -2
