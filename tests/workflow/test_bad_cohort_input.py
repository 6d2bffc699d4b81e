"""What is wrong in the tables of a cohort is said, each with its own message."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.export.tables import read_table
from cytoflow_blina.workflow.check import check_study
from cytoflow_blina.workflow.compare import compare_run
from cytoflow_blina.workflow.plan import load_plan
from cytoflow_blina.workflow.report import report_run
from cytoflow_blina.workflow.study import STUDY_FILE
from tests.workflow.cohort_study import count, edit, make_cohort, sample

PLAN = """
[[group_comparison]]
name = "by group"
by = "group2"
a = ["RRPOS"]
b = ["NEG"]
"""

TABLES = {
    "subjects": [
        {
            "subject_id": "P1",
            "group3": "RR",
            "os_months": 12,
            "os_event": 1,
            "efs_months": 6,
            "efs_event": 1,
        },
        {
            "subject_id": "P2",
            "group3": "NEG",
            "os_months": 20,
            "os_event": 0,
            "efs_months": 20,
            "efs_event": 0,
        },
    ],
    "cycles": [
        {"subject_id": "P1", "cycle": 1, "group2": "RRPOS", "response": "CR"},
        {"subject_id": "P2", "cycle": 1, "group2": "NEG", "response": "NR"},
    ],
    "measurements": [
        {
            "subject_id": "P1",
            "cycle": 1,
            "visit": visit,
            "analyte": "IL-6",
            "value": value,
            "unit": "pg/mL",
        }
        for visit, value in (("D0", 3.5), ("EOT", 7.25))
    ],
}

Make = Callable[[], Path]


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """Make a study of two subjects without a fault."""
    samples = [sample(p, v) for p in ("P1", "P2") for v in ("D0", "EOT")]
    return make_cohort(
        tmp_path / "study",
        samples,
        plan=PLAN,
        tables=TABLES,
        counts=[count(one, "CD3", 100.0) for one in samples],
    )


def problems_of(study: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_plan(study, with_files=False)
    return [str(problem) for problem in caught.value.problems]


def test_a_visit_that_is_compared_with_itself_is_told(cohort: Path) -> None:
    text = (cohort / STUDY_FILE).read_text(encoding="utf-8")
    text += '[[kinetics]]\nname = "k"\nvisits = ["D0", "EOT", "D0"]\n'
    text += '[[comparison]]\nname = "c"\npost = ["EOT", "D0"]\n'
    (cohort / STUDY_FILE).write_text(text, encoding="utf-8")

    message = "visit 'D0' is named twice; name each visit once."
    assert [one.split(": ", 2)[2] for one in problems_of(cohort)] == [message] * 2


def test_the_study_without_a_fault_has_none(cohort: Path) -> None:
    assert len(load_plan(cohort, with_files=False).samples) == 4


@pytest.mark.parametrize(
    ("document", "old", "new", "expected"),
    [
        pytest.param(
            "subjects.csv",
            "P1,RR,12,1,6",
            "P1,RR,12,1,-6",
            "subjects.csv: row 2, column efs_months: found '-6', expected at least 0.",
            id="negative follow-up",
        ),
        pytest.param(
            "subjects.csv",
            "P2,NEG,20,0,20,0",
            "P2,NEG,20,2,20,0",
            "subjects.csv: row 3, column os_event: found '2', expected 0 or 1.",
            id="event code",
        ),
        pytest.param(
            "measurements.csv",
            "EOT,IL-6,7.25,pg/mL",
            "EOT,IL-6,7.25,ng/mL",
            "measurements.csv: column unit: IL-6 is in 'pg/mL' in 1 row and in "
            "'ng/mL' in row 3; bring an analyte to one unit.",
            id="mixed units",
        ),
        pytest.param(
            "samples.csv",
            "P1-1-EOT.fcs,bead,50000.0,50.0,,",
            "P1-1-EOT.fcs,dual,,,4.0,30.0",
            "samples.csv: subject P1, cycle 1: is counted by bead (D0) and by dual "
            "(EOT). Counts of different methods cannot be compared: use one method, "
            "or give count_method_change_reason under [counting] in study.toml.",
            id="method changes within a pair",
        ),
        pytest.param(
            "study.toml",
            'a = ["RRPOS"]',
            'a = ["RRPO"]',
            "study.toml: group_comparison.0 (by group): nobody has 'RRPO' in column "
            "'group2', which holds NEG, RRPOS. Did you mean 'RRPOS'?",
            id="unknown group",
        ),
        pytest.param(
            "study.toml",
            'by = "group2"',
            'by = "group1"',
            "study.toml: group_comparison.0 (by group): column 'group1' is in neither "
            "subjects.csv nor cycles.csv, which have age_months, birth_date, "
            "dose_step_day, efs_event, efs_months, fusion, group2, group3, infusion, "
            "infusion_days_actual, infusion_days_planned, infusion_start, "
            "mrd_percent_before, os_event, os_months, poor_cytogenetics, response, "
            "response_by_mrd, response_with_mrd, sex. Did you mean 'group3'?",
            id="unknown column",
        ),
        pytest.param(
            "cycles.csv",
            "P2,1,NEG,NR",
            "P7,1,NEG,NR",
            "cycles.csv: row 3, column subject_id: subject 'P7' has no row in the "
            "study's other tables. Did you mean 'P2'?",
            id="unknown subject",
        ),
        pytest.param(
            "measurements.csv",
            "P1,1,EOT",
            "P1,1,EOD",
            "measurements.csv: column visit: visit 'EOD' is not declared; known visits "
            "are DX, D0, D14, D21, D28, EOT, UNS. Add it to 'visits' in study.toml, or "
            "correct it. Did you mean 'EOT'?",
            id="unknown visit",
        ),
    ],
)
def test_each_fault_has_its_message(
    cohort: Path, document: str, old: str, new: str, expected: str
) -> None:
    edit(cohort, document, old, new)

    assert expected in problems_of(cohort)


def test_all_faults_of_all_tables_are_told_at_once(cohort: Path) -> None:
    edit(cohort, "subjects.csv", "P1,RR,12,1,6", "P1,RR,12,5,-6")
    edit(cohort, "measurements.csv", "EOT,IL-6,7.25,pg/mL", "EOT,IL-6,7.25,ng/mL")
    edit(cohort, "cycles.csv", "P2,1,NEG,NR", "P2,1,NEG,PR")
    edit(
        cohort,
        "samples.csv",
        "P1-1-EOT.fcs,bead,50000.0,50.0,,",
        "P1-1-EOT.fcs,dual,,,4.0,30.0",
    )
    faults = (
        "subjects.csv: row 2, column os_event: found '5'",
        "subjects.csv: row 2, column efs_months: found '-6'",
        "measurements.csv: column unit: IL-6 is in 'pg/mL' in 1 row and in 'ng/mL'",
        "cycles.csv: row 3, column response: found 'PR'",
        "samples.csv: subject P1, cycle 1: is counted by bead (D0) and by dual",
    )

    problems = problems_of(cohort)

    for fault in faults:
        assert [one for one in problems if one.startswith(fault)], fault
    assert len(problems) == len(faults)


def test_all_slips_of_a_plan_are_told_at_once(cohort: Path) -> None:
    edit(cohort, "study.toml", 'a = ["RRPOS"]', 'a = ["RRPO"]\noutcomes = ["CD33"]')
    edit(
        cohort, "study.toml", 'b = ["NEG"]', 'b = ["NEGATIVE"]\nwhere = {sexe = ["F"]}'
    )

    problems = problems_of(cohort)

    places = [one.partition(": ")[2] for one in problems]
    assert [one.startswith("group_comparison.0 (by group)") for one in places] == (
        [True] * 4
    )
    text = "\n".join(problems)
    for slip in ("outcome 'CD33'", "'RRPO'", "'NEGATIVE'", "column 'sexe'"):
        assert slip in text


def test_a_table_that_is_a_header_alone_is_told_as_such(cohort: Path) -> None:
    (cohort / "cycles.csv").write_text("subject_id,cycle,group2\n", encoding="utf-8")

    assert problems_of(cohort) == [
        "cycles.csv: has no rows; fill it, because study.toml asks for group2."
    ]


def test_a_study_folder_is_not_taken_for_that_of_its_run(cohort: Path) -> None:
    (cohort / "counts.csv").unlink()

    for redo in (compare_run, report_run):
        with pytest.raises(ConfigError) as caught:
            redo(cohort)
        assert str(caught.value) == (
            f"{cohort}: this is a study folder; run it first: cytoflow-blina run "
            f"{cohort} -o OUT. Then name the folder OUT."
        )


def test_check_tells_what_loading_tells(cohort: Path) -> None:
    (cohort / "fcs").mkdir(exist_ok=True)
    for row in ("P1-1-D0", "P1-1-EOT", "P2-1-D0", "P2-1-EOT"):
        (cohort / "fcs" / f"{row}.fcs").write_bytes(b"")
    edit(cohort, "subjects.csv", "P1,RR,12,1,6", "P1,RR,12,1,-6")
    edit(cohort, "cycles.csv", "P2,1,NEG,NR", "P2,1,NEG,PR")

    found = check_study(cohort)

    assert [str(one).partition(": found")[0] for one in found.documents] == [
        "subjects.csv: row 2, column efs_months",
        "cycles.csv: row 3, column response",
    ]


def test_nothing_is_compared_while_a_table_is_wrong(cohort: Path) -> None:
    edit(cohort, "subjects.csv", "P1,RR,12,1,6", "P1,RR,12,1,-6")

    with pytest.raises(ConfigError, match="efs_months"):
        compare_run(cohort)

    assert not (cohort / "comparisons.csv").exists()


# ---- what is no fault of a document, and is listed


def excluded(study: Path) -> set[tuple[str, str]]:
    rows = read_table(study / "exclusions.csv", "exclusions")
    return set(zip(rows["subject_id"], rows["reason"], strict=True))


def test_a_subject_without_baseline_is_listed(tmp_path: Path) -> None:
    samples = [sample("P1", "D0"), sample("P1", "EOT"), sample("P2", "EOT")]
    study = make_cohort(
        tmp_path / "study",
        samples,
        plan='[[comparison]]\nname = "pairs"\n',
        counts=[count(one, "CD3", 100.0) for one in samples],
    )

    compare_run(study)

    assert excluded(study) == {("P2", "no sample at D0")}


def test_two_samples_in_one_window_are_listed_by_name(tmp_path: Path) -> None:
    twice = sample("P1", "EOT", rel_day=27)
    again = sample("P1", "EOT", rel_day=28)
    again = again.__class__(**{**vars(again), "sample_id": "again"})
    samples = [sample("P1", "D0"), twice, again]
    study = make_cohort(
        tmp_path / "study",
        samples,
        plan='[[comparison]]\nname = "pairs"\n',
        counts=[count(one, "CD3", 100.0) for one in samples],
    )

    compare_run(study)

    assert excluded(study) == {
        ("P1", "2 samples at EOT (P1-1-EOT, again): which one is not said")
    }


def test_a_sample_outside_its_window_is_listed_with_its_day(tmp_path: Path) -> None:
    samples = [sample("P1", "D0", rel_day=1), sample("P1", "EOT", rel_day=28)]
    study = make_cohort(
        tmp_path / "study",
        samples,
        plan='[[comparison]]\nname = "pairs"\n',
        counts=[count(one, "CD3", 100.0) for one in samples],
    )

    compare_run(study)

    assert excluded(study) == {
        ("P1", "D0 drawn on day 1, outside its window of day -7 to 0")
    }


def test_a_change_of_method_with_a_reason_is_compared(cohort: Path) -> None:
    edit(
        cohort,
        "samples.csv",
        "P1-1-EOT.fcs,bead,50000.0,50.0,,",
        "P1-1-EOT.fcs,dual,,,4.0,30.0",
    )
    edit(
        cohort,
        "study.toml",
        'count_method_change_reason = ""',
        'count_method_change_reason = "beads recalled"',
    )

    (change,) = load_plan(cohort, with_files=False).method_changes

    assert (change.subject_id, change.reason) == ("P1", "beads recalled")


def test_a_bad_cell_of_the_sheet_makes_no_subject_unknown(cohort: Path) -> None:
    sheet = cohort / "samples.csv"
    text = sheet.read_text(encoding="utf-8")
    sheet.write_text(text.replace(",bead,", ",beads,", 1), encoding="utf-8")
    (cohort / "subjects.csv").unlink()

    problems = problems_of(cohort)

    assert any("count_method" in one for one in problems)
    assert not any("has no row in the study's other tables" in one for one in problems)
