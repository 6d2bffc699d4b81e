"""What `init` leaves is a study that runs as it is."""

import shutil
from pathlib import Path

from cytoflow_blina.domain.analysis_plan import ComparisonPlan
from cytoflow_blina.domain.documents import shipped_documents, shipped_panels
from cytoflow_blina.workflow.init import make_study
from cytoflow_blina.workflow.study import (
    Documents,
    StudyConfig,
    load_study,
    write_study,
)
from tests.workflow.conftest import read_rows


def test_what_stands_in_study_toml_is_what_is_taken_without_it(tmp_path: Path) -> None:
    make_study(tmp_path, shipped_panels())

    config = load_study(tmp_path)

    assert config == StudyConfig(
        documents=Documents(
            panels=[f"gating/panels/{panel}.toml" for panel in shipped_panels()],
            templates=[f"gating/templates/{panel}.toml" for panel in shipped_panels()],
            limits="gating/limits.toml",
            references=[
                f"gating/references/{panel}.toml"
                for panel in shipped_panels()
                if (shipped_documents() / f"references/{panel}.toml").is_file()
            ],
        ),
        comparison=[ComparisonPlan(name="end of treatment vs baseline")],
    )


def test_a_study_of_marrow_has_its_own_rules_of_mrd(tmp_path: Path) -> None:
    make_study(tmp_path / "marrow", ["bcp-all-mrd-aieop-bfm"])
    make_study(tmp_path / "blood", ["facscanto-tbnk"])

    marrow = load_study(tmp_path / "marrow")
    assert (tmp_path / "marrow" / marrow.documents.mrd).is_file()
    assert [
        (tmp_path / "marrow" / reference).is_file()
        for reference in marrow.documents.references
    ] == [True]
    text = (tmp_path / "blood" / "study.toml").read_text("utf-8")
    assert "[mrd]" not in text
    assert not (tmp_path / "blood" / "gating" / "mrd.toml").exists()


def test_a_written_study_reads_back_the_same(tmp_path: Path) -> None:
    make_study(tmp_path / "study", shipped_panels())
    config = load_study(tmp_path / "study")

    write_study(config, tmp_path / "study.toml")

    assert load_study(tmp_path / "study.toml") == config


def test_the_labs_own_files_are_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "gating").mkdir()
    (tmp_path / "gating" / "limits.toml").write_text("# ours", encoding="utf-8")
    (tmp_path / "samples.csv").write_text("sample_id\n", encoding="utf-8")

    make_study(tmp_path, shipped_panels())

    assert (tmp_path / "gating" / "limits.toml").read_text("utf-8") == "# ours"
    assert (tmp_path / "samples.csv").read_text("utf-8") == "sample_id\n"


def test_files_that_are_there_stand_in_the_sheet_with_their_panel(
    demo_study: Path, tmp_path: Path
) -> None:
    (tmp_path / "fcs").mkdir()
    for name in ("S01-D0.A.fcs", "S05-D0.fcs", "S03-EOT.B.fcs"):
        shutil.copyfile(demo_study / "fcs" / name, tmp_path / "fcs" / name)

    make_study(tmp_path, shipped_panels())

    rows = {row["fcs_file"]: row for row in read_rows(tmp_path / "samples.csv")}
    listed = {
        file: (row["sample_id"], row["panel"], row["tube"])
        for file, row in rows.items()
    }
    assert listed == {
        "fcs/S01-D0.A.fcs": ("S01-D0", "facscalibur-multitest", "A"),
        "fcs/S03-EOT.B.fcs": ("S03-EOT.B", "", ""),
        "fcs/S05-D0.fcs": ("S05-D0", "facscanto-tbnk", ""),
    }
