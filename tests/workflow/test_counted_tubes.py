"""Files of a planned study are written in parallel, whole, and once."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.fcs.read import read_acquisition
from cytoflow_blina.simulate.counted_study import CountedSample, plan_counted_study
from cytoflow_blina.simulate.plan import StudyPlan
from cytoflow_blina.workflow.reproduction import counted_tubes
from cytoflow_blina.workflow.reproduction.counted_tubes import simulate_files

FEW = {"CD3": 15.0, "CD4": 6.0, "CD8": 8.0, "NK": 4.0, "CD19": 0.0, "DNT": 2.0}
FILES = ["P01-D0.A.fcs", "P01-D0.B.fcs", "P02-D0.A.fcs", "P02-D0.B.fcs"]


def plan(seed: int = 1) -> StudyPlan:
    drawn_at = datetime.fromisoformat("2024-03-01T09:00:00")
    samples = [
        CountedSample(subject, 1, "D0", 0, FEW, drawn_at) for subject in ("P01", "P02")
    ]
    return plan_counted_study(samples, seed)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("counted") / "study"
    simulate_files(plan(), folder)
    return folder


def test_the_folder_holds_the_sheet_and_the_files_alone(written: Path) -> None:
    assert list(contents(written)) == [
        *(f"fcs/{name}" for name in FILES),
        "samples.csv",
    ]


def test_a_file_bears_its_own_name_inside(written: Path) -> None:
    acquisition, _ = read_acquisition(written / "fcs/P01-D0.A.fcs")

    assert acquisition.keywords["$FIL"] == "P01-D0.A.fcs"


def test_worker_processes_write_the_same_bytes(written: Path, tmp_path: Path) -> None:
    simulate_files(plan(), tmp_path, n_jobs=2)

    assert contents(tmp_path) == contents(written)


def test_an_interrupted_simulation_goes_on_where_it_was(
    written: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    shutil.copytree(written, folder)
    kept = folder / "fcs/P01-D0.A.fcs"
    kept.write_bytes(b"complete already")
    (folder / "fcs/P02-D0.B.fcs").unlink()
    (folder / ".partial/fcs").mkdir(parents=True)
    (folder / ".partial/fcs/P02-D0.B.fcs").write_bytes(b"half")
    steps: list[tuple[int, int, str]] = []

    simulate_files(plan(), folder, advance=lambda *step: steps.append(step))

    expected = contents(written) | {"fcs/P01-D0.A.fcs": b"complete already"}
    assert contents(folder) == expected
    assert steps == [(4, 4, "P02-D0")]


def test_a_complete_study_is_left_as_it_is(written: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in written.rglob("*.*")}
    steps: list[tuple[int, int, str]] = []

    simulate_files(plan(), written, n_jobs=2, advance=lambda *step: steps.append(step))

    assert {path: path.stat().st_mtime_ns for path in written.rglob("*.*")} == before
    assert steps == []


def test_progress_is_told_after_every_file(tmp_path: Path) -> None:
    steps: list[tuple[int, int, str]] = []

    simulate_files(plan(), tmp_path, advance=lambda *step: steps.append(step))

    assert [step[:2] for step in steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert sorted(step[2] for step in steps) == ["P01-D0", "P01-D0", "P02-D0", "P02-D0"]


def test_files_of_another_seed_are_not_taken_for_ours(
    written: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    shutil.copytree(written, folder)

    with pytest.raises(ConfigError, match="another study than the one to simulate"):
        simulate_files(plan(seed=2), folder)

    assert contents(folder) == contents(written)


def test_a_fault_while_simulating_is_told_and_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_args: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(counted_tubes, "write_tube_file", stop)

    with pytest.raises(OSError, match="no space left"):
        simulate_files(plan(), tmp_path)

    assert list(contents(tmp_path)) == ["samples.csv"]
