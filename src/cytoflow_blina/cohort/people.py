"""Look up what is known of subjects and their treatment cycles, by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite, nan
from typing import Any

from cytoflow_blina.cohort.infusion import INFUSION, infusion_length
from cytoflow_blina.cohort.subject_tables import (
    AdverseEventRow,
    CycleRow,
    SubjectRow,
)
from cytoflow_blina.errors import Problem, did_you_mean

RESPONSE_BY_MRD = "response_by_mrd"
"""Column that is derived: the response that the marrow after a cycle shows."""

RESPONSE_WITH_MRD = "response_with_mrd"
"""Column that is derived: `response`, and where that is empty `response_by_mrd`."""

HAD = "had "
"""How the derived column of an adverse event begins: true where any cycle had it."""

_RESPONSES = ("CR", "MRD_CR", "NR", "NE")
_VOCABULARY: Mapping[str, tuple[str, ...]] = {
    INFUSION: ("14 d", "21/28 d"),
    "response": _RESPONSES,
    RESPONSE_BY_MRD: _RESPONSES,
    RESPONSE_WITH_MRD: _RESPONSES,
    "sex": ("F", "M"),
}
"""Columns whose values are known, whether anybody has them or not."""

_DAYS_OF_A_MONTH = 30.4375
_KEYS = frozenset({"subject_id", "cycle", "carried"})
_YES_OR_NO = frozenset({"0", "1", "false", "true"})


@dataclass(frozen=True, eq=False)
class People:
    """Subjects and cycles of a study.

    Attributes
    ----------
    subjects : mapping of str to SubjectRow
        By subject; a subject of the sample sheet may be missing.
    cycles : mapping of (str, int) to CycleRow
        By subject and cycle.
    worst_grades : mapping of str to mapping of str to int
        By adverse event and subject, the worst grade of any cycle; 0 for none.
    responses_by_mrd : mapping of (str, int) to str
        By subject and cycle, the response that the marrow after it shows.
    """

    subjects: Mapping[str, SubjectRow]
    cycles: Mapping[tuple[str, int], CycleRow]
    worst_grades: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    responses_by_mrd: Mapping[tuple[str, int], str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that any subject or cycle has, and those derived; sorted.

        Derived are `infusion`, `response_by_mrd`, `response_with_mrd` and, for each
        adverse event, `had ICANS`.
        """
        rows = [*self.subjects.values(), *self.cycles.values()]
        names = {name for row in rows for name in (*vars(row), *row.carried)}
        derived = {INFUSION, RESPONSE_BY_MRD, RESPONSE_WITH_MRD}
        derived |= {f"{HAD}{term}" for term in self.worst_grades}
        return tuple(sorted((names | derived) - _KEYS)) if rows else ()

    def text(self, subject_id: str, cycle: int, column: str) -> str:
        """Read a cell as text.

        Parameters
        ----------
        subject_id : str
            The subject.
        cycle : int
            The cycle.
        column : str
            A column of either table; that of the cycle goes first.

        Returns
        -------
        str
            `true` and `false` for yes and no; empty where it is not known.
        """
        derived = self._derived(subject_id, cycle, column)
        if derived is not None:
            return derived
        for row in (
            self.cycles.get((subject_id, cycle)),
            self.subjects.get(subject_id),
        ):
            found = None if row is None else _cell(row, column)
            if found is not None and found != "":
                return _as_text(found)
        return ""

    def number(self, subject_id: str, cycle: int, column: str) -> float:
        """Read a cell as a number.

        Parameters
        ----------
        subject_id : str
            The subject.
        cycle : int
            The cycle.
        column : str
            A column of either table; that of the cycle goes first.

        Returns
        -------
        float
            1 and 0 for yes and no; NaN where it is not known or no number.
        """
        found = self.text(subject_id, cycle, column)
        if found in {"true", "false"}:
            return float(found == "true")
        try:
            return float(found) if found else nan
        except ValueError:
            return nan

    def is_numeric(self, column: str) -> bool:
        """Tell whether a column holds numbers alone, yes and no aside.

        Parameters
        ----------
        column : str
            A column of either table.

        Returns
        -------
        bool
            False where no cell is filled.
        """
        found = set(self.values(column))
        return bool(found) and all(is_number(one) for one in found)

    def values(self, column: str) -> tuple[str, ...]:
        """List the values of a column, sorted, each once, without the empty one.

        Parameters
        ----------
        column : str
            A column of either table.

        Returns
        -------
        tuple of str
            Empty where nobody has one.
        """
        keys = {*self.cycles, *((subject, 1) for subject in self.subjects)}
        found = {self.text(subject, cycle, column) for subject, cycle in keys}
        return tuple(sorted(found - {""}))

    def fits(
        self, subject_id: str, cycle: int, where: Mapping[str, Sequence[str]]
    ) -> bool:
        """Tell whether a cycle has the values that are asked for.

        Parameters
        ----------
        subject_id : str
            The subject.
        cycle : int
            The cycle.
        where : mapping of str to sequence of str
            Values allowed in each column; empty allows everything.

        Returns
        -------
        bool
            False where a value is not known.
        """
        return all(
            is_one_of(self.text(subject_id, cycle, column), allowed)
            for column, allowed in where.items()
        )

    def first_cycle(self, subject_id: str) -> int:
        """Find the first cycle of a subject that the table has; 1 where it has none."""
        own = [cycle for subject, cycle in self.cycles if subject == subject_id]
        return min(own, default=1)

    def _derived(self, subject_id: str, cycle: int, column: str) -> str | None:
        """Read a column that is derived; None for any other."""
        if column == INFUSION:
            return infusion_length(self.cycles.get((subject_id, cycle)))
        if column in {RESPONSE_BY_MRD, RESPONSE_WITH_MRD}:
            shown = self.responses_by_mrd.get((subject_id, cycle), "")
            if column == RESPONSE_BY_MRD:
                return shown
            return self.text(subject_id, cycle, "response") or shown
        term = column.removeprefix(HAD)
        if term != column and term in self.worst_grades:
            grade = self.worst_grades[term].get(subject_id)
            return "" if grade is None else str(grade > 0).lower()
        if column == "age_months":
            age = self._age(subject_id, cycle)
            return "" if age is None else _as_text(age)
        return None

    def _age(self, subject_id: str, cycle: int) -> float | None:
        """Take the age in months, or compute it at the start of the infusion."""
        subject = self.subjects.get(subject_id)
        if subject is None or subject.age_months is not None:
            return None if subject is None else subject.age_months
        own = self.cycles.get((subject_id, cycle))
        born, start = subject.birth_date, own.infusion_start if own else None
        if born is None or start is None:
            return None
        return (start - born).total_seconds() / 86_400 / _DAYS_OF_A_MONTH


def is_one_of(found: str, asked: Iterable[str]) -> bool:
    """Tell whether a cell has one of the values that are asked for.

    Parameters
    ----------
    found : str
        The cell, as `People.text` reads it.
    asked : iterable of str
        Values; yes and no may be written `true` and `false` or 1 and 0, as the cell
        may.

    Returns
    -------
    bool
        False for an empty cell.
    """
    if found in _YES_OR_NO:
        return _plain(found) in {_plain(one) for one in asked}
    return found != "" and found in asked


def is_yes_or_no(values: Iterable[str]) -> bool:
    """Tell whether values are those of a question: 0 and 1, or true and false.

    Parameters
    ----------
    values : iterable of str
        Values of a column, as `People.values` lists them.

    Returns
    -------
    bool
        False where there is none.
    """
    found = set(values)
    return bool(found) and found <= _YES_OR_NO


def gather_people(
    subjects: Iterable[SubjectRow],
    cycles: Iterable[CycleRow],
    adverse_events: Iterable[AdverseEventRow] = (),
) -> People:
    """Index the tables of subjects, of cycles and of adverse events.

    Parameters
    ----------
    subjects : iterable of SubjectRow
        As `read_subjects` returns them.
    cycles : iterable of CycleRow
        As `read_cycles` returns them.
    adverse_events : iterable of AdverseEventRow, optional
        As `read_adverse_events` returns them.

    Returns
    -------
    People
        Without rows where all are empty.
    """
    worst: dict[str, dict[str, int]] = {}
    for row in adverse_events:
        grades = worst.setdefault(row.term, {})
        grades[row.subject_id] = max(row.grade, grades.get(row.subject_id, 0))
    return People(
        {row.subject_id: row for row in subjects},
        {(row.subject_id, row.cycle): row for row in cycles},
        worst,
    )


def column_problems(where: str, column: str, people: People) -> list[Problem]:
    """Find a column that neither table has.

    Parameters
    ----------
    where : str
        Place that names it, for the problem.
    column : str
        What is named.
    people : People
        What there is.

    Returns
    -------
    list of Problem
        Empty where there is such a column.
    """
    if column in people.columns:
        return []
    known = ", ".join(people.columns) or "nothing, because neither file is there"
    message = (
        f"column {column!r} is in neither subjects.csv nor cycles.csv, which have "
        f"{known}." + did_you_mean(column, people.columns)
    )
    return [Problem(where, message)]


def value_problems(
    where: str, column: str, values: Iterable[str], people: People
) -> list[Problem]:
    """Find a column that is not there, and values that nobody has in it.

    Parameters
    ----------
    where : str
        Place that names them.
    column : str
        The column.
    values : iterable of str
        Values asked for.
    people : People
        What there is.

    Returns
    -------
    list of Problem
        One for each unknown value.
    """
    problems = column_problems(where, column, people)
    if problems:
        return problems
    found = tuple(sorted({*people.values(column), *_VOCABULARY.get(column, ())}))
    if set(found) & {"true", "false"}:
        found = ("false", "true")
    told = {_plain(one) for one in found} if is_yes_or_no(found) else set()
    return [
        Problem(
            where,
            f"nobody has {value!r} in column {column!r}, which holds "
            f"{', '.join(found) or 'nothing'}." + did_you_mean(value, found),
        )
        for value in values
        if value not in found and _plain(value) not in told
    ]


def _cell(row: SubjectRow | CycleRow, column: str) -> Any:
    if column in row.carried:
        return row.carried[column].strip()
    return None if column in _KEYS else getattr(row, column, None)


def _plain(text: str) -> str:
    """Write yes and no in one way."""
    lower = text.lower()
    return {"1": "true", "0": "false"}.get(lower, lower)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{value!r}".removesuffix(".0")
    text = str(value)
    return text.lower() if text.lower() in {"true", "false"} else text


def is_number(text: str) -> bool:
    """Tell whether a cell holds a number; neither `nan` nor `inf` is one."""
    try:
        return isfinite(float(text))
    except ValueError:
        return False
