"""The commands parse, call, print, and end with the right code."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cytoflow_blina.cli.main import app
from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.workflow.batch import run_study
from cytoflow_blina.workflow.simulated_study import make_simulated_study


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "cytoflow_blina.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulate a study; not to be changed."""
    folder = tmp_path_factory.mktemp("cli") / "study"
    make_simulated_study(folder, scenario="demo", seed=11)
    return folder


@pytest.fixture(scope="module")
def finished(demo: Path) -> Path:
    """Run the study once; the output folder is to be copied, not changed."""
    out = demo.parent / "finished"
    run_study(demo, out, n_jobs=2)
    return out


@pytest.fixture
def out(finished: Path, tmp_path: Path) -> Path:
    """Copy the output folder of a run, to be changed."""
    return shutil.copytree(finished, tmp_path / "out")


def test_every_command_shows_an_example() -> None:
    for command in app.registered_commands:
        assert command.epilog is not None
        assert command.epilog.startswith("Example: cytoflow-blina ")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], []])
def test_version_and_help_carry_the_notice(arguments: list[str]) -> None:
    done = run(*arguments)

    assert RESEARCH_USE_ONLY in done.stdout + done.stderr


def test_init_leaves_a_study_that_checks_once_the_sheet_is_filled(
    demo: Path, tmp_path: Path
) -> None:
    made = run("init", tmp_path / "lab", "--panel", "facscanto-tbnk")
    sheet = (demo / "samples.csv").read_text("utf-8").splitlines()
    rows = [sheet[0], *(row for row in sheet if row.startswith("S05"))]
    (tmp_path / "lab" / "samples.csv").write_text("\n".join(rows), encoding="utf-8")
    for name in ("S05-D0.fcs", "S05-EOT.fcs"):
        shutil.copyfile(demo / "fcs" / name, tmp_path / "lab" / "fcs" / name)

    checked = run("check", tmp_path / "lab")

    assert made.returncode == 0
    assert (checked.returncode, checked.stderr) == (
        0,
        "Everything fits: ready to run.\n",
    )


def test_init_of_an_unknown_panel_ends_with_2_and_an_offer(tmp_path: Path) -> None:
    done = run("init", tmp_path / "lab", "--panel", "facscanto-tbkn")

    assert done.returncode == 2
    assert "Did you mean 'facscanto-tbnk'?" in done.stderr
    assert not (tmp_path / "lab").exists()


def test_init_leaves_an_existing_study_alone(demo: Path) -> None:
    before = (demo / "study.toml").read_bytes()

    done = run("init", demo, "--panel", "facscanto-tbnk")

    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert (demo / "study.toml").read_bytes() == before


def test_inspect_says_which_markers_were_recognised_and_why(demo: Path) -> None:
    done = run("inspect", demo / "fcs" / "S05-D0.fcs", "--json")

    (found,) = json.loads(done.stdout)
    markers = {row[0]: row[3:] for row in found["channels"]}
    assert done.returncode == 0
    assert markers["APC-A"] == ["CD19", "$PnS is 'CD19'"]
    assert "fits panel facscanto-tbnk" in found["notes"]


def test_inspect_of_a_broken_file_says_why_and_goes_on(demo: Path) -> None:
    done = run("inspect", demo / "fcs" / "S03-EOT.B.fcs", demo / "fcs" / "S05-D0.fcs")

    assert done.returncode == 1
    assert "ends early" in done.stdout.replace("\n", " ")
    assert "fits panel facscanto-tbnk" in done.stdout


def test_check_tells_a_broken_file_from_a_broken_document(
    demo: Path, tmp_path: Path
) -> None:
    with_broken_file = run("check", demo)
    study = tmp_path / "study"
    shutil.copytree(demo, study)
    (study / "gating" / "limits.toml").write_text("nonsense", encoding="utf-8")

    with_broken_document = run("check", study, "--json")

    assert with_broken_file.returncode == 1
    assert "ends early" in with_broken_file.stderr
    assert with_broken_document.returncode == 2
    assert (
        "limits.toml"
        in json.loads(with_broken_document.stdout)["documents"][0]["where"]
    )


def test_run_finishes_with_1_where_a_tube_failed_and_is_quiet_in_a_log(
    demo: Path, tmp_path: Path
) -> None:
    done = run("run", demo, "-o", tmp_path / "out", "--jobs", "2", "--json")

    summary = json.loads(done.stdout)
    assert done.returncode == 1
    assert summary["n_failed_tubes"] == 1
    assert Path(summary["report"]).is_file()
    assert done.stderr == RESEARCH_USE_ONLY + "\n"


def test_compare_and_report_need_nothing_but_the_output(out: Path) -> None:
    comparisons = (out / "comparisons.csv").read_bytes()
    report = (out / "report.html").read_bytes()

    compared = run("compare", out)
    reported = run("report", out)

    assert (compared.returncode, reported.returncode) == (0, 0)
    assert (out / "comparisons.csv").read_bytes() == comparisons
    assert (out / "report.html").read_bytes() == report


def test_a_folder_that_is_no_study_ends_with_2(tmp_path: Path) -> None:
    ran = run("run", tmp_path, "-o", tmp_path / "out")
    compared = run("compare", tmp_path)

    for done in (ran, compared):
        assert done.returncode == 2
        assert "there is no study.toml here" in done.stderr


def test_simulate_replaces_only_what_it_made(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("do not lose", encoding="utf-8")

    done = run("simulate", precious, "--replace")

    assert done.returncode == 2
    assert "is no simulated study" in done.stderr
    assert (precious / "thesis.txt").is_file()


def test_a_damaged_table_of_a_run_is_refused(out: Path) -> None:
    counts = out / "counts.csv"
    content = counts.read_text(encoding="utf-8")

    counts.write_text(content.replace(",", ";"), encoding="utf-8")
    with_semicolons = run("compare", out)
    counts.write_text("broken\n", encoding="utf-8")
    broken = run("compare", out)
    counts.unlink()
    missing = run("compare", out)

    for done in (with_semicolons, broken):
        assert done.returncode == 2
        assert "counts.csv: is not as the run wrote it" in done.stderr
    assert missing.returncode == 2
    assert missing.stderr.startswith("counts.csv: is missing from the run's folder.")


def test_a_folder_that_cannot_be_written_is_named(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    ran = run("run", demo, "-o", tmp_path / "file" / "out")
    made = run("init", tmp_path / "file" / "lab", "--panel", "facscanto-tbnk")

    for done in (ran, made):
        assert done.returncode == 2
        assert "cannot be read or written" in done.stderr
        assert "Traceback" not in done.stderr


def test_an_interrupted_run_leaves_earlier_results_and_no_traceback(
    demo: Path, out: Path, tmp_path: Path
) -> None:
    before = (out / "counts.csv").read_bytes()
    command = [sys.executable, "-m", "cytoflow_blina.cli.main", "run", str(demo)]
    options = ["-o", str(out), "--replace", "--jobs", "2"]

    with subprocess.Popen(
        [*command, *options], stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        wait_for(lambda: list(tmp_path.glob(".out.partial/gates/*.xml")))
        os.killpg(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=60)

    assert process.returncode != 0
    assert "Traceback" not in stderr
    assert (out / "counts.csv").read_bytes() == before
    assert not (tmp_path / ".out.partial").exists()


def wait_for(happened: Callable[[], object]) -> None:
    """Wait until something happened, for a minute at most."""
    for _ in range(600):
        if happened():
            return
        time.sleep(0.1)
    raise TimeoutError
