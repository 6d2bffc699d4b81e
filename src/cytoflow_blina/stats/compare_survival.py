"""Compare the survival of groups, and write the curves as tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan

import numpy as np

from cytoflow_blina.domain.comparison import FollowUp
from cytoflow_blina.stats.comparison_row import ComparisonRow
from cytoflow_blina.stats.log_rank import HazardRatio, LogRank, log_rank
from cytoflow_blina.stats.survival import (
    kaplan_meier,
    restricted_mean,
    survival_at,
)

TEST = "log-rank, two-sided"
HAZARD_RATIO = "hazard ratio of {0} to {1} (Peto)"

_ALONE = LogRank(
    nan,
    0,
    nan,
    "not defined: one group, nothing to compare it with",
    HazardRatio(),
)


@dataclass(frozen=True)
class SurvivalRow:
    """One row of `survival.csv`; the fields are the columns."""

    contrast: str
    endpoint: str
    group: str
    months: float
    n_at_risk: int
    n_events: int
    n_censored: int
    survival: float
    se: float
    lo95: float
    hi95: float


@dataclass(frozen=True)
class SurvivalRateRow:
    """One row of `survival_rates.csv`; the fields are the columns."""

    contrast: str
    endpoint: str
    group: str
    at_months: float
    n: int
    n_events: int
    n_at_risk: int
    percent: float
    percent_se: float
    percent_lo95: float
    percent_hi95: float
    restricted_mean_months: float
    restricted_mean_se: float


def compare_survival(follow_up: FollowUp) -> ComparisonRow:
    """Test whether the survival of groups differs.

    Parameters
    ----------
    follow_up : FollowUp
        Times of one group or more.

    Returns
    -------
    ComparisonRow
        Without P, and with the reason, where there is one group, an empty one, or no
        event at all.
    """
    sizes = tuple(int(months.size) for months in follow_up.months)
    groups = list(zip(follow_up.months, follow_up.events, strict=True))
    found = log_rank(groups) if len(groups) > 1 else _ALONE
    labels = (*follow_up.labels, "", "")
    is_pair = len(sizes) == 2
    return ComparisonRow(
        contrast=follow_up.contrast,
        outcome=follow_up.endpoint.upper(),
        family="survival",
        kind="survival",
        group_a=labels[0] if is_pair else "",
        group_b=labels[1] if is_pair else "",
        groups=follow_up.labels,
        n_groups=sizes,
        n_a=sizes[0] if is_pair else None,
        n_b=sizes[1] if is_pair else None,
        n_excluded=follow_up.n_excluded,
        n_events=int(sum(np.count_nonzero(one) for one in follow_up.events)),
        effect=found.hazard_ratio.estimate,
        effect_lo95=found.hazard_ratio.lo95,
        effect_hi95=found.hazard_ratio.hi95,
        effect_kind=HAZARD_RATIO.format(*labels) if is_pair else "",
        test=TEST,
        method=found.method,
        statistic=found.statistic,
        p_value=found.p_value,
    )


def survival_rows(follow_up: FollowUp) -> Iterator[SurvivalRow]:
    """Write the curve of every group.

    Parameters
    ----------
    follow_up : FollowUp
        Times of the groups; an empty group has no row.

    Yields
    ------
    SurvivalRow
        One for each time at which somebody had the event or was last seen, and for
        time 0.
    """
    groups = zip(follow_up.labels, follow_up.months, follow_up.events, strict=True)
    for label, months, events in groups:
        curve = kaplan_meier(months, events)
        for step in range(curve.months.size):
            yield SurvivalRow(
                contrast=follow_up.contrast,
                endpoint=follow_up.endpoint,
                group=label,
                months=float(curve.months[step]),
                n_at_risk=int(curve.n_at_risk[step]),
                n_events=int(curve.n_events[step]),
                n_censored=int(curve.n_censored[step]),
                survival=float(curve.survival[step]),
                se=float(curve.se[step]),
                lo95=float(curve.lo95[step]),
                hi95=float(curve.hi95[step]),
            )


def survival_rate_rows(follow_up: FollowUp) -> Iterator[SurvivalRateRow]:
    """Tell the rate of every group at every time asked for.

    Parameters
    ----------
    follow_up : FollowUp
        Times of the groups.

    Yields
    ------
    SurvivalRateRow
        Percentages and the mean survival up to that time; NaN where nobody was
        followed so long.
    """
    groups = zip(follow_up.labels, follow_up.months, follow_up.events, strict=True)
    for label, months, events in groups:
        curve = kaplan_meier(months, events)
        for at_months in follow_up.at_months:
            rate = survival_at(curve, at_months)
            mean = restricted_mean(curve, at_months)
            yield SurvivalRateRow(
                contrast=follow_up.contrast,
                endpoint=follow_up.endpoint,
                group=label,
                at_months=at_months,
                n=rate.n,
                n_events=rate.n_events,
                n_at_risk=rate.n_at_risk,
                percent=100 * rate.rate,
                percent_se=100 * rate.se,
                percent_lo95=100 * rate.lo95,
                percent_hi95=100 * rate.hi95,
                restricted_mean_months=mean.estimate,
                restricted_mean_se=mean.se,
            )
