"""The whole reproduction: every claim gets one verdict, and a page."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.workflow.reproduction.reproduce import (
    QUICK,
    ReproductionSummary,
    Seeds,
    reproduce,
)

DRAWN_ALONE = Seeds(gated=(), drawn=(1, 2))

Rows = list[dict[str, str]]


def read_rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reproduction") / "out"
    reproduce(folder, seeds=DRAWN_ALONE)
    return folder


def test_every_claim_has_one_row_and_a_reason(out: Path) -> None:
    rows = read_rows(out / "reproduction.csv")

    assert [row["id"] for row in rows] == [one.id for one in published_claims()]
    assert len(rows) == 174
    assert all(row["reason"] for row in rows)
    assert {row["verdict"] for row in rows} == {
        "reproduced",
        "consistent",
        "not_recomputable",
        "discrepancy",
    }


def test_exact_p_values_come_out_but_for_four(out: Path) -> None:
    exact = [
        row
        for row in read_rows(out / "reproduction.csv")
        if row["kind"] == "exact" and row["published_p"]
    ]

    assert Counter(row["verdict"] for row in exact) == {
        "reproduced": 21,
        "discrepancy": 4,
    }


def test_all_survival_rates_come_out_from_n_and_events(out: Path) -> None:
    rates = read_rows(out / "rebuilt_rates.csv")

    assert len(rates) == 20
    assert {row["matches"] for row in rates} == {"1"}


def test_what_needs_patients_is_never_reproduced(out: Path) -> None:
    verdicts = {
        row["verdict"]
        for row in read_rows(out / "reproduction.csv")
        if row["kind"] in {"distribution", "reconstructed"}
    }

    assert "reproduced" not in verdicts


def test_two_groups_that_print_the_p_of_three_are_discrepancies(out: Path) -> None:
    verdicts = {
        row["id"]: row["verdict"] for row in read_rows(out / "reproduction.csv")
    }

    assert verdicts["km.efs_posneg"] == verdicts["km.os_posneg"] == "discrepancy"
    assert verdicts["km.efs_3"] == verdicts["km.os_3"] == "consistent"


def test_every_seed_answers_the_claims_of_figure_1(out: Path) -> None:
    rows = read_rows(out / "seeds.csv")

    assert {row["seed"] for row in rows if row["source"] == "drawn"} == {"1", "2"}
    for claim in ("f1.cd3_abs", "f1.cd4_abs", "f1.cd8_abs", "f1.nk_abs", "f1.b_abs"):
        own = [row for row in rows if row["claim"] == claim]
        assert [row["source"] for row in own] == ["drawn", "drawn", "truth"]
        assert all(row["holds"] == "1" for row in own)


def test_the_page_is_there_without_any_run(out: Path) -> None:
    page = (out / "reproduction.html").read_text(encoding="utf-8")

    assert "no evidence about patients" in page
    assert (out / "provenance.json").is_file()


def test_marrow_that_is_left_out_leaves_a_header_and_is_told(tmp_path: Path) -> None:
    summary = reproduce(tmp_path / "out", seeds=Seeds(gated=(), drawn=()))

    assert read_rows(tmp_path / "out" / "marrow.csv") == []
    assert summary.n_marrow == 0
    assert "Marrow for the claims about MRD: left out" in summary.as_text()


def test_what_was_drawn_is_not_drawn_again(out: Path) -> None:
    kept = out / "seeds" / "drawn-001.json"
    before = kept.stat().st_mtime_ns
    tables = {
        name: (out / name).read_bytes()
        for name in ("reproduction.csv", "seeds.csv", "calibration.csv")
    }
    steps: list[str] = []

    reproduce(out, seeds=DRAWN_ALONE, advance=lambda *step: steps.append(step[2]))

    assert kept.stat().st_mtime_ns == before
    assert steps == ["drawing counts"]
    assert all((out / name).read_bytes() == text for name, text in tables.items())


def test_a_folder_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("two years")

    with pytest.raises(ConfigError, match="no output of 'reproduce'"):
        reproduce(tmp_path, seeds=DRAWN_ALONE)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.slow
def test_figure_1_comes_out_of_fcs_files(tmp_path: Path) -> None:
    summary = reproduce(tmp_path / "out", seeds=Seeds(QUICK.gated, (1,)), n_jobs=2)

    assert isinstance(summary, ReproductionSummary)
    gated = {
        row["claim"]: row
        for row in read_rows(tmp_path / "out" / "seeds.csv")
        if row["source"] == "fcs"
    }
    for claim in ("f1.cd3_abs", "f1.cd4_abs", "f1.cd8_abs", "f1.nk_abs", "f1.b_abs"):
        row = gated[claim]
        assert (row["holds"], row["medians_hold"], row["extremes_hold"]) == (
            "1",
            "1",
            "1",
        )
    provenance = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert provenance["seeds"] == {"gated": [1], "drawn": [1], "marrow": []}
    assert (tmp_path / "out" / "run" / "report.html").is_file()
    assert (tmp_path / "out" / "figures" / "figure-4.pdf").is_file()
    assert not list((tmp_path / "out").rglob("*.fcs"))
