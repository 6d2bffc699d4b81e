"""Check P values against the counts of a printed table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cytoflow_blina.domain.printed_number import PrintedNumber
from cytoflow_blina.table_check.contrasts import (
    Contrast,
    TestedP,
    block_parts,
    known_levels,
    level_contrast,
    p_values,
    pairs_of_groups,
    row_contrast,
    tests_named,
)
from cytoflow_blina.table_check.table_counts import Check, Severity
from cytoflow_blina.table_check.table_model import (
    Block,
    PrintedTable,
    Test,
    number_key,
)


def p_of_rows(table: PrintedTable) -> Iterator[Check]:
    """Recompute each P that stands beside one row.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each row whose counts can be tested: the row against the rest of its
        block, or of the group.
    """
    for row in table.rows:
        if row.p is None:
            continue
        stated = contrasts_of(table, row.block, [row.label])
        others = _contrasts_of_block(table, row.block)
        yield from _judged(row.place, row.p, row.test, (stated, others))


def p_of_blocks(table: PrintedTable) -> Iterator[Check]:
    """Recompute the P of each variable with several levels.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each block with a P and counts that can be tested. Where the paper does
        not say what P compares, all levels are expected, and another comparison that
        fits is a note.
    """
    for block in table.blocks.values():
        if block.p is None:
            continue
        every = _contrasts_of_block(table, block.name)
        stated = [
            contrast
            for parts in _parts_stated(table, block)
            for contrast in level_contrast(table, block.name, parts)
        ]
        severity: Severity = "error" if block.p_of else "note"
        yield from _judged(block.name, block.p, block.test, (stated, every), severity)


def p_of_repeats(table: PrintedTable) -> Iterator[Check]:
    """Recompute each P that another place prints of rows of the table.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each repeat with a P and counts that can be tested: its rows against the
        rest.
    """
    for repeat in table.repeats:
        if repeat.p is None:
            continue
        stated = contrasts_of(table, repeat.block, repeat.levels)
        others = _contrasts_of_block(table, repeat.block)
        yield from _judged(repeat.place, repeat.p, repeat.test, (stated, others))


def p_printed_twice(table: PrintedTable) -> Iterator[Check]:
    """Compare the P values that several places print of one comparison.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each repeat with a P whose comparison has another P in the table, or in
        an earlier repeat. `<0.001` and `0.0004` agree.
    """
    printed = [*_printed_in_table(table)]
    for repeat in table.repeats:
        if repeat.p is None:
            continue
        for contrast in contrasts_of(table, repeat.block, repeat.levels)[:1]:
            for place, p, parts in printed:
                if parts != contrast.parts:
                    continue
                keys = (number_key(repeat.place, "", "P"), number_key(place, "", "P"))
                message = ""
                if not p.overlaps(repeat.p):
                    message = (
                        f"P {repeat.p.text} here, P {p.text} at {place!r} for the same "
                        f"comparison; from the counts {_ours(contrast, repeat.p)}."
                    )
                yield Check("P printed twice", repeat.place, keys, message)
            printed.append((repeat.place, repeat.p, contrast.parts))


def p_within_range(table: PrintedTable) -> Iterator[Check]:
    """Look for P values above 1 or below 0.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        For impossible values alone.
    """
    places: list[tuple[str, PrintedNumber | None]] = []
    places += [(row.place, row.p) for row in table.rows]
    places += [(one.name, one.p) for one in table.blocks.values()]
    places += [(one.place, one.p) for one in table.repeats]
    places += [(one.place, one.p) for one in table.survival]
    for place, p in places:
        if p is not None and not 0 <= p.value <= 1:
            message = f"P {p.text} is not between 0 and 1."
            yield Check("P", place, (number_key(place, "", "P"),), message)


def contrasts_of(
    table: PrintedTable, block: str, labels: Sequence[str]
) -> list[Contrast]:
    """List the comparison of some rows with the rest.

    Parameters
    ----------
    table : PrintedTable
        The table.
    block : str
        Their block; empty for a row without.
    labels : sequence of str
        The rows, which count together.

    Returns
    -------
    list of Contrast
        One, or none where the counts are not there; a second with those who are
        missing. All levels apart where no level is left as the rest.
    """
    if not block:
        rows = [row for row in table.rows if not row.block and row.label in labels]
        return [contrast for row in rows for contrast in row_contrast(table, row)]
    found: list[Contrast] = []
    for levels in _level_lists(table, block):
        rest = [label for label in levels if label not in labels]
        parts = [list(labels), rest] if rest else [[label] for label in levels]
        found += level_contrast(table, block, parts)
    return found


def _level_lists(table: PrintedTable, block: str) -> list[list[str]]:
    """List the levels of a block without those who are missing, then with them."""
    every = [row.label for row in table.levels(block)]
    known = known_levels(table, block)
    return [known] if known == every else [known, every]


def _contrasts_of_block(table: PrintedTable, block: str) -> list[Contrast]:
    """List all comparisons that the levels of a block allow."""
    return [
        contrast
        for parts in block_parts(table, block)
        for contrast in level_contrast(table, block, parts)
    ]


def _parts_stated(table: PrintedTable, block: Block) -> list[list[list[str]]]:
    """Write what the P of a block is said to compare; unsaid, all levels.

    Without those who are missing, then with them.
    """
    found = []
    for labels in _level_lists(table, block.name):
        match block.p_of:
            case "any":
                found.append([labels[:1], labels[1:]])
            case "severe":
                found.append([labels[-1:], labels[:-1]])
            case _:
                found.append([[label] for label in labels])
    return found


def _printed_in_table(
    table: PrintedTable,
) -> Iterator[tuple[str, PrintedNumber, frozenset[frozenset[str]]]]:
    """List the P values of the table, each with its comparison."""
    for row in table.rows:
        if row.p is not None:
            for contrast in contrasts_of(table, row.block, [row.label])[:1]:
                yield row.place, row.p, contrast.parts
    for block in table.blocks.values():
        if block.p is not None:
            parts = _parts_stated(table, block)[0]
            for contrast in level_contrast(table, block.name, parts):
                yield block.name, block.p, contrast.parts


def _judged(
    place: str,
    printed: PrintedNumber,
    test: Test,
    contrasts: tuple[Sequence[Contrast], Sequence[Contrast]],
    severity: Severity = "error",
) -> Iterator[Check]:
    """Compare a P with the comparison it is said to be of, then with all others.

    `severity` is that of a P that fits another comparison only.
    """
    stated, others = contrasts
    tested = [one for contrast in stated for one in p_values(contrast.counts)]
    named = tests_named(test)
    if not (tested and named):
        return
    fitting = [one for one in tested if one.prints_as(printed)]
    elsewhere = [] if fitting else _fitting_elsewhere(printed, stated, others)
    ours = "; ".join(f"{one.words}: {_ours(one, printed)}" for one in stated)
    message = ""
    if fitting and not any(one.test in named for one in fitting):
        message = f"P {printed.text} is that of {fitting[0].test}, not of {named[0]}"
        message += f" (from the counts {ours})."
        severity = "error"
    elif not fitting and elsewhere:
        other, found = elsewhere[0]
        message = (
            f"P {printed.text} is that of {other.words} ({_number(found, printed)}); "
            f"of {ours}."
        )
        severity = severity if other in others else "error"
    elif not fitting:
        message = f"P {printed.text} fits no test of the counts: {ours}."
        severity = "error"
    keys = (number_key(place, "", "P"),)
    yield Check("P", place, keys, message, severity)


def _fitting_elsewhere(
    printed: PrintedNumber, stated: Sequence[Contrast], others: Sequence[Contrast]
) -> list[tuple[Contrast, TestedP]]:
    """List the other comparisons, of two groups among several too, that P fits."""
    pairs = [pair for contrast in stated for pair in pairs_of_groups(contrast)]
    seen = {(one.parts, one.groups) for one in stated}
    return [
        (other, found)
        for other in (*others, *pairs)
        if (other.parts, other.groups) not in seen
        for found in p_values(other.counts)
        if found.prints_as(printed)
    ]


def _ours(contrast: Contrast, printed: PrintedNumber) -> str:
    """Write our P values of a comparison, with its counts."""
    counts = " v ".join("/".join(str(n) for n in group) for group in contrast.counts)
    found = ", ".join(_number(one, printed) for one in p_values(contrast.counts))
    return f"{found} [{counts}]"


def _number(found: TestedP, printed: PrintedNumber) -> str:
    """Write one P value with a digit more than the printed one, two at least."""
    digits = max(printed.digits, 2) + 1
    is_small = 0 < found.p_value < 10 ** (1 - digits)
    text = f"{found.p_value:.1e}" if is_small else f"{found.p_value:.{digits}f}"
    return f"{found.test} {text}"
