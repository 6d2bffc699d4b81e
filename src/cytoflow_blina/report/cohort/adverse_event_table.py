"""Lay out adverse events by grade in two groups of cycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.printed_table import (
    PrintedLine,
    PrintedTable,
    adjusted_cell,
    bold_note,
    letter_notes,
    notes_of_tests,
    p_cell,
    row_letters,
    strong_cells,
)
from cytoflow_blina.report.cohort.sections import AnalysisSection, NamedTable
from cytoflow_blina.report.collect import Row, RunTables, rows_of, text, whole_number

KIND = "adverse events by grade"
_GRADES, _ANY, _SEVERE = ", grades", ", any grade", ", severe"
_NONE, _NO_GRADE = "G0", "no grade"
_P_PLACES = (7, 8)
_READING = (
    "n counts cycles, a term with those that were assessed for it; G: worst grade.",
    "P beside a term: all grades; beside the severe ones: these against all others.",
    "P beside any grade: against none.",
)

_Counted = Mapping[tuple[str, str, str], tuple[int, int]]
"""By outcome, category and group: with the event, and assessed."""


def lay_out_adverse_events(
    analysis: DeclaredAnalysis, tables: RunTables
) -> AnalysisSection:
    """Lay out one table of adverse events.

    Parameters
    ----------
    analysis : DeclaredAnalysis
        Its name, and the order of its terms.
    tables : RunTables
        The tables of the run.

    Returns
    -------
    AnalysisSection
        With a line for each grade of each term.
    """
    rows = {
        text(row, "outcome"): row for row in rows_of(tables.comparisons, analysis.name)
    }
    if not rows:
        return AnalysisSection(analysis.name, KIND)
    counted = {
        (text(row, "outcome"), text(row, "category"), text(row, "group")): (
            whole_number(row, "n_events"),
            whole_number(row, "n"),
        )
        for row in rows_of(tables.rates, analysis.name)
    }
    table = _table(analysis, rows, counted)
    return AnalysisSection(analysis.name, KIND, (), (NamedTable("", table),))


def _table(
    analysis: DeclaredAnalysis, rows: Mapping[str, Row], counted: _Counted
) -> PrintedTable:
    names = [one.removesuffix(_GRADES) for one in rows if one.endswith(_GRADES)]
    terms = sorted(
        names,
        key=lambda term: (
            analysis.order.index(term)
            if term in analysis.order
            else len(analysis.order)
        ),
    )
    first = next(iter(rows.values()))
    groups = (text(first, "group_a"), text(first, "group_b"))
    asked = [
        rows[f"{term}{part}"]
        for term in terms
        for part in (_GRADES, _SEVERE, _ANY)
        if f"{term}{part}" in rows
    ]
    letters = row_letters(asked, with_effects=False)
    lines = [
        line
        for term in terms
        for line in _term_lines(term, rows, counted, (groups, letters))
    ]
    header = (
        "Adverse event",
        "Total, n",
        "%",
        f"{groups[0]}, n",
        "%",
        f"{groups[1]}, n",
        "%",
        "P",
        "P adjusted",
    )
    outcomes = [text(row, "outcome").replace(", ", " ") for row in asked]
    notes = (
        *_READING,
        *(
            note
            for note in notes_of_tests(asked, outcomes)
            if not note.startswith("Effect")
        ),
        *analysis.settings,
        *bold_note(lines),
        *letter_notes(letters),
    )
    return PrintedTable(analysis.name, header, tuple(lines), notes)


def _term_lines(
    term: str,
    rows: Mapping[str, Row],
    counted: _Counted,
    shared: tuple[tuple[str, str], Mapping[str, str]],
) -> list[PrintedLine]:
    """Write a term, its grades, and any grade."""
    groups, letters = shared

    def tested(part: str) -> tuple[tuple[str, str], tuple[int, ...]]:
        row = rows.get(f"{term}{part}")
        if row is None:
            return ("", ""), ()
        words = (p_cell(row, letters), adjusted_cell(row))
        return words, strong_cells(row, _P_PLACES)

    def cells(part: str, category: str) -> list[str]:
        found = [
            counted.get((f"{term}{part}", category, group), (0, 0)) for group in groups
        ]
        both = (found[0][0] + found[1][0], found[0][1] + found[1][1])
        return [word for one in (both, *found) for word in _share(*one)]

    grades = _grades(term, counted)
    severe = grades[-1] if len(grades) > 1 else ""
    n_assessed = [
        counted.get((f"{term}{_GRADES}", grade, group), (0, 0))[1]
        for grade in grades[:1]
        for group in groups
    ]
    sizes = [sum(n_assessed), *n_assessed]
    words, strong = tested(_GRADES)
    assessed = [word for size in sizes for word in (f"{size:,}", "")]
    lines = [PrintedLine((f"{term}, cycles assessed", *assessed, *words), 0, strong)]
    for grade in grades:
        words, strong = tested(_SEVERE) if grade == severe else (("", ""), ())
        own = cells(_GRADES, grade)
        lines.append(PrintedLine((_dashed(grade), *own, *words), 1, strong))
    words, strong = tested(_ANY)
    any_grade = cells(_ANY, "G1-5")
    return [*lines, PrintedLine(("any grade", *any_grade, *words), 1, strong)]


def _grades(term: str, counted: _Counted) -> Sequence[str]:
    """List the grades of a term, none first and severe ones last."""
    found = {grade for outcome, grade, _ in counted if outcome == f"{term}{_GRADES}"}
    return sorted(found - {_NO_GRADE})


def _dashed(grade: str) -> str:
    return grade.replace("-", "–")


def _share(count: int, n: int) -> tuple[str, str]:
    return (f"{count:,}", f"{100 * count / n:.1f}") if n else ("no value", "")
