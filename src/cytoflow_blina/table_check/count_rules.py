"""Check percentages and sums against the counts of a printed table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cytoflow_blina.table_check.table_counts import (
    Check,
    Severity,
    as_percent,
    cells_of,
    count_in,
    counts_that_fit,
    denominators,
    keys_of,
    level_sum,
    percent_words,
    row_sum,
    size_of,
    stated_n,
    sum_of,
)
from cytoflow_blina.table_check.table_model import (
    TOTAL,
    Cell,
    PrintedTable,
    Row,
    number_key,
)

_SURVIVAL = re.compile(
    r"surviv|kaplan|incidence|\b(?:OS|EFS|DFS|PFS|RFS|LFS|CIR)\b", re.IGNORECASE
)


def percents_of_counts(table: PrintedTable) -> Iterator[Check]:
    """Recompute each percentage that stands beside its count.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each percentage with a known n; halves may be rounded up or to even.
        Where the percentages of a row are of its total, or those of most rows, they are
        compared with that.
    """
    in_rows = _are_percents_of_rows(table)
    for row in table.rows:
        for column, name, cell in cells_of(table, row):
            candidates = denominators(table, row, column)
            if cell.count is None or cell.percent is None or not candidates:
                continue
            message = _percent_message(cell, candidates)
            whole = row_sum(table, row)
            if message and whole and (in_rows or _is_of_row(table, row)):
                message = _percent_message(cell, (whole,))
            keys = keys_of(row.place, name, cell)
            yield Check("percent", f"{row.place}, {name}", keys, message)


def percents_without_counts(table: PrintedTable) -> Iterator[Check]:
    """Look for a count that prints as a percentage given alone.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each percentage without count and with a known n. A note where no label
        says that people are counted; nothing of survival, which is no share where
        anybody is censored, nor of a row in which no percentage is a share: it may hold
        means.

    Notes
    -----
    The granularity of percentages, after Brown and Heathers (Social Psychological and
    Personality Science 8:363, 2017), who used it for means of whole numbers.
    """
    if _are_percents_of_rows(table):
        return
    for row in table.rows:
        found = [
            (name, cell, cell.percent, denominators(table, row, column))
            for column, name, cell in cells_of(table, row)
            if cell.count is None and cell.percent and cell.percent.relation == "="
        ]
        lone = [one for one in found if one[-1]]
        fits = [
            any(counts_that_fit(percent, n) for n in candidates)
            for *_, percent, candidates in lone
        ]
        may_be_values = row.summary != "count" and len(lone) > 1 and not any(fits)
        if may_be_values or _SURVIVAL.search(row.label):
            continue
        for (name, cell, percent, candidates), fit in zip(lone, fits, strict=True):
            sizes = " or ".join(str(n) for n in candidates)
            message = "" if fit else f"no count of {sizes} gives {percent.text} %."
            keys = keys_of(row.place, name, cell)
            severity: Severity = "error" if row.summary == "count" else "note"
            yield Check("percent", f"{row.place}, {name}", keys, message, severity)


def sums_of_groups(table: PrintedTable) -> Iterator[Check]:
    """Add the groups of each row.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each row with all counts and a total. Where the groups do not make up
        the total, their sum may be smaller, if they are not larger than it together.
    """
    for row in table.rows:
        groups = sum_of([cell.count for cell in row.cells])
        total = row.total.count
        if groups is None or total is None or not _can_add(table):
            continue
        counts = " + ".join(str(cell.count) for cell in row.cells)
        message = ""
        if groups > total or (groups < total and table.is_partition):
            message = f"{counts} = {groups}, printed total {total}."
        elif not table.is_partition:
            continue
        keys = tuple(number_key(row.place, name, "count") for name in table.columns())
        yield Check("sum of groups", row.place, keys, message)


def sums_of_levels(table: PrintedTable) -> Iterator[Check]:
    """Add the levels of each block.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each block and column. Fewer than all are a note where nothing is said
        of how many were assessed, an error where it is.
    """
    for block in table.blocks:
        is_noted = False
        for column, name in enumerate(table.columns()):
            rows = table.levels(block)
            held, size = level_sum(table, block, column), size_of(table, column)
            if held is None or size is None or not _is_printed(rows, column):
                continue
            stated = stated_n(table, rows[0], column)
            n = size if stated is None else stated
            is_missing = held < n and stated is None
            keys = tuple(number_key(row.place, name, "count") for row in rows)
            if is_missing and name == TOTAL and is_noted:
                yield Check("sum of levels", f"{block}, {name}", keys)
                continue
            counts = " + ".join(str(count_in(row, column)) for row in rows)
            message = f"the levels hold {counts} = {held} of {n}"
            message += "; say how many were assessed." if is_missing else "."
            yield Check(
                "sum of levels",
                f"{block}, {name}",
                keys,
                message if held != n else "",
                "note" if is_missing else "error",
            )
            is_noted = is_noted or is_missing


def counts_within_n(table: PrintedTable) -> Iterator[Check]:
    """Compare each count with how many there are.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        For counts larger than their n alone: to be smaller proves nothing.
    """
    for row in table.rows:
        for column, name, cell in cells_of(table, row):
            candidates = denominators(table, row, column)
            if cell.count is None or not candidates or cell.count <= max(candidates):
                continue
            message = f"{cell.count} of {max(candidates)}."
            keys = (number_key(row.place, name, "count"),)
            yield Check("count within n", f"{row.place}, {name}", keys, message)


def stated_sizes(table: PrintedTable) -> Iterator[Check]:
    """Compare how many were assessed with how many there are.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each n in a cell, and for each one elsewhere that is too large.
    """
    for row in table.rows:
        for column, name, cell in cells_of(table, row):
            size, stated = size_of(table, column), stated_n(table, row, column)
            if size is None or stated is None:
                continue
            if stated > size:
                message = f"{stated} assessed of {size}."
            elif cell.n is None:
                continue
            else:
                message = ""
            keys = (number_key(row.place, name, "n"),) if cell.n is not None else ()
            yield Check("assessed", f"{row.place}, {name}", keys, message)


def sizes_of_groups(table: PrintedTable) -> Iterator[Check]:
    """Compare the groups with all.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One where the groups together are more than all; those that are fewer may leave
        some out.
    """
    groups = sum(group.n for group in table.groups)
    if table.total_n is None or groups <= table.total_n:
        return
    message = (
        f"the groups hold {groups} of {table.total_n}: they overlap, or an n is wrong. "
        "Sums over groups were not checked."
    )
    yield Check("size of groups", "n", (), message, "note")


def rows_that_are_any_of_others(table: PrintedTable) -> Iterator[Check]:
    """Compare a row with those that define it, `poor risk` with three gene fusions.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each column with all counts. Whoever is in two of the rows counts once,
        so their sum is the most there can be and the largest the fewest.
    """
    rows = {row.label: row for row in table.rows}
    for union in table.any_of:
        whole, parts = rows[union.row], [rows[label] for label in union.of]
        for column, name in enumerate(table.columns()):
            found = count_in(whole, column)
            counts = [count_in(part, column) for part in parts]
            most = sum_of(counts)
            if found is None or most is None:
                continue
            fewest = max(count for count in counts if count is not None)
            words = " + ".join(
                f"{part.label} {count}"
                for part, count in zip(parts, counts, strict=True)
            )
            message = ""
            if found > most:
                message = f"{found} are counted, but {words} = {most} at most."
            elif found < fewest:
                message = f"{found} are counted, but {words}: at least {fewest}."
            keys = tuple(
                number_key(row.place, name, "count") for row in (whole, *parts)
            )
            yield Check("any of other rows", f"{whole.place}, {name}", keys, message)


def _percent_message(cell: Cell, candidates: tuple[int, ...]) -> str:
    """Say how a percentage misses its count, and which count it fits."""
    if cell.count is None or cell.percent is None:
        return ""
    percents = [as_percent(cell.count, n) for n in candidates]
    if any(one is not None and cell.percent.fits(one) for one in percents):
        return ""
    digits = cell.percent.digits
    words = " and ".join(percent_words(cell.count, n, digits) for n in candidates)
    fitting = [
        f"{count} of {n}"
        for n in candidates
        for count in counts_that_fit(cell.percent, n)[:3]
    ]
    message = f"{words}, printed {cell.percent.text} %"
    return (
        f"{message}, which fits {' or '.join(fitting)}." if fitting else f"{message}."
    )


def _are_percents_of_rows(table: PrintedTable) -> bool:
    """Say whether more rows have percentages of the row than of the groups."""
    n_of_rows = sum(_is_of_row(table, row) for row in table.rows)
    n_of_groups = sum(_is_of_groups(table, row) for row in table.rows)
    return n_of_rows > n_of_groups


def _is_of_row(table: PrintedTable, row: Row) -> bool:
    """Say whether all percentages of a row, two at least, are of its total."""
    whole = row_sum(table, row)
    cells = [cell for cell in row.cells if cell.percent is not None]
    return (
        whole is not None
        and len(cells) > 1
        and not any(_percent_message(cell, (whole,)) for cell in cells)
    )


def _is_of_groups(table: PrintedTable, row: Row) -> bool:
    """Say whether any percentage of a row is of its group."""
    return any(
        cell.count
        and cell.percent is not None
        and not _percent_message(cell, denominators(table, row, column))
        for column, cell in enumerate(row.cells)
    )


def _can_add(table: PrintedTable) -> bool:
    """Say whether the groups are not more than the total together."""
    if table.total_n is None:
        return False
    return sum(group.n for group in table.groups) <= table.total_n


def _is_printed(rows: tuple[Row, ...], column: int) -> bool:
    """Say whether all counts of a column are printed, not added up by us."""
    cells = [(*row.cells, row.total)[column] for row in rows]
    return all(cell.count is not None for cell in cells)
