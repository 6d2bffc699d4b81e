"""Estimate survival by Kaplan and Meier's method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from lifelines import KaplanMeierFitter
from numpy.typing import NDArray
from scipy.special import ndtri

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.stats.follow_up import check_follow_up, check_time

IntArray = NDArray[np.int64]

_Z95 = float(ndtri(0.975))


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """A Kaplan-Meier curve: one row a distinct time, the first at 0.

    Attributes
    ----------
    months : ndarray of float64, shape (n_times,)
        0 and every time of an event or a censoring, ascending.
    survival : ndarray of float64, shape (n_times,)
        Estimated chance to be without event after this time, 0 to 1.
    se : ndarray of float64, shape (n_times,)
        Greenwood's standard error of `survival`; 0 where survival is 0 or 1.
    lo95, hi95 : ndarray of float64, shape (n_times,)
        Pointwise 95 % band on the scale of log(-log); NaN where survival is 0 or 1.
    n_at_risk : ndarray of int64, shape (n_times,)
        Subjects under observation and without event just before this time.
    n_events, n_censored : ndarray of int64, shape (n_times,)
        Subjects with the event, and lost from sight, at this time.
    """

    months: FloatArray
    survival: FloatArray
    se: FloatArray
    lo95: FloatArray
    hi95: FloatArray
    n_at_risk: IntArray
    n_events: IntArray
    n_censored: IntArray


@dataclass(frozen=True)
class SurvivalRate:
    """Survival at one time, e.g. three-year overall survival.

    Attributes
    ----------
    months : float
        The time; NaN where the rate comes from risk sets without times.
    n : int
        Subjects at the start.
    n_events : int
        Of them with the event up to and at this time.
    n_at_risk : int
        Under observation and without event just before this time; of risk sets, the
        last one.
    rate, se : float
        Survival and its Greenwood standard error, 0 to 1.
    lo95, hi95 : float
        95 % band on the scale of log(-log); NaN where the rate is 0 or 1.
    """

    months: float
    n: int
    n_events: int
    n_at_risk: int
    rate: float
    se: float
    lo95: float
    hi95: float


@dataclass(frozen=True)
class RestrictedMean:
    """Mean time without event up to a horizon, both in months, with its n.

    Attributes
    ----------
    months : float
        The horizon.
    n : int
        Subjects at the start.
    estimate, se : float
        Area under the curve up to the horizon, and its standard error.
    lo95, hi95 : float
        95 % interval, normal approximation; NaN where the standard error is 0.
    """

    months: float
    n: int
    estimate: float
    se: float
    lo95: float
    hi95: float


@dataclass(frozen=True)
class RiskSet:
    """Subjects at risk just before a time, and those with the event at it."""

    n_at_risk: int
    n_events: int


def kaplan_meier(months: FloatArray, is_event: BoolArray) -> SurvivalCurve:
    """Estimate a survival curve (Kaplan and Meier 1958).

    Parameters
    ----------
    months : ndarray of float64, shape (n_subjects,)
        Time to the event or to the last observation, not negative, no NaN. Times
        equal to 9 decimals are tied.
    is_event : ndarray of bool, shape (n_subjects,)
        True for the event, False for a censored time.

    Returns
    -------
    SurvivalCurve
        Arrays of length 0 without subjects.

    Raises
    ------
    ValueError, TypeError
        As `check_follow_up`.

    Notes
    -----
    Who is censored at the time of an event is still at risk at it. The standard error
    is Greenwood's (1926); the band is that of log(-log S) (Kalbfleisch and Prentice),
    which stays between 0 and 1. R's `survfit(conf.type = "log-log")` gives the same;
    lifelines calls the band at 0 and 1, where it is not defined, certain.
    """
    months = check_follow_up(months, is_event)
    if months.size == 0:
        empty, none = np.empty(0), np.empty(0, dtype=np.int64)
        return SurvivalCurve(empty, empty, empty, empty, empty, none, none, none)
    fitted = KaplanMeierFitter().fit(months, is_event)
    table = fitted.event_table
    n_at_risk = table["at_risk"].to_numpy(dtype=np.int64)
    n_events = table["observed"].to_numpy(dtype=np.int64)
    survival = fitted.survival_function_.to_numpy(dtype=np.float64)[:, 0]
    se, lo95, hi95 = _spread(survival, n_at_risk, n_events)
    return SurvivalCurve(
        months=table.index.to_numpy(dtype=np.float64),
        survival=survival,
        se=se,
        lo95=lo95,
        hi95=hi95,
        n_at_risk=n_at_risk,
        n_events=n_events,
        n_censored=table["censored"].to_numpy(dtype=np.int64),
    )


def survival_at(curve: SurvivalCurve, months: float) -> SurvivalRate:
    """Read a survival curve at one time.

    Parameters
    ----------
    curve : SurvivalCurve
        From `kaplan_meier`.
    months : float
        The time, not negative.

    Returns
    -------
    SurvivalRate
        The rate is NaN without subjects, and beyond the last observed time where
        subjects without event were left at it: nobody was followed so far. Where
        nobody was left it stays 0.

    Raises
    ------
    ValueError
        For a time that is negative or not finite.

    Notes
    -----
    Where the rate is 0 or 1 the standard error is 0, as papers print it; that is no
    certainty, and the band is NaN.
    """
    months = check_time(months)
    if curve.months.size == 0:
        return SurvivalRate(months, 0, 0, 0, nan, nan, nan, nan)
    row = int(np.searchsorted(curve.months, months, side="right")) - 1
    is_known = _is_known(curve, months)
    n_leaving = curve.n_events + curve.n_censored
    return SurvivalRate(
        months=months,
        n=int(curve.n_at_risk[0]),
        n_events=int(curve.n_events[: row + 1].sum()),
        n_at_risk=int(n_leaving[curve.months >= months].sum()),
        rate=float(curve.survival[row]) if is_known else nan,
        se=float(curve.se[row]) if is_known else nan,
        lo95=float(curve.lo95[row]) if is_known else nan,
        hi95=float(curve.hi95[row]) if is_known else nan,
    )


def restricted_mean(curve: SurvivalCurve, months: float) -> RestrictedMean:
    """Compute the mean time without event within the first months.

    Parameters
    ----------
    curve : SurvivalCurve
        From `kaplan_meier`.
    months : float
        The horizon, not negative: chosen before looking, the same for all groups.

    Returns
    -------
    RestrictedMean
        All NaN where `survival_at` the horizon is.

    Raises
    ------
    ValueError
        For a horizon that is negative or not finite.

    Notes
    -----
    The variance sums (area right of the event)^2 d / (n (n - d)) over the event times
    (Klein and Moeschberger, equation 4.5.2), as R's `print(rmean = )` does.
    """
    months = check_time(months)
    n = int(curve.n_at_risk[0]) if curve.months.size else 0
    if not _is_known(curve, months):
        return RestrictedMean(months, n, nan, nan, nan, nan)
    is_before = curve.months < months
    areas = curve.survival[is_before] * np.diff(curve.months[is_before], append=months)
    estimate = float(areas.sum())
    areas_right = np.cumsum(areas[::-1])[::-1]
    steps = _greenwood_steps(curve.n_at_risk[is_before], curve.n_events[is_before])
    se = float(np.sqrt((areas_right**2 * steps).sum()))
    half = _Z95 * se if se > 0 else nan
    return RestrictedMean(months, n, estimate, se, estimate - half, estimate + half)


def numbers_at_risk(months: FloatArray, at_times: FloatArray) -> IntArray:
    """Count the subjects still under observation, for the rows below a curve.

    Parameters
    ----------
    months : ndarray of float64, shape (n_subjects,)
        Time to the event or to the last observation.
    at_times : ndarray of float64, shape (n_times,)
        Times of the axis.

    Returns
    -------
    ndarray of int64, shape (n_times,)
        Subjects whose time is not before each time; 0 without subjects.

    Raises
    ------
    ValueError
        For a time, of a subject or of the axis, that is negative or not finite.
    """
    months = check_follow_up(months, np.zeros(months.shape, dtype=np.bool_))
    times = np.array([check_time(one) for one in at_times])
    n_before = np.searchsorted(np.sort(months), times, side="left")
    return (months.size - n_before).astype(np.int64)


def at_landmark(months: FloatArray, is_event: BoolArray, landmark: float) -> BoolArray:
    """Find the subjects that a landmark analysis can follow.

    Parameters
    ----------
    months : ndarray of float64, shape (n_subjects,)
        Time to the event or to the last observation.
    is_event : ndarray of bool, shape (n_subjects,)
        True for the event.
    landmark : float
        Months from the start, not negative.

    Returns
    -------
    ndarray of bool, shape (n_subjects,)
        True for who was observed up to the landmark and had no event up to and at it.
        Their times are then counted from the landmark: `months[mask] - landmark`.

    Raises
    ------
    ValueError, TypeError
        As `check_follow_up`, and for a landmark that is negative or not finite.

    Notes
    -----
    Groups by what happens after the start (a response, a later treatment) must be
    formed at a landmark: who enters one has by definition lived until then, and that
    time is immortal (Anderson et al. 1983).
    """
    months = check_follow_up(months, is_event)
    landmark = check_time(landmark)
    is_followed: BoolArray = (months > landmark) | ((months == landmark) & ~is_event)
    return is_followed


def rate_from_risk_sets(risk_sets: Sequence[RiskSet]) -> SurvivalRate:
    """Rebuild a printed rate from those at risk and their events, without times.

    Parameters
    ----------
    risk_sets : sequence of RiskSet
        In the order of time, one for each time of an event; one for all events where
        nobody was lost from sight in between.

    Returns
    -------
    SurvivalRate
        Its `months` are NaN; all is NaN without risk sets.

    Raises
    ------
    ValueError
        Where a set has more events than subjects, or more subjects than the one
        before left.

    Examples
    --------
    One of 10 dies, one is lost from sight, then one of 8 dies:

    >>> found = rate_from_risk_sets([RiskSet(10, 1), RiskSet(8, 1)])
    >>> f"{100 * found.rate:.1f} ± {100 * found.se:.1f} %"
    '78.8 ± 13.4 %'
    """
    if not risk_sets:
        return SurvivalRate(nan, 0, 0, 0, nan, nan, nan, nan)
    _check_risk_sets(risk_sets)
    n_at_risk = np.array([one.n_at_risk for one in risk_sets], dtype=np.int64)
    n_events = np.array([one.n_events for one in risk_sets], dtype=np.int64)
    survival = np.cumprod(1.0 - n_events / n_at_risk, dtype=np.float64)
    se, lo95, hi95 = _spread(survival, n_at_risk, n_events)
    return SurvivalRate(
        months=nan,
        n=risk_sets[0].n_at_risk,
        n_events=int(n_events.sum()),
        n_at_risk=risk_sets[-1].n_at_risk,
        rate=float(survival[-1]),
        se=float(se[-1]),
        lo95=float(lo95[-1]),
        hi95=float(hi95[-1]),
    )


def _is_known(curve: SurvivalCurve, months: float) -> bool:
    """Whether anybody was followed so far, or nobody was left to be followed."""
    if curve.months.size == 0:
        return False
    return bool(months <= curve.months[-1] or curve.survival[-1] == 0)


def _check_risk_sets(risk_sets: Sequence[RiskSet]) -> None:
    """Refuse risk sets that cannot follow one another."""
    n_left = risk_sets[0].n_at_risk
    for place, one in enumerate(risk_sets):
        if not (0 < one.n_at_risk <= n_left and 0 <= one.n_events <= one.n_at_risk):
            raise ValueError(
                f"risk set {place}: {one.n_events} events of {one.n_at_risk} at risk, "
                f"where {n_left} can be at risk at most and 1 must be"
            )
        n_left = one.n_at_risk - one.n_events


def _greenwood_steps(n_at_risk: IntArray, n_events: IntArray) -> FloatArray:
    """Compute d / (n (n - d)) for each time, 0 where nobody is left.

    ndarray of float64, shape (n_times,).
    """
    # Survival is 0 from there on, and so are the products that the steps enter.
    n_left = n_at_risk - n_events
    return np.where(n_left > 0, n_events / (n_at_risk * np.maximum(n_left, 1)), 0.0)


def _spread(
    survival: FloatArray, n_at_risk: IntArray, n_events: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compute Greenwood's standard error and the band of log(-log S).

    Three ndarray of float64, shape (n_times,).
    """
    se_of_log = np.sqrt(np.cumsum(_greenwood_steps(n_at_risk, n_events)))
    has_band = (survival > 0) & (survival < 1)
    inner = np.where(has_band, survival, 0.5)
    # log(-log S) rises as S falls: its upper end is the lower end of S.
    half = np.exp(_Z95 * se_of_log / -np.log(inner))
    lo95 = np.where(has_band, inner**half, np.nan)
    hi95 = np.where(has_band, inner ** (1 / half), np.nan)
    return survival * se_of_log, lo95, hi95
