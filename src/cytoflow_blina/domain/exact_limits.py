"""Bound a count and a share exactly, at 95 %.

Exact limits never promise more than the events support, and they say something where
no event was seen.
"""

from __future__ import annotations

from math import nan

from scipy.special import betaincinv, gammaincinv

_ALPHA = 0.05


def garwood_limits(n_events: int) -> tuple[float, float]:
    """Bound the expectation of a Poisson count.

    Parameters
    ----------
    n_events : int
        Events seen, 0 or more.

    Returns
    -------
    tuple of float
        Lower and upper limit in events. No event gives 0 and 3.69.

    Raises
    ------
    ValueError
        For a negative count.

    Notes
    -----
    `chi2.ppf(a/2, 2k)/2` and `chi2.ppf(1 - a/2, 2k + 2)/2` (Garwood 1936), written
    with the incomplete gamma function, which is the same and quicker.
    """
    if n_events < 0:
        raise ValueError(f"a count cannot be negative, got {n_events}")
    lower = float(gammaincinv(n_events, _ALPHA / 2)) if n_events else 0.0
    return lower, float(gammaincinv(n_events + 1, 1 - _ALPHA / 2))


def upper_count_limit(n_events: int) -> float:
    """Bound the expectation of a Poisson count from above alone.

    Parameters
    ----------
    n_events : int
        Events seen, 0 or more.

    Returns
    -------
    float
        One-sided upper 95 % limit in events. No event gives 3.00.

    Raises
    ------
    ValueError
        For a negative count.

    Notes
    -----
    `chi2.ppf(0.95, 2k + 2)/2`: Garwood's upper limit with the whole error on one side.
    """
    if n_events < 0:
        raise ValueError(f"a count cannot be negative, got {n_events}")
    return float(gammaincinv(n_events + 1, 1 - _ALPHA))


def share_limits(n_events: int, n_parent: int) -> tuple[float, float]:
    """Bound a binomial share exactly (Clopper and Pearson 1934).

    Parameters
    ----------
    n_events, n_parent : int
        Events of the population and of its parent.

    Returns
    -------
    tuple of float
        Lower and upper limit, 0 to 1; NaN, NaN when the parent is empty.

    Raises
    ------
    ValueError
        When there are more events than the parent has, or fewer than none.
    """
    if not 0 <= n_events <= n_parent:
        raise ValueError(f"{n_events} events cannot be a share of {n_parent}")
    if n_parent == 0:
        return nan, nan
    rest = n_parent - n_events
    lower = float(betaincinv(n_events, rest + 1, _ALPHA / 2)) if n_events else 0.0
    upper = float(betaincinv(n_events + 1, rest, 1 - _ALPHA / 2)) if rest else 1.0
    return lower, upper
