"""Compare measured counts with the true ones: how good is the fast path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log, nan

import numpy as np
import pandas as pd

from cytoflow_blina.workflow.reproduction.sources import DRAWN, FCS

BOTH = f"{FCS}/{DRAWN}"
"""Source of the rows that compare gated with drawn counts."""

POPULATIONS = ("LYMPH", "CD3", "CD4", "CD8", "NK", "CD19")
FEWEST_EVENTS = 100
"""Populations with fewer events are left out: counting noise hides all else."""


@dataclass(frozen=True)
class Ratio:
    """One measured count against the truth.

    `log_ratio` is the natural logarithm of measured/true.
    """

    sample_id: str
    population: str
    source: str
    seed: int
    log_ratio: float


@dataclass(frozen=True)
class CalibrationRow:
    """One row of `calibration.csv`; the fields are the columns.

    `bias_percent` and `sd_percent` are mean and standard deviation of measured/true,
    taken on the logarithm, in percent; of `fcs/drawn` those of gated/drawn, count by
    count.
    """

    population: str
    source: str
    n_values: int
    bias_percent: float
    sd_percent: float


def measured_ratios(
    truth: pd.DataFrame, counts: pd.DataFrame, source: str, seed: int
) -> Iterator[Ratio]:
    """Compare every count of at least 100 events with the true one.

    Parameters
    ----------
    truth, counts : DataFrame
        `counts.csv` of the truth, and as it was had.
    source : {"drawn", "fcs"}
        How it was had.
    seed : int
        Seed of the cytometer.

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
            str(row.sample_id),
            str(row.population),
            source,
            seed,
            log(float(row.cells_per_ul) / float(row.cells_per_ul_true)),  # type: ignore[arg-type]  # columns of floats
        )


def calibrate(ratios: Iterable[Ratio]) -> list[CalibrationRow]:
    """Sum up how counts differ from the truth.

    Parameters
    ----------
    ratios : iterable of Ratio
        Of any number of seeds; those that were not gated are left out.

    Returns
    -------
    list of CalibrationRow
        By population and source; NaN for the spread of a single value.
    """
    every = tuple(ratios)
    gated = {one.seed for one in every if one.source == FCS}
    by_count: dict[tuple[str, int, str], dict[str, float]] = {}
    values: dict[tuple[str, str], list[float]] = {}
    for one in every:
        if one.seed in gated:
            values.setdefault((one.population, one.source), []).append(one.log_ratio)
            key = (one.sample_id, one.seed, one.population)
            by_count.setdefault(key, {})[one.source] = one.log_ratio
    for (_, _, population), found in by_count.items():
        if len(found) > 1:
            difference = found[FCS] - found[DRAWN]
            values.setdefault((population, BOTH), []).append(difference)
    return [
        CalibrationRow(
            population,
            source,
            len(found),
            100 * float(np.mean(found)),
            100 * float(np.std(found, ddof=1)) if len(found) > 1 else nan,
        )
        for (population, source), found in sorted(values.items())
    ]
