"""Look up the values of `counts.csv` that an analysis may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import pandas as pd

from cytoflow_blina.domain.comparison import PERCENT_OF_NON_B, Outcome
from cytoflow_blina.domain.finding import LOW_COUNT_CHECKS

CountIndex = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Rows of `counts.csv` by sample and population."""


@dataclass(frozen=True)
class UsableValue:
    """One outcome of one sample.

    Attributes
    ----------
    value : float
        In the unit of the outcome; NaN where it may not be used.
    problem : str
        Why it may not; empty where it may.
    low_counts : tuple of str
        Low-count checks that failed; they stop nothing.
    is_censored : bool
        Whether no event was seen, or the value lies below its limit.
    lo95, hi95 : float
        Its 95 % interval by counting; NaN where there is none.
    limit : float
        What a censored value lies below; NaN for others.
    """

    value: float
    problem: str = ""
    low_counts: tuple[str, ...] = ()
    is_censored: bool = False
    lo95: float = nan
    hi95: float = nan
    limit: float = nan


def index_counts(counts: pd.DataFrame) -> CountIndex:
    """Index `counts.csv` by sample and population.

    Parameters
    ----------
    counts : DataFrame
        As `read_table` returns it.

    Returns
    -------
    mapping of str to mapping of str to mapping
        Rows as mappings by column.
    """
    index: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in counts.to_dict("records"):
        index.setdefault(row["sample_id"], {})[row["population"]] = {
            str(column): value for column, value in row.items()
        }
    return index


def reported_outcomes(
    counts: CountIndex, outcomes: tuple[Outcome, ...]
) -> tuple[Outcome, ...]:
    """Keep the outcomes that can be had.

    Parameters
    ----------
    counts : mapping
        The index of `counts.csv`.
    outcomes : tuple of Outcome
        What is wanted.

    Returns
    -------
    tuple of Outcome
        Those whose populations any sample reports, in their order.
    """
    populations = {name for rows in counts.values() for name in rows}
    return tuple(
        one for one in outcomes if {one.population, *one.also_needs} <= populations
    )


def usable_value(counts: CountIndex, sample_id: str, outcome: Outcome) -> UsableValue:
    """Look up one value.

    Parameters
    ----------
    counts : mapping
        The index of `counts.csv`.
    sample_id : str
        The sample.
    outcome : Outcome
        What is asked for.

    Returns
    -------
    UsableValue
        Not usable where the sample could not be processed, the population was not
        reported, a check of any population that it is made of failed for another
        reason than low counts, there are no
        lymphocytes at all, or nothing was measured. 0 where no event was seen is a
        value.
    """
    if sample_id not in counts:
        return UsableValue(nan, "sample could not be processed")
    row = counts[sample_id].get(outcome.population)
    if row is None:
        return UsableValue(nan, "not reported by any tube that was processed")
    rows = [counts[sample_id].get(name) for name in outcome.also_needs]
    cells = [one["qc_fails"] for one in (row, *rows) if one is not None]
    failed = list(dict.fromkeys(code for cell in cells for code in cell.split(";")))
    failed = [code for code in failed if code]
    low_counts = tuple(code for code in failed if code in LOW_COUNT_CHECKS)
    wrong = [code for code in failed if code not in LOW_COUNT_CHECKS]
    value = _value(counts[sample_id], outcome)
    if wrong:
        problem = f"{', '.join(wrong)} failed"
    elif _number(row["n_lymphocytes"]) == 0:
        problem = "no lymphocytes"
    elif isnan(value):
        problem = "not measured"
    else:
        low, high = _interval(row, outcome)
        return UsableValue(
            value, "", low_counts, _number(row["censored"]) == 1, low, high
        )
    return UsableValue(nan, problem, low_counts)


_INTERVALS: Mapping[str, tuple[str, str]] = {
    "cells_per_ul": ("cells_per_ul_lo95", "cells_per_ul_hi95"),
    "percent_of_lymphocytes": ("percent_lo95", "percent_hi95"),
    "ratio": ("ratio_lo95", "ratio_hi95"),
}


def _interval(row: Mapping[str, Any], outcome: Outcome) -> tuple[float, float]:
    """Look up the counting interval of a value; NaN where the table has none."""
    low, high = (
        row.get(name, pd.NA) for name in _INTERVALS.get(outcome.column, ("", ""))
    )
    return _number(low), _number(high)


def _value(rows: Mapping[str, Mapping[str, Any]], outcome: Outcome) -> float:
    """Take a value from its row, or from those that it is made of."""
    if outcome.column != PERCENT_OF_NON_B:
        return _number(rows[outcome.population][outcome.column])
    shares = [
        _number(rows[name]["percent_of_lymphocytes"]) if name in rows else nan
        for name in (outcome.population, *outcome.also_needs)
    ]
    whole = sum(shares)
    return 100 * shares[0] / whole if whole else nan


def _number(cell: Any) -> float:
    """Take a number from a cell; NaN where it is empty."""
    return nan if cell is None or cell is pd.NA else float(cell)
