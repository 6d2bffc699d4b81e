"""State how often an event happened, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from statsmodels.stats.proportion import proportion_confint

_ALPHA = 0.05


@dataclass(frozen=True)
class Proportion:
    """A percentage with the counts that it comes from.

    Attributes
    ----------
    events, n : int
        Those who had the event, and all.
    percent, lo95, hi95 : float
        Percentage and its exact 95 % interval, 0 to 100; NaN where `n` is 0.
    """

    events: int
    n: int
    percent: float
    lo95: float
    hi95: float


def exact_proportion(events: int, n: int) -> Proportion:
    """Bound a percentage exactly (Clopper and Pearson 1934).

    Parameters
    ----------
    events, n : int
        Those who had the event, and all.

    Returns
    -------
    Proportion
        NaN throughout where nobody was at risk.

    Raises
    ------
    ValueError
        Where there are more events than `n`, or fewer than none.

    Examples
    --------
    >>> found = exact_proportion(8, 10)
    >>> print(f"{found.percent:.0f} % ({found.lo95:.1f} to {found.hi95:.1f})")
    80 % (44.4 to 97.5)
    """
    if not 0 <= events <= n:
        raise ValueError(f"{events} events cannot be a share of {n}")
    if n == 0:
        return Proportion(events, n, nan, nan, nan)
    lower, upper = proportion_confint(events, n, alpha=_ALPHA, method="beta")
    return Proportion(
        events, n, 100 * events / n, 100 * float(lower), 100 * float(upper)
    )
