"""Find the faults of a table document that are not the paper's but the typist's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from cytoflow_blina.errors import Problem, did_you_mean
from cytoflow_blina.table_check.build_table import PlacedRow, has_cells
from cytoflow_blina.table_check.printed_cell import (
    MISSING,
    normalised,
    read_number,
    read_rate,
)
from cytoflow_blina.table_check.table_document import Printed, TableDocument
from cytoflow_blina.table_check.table_model import TOTAL


def find_faults(
    name: str, document: TableDocument, rows: Sequence[PlacedRow]
) -> Iterator[Problem]:
    """Check that the parts of a document fit together.

    Parameters
    ----------
    name : str
        File name without folder, where problems are reported.
    document : TableDocument
        The document; its own rows are not looked at.
    rows : sequence of PlacedRow
        Its rows, after `split_rows`.

    Yields
    ------
    Problem
        For every row that has not one cell a group or stands twice, every P or rate
        that is no number, and every name of a row, block or group that is unknown.
    """
    finders = (_columns, _rows, _blocks, _claims, _elsewhere, _unions, _survival)
    for find in finders:
        for where, message in find(document, rows):
            yield Problem(f"{name}: {where}", message)
    if not (rows or document.claim or document.survival):
        yield Problem(name, "holds no row; type at least one line of the table.")


Faults = Iterator[tuple[str, str]]


def _columns(document: TableDocument, rows: Sequence[PlacedRow]) -> Faults:
    """Find groups that are named twice, and rows without any group."""
    for repeated in _repeated([*(one.name for one in document.group), TOTAL]):
        yield "group", f"{repeated!r} is the name of two columns; tell them apart."
    if rows and not document.group:
        yield "group", "is missing; name each group of the table and its n."
    if document.total is None and any(str(one.entry.total) for one in rows):
        yield "total", "is missing; rows have a total, so give its n: [total], n = ..."


def _rows(document: TableDocument, rows: Sequence[PlacedRow]) -> Faults:
    """Find rows with too few cells, without a label, or twice the same."""
    seen: dict[tuple[str, str], str] = {}
    for row in rows:
        entry = row.entry
        yield from _lengths(row.where, document, cells=entry.cells, n=entry.n)
        yield from _p_values(row.where, entry.p)
        if not has_cells(entry):
            # A line of CSV has all its cells, if empty ones.
            if entry.p != "" and not (entry.block or entry.cells):
                yield row.where, "has a P but no numbers; name its block on the row."
            continue
        if not entry.label:
            yield row.where, "has numbers but no label; name the row."
        key = (entry.block, entry.label)
        if key in seen:
            place = ", ".join(part for part in key if part)
            message = f"{place!r} stands at {seen[key]} already; tell the two apart."
            yield row.where, message
        seen.setdefault(key, row.where)


def _blocks(document: TableDocument, rows: Sequence[PlacedRow]) -> Faults:
    """Find blocks that stand twice or have no row."""
    used = {one.entry.block for one in rows if has_cells(one.entry)}
    for repeated in _repeated(one.name for one in document.block):
        yield f"block {repeated!r}", "stands there twice; keep one."
    for one in document.block:
        where = f"block {one.name!r}"
        if one.name not in used:
            message = "has no row; give its levels, each with this block."
            yield where, message + did_you_mean(one.name, used)
        yield from _lengths(where, document, cells=(), n=one.n)
        yield from _p_values(where, one.p)


def _claims(document: TableDocument, rows: Sequence[PlacedRow]) -> Faults:
    """Find claims of rows that are not there."""
    for number, one in enumerate(document.claim):
        where = f"claim[{number}]"
        yield from _lengths(where, document, cells=one.cells, n=())
        yield from _p_values(where, one.p)
        known = _labels(rows, one.block)
        for label in one.rows:
            yield from _unknown(f"{where}.rows", "row", label, known)
        if len(one.rows) > 1 and not one.block:
            yield (
                where,
                "rows that count together must be levels of one block; name it.",
            )


def _elsewhere(document: TableDocument, rows: Sequence[PlacedRow]) -> Faults:
    """Find rows printed elsewhere that have no place in the table."""
    groups = [one.name for one in document.group]
    for number, one in enumerate(document.elsewhere):
        where = f"elsewhere[{number}]"
        yield from _unknown(f"{where}.row", "row", one.row, _labels(rows, ""))
        if bool(one.inside) == bool(one.holds):
            yield where, "must have either `inside` or `holds`."
        if one.inside:
            yield from _unknown(
                f"{where}.inside", "group", one.inside, [*groups, TOTAL]
            )
        for name in one.holds:
            yield from _unknown(f"{where}.holds", "group", name, groups)


def _unions(document: TableDocument, rows: Sequence[PlacedRow]) -> Faults:
    """Find unions of rows that are not there."""
    known = [one.entry.label for one in rows if has_cells(one.entry)]
    for number, one in enumerate(document.union):
        for label in (one.row, *one.of):
            yield from _unknown(f"union[{number}]", "row", label, known)
            if known.count(label) > 1:
                message = f"{label!r} is the label of several rows; tell them apart."
                yield f"union[{number}]", message


def _survival(document: TableDocument, rows: Sequence[PlacedRow]) -> Faults:  # noqa: ARG001 - one form for all finders
    """Find rates that are none, or not one for each arm."""
    for number, one in enumerate(document.survival):
        where = f"survival[{number}]"
        yield from _p_values(where, one.p)
        for key, values in (("n", one.n), ("rates", one.rates)):
            if values and len(values) != len(one.arms):
                message = f"has {len(values)} values for {len(one.arms)} arms."
                yield f"{where}.{key}", message
        for rate in one.rates:
            if _is_text(rate) and read_rate(str(rate))[0] is None:
                message = f"{rate!r} is no rate; write '97.8 ± 2.2' or '100'."
                yield f"{where}.rates", message
        for repeated in _repeated(one.arms):
            yield f"{where}.arms", f"{repeated!r} stands there twice."


def _lengths(
    where: str, document: TableDocument, *, cells: Sequence[Printed], n: Sequence[int]
) -> Faults:
    """Find lists that have not one value for each group."""
    expected = len(document.group)
    for key, values in (("cells", cells), ("n", n)):
        if values and len(values) != expected:
            message = f"has {len(values)} {key} for {expected} groups; give one each."
            yield where, message


def _p_values(where: str, printed: Printed) -> Faults:
    """Find P values that are no number."""
    if _is_text(printed) and read_number(str(printed)) is None:
        message = f"P {printed!r} is no number; write '0.03', '<0.001' or '-'."
        yield where, message


def _unknown(where: str, kind: str, name: str, known: Sequence[str]) -> Faults:
    """Say that a name is unknown, and which is near."""
    if name not in known:
        yield where, f"there is no {kind} {name!r}." + did_you_mean(name, known)


def _labels(rows: Sequence[PlacedRow], block: str) -> list[str]:
    """List the labels of a block, or of the rows without any."""
    return [
        one.entry.label
        for one in rows
        if one.entry.block == block and has_cells(one.entry)
    ]


def _is_text(printed: Printed) -> bool:
    """Say whether more than a dash is printed."""
    return normalised(str(printed)).lower() not in MISSING


def _repeated(names: Iterable[str]) -> list[str]:
    """List the names that stand there more than once."""
    return sorted(name for name, times in Counter(names).items() if times > 1)
