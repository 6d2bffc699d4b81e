"""A study goes from FCS files to tables, the same way every time."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cytoflow_blina.bridge.gating_ml import read_gating_ml, write_gating_ml
from cytoflow_blina.cohort.columns import OUTPUT_TABLES, columns_of
from cytoflow_blina.domain.gate import GateNode, Limits, RectangleGate
from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.errors import ConfigError
from cytoflow_blina.workflow.batch import run_study
from cytoflow_blina.workflow.given_gates import GateChoice
from tests.workflow.conftest import Rows, read_rows, write_rows

EditSheet = Callable[[Callable[[Rows], object]], None]


def tables_of(out: Path) -> dict[str, bytes]:
    files = [*out.glob("*.csv"), *out.glob("gates/*.xml"), *out.glob("plots/*.npz")]
    return {str(file.relative_to(out)): file.read_bytes() for file in files}


def counts_of(out: Path) -> dict[tuple[str, str], str]:
    rows = read_rows(out / "counts.csv")
    return {(row["sample_id"], row["population"]): row["n_events"] for row in rows}


def test_every_table_of_the_contract_is_there_with_its_columns(demo_run: Path) -> None:
    for name in OUTPUT_TABLES:
        header = (demo_run / f"{name}.csv").read_text("utf-8").splitlines()[0]
        assert header.split(",") == list(columns_of(name))


def test_the_truncated_tube_is_recorded_and_the_others_are_counted(
    demo_study: Path, demo_run: Path
) -> None:
    n_tubes = len(read_rows(demo_study / "samples.csv"))

    (failure,) = read_rows(demo_run / "failures.csv")
    tubes = {
        (row["sample_id"], row["tube"])
        for row in read_rows(demo_run / "populations.csv")
    }

    assert failure["stage"] == "read"
    assert "ends early" in failure["problem"]
    assert len(tubes) == n_tubes - 1


def test_counts_are_near_the_truth(demo_study: Path, demo_run: Path) -> None:
    truth = {
        (row["sample_id"], row["tube"], row["population"]): float(row["cells_per_ul"])
        for row in read_rows(demo_study / "truth" / "counts.csv")
    }
    large = [
        row
        for row in read_rows(demo_run / "counts.csv")
        if row["population"] in {"CD3", "CD4", "CD8", "NK"}
        and row["cells_per_ul"]
        and int(row["n_events"]) >= 500
    ]

    assert len(large) > 30
    for row in large:
        tube = row["source_tube"].split(";")[-1]
        true = truth[row["sample_id"], tube, row["population"]]
        assert float(row["cells_per_ul"]) == pytest.approx(true, rel=0.12)


def test_workers_and_the_order_of_the_sheet_change_no_byte(
    study: Path, edit_sheet: EditSheet, tmp_path: Path
) -> None:
    run_study(study, tmp_path / "here")
    run_study(study, tmp_path / "one", n_jobs=1)
    edit_sheet(lambda rows: rows.reverse())
    run_study(study, tmp_path / "two", n_jobs=2)

    here, one, two = (tables_of(tmp_path / name) for name in ("here", "one", "two"))

    assert here.keys() == one.keys() == two.keys()
    assert [name for name in one if not here[name] == one[name] == two[name]] == []


def test_applying_the_gates_of_a_run_gives_its_counts(
    demo_study: Path, demo_run: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    gates = GateChoice(demo_run / "gates", by="A. Person", reason="second reading")

    run_study(demo_study, again, n_jobs=2, gates=gates)

    assert counts_of(again) == counts_of(demo_run)
    sources = {row["gate_source"] for row in read_rows(again / "populations.csv")}
    assert sources == {"manual"}
    recorded = json.loads((again / "provenance.json").read_text("utf-8"))["gates"]
    assert (recorded["by"], recorded["reason"]) == ("A. Person", "second reading")


def test_an_edited_gate_changes_what_lies_below_it_and_nothing_else(
    demo_study: Path, demo_run: Path, tmp_path: Path
) -> None:
    edited = tmp_path / "gates"
    edited.mkdir()
    strategy = read_gating_ml(demo_run / "gates" / "S05-D0.xml")
    nodes = tuple(
        GateNode(node.path, raise_lower_limit(node.gate))
        if node.path == "cd45pos/lymph/nk" and isinstance(node.gate, RectangleGate)
        else node
        for node in strategy.nodes
    )
    write_gating_ml(
        type(strategy)(nodes, strategy.scales, strategy.matrices, strategy.ratios),
        edited / "S05-D0.xml",
    )
    again = tmp_path / "again"

    run_study(demo_study, again, n_jobs=2, gates=GateChoice(edited))

    before, after = counts_of(demo_run), counts_of(again)
    assert {key for key in before if before[key] != after[key]} == {("S05-D0", "NK")}


def raise_lower_limit(gate: RectangleGate) -> RectangleGate:
    """Raise the last lower limit, so that fewer events are caught."""
    limits = list(gate.limits)
    position = max(i for i, one in enumerate(limits) if one.at_least is not None)
    at_least = limits[position].at_least
    assert at_least is not None
    limits[position] = Limits(limits[position].dimension, at_least + 0.1)
    return RectangleGate(tuple(limits))


def test_gates_for_no_tube_of_the_sheet_are_refused(
    study: Path, demo_run: Path, tmp_path: Path
) -> None:
    gates = tmp_path / "gates"
    gates.mkdir()
    shutil.copyfile(demo_run / "gates" / "S05-D0.xml", gates / "S05-DO.xml")

    with pytest.raises(ConfigError, match=r"S05-DO\.xml: belongs to no tube.*S05-D0"):
        run_study(study, tmp_path / "out", gates=GateChoice(gates))


def test_template_gates_alone_are_never_called_fitted(
    study: Path, tmp_path: Path
) -> None:
    run_study(study, tmp_path / "out", n_jobs=2, gates=GateChoice(find=False))

    rows = read_rows(tmp_path / "out" / "populations.csv")
    assert {row["gate_source"] for row in rows} == {"template"}


def test_a_study_of_one_sample_runs_with_empty_comparisons(
    study: Path, tmp_path: Path
) -> None:
    rows = read_rows(study / "samples.csv")
    write_rows(
        study / "samples.csv", [row for row in rows if row["sample_id"] == "S05-D0"]
    )
    for table in ("subjects.csv", "cycles.csv"):
        (study / table).unlink()

    summary = run_study(study, tmp_path / "out")

    assert summary.n_failed_tubes == 0
    assert read_rows(tmp_path / "out" / "comparisons.csv") == []


def test_a_file_of_another_panel_fails_and_says_which_would_fit(
    study: Path, tmp_path: Path
) -> None:
    shutil.copyfile(study / "fcs" / "S01-D0.A.fcs", study / "fcs" / "S05-D0.fcs")

    run_study(study, tmp_path / "out", n_jobs=2)

    (failure,) = read_rows(tmp_path / "out" / "failures.csv")
    assert (failure["sample_id"], failure["stage"]) == ("S05-D0", "panel")
    assert "does not fit facscanto-tbnk" in failure["problem"]


def test_a_file_without_events_fails_and_says_so(study: Path, tmp_path: Path) -> None:
    file = study / "fcs" / "S01-D0.A.fcs"
    content = file.read_bytes()
    n_events = re.search(rb"\$TOT(.)\s*(\d+)", content)
    assert n_events is not None
    start, end = n_events.span(2)
    file.write_bytes(content[:start] + b"0".ljust(end - start) + content[end:])

    run_study(study, tmp_path / "out", n_jobs=2)

    failures = read_rows(tmp_path / "out" / "failures.csv")
    assert [(one["sample_id"], one["tube"]) for one in failures] == [("S01-D0", "A")]
    assert "events" in failures[0]["problem"]


def test_files_are_recorded_by_their_hash_and_left_as_they_were(
    demo_study: Path, demo_run: Path
) -> None:
    provenance = json.loads((demo_run / "provenance.json").read_text("utf-8"))

    assert len(provenance["tubes"]) == len(read_rows(demo_study / "samples.csv")) - 1
    for tube in provenance["tubes"]:
        content = (demo_study / tube["fcs_file"]).read_bytes()
        assert tube["sha256"] == hashlib.sha256(content).hexdigest()
    for one in provenance["inputs"]:
        content = (demo_run / one["file"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_change_of_count_method_needs_a_reason_which_is_recorded(
    study: Path, edit_sheet: EditSheet, tmp_path: Path
) -> None:
    def count_the_later_visit_on_two_platforms(rows: Rows) -> None:
        for row in rows:
            if row["sample_id"] == "S05-EOT":
                row.update(
                    count_method="dual", wbc_1e9_per_l="3.2", lymph_percent_of_wbc="30"
                )

    edit_sheet(count_the_later_visit_on_two_platforms)
    with pytest.raises(ConfigError, match=r"subject S05, cycle 1: is counted by"):
        run_study(study, tmp_path / "refused")
    study_toml = study / "study.toml"
    text = study_toml.read_text(encoding="utf-8")
    reason = "the cytometer's bead lot ran out"
    study_toml.write_text(
        text.replace(
            'count_method_change_reason = ""',
            f'count_method_change_reason = "{reason}"',
        ),
        encoding="utf-8",
    )

    run_study(study, tmp_path / "out", n_jobs=2)

    provenance = json.loads((tmp_path / "out" / "provenance.json").read_text("utf-8"))
    assert not (tmp_path / "refused").exists()
    assert [
        (one["subject_id"], one["reason"]) for one in provenance["count_method_changes"]
    ] == [("S05", reason)]
    pairs = read_rows(tmp_path / "out" / "pairs.csv")
    assert "S05" in {row["subject_id"] for row in pairs if row["outcome"] == "CD3"}


def test_a_tube_without_a_volume_to_count_by_does_not_stop_the_others(
    study: Path, edit_sheet: EditSheet, tmp_path: Path
) -> None:
    def count_by_volume(rows: Rows) -> None:
        for row in rows:
            if row["subject_id"] == "S05":
                row.update(count_method="volumetric", dilution_factor="10.4")
                row["acquired_volume_ul"] = "20" * (row["visit"] == "D0")
            else:
                row.update(dilution_factor="", acquired_volume_ul="")

    edit_sheet(count_by_volume)

    run_study(study, tmp_path / "out", n_jobs=2)

    (failure,) = read_rows(tmp_path / "out" / "failures.csv")
    counted = {row["sample_id"] for row in read_rows(tmp_path / "out" / "counts.csv")}
    assert (failure["sample_id"], failure["stage"]) == ("S05-EOT", "counting")
    assert "no $VOL in the file" in failure["problem"]
    assert counted == {"S01-D0", "S01-EOT", "S05-D0"}


def test_no_output_carries_a_path_of_the_machine(
    demo_study: Path, demo_run: Path
) -> None:
    folders = {str(demo_study.parent).encode(), str(demo_run.parent).encode()}

    for file in demo_run.rglob("*"):
        if file.is_file() and file.suffix != ".npz":
            content = file.read_bytes()
            assert not any(folder in content for folder in folders), file.name


def test_the_notice_stands_in_report_and_provenance(demo_run: Path) -> None:
    pages = [demo_run / "report.html", *(demo_run / "samples").glob("*.html")]

    assert len(pages) > 10
    for page in [*pages, demo_run / "provenance.json"]:
        assert RESEARCH_USE_ONLY in page.read_text(encoding="utf-8")
