"""Write and read the tables of a run.

UTF-8, LF, a header always, rows sorted, columns in the order of the registry, empty
for missing, floats in shortest round-trip form, 0 and 1 for no and yes, `;` in lists:
the same rows give the same bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from cytoflow_blina.cohort.columns import (
    SORT_KEYS,
    Column,
    ColumnType,
    carried_columns,
    columns_of,
)
from cytoflow_blina.errors import ConfigError, Problem

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

TableRow: TypeAlias = "Mapping[str, object] | DataclassInstance"
"""A row by the names of its columns."""


def write_table(
    path: Path,
    table: str,
    rows: Iterable[TableRow],
    *,
    carried: Sequence[str] = (),
) -> None:
    """Write a table, whole or not at all.

    Parameters
    ----------
    path : Path
        The file, in a folder that exists. It is replaced.
    table : str
        Name in the registry: `counts`.
    rows : iterable of mapping or dataclass
        In any order. A column that a row lacks is empty, and so are None, NaN and
        the missing values of pandas.
    carried : sequence of str, optional
        Further columns of text at the end, carried through from the sample sheet.

    Raises
    ------
    ValueError
        For a column that the registry does not know, or a value that does not have
        the type of its column. Nothing is written then.
    """
    columns = _columns(table, carried)
    lines = [_cells(row, columns, table) for row in rows]
    if table in SORT_KEYS:
        order = [list(columns).index(key) for key in SORT_KEYS[table]]
        types = [columns[key].type for key in SORT_KEYS[table]]
        # The whole line decides between equal keys, so that the order in which rows
        # came never shows.
        lines.sort(
            key=lambda line: (
                [_rank(line[k], kind) for k, kind in zip(order, types, strict=True)],
                line,
            )
        )
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(lines)
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(stream.getvalue(), encoding="utf-8", newline="")
    partial.replace(path)


def read_table(path: Path, table: str) -> pd.DataFrame:
    """Read a table that `write_table` wrote.

    Parameters
    ----------
    path : Path
        The file.
    table : str
        Name in the registry: `counts`.

    Returns
    -------
    DataFrame
        Columns of the file in its order. `int` is Int64, `bool` boolean, `float`
        float64 with NaN for empty; all else is text, empty where the cell is, so that
        a subject called `001` or `NA` keeps its name.

    Raises
    ------
    ConfigError
        Where the file is absent or not as `write_table` left it: a column is missing,
        or a cell holds no number.
    """
    known = columns_of(table)
    if not path.is_file():
        raise ConfigError(Problem(path.name, "is missing from the run's folder."))
    try:
        frame = pd.read_csv(
            path,
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            encoding="utf-8-sig",
        )
    except ValueError as error:
        raise _changed(path, "it is no table") from error
    missing = [name for name in known if name not in frame.columns]
    if missing:
        raise _changed(path, f"no column {', '.join(missing)}")
    for name in frame.columns:
        column = known.get(name)
        if column is not None and column.type in _NUMERIC:
            # Through numpy: pandas' own parser may err in the last digit.
            values = _numbers(frame[name], path)
            numbers = pd.Series(values, dtype="float64", index=frame.index)
            frame[name] = numbers.astype(_NUMERIC[column.type])
    return frame


def _numbers(cells: pd.Series[str], path: Path) -> list[float]:
    """Read the numbers of a column, NaN where a cell is empty."""
    try:
        return [float(cell) if cell else nan for cell in cells]
    except ValueError as error:
        raise _changed(path, f"column {cells.name} holds other than numbers") from error


def _changed(path: Path, found: str) -> ConfigError:
    message = (
        f"is not as the run wrote it: {found}. Run again, or restore the file; a copy "
        "for a spreadsheet belongs elsewhere."
    )
    return ConfigError(Problem(path.name, message))


_NUMERIC: Mapping[str, ExtensionDtype | np.dtype[np.float64]] = {
    "int": pd.Int64Dtype(),
    "float": np.dtype("float64"),
    "bool": pd.BooleanDtype(),
}


def _columns(table: str, carried: Sequence[str]) -> dict[str, Column]:
    """List the columns of a table and those that are carried through."""
    columns = dict(columns_of(table))
    for column in carried_columns(table, carried):
        if column.column in columns:
            raise ValueError(f"{table} has a column {column.column!r} of its own")
        columns[column.column] = column
    return columns


def _cells(
    row: TableRow,
    columns: Mapping[str, Column],
    table: str,
) -> list[str]:
    """Write one row as text."""
    values = _values(row)
    unknown = [name for name in values if name not in columns]
    if unknown:
        raise ValueError(f"{table} has no column {', '.join(map(repr, unknown))}")
    return [_cell(values.get(name), column) for name, column in columns.items()]


def _values(row: TableRow) -> Mapping[str, object]:
    """Take a row as a mapping, without going into what its values hold."""
    if isinstance(row, Mapping):
        return row
    if is_dataclass(row):
        return {field.name: getattr(row, field.name) for field in fields(row)}
    raise ValueError(f"a row is a mapping or a dataclass, not {type(row).__name__}")


def _cell(value: object, column: Column) -> str:
    """Write one value as its column's type wants it; empty for missing."""
    is_nan = isinstance(value, (float, np.floating)) and isnan(value)
    if value is None or value is pd.NA or is_nan:
        return ""
    text = _FORMS[column.type](value)
    if text is None:
        name = f"{column.table}.{column.column}"
        raise ValueError(f"{name} is {column.type}, found {value!r}")
    return text


def _list_form(value: object) -> str | None:
    """Join what a list holds."""
    if isinstance(value, (tuple, list)):
        return ";".join(map(str, value))
    return _text_form(value)


def _text_form(value: object) -> str | None:
    """Take text as it is, members of an enumeration by their value."""
    return str(value) if isinstance(value, str) else None


def _number_form(value: object) -> str | None:
    """Write a number in the shortest form that reads back the same; no -0.0."""
    return repr(float(value) + 0.0) if isinstance(value, _NUMBERS) else None


def _whole_form(value: object) -> str | None:
    """Write a whole number without a fraction."""
    if isinstance(value, _NUMBERS) and float(value).is_integer():
        return str(int(value))
    return None


def _yes_form(value: object) -> str | None:
    """Write 1 for yes and 0 for no."""
    if isinstance(value, (np.bool_, *_NUMBERS)) and value in {0, 1}:
        return str(int(value))
    return None


_NUMBERS = (int, float, np.integer, np.floating)
_FORMS: Mapping[ColumnType, Callable[[object], str | None]] = {
    "str": _text_form,
    "int": _whole_form,
    "float": _number_form,
    "bool": _yes_form,
    "list": _list_form,
}


def _rank(cell: str, kind: str) -> tuple[float, str]:
    """Order cells: empty first, numbers by value, texts by code point."""
    if kind in _NUMERIC and cell:
        return float(cell), ""
    return float("-inf"), cell
