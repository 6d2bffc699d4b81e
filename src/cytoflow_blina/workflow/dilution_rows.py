"""Write the tables of a dilution, which belong to no run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np


def write_rows(
    file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]
) -> None:
    """Write a table: UTF-8, LF, shortest floats, 0 and 1, empty for missing.

    Parameters
    ----------
    file : Path
        The file, which is replaced.
    columns : sequence of str
        Its columns in order.
    rows : iterable of mapping
        Each with every column; none leave the header alone.
    """
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row[name]) for name in columns] for row in rows)


def _cell(value: object) -> object:
    """Write one value; None and NaN are empty."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return int(value) if isinstance(value, bool) else value
