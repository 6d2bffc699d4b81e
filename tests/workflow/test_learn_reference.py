"""A study of negative marrows becomes a reference, or says why it cannot."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.mrd.reference_document import load_reference
from cytoflow_blina.workflow.init import make_study
from cytoflow_blina.workflow.learn_reference import ReferenceNames, learn_reference
from tests.workflow.conftest import read_rows, write_rows
from tests.workflow.marrow_study import MARKERS, make_marrow_study, write_marrow

SHIPPED = "bcp-all-mrd-post-cd19"


@pytest.fixture(scope="module")
def marrows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six negative marrows. Not to be changed."""
    return make_marrow_study(tmp_path_factory.mktemp("marrows") / "study", 6)


@pytest.mark.slow
def test_the_reference_has_the_normal_cells_of_the_marrows(
    marrows: Path, tmp_path: Path
) -> None:
    out = tmp_path / "toy.toml"

    names = ReferenceNames("toy", "1.2.3", "of nobody")
    summary = learn_reference(marrows, out, names=names)

    reference = load_reference(out)
    tube = reference.tubes[0]
    assert summary.failed == ()
    assert (reference.name, reference.version) == ("toy", "1.2.3")
    assert reference.panel == "toy-marrow"
    assert "6 negative marrows" in reference.learnt_from
    assert "of nobody" in reference.learnt_from
    assert tube.markers == MARKERS
    assert tube.cofactor == pytest.approx(165.8, abs=0.1)
    assert {one.name for one in tube.populations} == {"hg", "mature_b"}
    assert set(tube.anchors) == {"nucleated/t"}
    assert sum(one.weight for one in tube.populations) == pytest.approx(1, abs=1e-4)
    hematogones = [one for one in tube.populations if one.name == "hg"]
    middle = np.average(
        [one.mean for one in hematogones],
        axis=0,
        weights=[one.weight for one in hematogones],
    )
    # CD10 at 10^4.2 is asinh(10^4.2 / 165.8) / ln 10.
    assert middle[0] == pytest.approx(2.28, abs=0.05)
    assert summary.tubes[0].n_marrows == 6
    assert summary.tubes[0].held_out.quantiles_sd[1] < 6
    assert "99.9 % below" in summary.as_text()


@pytest.mark.slow
def test_the_same_study_gives_the_same_bytes(marrows: Path, tmp_path: Path) -> None:
    learn_reference(marrows, tmp_path / "a.toml")
    learn_reference(marrows, tmp_path / "b.toml")

    first, second = (tmp_path / name for name in ("a.toml", "b.toml"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.slow
def test_a_broken_tube_does_not_stop_the_others(tmp_path: Path) -> None:
    study = make_marrow_study(tmp_path / "study", 4)
    file = study / "fcs/N2.fcs"
    file.write_bytes(file.read_bytes()[:5_000])

    summary = learn_reference(study)

    assert summary.tubes[0].n_marrows == 3
    assert len(summary.failed) == 1
    assert str(summary.failed[0]).startswith("N2: N2.fcs: ")
    assert (study / "gating/references/toy-marrow.toml").is_file()


def test_fewer_than_three_marrows_are_refused_before_any_is_read(
    tmp_path: Path,
) -> None:
    study = make_marrow_study(tmp_path / "study", 2)

    with pytest.raises(ConfigError, match="2 marrows, at least 3 are needed"):
        learn_reference(study)


def test_too_few_that_can_be_read_are_refused_with_the_reasons(tmp_path: Path) -> None:
    study = make_marrow_study(tmp_path / "study", 3)
    (study / "fcs/N1.fcs").write_bytes(b"no FCS file")

    with pytest.raises(ConfigError) as caught:
        learn_reference(study)

    assert len(caught.value.problems) == 2
    assert "N1.fcs" in str(caught.value.problems[0])
    assert "2 marrows" in str(caught.value.problems[1])
    assert not (study / "gating/references").exists()


def test_marrows_almost_without_b_lineage_are_refused(tmp_path: Path) -> None:
    study = make_marrow_study(tmp_path / "study", 3, n_events=200)

    with pytest.raises(ConfigError, match="600 events of B lineage in 3 marrows"):
        learn_reference(study)


def test_a_panel_without_mrd_is_refused(tmp_path: Path) -> None:
    study = make_marrow_study(tmp_path / "study", 3)
    template = study / "gating/template.toml"
    text = template.read_text("utf-8")
    template.write_text(text[: text.index("[tube.mrd]")], encoding="utf-8")

    with pytest.raises(ConfigError, match=r"\[tube.mrd\]"):
        learn_reference(study)


@pytest.mark.slow
def test_tubes_in_which_no_mrd_is_sought_are_left_out(tmp_path: Path) -> None:
    study = make_marrow_study(tmp_path / "study", 4)
    for kind in ("panel", "template"):
        file = study / f"gating/{kind}.toml"
        head, body = file.read_text("utf-8").split('[[tube]]\nid = ""')
        other = body.partition("[tube.mrd]")[0]
        tubes = f'[[tube]]\nid = "1"{body}\n[[tube]]\nid = "2"{other}'
        file.write_text(head + tubes, encoding="utf-8")
    rows = read_rows(study / "samples.csv")
    for number in range(4):
        write_marrow(study / f"fcs/N{number + 1}.2.fcs", {"t": 100}, seed=number)
    second = [
        {**row, "tube": "2", "fcs_file": row["fcs_file"].replace(".fcs", ".2.fcs")}
        for row in rows
    ]
    write_rows(study / "samples.csv", [{**row, "tube": "1"} for row in rows] + second)

    summary = learn_reference(study)

    assert [(one.tube, one.n_marrows) for one in summary.tubes] == [("1", 4)]
    assert summary.failed == ()


@pytest.mark.slow
def test_marrows_in_aplasia_are_named_and_say_nothing_of_brightness(
    marrows: Path, tmp_path: Path
) -> None:
    study = tmp_path / "study"
    shutil.copytree(marrows, study)
    cells = {"t": 1_500, "hg": 3, "mature_b": 2}
    for number in (5, 6):
        write_marrow(study / f"fcs/N{number}.fcs", cells, seed=number)

    summary = learn_reference(study)

    (tube,) = summary.tubes
    assert tube.without_maturation == ("N5", "N6")
    assert max(tube.between_tubes.values()) < 0.1
    assert "Brightness between 4 marrows" in summary.as_text()
    assert "2 of 6 marrows show too few normal B cells" in summary.as_text()


@pytest.mark.parametrize("is_changed", [False, True])
def test_only_an_unchanged_copy_of_the_shipped_reference_gives_way(
    tmp_path: Path, is_changed: bool
) -> None:
    study = tmp_path / "study"
    make_study(study, [SHIPPED])
    (copy,) = (study / "gating/references").iterdir()
    if is_changed:
        copy.write_text(copy.read_text("utf-8") + "# mine\n", encoding="utf-8")
    rows = [
        {
            "sample_id": name,
            "subject_id": name,
            "visit": "UNS",
            "specimen": "BM",
            "panel": SHIPPED,
            "fcs_file": f"fcs/{name}.fcs",
            "count_method": "none",
        }
        for name in ("N1", "N2", "N3")
    ]
    for row in rows:
        write_marrow(study / row["fcs_file"], {"t": 10}, seed=1)
    write_rows(study / "samples.csv", rows)

    with pytest.raises(ConfigError) as caught:
        learn_reference(study)

    places = [problem.where for problem in caught.value.problems]
    assert (copy.name in places) is is_changed


def test_a_document_that_is_there_stays(marrows: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.toml"
    out.write_text("# mine", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"mine.toml: is there already"):
        learn_reference(marrows, out)

    assert out.read_text("utf-8") == "# mine"


def test_a_version_is_three_numbers(marrows: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--version: must be three numbers"):
        learn_reference(marrows, tmp_path / "a.toml", names=ReferenceNames("", "2"))


def test_tubes_of_a_marker_less_are_left_out_and_told(tmp_path: Path) -> None:
    study = make_marrow_study(tmp_path / "study", 4)
    panel = study / "gating/panel.toml"
    text = panel.read_text("utf-8")
    # No file has CD10 any more, so no marrow is left.
    text = text.replace('["APC-A"]', '["BV421-A"]\nantigens = "none"\nrequired = false')
    panel.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=r"N1.fcs: does not measure CD10"):
        learn_reference(study)


@pytest.mark.slow
def test_one_document_cannot_hold_two_panels(tmp_path: Path) -> None:
    study = make_marrow_study(tmp_path / "study", 6)
    for kind in ("panel", "template"):
        text = (study / f"gating/{kind}.toml").read_text("utf-8")
        copy = text.replace("toy-marrow", "other-marrow")
        (study / f"gating/{kind}2.toml").write_text(copy, encoding="utf-8")
    config = (study / "study.toml").read_text("utf-8")
    for kind in ("panel", "template"):
        config = config.replace(
            f'["gating/{kind}.toml"]', f'["gating/{kind}.toml", "gating/{kind}2.toml"]'
        )
    (study / "study.toml").write_text(config, encoding="utf-8")
    rows = read_rows(study / "samples.csv")
    for row in rows[3:]:
        row["panel"] = "other-marrow"
    write_rows(study / "samples.csv", rows)

    with pytest.raises(ConfigError, match="marrows of 2 panels"):
        learn_reference(study, tmp_path / "one.toml")
    summary = learn_reference(study, tmp_path / "both")

    assert [Path(file).name for file in summary.files] == [
        "other-marrow.toml",
        "toy-marrow.toml",
    ]
