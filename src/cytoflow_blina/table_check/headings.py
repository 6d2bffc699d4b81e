"""Find the variables of a table whose levels stand under a heading."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

from cytoflow_blina.table_check.build_table import PlacedRow, has_cells
from cytoflow_blina.table_check.printed_cell import is_missing_label, read_cell
from cytoflow_blina.table_check.table_document import RowEntry
from cytoflow_blina.table_check.table_model import Cell

_TOTAL = re.compile(r"(?:sub-?)?total(?:, n)?|sum|overall", re.IGNORECASE)


def name_blocks(rows: Sequence[PlacedRow], sizes: Sequence[int]) -> list[PlacedRow]:
    """Make the rows under a heading levels of one variable, where they add up to it.

    Parameters
    ----------
    rows : sequence of PlacedRow
        The rows of a table, in order.
    sizes : sequence of int
        How many each group has.

    Returns
    -------
    list of PlacedRow
        The same rows. Under a heading without numbers, those whose counts make up every
        group, or whose percentages make up 100, have the heading as block, and the
        heading too. Rows that say how many are missing, and rows whose label stands
        elsewhere as well, name what stands above them. The total below the levels of a
        block is none of them.

    Notes
    -----
    Rows that do not add up may be items that overlap, such as adverse events: they are
    left alone.
    """
    placed = [_without_block(row) for row in rows]
    for index, heading in enumerate(rows):
        if has_cells(heading.entry) or heading.entry.block or not heading.entry.label:
            continue
        name = heading.entry.label
        if any(one.entry.block == name for one in rows):
            placed[index] = _changed(heading, block=name)
            continue
        n_levels = _n_levels(rows[index + 1 :], sizes, heading_has_p=_has_p(heading))
        if n_levels:
            for at in range(index, index + n_levels + 1):
                placed[at] = _changed(rows[at], block=name)
    return list(_told_apart(placed))


def _n_levels(
    rows: Sequence[PlacedRow], sizes: Sequence[int], *, heading_has_p: bool
) -> int:
    """Count the rows that make up a variable; 0 where none do."""
    cells: list[list[Cell]] = []
    for number, row in enumerate(rows):
        entry = row.entry
        may_have_p = number == 0 and not heading_has_p
        if entry.block or not has_cells(entry) or (_has_p(row) and not may_have_p):
            break
        level = [read_cell(str(cell), "count") for cell in entry.cells]
        if any(cell.count is None for cell in level):
            break
        cells.append(level)
        if len(cells) > 1 and _add_up(cells, sizes):
            return len(cells) + _n_more(rows[len(cells) :])
    return 0


def _n_more(rows: Sequence[PlacedRow]) -> int:
    """Count the levels of nobody, and of those missing, that follow."""
    n_more = 0
    for row in rows:
        entry = row.entry
        counts = [read_cell(str(cell), "count").count for cell in entry.cells]
        is_last = is_missing_label(entry.label) and None not in counts
        if entry.block or _has_p(row) or not (is_last or set(counts) == {0}):
            break
        n_more += 1
    return n_more


def _add_up(levels: Sequence[Sequence[Cell]], sizes: Sequence[int]) -> bool:
    """Say whether the levels make up every group, by counts or by percentages."""
    columns = list(zip(*levels, strict=True))
    counts = [sum(cell.count or 0 for cell in column) for column in columns]
    return counts == list(sizes) or all(_is_hundred(column) for column in columns)


def _is_hundred(column: Sequence[Cell]) -> bool:
    """Say whether percentages add up to 100, as far as they are rounded."""
    percents = [cell.percent for cell in column if cell.percent is not None]
    if len(percents) < len(column) or any(one.relation != "=" for one in percents):
        return False
    slack = sum((one.half_unit for one in percents), Fraction(0))
    total = sum((one.value for one in percents), Fraction(0))
    return abs(total - 100) <= slack


def _told_apart(rows: Sequence[PlacedRow]) -> Iterator[PlacedRow]:
    """Add to labels that stand twice, or say that some are missing, what is above."""
    times = Counter(
        (row.entry.block, row.entry.label) for row in rows if has_cells(row.entry)
    )
    above = ""
    for row in rows:
        entry = row.entry
        is_single = has_cells(entry) and not entry.block
        is_unclear = is_missing_label(entry.label) or times["", entry.label] > 1
        if is_single and is_unclear and above:
            yield _changed(row, label=f"{above}: {entry.label}")
            continue
        if not entry.block and (not has_cells(entry) or times["", entry.label] == 1):
            above = entry.label
        yield row


def _without_block(row: PlacedRow) -> PlacedRow:
    """Take the total of a block out of it."""
    entry = row.entry
    if not (entry.block and _TOTAL.fullmatch(entry.label)):
        return row
    return _changed(row, label=f"{entry.block}: {entry.label}", block="")


def _has_p(row: PlacedRow) -> bool:
    """Say whether anything stands for P in a row."""
    return str(row.entry.p).strip() not in {"", "-"}


def _changed(row: PlacedRow, **changes: str) -> PlacedRow:
    """Change cells of a row."""
    entry: RowEntry = row.entry.model_copy(update=changes)
    return PlacedRow(row.where, entry)
