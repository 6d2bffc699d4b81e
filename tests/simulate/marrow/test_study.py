"""A simulated study of marrow is a folder that a lab could have filled."""

import csv
import hashlib
from pathlib import Path

import pytest

from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.simulate.marrow.study import simulate_marrow_study


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    simulate_marrow_study(folder, scenario="mrd_demo", seed=1, with_events=True)
    return folder


def test_the_sheet_names_marrow_without_counts(demo: Path) -> None:
    sheet = rows(demo / "samples.csv")

    assert {row["specimen"] for row in sheet} == {"BM"}
    assert {row["count_method"] for row in sheet} == {"none"}
    assert {row["visit"] for row in sheet} == {"DX", "D14", "EOT", "UNS"}
    assert {row["prior_cd19_therapy"] for row in sheet if row["visit"] == "DX"} == {
        "false"
    }
    assert {row["prior_cd19_therapy"] for row in sheet if row["visit"] != "DX"} == {
        "true"
    }
    assert all((demo / row["fcs_file"]).is_file() for row in sheet)


def test_subjects_and_cycles_are_those_of_the_sheet(demo: Path) -> None:
    in_sheet = {row["subject_id"] for row in rows(demo / "samples.csv")}

    assert {row["subject_id"] for row in rows(demo / "subjects.csv")} == in_sheet
    assert {row["subject_id"] for row in rows(demo / "cycles.csv")} == in_sheet


def test_the_truth_agrees_with_itself_and_with_the_files(demo: Path) -> None:
    tubes = {row["sample_id"]: row for row in rows(demo / "truth/tubes.csv")}
    clones = rows(demo / "truth/clones.csv")
    labels = rows(demo / "truth/labels.csv")

    for sample_id, tube in tubes.items():
        told = [row for row in labels if row["sample_id"] == sample_id]
        assert sum(int(row["n_events"]) for row in told) == int(tube["n_events"])
        blasts = [int(r["n_events"]) for r in told if r["label"] == "blast_1"]
        assert sum(blasts) == int(tube["mrd_events"])
    assert {row["sample_id"] for row in clones} == {
        sample_id for sample_id, tube in tubes.items() if int(tube["mrd_events"])
    }
    events = read_tube(demo / tubes["M01-D14"]["fcs_file"]).events
    assert events.n_events == int(tubes["M01-D14"]["n_events"])


def test_the_leukaemia_that_lost_cd19_is_told(demo: Path) -> None:
    clones = {row["sample_id"]: row for row in rows(demo / "truth/clones.csv")}

    assert clones["M01-EOT"]["cd19"] == "negative"
    assert float(clones["M01-EOT"]["mrd_percent"]) == pytest.approx(5.0)
    assert float(clones["M01-EOT"]["distance_sd"]) > 6


def test_the_same_seed_gives_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    simulate_marrow_study(tmp_path, scenario="mrd_demo", seed=1, with_events=True)

    assert hashes(tmp_path) == hashes(demo)
