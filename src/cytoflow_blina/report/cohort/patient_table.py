"""Lay out patients in two groups: medians of numbers, shares of words, P."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.figures.number_format import (
    MISSING,
    format_count,
    format_interval,
    format_number,
)
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
    letter_notes,
    limit_notes,
    notes_of_tests,
    p_cell,
    row_letters,
    strong_cells,
)
from cytoflow_blina.report.collect import (
    Row,
    RunTables,
    number,
    rows_of,
    text,
    whole_number,
)

RATES = "response"
"""Family of the rates themselves, which are no characteristic."""

_ONE_P = (
    "A variable of three or more values has one P, of all its values; tests of single "
    "values stand in comparisons.csv."
)


def patient_table(
    analysis: DeclaredAnalysis,
    tables: RunTables,
    *,
    kinds: Sequence[str] = ("change", "groups", "table"),
) -> PrintedTable:
    """Lay out every number and every share in two groups, and in all together.

    Parameters
    ----------
    analysis : DeclaredAnalysis
        Its name, the order of its columns, and the single values from which the
        median of all is taken; without them there is no column of all.
    tables : RunTables
        The tables of the run.
    kinds : sequence of str, optional
        Kinds of rows of `comparisons.csv` that are laid out.

    Returns
    -------
    PrintedTable
        `n` stands with a value where it is not that of the whole column. A column of
        three or more values whose question was asked once has its P on a line above
        its values, which then have none. Without rows it has no lines.
    """
    own = [
        row
        for row in rows_of(tables.comparisons, analysis.name)
        if text(row, "kind") in kinds and text(row, "family") != RATES
    ]
    rows = _under_variables(in_order(own, analysis.order, by_family=False))
    values = {one.outcome.name: (one.a, one.b) for one in analysis.grouped}
    has_all = all(
        text(row, "kind") == "table" or plain_outcome(row) in values for row in rows
    )
    variables = _variables(rows)
    levels = [row for row in rows if _column_of(row) in variables]
    tested = [row for row in rows if row not in levels]
    letters = row_letters(tested, with_effects=False)
    sizes = tuple(
        max((whole_number(row, f"n_{side}") for row in rows), default=0)
        for side in "ab"
    )
    n_columns = 3 if has_all else 2
    lines = []
    for row in rows:
        sides = [_side(row, side, size) for side, size in zip("ab", sizes, strict=True)]
        if has_all:
            sides.insert(0, _all(row, values, sum(sizes)))
        if row in levels:
            value = text(row, "outcome").partition("=")[2]
            lines.append(PrintedLine((f"{value}, n (%)", *sides, "", "", ""), 1))
            continue
        if text(row, "outcome") in variables:
            sides = [""] * n_columns
        cells = (
            _label(row, analysis.order, is_variable=text(row, "outcome") in variables),
            *sides,
            format_count(number(row, "n_excluded")),
            p_cell(row, letters),
            adjusted_cell(row),
        )
        strong = strong_cells(row, (n_columns + 2, n_columns + 3))
        lines.append(PrintedLine(cells, strong=strong))
    labels = [text(row, f"group_{side}") for row in rows[:1] for side in "ab"]
    heads = [f"{name} (n = {n})" for name, n in zip(labels, sizes, strict=False)]
    header = (
        "Characteristic",
        *([f"All (n = {sum(sizes)})"] if has_all else []),
        *heads,
        "Not known",
        "P",
        "P adjusted",
    )
    notes = (*_notes(tested, levels), *bold_note(lines), *letter_notes(letters))
    return PrintedTable(analysis.name, header, tuple(lines), notes)


def _notes(tested: Sequence[Row], levels: Sequence[Row]) -> tuple[str, ...]:
    """Tell of the tests whose P is printed, and that others are not."""
    names = [outcome_words(plain_outcome(row)) for row in tested]
    return (
        "Numbers: median (range); words: n (%).",
        *([_ONE_P] if levels else []),
        *(
            note
            for note in notes_of_tests(tested, names, others=levels)
            if not note.startswith("Effect")
        ),
        *limit_notes(tested, names),
    )


def _variables(rows: Iterable[Row]) -> frozenset[str]:
    """Name the columns of three or more values that were tested as a whole."""
    return frozenset(
        text(row, "outcome")
        for row in rows
        if text(row, "kind") == "table"
        and "=" not in text(row, "outcome")
        and text(row, "cells").partition("/")[0].count("|") > 1
    )


def _column_of(row: Row) -> str:
    """Name the column of which a row tests one value; empty where it does not."""
    column, is_value, _ = text(row, "outcome").partition("=")
    return column if is_value else ""


def _under_variables(rows: Sequence[Row]) -> list[Row]:
    """Put the values of a column under the row that tests them all."""
    variables = _variables(rows)
    ordered: list[Row] = []
    for row in rows:
        column = _column_of(row) or text(row, "outcome")
        if column not in variables:
            ordered.append(row)
        elif all(_column_of(one) != column for one in ordered):
            own = [
                one for one in rows if column in (text(one, "outcome"), _column_of(one))
            ]
            ordered += sorted(own, key=lambda one: bool(_column_of(one)))
    return ordered


def _label(row: Row, order: Sequence[str], *, is_variable: bool) -> str:
    outcome = plain_outcome(row)
    words = outcome_words(outcome)
    if is_variable:
        return words
    visits = [name.partition(":")[0] for name in order if name.endswith(f":{outcome}")]
    if len(visits) == 1:
        words += f" at {visits[0]}"
    if text(row, "kind") == "table":
        return f"{words}, n (%)"
    unit = unit_words(text(row, "unit"))
    return f"{words}, {unit}" if unit else words


def _side(row: Row, side: str, size: int) -> str:
    """Write one group: its median with range, or its share."""
    n = whole_number(row, f"n_{side}")
    if text(row, "kind") == "table":
        counted = first_cells(row)
        return share_cell(counted["ab".index(side)], n, size) if counted else MISSING
    median = number(row, f"median_{side}")
    return _spread(
        median, (number(row, f"min_{side}"), number(row, f"max_{side}")), n, size
    )


def _all(
    row: Row, values: Mapping[str, tuple[FloatArray, FloatArray]], size: int
) -> str:
    """Write both groups together."""
    if text(row, "kind") == "table":
        n = whole_number(row, "n_a") + whole_number(row, "n_b")
        return share_cell(sum(first_cells(row)), n, size)
    both = np.concatenate(values[plain_outcome(row)])
    if not both.size:
        return "no value"
    ends = float(both.min()), float(both.max())
    return _spread(float(np.median(both)), ends, both.size, size)


def _spread(median: float, ends: tuple[float, float], n: int, size: int) -> str:
    if not n:
        return "no value"
    words = f"{format_number(median)} ({format_interval(*ends)})"
    return words if n == size else f"{words}; n = {n}"


def share_cell(count: int, n: int, size: int) -> str:
    """Write a count with its percentage.

    Parameters
    ----------
    count, n : int
        Those who have it, of those in whom it is known.
    size : int
        The n at the head of the column, which need not be said again.

    Returns
    -------
    str
        `5 (9.8)`, `5/40 (12.5)` where fewer are known, `no value` where nobody is.
    """
    if not n:
        return "no value"
    counted = f"{count:,}" if n == size else f"{count:,}/{n:,}"
    return f"{counted} ({100 * count / n:.1f})"


def first_cells(row: Row) -> tuple[int, ...]:
    """Take the first category of each group from a table that was tested.

    Parameters
    ----------
    row : Row
        A row of `comparisons.csv`; its `cells` read `3 | 5 / 2 | 9`.

    Returns
    -------
    tuple of int
        One for each group: `(3, 2)`; empty without a table.
    """
    groups = text(row, "cells").split("/")
    firsts = [group.partition("|")[0].strip() for group in groups]
    return tuple(int(one) for one in firsts if one.isdecimal())
