"""Give MRD of marrow as an outcome like any other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.cohort.value_source import MRD_FAMILY, ValueSource
from cytoflow_blina.domain.comparison import Outcome
from cytoflow_blina.domain.sample import Sample

MRD = Outcome("MRD", "MRD", "mrd_percent", "%", MRD_FAMILY)
"""MRD in percent of its denominator; in a family of P values of its own."""

_NOT_EVALUABLE = frozenset({"NE", ""})


def mrd_source(mrd: pd.DataFrame, samples: Iterable[Sample]) -> ValueSource:
    """Give the MRD of every marrow.

    Parameters
    ----------
    mrd : DataFrame
        `mrd.csv`, as `read_table` returns it.
    samples : iterable of Sample
        Every sample of the sheet, whether it could be processed or not; marrow alone
        is taken.

    Returns
    -------
    ValueSource
        Percent of the denominator. MRD that was not detected is its limit, and
        censored; MRD of class `NE` is no value, and neither is one of another
        denominator than most have.
    """
    rows = {
        str(row["sample_id"]): {str(name): cell for name, cell in row.items()}
        for row in mrd.to_dict("records")
    }
    drawn = {one for one in samples if one.specimen == "BM"}
    return ValueSource(
        samples=tuple(sorted(drawn, key=lambda one: one.sample_id)),
        outcomes=(MRD,),
        look_up=partial(_look_up, rows, _usual_denominator(rows)),
    )


def mrd_limit(row: Mapping[str, Any]) -> float:
    """Find what the MRD of a sample lies below.

    Parameters
    ----------
    row : mapping of str to object
        A row of `mrd.csv`.

    Returns
    -------
    float
        Percent: the limit of detection, or the upper bound by the events that were
        seen where that is larger. NaN where MRD was detected, or no limit is known.
    """
    if row["mrd_censored"] is pd.NA or not row["mrd_censored"]:
        return nan
    return float(np.fmax(row["lod_percent"], row["mrd_upper_percent"]))


def _usual_denominator(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Find what most evaluable samples have as 100 %; of equals the first by name."""
    used = Counter(
        str(row["denominator"])
        for row in rows.values()
        if row["class"] not in _NOT_EVALUABLE
    )
    return min(used, key=lambda name: (-used[name], name), default="")


def _look_up(
    rows: Mapping[str, Mapping[str, Any]], usual: str, sample: Sample, _: Outcome
) -> UsableValue:
    row = rows.get(sample.sample_id)
    if row is None:
        return UsableValue(nan, "MRD was not measured")
    if row["class"] in _NOT_EVALUABLE:
        return UsableValue(nan, "MRD is not evaluable")
    if row["denominator"] != usual:
        found = f"MRD in percent of {row['denominator']}, of others in that of {usual}"
        return UsableValue(nan, found)
    limit = mrd_limit(row)
    if not np.isnan(limit):
        return UsableValue(limit, is_censored=True, limit=limit)
    value, low, high = (
        float(row[f"mrd_percent{end}"]) for end in ("", "_lo95", "_hi95")
    )
    if np.isnan(value):
        return UsableValue(nan, "MRD was not measured")
    return UsableValue(value, lo95=low, hi95=high)
