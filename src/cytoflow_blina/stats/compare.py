"""Write the rows of `comparisons.csv`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from cytoflow_blina.domain.comparison import PairedOutcome
from cytoflow_blina.stats.adjust import holm
from cytoflow_blina.stats.describe import describe
from cytoflow_blina.stats.paired import hodges_lehmann, wilcoxon_matched_pairs

TEST = "Wilcoxon matched-pairs signed-rank, two-sided"
ZERO_RULE = "wilcox: pairs without change dropped before ranking"
EFFECT_KIND = "Hodges-Lehmann shift, later minus earlier"
ADJUSTMENT = "Holm"
REPEATED = "several cycles of a subject taken as independent, P too small"


@dataclass(frozen=True)
class ComparisonRow:
    """One row of `comparisons.csv`; the fields are the columns."""

    contrast: str
    outcome: str
    unit: str
    n_pairs: int
    n_a: int
    n_b: int
    n_excluded: int
    median_a: float
    min_a: float
    max_a: float
    median_b: float
    min_b: float
    max_b: float
    effect: float
    effect_lo95: float
    effect_hi95: float
    effect_kind: str
    test: str
    method: str
    zero_rule: str
    statistic: float
    p_value: float
    p_adjusted: float
    adjustment: str
    family: str
    n_zero: int
    rank_biserial: float


def compare_pairs(outcomes: Sequence[PairedOutcome]) -> tuple[ComparisonRow, ...]:
    """Compare every outcome of every contrast, and adjust P within its family.

    Parameters
    ----------
    outcomes : sequence of PairedOutcome
        In any order. Outcomes of one contrast and one family are adjusted together.

    Returns
    -------
    tuple of ComparisonRow
        In the same order. A test that is not defined has no P, says why, and does not
        count in its family.
    """
    rows = [_compare(one) for one in outcomes]
    families: dict[tuple[str, str], list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        families[row.contrast, row.family].append(position)
    for positions in families.values():
        adjusted = holm(np.array([rows[position].p_value for position in positions]))
        for position, p_adjusted in zip(positions, adjusted, strict=True):
            rows[position] = replace(rows[position], p_adjusted=float(p_adjusted))
    return tuple(rows)


def _compare(pairs: PairedOutcome) -> ComparisonRow:
    """Compare one outcome of one contrast."""
    before, after = describe(pairs.before), describe(pairs.after)
    test = wilcoxon_matched_pairs(pairs.before, pairs.after)
    shift = hodges_lehmann(pairs.before, pairs.after)
    is_repeated = len(set(pairs.subject_ids)) < len(pairs.subject_ids)
    return ComparisonRow(
        contrast=pairs.contrast,
        outcome=pairs.outcome.name,
        unit=pairs.outcome.unit,
        n_pairs=before.n,
        n_a=before.n,
        n_b=after.n,
        n_excluded=pairs.n_excluded,
        median_a=before.median,
        min_a=before.min,
        max_a=before.max,
        median_b=after.median,
        min_b=after.min,
        max_b=after.max,
        effect=shift.estimate,
        effect_lo95=shift.lo95,
        effect_hi95=shift.hi95,
        effect_kind=EFFECT_KIND,
        test=TEST,
        method=f"{test.method}; {REPEATED}" if is_repeated else test.method,
        zero_rule=ZERO_RULE,
        statistic=test.statistic,
        p_value=test.p_value,
        p_adjusted=nan,
        adjustment=ADJUSTMENT,
        family=pairs.outcome.family,
        n_zero=test.n_zero,
        rank_biserial=test.rank_biserial,
    )
