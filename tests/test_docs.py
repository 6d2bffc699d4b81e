"""What the documentation shows is true."""

import filecmp
import re
import subprocess
import sys
from pathlib import Path

from cytoflow_blina.cli.main import app
from cytoflow_blina.cohort.columns import all_columns

ROOT = Path(__file__).resolve().parents[1]


def test_the_worked_example_runs_from_top_to_bottom(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text("\n".join(blocks), encoding="utf-8")

    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "CD3 " in done.stdout
    assert (tmp_path / "results" / "report.html").is_file()


def test_every_command_of_the_readme_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    code = "".join(re.findall(r"```\n(.*?)```", readme, flags=re.DOTALL))
    shown = set(re.findall(r"^cytoflow-blina ([a-z-]+)", code, flags=re.MULTILINE))
    known = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback is not None
    }

    assert shown
    assert shown <= known


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs/python.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_sample_study_is_gated_by_the_shipped_documents() -> None:
    shipped = ROOT / "gating"
    for document in (ROOT / "fcs_samples" / "gating").rglob("*.toml"):
        name = document.relative_to(ROOT / "fcs_samples" / "gating")

        assert filecmp.cmp(document, shipped / name, shallow=False), (
            f"{name} differs from the shipped one: run 'make samples'"
        )


def test_the_sample_files_stay_small() -> None:
    files = [file for file in (ROOT / "fcs_samples").rglob("*") if file.is_file()]

    assert sum(file.stat().st_size for file in files) < 4_000_000


def test_every_column_of_the_tables_of_a_study_is_described() -> None:
    text = (ROOT / "docs" / "study-folder.md").read_text(encoding="utf-8")
    tables = {"samples", "subjects", "cycles", "measurements", "adverse_events"}

    described = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))

    assert described == {one.column for one in all_columns() if one.table in tables}
