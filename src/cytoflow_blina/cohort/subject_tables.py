"""Read the optional tables of a study: subjects, cycles, measurements, events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cytoflow_blina.cohort.csv_document import read_csv_document
from cytoflow_blina.cohort.spellings import spelling_message, spelt_twice
from cytoflow_blina.cohort.typed_rows import (
    AnyRow,
    FileId,
    IsoDate,
    TableRow,
    type_rows,
)
from cytoflow_blina.errors import Problem, SampleSheetError, did_you_mean

Months = Annotated[float, Field(ge=0)]
Days = Annotated[int, Field(ge=0)]
Fault = tuple[str, str]
"""Place within the table (`row 3, column unit`), and what is wrong there."""

_MOST_NAMED = 5
"""Rows or subjects that are named one by one; of the others the number is told."""


class SubjectRow(TableRow):
    """One subject; the fields are the columns."""

    subject_id: FileId
    sex: Literal["M", "F"] | None = None
    birth_date: IsoDate | None = None
    age_months: Months | None = None
    group3: str = ""
    poor_cytogenetics: bool | None = None
    fusion: str = ""
    os_months: Months | None = None
    os_event: bool | None = None
    efs_months: Months | None = None
    efs_event: bool | None = None


class CycleRow(TableRow):
    """One treatment cycle of one subject; the fields are the columns."""

    subject_id: FileId
    cycle: Days
    infusion_start: IsoDate | None = None
    infusion_days_planned: Days | None = None
    infusion_days_actual: Days | None = None
    dose_step_day: Days | None = None
    group2: str = ""
    response: Literal["CR", "MRD_CR", "NR", "NE"] | None = None
    mrd_percent_before: Annotated[float, Field(ge=0, le=100)] | None = None


class MeasurementRow(TableRow):
    """One measurement other than cytometry; the fields are the columns."""

    subject_id: FileId
    cycle: Days
    visit: str
    analyte: str
    value: float | None = None
    unit: str
    lower_limit: float | None = None
    censored: bool = False


class AdverseEventRow(TableRow):
    """One adverse event; the fields are the columns."""

    subject_id: FileId
    cycle: Days
    term: str
    grade: Annotated[int, Field(ge=0, le=5)]


def read_subjects(path: Path) -> tuple[SubjectRow, ...]:
    """Read subjects.csv, each subject once.

    Parameters
    ----------
    path : Path
        The file; a study may do without it, then do not call this.

    Returns
    -------
    tuple of SubjectRow
        Sorted by subject.

    Raises
    ------
    SampleSheetError
        With every problem of the table.
    """
    return _read(
        path, SubjectRow, lambda row: (row.subject_id,), None, _survival_faults
    )


def read_cycles(path: Path, subjects: Collection[str] | None) -> tuple[CycleRow, ...]:
    """Read cycles.csv, each cycle of a subject once.

    Parameters
    ----------
    path : Path
        The file.
    subjects : collection of str or None
        Subjects of the study; None where they are not known, and not checked then.

    Returns
    -------
    tuple of CycleRow
        Sorted by subject and cycle.

    Raises
    ------
    SampleSheetError
        With every problem of the table, subjects that the study does not have among
        them.
    """
    return _read(path, CycleRow, lambda row: (row.subject_id, row.cycle), subjects)


def read_measurements(
    path: Path, subjects: Collection[str] | None
) -> tuple[MeasurementRow, ...]:
    """Read measurements.csv, each analyte of a visit once.

    Parameters
    ----------
    path : Path
        The file.
    subjects : collection of str or None
        Subjects of the study; None where they are not known, and not checked then.

    Returns
    -------
    tuple of MeasurementRow
        Sorted by subject, cycle, visit and analyte.

    Raises
    ------
    SampleSheetError
        As `read_cycles`.
    """
    return _read(
        path,
        MeasurementRow,
        lambda row: (row.subject_id, row.cycle, row.visit, row.analyte),
        subjects,
        _measurement_faults,
    )


def read_adverse_events(
    path: Path, subjects: Collection[str] | None
) -> tuple[AdverseEventRow, ...]:
    """Read adverse_events.csv, each term of a cycle once.

    Parameters
    ----------
    path : Path
        The file.
    subjects : collection of str or None
        Subjects of the study; None where they are not known, and not checked then.

    Returns
    -------
    tuple of AdverseEventRow
        Sorted by subject, cycle and term.

    Raises
    ------
    SampleSheetError
        As `read_cycles`.
    """
    return _read(
        path,
        AdverseEventRow,
        lambda row: (row.subject_id, row.cycle, row.term),
        subjects,
        lambda rows: _spelling_faults("term", [row.term for _, row in rows]),
    )


def _read(
    path: Path,
    model: type[AnyRow],
    key: Callable[[AnyRow], tuple[str | int, ...]],
    subjects: Collection[str] | None,
    faults: Callable[[Sequence[tuple[int, AnyRow]]], Iterator[Fault]] | None = None,
) -> tuple[AnyRow, ...]:
    """Read a table, check its keys and its subjects, and sort it."""
    document = read_csv_document(path)
    typed = type_rows(document, model)
    problems = list(typed.problems)
    first_rows: dict[tuple[str | int, ...], int] = {}
    for number, row in typed.rows:
        where = f"{document.name}: row {number}"
        first = first_rows.setdefault(key(row), number)
        if first != number:
            message = f"{', '.join(map(str, key(row)))} stands already in row {first}."
            problems.append(Problem(where, message))
    found = list(faults(typed.rows) if faults else ())
    if subjects is not None:
        named = [(number, str(key(row)[0])) for number, row in typed.rows]
        found += _stranger_faults(named, subjects)
    problems += [
        Problem(f"{document.name}: {place}", message) for place, message in found
    ]
    if problems:
        raise SampleSheetError(*problems)
    return tuple(sorted((row for _, row in typed.rows), key=key))


def _stranger_faults(
    named: Sequence[tuple[int, str]], subjects: Collection[str]
) -> Iterator[Fault]:
    """Find subjects that the study does not have; many of them are told at once."""
    strangers = [(number, one) for number, one in named if one not in subjects]
    if len(strangers) <= _MOST_NAMED:
        for number, subject in strangers:
            message = f"subject {subject!r} has no row in the study's other tables."
            message += did_you_mean(subject, subjects)
            yield f"row {number}, column subject_id", message
        return
    ids = list(dict.fromkeys(subject for _, subject in strangers))
    message = (
        f"{len(strangers)} rows are of subjects without a row in the study's other "
        f"tables: {_some(ids)}. Correct them, or add them to the subjects."
    )
    yield "column subject_id", message


def _some(names: Sequence[object]) -> str:
    """List the first names, and how many more there are."""
    text = ", ".join(str(one) for one in names[:_MOST_NAMED])
    n_others = len(names) - _MOST_NAMED
    return f"{text} and {n_others} more" if n_others > 0 else text


def _spelling_faults(column: str, words: Sequence[str]) -> Iterator[Fault]:
    """Find words that are another spelling of a word of their column."""
    counts = Counter(words)
    for word, usual in spelt_twice(counts):
        message = spelling_message((word, counts[word]), (usual, counts[usual]))
        yield f"column {column}", message


def _rows(number: int) -> str:
    """Count rows in words."""
    return f"{number} row{'' if number == 1 else 's'}"


def _survival_faults(rows: Sequence[tuple[int, SubjectRow]]) -> Iterator[Fault]:
    """Find follow-up that contradicts itself."""
    for number, row in rows:
        for endpoint in ("os", "efs"):
            months = getattr(row, f"{endpoint}_months")
            event = getattr(row, f"{endpoint}_event")
            if (months is None) != (event is None):
                empty = f"{endpoint}_{'months' if months is None else 'event'}"
                words = "is empty while the other half of the endpoint is filled"
                yield f"row {number}, column {empty}", f"{words}; fill both or neither."
        if None not in (row.os_months, row.efs_months) and (
            row.efs_months > row.os_months  # type: ignore[operator]  # neither is None
        ):
            message = (
                f"found {row.efs_months:g}, more than os_months ({row.os_months:g}); "
                "event-free survival ends at the latest when follow-up ends."
            )
            yield f"row {number}, column efs_months", message
        if row.os_event and row.efs_event is False:
            message = (
                "found 0 where os_event is 1; a death is an event: efs_event must be 1."
            )
            yield f"row {number}, column efs_event", message


def _measurement_faults(
    rows: Sequence[tuple[int, MeasurementRow]],
) -> Iterator[Fault]:
    """Find analytes in more than one unit or spelling, and limits that are not said."""
    yield from _spelling_faults("analyte", [row.analyte for _, row in rows])
    yield from _unit_faults(rows)
    for number, row in rows:
        for column, message in _limit_faults(row):
            yield f"row {number}, column {column}", message


def _unit_faults(rows: Sequence[tuple[int, MeasurementRow]]) -> Iterator[Fault]:
    """Find analytes in more than one unit: which rows leave the usual one."""
    for analyte in dict.fromkeys(row.analyte for _, row in rows):
        own = [(number, row.unit) for number, row in rows if row.analyte == analyte]
        # Of units in equally many rows the first one is the usual one.
        counts = Counter(unit for _, unit in own).most_common()
        (usual, n_usual), *others = counts
        if others:
            units = " or ".join(repr(unit) for unit, _ in others)
            numbers = [number for number, unit in own if unit != usual]
            places = f"row{'' if len(numbers) == 1 else 's'} {_some(numbers)}"
            message = (
                f"{analyte} is in {usual!r} in {_rows(n_usual)} and in {units} in "
                f"{places}; bring an analyte to one unit."
            )
            yield "column unit", message


def _limit_faults(row: MeasurementRow) -> Iterator[tuple[str, str]]:
    """Find a limit that is not said, or contradicts the value."""
    if row.censored and row.lower_limit is None and row.value is None:
        message = f"{row.analyte} is below its limit, which is not said; fill it."
        yield "lower_limit", message
    if row.value is None or row.lower_limit is None:
        return
    if row.censored and row.value > row.lower_limit:
        message = (
            f"{row.analyte} is censored, yet its value ({row.value:g}) lies above "
            f"lower_limit ({row.lower_limit:g}); correct one of them."
        )
        yield "censored", message
    if not row.censored and row.value < row.lower_limit:
        message = (
            f"{row.analyte} is not censored, yet its value ({row.value:g}) lies "
            f"below lower_limit ({row.lower_limit:g}); correct one of them."
        )
        yield "censored", message
