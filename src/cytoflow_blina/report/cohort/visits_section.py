"""Lay out the course over several visits, by a mixed model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cytoflow_blina.figures.number_format import format_count
from cytoflow_blina.report.cohort.analysis_figures import course_plot
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.outcome_words import (
    in_order,
    outcome_words,
    plain_outcome,
    unit_words,
)
from cytoflow_blina.report.cohort.printed_table import (
    PrintedLine,
    PrintedTable,
    adjusted_cell,
    bold_note,
    effect_cell,
    letter_notes,
    notes_of_tests,
    p_cell,
    row_letters,
    spread_cell,
    strong_cells,
)
from cytoflow_blina.report.cohort.sections import AnalysisSection, NamedTable
from cytoflow_blina.report.collect import Row, RunTables, number, rows_of, text

KIND = "course over visits"
_P_PLACES = (8, 9)
_MISSED = (
    "Medians are of those who are there; the ratio takes in that subjects miss visits."
)


def lay_out_visits(analysis: DeclaredAnalysis, tables: RunTables) -> AnalysisSection:
    """Lay out one course over visits.

    Parameters
    ----------
    analysis : DeclaredAnalysis
        Its name, the order of its outcomes, and its single values.
    tables : RunTables
        The tables of the run.

    Returns
    -------
    AnalysisSection
        With a figure where single values are there.
    """
    rows = in_order(rows_of(tables.comparisons, analysis.name), analysis.order)
    ordered = _by_visit(rows, analysis)
    parts = (NamedTable("", _table(analysis.name, ordered)),) if ordered else ()
    return AnalysisSection(analysis.name, KIND, tuple(course_plot(analysis)), parts)


def _by_visit(rows: Sequence[Row], analysis: DeclaredAnalysis) -> list[Row]:
    """Put the visits of each outcome into the order of study.toml."""
    visits = [visit for one in analysis.repeated[:1] for visit in one.visits]
    outcomes = list(dict.fromkeys(plain_outcome(row) for row in rows))

    def key(row: Row) -> tuple[int, int]:
        visit = text(row, "group_b")
        place = visits.index(visit) if visit in visits else len(visits)
        return outcomes.index(plain_outcome(row)), place

    return sorted(rows, key=key)


def _table(title: str, rows: Sequence[Row]) -> PrintedTable:
    letters = row_letters(rows)
    names = [
        f"{outcome_words(plain_outcome(row))} at {text(row, 'group_b')}" for row in rows
    ]
    lines = tuple(_line(row, letters) for row in rows)
    first = text(rows[0], "group_a")
    header = (
        "Outcome",
        "Unit",
        "Visit",
        "n",
        "median (range)",
        f"n at {first}",
        f"{first}, median (range)",
        f"Ratio to {first} (95 % interval)",
        "P",
        "P adjusted",
        "Values left out",
    )
    notes = (
        *notes_of_tests(rows, names),
        _MISSED,
        *bold_note(lines),
        *letter_notes(letters),
    )
    return PrintedTable(title, header, lines, notes, n_words=3)


def _line(row: Row, letters: Mapping[str, str]) -> PrintedLine:
    return PrintedLine(
        (
            outcome_words(plain_outcome(row)),
            unit_words(text(row, "unit")),
            text(row, "group_b"),
            format_count(number(row, "n_b")),
            spread_cell(row, "b"),
            format_count(number(row, "n_a")),
            spread_cell(row, "a"),
            effect_cell(row, letters),
            p_cell(row, letters),
            adjusted_cell(row),
            format_count(number(row, "n_excluded")),
        ),
        strong=strong_cells(row, _P_PLACES),
    )
