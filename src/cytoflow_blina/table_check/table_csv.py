"""Read a printed table that was typed as CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from cytoflow_blina.cohort.csv_document import CsvDocument, Header, read_csv_document
from cytoflow_blina.errors import ConfigError, Problem, SampleSheetError, did_you_mean
from cytoflow_blina.table_check.build_table import PlacedRow
from cytoflow_blina.table_check.headings import name_blocks
from cytoflow_blina.table_check.printed_cell import normalised, read_cell
from cytoflow_blina.table_check.table_document import (
    GroupEntry,
    RowEntry,
    TableDocument,
    TotalEntry,
)
from cytoflow_blina.table_check.table_model import TOTAL, Comparison, Summary, Test

_WITH_N = re.compile(r"(.*?)[\s,;:(]*\bn\s*=\s*(\d+)\s*\)?", re.IGNORECASE | re.DOTALL)
_PERCENT = re.compile(r"(.*?)[\s,;:(]*(?:%|percent)\s*\)?", re.IGNORECASE)
_TOTAL = re.compile(r"(?:total|overall|all)\b.*", re.IGNORECASE)
_P = re.compile(r"p(?:[\s-]*values?)?(?:\s*\(.*\))?", re.IGNORECASE)
_SIZE_ROW = re.compile(
    r"(?:n|no\.?|numbers?|(?:patients|subjects|participants|cases))(?: of [\w ]+)?"
    r"(?:,\s*n)?(?:\s*\(%\)|,\s*%)?",
    re.IGNORECASE,
)
_CHOICES = {
    "p_of": get_args(Comparison),
    "test": ("", *get_args(Test)),
    "summary": get_args(Summary),
}
_RESERVED = ("label", "block", "p", *_CHOICES)


@dataclass(frozen=True)
class _Columns:
    """Which column of the file holds what: column names by group name."""

    label: str
    words: Mapping[str, str]
    cells: Mapping[str, str]
    percents: Mapping[str, str]
    sizes: Mapping[str, int]


def read_csv_table(path: Path) -> tuple[TableDocument, list[PlacedRow]]:
    """Read a table of which each line is a row and each column a group.

    Parameters
    ----------
    path : Path
        A CSV file in UTF-8 with commas.

    Returns
    -------
    document : TableDocument
        Its groups and its total.
    rows : list of PlacedRow
        Its rows, with the number of the line in the file.

    Raises
    ------
    ConfigError
        Where the file cannot be read, or with every column that has no n and every word
        that is unknown.
    """
    try:
        document = read_csv_document(path, _name_columns)
    except SampleSheetError as cause:
        raise ConfigError(*cause.problems) from cause
    columns = _columns(document)
    rows = list(document.rows)
    sizes = dict(columns.sizes)
    if rows and _is_size_row(rows[0][1], columns):
        found = {name: rows[0][1][cell] for name, cell in columns.cells.items()}
        counts = {name: read_cell(cell, "count").count for name, cell in found.items()}
        sizes |= {name: n for name, n in counts.items() if n is not None}
        rows = rows[1:]
    problems = _size_problems(document.name, columns, sizes)
    problems += _word_problems(document.name, columns, rows)
    if problems:
        raise ConfigError(*problems)
    total = TotalEntry(n=sizes[TOTAL]) if TOTAL in sizes else None
    groups = [
        GroupEntry(name=name, n=sizes[name]) for name in columns.cells if name != TOTAL
    ]
    placed = [PlacedRow(f"row {number}", _entry(row, columns)) for number, row in rows]
    placed = name_blocks(placed, [group.n for group in groups])
    return TableDocument(title=path.stem, group=groups, total=total), placed


def _name_columns(header: Header) -> Header:
    """Name the first column, and columns of percentages after their group."""
    names: list[str] = []
    for number, name in enumerate(header):
        is_percent = name.strip("()") in {"%", "percent"}
        if number == 0:
            names.append(name or "Characteristic")
        elif is_percent and number > 1 and header[number - 1]:
            group, _ = _name_and_n(header[number - 1])
            names.append(f"{group} %")
        else:
            names.append(name)
    return tuple(names)


def _columns(document: CsvDocument) -> _Columns:
    """Tell the columns apart by their names."""
    label, *others = [name for name in document.header if name]
    words, cells, percents, sizes = {}, {}, {}, {}
    for column in others:
        key = "p" if _P.fullmatch(normalised(column)) else column.lower()
        if key in _RESERVED:
            words[key] = column
            continue
        found = _PERCENT.fullmatch(column)
        name, n = _name_and_n(found[1] if found else column)
        if found and name in cells:
            percents[name] = column
            continue
        cells[name] = column
        if n is not None:
            sizes[name] = n
    return _Columns(label, words, cells, percents, sizes)


def _name_and_n(column: str) -> tuple[str, int | None]:
    """Split `CR, n=42`; `total`, `all` and `overall` begin the name of the total."""
    column = normalised(column)
    found = _WITH_N.fullmatch(column)
    name, n = (found[1], int(found[2])) if found else (column, None)
    name = re.sub(r"[\s,]+n$", "", name).strip()
    return (TOTAL if _TOTAL.fullmatch(name) else name), n


def _is_size_row(row: Mapping[str, str], columns: _Columns) -> bool:
    """Say whether the first line holds the sizes of the groups."""
    label = normalised(row[columns.label])
    return bool(_SIZE_ROW.fullmatch(label)) and not row.get(
        columns.words.get("block", ""), ""
    )


def _size_problems(
    name: str, columns: _Columns, sizes: Mapping[str, int]
) -> list[Problem]:
    """Find columns of which nothing says how many they have."""
    return [
        Problem(
            f"{name}: row 1",
            f"column {column!r} has no n. Write '{column} (n=42)', or give the sizes "
            "in a first line with the label 'n'; delete a column that is no group."
            + did_you_mean(column, _RESERVED),
        )
        for group, column in columns.cells.items()
        if group not in sizes
    ]


def _word_problems(
    name: str, columns: _Columns, rows: Sequence[tuple[int, Mapping[str, str]]]
) -> list[Problem]:
    """Find words that are none of those known."""
    problems = []
    for key, choices in _CHOICES.items():
        for number, row in rows:
            word = row.get(columns.words.get(key, ""), "")
            if word in choices:
                continue
            known = [choice for choice in choices if choice]
            message = f"{key} is {word!r}, expected {', '.join(known)} or nothing."
            message += did_you_mean(word, known)
            problems.append(Problem(f"{name}: row {number}", message))
    return problems


def _entry(row: Mapping[str, str], columns: _Columns) -> RowEntry:
    """Make one line a row of the document."""
    cells = {name: _cell(row, columns, name) for name in columns.cells}
    words = {key: row[column] for key, column in columns.words.items() if row[column]}
    return RowEntry.model_validate(
        {
            "label": row[columns.label],
            "cells": [text for name, text in cells.items() if name != TOTAL],
            "total": cells.get(TOTAL, ""),
            **words,
        }
    )


def _cell(row: Mapping[str, str], columns: _Columns, name: str) -> str:
    """Join a count with the percentage that stands in a column of its own."""
    count = row[columns.cells[name]]
    percent = row[columns.percents[name]] if name in columns.percents else ""
    percent = percent.strip("%() ")
    return f"{count} ({percent})" if count and percent not in {"", "-"} else count
