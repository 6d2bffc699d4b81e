"""Compare several visits by a linear mixed model with the subject at random."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cytoflow_blina.domain.comparison import RepeatedOutcome
from cytoflow_blina.stats.comparison_row import ComparisonRow
from cytoflow_blina.stats.describe import describe
from cytoflow_blina.stats.mixed_model import VisitEffect, random_intercept_model

TEST = "linear mixed model, random intercept of the subject, REML, Wald t"


def compare_visits(
    repeated: RepeatedOutcome, *, offset: float
) -> tuple[ComparisonRow, ...]:
    """Compare every later visit with the first.

    Parameters
    ----------
    repeated : RepeatedOutcome
        Values of all visits; subjects may lack some.
    offset : float
        Added before taking log2, more than 0, in the unit of the values.

    Returns
    -------
    tuple of ComparisonRow
        One for each later visit that anybody has, the outcome named `CD3 at D14`. The
        effect is the ratio of geometric means of (value + offset); empty, with the
        reason in `method`, where the model cannot be fitted or a value has no
        logarithm.
    """
    by_visit, words = _effects(repeated, offset)
    visits = np.array(repeated.value_visits, dtype=np.str_)
    before = describe(repeated.values[visits == repeated.baseline])
    rows = []
    for visit in (one for one in repeated.visits if one in repeated.value_visits):
        after = describe(repeated.values[visits == visit])
        row = ComparisonRow(
            contrast=repeated.contrast,
            outcome=f"{repeated.outcome.name} at {visit}",
            unit=repeated.outcome.unit,
            family=repeated.outcome.family,
            kind="visits",
            group_a=repeated.baseline,
            group_b=visit,
            n_a=before.n,
            n_b=after.n,
            n_excluded=repeated.n_excluded,
            median_a=before.median,
            min_a=before.min,
            max_a=before.max,
            median_b=after.median,
            min_b=after.min,
            max_b=after.max,
            effect_kind=f"ratio of geometric means of (value + {offset:g}), to "
            f"{repeated.baseline}",
            test=TEST,
            method=words,
        )
        found = by_visit.get(visit)
        rows.append(
            row
            if found is None
            else _with_effect(row, found, n_censored=repeated.n_censored)
        )
    return tuple(rows)


def _effects(
    repeated: RepeatedOutcome, offset: float
) -> tuple[dict[str, VisitEffect], str]:
    """Estimate the effect of each visit; none, and the reason, where that cannot be."""
    if repeated.baseline not in repeated.value_visits:
        return {}, f"not defined: no value at {repeated.baseline}"
    shifted = repeated.values + offset
    if shifted.min() <= 0:
        words = f"not defined: {repeated.values.min():g} + {offset:g} has no logarithm"
        return {}, words
    effects = random_intercept_model(
        np.log2(shifted),
        repeated.subject_ids,
        repeated.value_visits,
        baseline=repeated.baseline,
    )
    return {one.visit: one for one in effects}, ""


def _with_effect(
    row: ComparisonRow, found: VisitEffect, *, n_censored: int
) -> ComparisonRow:
    """Bring the effect of a visit back from the scale of log2."""
    words = f"{found.method}; {found.n_subjects} subjects"
    if n_censored:
        words += f"; {n_censored} values of all visits below their limit stand at it"
    return replace(
        row,
        effect=2**found.estimate,
        effect_lo95=2**found.lo95,
        effect_hi95=2**found.hi95,
        statistic=found.statistic,
        p_value=found.p_value,
        method=words,
    )
