"""Hold one row of `comparisons.csv`, and adjust the P values of a family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan, nan

import numpy as np

from cytoflow_blina.stats.adjust import ADJUSTMENTS

_NAMES = {"holm": "Holm", "bh": "Benjamini-Hochberg"}


@dataclass(frozen=True)
class ComparisonRow:
    """One row of `comparisons.csv`; the fields are the columns.

    What a kind of comparison does not have is empty: None for a number of subjects,
    NaN for a quantity.
    """

    contrast: str
    outcome: str
    unit: str = ""
    n_pairs: int | None = None
    n_a: int | None = None
    n_b: int | None = None
    n_excluded: int | None = None
    median_a: float = nan
    min_a: float = nan
    max_a: float = nan
    median_b: float = nan
    min_b: float = nan
    max_b: float = nan
    effect: float = nan
    effect_lo95: float = nan
    effect_hi95: float = nan
    effect_kind: str = ""
    test: str = ""
    method: str = ""
    zero_rule: str = ""
    statistic: float = nan
    p_value: float = nan
    p_adjusted: float = nan
    adjustment: str = ""
    family: str = ""
    n_zero: int | None = None
    rank_biserial: float = nan
    kind: str = "paired"
    group_a: str = ""
    group_b: str = ""
    groups: tuple[str, ...] = ()
    n_groups: tuple[int, ...] = ()
    n_censored_a: int | None = None
    n_censored_b: int | None = None
    cliffs_delta: float = nan
    cells: str = ""
    n_events: int | None = None
    events_per_variable: float = nan


def with_limits(method: str, limits: Sequence[float], *, changes: bool) -> str:
    """Warn of values that stand at the limit that they lie below.

    Parameters
    ----------
    method : str
        How P was had.
    limits : sequence of float
        Limits of such values; NaN for others, in any order.
    changes : bool
        Whether changes are ranked, or values.

    Returns
    -------
    str
        The method alone where no rank depends on what is not known.
    """
    distinct = sorted({limit for limit in limits if not isnan(limit)})
    words = ", ".join(f"{limit:g}" for limit in distinct)
    if len(distinct) > 1:
        return (
            f"{method}; values below different limits ({words}) stand at their limit, "
            "their order is not known"
        )
    if distinct and changes:
        return (
            f"{method}; values below their limit ({words}) stand at it, so that their "
            "changes are the least possible"
        )
    return method


def adjust_families(
    rows: Sequence[ComparisonRow], rule: str
) -> tuple[ComparisonRow, ...]:
    """Adjust the P values of every family of every contrast.

    Parameters
    ----------
    rows : sequence of ComparisonRow
        In any order; those of one contrast and one family are adjusted together.
    rule : {"holm", "bh"}
        How.

    Returns
    -------
    tuple of ComparisonRow
        In the same order. A test without P does not count in its family.
    """
    adjust, name = ADJUSTMENTS[rule], _NAMES[rule]
    families: dict[tuple[str, str], list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        families[row.contrast, row.family].append(position)
    adjusted = list(rows)
    for positions in families.values():
        values = adjust(np.array([rows[position].p_value for position in positions]))
        for position, p_adjusted in zip(positions, values, strict=True):
            adjusted[position] = replace(
                rows[position], p_adjusted=float(p_adjusted), adjustment=name
            )
    return tuple(adjusted)
