"""What a lab gets wrong is said so that the lab can mend it, before anything runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.workflow.batch import run_study
from cytoflow_blina.workflow.plan import load_plan
from tests.workflow.conftest import Rows

EditSheet = Callable[[Callable[[Rows], object]], None]


def problems_of(study: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_plan(study)
    return [str(problem) for problem in caught.value.problems]


def replace_in(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_all_problems_of_all_documents_are_told_at_once(
    study: Path, edit_sheet: EditSheet
) -> None:
    edit_sheet(lambda rows: rows[0].update(visit="D99"))
    edit_sheet(lambda rows: rows[1].update(specimen="XX"))
    replace_in(study / "gating/limits.toml", "QC_LYMPHOSUM", "QC_LYMPHSUM")
    template = study / "gating/templates/facscanto-tbnk.toml"
    replace_in(template, 'marker = "CD19"\npopulation', 'marker = "CD91"\npopulation')

    problems = problems_of(study)

    text = "\n".join(problems)
    assert "gating/limits.toml" in text
    assert "gating/templates/facscanto-tbnk.toml" in text
    assert "Did you mean 'CD19'?" in text
    assert "samples.csv: row 2, column visit" in text
    assert "samples.csv: row 3, column specimen" in text


def test_nothing_is_written_when_a_document_is_wrong(
    study: Path, edit_sheet: EditSheet, tmp_path: Path
) -> None:
    edit_sheet(lambda rows: rows[0].update(panel="no-such-panel"))
    out = tmp_path / "out"

    with pytest.raises(ConfigError):
        run_study(study, out)

    assert not out.exists()
    assert not list(tmp_path.glob(".out*"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"fcs_file": "fcs/not-there.fcs"}, "fcs/not-there.fcs"),
        ({"panel": "facscanto-tbkn"}, "Did you mean 'facscanto-tbnk'?"),
        ({"beads_per_tube": ""}, "beads_per_tube"),
        ({"beads_per_tube": "5000"}, "20000 to 100000"),
        ({"tube": "B"}, "stands already in row"),
    ],
    ids=["missing file", "unknown panel", "no beads", "odd beads", "duplicate tube"],
)
def test_a_wrong_cell_is_named_with_its_row(
    study: Path, edit_sheet: EditSheet, change: dict[str, str], expected: str
) -> None:
    edit_sheet(lambda rows: rows[0].update(change))

    problems = problems_of(study)

    matching = [one for one in problems if expected in one]
    assert matching, problems
    assert matching[0].startswith("samples.csv: row ")


def test_a_misspelt_column_is_not_carried_through(
    study: Path, edit_sheet: EditSheet
) -> None:
    def misspell(rows: Rows) -> None:
        for row in rows:
            row["beads_per_tub"] = row.pop("beads_per_tube")

    edit_sheet(misspell)

    text = "\n".join(problems_of(study))

    assert "beads_per_tub" in text
    assert "Did you mean 'beads_per_tube'?" in text


def test_a_study_without_study_toml_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no study\.toml here.*init"):
        load_plan(tmp_path)


def test_an_unknown_key_of_study_toml_is_refused(study: Path) -> None:
    replace_in(study / "study.toml", "pipetting_cv_percent", "pipeting_cv_percent")

    (problem,) = problems_of(study)

    assert problem == (
        "study.toml: counting.pipeting_cv_percent: unknown key; known are "
        "pipetting_cv_percent, bead_lot_cv_percent, volume_cv_percent, "
        "wbc_cv_percent, lymph_percent_cv_percent, count_method_change_reason. "
        "Did you mean 'pipetting_cv_percent'?"
    )


def test_a_comparison_of_undeclared_visits_is_refused(study: Path) -> None:
    replace_in(study / "study.toml", 'baseline = "D0"', 'baseline = "D00"')

    (problem,) = problems_of(study)

    assert problem.startswith("study.toml: comparison.0: visit 'D00' is not declared")
    assert "Did you mean 'D0'?" in problem


def test_a_panel_without_a_template_is_refused(study: Path) -> None:
    replace_in(study / "study.toml", '  "gating/templates/facscanto-tbnk.toml",\n', "")

    assert "study.toml: documents: no template for panel 'facscanto-tbnk'" in (
        "\n".join(problems_of(study))
    )


def test_an_output_folder_that_is_no_run_is_never_replaced(
    study: Path, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("do not lose", encoding="utf-8")

    with pytest.raises(ConfigError, match="is no output of a run"):
        run_study(study, precious, replace=True)

    assert (precious / "thesis.txt").read_text(encoding="utf-8") == "do not lose"


def test_results_are_not_overwritten_without_being_asked(
    study: Path, demo_run: Path
) -> None:
    before = (demo_run / "counts.csv").read_bytes()

    with pytest.raises(ConfigError, match="add --replace"):
        run_study(study, demo_run)

    assert (demo_run / "counts.csv").read_bytes() == before


def test_an_empty_folder_may_be_named_by_a_dot(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    run_study(study, Path())

    assert (here / "report.html").is_file()
