"""Check medians and ranges of groups against those of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from cytoflow_blina.domain.printed_number import PrintedNumber
from cytoflow_blina.table_check.repeat_rules import whole_cells
from cytoflow_blina.table_check.table_counts import Check, Severity, cells_of, keys_of
from cytoflow_blina.table_check.table_model import (
    TOTAL,
    Cell,
    Elsewhere,
    PrintedTable,
    Row,
    number_key,
)


def medians_within_ranges(table: PrintedTable) -> Iterator[Check]:
    """Look for medians outside their own range or quartiles.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        For impossible cells alone: to lie within proves little.
    """
    for row in table.rows:
        for _, name, cell in cells_of(table, row):
            yield from _ordered(row.place, name, cell)
    for repeat in table.repeats:
        for _, name, cell in cells_of(table, repeat):
            yield from _ordered(repeat.place, name, cell)
    for one in table.elsewhere:
        yield from _ordered(one.place, "", one.cell)


def medians_of_all(table: PrintedTable) -> Iterator[Check]:
    """Look whether the median of all lies between those of the groups.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each median of all whose groups make it up and all have a median.

    Notes
    -----
    At least half of each group lies at or below the largest of their medians, hence at
    least half of all; likewise above the smallest.
    """
    for row, place, whole, parts in _wholes(table):
        medians = [part.median for part in parts if part.median is not None]
        if whole.median is None:
            continue
        lowest = min(one.lowest for one in medians)
        highest = max(_top(one) for one in medians)
        message = ""
        if _top(whole.median) <= lowest or whole.median.lowest >= highest:
            words = " and ".join(one.text for one in medians)
            message = (
                f"the median of all is {whole.median.text}, but it must lie between "
                f"those of the groups, {words}."
            )
        keys = (number_key(place, TOTAL, "median"), *_group_keys(table, row, "median"))
        yield Check("median of all", f"{place}, {TOTAL}", keys, message)


def ranges_of_all(table: PrintedTable) -> Iterator[Check]:
    """Compare smallest and largest value of all with those of the groups.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each end of each range of all whose groups make it up and all have one.
        Quartiles do not add up so, and are not looked at.
    """
    for row, place, whole, parts in _wholes(table):
        if row.summary != "median_range":
            continue
        for slot, extreme in (("low", min), ("high", max)):
            numbers = [getattr(part, slot) for part in parts]
            end: PrintedNumber | None = getattr(whole, slot)
            if end is None or None in numbers:
                continue
            of_groups = extreme(numbers, key=lambda number: number.value)
            message = ""
            if not end.overlaps(of_groups):
                word = "smallest" if slot == "low" else "largest"
                message = (
                    f"the {word} value of all is {end.text}, that of the groups "
                    f"{of_groups.text}."
                )
            keys = (number_key(place, TOTAL, slot), *_group_keys(table, row, slot))
            yield Check("range of all", f"{place}, {TOTAL}", keys, message)


def parts_within_wholes(table: PrintedTable) -> Iterator[Check]:
    """Compare the range of some people with that of those they belong to.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each pair of ranges. Where not all of the larger group may have been
        measured, a value outside is a note.
    """
    rows = {row.label: row for row in table.rows if not row.block}
    for one in table.elsewhere:
        row = rows[one.row]
        if row.summary == "median_iqr":
            continue
        for name, place, cell in _columns_meant(table, row, one):
            yield from _nested(one, place, name, cell)


def _nested(one: Elsewhere, place: str, name: str, cell: Cell) -> Iterator[Check]:
    """Compare both ends of a range printed elsewhere with one of the table."""
    part, whole = (one.cell, cell) if one.inside else (cell, one.cell)
    relation = "which holds them" if one.inside else "which is part of them"
    for slot, end in (("low", "from"), ("high", "to")):
        inner, outer = getattr(part, slot), getattr(whole, slot)
        if inner is None or outer is None:
            continue
        message = ""
        if _is_outside(slot, inner, outer):
            here, there = getattr(one.cell, slot), getattr(cell, slot)
            message = f"{end} {here.text} here, {end} {there.text} in '{place}, {name}'"
            message += f", {relation}"
            message += "." if one.complete else ", unless some were not measured."
        keys = (number_key(one.place, "", slot), number_key(place, name, slot))
        severity: Severity = "error" if one.complete else "note"
        yield Check("part within whole", one.place, keys, message, severity)


def _is_outside(slot: str, inner: PrintedNumber, outer: PrintedNumber) -> bool:
    """Say whether an end of a part's range lies outside that of the whole."""
    if slot == "low":
        return _top(inner) <= outer.lowest
    return inner.lowest >= _top(outer)


def _columns_meant(
    table: PrintedTable, row: Row, one: Elsewhere
) -> Iterator[tuple[str, str, Cell]]:
    """List column, place and cell of the groups that a row elsewhere refers to."""
    if one.inside == TOTAL:
        for place, cell in whole_cells(table, row):
            yield TOTAL, place, cell
        return
    for _, name, cell in cells_of(table, row):
        if name == one.inside or name in one.holds:
            yield name, row.place, cell


def _wholes(table: PrintedTable) -> Iterator[tuple[Row, str, Cell, Sequence[Cell]]]:
    """List what is printed of all, with the groups that make it up."""
    if not table.is_partition:
        return
    for row in table.rows:
        if not all(cell.median is not None for cell in row.cells):
            continue
        for place, whole in whole_cells(table, row):
            yield row, place, whole, row.cells


def _group_keys(table: PrintedTable, row: Row, slot: str) -> tuple[str, ...]:
    """Name one number of every group."""
    return tuple(number_key(row.place, group.name, slot) for group in table.groups)


def _ordered(place: str, name: str, cell: Cell) -> Iterator[Check]:
    """Find a median outside its own limits."""
    if cell.median is None or cell.low is None or cell.high is None:
        return
    if cell.low.lowest < _top(cell.median) and cell.median.lowest < _top(cell.high):
        return
    message = f"{cell.median.text} is outside {cell.low.text} to {cell.high.text}."
    words = ", ".join(part for part in (place, name) if part)
    yield Check("median", words, keys_of(place, name, cell), message)


def _top(number: PrintedNumber) -> Fraction:
    """Largest value that prints so."""
    return number.value + number.half_unit
