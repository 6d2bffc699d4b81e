"""Charts of the instruments, and reference intervals, as the report lays them out."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from cytoflow_blina.report.collect import Row, RunTables, collect_run
from cytoflow_blina.report.instruments import lay_out_instruments, why_no_charts
from cytoflow_blina.report.reference import (
    ReferenceCell,
    reference_cell,
    reference_sources,
)
from cytoflow_blina.report.write import write_report


def control(day: int, **fields: str) -> Row:
    """Give one row of `control.csv`."""
    return {
        "instrument": "FACSCalibur",
        "panel": "tbnk",
        "tube": "A",
        "check": "QC_LJ_CD45",
        "quantity": "CD45 of lymphocytes",
        "unit": "decades",
        "acquired_at": f"2026-01-{day:02d}T08:00:00",
        "sample_id": f"S{day:02d}",
        "value": "2.0",
        "centre": "2.0",
        "sd": "0.1",
        "n_reference": "8",
        "deviation": "0.0",
        "four_in_a_row": "0.0",
        **fields,
    }


def test_each_instrument_panel_and_tube_has_its_charts() -> None:
    rows = [control(day) for day in (3, 2, 1)]
    rows += [control(day, tube="B") for day in (1, 2, 3)]

    sections = lay_out_instruments(RunTables(control=tuple(rows)))

    assert [one.title for one in sections] == [
        "FACSCalibur, tbnk, tube A",
        "FACSCalibur, tbnk, tube B",
    ]
    assert [(one.n_runs, one.n_beyond, one.no_limits) for one in sections] == [
        (3, 0, ""),
        (3, 0, ""),
    ]


@pytest.mark.parametrize("column", ["deviation", "four_in_a_row"])
def test_an_instrument_beyond_its_limits_comes_first(column: str) -> None:
    steady = [control(day) for day in (1, 2, 3)]
    failing = [control(day, tube="B") for day in (1, 2)]
    failing.append(control(3, tube="B", **{column: "-4.2"}))

    first, second = lay_out_instruments(RunTables(control=(*steady, *failing)))

    assert (first.title, first.n_beyond) == ("FACSCalibur, tbnk, tube B", 1)
    assert "beyond 3 SD: S03" in first.charts[0].svg
    assert second.n_beyond == 0


def test_two_runs_are_no_chart() -> None:
    tables = RunTables(control=(control(1), control(2)))

    assert lay_out_instruments(tables) == ()
    assert lay_out_instruments(RunTables()) == ()
    assert why_no_charts(tables) == (
        "No chart: no instrument ran 3 samples of one panel and tube. "
        "Limits need 8 earlier runs."
    )
    assert "no file says when it was acquired" in why_no_charts(RunTables())


def test_charts_with_a_run_beyond_stand_before_the_others() -> None:
    rows = [control(day, quantity="CD3 of beads") for day in (1, 2, 3)]
    rows += [control(day, deviation="4.0") for day in (1, 2, 3)]

    (section,) = lay_out_instruments(RunTables(control=tuple(rows)))

    titles = [chart.title for chart in section.charts]
    assert [chart.note for chart in section.charts] == ["", ""]
    assert titles == ["CD45 of lymphocytes", "CD3 of beads"]


def test_a_chart_of_few_runs_says_that_it_has_no_limits_yet() -> None:
    rows = [control(day) for day in (1, 2, 3)]
    few = {"quantity": "threshold cd3", "centre": "", "sd": "", "deviation": ""}
    rows += [control(day, **few) for day in (1, 2, 3)]

    (section,) = lay_out_instruments(RunTables(control=tuple(rows)))

    assert section.no_limits == ""
    assert [chart.note for chart in section.charts] == ["", "3 runs, no limits yet"]


def test_without_a_reference_a_chart_has_no_limits() -> None:
    unknown = {"centre": "", "sd": "", "deviation": "", "four_in_a_row": ""}
    rows = tuple(control(day, n_reference=str(day - 1), **unknown) for day in (1, 2, 3))

    (section,) = lay_out_instruments(RunTables(control=rows))

    assert section.no_limits == "2 of the 8 earlier runs that limits need"
    assert section.n_beyond == 0


REFERENCE: Row = {
    "ref_source": "Shearer2003_JACI",
    "ref_low": "1.4",
    "ref_high": "3.7",
    "ref_unit": "10^9/L",
    "ref_percentiles": "P10-P90",
    "ref_flag": "<P10",
    "ref_verified": "1",
}


def test_a_reference_is_written_with_unit_and_percentiles() -> None:
    assert reference_cell(REFERENCE) == ReferenceCell(
        "<P10", "P10-P90: 1.40–3.70 10⁹/L", is_outside=True
    )
    assert not reference_cell({**REFERENCE, "ref_flag": "within"}).is_outside
    assert reference_cell({}) == ReferenceCell()


def test_a_recalled_reference_is_called_unverified() -> None:
    cell = reference_cell({**REFERENCE, "ref_verified": "0"})

    assert cell.interval.endswith("10⁹/L unverified")


def test_sources_stand_once() -> None:
    assert reference_sources([REFERENCE, REFERENCE, {}]) == ("Shearer2003 JACI",)


def write_rows(file: Path, rows: Sequence[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_the_pages_show_charts_and_references(run_folder: Path) -> None:
    counts = [{**row, **REFERENCE} for row in collect_run(run_folder).counts]
    write_rows(run_folder / "counts.csv", counts)
    quantity = "CD3 of <beads>"
    charted = [control(day, quantity=quantity) for day in (1, 2)]
    charted.append(control(3, quantity=quantity, deviation="5.0"))
    write_rows(run_folder / "control.csv", charted)

    page = write_report(run_folder).read_text("utf-8")
    sample = (run_folder / "samples" / "S-good.html").read_text("utf-8")

    assert "FACSCalibur, tbnk, tube A" in page
    assert "1 beyond 3 SD" in page
    assert "CD3 of &lt;beads&gt;" in page
    assert "P10-P90: 1.40–3.70 10⁹/L" in sample
    assert "Shearer2003 JACI" in sample
