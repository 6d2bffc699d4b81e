"""Tell by how many powers of ten MRD has fallen."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, isnan, log10, nan


@dataclass(frozen=True)
class MrdPercent:
    """MRD of one sample with its interval.

    Attributes
    ----------
    percent : float
        Percent of the denominator; NaN where it is not known.
    lo95, hi95 : float
        Its exact 95 % interval, of Garwood's limits on its events.
    limit : float
        What it lies below where too few events were seen to detect it; NaN where it
        was detected.
    """

    percent: float
    lo95: float
    hi95: float
    limit: float = nan


@dataclass(frozen=True)
class LogReduction:
    """Fall of MRD between two samples, in powers of ten; above 0 where it fell.

    Attributes
    ----------
    log10 : float
        The fall, or the least that it can be; NaN where `problem` says why.
    lo95, hi95 : float
        Its 95 % interval by counting; `hi95` is NaN where the fall is a bound.
    is_bound : bool
        Whether the fall is at least that large, the later sample being below its
        limit.
    problem : str
        Why there is none; empty where there is one.
    """

    log10: float = nan
    lo95: float = nan
    hi95: float = nan
    is_bound: bool = False
    problem: str = ""


def log_reduction(before: MrdPercent, after: MrdPercent) -> LogReduction:
    """Tell by how many powers of ten MRD has fallen from one sample to the next.

    Parameters
    ----------
    before, after : MrdPercent
        MRD in percent of the same denominator.

    Returns
    -------
    LogReduction
        `log10(before / after)`. Where the later sample is below its limit, the limit
        takes its place and the fall is a bound. From a sample in which nothing was
        detected nothing can fall: there is none then, nor where either is not known.

    Notes
    -----
    The interval is that of a difference of logarithms, from the intervals of both
    (Zou and Donner 2008): each end takes the sides that reach that way. The interval
    of a bound holds the counting error of the first sample alone. That two pulls of
    marrow differ by more than their counts is in neither.

    Examples
    --------
    >>> first = MrdPercent(1.0, 0.9, 1.1)
    >>> round(log_reduction(first, MrdPercent(0.01, 0.008, 0.012)).log10, 2)
    2.0
    >>> log_reduction(first, MrdPercent(0.0, 0.0, 0.001, limit=0.004)).is_bound
    True
    """
    if not isnan(before.limit) or before.percent == 0:
        return LogReduction(problem="the first sample is below its limit of detection")
    b, b_low, b_high = map(_log10, (before.percent, before.lo95, before.hi95))
    if not isnan(after.limit):
        bound = b - _log10(after.limit)
        return _known(LogReduction(bound, bound - (b - b_low), nan, is_bound=True))
    a, a_low, a_high = map(_log10, (after.percent, after.lo95, after.hi95))
    fall = b - a
    return _known(
        LogReduction(
            fall,
            fall - hypot(b - b_low, a_high - a),
            fall + hypot(b_high - b, a - a_low),
        )
    )


def _known(found: LogReduction) -> LogReduction:
    """Say so where a percentage is wanting."""
    return LogReduction(problem="MRD is not known") if isnan(found.log10) else found


def _log10(percent: float) -> float:
    """Take a logarithm; NaN where there is none."""
    return log10(percent) if percent > 0 else nan
