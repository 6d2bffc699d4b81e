"""Compare measured counts with the true ones: how good is the fast path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log

import numpy as np
import pandas as pd

POPULATIONS = ("LYMPH", "CD3", "CD4", "CD8", "NK", "CD19")
FEWEST_EVENTS = 100
"""Populations with fewer events are left out: counting noise hides all else."""


@dataclass(frozen=True)
class Ratio:
    """One measured count against the truth.

    `log_ratio` is the natural logarithm of measured/true.
    """

    population: str
    source: str
    log_ratio: float


@dataclass(frozen=True)
class CalibrationRow:
    """One row of `calibration.csv`; the fields are the columns.

    `bias_percent` and `sd_percent` are mean and standard deviation of measured/true,
    taken on the logarithm, in percent.
    """

    population: str
    source: str
    n_values: int
    bias_percent: float
    sd_percent: float


def measured_ratios(
    truth: pd.DataFrame, counts: pd.DataFrame, source: str
) -> Iterator[Ratio]:
    """Compare every count of at least 100 events with the true one.

    Parameters
    ----------
    truth, counts : DataFrame
        `counts.csv` of the truth, and as it was had.
    source : {"drawn", "fcs"}
        How it was had.

    Yields
    ------
    Ratio
        One for each sample and population that both have.
    """
    keys = ["sample_id", "population"]
    both = counts[[*keys, "n_events", "cells_per_ul"]].merge(
        truth[[*keys, "cells_per_ul"]], on=keys, suffixes=("", "_true")
    )
    is_used = (
        both["population"].isin(POPULATIONS)
        & (both["n_events"].fillna(0) >= FEWEST_EVENTS)
        & (both["cells_per_ul"] > 0)
        & (both["cells_per_ul_true"] > 0)
    )
    for row in both[is_used].itertuples():
        yield Ratio(
            str(row.population),
            source,
            log(float(row.cells_per_ul) / float(row.cells_per_ul_true)),  # type: ignore[arg-type]  # columns of floats
        )


def calibrate(ratios: Iterable[Ratio]) -> list[CalibrationRow]:
    """Sum up how counts differ from the truth.

    Parameters
    ----------
    ratios : iterable of Ratio
        Of any number of seeds.

    Returns
    -------
    list of CalibrationRow
        By population and source; NaN for the spread of a single value.
    """
    values: dict[tuple[str, str], list[float]] = {}
    for one in ratios:
        values.setdefault((one.population, one.source), []).append(one.log_ratio)
    return [
        CalibrationRow(
            population,
            source,
            len(found),
            100 * float(np.mean(found)),
            100 * float(np.std(found, ddof=1)) if len(found) > 1 else float("nan"),
        )
        for (population, source), found in sorted(values.items())
    ]
