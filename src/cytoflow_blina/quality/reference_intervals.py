"""Compare counts with those of healthy people of the same age."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, isnan
from pathlib import Path

from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.errors import ConfigError, Problem

DAYS_PER_MONTH = 30.4375

_ANALYTES = {
    "LYMPH": "LYMPH",
    "CD3": "CD3",
    "CD4": "CD3CD4",
    "CD8": "CD3CD8",
    "NK": "NK",
    "CD19": "CD19",
}
"""Populations of `counts.csv` and what the document calls them."""

_ABSOLUTE, _SHARE = "10^9/L", "%LYMPH"
_UNITS = {_ABSOLUTE: "10^9/L", _SHARE: "% of lymphocytes"}
_LIMITS = (("p10", "p90"), ("p5", "p95"), ("p2_5", "p97_5"))
_COLUMNS = (
    "source",
    "analyte_code",
    "age_low_months",
    "age_high_months",
    "unit",
    "provenance_limits",
    "interval_pct",
)
_UNSTATED = "unstated"
WITHIN = "within"


@dataclass(frozen=True)
class ReferenceInterval:
    """Limits of one analyte at one age.

    Attributes
    ----------
    source : str
        Whose healthy people they are.
    analyte : str
        `LYMPH, CD3, CD3CD4, CD3CD8, CD19, NK, WBC`.
    unit : {"10^9/L", "%LYMPH"}
        Unit of the limits.
    age_low, age_high : float
        Months; the lower end belongs to the interval, the upper one does not.
    low, high : float
        The limits, which belong to the interval.
    percentiles : tuple of two str
        What they are: `("P10", "P90")`; `("low", "high")` where the source was not
        seen to say.
    is_verified : bool
        Whether the limits were read in a source; else they were recalled.
    """

    source: str
    analyte: str
    unit: str
    age_low: float
    age_high: float
    low: float
    high: float
    percentiles: tuple[str, str]
    is_verified: bool


@dataclass(frozen=True)
class ReferenceDocument:
    """Every interval of a document, in its order, and the hash of the document."""

    intervals: tuple[ReferenceInterval, ...]
    sha256: str


def load_reference_intervals(path: Path) -> ReferenceDocument:
    """Read reference intervals.

    Parameters
    ----------
    path : Path
        CSV with a row for each source, analyte, unit and age. Where several rows fit
        a count, the first is taken.

    Returns
    -------
    ReferenceDocument
        Rows without limits are left out.

    Raises
    ------
    ConfigError
        With every fault: no such file, a column missing, a cell that is no number, ages
        or limits in a wrong order, a unit unknown.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = "cannot be read as CSV in UTF-8. Restore it, or copy the shipped one."
        raise ConfigError(Problem(path.name, message)) from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    needed = (*_COLUMNS, *(name for pair in _LIMITS for name in pair))
    missing = [name for name in needed if name not in (reader.fieldnames or ())]
    if missing:
        message = f"column {', '.join(missing)} is missing; add it."
        raise ConfigError(Problem(f"{path.name}: row 1", message))
    intervals, problems = [], []
    for number, row in enumerate(reader, start=2):
        try:
            intervals.append(_interval(row))
        except ValueError as error:
            problems.append(Problem(f"{path.name}: row {number}", f"{error}."))
    if problems:
        raise ConfigError(*problems)
    return ReferenceDocument(
        tuple(one for one in intervals if one is not None),
        hashlib.sha256(content).hexdigest(),
    )


def _interval(row: Mapping[str, str]) -> ReferenceInterval | None:
    """Understand one row; None for one without limits."""
    ends = next((pair for pair in _LIMITS if row[pair[0]] and row[pair[1]]), None)
    if ends is None:
        return None
    low, high = (_number(row, name) for name in ends)
    age_low, age_high = (_number(row, f"age_{end}_months") for end in ("low", "high"))
    if row["unit"] not in _UNITS:
        raise ValueError(
            f"found unit {row['unit']!r}, expected one of {', '.join(_UNITS)}"
        )
    for name, first, last in (("limits", low, high), ("ages", age_low, age_high)):
        if not first < last:
            raise ValueError(
                f"found {name} {first:g} to {last:g}, expected the lower one first"
            )
    labels = [name.upper().replace("_", ".") for name in ends]
    return ReferenceInterval(
        source=row["source"],
        analyte=row["analyte_code"],
        unit=row["unit"],
        age_low=age_low,
        age_high=age_high,
        low=low,
        high=high,
        percentiles=("low", "high")
        if row["interval_pct"] == _UNSTATED
        else (labels[0], labels[1]),
        is_verified=row["provenance_limits"].startswith("found:"),
    )


def _number(row: Mapping[str, str], column: str) -> float:
    """Read a number of a row."""
    try:
        value = float(row[column])
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise ValueError(f"column {column}: found {row[column]!r}, expected a number")
    return value


def flag_counts(
    rows: Iterable[CountRow],
    age_months: float | None,
    intervals: Sequence[ReferenceInterval],
) -> tuple[CountRow, ...]:
    """Write into counts how they compare with those of healthy people.

    Parameters
    ----------
    rows : iterable of CountRow
        Counts of one sample.
    age_months : float or None
        Age when the sample was drawn, in months; None where not known.
    intervals : sequence of ReferenceInterval
        Those that may be used; of several that fit the first is taken.

    Returns
    -------
    tuple of CountRow
        In 10^9/L where the row was counted, otherwise in percent of the lymphocytes.
        Empty without an age, outside blood, and where no interval covers the age:
        nothing is extrapolated.

    Notes
    -----
    `ref_flag` names the percentile that is left, `<P10` or `>P90`, as intervals of
    different sources cover different shares of the healthy: it is no L or H of a 95 %
    interval. It is no quality check either: under treatment most counts are outside.
    """
    if age_months is None:
        return tuple(rows)
    return tuple(_flagged(row, age_months, intervals) for row in rows)


def _flagged(
    row: CountRow, age_months: float, intervals: Sequence[ReferenceInterval]
) -> CountRow:
    """Compare one count."""
    is_counted = not isnan(row.cells_1e9_per_l)
    value = row.cells_1e9_per_l if is_counted else row.percent_of_lymphocytes
    analyte = _ANALYTES.get(row.population)
    if analyte is None or row.specimen != "PB" or isnan(value):
        return row
    unit = _ABSOLUTE if is_counted else _SHARE
    for one in intervals:
        is_for_age = one.age_low <= age_months < one.age_high
        if is_for_age and (one.analyte, one.unit) == (analyte, unit):
            return replace(
                row,
                ref_source=one.source,
                ref_low=one.low,
                ref_high=one.high,
                ref_unit=_UNITS[unit],
                ref_percentiles="-".join(one.percentiles),
                ref_flag=_flag(value, one),
                ref_verified=one.is_verified,
            )
    return row


def _flag(value: float, interval: ReferenceInterval) -> str:
    if value < interval.low:
        return f"<{interval.percentiles[0]}"
    return f">{interval.percentiles[1]}" if value > interval.high else WITHIN
