"""Lay out the response: its rates, what goes with it, and the regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

from cytoflow_blina.figures.number_format import (
    MISSING,
    format_count,
    format_interval,
    format_number,
)
from cytoflow_blina.report.cohort.analysis_figures import model_plot
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.outcome_words import in_order, outcome_words
from cytoflow_blina.report.cohort.patient_table import RATES, patient_table
from cytoflow_blina.report.cohort.printed_table import (
    PrintedLine,
    PrintedTable,
    bold_note,
    effect_cell,
    letter_notes,
    notes_of_tests,
    p_cell,
    row_letters,
    strong_cells,
)
from cytoflow_blina.report.cohort.sections import AnalysisSection, NamedTable
from cytoflow_blina.report.collect import Row, RunTables, number, rows_of, text

KIND = "response"
MODEL = ": model"
"""Added to the name of an analysis for the rows of its regression."""
FEWEST_EVENTS = 10.0
"""Events for each predictor, below which a regression is not to be trusted (Peduzzi
and others, J Clin Epidemiol 1996;49:1373)."""

_RESPONDERS = "responders"


def lay_out_response(analysis: DeclaredAnalysis, tables: RunTables) -> AnalysisSection:
    """Lay out one analysis of the response.

    Parameters
    ----------
    analysis : DeclaredAnalysis
        Its name, and the order of its predictors.
    tables : RunTables
        The tables of the run.

    Returns
    -------
    AnalysisSection
        With rates, predictors one by one, and the regression with a warning where it
        has too few events.
    """
    model = in_order(
        rows_of(tables.comparisons, f"{analysis.name}{MODEL}"), analysis.order
    )
    parts = []
    rates = _rates_table(analysis.name, tables)
    if rates.lines:
        parts.append(NamedTable("rates", rates))
    predictors = patient_table(analysis, tables)
    if predictors.lines:
        parts.append(NamedTable("", predictors))
    if model:
        parts.append(NamedTable("model", _model_table(analysis.name, model)))
    return AnalysisSection(
        analysis.name, KIND, tuple(model_plot(model)), tuple(parts), _warnings(model)
    )


def _rates_table(title: str, tables: RunTables) -> PrintedTable:
    tests = {
        text(row, "outcome"): row
        for row in rows_of(tables.comparisons, title)
        if text(row, "family") == RATES
    }
    letters = row_letters(tests.values(), with_effects=False)
    rates = [
        row
        for row in rows_of(tables.rates, title)
        if text(row, "category") == _RESPONDERS
        and text(row, "outcome").startswith(RATES)
    ]
    lines = []
    for outcome in dict.fromkeys(text(row, "outcome") for row in rates):
        own = [row for row in rates if text(row, "outcome") == outcome]
        by = outcome.removeprefix(RATES).strip()
        if by:
            lines.append(_test_line(by, tests.get(outcome), letters))
        lines += [_rate_line(row, 1 if by else 0) for row in own]
    rows = list(tests.values())
    names = [outcome_words(text(row, "outcome")) for row in rows]
    notes = (
        "Intervals: exact, 95 % (Clopper and Pearson).",
        *(
            note
            for note in notes_of_tests(rows, names)
            if not note.startswith("Effect")
        ),
        *bold_note(lines),
        *letter_notes(letters),
    )
    header = ("Group", "n", "Responders", "%", "95 % interval", "P")
    return PrintedTable(f"{title}: rates", header, tuple(lines), notes)


def _test_line(by: str, test: Row | None, letters: Mapping[str, str]) -> PrintedLine:
    """Write by what the rates below are told apart, and whether they differ."""
    words = "one group" if test is None else p_cell(test, letters)
    strong = () if test is None else strong_cells(test, (5, 5))
    return PrintedLine((by.replace("_", " "), "", "", "", "", words), strong=strong)


def _rate_line(row: Row, level: int) -> PrintedLine:
    percent = number(row, "percent")
    interval = format_interval(number(row, "percent_lo95"), number(row, "percent_hi95"))
    return PrintedLine(
        (
            text(row, "group"),
            format_count(number(row, "n")),
            format_count(number(row, "n_events")),
            "no value" if isnan(percent) else f"{percent:.1f}",
            interval or MISSING,
            "",
        ),
        level,
    )


def _model_table(title: str, rows: Sequence[Row]) -> PrintedTable:
    letters = row_letters(rows)
    names = [outcome_words(text(row, "outcome")) for row in rows]
    lines = tuple(
        PrintedLine(
            (name, effect_cell(row, letters), p_cell(row, letters)),
            strong=strong_cells(row, (2, 2)),
        )
        for row, name in zip(rows, names, strict=True)
    )
    notes = (
        _sizes_note(rows[0]),
        *notes_of_tests(rows, names),
        *bold_note(lines),
        *letter_notes(letters),
    )
    odds = f"Odds ratio of {text(rows[0], 'group_a')} (95 % profile interval)"
    header = ("Predictor", odds, "P")
    return PrintedTable(f"{title}: regression", header, lines, notes)


def _sizes_note(row: Row) -> str:
    n_events, others = number(row, "n_a"), number(row, "n_b")
    per_variable = format_number(number(row, "events_per_variable"), 2)
    return (
        f"n = {format_count(n_events + others)}: {format_count(n_events)} with the "
        f"event ({text(row, 'group_a')}), {format_count(others)} without; "
        f"{format_count(number(row, 'n_excluded'))} left out because a predictor is "
        f"not known. Events per variable, the fewer of both kinds: {per_variable}."
    )


def _warnings(model: Sequence[Row]) -> tuple[str, ...]:
    per_variable = number(model[0], "events_per_variable") if model else FEWEST_EVENTS
    if per_variable >= FEWEST_EVENTS:
        return ()
    words = (
        f"{format_number(per_variable, 2)} events per variable: the model promises "
        f"more than it can hold; {FEWEST_EVENTS:g} are wanted."
    )
    return (words,)


def characteristics_section(
    analysis: DeclaredAnalysis, tables: RunTables
) -> AnalysisSection:
    """Lay out the characteristics of patients in two groups.

    Parameters
    ----------
    analysis : DeclaredAnalysis
        Its name, the order of its columns, and its single values.
    tables : RunTables
        The tables of the run.

    Returns
    -------
    AnalysisSection
        With one table.
    """
    table = patient_table(analysis, tables)
    parts = (NamedTable("", table),) if table.lines else ()
    return AnalysisSection(analysis.name, "characteristics", (), parts)
