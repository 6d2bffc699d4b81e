"""Lay out a comparison of two groups: changes or values by rank, shares by table."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from cytoflow_blina.figures.number_format import (
    MISSING,
    format_count,
    format_number,
)
from cytoflow_blina.report.cohort.analysis_figures import group_plot
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.outcome_words import (
    in_order,
    outcome_words,
    plain_outcome,
    unit_words,
)
from cytoflow_blina.report.cohort.patient_table import patient_table
from cytoflow_blina.report.cohort.printed_table import (
    PrintedLine,
    PrintedTable,
    adjusted_cell,
    bold_note,
    effect_cell,
    letter_notes,
    limit_notes,
    notes_of_tests,
    p_cell,
    row_letters,
    spread_cell,
    strong_cells,
)
from cytoflow_blina.report.cohort.sections import AnalysisSection, NamedTable
from cytoflow_blina.report.collect import Row, RunTables, number, rows_of, text

_RANKED = ("change", "groups")
_P_PLACES = (8, 9)
_DELTA = "Cliff's delta: −1 (all of b above all of a) to 1 (all of a above all of b)."


def lay_out_groups(analysis: DeclaredAnalysis, tables: RunTables) -> AnalysisSection:
    """Lay out one comparison of two groups.

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
    ranked = [row for row in rows if text(row, "kind") in _RANKED]
    is_change = any(text(row, "kind") == "change" for row in ranked)
    parts = []
    if ranked:
        parts.append(NamedTable("", _table(analysis.name, ranked)))
    if len(ranked) < len(rows):
        shares = patient_table(analysis, tables, kinds=("table",))
        parts.append(NamedTable("shares" if ranked else "", shares))
    return AnalysisSection(
        analysis.name,
        "change in two groups" if is_change else "two groups",
        tuple(group_plot(analysis, ranked)),
        tuple(parts),
    )


def _table(title: str, rows: Sequence[Row]) -> PrintedTable:
    letters = row_letters(rows)
    names = [outcome_words(plain_outcome(row)) for row in rows]
    a, b = text(rows[0], "group_a"), text(rows[0], "group_b")
    lines = tuple(
        PrintedLine(
            (
                name,
                unit_words(text(row, "unit")),
                format_count(number(row, "n_a")),
                spread_cell(row, "a"),
                format_count(number(row, "n_b")),
                spread_cell(row, "b"),
                format_count(number(row, "n_excluded")),
                effect_cell(row, letters),
                p_cell(row, letters),
                adjusted_cell(row),
                _delta(row),
            ),
            strong=strong_cells(row, _P_PLACES),
        )
        for row, name in zip(rows, names, strict=True)
    )
    is_change = text(rows[0], "kind") == "change"
    what = "change, median (range)" if is_change else "median (range)"
    header = (
        "Change of" if is_change else "Outcome",
        "Unit",
        "n",
        f"{a}, {what}",
        "n",
        f"{b}, {what}",
        "Left out",
        "Effect (95 % interval)",
        "P",
        "P adjusted",
        "Cliff's delta",
    )
    notes = (
        *notes_of_tests(rows, names),
        *limit_notes(rows, names),
        *bold_note(lines),
        f"a: {a}; b: {b}. {_DELTA}",
        *letter_notes(letters),
    )
    return PrintedTable(title, header, lines, notes, n_words=2)


def _delta(row: Row) -> str:
    delta = number(row, "cliffs_delta")
    return MISSING if isnan(delta) else format_number(round(delta, 2) + 0.0, 2)
