"""Build a printed table from the entries of its document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest

from cytoflow_blina.domain.printed_number import PrintedNumber
from cytoflow_blina.table_check.printed_cell import (
    MISSING,
    guess_summary,
    is_missing_label,
    is_percent_first,
    normalised,
    read_cell,
    read_number,
    read_rate,
)
from cytoflow_blina.table_check.table_document import (
    BlockEntry,
    Printed,
    RowEntry,
    SurvivalEntry,
    TableDocument,
)
from cytoflow_blina.table_check.table_model import (
    AnyOf,
    Block,
    Cell,
    Elsewhere,
    Group,
    PrintedTable,
    Repeat,
    Row,
    Summary,
    Survival,
    Told,
)

_SLASHED = re.compile(r"\d+(?:\s*/\s*\d+)+")
_LEAST_ASSESSED = Fraction(3, 4)
_SLASHED_LABEL = re.compile(r"[^\s(),/]+(?:\s*/\s*[^\s(),/]+)+")


@dataclass(frozen=True)
class PlacedRow:
    """A row of the document, and where it stands there."""

    where: str
    entry: RowEntry


def build_table(
    name: str, document: TableDocument, rows: Sequence[PlacedRow]
) -> PrintedTable:
    """Read the cells of a document without faults.

    Parameters
    ----------
    name : str
        File name without folder.
    document : TableDocument
        The document; its own rows are not looked at.
    rows : sequence of PlacedRow
        Its rows, after `split_rows`.

    Returns
    -------
    PrintedTable
        Rows without any cell (headings) are left out, but for a P without block; the P
        of a heading, or the only P among the rows of a block, is that of the block.
    """
    blocks = _blocks(document.block, rows)
    return PrintedTable(
        name=name,
        title=document.title,
        groups=tuple(Group(one.name, one.n) for one in document.group),
        total_n=document.total.n if document.total else None,
        rows=_with_missing(
            [
                _row(one.entry, document, blocks)
                for one in rows
                if has_cells(one.entry) or _is_heading_with_p(one.entry)
            ]
        ),
        blocks=blocks,
        repeats=tuple(_repeats(document)),
        elsewhere=tuple(_elsewhere(document)),
        any_of=tuple(AnyOf(one.row, tuple(one.of)) for one in document.union),
        survival=tuple(_survival(one) for one in document.survival),
        told=tuple(Told(one.where, one.outcome, one.events) for one in document.told),
    )


def has_cells(entry: RowEntry) -> bool:
    """Say whether a row holds anything but a heading and its P.

    Parameters
    ----------
    entry : RowEntry
        The row.

    Returns
    -------
    bool
        False where all its cells are empty, or it has no label and its cells hold words
        alone, such as `n (%)`.
    """
    text = "".join(str(cell).strip() for cell in (*entry.cells, entry.total))
    return bool(text) and (bool(entry.label) or any(one.isdigit() for one in text))


def split_rows(row: PlacedRow, sizes: Sequence[int]) -> Iterator[PlacedRow]:
    """Make the levels that share a cell, `14/28` of `Gender, F/M`, rows of a block.

    Parameters
    ----------
    row : PlacedRow
        A row of the document.
    sizes : sequence of int
        How many each group has.

    Yields
    ------
    PlacedRow
        The row itself where its label has no slash, or its cells are a count and its n.
    """
    entry = row.entry
    cells = [_parts(cell) for cell in entry.cells]
    total = _parts(entry.total)
    label = _SLASHED_LABEL.search(entry.label)
    levels = label[0].replace(" ", "").split("/") if label else []
    filled = [parts for parts in (*cells, total) if parts]
    is_count_of_n = any(
        len(parts) == 2 and parts[1] == size
        for parts, size in zip(cells, sizes, strict=False)
    )
    if (
        entry.block
        or not filled
        or is_count_of_n
        or any(len(parts) != len(levels) for parts in filled)
        or len(filled) < sum(_is_filled(cell) for cell in (*entry.cells, entry.total))
    ):
        yield row
        return
    for number, level in enumerate(levels):
        changes = {
            "label": level,
            "block": entry.label,
            "cells": [parts[number] if parts else "" for parts in cells],
            "total": total[number] if total else "",
            "p": entry.p if number == 0 else "",
        }
        yield PlacedRow(row.where, entry.model_copy(update=changes))


def _parts(cell: Printed) -> list[int]:
    """Split `14/28`; empty for any other cell."""
    plain = normalised(str(cell))
    if not _SLASHED.fullmatch(plain):
        return []
    return [int(part) for part in plain.split("/")]


def _is_filled(cell: Printed) -> bool:
    """Say whether a cell holds more than a dash."""
    return normalised(str(cell)).lower() not in MISSING


def _blocks(
    entries: Sequence[BlockEntry], rows: Sequence[PlacedRow]
) -> Mapping[str, Block]:
    """Gather the blocks, each with its own P or the only one among its rows."""
    declared = {one.name: one for one in entries}
    names = [one.entry.block for one in rows if one.entry.block]
    blocks = {}
    for name in dict.fromkeys([*declared, *names]):
        entry = declared.get(name, BlockEntry(name=name))
        own = [one.entry for one in rows if one.entry.block == name]
        with_p = [one for one in own if _p(one.p) is not None]
        if _p(entry.p) is None and len(with_p) == 1:
            row = with_p[0]
            changes = {"p": row.p, "p_of": row.p_of, "test": row.test}
            entry = entry.model_copy(update=changes)
        blocks[name] = Block(
            name, _p(entry.p), entry.p_of, entry.test, n=tuple(entry.n)
        )
    return blocks


def _is_heading_with_p(entry: RowEntry) -> bool:
    """Say whether a heading has a P of which it is not known what it compares."""
    return not entry.block and _p(entry.p) is not None


def _with_missing(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Tell each single row how many are missing, where the next row says so."""
    told = []
    for row, after in zip_longest(rows, rows[1:]):
        are_single = after and not (row.block or after.block)
        is_told = are_single and is_missing_label(after.label)
        if is_told and not is_missing_label(row.label):
            n_missing = tuple(cell.count for cell in (*after.cells, after.total))
            told.append(replace(row, n_missing=n_missing))
        else:
            told.append(row)
    return tuple(told)


def _row(entry: RowEntry, document: TableDocument, blocks: Mapping[str, Block]) -> Row:
    """Read one row; a P that its block has taken is not read again."""
    summary = entry.summary or guess_summary(entry.label)
    if is_missing_label(entry.label):
        summary = "count"
    percent_first = is_percent_first(entry.label)
    cells = _cells(entry.cells, document, summary, percent_first=percent_first)
    total = read_cell(str(entry.total), summary, percent_first=percent_first)
    p = _p(entry.p)
    if entry.block and blocks[entry.block].p is not None:
        p = None
    is_count = summary == "count" or entry.block or _any_percent((*cells, total))
    if not (summary or entry.block) and _are_values((*cells, total), document):
        is_count = False
    if not is_count:
        cells, total = tuple(_no_count(cell) for cell in cells), _no_count(total)
    return Row(
        label=entry.label,
        block=entry.block,
        cells=cells,
        total=total,
        p=p,
        n=tuple(entry.n),
        test=entry.test,
        summary=summary,
    )


def _cells(
    cells: Sequence[Printed],
    document: TableDocument,
    summary: Summary = "",
    *,
    percent_first: bool = False,
) -> tuple[Cell, ...]:
    """Read one cell for each group; empty ones where the row gives none."""
    printed = [str(cell) for cell in cells] or [""] * len(document.group)
    return tuple(
        read_cell(cell, summary, percent_first=percent_first) for cell in printed
    )


def _any_percent(cells: Sequence[Cell]) -> bool:
    """Say whether any cell shows that its row holds counts."""
    return any(cell.percent or cell.n is not None for cell in cells)


def _are_values(cells: Sequence[Cell], document: TableDocument) -> bool:
    """Say whether cells such as `61 (11)` are means with their standard deviations.

    So they are taken where no label says what they are, no sign of percent stands
    there, and not one of them is a count with its percentage, of the row or of most of
    its group.
    """
    sizes = [one.n for one in document.group]
    sizes += [document.total.n] if document.total else []
    row_sum = sum(cell.count or 0 for cell in cells[: len(document.group)])
    pairs = [
        (cell, cell.n or size)
        for cell, size in zip(cells, sizes, strict=False)
        if cell.count is not None and cell.percent is not None
    ]
    if len(pairs) < 2 or any("%" in cell.text for cell, _ in pairs):
        return False
    return not any(_is_share(cell, n) or _is_share(cell, row_sum) for cell, n in pairs)


def _is_share(cell: Cell, n: int) -> bool:
    """Say whether the percentage of a cell is that of its count among most of n."""
    if cell.count is None or cell.percent is None or not n:
        return False
    fewest = max(1, int(_LEAST_ASSESSED * n))
    percents = (Fraction(100 * cell.count, size) for size in range(fewest, n + 1))
    return any(cell.percent.fits(one) for one in percents)


def _no_count(cell: Cell) -> Cell:
    """Take whole numbers for values, of which nothing can be recomputed."""
    if cell.count is None:
        return cell
    return Cell(text=cell.text, n_others=1 if cell.percent is None else 2)


def _p(printed: Printed) -> PrintedNumber | None:
    """Read a P value; None for a dash and for one without number, such as `NS`."""
    return read_number(str(printed))


def _repeats(document: TableDocument) -> Iterator[Repeat]:
    """Read what other places print of the same rows."""
    for one in document.claim:
        yield Repeat(
            where=one.where,
            block=one.block,
            levels=tuple(one.rows),
            cells=_cells(one.cells, document),
            total=read_cell(str(one.total)),
            p=_p(one.p),
            test=one.test,
        )


def _elsewhere(document: TableDocument) -> Iterator[Elsewhere]:
    """Read what is printed of parts, or of larger groups."""
    for one in document.elsewhere:
        yield Elsewhere(
            where=one.where,
            who=one.who,
            row=one.row,
            cell=read_cell(str(one.cell)),
            inside=one.inside,
            holds=tuple(one.holds),
            complete=one.complete,
        )


def _survival(entry: SurvivalEntry) -> Survival:
    """Read rates and standard errors."""
    pairs = [read_rate(str(rate)) for rate in entry.rates] or [
        (None, None) for _ in entry.arms
    ]
    return Survival(
        where=entry.where,
        outcome=entry.outcome,
        time=entry.time,
        arms=tuple(entry.arms),
        n=tuple(entry.n) or (None,) * len(entry.arms),
        rates=tuple(rate for rate, _ in pairs),
        errors=tuple(error for _, error in pairs),
        p=_p(entry.p),
    )
