"""A small study of simulated tubes, and one run of it."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cytoflow_blina.workflow.batch import run_study
from cytoflow_blina.workflow.simulated_study import make_simulated_study

Rows = list[dict[str, str]]


def read_rows(file: Path) -> Rows:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write_rows(file: Path, rows: Rows) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="session")
def demo_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulate the demo study: both panels, one truncated tube. Not to be changed."""
    folder = tmp_path_factory.mktemp("demo") / "study"
    make_simulated_study(folder, scenario="demo", seed=7)
    return folder


@pytest.fixture
def study(demo_study: Path, tmp_path: Path) -> Path:
    """Copy the demo study with one subject of each panel, to be changed."""
    folder = tmp_path / "study"
    shutil.copytree(demo_study, folder)
    rows = read_rows(folder / "samples.csv")
    write_rows(
        folder / "samples.csv",
        [row for row in rows if row["subject_id"] in {"S01", "S05"}],
    )
    return folder


@pytest.fixture
def edit_sheet(study: Path) -> Callable[[Callable[[Rows], object]], None]:
    """Change the rows of the study's sample sheet in place."""

    def edit(change: Callable[[Rows], object]) -> None:
        rows = read_rows(study / "samples.csv")
        change(rows)
        write_rows(study / "samples.csv", rows)

    return edit


@pytest.fixture(scope="session")
def demo_run(demo_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the demo study. Its output folder is not to be changed."""
    out = tmp_path_factory.mktemp("demo-run") / "out"
    run_study(demo_study, out, n_jobs=2)
    return out
