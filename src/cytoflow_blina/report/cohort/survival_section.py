"""Lay out the survival of groups: curves, rates, and the log-rank test."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from cytoflow_blina.figures.number_format import (
    MISSING,
    format_count,
    format_interval,
    format_number,
    format_p,
)
from cytoflow_blina.report.cohort.analysis_figures import (
    group_words,
    months_words,
    survival_plot,
)
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.printed_table import (
    PrintedLine,
    PrintedTable,
    counted,
    letter_notes,
    note_letters,
    sentence,
    why_no_p,
)
from cytoflow_blina.report.cohort.sections import AnalysisSection, NamedTable
from cytoflow_blina.report.collect import Row, RunTables, number, rows_of, text

KIND = "survival"
ENDPOINTS = {"efs": "event-free survival", "os": "overall survival"}

_ESTIMATES = (
    "Kaplan and Meier; SE: Greenwood; intervals: log-log. Mean until then: restricted "
    "mean time without the event"
)
_TOO_SHORT = "nobody was followed so long"
_NO_LOG_LOG = "a rate of 0 or 100 % has no log-log interval"


def lay_out_survival(analysis: DeclaredAnalysis, tables: RunTables) -> AnalysisSection:
    """Lay out one analysis of survival.

    Parameters
    ----------
    analysis : DeclaredAnalysis
        Its name, what its groups are values of, and its landmark.
    tables : RunTables
        The tables of the run.

    Returns
    -------
    AnalysisSection
        With a figure where anybody was followed.
    """
    tests = rows_of(tables.comparisons, analysis.name)
    groups = [name for row in tests[:1] for name in text(row, "groups").split(";")]
    rates = rows_of(tables.survival_rates, analysis.name)
    curves = rows_of(tables.survival, analysis.name)
    endpoint = ENDPOINTS.get(next((text(row, "endpoint") for row in rates), ""), "")
    p_words = "; ".join(log_rank_words(row) for row in tests)
    parts: tuple[NamedTable, ...] = ()
    if rates:
        table = _table(analysis, _by_group(rates, groups), tests)
        parts = (NamedTable("", table),)
    return AnalysisSection(
        analysis.name,
        KIND,
        tuple(survival_plot(analysis, curves, groups, (endpoint or KIND, p_words))),
        parts,
    )


def log_rank_words(row: Row) -> str:
    """Write the test, or why it is not defined.

    Parameters
    ----------
    row : Row
        The row of `comparisons.csv`.

    Returns
    -------
    str
        `log-rank P = 0.029`, or `log-rank P not defined: no event in any group`.
    """
    p_value = number(row, "p_value")
    if isnan(p_value):
        return f"log-rank P {why_no_p(row)}"
    words = format_p(p_value)
    return f"log-rank P {words if words.startswith('<') else f'= {words}'}"


def _by_group(rates: Sequence[Row], groups: Sequence[str]) -> list[Row]:
    ranks = {name: rank for rank, name in enumerate(groups)}
    return sorted(rates, key=lambda row: ranks.get(text(row, "group"), len(ranks)))


def _table(
    analysis: DeclaredAnalysis, rates: Sequence[Row], tests: Sequence[Row]
) -> PrintedTable:
    letters = note_letters(_why_no_rate(row) for row in rates)
    lines = tuple(
        _line(analysis, row, letters.get(_why_no_rate(row), "")) for row in rates
    )
    header = (
        "Group",
        "n",
        months_words(analysis),
        "Events until then",
        "At risk then",
        "% ± SE",
        "95 % interval",
        "Mean until then ± SE, months",
    )
    notes = (
        *(_test_note(row) for row in tests),
        *filter(None, (_effect_note(analysis, row) for row in tests)),
        _rates_note(analysis, rates),
        *analysis.settings,
        *letter_notes(letters),
    )
    return PrintedTable(analysis.name, header, lines, notes)


def _test_note(row: Row) -> str:
    counts = (
        f"{counted(number(row, 'n_events'), 'event')}; "
        f"{format_count(number(row, 'n_excluded'))} left out"
    )
    method = "" if why_no_p(row) else text(row, "method")
    statistic = number(row, "statistic")
    chi2 = "" if isnan(statistic) else f", chi-squared {format_number(statistic)}"
    in_brackets = "; ".join(filter(None, (method, counts)))
    return sentence(f"{log_rank_words(row)}{chi2} ({in_brackets})")


def _effect_note(analysis: DeclaredAnalysis, row: Row) -> str:
    """Write the hazard ratio, where there are two groups and it is defined."""
    ratio = number(row, "effect")
    if isnan(ratio):
        return ""
    interval = format_interval(number(row, "effect_lo95"), number(row, "effect_hi95"))
    in_brackets = f", 95 % interval {interval}" if interval else ""
    groups = [text(row, "group_a"), text(row, "group_b")]
    named = [group_words(analysis, group) for group in groups]
    kind = text(row, "effect_kind").replace(" to ".join(groups), " to ".join(named))
    return sentence(f"{kind or 'effect'} {format_number(ratio)}{in_brackets}")


def _rates_note(analysis: DeclaredAnalysis, rates: Sequence[Row]) -> str:
    if not analysis.landmark_months:
        return f"Rates: {_ESTIMATES}."
    months = dict.fromkeys(f"{number(row, 'at_months'):g}" for row in rates)
    at = f"at {' and '.join(months)} months from the landmark"
    return f"Rates {at}: {_ESTIMATES}, both counted from the landmark."


def _why_no_rate(row: Row) -> str:
    if isnan(number(row, "percent")):
        return _TOO_SHORT
    return _NO_LOG_LOG if isnan(number(row, "percent_lo95")) else ""


def _line(analysis: DeclaredAnalysis, row: Row, letter: str) -> PrintedLine:
    percent, error = number(row, "percent"), number(row, "percent_se")
    mean, mean_error = (
        number(row, "restricted_mean_months"),
        number(row, "restricted_mean_se"),
    )
    mark = f" [{letter}]" if letter else ""
    interval = format_interval(number(row, "percent_lo95"), number(row, "percent_hi95"))
    is_known = not isnan(percent)
    return PrintedLine(
        (
            group_words(analysis, text(row, "group")),
            format_count(number(row, "n")),
            f"{number(row, 'at_months'):g}",
            format_count(number(row, "n_events")),
            format_count(number(row, "n_at_risk")),
            f"{percent:.1f} ± {error:.1f}" if is_known else f"not defined{mark}",
            interval or (f"not defined{mark}" if is_known else MISSING),
            MISSING if isnan(mean) else f"{mean:.2f} ± {mean_error:.2f}",
        )
    )
