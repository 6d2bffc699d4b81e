"""Thresholds are lent in one direction, and only where settings agree."""

from pathlib import Path

import pandas as pd
import pytest

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.counting import CountMethod
from cytoflow_blina.gates.fit.method import Doubt
from cytoflow_blina.gates.fit.placed import PlacedThreshold
from cytoflow_blina.workflow.batch import run_study
from cytoflow_blina.workflow.borrowing import (
    Lender,
    borrow,
    lenders_of_tubes,
    lending_waves,
)
from cytoflow_blina.workflow.simulated_study import make_simulated_study

SETTINGS = {"$CYT": "FACSCalibur", "FL1-H $PnV": "600"}


def row(
    sample: str,
    tube: str,
    day: int | None,
    *,
    subject: str = "S1",
    visit: str = "UNS",
) -> SampleRow:
    return SampleRow(
        sample_id=sample,
        subject_id=subject,
        visit=visit,
        rel_day=day,
        tube=tube,
        panel="p",
        fcs_file=f"{sample}{tube}.fcs",
        count_method=CountMethod.NONE,
    )


SHEET = [
    row("late", "A", 28),
    row("late", "B", 28),
    row("first", "A", 0),
    row("first", "B", 0),
    row("other", "A", 0, subject="S2"),
]


def test_the_baseline_lends_first_and_tube_a_next() -> None:
    lenders = lenders_of_tubes(SHEET)

    assert lenders == {
        ("late", "A"): (("first", "A"),),
        ("late", "B"): (("first", "B"), ("late", "A")),
        ("first", "A"): (),
        ("first", "B"): (("first", "A"),),
        ("other", "A"): (),
    }


@pytest.mark.parametrize("day", [None, 28])
def test_a_visit_that_sorts_first_but_comes_later_lends_nothing_back(
    day: int | None,
) -> None:
    baseline = row("S2", "A", None, visit="D0")
    later = row("S10", "A", day, visit="D28")

    lenders = lenders_of_tubes([later, baseline])

    assert lenders == {("S10", "A"): (("S2", "A"),), ("S2", "A"): ()}


def test_samples_of_unknown_days_lend_nothing_to_each_other() -> None:
    lenders = lenders_of_tubes([row("one", "A", None), row("two", "A", None)])

    assert set(lenders.values()) == {()}


def test_a_later_visit_changes_no_lender_of_an_earlier_one() -> None:
    before = lenders_of_tubes(SHEET[2:])

    after = lenders_of_tubes(SHEET)

    assert {tube: after[tube] for tube in before} == before


def test_lenders_come_in_waves_before_those_who_borrow() -> None:
    waves = lending_waves(lenders_of_tubes(SHEET))

    assert waves == (
        (("first", "A"), ("other", "A")),
        (("late", "A"), ("first", "B")),
        (("late", "B"),),
    )


def test_what_a_lender_found_is_borrowed_and_what_it_borrowed_is_not() -> None:
    found = PlacedThreshold("CD3", 0.4, "fitted")
    lender = Lender(
        SETTINGS, {"cd3": found, "cd8": PlacedThreshold("CD8", 0.5, "borrowed")}
    )

    assert borrow([lender], SETTINGS) == {"cd3": found}


def test_what_a_lender_is_not_sure_of_or_saw_no_second_population_of_stays() -> None:
    unsure = PlacedThreshold("CD3", 0.4, "fitted", 0.2)
    raised = PlacedThreshold(
        "CD19", 0.57, "fitted", 1.0, Doubt(0.5, 0.6, parts_two=False)
    )

    assert borrow([Lender(SETTINGS, {"cd3": unsure, "cd19": raised})], SETTINGS) == {}


def test_the_best_lender_that_found_a_threshold_lends_it() -> None:
    baseline = Lender(SETTINGS, {"cd3": PlacedThreshold("CD3", 0.4, "template")})
    sibling = Lender(SETTINGS, {"cd3": PlacedThreshold("CD3", 0.45, "fitted")})

    assert borrow([baseline, sibling], SETTINGS)["cd3"].value == 0.45


@pytest.mark.parametrize(
    "settings",
    [
        {"$CYT": "FACSCalibur", "FL1-H $PnV": "620"},
        {"$CYT": "FACSCalibur", "FL1-H $PnV": "600", "FL2-H $PnV": "500"},
        {"$CYT": "FACSCalibur", "FL1-H $PnV": ""},
        {},
    ],
)
def test_other_or_unknown_voltages_lend_nothing(settings: dict[str, str]) -> None:
    lender = Lender(settings, {"cd3": PlacedThreshold("CD3", 0.4, "fitted")})

    known = SETTINGS if settings.get("FL1-H $PnV") else settings
    assert borrow([lender], known) == {}


@pytest.mark.slow
def test_visits_of_one_instrument_share_thresholds(tmp_path: Path) -> None:
    make_simulated_study(tmp_path / "study", scenario="paired", seed=7)

    run_study(tmp_path / "study", tmp_path / "out", n_jobs=2)

    gates = pd.read_csv(tmp_path / "out" / "populations.csv", keep_default_na=False)
    lymphocytes = gates[gates.path.str.startswith("cd45pos/lymph/")]
    later = lymphocytes[lymphocytes.sample_id.str.endswith("EOT")]
    earlier = lymphocytes[lymphocytes.sample_id.str.endswith("D0")]
    assert (later.gate_source == "borrowed").mean() > 0.3
    assert not (
        earlier[earlier.tube.isin(["A", "1", ""])].gate_source == "borrowed"
    ).any()
