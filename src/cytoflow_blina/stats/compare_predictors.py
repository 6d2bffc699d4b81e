"""Ask several predictors together which go with an event."""

from __future__ import annotations

import numpy as np

from cytoflow_blina.domain.comparison import PredictorTable
from cytoflow_blina.stats.comparison_row import ComparisonRow
from cytoflow_blina.stats.firth_logistic import firth_logistic

TEST = "Firth's penalised logistic regression, likelihood ratio"


def compare_predictors(table: PredictorTable) -> list[ComparisonRow]:
    """Fit Firth's logistic regression.

    Parameters
    ----------
    table : PredictorTable
        Predictors and who had the event.

    Returns
    -------
    list of ComparisonRow
        One for each predictor, with its odds ratio for one unit more and its profile
        interval; `events_per_variable` says how far to trust them. Without effect,
        and with the reason, where no model can be fitted. P is not adjusted.
    """
    n = int(table.is_event.size)
    n_events = int(np.count_nonzero(table.is_event))
    fewer = min(n_events, n - n_events)
    described = {
        "contrast": table.contrast,
        "family": "model",
        "kind": "model",
        "unit": "1",
        "group_a": table.event,
        "n_excluded": table.n_excluded,
        "n_a": n_events,
        "n_b": n - n_events,
        "n_events": n_events,
        "events_per_variable": fewer / len(table.names),
        "test": TEST,
    }
    if fewer == 0:
        words = "not defined: everybody is of one kind" if n else "not defined: nobody"
        return [
            ComparisonRow(outcome=name, method=words, **described)  # type: ignore[arg-type]  # the mapping holds its fields
            for name in table.names
        ]
    fit = firth_logistic(table.predictors, table.names, table.is_event)
    return [
        ComparisonRow(
            outcome=term.name,
            effect=term.odds_ratio,
            effect_lo95=term.lo95,
            effect_hi95=term.hi95,
            effect_kind=f"odds ratio of {table.event} for one unit more",
            statistic=term.statistic,
            p_value=term.p_value,
            method=fit.method,
            **described,  # type: ignore[arg-type]  # the mapping holds its fields
        )
        for term in fit.terms
    ]
