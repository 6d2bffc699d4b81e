"""Read the claims of the published study."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from importlib.resources import files

from cytoflow_blina.domain.claim import Claim, Counts, Kind
from cytoflow_blina.errors import ConfigError, Problem, did_you_mean
from cytoflow_blina.published.printed_numbers import printed_value

_SIGNS = ("", "=", "<")
_KINDS = tuple(kind.value for kind in Kind)

Row = tuple[str, dict[str, str]]
"""Where a row stands, and its cells by column."""


@cache
def published_claims() -> tuple[Claim, ...]:
    """Read the claims that ship with the program.

    Returns
    -------
    tuple of Claim
        In the order of the paper.
    """
    return read_claims(shipped_text("claims.csv"))


def read_claims(text: str, name: str = "claims.csv") -> tuple[Claim, ...]:
    """Read claims from CSV.

    Parameters
    ----------
    text : str
        A header with every column of `Claim`, in its order, and one row a claim.
        Counts are a JSON list of rows, with null for a dash.
    name : str, default "claims.csv"
        Where problems are reported.

    Returns
    -------
    tuple of Claim
        In the order of the rows.

    Raises
    ------
    ConfigError
        With every fault: a wrong header, an id that stands twice, an unknown kind or
        sign, a P that is no probability, counts that are no table.
    """
    rows = csv_rows(text, tuple(one.name for one in fields(Claim)), name)
    problems = [*repeated_ids(rows)]
    claims = []
    for where, cells in rows:
        found = _faults(cells)
        problems += [Problem(where, message) for message in found]
        if not found:
            claims.append(_claim(cells))
    if problems:
        raise ConfigError(*problems)
    return tuple(claims)


def shipped_text(name: str) -> str:
    """Read a document that ships beside this module.

    Parameters
    ----------
    name : str
        Name of the file.

    Returns
    -------
    str
        Its text.
    """
    folder = files("cytoflow_blina.published")
    return folder.joinpath(name).read_text(encoding="utf-8")


def csv_rows(text: str, columns: Sequence[str], name: str) -> tuple[Row, ...]:
    """Read the rows of a CSV with a known header.

    Parameters
    ----------
    text : str
        The document.
    columns : sequence of str
        Its header.
    name : str
        Where problems are reported.

    Returns
    -------
    tuple of (str, dict of str to str)
        Where each row stands, named by its `id`, and its cells by column.

    Raises
    ------
    ConfigError
        For another header, or for rows with more or fewer cells than it.
    """
    records = list(csv.reader(io.StringIO(text, newline="")))
    header = records[0] if records else []
    if header != list(columns):
        message = f"found {', '.join(header)}; expected {', '.join(columns)}."
        raise ConfigError(Problem(f"{name}: header", message))
    problems, rows = [], []
    for number, record in enumerate(records[1:], start=2):
        if len(record) != len(columns):
            message = f"has {len(record)} cells; the header has {len(columns)}."
            problems.append(Problem(f"{name}: row {number}", message))
            continue
        cells = dict(zip(columns, record, strict=True))
        rows.append((f"{name}: row {number}, {cells['id']}", cells))
    if problems:
        raise ConfigError(*problems)
    return tuple(rows)


def repeated_ids(rows: Sequence[Row]) -> tuple[Problem, ...]:
    """Find ids that are empty or stand more than once.

    Parameters
    ----------
    rows : sequence of (str, dict of str to str)
        From `csv_rows`.

    Returns
    -------
    tuple of Problem
        One for each such row.
    """
    problems, seen = [], set()
    for where, cells in rows:
        if not cells["id"]:
            problems.append(Problem(where, "has no id; give it one."))
        elif cells["id"] in seen:
            problems.append(Problem(where, "its id stands above already; keep one."))
        seen.add(cells["id"])
    return tuple(problems)


def unknown_word(column: str, word: str, choices: Sequence[str]) -> str:
    """Say that a cell holds none of the words that it may.

    Parameters
    ----------
    column, word : str
        The column, and what was found.
    choices : sequence of str
        What was expected.

    Returns
    -------
    str
        A sentence, with the nearest choice where one is near.
    """
    expected = ", ".join(one or "nothing" for one in choices)
    words = f"{column} is {word!r}; expected one of {expected}."
    return words + did_you_mean(word, choices)


def _faults(cells: dict[str, str]) -> list[str]:
    """Find what is wrong with the cells of one claim."""
    found = []
    if cells["kind"] not in _KINDS:
        found.append(unknown_word("kind", cells["kind"], _KINDS))
    if cells["p_op"] not in _SIGNS:
        found.append(unknown_word("p_op", cells["p_op"], _SIGNS))
    if bool(cells["p_op"]) != bool(cells["published_p"]):
        found.append("published_p and p_op stand together or not at all.")
    elif cells["published_p"] and not _is_probability(cells["published_p"]):
        found.append(f"published_p is {cells['published_p']!r}; expected 0 to 1.")
    if cells["counts"] and _counts(cells["counts"]) is None:
        words = "expected rows of equal length, such as [[9, 2], [33, 7]]"
        found.append(f"counts are {cells['counts']!r}; {words}.")
    return found


def _is_probability(text: str) -> bool:
    """Whether a printed number is from 0 to 1."""
    try:
        return 0 <= printed_value(text) <= 1
    except ValueError:
        return False


def _counts(text: str) -> Counts | None:
    """Read counts; None where they are no table of numbers."""
    if not text:
        return ()
    try:
        rows = json.loads(text)
    except json.JSONDecodeError:
        return None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return None
    cells = [cell for row in rows for cell in row]
    is_number = all(one is None or type(one) in {int, float} for one in cells)
    if not cells or not is_number or len({len(row) for row in rows}) > 1:
        return None
    return tuple(tuple(row) for row in rows)


def _claim(cells: dict[str, str]) -> Claim:
    """Make a claim of cells without fault."""
    texts = {
        name: cell for name, cell in cells.items() if name not in {"kind", "counts"}
    }
    counts = _counts(cells["counts"]) or ()
    return Claim(**texts, kind=Kind(cells["kind"]), counts=counts)
