"""Marrows that a lab does see: what is missing, what is too much, what is wrong."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from cytoflow_blina.mrd.verdict import MrdContext, MrdConvention, judge_tube
from cytoflow_blina.simulate.marrow.cytometers import AIEOP, POST_CD19
from cytoflow_blina.simulate.marrow.spec import CloneSpec
from cytoflow_blina.simulate.marrow.tube import SimulatedMarrow
from cytoflow_blina.workflow.batch import count_study, run_study
from cytoflow_blina.workflow.given_gates import GateChoice
from tests.mrd.tubes import RULES, tube
from tests.workflow.marrow_cases import (
    COMMON_B,
    PRO_B,
    by_sample,
    marrow,
    read_rows,
    rows_of,
    tables_and_gates,
    write_rows,
    write_study,
)

N = 25_000
"""Nucleated cells of a tube: no negative result can be had from so few."""

TWO = (CloneSpec(400, like=COMMON_B), CloneSpec(150, like=PRO_B))

CASES = {
    "full": marrow(AIEOP, N, 250),
    "no-cd58-cd34": marrow(AIEOP, N, 250, missing=("CD58", "CD34")),
    "no-cd19": marrow(AIEOP, N, 250, missing=("CD19",)),
    "no-cd19-post": marrow(POST_CD19, N, 250, missing=("CD19",), visit="EOT"),
    "aplasia": marrow(POST_CD19, N, kind="aplasia", visit="EOT"),
    "cd19-only": marrow(AIEOP, N, kind="aplasia", visit="EOT"),
    "cd19-lost": marrow(
        POST_CD19, N, clones=(CloneSpec(250, cd19="negative"),), visit="EOT"
    ),
    "blasts-95": marrow(AIEOP, N, 95 * N // 100, kind="resting"),
    "blasts-40": marrow(POST_CD19, N, 40 * N // 100, kind="resting"),
    "two-clones": marrow(POST_CD19, N, clones=TWO),
    "no-dye": marrow(AIEOP, N, 250, has_nuclear_dye=False),
    "wrong-panel": marrow(AIEOP, 2_000),
    "truncated": marrow(AIEOP, 2_000),
}


@dataclass(frozen=True)
class Cases:
    """A run of all cases, and the truth of each tube."""

    out: Path
    truth: dict[str, SimulatedMarrow]

    def verdict(self, sample_id: str) -> dict[str, str]:
        """Give the row of mrd.csv."""
        return by_sample(self.out)[sample_id]

    def true_percent(self, sample_id: str) -> float:
        """Blasts in percent of the nucleated cells."""
        return self.truth[sample_id].mrd_percent

    def flags(self, sample_id: str) -> list[str]:
        """List the flags of mrd.csv."""
        return self.verdict(sample_id)["flags"].split(";")


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    """Count every case in one study. Not to be changed."""
    folder = tmp_path_factory.mktemp("marrow-cases")
    study = folder / "study"
    truth = write_study(study, CASES, seed=3)
    rows = read_rows(study / "samples.csv")
    for row in rows:
        if row["sample_id"] == "wrong-panel":
            row["panel"] = POST_CD19
    write_rows(study / "samples.csv", rows)
    whole = (study / "fcs/truncated.fcs").read_bytes()
    (study / "fcs/truncated.fcs").write_bytes(whole[: len(whole) // 2])
    count_study(study, folder / "out")
    return Cases(folder / "out", truth)


def test_a_full_tube_measures_what_was_put_in(cases: Cases) -> None:
    found = cases.verdict("full")

    assert float(found["mrd_percent"]) == pytest.approx(
        cases.true_percent("full"), rel=0.15
    )
    assert (found["status"], found["class"]) == ("POS_QUANT", "failure")
    assert found["cd19_on_mrd"] == "positive"
    assert found["denominator_quality"] == "dye"
    assert found["review_status"] == "UNREVIEWED"
    assert found["gate_source"] == "fitted"


def test_markers_that_a_tube_lacks_are_left_out_and_said(cases: Cases) -> None:
    found = cases.verdict("no-cd58-cd34")
    (candidate,) = rows_of(cases.out, "mrd_candidates", "no-cd58-cd34")

    assert "not measured: CD58, CD34" in found["limitations"]
    assert found["limitations"].startswith(
        "candidates sought on CD10, CD38, CD20 beside CD19 and CD45 alone"
    )
    assert (found["status"], found["class"]) == ("POS_QUANT_LIMITED", "failure")
    assert float(found["mrd_percent"]) == pytest.approx(1, abs=0.2)
    assert "CD58" not in candidate["spread_decades"]
    assert "CD10" in candidate["spread_decades"]


def test_without_cd19_a_panel_of_cd19_alone_is_not_evaluable(cases: Cases) -> None:
    found = cases.verdict("no-cd19")

    assert (found["status"], found["class"]) == ("NOT_EVALUABLE", "NE")
    assert found["reason"].startswith("no marker tells B lineage")
    assert found["paper_rule"] == found["mrd_percent"] == found["lod_percent"] == ""
    assert not rows_of(cases.out, "mrd_candidates", "no-cd19")


def test_without_cd19_the_post_cd19_panel_finds_leukaemia_all_the_same(
    cases: Cases,
) -> None:
    found = cases.verdict("no-cd19-post")

    assert found["status"] == "POS_QUANT"
    assert float(found["mrd_percent"]) == pytest.approx(1, abs=0.2)
    assert found["cd19_on_mrd"] == found["cd19_positive_percent"] == ""
    assert "not measured: CD19" in found["limitations"]
    assert "FLAG_MRD_CD19_ONLY" not in cases.flags("no-cd19-post")


def test_leukaemia_that_lost_cd19_is_found_and_called_so(cases: Cases) -> None:
    found = cases.verdict("cd19-lost")

    assert found["status"] == "POS_QUANT"
    assert found["cd19_on_mrd"] == "negative"
    assert float(found["mrd_percent"]) == pytest.approx(1, abs=0.2)
    assert float(found["cd19_positive_percent"]) < 20


def test_a_marrow_without_b_cells_has_no_candidate_and_is_not_called_negative(
    cases: Cases,
) -> None:
    found = cases.verdict("aplasia")

    assert (found["n_candidates"], found["mrd_events"]) == ("0", "0")
    assert float(found["lod_percent"]) > 0.01
    assert (found["status"], found["class"]) == ("INADEQUATE", "intermediate")
    assert found["mrd_censored"] == "1"
    assert found["paper_rule"] == "negative_unsupported"
    assert cases.truth["aplasia"].counts.get("mature_b", 0) < 100


def test_cd19_alone_after_anti_cd19_therapy_limits_the_verdict(cases: Cases) -> None:
    found = cases.verdict("cd19-only")

    assert found["status"] == "INADEQUATE_LIMITED"
    assert found["limitations"].startswith(
        "B cells sought by CD19 alone, after anti-CD19 therapy"
    )
    assert "FLAG_MRD_CD19_ONLY" in cases.flags("cd19-only")


@pytest.mark.parametrize("sample_id", ["blasts-40", "blasts-95"])
def test_a_marrow_full_of_blasts_is_measured_within_three_points(
    cases: Cases, sample_id: str
) -> None:
    found = cases.verdict(sample_id)

    assert float(found["mrd_percent"]) == pytest.approx(
        cases.true_percent(sample_id), abs=3
    )
    assert (found["status"], found["class"]) == ("POS_QUANT", "failure")
    assert found["paper_rule"] == "positive"


def test_two_clones_are_two_candidates_and_their_events_are_counted_once(
    cases: Cases,
) -> None:
    found = cases.verdict("two-clones")
    larger, smaller = rows_of(cases.out, "mrd_candidates", "two-clones")

    assert float(larger["n_events"]) == pytest.approx(400, rel=0.15)
    assert float(smaller["n_events"]) == pytest.approx(150, rel=0.2)
    assert larger["path"].endswith("/candidate_1")
    assert smaller["path"].endswith("/candidate_2")
    in_gates = int(larger["n_events"]) + int(smaller["n_events"])
    assert int(larger["n_events"]) < int(found["mrd_events"]) <= in_gates
    assert found["n_candidates"] == "2"


def test_without_a_nuclear_dye_the_denominator_is_said_to_be_approximate(
    cases: Cases,
) -> None:
    found = cases.verdict("no-dye")

    assert found["denominator_quality"] == "approx"
    assert "the denominator is approximate" in found["limitations"]
    assert "FLAG_MRD_DENOM_APPROX" in cases.flags("no-dye")
    n_true = cases.truth["no-dye"].n_nucleated
    assert float(found["denominator_events"]) == pytest.approx(n_true, rel=0.1)
    assert found["status"] == "POS_QUANT"


@pytest.mark.parametrize(
    ("sample_id", "stage"), [("wrong-panel", "panel"), ("truncated", "read")]
)
def test_a_tube_that_cannot_be_processed_is_not_evaluable_and_hinders_no_other(
    cases: Cases, sample_id: str, stage: str
) -> None:
    found = cases.verdict(sample_id)
    failures = {row["sample_id"]: row for row in read_rows(cases.out / "failures.csv")}

    assert set(failures) == {"wrong-panel", "truncated"}
    assert failures[sample_id]["stage"] == stage
    assert failures[sample_id]["problem"].startswith(f"{sample_id}.fcs: ")
    assert (found["status"], found["class"]) == ("NOT_EVALUABLE", "NE")
    assert found["reason"] == "the tube could not be processed; failures.csv says why"


def test_a_wrong_panel_is_told_with_what_the_file_holds_and_what_was_expected(
    cases: Cases,
) -> None:
    problem = by_sample(cases.out, "failures")["wrong-panel"]["problem"]

    assert "PE-A is labelled 'CD58', where the panel expects CD22" in problem
    assert "does not fit bcp-all-mrd-post-cd19" in problem


def test_every_sample_has_a_row_and_none_is_negative_beyond_its_sensitivity(
    cases: Cases,
) -> None:
    rows = read_rows(cases.out / "mrd.csv")

    assert [row["sample_id"] for row in rows] == sorted(CASES)
    for row in rows:
        assert row["sentence"]
        if row["status"].startswith("NEG"):
            assert float(row["lod_percent"]) <= 0.01
        if row["class"] == "CR":
            assert row["status"] in {"NEG", "NEG_BELOW_LOD"}


def test_all_candidates_are_gates_and_are_counted_from_the_file(cases: Cases) -> None:
    for row in read_rows(cases.out / "mrd_candidates.csv"):
        gates = rows_of(cases.out, "populations", row["sample_id"])
        (gate,) = [one for one in gates if one["path"] == row["path"]]
        document = cases.out / f"gates/{row['sample_id']}.xml"

        assert gate["n_events"] == row["n_events"]
        assert row["path"].rpartition("/")[2] in document.read_text(encoding="utf-8")


def test_a_tube_that_cannot_tell_b_lineage_does_not_tell_a_switch_of_lineage(
    cases: Cases,
) -> None:
    assert "FLAG_LINEAGE_SWITCH" not in cases.flags("no-cd19")


def test_without_b_lineage_the_reference_is_not_said_to_be_missing(
    cases: Cases,
) -> None:
    limitations = cases.verdict("no-cd19")["limitations"]

    assert "normal cells were not known" not in limitations


def test_a_tube_that_lacks_the_markers_of_aberrancy_is_not_called_negative() -> None:
    # Simulated leukaemia is missed in most tubes without these two.
    seen = tube(missing=("CD10", "CD38"))

    found = judge_tube(seen, MrdContext(), MrdConvention("ICCS20_50"), RULES)

    assert (found.status, found.mrd_class) == ("NEG_LIMITED", "intermediate")


# Subjects with a sample at diagnosis.

DIAGNOSIS = marrow(POST_CD19, 15_000, 9_000, kind="resting", subject="P1")
AFTER = marrow(
    POST_CD19,
    N,
    clones=(CloneSpec(60, shifts={"CD10": -0.5}),),
    kind="aplasia",
    subject="P1",
    visit="EOT",
)


@pytest.fixture(scope="session")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a subject at diagnosis and after a cycle, and another. Not to be changed."""
    folder = tmp_path_factory.mktemp("followed")
    specs = {
        "P1-DX": DIAGNOSIS,
        "P1-EOT": AFTER,
        "P2-EOT": marrow(POST_CD19, 15_000, 200, visit="EOT", subject="P2"),
    }
    write_study(folder / "study", specs, seed=5)
    run_study(folder / "study", folder / "out")
    return folder


def test_a_later_sample_is_compared_with_the_diagnosis_of_the_subject(
    followed: Path,
) -> None:
    verdicts = by_sample(followed / "out")
    (found,) = rows_of(followed / "out", "mrd_candidates", "P1-EOT")

    assert {name: row["compared_with"] for name, row in verdicts.items()} == {
        "P1-DX": "",
        "P1-EOT": "P1-DX",
        "P2-EOT": "",
    }
    shift = re.search(r"CD10 dimmer by (\S+) decade", found["shifts"])
    assert shift is not None
    assert float(shift[1]) == pytest.approx(0.5, abs=0.15)
    assert 1 < float(found["diagnosis_sd"]) < 8
    assert float(found["n_events"]) == pytest.approx(60, rel=0.2)


def test_without_a_diagnosis_nothing_is_compared(followed: Path) -> None:
    for sample_id in ("P1-DX", "P2-EOT"):
        (found,) = rows_of(followed / "out", "mrd_candidates", sample_id)

        assert found["diagnosis_sd"] == found["shifts"] == ""


def test_a_subject_has_a_course_and_a_report(followed: Path) -> None:
    course = rows_of(followed / "out", "mrd_follow_up", "P1-EOT")

    assert len(course) == 1
    assert (followed / "out/report.html").is_file()


# Gates that a person changed.


def enlarged(document: str) -> str:
    """Double the squared distance of the surface of the first candidate."""
    head, gate, tail = document.partition('gating:id="candidate_1"')
    surface = re.search(r'distanceSquare data-type:value="([^"]+)"', tail)
    assert surface is not None
    wider = str(2 * float(surface[1]))
    return head + gate + tail[: surface.start(1)] + wider + tail[surface.end(1) :]


def without_candidate(document: str) -> str:
    """Delete the first candidate."""
    shorter, n_deleted = re.subn(
        r'\s*<gating:EllipsoidGate gating:id="candidate_1".*?</gating:EllipsoidGate>',
        "",
        document,
        flags=re.DOTALL,
    )
    assert n_deleted == 1
    return shorter


def run_with(followed: Path, out: Path, sample_id: str, document: str) -> None:
    """Run the study with one tube gated by a document."""
    folder = out.parent / "drawn"
    folder.mkdir()
    (folder / f"{sample_id}.xml").write_text(document, encoding="utf-8")
    run_study(
        followed / "study", out, gates=GateChoice(folder, "KL", "looked at the plots")
    )


def document_of(followed: Path, sample_id: str) -> str:
    return (followed / f"out/gates/{sample_id}.xml").read_text(encoding="utf-8")


def test_an_enlarged_candidate_is_counted_as_it_was_drawn(
    followed: Path, tmp_path: Path
) -> None:
    drawn = enlarged(document_of(followed, "P2-EOT"))

    run_with(followed, tmp_path / "out", "P2-EOT", drawn)

    before, after = by_sample(followed / "out"), by_sample(tmp_path / "out")
    (row,) = rows_of(tmp_path / "out", "mrd_candidates", "P2-EOT")
    found, fitted = after["P2-EOT"], before["P2-EOT"]
    assert int(found["mrd_events"]) > int(fitted["mrd_events"])
    assert found["mrd_events"] == row["n_events"]
    assert found["gate_source"] == row["gate_source"] == "manual"
    assert found["denominator_events"] == fitted["denominator_events"]
    assert found["review_status"] == "UNREVIEWED"
    assert document_of(followed, "P2-EOT") != drawn
    assert (tmp_path / "out/gates/P2-EOT.xml").read_text(encoding="utf-8") == drawn
    assert (after["P1-DX"], after["P1-EOT"]) == (before["P1-DX"], before["P1-EOT"])


def test_a_deleted_candidate_is_not_counted_and_not_found_again(
    followed: Path, tmp_path: Path
) -> None:
    drawn = without_candidate(document_of(followed, "P2-EOT"))

    run_with(followed, tmp_path / "out", "P2-EOT", drawn)

    found = by_sample(tmp_path / "out")["P2-EOT"]
    fitted = by_sample(followed / "out")["P2-EOT"]
    assert (found["mrd_events"], found["n_candidates"]) == ("0", "0")
    assert found["gate_source"] == "manual"
    assert found["denominator_events"] == fitted["denominator_events"]
    assert found["b_lineage_events"] == fitted["b_lineage_events"]
    assert found["status"].startswith("INADEQUATE")
    assert not rows_of(tmp_path / "out", "mrd_candidates", "P2-EOT")


def test_a_diagnosis_as_it_was_drawn_is_what_later_samples_are_held_against(
    followed: Path, tmp_path: Path
) -> None:
    drawn = without_candidate(document_of(followed, "P1-DX"))

    run_with(followed, tmp_path / "out", "P1-DX", drawn)

    after = by_sample(tmp_path / "out")
    assert after["P1-DX"]["mrd_events"] == "0"
    assert after["P1-EOT"]["compared_with"] == ""
    assert after["P2-EOT"] == by_sample(followed / "out")["P2-EOT"]


def test_the_same_gates_give_the_same_numbers(followed: Path, tmp_path: Path) -> None:
    run_study(
        followed / "study", tmp_path / "out", gates=GateChoice(followed / "out/gates")
    )

    for name, found in by_sample(tmp_path / "out").items():
        fitted = by_sample(followed / "out")[name]
        assert {**found, "gate_source": ""} == {**fitted, "gate_source": ""}
        assert found["gate_source"] == "manual"


def test_neither_workers_nor_the_order_of_the_sheet_change_a_byte(
    followed: Path, tmp_path: Path
) -> None:
    study = tmp_path / "study"
    shutil.copytree(followed / "study", study)
    write_rows(study / "samples.csv", read_rows(study / "samples.csv")[::-1])

    count_study(followed / "study", tmp_path / "one", n_jobs=1)
    count_study(study, tmp_path / "two", n_jobs=2)

    assert tables_and_gates(tmp_path / "one") == tables_and_gates(tmp_path / "two")
