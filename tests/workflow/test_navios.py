"""LMD files of the Navios go from the study folder to counts like any others."""

from pathlib import Path

import pytest

from cytoflow_blina.fcs.read import read_all_data_sets
from cytoflow_blina.simulate.plan import NAVIOS
from cytoflow_blina.simulate.populations import LYMPHOCYTES
from cytoflow_blina.simulate.spec import Preparation, TubeSpec
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube
from cytoflow_blina.simulate.tube_file import write_tube
from cytoflow_blina.workflow.batch import run_study
from cytoflow_blina.workflow.init import make_study
from tests.workflow.conftest import read_rows, write_rows

EXACT = Preparation(98_000.0, 100.0, pipetting_cv=0.0, bead_lot_cv=0.0)
BLOOD = {
    "cd4_t": 450.0,
    "cd8_t": 500.0,
    "dn_t": 40.0,
    "dp_t": 10.0,
    "nkt_like": 20.0,
    "nk_cd8neg": 120.0,
    "nk_cd8dim": 40.0,
    "monocyte": 300.0,
    "neutrophil": 2000.0,
    "eosinophil": 100.0,
}


def tube_of(tube: str, b_cells: float) -> SimulatedTube:
    spec = TubeSpec(
        NAVIOS,
        tube,
        "S01",
        "D0",
        {**BLOOD, "b": b_cells},
        n_lymphocytes=8_000,
        preparation=EXACT,
    )
    return simulate_tube(spec, 11)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Fill a folder as a lab does: files, documents, and the rows that init leaves."""
    folder = tmp_path / "study"
    (folder / "fcs").mkdir(parents=True)
    for sample, b_cells in (("S01-D0", 150.0), ("S01-EOT", 0.0)):
        for tube in "12":
            write_tube(tube_of(tube, b_cells), folder / "fcs" / f"{sample}.{tube}.lmd")
    make_study(folder, [NAVIOS])
    rows = read_rows(folder / "samples.csv")
    assert [(row["panel"], row["tube"]) for row in rows] == [
        (NAVIOS, tube) for tube in "1212"
    ]
    for row in rows:
        sample = row["sample_id"].split(".")[0]
        row |= {
            "sample_id": sample,
            "subject_id": "S01",
            "cycle": "1",
            "visit": sample.split("-")[1],
            "specimen": "PB",
            "count_method": "bead",
            "bead_lot": "7548001",
            "beads_per_tube": "98000",
            "blood_volume_ul": "100",
        }
    write_rows(folder / "samples.csv", rows)
    return folder


def test_two_tubes_give_all_populations_near_the_truth(
    study: Path, tmp_path: Path
) -> None:
    run_study(study, tmp_path / "out")

    assert not read_rows(tmp_path / "out" / "failures.csv")
    rows = read_rows(tmp_path / "out" / "counts.csv")
    counted = {row["population"]: row for row in rows if row["sample_id"] == "S01-D0"}
    blood = {**BLOOD, "b": 150.0}
    true = {
        "LYMPH": sum(blood.get(name, 0.0) for name in LYMPHOCYTES),
        "CD3": 1020.0,
        "CD3_A": 1020.0,
        "CD3_B": 1020.0,
        "CD4": 460.0,
        "CD8": 530.0,
        "NK": 160.0,
        "CD19": 150.0,
    }
    for name, per_ul in true.items():
        assert float(counted[name]["cells_per_ul"]) == pytest.approx(per_ul, rel=0.12)
    assert counted["CD3"]["source_tube"] == "1;2"
    assert (counted["CD4"]["source_tube"], counted["NK"]["source_tube"]) == ("1", "2")
    assert "CD16 not measured" in counted["NK"]["definition"]
    without_b = next(
        row
        for row in rows
        if (row["sample_id"], row["population"]) == ("S01-EOT", "CD19")
    )
    assert int(without_b["n_events"]) <= 1


def test_a_tube_taken_for_the_other_is_refused(study: Path, tmp_path: Path) -> None:
    rows = read_rows(study / "samples.csv")
    rows[0]["tube"], rows[1]["tube"] = "2", "1"
    write_rows(study / "samples.csv", rows[:2])

    run_study(study, tmp_path / "out")

    problems = [r["problem"] for r in read_rows(tmp_path / "out" / "failures.csv")]
    assert len(problems) == 2
    assert f"its labels fit tube '1' of panel '{NAVIOS}'" in "".join(problems)


def test_compensated_events_are_not_compensated_again(
    study: Path, tmp_path: Path
) -> None:
    """An export of the 10-bit data set alone has no matrix, and the panel needs one."""
    file = study / "fcs" / "S01-D0.1.lmd"
    whole = file.read_bytes()
    assert len(read_all_data_sets(file)) == 2
    first = whole[: whole.index(b"FCS3.0")]
    length = f"\\$NEXTDATA\\{len(first):012d}\\".encode()
    assert length in first
    file.write_bytes(first.replace(length, b"\\$NEXTDATA\\000000000000\\"))
    write_rows(study / "samples.csv", read_rows(study / "samples.csv")[:1])

    run_study(study, tmp_path / "refused")
    panel = study / "gating" / "panels" / f"{NAVIOS}.toml"
    text = panel.read_text(encoding="utf-8")
    hardware = text.replace('compensation = "file"', 'compensation = "hardware"')
    panel.write_text(hardware, encoding="utf-8")
    run_study(study, tmp_path / "counted")

    (refused,) = read_rows(tmp_path / "refused" / "failures.csv")
    assert "holds no spillover matrix" in refused["problem"]
    assert not read_rows(tmp_path / "counted" / "failures.csv")
    shares = {
        row["population"]: float(row["percent_of_lymphocytes"])
        for row in read_rows(tmp_path / "counted" / "counts.csv")
        if row["percent_of_lymphocytes"]
    }
    assert shares["CD3"] == pytest.approx(100 * 1020 / 1330, abs=3)
    assert shares["CD4"] == pytest.approx(100 * 460 / 1330, abs=3)
