"""Check what other places of a paper repeat of a printed table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from cytoflow_blina.domain.printed_number import PrintedNumber
from cytoflow_blina.table_check.table_counts import (
    Check,
    cells_of,
    count_in,
    denominators,
    keys_of,
    percent_words,
    sum_of,
)
from cytoflow_blina.table_check.table_model import (
    Cell,
    PrintedTable,
    Repeat,
    Row,
    number_key,
)


def counts_repeated(table: PrintedTable) -> Iterator[Check]:
    """Compare each count that is printed again with the table.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each count and each n; several rows of a block are added.
    """
    for repeat in table.repeats:
        rows = rows_of(table, repeat)
        for column, name, cell in cells_of(table, repeat):
            count = sum_of([count_in(row, column) for row in rows])
            sizes = denominators(table, rows[0], column)
            if cell.count is not None and count is not None:
                yield _repeated(repeat, name, "count", cell.count, (count,))
            if cell.n is not None and sizes:
                yield _repeated(repeat, name, "n", cell.n, sizes)


def percents_repeated(table: PrintedTable) -> Iterator[Check]:
    """Compare each percentage that is printed again with the counts of the table.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each percentage; with the table's own percentage where there is no
        count.

    Notes
    -----
    A percentage that is the sum of rounded ones (16.4 = 8.2 + 8.2, where 8 of 49 is
    16.3) is reported as such.
    """
    for repeat in table.repeats:
        rows = rows_of(table, repeat)
        for column, name, cell in cells_of(table, repeat):
            printed = cell.percent
            if printed is None or (cell.count is not None and cell.n):
                continue  # beside its own count it is recomputed from that
            parts = [(*row.cells, row.total)[column].percent for row in rows]
            known = [part for part in parts if part is not None]
            counts = [count_in(row, column) for row in rows]
            sizes = denominators(table, rows[0], column)
            message = _percent_message(printed, sum_of(counts), sizes, known)
            if message is None:
                continue
            keys = (number_key(repeat.place, name, "percent"),)
            yield Check("printed twice", f"{repeat.place}, {name}", keys, message)


def medians_repeated(table: PrintedTable) -> Iterator[Check]:
    """Compare each median and its range that are printed again with the table.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each number that the table prints as well.
    """
    for repeat in table.repeats:
        rows = rows_of(table, repeat)
        if len(rows) != 1:
            continue
        for column, name, cell in cells_of(table, repeat):
            own = (*rows[0].cells, rows[0].total)[column]
            for slot in ("median", "low", "high"):
                again, first = getattr(cell, slot), getattr(own, slot)
                if again is None or first is None:
                    continue
                message = ""
                if not again.overlaps(first):
                    message = f"{slot} {again.text} here, {first.text} in the table."
                keys = (
                    number_key(repeat.place, name, slot),
                    number_key(rows[0].place, name, slot),
                )
                yield Check("printed twice", f"{repeat.place}, {name}", keys, message)


def percents_of_repeats(table: PrintedTable) -> Iterator[Check]:
    """Recompute each percentage from the count that the same repeat prints.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each repeat cell with count, n and percentage, such as `8/49 (16.4)`.
    """
    for repeat in table.repeats:
        for _, name, cell in cells_of(table, repeat):
            if cell.count is None or not cell.n or cell.percent is None:
                continue
            message = ""
            if not cell.percent.fits(Fraction(100 * cell.count, cell.n)):
                words = percent_words(cell.count, cell.n, cell.percent.digits)
                message = f"{words}, printed {cell.percent.text} %."
            keys = keys_of(repeat.place, name, cell)
            yield Check("percent", f"{repeat.place}, {name}", keys, message)


def rows_of(table: PrintedTable, repeat: Repeat) -> list[Row]:
    """Look up the rows that a repeat is about.

    Parameters
    ----------
    table : PrintedTable
        The table.
    repeat : Repeat
        One of its repeats.

    Returns
    -------
    list of Row
        At least one.
    """
    return [
        row
        for row in table.rows
        if row.block == repeat.block and row.label in repeat.levels
    ]


def whole_cells(table: PrintedTable, row: Row) -> Iterator[tuple[str, Cell]]:
    """List what is printed of a row for all groups together, here or elsewhere.

    Parameters
    ----------
    table : PrintedTable
        The table.
    row : Row
        One of its rows.

    Yields
    ------
    tuple of (str, Cell)
        Place and cell.
    """
    yield row.place, row.total
    for repeat in table.repeats:
        if rows_of(table, repeat) == [row]:
            yield repeat.place, repeat.total


def _repeated(
    repeat: Repeat, name: str, slot: str, again: int, first: Sequence[int]
) -> Check:
    """Compare a whole number with the table's."""
    message = ""
    if again not in first:
        words = " or ".join(str(number) for number in first)
        what = "" if slot == "count" else "of "
        message = f"{what}{again} here, {what}{words} in the table."
    keys = (number_key(repeat.place, name, slot),)
    return Check("printed twice", f"{repeat.place}, {name}", keys, message)


def _percent_message(
    printed: PrintedNumber,
    count: int | None,
    sizes: Sequence[int],
    parts: Sequence[PrintedNumber],
) -> str | None:
    """Say how a percentage misses the table; None where the table has none."""
    if any(part.overlaps(printed) for part in parts) and len(parts) == 1:
        return ""
    if count is None or not any(sizes):
        words = " + ".join(part.text for part in parts)
        return f"{printed.text} % here, {words} % in the table." if parts else None
    if any(n and printed.fits(Fraction(100 * count, n)) for n in sizes):
        return ""
    words = " and ".join(percent_words(count, n, printed.digits) for n in sizes)
    message = f"{words}, printed {printed.text} %"
    if len(parts) > 1 and sum(part.value for part in parts) == printed.value:
        sums = " + ".join(part.text for part in parts)
        return f"{message}: that is {sums}, a sum of rounded percentages."
    return f"{message}."
