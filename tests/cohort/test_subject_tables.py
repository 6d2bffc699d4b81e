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


SUBJECTS = "subject_id,os_months,os_event,efs_months,efs_event\n"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (
            "12,,,",
            (
                "subjects.csv: row 2, column os_event: is empty while the other half "
                "of the endpoint is filled; fill both or neither."
            ),
        ),
        (
            ",,,0",
            (
                "subjects.csv: row 2, column efs_months: is empty while the other "
                "half of the endpoint is filled; fill both or neither."
            ),
        ),
        (
            "6,1,7.5,1",
            (
                "subjects.csv: row 2, column efs_months: found 7.5, more than "
                "os_months (6); event-free survival ends at the latest when "
                "follow-up ends."
            ),
        ),
        (
            "6,1,5,0",
            (
                "subjects.csv: row 2, column efs_event: found 0 where os_event is 1; a "
                "death is an event: efs_event must be 1."
            ),
        ),
        (
            "6,1,-2,0",
            "subjects.csv: row 2, column efs_months: found '-2', expected at least 0.",
        ),
        (
            "6,3,5,1",
            "subjects.csv: row 2, column os_event: found '3', expected 0 or 1.",
        ),
        (
            "inf,0,,",
            "subjects.csv: row 2, column os_months: found 'inf', expected a number.",
        ),
        (
            '"6,5",0,,',
            (
                "subjects.csv: row 2, column os_months: found '6,5', expected a number "
                "with a decimal point: 6.5."
            ),
        ),
    ],
)
def test_follow_up_that_cannot_be_is_told(
    cells: str, expected: str, tmp_path: Path
) -> None:
    path = table(tmp_path, "subjects", f"{SUBJECTS}P1,{cells}\n")

    with pytest.raises(SampleSheetError) as caught:
        read_subjects(path)

    assert str(caught.value) == expected


def test_follow_up_of_one_day_and_of_equal_length_is_possible(tmp_path: Path) -> None:
    rows = read_subjects(table(tmp_path, "subjects", f"{SUBJECTS}P1,0,1,0,1\nP2,,,,\n"))

    assert [row.efs_months for row in rows] == [0, None]


MEASUREMENTS = "subject_id,cycle,visit,analyte,value,unit,lower_limit,censored\n"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            "P1,1,D0,IL-6,3,pg/mL,,\nP1,1,EOT,IL-6,3,ng/L,,\nP1,1,D14,IL-6,3,ng/L,,\n",
            (
                "measurements.csv: column unit: IL-6 is in 'ng/L' in 2 rows and in "
                "'pg/mL' in row 2; bring an analyte to one unit."
            ),
        ),
        (
            "P1,1,D0,IL-6,,pg/mL,,1\n",
            (
                "measurements.csv: row 2, column lower_limit: IL-6 is below its limit, "
                "which is not said; fill it."
            ),
        ),
        (
            "P1,1,D0,IL-6,5,pg/mL,2.44,1\n",
            (
                "measurements.csv: row 2, column censored: IL-6 is censored, yet its "
                "value (5) lies above lower_limit (2.44); correct one of them."
            ),
        ),
        (
            "P1,1,D0,IL-6,0,pg/mL,2.44,0\n",
            (
                "measurements.csv: row 2, column censored: IL-6 is not censored, yet "
                "its value (0) lies below lower_limit (2.44); correct one of them."
            ),
        ),
        (
            "P1,1,D0,IL-6,3,pg/mL,,\nP1,1,D0,IL-6,4,pg/mL,,\n",
            "measurements.csv: row 3: P1, 1, D0, IL-6 stands already in row 2.",
        ),
        (
            "P1,1,D0,IL-6,<2.44,pg/mL,2.44,1\n",
            (
                "measurements.csv: row 2, column value: found '<2.44', expected a "
                "number; for a value below a limit write the limit in column "
                "lower_limit and 1 in column censored."
            ),
        ),
    ],
)
def test_measurements_that_contradict_each_other_are_told(
    rows: str, expected: str, tmp_path: Path
) -> None:
    path = table(tmp_path, "measurements", MEASUREMENTS + rows)

    with pytest.raises(SampleSheetError) as caught:
        read_measurements(path, ["P1"])

    assert str(caught.value) == expected


def refused(read: Callable[[Path, list[str]], object], path: Path) -> str:
    with pytest.raises(SampleSheetError) as caught:
        read(path, ["P1"])
    return str(caught.value)


def test_of_many_rows_in_another_unit_five_are_named(tmp_path: Path) -> None:
    units = ["pg/mL"] * 8 + ["ng/L"] * 7
    rows = [f"P1,{cycle},D0,IL-6,3,{unit},,\n" for cycle, unit in enumerate(units)]
    other = "P1,1,D0,IgG,7,g/L,,\n"

    found = refused(
        read_measurements,
        table(tmp_path, "measurements", MEASUREMENTS + "".join([*rows, other])),
    )

    assert found == (
        "measurements.csv: column unit: IL-6 is in 'pg/mL' in 8 rows and in 'ng/L' in "
        "rows 10, 11, 12, 13, 14 and 2 more; bring an analyte to one unit."
    )


def test_of_units_in_equally_many_rows_the_first_is_the_usual_one(
    tmp_path: Path,
) -> None:
    rows = "P1,1,D0,IL-6,3,pg/mL,,\nP1,1,EOT,IL-6,3,ng/L,,\nP1,1,D14,IL-6,3,U,,\n"

    found = refused(
        read_measurements, table(tmp_path, "measurements", MEASUREMENTS + rows)
    )

    assert "in 'pg/mL' in 1 row and in 'ng/L' or 'U' in rows 3, 4;" in found


def test_two_spellings_of_an_analyte_are_told_with_their_rows(tmp_path: Path) -> None:
    rows = "P1,1,D0,IL-6,3,pg/mL,,\nP1,1,EOT,IL-6,3,pg/mL,,\nP1,1,D14,IL6,3,pg/mL,,\n"

    found = refused(
        read_measurements, table(tmp_path, "measurements", MEASUREMENTS + rows)
    )

    assert found == (
        "measurements.csv: column analyte: 'IL6' (1 row) stands beside 'IL-6' "
        "(2 rows); write one."
    )


def test_two_spellings_of_a_term_are_told_with_their_rows(tmp_path: Path) -> None:
    rows = "subject_id,cycle,term,grade\nP1,1,CRS,1\nP1,2,CRS,1\nP1,3,Crs,0\n"

    found = refused(read_adverse_events, table(tmp_path, "adverse_events", rows))

    assert found == (
        "adverse_events.csv: column term: 'Crs' (1 row) stands beside 'CRS' (2 rows); "
        "write one."
    )


@pytest.mark.parametrize(("n_rows", "n_problems"), [(5, 5), (6, 1)])
def test_many_unknown_subjects_are_told_at_once(
    n_rows: int, n_problems: int, tmp_path: Path
) -> None:
    rows = "".join(f"X{number},1\n" for number in range(n_rows))

    found = refused(read_cycles, table(tmp_path, "cycles", "subject_id,cycle\n" + rows))

    assert len(found.splitlines()) == n_problems


def test_of_many_unknown_subjects_five_are_named_once(tmp_path: Path) -> None:
    rows = "".join(f"X{number % 7},{number}\n" for number in range(9))

    found = refused(read_cycles, table(tmp_path, "cycles", "subject_id,cycle\n" + rows))

    assert found == (
        "cycles.csv: column subject_id: 9 rows are of subjects without a row in the "
        "study's other tables: X0, X1, X2, X3, X4 and 2 more. Correct them, or add "
        "them to the subjects."
    )


@pytest.mark.parametrize("cells", ["6,1,5,1", "6,0,5,1", ",,5,0", "6,1,,"])
def test_a_death_needs_no_event_that_is_not_known(cells: str, tmp_path: Path) -> None:
    assert read_subjects(table(tmp_path, "subjects", f"{SUBJECTS}P1,{cells}\n"))


def test_a_limit_is_no_matter_of_tables_without_one(tmp_path: Path) -> None:
    header = "subject_id,cycle,mrd_percent_before\n"

    found = refused(read_cycles, table(tmp_path, "cycles", f"{header}P1,1,<0.01\n"))

    assert found.endswith("found '<0.01', expected a number.")


def test_analytes_may_differ_in_unit_and_values_lie_at_their_limit(
    tmp_path: Path,
) -> None:
    path = table(
        tmp_path,
        "measurements",
        MEASUREMENTS
        + "P1,1,D0,IL-6,2.44,pg/mL,2.44,0\nP1,1,D0,IgG,7,g/L,,\n"
        + "P1,1,D14,IL-6,0,pg/mL,2.44,1\n",
    )

    assert [row.value for row in read_measurements(path, ["P1"])] == [2.44, 7, 0]


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("response", "PR", "found 'PR', expected one of CR, MRD_CR, NR, NE."),
        ("infusion_days_actual", "-1", "found '-1', expected at least 0."),
        ("mrd_percent_before", "101", "found '101', expected at most 100."),
        (
            "infusion_start",
            "31.12.2024",
            "found '31.12.2024': expected a date as 2024-05-31 or 2024-05-31T09:30.",
        ),
    ],
)
def test_a_cycle_that_cannot_be_is_told(
    column: str, cell: str, expected: str, tmp_path: Path
) -> None:
    path = table(tmp_path, "cycles", f"subject_id,cycle,{column}\nP1,1,{cell}\n")

    with pytest.raises(SampleSheetError) as caught:
        read_cycles(path, ["P1"])

    assert str(caught.value).startswith(
        f"cycles.csv: row 2, column {column}: {expected}"
    )


def test_a_term_stands_once_in_a_cycle(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "adverse_events",
        "subject_id,cycle,term,grade\nP1,1,CRS,1\nP1,1,CRS,2\nP1,2,CRS,1\n",
    )

    with pytest.raises(SampleSheetError) as caught:
        read_adverse_events(path, ["P1"])

    assert str(caught.value) == (
        "adverse_events.csv: row 3: P1, 1, CRS stands already in row 2."
    )
