"""study.toml as it is written, and as a person changes it."""

from pathlib import Path

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.workflow.study import (
    ANALYSES,
    load_study,
    study_file,
    write_study,
)

DOCUMENTS = '[documents]\npanels = []\ntemplates = []\nlimits = "limits.toml"\n'
TWO = 'by = "group2"\na = ["RRPOS"]\nb = ["NEG"]\n'
APPENDED = {
    "comparison": "",
    "group_comparison": TWO,
    "kinetics": 'visits = ["D0", "EOT"]\n',
    "response": "",
    "survival": 'endpoint = "os"\n',
    "adverse_events": TWO,
    "characteristics": f'{TWO}columns = ["sex"]\n',
}


def study(folder: Path, text: str) -> Path:
    file = folder / "study.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problems_of(file: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_study(file)
    return [str(one) for one in caught.value.problems]


@pytest.mark.parametrize("kind", ANALYSES)
def test_an_analysis_may_be_appended_to_a_written_study(
    kind: str, tmp_path: Path
) -> None:
    file = tmp_path / "study.toml"
    write_study(load_study(study(tmp_path, DOCUMENTS)), file)
    text = file.read_text(encoding="utf-8")

    file.write_text(f'{text}\n[[{kind}]]\nname = "new"\n{APPENDED[kind]}', "utf-8")

    assert [plan.name for plan in getattr(load_study(file), kind)] == ["new"]


def test_windows_may_be_appended_to_a_written_study(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    write_study(load_study(study(tmp_path, DOCUMENTS)), file)

    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n[windows]\nD14 = [10, 18]\n")

    assert load_study(file).windows == {"D14": [10, 18]}


def test_an_empty_list_that_is_no_default_is_written(tmp_path: Path) -> None:
    given = '[[response]]\nname = "r"\nresponders = []\n'
    config = load_study(study(tmp_path, DOCUMENTS + given))

    write_study(config, tmp_path / "study.toml")

    assert load_study(tmp_path) == config
    assert config.response[0].responders == []


def test_the_line_that_forbids_an_analysis_is_named(tmp_path: Path) -> None:
    plan = f'[[adverse_events]]\nname = "new"\n{TWO}'
    file = study(tmp_path, f"kinetics = []\nadverse_events = []\n{DOCUMENTS}{plan}")

    (problem,) = problems_of(file)

    assert problem.startswith("study.toml: is not valid TOML: Cannot mutate immutable")
    assert problem.endswith(" Delete the line adverse_events = [].")


def test_other_faults_of_toml_name_no_line_to_delete(tmp_path: Path) -> None:
    for text in ("title = \n", "tables = {}\n[tables.x]\n"):
        (problem,) = problems_of(study(tmp_path, text))

        assert problem.startswith("study.toml: is not valid TOML")
        assert "Delete" not in problem


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (
            '[[comparison]]\nname = "x"\noutcomes = ["CD3", "NK", "CD3"]\n',
            "comparison.0: outcome 'CD3' stands twice in outcomes; name it once.",
        ),
        (
            '[[response]]\nname = "x"\npredictors = ["sex", "sex"]\n',
            "response.0: predictor 'sex' stands twice in predictors; name it once.",
        ),
        (
            '[[response]]\nname = "x"\nmodel = ["sex", "sex"]\n',
            "response.0: model term 'sex' stands twice in model; name it once.",
        ),
        (
            '[[response]]\nname = "x"\nby = ["sex", "sex"]\n',
            "response.0: column 'sex' stands twice in by; name it once.",
        ),
        (
            f'[[characteristics]]\nname = "x"\n{TWO}columns = ["sex", "sex"]\n',
            "characteristics.0: column 'sex' stands twice in columns; name it once.",
        ),
        (
            f'[[adverse_events]]\nname = "x"\n{TWO}terms = ["TLS", "TLS"]\n',
            "adverse_events.0: term 'TLS' stands twice in terms; name it once.",
        ),
    ],
)
def test_what_an_analysis_names_twice_is_told(
    plan: str, expected: str, tmp_path: Path
) -> None:
    assert problems_of(study(tmp_path, DOCUMENTS + plan)) == [f"study.toml: {expected}"]


def test_a_predictor_may_stand_in_the_model_too(tmp_path: Path) -> None:
    plan = '[[response]]\nname = "x"\npredictors = ["sex"]\nmodel = ["sex"]\n'

    assert load_study(study(tmp_path, DOCUMENTS + plan)).response[0].model == ["sex"]


@pytest.mark.parametrize(
    ("written", "read"), [("true", "true"), ("false", "false"), ("14", "14")]
)
def test_values_of_columns_may_stand_without_quotes(
    written: str, read: str, tmp_path: Path
) -> None:
    plans = f"""
[[group_comparison]]
name = "g"
by = "x"
a = [{written}]
b = [{written}]
where = {{x = [{written}]}}
[[response]]
name = "r"
responders = [{written}]
non_responders = [{written}]
[[survival]]
name = "s"
endpoint = "os"
groups = [[{written}], ["{written}"]]
"""

    config = load_study(study(tmp_path, DOCUMENTS + plans))

    groups, response = config.group_comparison[0], config.response[0]
    assert groups.a == groups.b == groups.where["x"] == [read]
    assert response.responders == response.non_responders == [read]
    assert config.survival[0].groups == [[read], [read]]


@pytest.mark.parametrize("value", ["1.5", "[1]", "2024-05-01"])
def test_other_values_need_quotes(value: str, tmp_path: Path) -> None:
    plan = f'[[comparison]]\nname = "c"\nwhere = {{x = [{value}]}}\n'

    (problem,) = problems_of(study(tmp_path, DOCUMENTS + plan))

    assert "must be a valid string; found" in problem


def test_a_folder_that_is_not_there_needs_no_study(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as absent:
        study_file(tmp_path / "nowhere")
    with pytest.raises(ConfigError) as empty:
        study_file(tmp_path)

    assert str(absent.value).endswith(
        "nowhere: there is no such folder or file. Check the name."
    )
    assert "there is no study.toml here. Make a study folder with" in str(empty.value)


def test_mrd_may_be_judged_by_another_rule_and_kept_so(tmp_path: Path) -> None:
    text = f'{DOCUMENTS}\n[mrd]\nprofile = "EUROFLOW"\nblank_samples = ["M1"]\n'
    config = load_study(study(tmp_path, text))

    write_study(config, tmp_path / "written.toml")

    assert load_study(tmp_path / "written.toml") == config
    assert config.mrd.profile == "EUROFLOW"
    assert config.mrd.blank_samples == ["M1"]


def test_an_unknown_denominator_of_mrd_is_refused(tmp_path: Path) -> None:
    file = study(tmp_path, f'{DOCUMENTS}\n[mrd]\ndenominator = "TNC"\n')

    (problem,) = problems_of(file)

    assert problem == (
        "study.toml: mrd.denominator: must be '', 'NUC', 'MNC', 'CD45P' or 'WBC'; "
        "found 'TNC'."
    )
