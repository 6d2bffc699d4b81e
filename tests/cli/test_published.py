"""The commands about published numbers: check a table, reproduce the study."""

import json
import subprocess
import sys
from pathlib import Path

TABLES = Path(__file__).parents[1] / "table_check" / "tables"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "cytoflow_blina.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_table_that_contradicts_itself_ends_with_1_and_says_where() -> None:
    done = run("check-table", TABLES / "paper-table-3.toml")

    assert done.returncode == 1
    assert "45 + 21 = 66, printed total 62" in done.stdout


def test_a_clean_table_ends_with_0_and_counts_what_was_checked() -> None:
    clean = sorted((TABLES / "clean").iterdir())

    done = run("check-table", clean[0], "--json")

    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["findings"] == []
    assert found["n_checked"] > 0


def test_a_table_that_cannot_be_read_ends_with_2(tmp_path: Path) -> None:
    table = tmp_path / "table.toml"
    table.write_text("title = 3\nrwo = []\n", encoding="utf-8")

    done = run("check-table", table)

    assert done.returncode == 2
    assert "table.toml" in done.stderr


def test_reproduce_leaves_the_folder_of_something_else_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("two years", encoding="utf-8")

    done = run("reproduce", "-o", tmp_path)

    assert done.returncode == 2
    assert "is no output of 'reproduce'" in done.stderr
