"""MRD of a run joined to its subjects, cycles and analyses, from its folder alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, log10, nan
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from cytoflow_blina.cohort.people import gather_people
from cytoflow_blina.cohort.subject_tables import CycleRow
from cytoflow_blina.domain.exact_limits import garwood_limits, upper_count_limit
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.export.tables import read_table, write_table
from cytoflow_blina.workflow.compare import compare_run
from cytoflow_blina.workflow.mrd_follow_up import (
    follow_up_points,
    follow_up_row,
    mrd_measurements,
    with_mrd,
)
from tests.workflow.cohort_study import make_cohort, sheet_row

N = 500_000
LOD = 100 * 20 / N
Cells = Mapping[str, Any]

PLAN = """
[[comparison]]
name = "MRD over the cycle"
post = ["EOT"]
outcomes = ["MRD"]

[[group_comparison]]
name = "MRD before, by sex"
of = "value"
by = "sex"
a = ["F"]
b = ["M"]
outcomes = ["MRD"]

[[response]]
name = "by the lab"
predictors = ["D0:MRD", "mrd_percent_before"]

[[response]]
name = "by marrow"
column = "response_by_mrd"
predictors = ["D0:MRD"]

[[response]]
name = "by either"
column = "response_with_mrd"
"""

# Subject: events before and after, sex, what the lab says of MRD before and response.
SUBJECTS: Sequence[tuple[str, int | None, int | None, str, float | None, str]] = (
    ("P1", 5_000, 0, "F", None, ""),
    ("P2", 2_500, 400, "M", 0.7, "NR"),
    ("P3", 1_000, 12, "F", None, "MRD_CR"),
    ("P4", 10, 60, "M", None, ""),
    ("P5", 40_000, 800, "F", None, ""),
    ("P6", None, 0, "M", None, ""),
    ("P7", 900, None, "F", None, "CR"),
    ("P8", 300, 200, "M", None, "MRD_CR"),
)


def drawn(subject: str, visit: str, *, specimen: str = "BM") -> Sample:
    day = 28 if visit == "EOT" else -1
    return Sample(f"{subject}-{visit}", subject, 1, visit, day, specimen, "none")


def mrd_row(one: Sample, n_events: int | None) -> Cells:
    """Write a row of mrd.csv as the status table has it; None is not evaluable."""
    ids = {
        "sample_id": one.sample_id,
        "subject_id": one.subject_id,
        "visit": one.visit,
        "specimen": one.specimen,
        "review_status": "UNREVIEWED",
    }
    if n_events is None:
        return {**ids, "status": "NOT_EVALUABLE", "class": "NE"}
    low, high = garwood_limits(n_events)
    percent, is_found = 100 * n_events / N, n_events >= 20
    is_positive = is_found and percent >= 0.01
    return {
        **ids,
        "mrd_events": n_events,
        "denominator": "NUC",
        "denominator_events": N,
        "mrd_percent": percent,
        "mrd_percent_lo95": 100 * low / N,
        "mrd_percent_hi95": 100 * high / N,
        "mrd_censored": not is_found,
        "mrd_upper_percent": None
        if is_found
        else 100 * upper_count_limit(n_events) / N,
        "lod_percent": LOD,
        "status": "POS_QUANT" if is_positive else "NEG_BELOW_LOD",
        "class": "failure" if is_positive else "CR",
        "paper_rule": "positive" if percent >= 0.01 else "negative",
    }


@dataclass(frozen=True)
class Run:
    """The folder of a run that was compared."""

    folder: Path

    def table(self, name: str, **cells: str) -> pd.DataFrame:
        """Read the rows of a table that have these cells."""
        found = read_table(self.folder / f"{name}.csv", name)
        for column, value in cells.items():
            found = found[found[column] == value]
        return found

    def row(self, name: str, **cells: str) -> pd.Series:
        """Read the one row of a table that has these cells."""
        found = self.table(name, **cells)
        assert len(found) == 1, found.to_string()
        return found.iloc[0]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run") / "out"
    samples = {
        (subject, visit): drawn(subject, visit)
        for subject, *_ in SUBJECTS
        for visit in ("D0", "EOT")
    }
    make_cohort(
        folder,
        samples.values(),
        plan=PLAN,
        tables={
            "samples": [
                {**sheet_row(one), "specimen": one.specimen} for one in samples.values()
            ],
            "subjects": [
                {"subject_id": subject, "sex": sex}
                for subject, _, _, sex, _, _ in SUBJECTS
            ],
            "cycles": [
                {
                    "subject_id": subject,
                    "cycle": 1,
                    "response": response,
                    "mrd_percent_before": before,
                }
                for subject, _, _, _, before, response in SUBJECTS
            ],
        },
    )
    rows = [
        mrd_row(samples[subject, visit], n_events)
        for subject, before, after, *_ in SUBJECTS
        for visit, n_events in (("D0", before), ("EOT", after))
    ]
    write_table(folder / "mrd.csv", "mrd", rows)
    compare_run(folder)
    return Run(folder)


# ---- the table of the follow-up


def test_the_follow_up_is_written_from_the_folder_alone(run: Run) -> None:
    found = run.row("mrd_follow_up", sample_id="P2-EOT")

    assert found["baseline_sample"] == found["cycle_baseline_sample"] == "P2-D0"
    assert found["log10_reduction"] == pytest.approx(log10(2_500 / 400))
    low, high = found["log10_reduction_lo95"], found["log10_reduction_hi95"]
    assert low < found["log10_reduction"] < high
    assert not found["log10_reduction_is_bound"]
    assert (found["response_by_mrd"], found["response_given"]) == ("NR", "NR")
    assert not found["responses_differ"]


def test_undetected_mrd_is_a_bound_of_the_reduction(run: Run) -> None:
    found = run.row("mrd_follow_up", sample_id="P1-EOT")

    assert found["log10_reduction_is_bound"]
    assert found["log10_reduction"] == pytest.approx(log10(1.0 / LOD))
    assert isnan(found["log10_reduction_hi95"])


def test_a_disagreement_with_the_lab_is_told_and_changes_nothing(run: Run) -> None:
    found = run.row("mrd_follow_up", sample_id="P8-EOT")

    assert (found["response_by_mrd"], found["response_given"]) == ("NR", "MRD_CR")
    assert found["responses_differ"]
    assert found["note"] == "cycles.csv has MRD_CR, this marrow shows NR"
    cycles = (run.folder / "cycles.csv").read_text(encoding="utf-8")
    assert "P8,1,MRD_CR," in cycles


def test_compare_makes_the_same_bytes_again(run: Run) -> None:
    before = (run.folder / "mrd_follow_up.csv").read_bytes()
    (run.folder / "mrd_follow_up.csv").unlink()

    compare_run(run.folder)

    assert (run.folder / "mrd_follow_up.csv").read_bytes() == before


# ---- MRD in the analyses


def test_mrd_is_compared_over_a_cycle_with_undetected_values_at_their_limit(
    run: Run,
) -> None:
    found = run.row("comparisons", contrast="MRD over the cycle")

    before = [1.0, 0.5, 0.2, LOD, 8.0, 0.06]
    after = [LOD, 0.08, LOD, 0.012, 0.16, 0.04]
    assert (found["outcome"], found["unit"]) == ("MRD", "%")
    assert found["n_pairs"] == 6
    assert found["p_value"] == pytest.approx(
        stats.wilcoxon(before, after, method="exact").pvalue
    )
    pairs = run.table("pairs", contrast="MRD over the cycle")
    assert pairs["censored_b"].sum() == 2
    assert pairs["censored_a"].sum() == 1


def test_mrd_that_is_not_evaluable_is_left_out_and_named(run: Run) -> None:
    found = run.table("exclusions", contrast="MRD over the cycle")

    assert dict(zip(found["subject_id"], found["reason"], strict=True)) == {
        "P6": "D0: MRD is not evaluable",
        "P7": "EOT: MRD is not evaluable",
    }


def test_mrd_has_no_low_count_variant(run: Run) -> None:
    contrasts = set(run.table("comparisons")["contrast"])

    assert "MRD over the cycle, without low counts" not in contrasts


def test_mrd_is_compared_between_groups(run: Run) -> None:
    found = run.row("comparisons", contrast="MRD before, by sex")

    women, men = [1.0, 0.2, 8.0, 0.18], [0.5, LOD, 0.06]
    assert (found["n_a"], found["n_b"], found["n_excluded"]) == (4, 3, 1)
    assert found["p_value"] == pytest.approx(
        stats.mannwhitneyu(women, men, method="exact").pvalue
    )


def test_mrd_before_a_cycle_comes_from_the_marrow_where_the_lab_is_silent(
    run: Run,
) -> None:
    found = run.row("comparisons", contrast="by the lab", outcome="mrd_percent_before")

    # Responders P3 and P7, P8; P2 did not respond, and keeps the 0.7 of the lab.
    assert (found["n_a"], found["n_b"]) == (3, 1)
    assert found["median_a"] == pytest.approx(0.18)
    assert found["median_b"] == pytest.approx(0.7)


def test_a_predictor_may_be_mrd_at_a_visit(run: Run) -> None:
    found = run.row("comparisons", contrast="by the lab", outcome="MRD")

    assert found["median_b"] == pytest.approx(0.5)


def test_responders_may_be_those_of_the_marrow_or_of_the_lab_first(run: Run) -> None:
    def rates(contrast: str) -> dict[str, int]:
        found = run.table("rates", contrast=contrast, outcome="response")
        return dict(zip(found["category"], found["n_events"], strict=True))

    # P7's marrow is not evaluable; P4's shows MRD that came back.
    assert rates("by the lab") == {"responders": 3, "non-responders": 1}
    assert rates("by marrow") == {"responders": 4, "non-responders": 3}
    assert rates("by either") == {"responders": 6, "non-responders": 2}


def test_mrd_is_described_by_visit(run: Run) -> None:
    found = run.table("descriptives", outcome="MRD", group="all").set_index("visit")

    assert list(found["n"]) == [7, 7]
    assert found.loc["EOT", "n_censored"] == 3


# ---- how rows are joined


def frame(folder: Path, rows: Sequence[Cells]) -> pd.DataFrame:
    write_table(folder / "mrd.csv", "mrd", rows)
    return read_table(folder / "mrd.csv", "mrd")


def test_the_shifts_of_the_largest_candidate_of_the_tube_that_counts_are_told(
    tmp_path: Path,
) -> None:
    one = drawn("P1", "EOT")
    candidates = pd.DataFrame(
        {
            "sample_id": ["P1-EOT", "P1-EOT", "P1-EOT", "P2-EOT"],
            "tube": ["1", "1", "2", "1"],
            "n_events": [30, 300, 500, 900],
            "shifts": ["CD10 +0.5", "CD19 -0.9;CD58 +0.4", "CD73 +0.2", "CD20 +1.0"],
        }
    )
    mrd = frame(tmp_path, [{**mrd_row(one, 330), "source_tube": "1"}])

    (found,) = mrd_measurements(mrd, candidates, [one])

    assert found.marker_shifts == ("CD19 -0.9", "CD58 +0.4")


def test_a_day_that_the_sheet_leaves_open_is_that_of_the_dates_or_the_visit(
    tmp_path: Path,
) -> None:
    samples = [
        Sample(f"P1-{visit}", "P1", 1, visit, None, "BM", "none")
        for visit in ("D14", "D28", "UNS")
    ]
    mrd = frame(tmp_path, [mrd_row(one, 100) for one in samples])

    found = mrd_measurements(mrd, pd.DataFrame(), samples, {"P1-D14": 16})

    days = {one.visit: one.day for one in found}
    assert (days["D14"], days["D28"]) == (16, 28)
    assert isnan(days["UNS"])


@pytest.mark.parametrize(
    ("n_events", "of_nucleated", "expected"),
    [(1_000, None, 0.2), (50_000, None, None), (50_000, 4.0, 4.0)],
)
def test_many_blasts_of_mononuclear_cells_leave_blasts_of_all_cells_open(
    tmp_path: Path, n_events: int, of_nucleated: float | None, expected: float | None
) -> None:
    one = drawn("P1", "EOT")
    row = {
        **mrd_row(one, n_events),
        "denominator": "MNC",
        "mrd_percent_of_nuc": of_nucleated,
    }

    (found,) = mrd_measurements(frame(tmp_path, [row]), pd.DataFrame(), [one])

    assert found.nucleated_percent == pytest.approx(
        nan if expected is None else expected, nan_ok=True
    )


def test_a_sample_that_left_the_sheet_is_not_followed(tmp_path: Path) -> None:
    mrd = frame(tmp_path, [mrd_row(drawn("P1", "EOT"), 100)])

    assert mrd_measurements(mrd, pd.DataFrame(), []) == ()


def test_a_filled_cell_of_a_cycle_stays(tmp_path: Path) -> None:
    samples = [drawn("P1", "D0"), drawn("P2", "D0")]
    mrd = frame(tmp_path, [mrd_row(one, 5) for one in samples])
    people = gather_people(
        [],
        [
            CycleRow(subject_id="P1", cycle=1, mrd_percent_before=0.0),
            CycleRow(subject_id="P2", cycle=1),
        ],
    )
    found = mrd_measurements(mrd, pd.DataFrame(), samples)

    filled = with_mrd(people, found, follow_up_points(found, people))

    assert filled.number("P1", 1, "mrd_percent_before") == 0.0
    assert filled.number("P2", 1, "mrd_percent_before") == LOD


def test_every_cell_of_a_row_has_its_column(tmp_path: Path) -> None:
    one = drawn("P1", "EOT")
    found = mrd_measurements(
        frame(tmp_path, [mrd_row(one, 100)]), pd.DataFrame(), [one]
    )
    (point,) = follow_up_points(found, gather_people([], []))

    write_table(tmp_path / "f.csv", "mrd_follow_up", [follow_up_row(point)])

    written = read_table(tmp_path / "f.csv", "mrd_follow_up").iloc[0]
    assert list(written.index) == list(follow_up_row(point))
    assert isnan(written["log10_reduction"])
    assert written["log10_reduction_is_bound"] is pd.NA
