"""Blasts of one file are mixed into the normal marrow of another, with truth."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cytoflow_blina.cli.main import app
from cytoflow_blina.cohort.columns import columns_of
from cytoflow_blina.errors import ConfigError, CytoflowBlinaError
from cytoflow_blina.export.tables import write_table
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.workflow.dilute import DilutionPlan, make_dilution
from cytoflow_blina.workflow.dilution_tubes import BlastChoice, read_dilution_tubes
from cytoflow_blina.workflow.judge_dilution import (
    evaluate_dilution,
    summary_text,
)
from cytoflow_blina.workflow.plan import load_plan
from tests.workflow.conftest import read_rows
from tests.workflow.marrow_study import write_marrow

PANEL = "bcp-all-mrd-aieop-bfm"

GATES = """\
<?xml version="1.0" encoding="UTF-8"?>
<gating:Gating-ML xmlns:gating="http://www.isac-net.org/std/Gating-ML/v2.0/gating"
 xmlns:data-type="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">
<gating:RectangleGate gating:id="blasts">
<gating:dimension gating:compensation-ref="FCS" gating:min="10000">
<data-type:fcs-dimension data-type:name="APC-A"/></gating:dimension>
</gating:RectangleGate>
</gating:Gating-ML>
"""


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path, BlastChoice]:
    """Write a tube with 300 labelled blasts, and one of 3,000 normal cells."""
    blasts, normal = tmp_path / "dx.fcs", tmp_path / "normal.fcs"
    kinds = write_marrow(blasts, {"blast": 300, "t": 100}, seed=1)
    write_marrow(normal, {"t": 2_000, "hg": 500, "mature_b": 500}, seed=2)
    labels = tmp_path / "labels.csv"
    labels.write_text("label\n" + "\n".join(kinds) + "\n", encoding="utf-8")
    return blasts, normal, BlastChoice(labels=labels)


def test_the_files_hold_the_numbers_of_the_truth(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    plan = DilutionPlan((1e-2, 1e-3, 0.0), 2, exact=True, panel=PANEL)

    made = make_dilution(tmp_path / "study", *pair, plan)

    truth = read_rows(tmp_path / "study/truth.csv")
    assert made.n_tubes == len(truth) == 6
    assert [row["sample_id"] for row in truth[::2]] == [
        "1e-2-r01",
        "1e-3-r01",
        "blank-r01",
    ]
    assert [int(row["n_blasts"]) for row in truth] == [30, 30, 3, 3, 0, 0]
    assert float(truth[0]["expected_percent"]) == pytest.approx(1)
    for row in truth:
        tube = read_tube(tmp_path / f"study/fcs/{row['sample_id']}.fcs")
        # Blasts alone carry so much CD10 and CD34.
        bright = tube.events.column("APC-A") > 25_000
        bright &= tube.events.column("PerCP-Cy5-5-A") > 1_200
        assert tube.events.n_events == int(row["n_blasts"]) + int(row["n_normal"])
        assert np.count_nonzero(bright) == int(row["n_blasts"])


def test_the_study_can_be_run(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    plan = DilutionPlan((1e-1, 1e-2), 1, panel=PANEL)

    make_dilution(tmp_path / "study", *pair, plan)

    samples = load_plan(tmp_path / "study").samples
    assert [row.sample_id for row in samples] == ["1e-1-r01", "1e-2-r01"]
    assert {row.specimen for row in samples} == {"BM"}


def test_normal_events_are_those_of_the_file_in_their_order(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    plan = DilutionPlan((0.0,), 1, panel=PANEL)

    make_dilution(tmp_path / "study", *pair, plan)

    mixed = read_tube(tmp_path / "study/fcs/blank-r01.fcs")
    normal = read_tube(pair[1])
    assert [one.detector for one in mixed.events.channels] == [
        one.detector for one in normal.events.channels
    ]
    assert np.allclose(mixed.events.values, normal.events.values, rtol=1e-6)


def test_time_runs_on_and_no_person_is_named(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    make_dilution(tmp_path / "study", *pair, DilutionPlan((0.05,), 1, panel=PANEL))

    tube = read_tube(tmp_path / "study/fcs/5e-2-r01.fcs")
    time = tube.events.column("Time")
    assert np.all(np.diff(time) >= 0)
    assert time[-1] == pytest.approx(100, abs=1)
    assert "Jane Doe" not in tube.acquisition.keywords.values()
    assert "$DATE" not in tube.acquisition.keywords
    assert tube.acquisition.keywords["$COM"].startswith("Mixed in silico")
    assert tube.acquisition.settings["APC-A $PnV"] == "500"


def test_a_seed_gives_the_same_bytes_and_another_gives_others(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        plan = DilutionPlan((0.05,), 1, seed=seed, panel=PANEL)
        make_dilution(tmp_path / name, *pair, plan)

    a, b, c = (
        (tmp_path / name / "fcs/5e-2-r01.fcs").read_bytes() for name in ("a", "b", "c")
    )
    assert a == b
    assert a != c


def test_a_tube_does_not_depend_on_what_else_is_mixed(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    make_dilution(tmp_path / "a", *pair, DilutionPlan((0.05,), 1, panel=PANEL))
    make_dilution(tmp_path / "b", *pair, DilutionPlan((0.01, 0.05), 3, panel=PANEL))

    a, b = ((tmp_path / name / "fcs/5e-2-r01.fcs").read_bytes() for name in "ab")
    assert a == b


def test_too_few_blasts_for_all_normal_events_are_told(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    plan = DilutionPlan((0.5,), 1, exact=True, panel=PANEL)

    made = make_dilution(tmp_path / "study", *pair, plan)

    (row,) = read_rows(tmp_path / "study/truth.csv")
    assert (row["n_blasts"], row["n_normal"]) == ("300", "300")
    (note,) = made.notes
    assert note.startswith("1 tubes have fewer normal events than the file")


def test_blasts_may_be_the_events_of_a_gate(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    gates = tmp_path / "gates.xml"
    gates.write_text(GATES, encoding="utf-8")

    tubes = read_dilution_tubes(pair[0], pair[1], BlastChoice(gates, "blasts"))

    assert len(tubes.blasts) == pytest.approx(300, abs=3)


def test_another_matrix_is_taken_over_from_the_normal_tube(tmp_path: Path) -> None:
    files = tmp_path / "dx.fcs", tmp_path / "normal.fcs"
    kinds = write_marrow(files[0], {"blast": 50}, seed=1, spill=0.2)
    write_marrow(files[1], {"t": 50}, seed=2)
    labels = tmp_path / "labels.csv"
    labels.write_text("label\n" + "\n".join(kinds), encoding="utf-8")

    tubes = read_dilution_tubes(*files, BlastChoice(labels=labels))

    # CD19 of the blasts, 10^3.8, without the fifth of CD10, 10^4.8.
    assert np.median(tubes.blasts[:, 4]) == pytest.approx(10**3.8, rel=0.15)
    assert "spillover matrices of the two files differ" in tubes.notes[0]


def _other_voltage(pair: tuple[Path, Path, BlastChoice]) -> BlastChoice:
    write_marrow(pair[1], {"t": 100}, seed=2, voltage=520)
    return pair[2]


def _no_label(pair: tuple[Path, Path, BlastChoice]) -> BlastChoice:
    return BlastChoice(labels=pair[2].labels, label="blsat")


def _too_few_labels(pair: tuple[Path, Path, BlastChoice]) -> BlastChoice:
    labels = pair[0].with_name("short.csv")
    labels.write_text("label\nblast\n", encoding="utf-8")
    return BlastChoice(labels=labels)


def _no_such_gate(pair: tuple[Path, Path, BlastChoice]) -> BlastChoice:
    gates = pair[0].with_name("gates.xml")
    gates.write_text(GATES, encoding="utf-8")
    return BlastChoice(gates, "blast")


def _neither(_pair: tuple[Path, Path, BlastChoice]) -> BlastChoice:
    return BlastChoice()


def _gates_alone(pair: tuple[Path, Path, BlastChoice]) -> BlastChoice:
    return BlastChoice(gates=pair[0])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_other_voltage, r"APC-A: the voltage \(\$PnV\) differs: 500 against 520"),
        (_no_label, r"has no label 'blsat'; it has blast, t.*Did you mean 'blast'"),
        (_too_few_labels, "has 1 labels, and dx.fcs has 400 events"),
        (_no_such_gate, "has no population 'blast'; it has blasts"),
        (_neither, "say which events are blasts"),
        (_gates_alone, "belong together"),
    ],
)
def test_what_cannot_be_mixed_is_refused_and_nothing_written(
    pair: tuple[Path, Path, BlastChoice],
    tmp_path: Path,
    spoil: Callable[[tuple[Path, Path, BlastChoice]], BlastChoice],
    message: str,
) -> None:
    choice = spoil(pair)
    plan = DilutionPlan((0.05,), 1, panel=PANEL)

    with pytest.raises(CytoflowBlinaError, match=message):
        make_dilution(tmp_path / "study", pair[0], pair[1], choice, plan)

    assert not (tmp_path / "study").exists()


def test_every_fault_of_the_plan_is_told_at_once(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    plan = DilutionPlan((1.5, 0.1, 0.1), 0, panel="bcp")

    with pytest.raises(ConfigError) as caught:
        make_dilution(tmp_path, *pair, plan)

    places = [one.where for one in caught.value.problems]
    assert places[:4] == ["--levels", "--levels", "--replicates", "--panel"]
    assert "is not empty" in caught.value.problems[4].message


def _write_found(out: Path, rows: list[dict[str, object]]) -> None:
    out.mkdir()
    known = columns_of("mrd")
    write_table(out / "mrd.csv", "mrd", rows)
    assert {"mrd_events", "denominator_events"} <= set(known)


def _found(sample_id: str, n_events: int | None, status: str) -> dict[str, object]:
    evaluated = n_events is not None
    return {
        "sample_id": sample_id,
        "mrd_events": n_events,
        "denominator_events": 3_000 if evaluated else None,
        "mrd_percent_lo95": 0.5 if evaluated else None,
        "mrd_percent_hi95": 2.0 if evaluated else None,
        "status": status,
    }


def test_a_run_is_held_against_the_truth(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    plan = DilutionPlan((1e-2, 1e-3), 2, exact=True, panel=PANEL)
    make_dilution(tmp_path / "study", *pair, plan)
    found = [
        _found("1e-2-r01", 30, "POS_NOT_QUANT_GE_CUT"),
        _found("1e-2-r02", 24, "POS_NOT_QUANT_GE_CUT"),
        _found("1e-3-r01", 0, "INADEQUATE"),
        _found("1e-3-r02", None, "NOT_EVALUABLE"),
    ]
    _write_found(tmp_path / "out", found)

    summary = evaluate_dilution(tmp_path / "out", tmp_path / "study/truth.csv")

    rows = read_rows(tmp_path / "out/dilution.csv")
    assert [row["recovery_percent"] for row in rows] == ["100.0", "80.0", "0.0", ""]
    assert [row["is_covered"] for row in rows] == ["1", "1", "0", ""]
    assert [row["is_detected"] for row in rows] == ["1", "1", "0", "0"]
    assert summary.lod_level == 1e-2
    assert (summary.n_covered, summary.n_intervals) == (2, 3)


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (("NEG", "NEG"), "above): 0.01; 0 of 2 blanks detected."),
        (("NEG", "POS_QUANT"), "none of these levels; 1 of 2 blanks detected, more"),
        (("NOT_EVALUABLE",) * 2, "above): 0.01; no blank could be evaluated."),
    ],
)
def test_the_summary_says_what_the_blanks_make_of_the_limit(
    pair: tuple[Path, Path, BlastChoice],
    tmp_path: Path,
    statuses: tuple[str, ...],
    said: str,
) -> None:
    plan = DilutionPlan((1e-2, 0), 2, exact=True, panel=PANEL)
    make_dilution(tmp_path / "study", *pair, plan)
    found = [_found(f"1e-2-r0{number}", 30, "POS_QUANT") for number in (1, 2)]
    for number, status in enumerate(statuses, 1):
        n_events = None if status == "NOT_EVALUABLE" else 60
        found.append(_found(f"blank-r0{number}", n_events, status))
    _write_found(tmp_path / "out", found)

    summary = evaluate_dilution(tmp_path / "out", tmp_path / "study/truth.csv")

    assert said in " ".join(summary_text(summary).split())


def test_a_run_of_other_samples_is_refused(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    make_dilution(tmp_path / "study", *pair, DilutionPlan((0.1,), 2, panel=PANEL))
    _write_found(tmp_path / "out", [_found("1e-1-r01", 30, "POS_QUANT")])

    with pytest.raises(ConfigError, match=r"1 of 2 samples are not in mrd\.csv"):
        evaluate_dilution(tmp_path / "out", tmp_path / "study/truth.csv")


def test_a_truth_that_was_changed_is_refused(tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text("sample_id,level\na,high\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"truth.csv: is not as 'dilute' wrote it"):
        evaluate_dilution(tmp_path, truth)


def test_the_command_mixes_and_judges(
    pair: tuple[Path, Path, BlastChoice], tmp_path: Path
) -> None:
    study, out = tmp_path / "study", tmp_path / "out"
    files = [str(pair[0]), str(pair[1]), "-o", str(study)]
    mixing = ["dilute", *files, "--panel", PANEL, "--levels", "1e-2,1e-1", "--exact"]

    made = CliRunner().invoke(app, [*mixing, "--labels", str(pair[2].labels)])
    rows = read_rows(study / "truth.csv")
    _write_found(
        out,
        [_found(row["sample_id"], int(row["n_blasts"]), "POS_QUANT") for row in rows],
    )
    truth = ["--truth", str(study / "truth.csv")]
    judged = CliRunner().invoke(app, ["dilute", "--evaluate", str(out), *truth])

    assert made.exit_code == 0, made.output
    assert "with 6 tubes" in made.output
    assert judged.exit_code == 0, judged.output
    assert (
        "Limit of detection (95 % of replicates, here and above): 0.01; blanks not run."
        in (judged.output)
    )
