"""Samples of a panel for residual leukaemia must say what they are."""

from types import SimpleNamespace
from typing import cast

import pytest

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.template import GatingTemplate
from cytoflow_blina.workflow.marrow_specimen import specimen_problems

MARROW, BLOOD = "bcp-all-mrd", "facscanto-tbnk"

TEMPLATES = {
    MARROW: SimpleNamespace(
        tubes=[SimpleNamespace(mrd=SimpleNamespace()), SimpleNamespace(mrd=None)]
    ),
    BLOOD: SimpleNamespace(tubes=[SimpleNamespace(mrd=None)]),
}


def row(sample_id: str, panel: str = MARROW, **cells: str) -> SampleRow:
    sheet = {
        "sample_id": sample_id,
        "subject_id": "P1",
        "visit": "D0",
        "panel": panel,
        "fcs_file": "a.fcs",
        "count_method": "none",
    }
    return SampleRow.model_validate(sheet | cells)


def problems_of(*rows: SampleRow) -> list[str]:
    templates = cast("dict[str, GatingTemplate]", TEMPLATES)
    return [str(one) for one in specimen_problems(rows, templates, "samples.csv")]


def test_a_marrow_panel_without_a_specimen_is_told_with_what_to_write() -> None:
    (problem,) = problems_of(row("M01"))

    assert problem == (
        "samples.csv: sample 'M01' is of panel 'bcp-all-mrd', which looks for residual "
        "leukaemia, and its specimen is empty, which means PB, blood. Write BM for "
        "marrow, or PB or CSF where it is that."
    )


@pytest.mark.parametrize("specimen", ["BM", "PB", "CSF"])
def test_a_specimen_that_is_said_is_no_problem(specimen: str) -> None:
    assert problems_of(row("M01", specimen=specimen)) == []


def test_blood_panels_may_leave_the_specimen_empty() -> None:
    assert problems_of(row("M01", BLOOD)) == []


def test_every_sample_is_told_once_however_many_tubes_it_has() -> None:
    found = problems_of(row("M01", tube="1"), row("M01", tube="2"), row("M02"))

    assert [one.split("'")[1] for one in found] == ["M01", "M02"]


def test_an_empty_sheet_has_no_problem() -> None:
    assert problems_of() == []
