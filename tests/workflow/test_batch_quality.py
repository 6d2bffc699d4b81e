"""Samples are judged by their sheet, their subject and the run."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cytoflow_blina.workflow.batch import run_study
from cytoflow_blina.workflow.plan import load_plan
from tests.workflow.conftest import Rows, read_rows, write_rows

EditSheet = Callable[[Callable[[Rows], object]], None]


@pytest.fixture(scope="module")
def mishaps(demo_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run three samples, to each of which something happened."""
    folder = tmp_path_factory.mktemp("mishaps")
    study = folder / "study"
    shutil.copytree(demo_study, study)
    sheet = study / "samples.csv"
    rows = [row for row in read_rows(sheet) if row["sample_id"] in MISHAPS]
    for row in rows:
        MISHAPS[row["sample_id"]](row)
    write_rows(sheet, rows)
    run_study(study, folder / "out")
    return folder / "out"


def _drawn_days_before(row: dict[str, str]) -> None:
    row["collected_at"] = "2026-01-08T08:00:00"


def _other_lot(row: dict[str, str]) -> None:
    row["wbc_1e9_per_l"] = str(2 * float(row["wbc_1e9_per_l"]))


def _exchanged(row: dict[str, str]) -> None:
    file = row["fcs_file"]
    row["fcs_file"] = (
        file.replace(".A.", ".B.") if ".A." in file else file.replace(".B.", ".A.")
    )


MISHAPS: dict[str, Callable[[dict[str, str]], None]] = {
    "S01-D0": _drawn_days_before,
    "S02-D0": _exchanged,  # its files do not name the antigens
    "S05-D0": _other_lot,
}


def raised(out: Path, sample_id: str) -> dict[str, str]:
    return {
        row["check"]: row["verdict"]
        for row in read_rows(out / "qc.csv")
        if row["sample_id"] == sample_id and row["verdict"] in {"WARN", "FAIL"}
    }


def release_of(out: Path, sample_id: str) -> set[str]:
    counts = read_rows(out / "counts.csv")
    return {row["release_class"] for row in counts if row["sample_id"] == sample_id}


@pytest.mark.parametrize(
    ("sample_id", "check"),
    [
        ("S01-D0", "QC_AGE"),
        ("S02-D0", "FLAG_TUBE_SWAP"),
        ("S05-D0", "QC_BEAD_DUAL"),
    ],
)
def test_a_mishap_is_found_and_rejects_its_sample(
    mishaps: Path, sample_id: str, check: str
) -> None:
    assert raised(mishaps, sample_id)[check] == "FAIL"
    assert release_of(mishaps, sample_id) == {"reject"}
    rows = read_rows(mishaps / "counts.csv")
    own = [row for row in rows if row["sample_id"] == sample_id]
    assert all(check in row["qc_fails"].split(";") for row in own)


def test_a_mishap_of_one_sample_is_no_other_ones(mishaps: Path) -> None:
    found = {
        (row["sample_id"], row["check"])
        for row in read_rows(mishaps / "qc.csv")
        if row["check"] in {"QC_AGE", "FLAG_TUBE_SWAP", "QC_BEAD_DUAL"}
        and row["verdict"] in {"WARN", "FAIL"}
    }

    assert found == {
        ("S01-D0", "QC_AGE"),
        ("S02-D0", "FLAG_TUBE_SWAP"),
        ("S05-D0", "QC_BEAD_DUAL"),
    }


def checks_of(out: Path, sample_id: str) -> set[str]:
    rows = read_rows(out / "qc.csv")
    return {row["check"] for row in rows if row["sample_id"] == sample_id}


def keep_baselines(rows: Rows) -> None:
    rows[:] = [row for row in rows if row["visit"] == "D0"]


def test_a_later_visit_changes_no_earlier_row(
    study: Path, edit_sheet: EditSheet, tmp_path: Path
) -> None:
    run_study(study, tmp_path / "both")
    edit_sheet(keep_baselines)
    run_study(study, tmp_path / "first")

    for name in ("counts", "qc", "control"):
        before = read_rows(tmp_path / "first" / f"{name}.csv")
        after = read_rows(tmp_path / "both" / f"{name}.csv")
        assert [row for row in after if row["sample_id"].endswith("-D0")] == before
    of_pairs = {"QC_PAIR", "QC_DELTA", "FLAG_CD3_DIM_SHIFT", "FLAG_ID_SWAP"}
    assert of_pairs <= checks_of(tmp_path / "both", "S05-EOT")
    assert not of_pairs & checks_of(tmp_path / "both", "S05-D0")


def test_counts_are_compared_with_healthy_children_of_the_age(demo_run: Path) -> None:
    rows = {
        row["population"]: row
        for row in read_rows(demo_run / "counts.csv")
        if row["sample_id"] == "S01-D0"
    }

    assert rows["CD19"]["ref_flag"] == "<P10"
    assert rows["CD19"]["ref_percentiles"] == "P10-P90"
    assert rows["CD19"]["ref_verified"] == "1"
    # The limits of all lymphocytes were recalled, and are not taken unless asked for.
    assert rows["LYMPH"]["ref_source"] == ""


def test_recalled_intervals_are_taken_where_the_study_says_so(
    study: Path, edit_sheet: EditSheet, tmp_path: Path
) -> None:
    keep = {"S05-D0"}
    edit_sheet(lambda rows: keep_samples(rows, keep))
    document = study / "study.toml"
    text = document.read_text("utf-8").replace(
        "unverified = false", "unverified = true"
    )
    document.write_text(text, encoding="utf-8")

    run_study(study, tmp_path / "out")

    rows = {row["population"]: row for row in read_rows(tmp_path / "out/counts.csv")}
    assert rows["LYMPH"]["ref_source"].startswith("Shearer2003")
    assert rows["LYMPH"]["ref_verified"] == "0"


def keep_samples(rows: Rows, sample_ids: set[str]) -> None:
    rows[:] = [row for row in rows if row["sample_id"] in sample_ids]


def test_the_labs_own_reference_intervals_come_before_the_shipped(study: Path) -> None:
    own = study / "gating" / "reference_intervals.csv"
    lines = own.read_text("utf-8").splitlines()
    own.write_text("\n".join(lines[:20]) + "\n", encoding="utf-8")

    of_the_lab = load_plan(study)
    own.unlink()
    shipped = load_plan(study)

    assert len(of_the_lab.reference.intervals) == 19
    assert len(shipped.reference.intervals) == len(lines) - 1
    assert of_the_lab.documents["gating/reference_intervals.csv"] == own
