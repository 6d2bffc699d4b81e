"""Sum up which samples were released, which were right, and what foretold it."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan, nan

import numpy as np
import pandas as pd

from acceptance.arithmetic import auroc, equal_weights, share_with_interval
from acceptance.event_tables import ENOUGH
from acceptance.rows import HEADLINE, Row

GOOD_F1 = 0.95


def release_by_scenario(samples: pd.DataFrame) -> pd.DataFrame:
    """Count what was released, and what of it was right.

    Parameters
    ----------
    samples : DataFrame
        Rows of `Tables.samples`.

    Returns
    -------
    DataFrame
        One row for each scenario and one for all: share released, share right of all
        and of the released, with exact 95 % intervals, in percent. `headline`: right
        in the populations that a sample is released for; `rows`: in these and in every
        other row that is released by itself, of which `others_released_percent` tells
        how many there are.
    """
    groups = [*samples.groupby("scenario", sort=False), ("all", samples)]
    return pd.DataFrame([{"scenario": name, **_release(rows)} for name, rows in groups])


def _release(rows: pd.DataFrame) -> Row:
    classes = rows.release_class.value_counts()
    released = rows[rows.release_class == "release"]
    share, lower, upper = share_with_interval(len(released), len(rows))
    summary: Row = {
        "n": len(rows),
        **{name: int(classes.get(name, 0)) for name in _CLASSES},
        "released_percent": share,
        "released_lo95": lower,
        "released_hi95": upper,
        "all_right_percent": 100 * rows.is_right_headline.mean(),
    }
    others = rows.n_others.sum()
    summary["others_released_percent"] = (
        100 * rows.n_others_released.sum() / others if others else nan
    )
    for populations in ("headline", "rows"):
        right = released[f"is_right_{populations}"]
        share, lower, upper = share_with_interval(int(right.sum()), len(released))
        summary |= {
            f"{populations}_wrong": int((~right.astype(bool)).sum()),
            f"{populations}_right_percent": share,
            f"{populations}_lo95": lower,
            f"{populations}_hi95": upper,
        }
    return summary


_CLASSES = ("release", "look", "reject", "failed")


def released_but_wrong(samples: pd.DataFrame) -> pd.DataFrame:
    """List every sample that was released and is wrong in a row that was released.

    Parameters
    ----------
    samples : DataFrame
        Rows of `Tables.samples`.

    Returns
    -------
    DataFrame
        Their rows, with the population that is farthest beyond its tolerance, of the
        headline ones and of all rows that were released.
    """
    is_released = samples.release_class == "release"
    return samples[is_released & ~samples.is_right_rows.astype(bool)]


def reasons_of_look(samples: pd.DataFrame) -> pd.DataFrame:
    """Count why samples were not released, by scenario.

    Parameters
    ----------
    samples : DataFrame
        Rows of `Tables.samples`.

    Returns
    -------
    DataFrame
        Share of the scenario's samples, in percent, for each reason; a sample may have
        several. `while_right`: of these samples, those that were right after all.
    """
    rows = samples[samples.release_class != "release"].copy()
    rows["reason"] = rows.reasons.str.split(";")
    rows = rows.explode("reason").drop_duplicates(
        ["scenario", "seed", "sample_id", "reason"]
    )
    sizes = samples.groupby("scenario").size()
    counted = rows.groupby(["scenario", "reason"], sort=False).agg(
        n=("seed", "size"), while_right=("is_right_headline", "sum")
    )
    counted["percent"] = (
        100
        * counted.n
        / sizes.reindex(counted.index.get_level_values("scenario")).to_numpy(
            dtype=float
        )
    )
    return counted.reset_index().sort_values(
        ["scenario", "n"], ascending=[True, False], kind="stable"
    )


def confidence_auroc(populations: pd.DataFrame) -> pd.DataFrame:
    """Tell how well a low confidence foretells a bad gate.

    Parameters
    ----------
    populations : DataFrame
        Rows of `Tables.populations`.

    Returns
    -------
    DataFrame
        For the headline populations and for all that are reported: one row for each
        scenario, `pooled` (every scenario weighs the same) and `mean` of the scenarios.
        AUROC is NaN where there is no bad gate, or no good one.

    Notes
    -----
    A gate is bad where its count is not right or its F1 is below 0.95. Gates with 50
    events or more, true or found, are in: one that finds 50 events where there is none
    is as bad as one that loses them. A gate of the template's own geometry has no
    confidence and counts as 0.
    """
    rows = populations[populations.gates == "fitted"]
    rows = rows[rows[["n_true", "n_found"]].max(axis=1) >= ENOUGH]
    return pd.DataFrame(
        [
            {"populations": name, **row}
            for name, part in (
                ("headline", rows[rows.population.isin(HEADLINE)]),
                ("reported", rows),
            )
            for row in _aurocs(part)
        ]
    )


def is_bad_gate(rows: pd.DataFrame) -> pd.Series[bool]:
    """Tell gates that are not right, or mix populations up.

    Parameters
    ----------
    rows : DataFrame
        Rows of `Tables.populations`.

    Returns
    -------
    Series of bool
        For each row.
    """
    return ~rows.is_right.astype(bool) | (rows.f1 < GOOD_F1)


def _aurocs(rows: pd.DataFrame) -> Iterator[Row]:
    """Give AUROC for each scenario, pooled, and their mean."""
    each = []
    for scenario, part in rows.groupby("scenario", sort=False):
        value = _auroc(part)
        each.append(value)
        yield {"scenario": scenario, **_sizes(part), "auroc": value}
    weights = equal_weights(rows.scenario.to_numpy(dtype=np.str_))
    yield {"scenario": "pooled", **_sizes(rows), "auroc": _auroc(rows, weights)}
    known = [value for value in each if not isnan(value)]
    mean = float(np.mean(known)) if known else nan
    yield {"scenario": f"mean of {len(known)}", **_sizes(rows), "auroc": mean}


def _sizes(rows: pd.DataFrame) -> Row:
    return {
        "n": len(rows),
        "n_bad": int(is_bad_gate(rows).sum()),
        "n_without_confidence": int(rows.confidence.isna().sum()),
    }


def _auroc(rows: pd.DataFrame, weights: np.ndarray | None = None) -> float:
    score = rows.confidence.fillna(0.0).to_numpy(dtype=np.float64)
    return auroc(score, is_bad_gate(rows).to_numpy(dtype=np.bool_), weights)
