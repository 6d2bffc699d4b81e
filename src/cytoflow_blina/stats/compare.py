"""Compare the pairs of two visits, one row of `comparisons.csv` for each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cytoflow_blina.domain.comparison import PairedOutcome
from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.stats.comparison_row import (
    ComparisonRow,
    adjust_families,
    with_limits,
)
from cytoflow_blina.stats.describe import describe
from cytoflow_blina.stats.mixed_model import random_intercept_mean
from cytoflow_blina.stats.paired import (
    ZeroRule,
    hodges_lehmann,
    wilcoxon_matched_pairs,
)

TEST = "Wilcoxon matched-pairs signed-rank, two-sided"
ZERO_RULES = {
    "wilcox": "wilcox: pairs without change dropped before ranking",
    "pratt": "Pratt: pairs without change ranked, then dropped",
}
EFFECT_KIND = "Hodges-Lehmann shift, later minus earlier"
BY_MODEL = "several cycles of a subject, hence a mixed model and no Wilcoxon test"

MODEL_TEST = "linear mixed model of the changes, random intercept of the subject"

_OFFSET = 1.0
MODEL_EFFECT_KIND = (
    f"geometric mean of the ratios of (value + {_OFFSET:g}), later to earlier"
)


def compare_pairs(
    outcomes: Sequence[PairedOutcome],
    *,
    zero_rule: ZeroRule = "wilcox",
    adjustment: str = "holm",
) -> tuple[ComparisonRow, ...]:
    """Compare every outcome of every contrast, and adjust P within its family.

    Parameters
    ----------
    outcomes : sequence of PairedOutcome
        In any order. Outcomes of one contrast and one family are adjusted together.
    zero_rule : {"wilcox", "pratt"}
        What becomes of pairs without change.
    adjustment : {"holm", "bh"}
        How P values of a family are adjusted.

    Returns
    -------
    tuple of ComparisonRow
        In the same order. A test that is not defined has no P, says why, and does not
        count in its family. Where a subject has several pairs, these are not
        independent: a linear mixed model of the changes of log2(value + 1), with the
        subject at random, takes the place of Wilcoxon's test.
    """
    rows = [_compare(one, zero_rule) for one in outcomes]
    return adjust_families(rows, adjustment)


def _compare(pairs: PairedOutcome, zero_rule: ZeroRule) -> ComparisonRow:
    """Compare one outcome of one contrast."""
    before, after = describe(pairs.before), describe(pairs.after)
    described = ComparisonRow(
        contrast=pairs.contrast,
        outcome=pairs.outcome.name,
        unit=pairs.outcome.unit,
        family=pairs.outcome.family,
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
        n_censored_a=_n_censored(pairs.limits_before),
        n_censored_b=_n_censored(pairs.limits_after),
    )
    if len(set(pairs.subject_ids)) < len(pairs.subject_ids):
        return _by_model(described, pairs)
    limits = [*pairs.limits_before.tolist(), *pairs.limits_after.tolist()]
    test = wilcoxon_matched_pairs(pairs.before, pairs.after, zero_rule=zero_rule)
    shift = hodges_lehmann(pairs.before, pairs.after)
    return replace(
        described,
        effect=shift.estimate,
        effect_lo95=shift.lo95,
        effect_hi95=shift.hi95,
        effect_kind=EFFECT_KIND,
        test=TEST,
        method=with_limits(test.method, limits, changes=True),
        zero_rule=ZERO_RULES[zero_rule],
        statistic=test.statistic,
        p_value=test.p_value,
        n_zero=test.n_zero,
        rank_biserial=test.rank_biserial,
    )


def _by_model(described: ComparisonRow, pairs: PairedOutcome) -> ComparisonRow:
    """Compare by a model that knows which pairs are of one subject."""
    lowest = min(float(pairs.before.min()), float(pairs.after.min()))
    if lowest + _OFFSET <= 0:
        words = f"not defined: {lowest:g} + {_OFFSET:g} has no logarithm"
        return replace(described, test=MODEL_TEST, method=f"{BY_MODEL}; {words}")
    changes = np.log2(pairs.after + _OFFSET) - np.log2(pairs.before + _OFFSET)
    found = random_intercept_mean(changes, pairs.subject_ids)
    return replace(
        described,
        effect=2**found.estimate,
        effect_lo95=2**found.lo95,
        effect_hi95=2**found.hi95,
        effect_kind=MODEL_EFFECT_KIND,
        test=MODEL_TEST,
        method=with_limits(
            f"{BY_MODEL}; {found.method}; {found.n_subjects} subjects",
            [*pairs.limits_before.tolist(), *pairs.limits_after.tolist()],
            changes=True,
        ),
        statistic=found.statistic,
        p_value=found.p_value,
    )


def _n_censored(limits: FloatArray) -> int:
    return int(np.count_nonzero(~np.isnan(limits)))
