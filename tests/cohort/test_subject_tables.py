"""The optional tables of a study."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cytoflow_blina.cohort.columns import columns_of
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.cohort.subject_tables import (
    AdverseEventRow,
    CycleRow,
    MeasurementRow,
    SubjectRow,
    read_adverse_events,
    read_cycles,
    read_measurements,
    read_subjects,
)
from cytoflow_blina.cohort.typed_rows import TableRow
from cytoflow_blina.errors import SampleSheetError


def table(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (SampleRow, "samples"),
        (SubjectRow, "subjects"),
        (CycleRow, "cycles"),
        (MeasurementRow, "measurements"),
        (AdverseEventRow, "adverse_events"),
    ],
)
def test_the_rows_have_the_columns_of_the_registry(
    model: type[TableRow], name: str
) -> None:
    assert set(model.model_fields) - {"carried"} == set(columns_of(name))


def test_subjects_are_read_and_sorted(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "subjects",
        "subject_id,sex,age_months,os_months,os_event,site\nP2,F,,12.5,0,x\nP1,M,61,3,1,y\n",
    )

    rows = read_subjects(path)

    assert [row.subject_id for row in rows] == ["P1", "P2"]
    assert rows[0].os_event is True
    assert rows[1].age_months is None
    assert rows[1].carried == {"site": "x"}


def test_a_subject_stands_once(tmp_path: Path) -> None:
    path = table(tmp_path, "subjects", "subject_id\nP1\nP1\n")

    with pytest.raises(SampleSheetError) as caught:
        read_subjects(path)

    assert str(caught.value) == "subjects.csv: row 3: P1 stands already in row 2."


def test_events_are_0_or_1_and_follow_up_is_not_negative(tmp_path: Path) -> None:
    path = table(tmp_path, "subjects", "subject_id,os_months,os_event\nP1,-3,2\n")

    with pytest.raises(SampleSheetError) as caught:
        read_subjects(path)

    assert str(caught.value) == (
        "subjects.csv: row 2, column os_months: found '-3', expected at least 0.\n"
        "subjects.csv: row 2, column os_event: found '2', expected 0 or 1."
    )


@pytest.mark.parametrize(
    ("read", "name", "text"),
    [
        (read_cycles, "cycles", "subject_id,cycle,response\nP9,1,CR\n"),
        (
            read_measurements,
            "measurements",
            "subject_id,cycle,visit,analyte,value,unit\nP9,1,D0,IL-6,2.44,pg/mL\n",
        ),
        (
            read_adverse_events,
            "adverse_events",
            "subject_id,cycle,term,grade\nP9,1,CRS,2\n",
        ),
    ],
)
def test_a_subject_that_the_study_does_not_have_is_told(
    read: Callable[[Path, list[str]], object], name: str, text: str, tmp_path: Path
) -> None:
    path = table(tmp_path, name, text)

    assert read(path, ["P9"])
    with pytest.raises(SampleSheetError) as caught:
        read(path, ["P1"])

    assert str(caught.value) == (
        f"{name}.csv: row 2, column subject_id: subject 'P9' has no row in the study's "
        "other tables. Did you mean 'P1'?"
    )


def test_cycles_are_typed(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "cycles",
        "subject_id,cycle,infusion_start,infusion_days_planned,response\n"
        "P1,2,2024-05-01,28,MRD_CR\nP1,1,,14,\n",
    )

    first, second = read_cycles(path, ["P1"])

    assert (first.cycle, first.response, first.infusion_start) == (1, None, None)
    assert second.infusion_days_planned == 28
    assert second.response == "MRD_CR"


def test_a_measurement_below_its_limit_is_censored(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "measurements",
        "subject_id,cycle,visit,analyte,value,unit,lower_limit,censored\n"
        "P1,1,D0,IL-6,2.44,pg/mL,2.44,1\n",
    )

    (row,) = read_measurements(path, ["P1"])

    assert row.censored
    assert row.lower_limit == 2.44


def test_a_grade_is_0_to_5(tmp_path: Path) -> None:
    path = table(
        tmp_path, "adverse_events", "subject_id,cycle,term,grade\nP1,1,CRS,6\n"
    )

    with pytest.raises(SampleSheetError, match="found '6', expected at most 5"):
        read_adverse_events(path, ["P1"])


def test_an_optional_table_may_be_a_header_alone(tmp_path: Path) -> None:
    assert read_subjects(table(tmp_path, "subjects", "subject_id\n")) == ()
