"""Lay out a paired comparison: the pairs, the tests, and who was lost on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from cytoflow_blina.domain.comparison import OUTCOMES
from cytoflow_blina.figures.number_format import format_count
from cytoflow_blina.report.cohort.analysis_figures import paired_plot
from cytoflow_blina.report.cohort.attrition_plot import attrition_plot
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.outcome_words import (
    in_order,
    outcome_words,
    unit_words,
)
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

KIND = "paired comparison"
_SIDES = (("censored_a", "visit_a", "before"), ("censored_b", "visit_b", "after"))
_COUNTED = frozenset(one.name for one in OUTCOMES)
_P_PLACES = (8, 9)
_COUNTING_ERROR = (
    "Beyond counting error: pairs whose change is larger than the counting of cells "
    "alone explains (its 95 % interval leaves 0 out), rises and falls; the variation "
    "from day to day is not in it."
)


def lay_out_comparison(
    analysis: DeclaredAnalysis, tables: RunTables
) -> AnalysisSection:
    """Lay out one paired comparison.

    Parameters
    ----------
    analysis : DeclaredAnalysis
        Its name and the order of its outcomes.
    tables : RunTables
        The tables of the run.

    Returns
    -------
    AnalysisSection
        With a figure of the pairs where any is stored, and a flow diagram for each
        set of samples whose losses were counted.
    """
    rows = in_order(rows_of(tables.comparisons, analysis.name), analysis.order)
    pairs = rows_of(tables.pairs, analysis.name)
    figures = (
        *paired_plot(analysis.name, rows, pairs),
        *attrition_plot(analysis.name, tables),
    )
    named = (NamedTable("", _table(analysis, rows, pairs)),) if rows else ()
    return AnalysisSection(analysis.name, KIND, figures, named)


def visits_of(pairs: Iterable[Row], column: str) -> str:
    """Name the visits of one side: not every subject's last visit is the same.

    Parameters
    ----------
    pairs : iterable of Row
        Rows of `pairs.csv`.
    column : {"visit_a", "visit_b"}
        The side.

    Returns
    -------
    str
        `D21/EOT`; empty without pairs.
    """
    return "/".join(sorted({text(pair, column) for pair in pairs} - {""}))


def _table(
    analysis: DeclaredAnalysis, rows: Sequence[Row], pairs: Sequence[Row]
) -> PrintedTable:
    letters = row_letters(rows)
    before = visits_of(pairs, "visit_a") or "before"
    after = visits_of(pairs, "visit_b") or "after"
    names = [outcome_words(text(row, "outcome")) for row in rows]
    has_errors = any(text(pair, "exceeds_counting_error") for pair in pairs)
    lines = []
    for family, own in groupby(rows, lambda row: text(row, "family")):
        lines.append(PrintedLine((family.capitalize() or "Others",)))
        for row in own:
            outcome = text(row, "outcome")
            cells: tuple[str, ...] = (
                outcome_words(outcome),
                unit_words(text(row, "unit")),
                format_count(number(row, "n_pairs")),
                format_count(number(row, "n_zero")),
                format_count(number(row, "n_excluded")),
                spread_cell(row, "a"),
                spread_cell(row, "b"),
                effect_cell(row, letters),
                p_cell(row, letters),
                adjusted_cell(row),
            )
            if has_errors:
                own_pairs = [one for one in pairs if text(one, "outcome") == outcome]
                cells = (*cells, beyond_counting_error(own_pairs))
            lines.append(PrintedLine(cells, 1, strong_cells(row, _P_PLACES)))
    header = (
        "Outcome",
        "Unit",
        "Pairs",
        "Unchanged",
        "Left out",
        f"{before}, median (range)",
        f"{after}, median (range)",
        "Effect (95 % interval)",
        "P",
        "P adjusted",
        *(["Beyond counting error"] if has_errors else []),
    )
    notes = (
        *notes_of_tests(rows, names),
        "The effect takes in pairs without change.",
        *_low_values(rows, pairs),
        *([_COUNTING_ERROR] if has_errors else []),
        *bold_note(lines),
        *letter_notes(letters),
    )
    return PrintedTable(analysis.name, header, tuple(lines), notes, n_words=2)


def _low_values(rows: Sequence[Row], pairs: Sequence[Row]) -> tuple[str, ...]:
    """Tell of values below a limit, and of counts without any event."""
    measured = [row for row in rows if text(row, "outcome") not in _COUNTED]
    words = [outcome_words(text(row, "outcome")) for row in measured]
    counts = [text(row, "outcome") for row in rows if row not in measured]
    return (*limit_notes(measured, words), *no_event_note(counts, pairs))


def no_event_note(outcomes: Iterable[str], pairs: Sequence[Row]) -> tuple[str, ...]:
    """Tell in how many no event was seen, where 0 is printed for their count.

    Parameters
    ----------
    outcomes : iterable of str
        What was counted, as the tables have it.
    pairs : sequence of Row
        Rows of `pairs.csv`.

    Returns
    -------
    tuple of str
        One sentence: `... CD19: 3 of 48 at D0 and 22 of 48 at EOT.`; empty where every
        count has an event.
    """
    said: dict[str, list[str]] = {}
    for outcome in outcomes:
        own = [pair for pair in pairs if text(pair, "outcome") == outcome]
        sides = [
            f"{n_censored} of {len(own)} at {visits_of(own, visit) or side}"
            for flag, visit, side in _SIDES
            if (n_censored := sum(text(pair, flag) == "1" for pair in own))
        ]
        if sides:
            said.setdefault(" and ".join(sides), []).append(outcome_words(outcome))
    words = "; ".join(f"{', '.join(names)}: {sides}" for sides, names in said.items())
    return (f"No event seen, printed as 0: {words}.",) if said else ()


def beyond_counting_error(pairs: Iterable[Row]) -> str:
    """Tell in how many pairs the change is more than counting explains.

    Parameters
    ----------
    pairs : iterable of Row
        Rows of `pairs.csv` of one outcome.

    Returns
    -------
    str
        `5 of 7 (5 ↑, 0 ↓)`; `not known` where no pair has an interval.
    """
    known = [pair for pair in pairs if text(pair, "exceeds_counting_error")]
    beyond = [pair for pair in known if number(pair, "exceeds_counting_error") == 1]
    if not known:
        return "not known"
    n_up = sum(number(pair, "difference") > 0 for pair in beyond)
    return f"{len(beyond)} of {len(known)} ({n_up} ↑, {len(beyond) - n_up} ↓)"
