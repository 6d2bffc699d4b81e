"""Know every column of every table: its type, its unit, its meaning, its place.

`columns.csv` beside this module is the only list. What a run writes as its own
`columns.csv`, the order of the columns in each table and what the sample sheet may
hold are all taken from it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, cast

ColumnType = Literal["str", "int", "float", "bool", "list"]

OUTPUT_TABLES = (
    "counts",
    "populations",
    "thresholds",
    "intensities",
    "mrd",
    "mrd_tubes",
    "mrd_candidates",
    "mrd_follow_up",
    "qc",
    "control",
    "comparisons",
    "pairs",
    "descriptives",
    "exclusions",
    "attrition",
    "rates",
    "survival",
    "survival_rates",
    "failures",
    "columns",
)
"""Tables that every run writes, with their header when empty."""

SORT_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "counts": ("sample_id", "population"),
        "populations": ("sample_id", "tube", "path"),
        "thresholds": ("sample_id", "tube", "threshold"),
        "intensities": ("sample_id", "tube", "path", "marker"),
        "mrd": ("sample_id",),
        "mrd_tubes": ("sample_id", "tube"),
        "mrd_candidates": ("sample_id", "tube", "path"),
        "qc": ("sample_id", "tube", "check"),
        "control": ("panel", "instrument", "tube", "check", "quantity", "acquired_at"),
        "comparisons": ("contrast", "family", "outcome"),
        "attrition": ("contrast", "stage", "reason"),
        "rates": ("contrast", "outcome", "category", "group"),
        "survival": ("contrast", "endpoint", "group", "months"),
        "survival_rates": ("contrast", "endpoint", "group", "at_months"),
        "pairs": ("contrast", "outcome", "subject_id", "cycle"),
        "descriptives": ("outcome", "group", "visit"),
        "exclusions": ("contrast", "subject_id", "cycle", "reason"),
        "failures": ("sample_id", "tube"),
        "seeds": ("claim", "source", "seed"),
    }
)
"""Columns by which the rows of a table are sorted; other tables keep their order."""


@dataclass(frozen=True)
class Column:
    """One column of one table.

    Attributes
    ----------
    table, column : str
        Where it stands; a table bears the name of its file without `.csv`.
    type : {"str", "int", "float", "bool", "list"}
        Type of its values: `bool` is 0 or 1, `list` is joined by `;`.
    unit : str
        Unit; `1` for a pure number, `see unit` where the row says it, empty for words.
    meaning : str
        What it holds.
    """

    table: str
    column: str
    type: ColumnType
    unit: str
    meaning: str


@cache
def all_columns() -> tuple[Column, ...]:
    """List every column of every table, in order."""
    text = files("cytoflow_blina.cohort").joinpath("columns.csv").read_text("utf-8")
    return tuple(
        Column(
            row["table"],
            row["column"],
            cast("ColumnType", row["type"]),
            row["unit"],
            row["meaning"],
        )
        for row in csv.DictReader(text.splitlines())
    )


@cache
def columns_of(table: str) -> Mapping[str, Column]:
    """List the columns of a table, in order.

    Parameters
    ----------
    table : str
        Name of the table: `counts`.

    Returns
    -------
    mapping of str to Column
        By name.

    Raises
    ------
    KeyError
        Where there is no such table.
    """
    columns = {one.column: one for one in all_columns() if one.table == table}
    if not columns:
        raise KeyError(table)
    return MappingProxyType(columns)


def carried_columns(table: str, names: Iterable[str]) -> tuple[Column, ...]:
    """Describe columns of the sample sheet that are carried through into a table.

    Parameters
    ----------
    table : str
        The table that carries them.
    names : iterable of str
        Their names, in order.

    Returns
    -------
    tuple of Column
        For `columns.csv`; values stay text.
    """
    return tuple(
        Column(table, name, "str", "", "Carried through from samples.csv")
        for name in names
    )
