"""Compare the survival of groups by the log-rank test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, nan, sqrt

import numpy as np
from scipy.special import ndtri
from scipy.stats import chi2

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.stats.follow_up import check_follow_up
from cytoflow_blina.stats.survival import numbers_at_risk

# In events squared. One event among a million subjects has a variance of 1e-6; what
# is smaller is rounding noise of a zero.
_SMALLEST_VARIANCE = 1e-9
_Z95 = float(ndtri(0.975))


@dataclass(frozen=True)
class HazardRatio:
    """A hazard ratio with its 95 % interval; NaN where there is none."""

    estimate: float = nan
    lo95: float = nan
    hi95: float = nan


@dataclass(frozen=True)
class LogRank:
    """Result of a log-rank test.

    Attributes
    ----------
    statistic : float
        Chi-squared; NaN where the test is not defined.
    df : int
        Degrees of freedom: the groups that can be compared, less 1; 0 where the test
        is not defined.
    p_value : float
        From the chi-squared distribution; NaN where the test is not defined, never 1.
    method : str
        How P was had, or why not.
    hazard_ratio : HazardRatio
        Of the first group to the second; NaN unless there are two.
    """

    statistic: float
    df: int
    p_value: float
    method: str
    hazard_ratio: HazardRatio


def log_rank(groups: Sequence[tuple[FloatArray, BoolArray]]) -> LogRank:
    """Test whether the survival of two or more groups differs (Mantel 1966).

    Parameters
    ----------
    groups : sequence of tuple of two arrays
        For each group the months to the event or to the last observation,
        ndarray of float64, shape (n_subjects,), and whether it was the event,
        ndarray of bool, shape (n_subjects,). A group may be empty.

    Returns
    -------
    LogRank
        Not defined, with the reason in `method`, where no event tells two groups
        apart: there is none, only one group is at risk at each, or nobody outlives it.

    Raises
    ------
    ValueError, TypeError
        With fewer than two groups, and as `check_follow_up`.

    Notes
    -----
    At each time of an event the events of a group are compared with what a draw from
    all at risk would give, with the hypergeometric variance, so that ties need no
    correction. A group that nobody at risk is compared with, one censored before the
    first event say, takes no degree of freedom, as in R's `survdiff`; lifelines gives
    it one, and P = 1 where there is no event at all.

    The hazard ratio is Peto's, exp((O - E) / V) with exp of the same plus and minus
    1.96 / sqrt(V): it belongs to this very test, and errs towards 1 where the ratio is
    far from it.
    """
    if len(groups) < 2:
        raise ValueError(f"a log-rank test compares groups; found {len(groups)}")
    checked = [(check_follow_up(*group), group[1]) for group in groups]
    event_times = np.unique(
        np.concatenate([months[event] for months, event in checked])
    )
    if event_times.size == 0:
        return _not_defined("no event in any group")
    at_risk = np.array([numbers_at_risk(months, event_times) for months, _ in checked])
    events = np.array(
        [
            (months[event] == event_times[:, None]).sum(axis=1)
            for months, event in checked
        ]
    )
    excess, covariance = _excess(at_risk.astype(np.float64), events.astype(np.float64))
    variances, directions = np.linalg.eigh(covariance)
    is_compared = variances > _SMALLEST_VARIANCE
    df = int(np.count_nonzero(is_compared))
    if df == 0:
        return _not_defined("no event tells two groups apart")
    apart = (excess @ directions)[is_compared]
    statistic = float((apart**2 / variances[is_compared]).sum())
    words = f"hypergeometric variance, asymptotic, {df} df"
    if df < len(groups) - 1:
        words += f"; of {len(groups)} groups only {df + 1} can be compared"
    ratio = (
        _peto(float(excess[0]), float(covariance[0, 0]))
        if len(groups) == 2
        else HazardRatio()
    )
    return LogRank(statistic, df, float(chi2.sf(statistic, df)), words, ratio)


def _not_defined(reason: str) -> LogRank:
    return LogRank(nan, 0, nan, f"not defined: {reason}", HazardRatio())


def _peto(excess: float, variance: float) -> HazardRatio:
    """Estimate a hazard ratio in one step from the test (Peto and others 1977)."""
    reach = _Z95 * sqrt(variance) / variance
    middle = excess / variance
    return HazardRatio(exp(middle), exp(middle - reach), exp(middle + reach))


def _excess(at_risk: FloatArray, events: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sum the events beyond expectation of each group, and their covariance.

    From ndarray of float64, shape (n_groups, n_times), to
    ndarray of float64, shape (n_groups,) and shape (n_groups, n_groups).
    """
    n, d = at_risk.sum(axis=0), events.sum(axis=0)
    share = at_risk / n
    # A single subject at risk has nobody to be compared with.
    weight = d * (n - d) / np.maximum(n - 1, 1)
    covariance = np.diag(share @ weight) - (share * weight) @ share.T
    return (events - d * share).sum(axis=1), covariance
