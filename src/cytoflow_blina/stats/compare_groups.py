"""Compare two groups of subjects: numbers by rank, counts by table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy.stats.contingency import expected_freq

from cytoflow_blina.domain.comparison import GroupedOutcome, TabulatedOutcome
from cytoflow_blina.stats.comparison_row import ComparisonRow, with_limits
from cytoflow_blina.stats.contingency import (
    fisher_exact,
    odds_ratio,
    pearson_chi2,
)
from cytoflow_blina.stats.describe import describe
from cytoflow_blina.stats.proportion import exact_proportion
from cytoflow_blina.stats.two_samples import hodges_lehmann_two, mann_whitney

_ENOUGH_EXPECTED = 5
SHIFT = "Hodges-Lehmann shift, a minus b"
ODDS_RATIO = "odds ratio of {category}, {a} to {b}, conditional maximum likelihood"


@dataclass(frozen=True)
class RateRow:
    """One row of `rates.csv`; the fields are the columns."""

    contrast: str
    outcome: str
    category: str
    group: str
    n_events: int
    n: int
    percent: float
    percent_lo95: float
    percent_hi95: float


def compare_group_values(outcomes: Sequence[GroupedOutcome]) -> list[ComparisonRow]:
    """Compare numbers of two groups by Mann and Whitney's test.

    Parameters
    ----------
    outcomes : sequence of GroupedOutcome
        In any order; either group may be empty.

    Returns
    -------
    list of ComparisonRow
        In the same order, P not yet adjusted. The outcome of a change is named
        `change of CD3`.
    """
    return [_compare_values(one) for one in outcomes]


def _compare_values(groups: GroupedOutcome) -> ComparisonRow:
    a, b = describe(groups.a), describe(groups.b)
    test = mann_whitney(groups.a, groups.b)
    shift = hodges_lehmann_two(groups.a, groups.b)
    name = groups.outcome.name
    return ComparisonRow(
        contrast=groups.contrast,
        outcome=f"change of {name}" if groups.is_change else name,
        unit=groups.outcome.unit,
        family=groups.outcome.family,
        kind="change" if groups.is_change else "groups",
        group_a=groups.labels[0],
        group_b=groups.labels[1],
        n_a=a.n,
        n_b=b.n,
        n_excluded=groups.n_excluded,
        median_a=a.median,
        min_a=a.min,
        max_a=a.max,
        median_b=b.median,
        min_b=b.min,
        max_b=b.max,
        effect=shift.estimate,
        effect_lo95=shift.lo95,
        effect_hi95=shift.hi95,
        effect_kind=SHIFT,
        test="Mann-Whitney U, two-sided",
        method=with_limits(test.method, groups.limits, changes=groups.is_change),
        statistic=test.statistic,
        p_value=test.p_value,
        cliffs_delta=test.cliffs_delta,
        n_censored_a=groups.n_censored[0],
        n_censored_b=groups.n_censored[1],
    )


def compare_tables(tables: Sequence[TabulatedOutcome]) -> list[ComparisonRow]:
    """Compare counts of groups: two by two by Fisher, larger tables by Pearson.

    Where a table expects fewer than 5 in any cell, Pearson's P is doubtful, and the
    exact test of Freeman and Halton takes its place.

    Parameters
    ----------
    tables : sequence of TabulatedOutcome
        In any order.

    Returns
    -------
    list of ComparisonRow
        In the same order, P not yet adjusted. The effect of a table of two by two is
        the odds ratio of its first category. `cells` holds the table: categories are
        parted by `|`, groups by `/`.
    """
    return [_compare_table(one) for one in tables]


def _compare_table(table: TabulatedOutcome) -> ComparisonRow:
    is_fourfold = table.cells.shape == (2, 2)
    is_exact = is_fourfold or _fewest_expected(table.cells) < _ENOUGH_EXPECTED
    found = fisher_exact(table.cells) if is_exact else pearson_chi2(table.cells)
    odds = odds_ratio(table.cells) if is_fourfold else None
    sizes = table.cells.sum(axis=1)
    labels = (*table.labels, "", "")
    effect_kind = ODDS_RATIO.format(
        category=table.categories[0], a=labels[0], b=labels[1]
    )
    return ComparisonRow(
        contrast=table.contrast,
        outcome=table.outcome,
        unit="1",
        family=table.family,
        kind="table",
        group_a=labels[0],
        group_b=labels[1],
        groups=table.labels,
        n_groups=tuple(int(size) for size in sizes),
        n_a=int(sizes[0]),
        n_b=int(sizes[1]),
        n_excluded=table.n_excluded,
        effect=odds.estimate if odds else nan,
        effect_lo95=odds.lo95 if odds else nan,
        effect_hi95=odds.hi95 if odds else nan,
        effect_kind=effect_kind if odds else "",
        test=found.test,
        method="; ".join(one for one in (found.method, table.note) if one),
        statistic=found.statistic,
        p_value=found.p_value,
        cells=_cells(table.cells),
    )


def _fewest_expected(cells: NDArray[np.int64]) -> float:
    """Find the smallest count that is expected where groups do not differ."""
    return float(expected_freq(cells).min()) if cells.any() else 0.0


def _cells(cells: NDArray[np.int64]) -> str:
    """Write a table of counts, categories by `|`, groups by `/`."""
    return " / ".join(" | ".join(str(int(one)) for one in row) for row in cells)


def rates(tables: Sequence[TabulatedOutcome]) -> list[RateRow]:
    """Tell the share of every category in every group, with its exact interval.

    Parameters
    ----------
    tables : sequence of TabulatedOutcome
        In any order.

    Returns
    -------
    list of RateRow
        By table, category and group; percentages are NaN in an empty group.
    """
    rows = []
    for table in tables:
        for number, category in enumerate(table.categories):
            for label, counts in zip(table.labels, table.cells, strict=True):
                share = exact_proportion(int(counts[number]), int(counts.sum()))
                rows.append(
                    RateRow(
                        contrast=table.contrast,
                        outcome=table.outcome,
                        category=category,
                        group=label,
                        n_events=share.events,
                        n=share.n,
                        percent=share.percent,
                        percent_lo95=share.lo95,
                        percent_hi95=share.hi95,
                    )
                )
    return rows
