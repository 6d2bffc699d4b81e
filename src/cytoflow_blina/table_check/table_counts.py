"""Look up counts and what they are out of in a printed table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from cytoflow_blina.domain.printed_number import PrintedNumber
from cytoflow_blina.table_check.printed_cell import is_missing_label
from cytoflow_blina.table_check.table_model import (
    Cell,
    PrintedTable,
    Repeat,
    Row,
    number_key,
)

Severity = Literal["error", "note"]


@dataclass(frozen=True)
class Check:
    """One comparison of printed numbers with each other.

    Attributes
    ----------
    rule : str
        Which rule, `percent`.
    place : str
        What was compared, in words.
    numbers : tuple of str
        The printed numbers that took part, by `number_key`.
    message : str
        What does not fit; empty where all does.
    severity : {"error", "note"}
        Whether the numbers contradict each other, or are odd.
    """

    rule: str
    place: str
    numbers: tuple[str, ...]
    message: str = ""
    severity: Severity = "error"


def cells_of(table: PrintedTable, row: Row | Repeat) -> Iterator[tuple[int, str, Cell]]:
    """List the cells of a row with the number and the name of their column.

    Parameters
    ----------
    table : PrintedTable
        The table.
    row : Row or Repeat
        One of its rows, or what is repeated of rows.

    Yields
    ------
    tuple of (int, str, Cell)
        The groups, then the total.
    """
    cells = (*row.cells, row.total)
    for column, (name, cell) in enumerate(zip(table.columns(), cells, strict=True)):
        yield column, name, cell


def keys_of(place: str, column: str, cell: Cell) -> tuple[str, ...]:
    """Name the numbers of a cell.

    Parameters
    ----------
    place, column : str
        Where it stands.
    cell : Cell
        The cell.

    Returns
    -------
    tuple of str
        One key for each number.
    """
    return tuple(number_key(place, column, slot) for slot in cell.slots())


def count_in(row: Row, column: int) -> int | None:
    """Look up a count.

    Parameters
    ----------
    row : Row
        A row.
    column : int
        Number of the group; the number of groups for the total.

    Returns
    -------
    int or None
        The sum of the groups for a total that is not printed; None where there is no
        count.
    """
    if column < len(row.cells):
        return row.cells[column].count
    if row.total.count is not None or row.total.text.strip():
        return row.total.count
    return sum_of([cell.count for cell in row.cells])


def sum_of(counts: Sequence[int | None]) -> int | None:
    """Add counts.

    Parameters
    ----------
    counts : sequence of int or None
        The counts.

    Returns
    -------
    int or None
        None where there are none, or any is missing.
    """
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


def level_sum(table: PrintedTable, block: str, column: int) -> int | None:
    """Add the levels of a block in one column.

    Parameters
    ----------
    table : PrintedTable
        The table.
    block : str
        Name of the block.
    column : int
        Number of the group; the number of groups for the total.

    Returns
    -------
    int or None
        None where a level has no count.
    """
    return sum_of([count_in(row, column) for row in table.levels(block)])


def size_of(table: PrintedTable, column: int) -> int | None:
    """Look up how many a column has.

    Parameters
    ----------
    table : PrintedTable
        The table.
    column : int
        Number of the group; the number of groups for the total.

    Returns
    -------
    int or None
        None for a total whose n is not given.
    """
    return table.groups[column].n if column < len(table.groups) else table.total_n


def stated_n(table: PrintedTable, row: Row, column: int) -> int | None:
    """Look up how many were assessed, where that is said.

    Parameters
    ----------
    table : PrintedTable
        The table.
    row : Row
        One of its rows.
    column : int
        Number of the group; the number of groups for the total.

    Returns
    -------
    int or None
        From the cell (`8/49`), the row or the block; for a total, the sum of the groups
        where they make up the total. None where nothing is said.
    """
    if column == len(table.groups):
        if row.total.n is not None or not table.is_partition:
            return row.total.n
        return sum_of([stated_n(table, row, one) for one in range(column)])
    block_n = table.blocks[row.block].n if row.block else ()
    of_column = [n[column] for n in (row.n, block_n) if n]
    return next(
        (n for n in (row.cells[column].n, *of_column) if n is not None),
        None,
    )


def denominators(table: PrintedTable, row: Row, column: int) -> tuple[int, ...]:
    """List what a percentage may be of.

    Parameters
    ----------
    table : PrintedTable
        The table.
    row : Row
        One of its rows.
    column : int
        Number of the group; the number of groups for the total.

    Returns
    -------
    tuple of int
        The n that is said; else all of the group, or those whom the levels of the block
        hold, where they are fewer; with and without those who are missing. Empty where
        nothing is known.
    """
    stated = stated_n(table, row, column)
    if stated is not None:
        return (stated,)
    size = size_of(table, column)
    held = level_sum(table, row.block, column) if row.block else None
    n_missing = _n_missing(table, row, column)
    found = [n for n in (size, held) if n is not None]
    if size is not None and held is not None and held > size:
        found = [size]
    found += [n - n_missing for n in found if 0 < n_missing <= n]
    return tuple(dict.fromkeys(found))


def _n_missing(table: PrintedTable, row: Row, column: int) -> int:
    """Look up of how many the table says that nothing is known."""
    levels = [one for one in table.levels(row.block) if is_missing_label(one.label)]
    if levels:
        return sum_of([count_in(one, column) for one in levels]) or 0
    return (row.n_missing[column] or 0) if row.n_missing else 0


def row_sum(table: PrintedTable, row: Row) -> int | None:
    """Add the groups of a row, of which percentages may be of a row.

    Parameters
    ----------
    table : PrintedTable
        The table.
    row : Row
        One of its rows.

    Returns
    -------
    int or None
        The printed total where the groups leave some out; None where a count is
        missing.
    """
    groups = sum_of([cell.count for cell in row.cells])
    if table.is_partition or row.total.count is None or groups is None:
        return groups
    return max(groups, row.total.count)


def as_percent(count: int, n: int) -> Fraction | None:
    """Compute a percentage exactly.

    Parameters
    ----------
    count, n : int
        How many of how many.

    Returns
    -------
    Fraction or None
        0 to 100 for a count within n; None of nothing.
    """
    return Fraction(100 * count, n) if n else None


def percent_words(count: int, n: int, digits: int) -> str:
    """Write a percentage with the digits of a printed one.

    Parameters
    ----------
    count, n : int
        How many of how many.
    digits : int
        Digits after the point.

    Returns
    -------
    str
        `45 of 74 is 60.8 %`.
    """
    percent = as_percent(count, n)
    if percent is None:
        return f"{count} of 0 is no percentage"
    return f"{count} of {n} is {decimal_words(percent, digits)} %"


def decimal_words(value: Fraction, digits: int) -> str:
    """Write an exact number with some digits, halves away from zero.

    Parameters
    ----------
    value : Fraction
        The number.
    digits : int
        Digits after the point.

    Returns
    -------
    str
        `16.3`.
    """
    scaled = abs(value) * 10**digits
    units = int(scaled + Fraction(1, 2))
    sign = "-" if value < 0 and units else ""
    text = f"{units:0{digits + 1}d}"
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else sign + text


def counts_that_fit(percent: PrintedNumber, n: int) -> list[int]:
    """List the counts that print as a percentage.

    Parameters
    ----------
    percent : PrintedNumber
        As printed.
    n : int
        Of how many.

    Returns
    -------
    list of int
        Empty where no count does, or n is 0.
    """
    if n == 0 or percent.relation != "=":
        return []
    middle = int(percent.value * n / 100)
    near = percent.half_unit * n / 100
    lowest, highest = max(0, middle - int(near) - 2), min(n, middle + int(near) + 2)
    return [
        count
        for count in range(lowest, highest + 1)
        if percent.fits(Fraction(100 * count, n))
    ]
