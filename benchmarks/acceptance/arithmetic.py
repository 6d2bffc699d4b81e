"""Compare what was found with what is true."""

from __future__ import annotations

from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from cytoflow_blina.domain.exact_limits import share_limits


def tolerance(n_true: int) -> float:
    """Say how far a count may be off that is to be released.

    Parameters
    ----------
    n_true : int
        Events of a population as simulated.

    Returns
    -------
    float
        In events: 5 % of the truth, or twice its square root if that is more.
    """
    return max(0.05 * n_true, 2 * sqrt(n_true))


def is_right(n_found: int, n_true: int) -> bool:
    """Tell whether a count is as near to the truth as a release demands.

    Parameters
    ----------
    n_found, n_true : int
        Events of a population as gated, and as simulated.

    Returns
    -------
    bool
        True up to and with the `tolerance`.
    """
    return abs(n_found - n_true) <= tolerance(n_true)


def f1_score(n_both: int, n_found: int, n_true: int) -> float:
    """Give the harmonic mean of recovery and purity.

    Parameters
    ----------
    n_both, n_found, n_true : int
        Events that are in gate and population, in the gate, in the population.

    Returns
    -------
    float
        0 to 1; NaN where neither gate nor population holds an event.
    """
    return 2 * n_both / (n_found + n_true) if n_found + n_true else nan


def share_with_interval(n: int, n_all: int) -> tuple[float, float, float]:
    """Give a share in percent with its exact 95 % interval (Clopper and Pearson).

    Parameters
    ----------
    n, n_all : int
        How many, of how many.

    Returns
    -------
    tuple of float
        Share and its limits, 0 to 100; NaN of none.
    """
    lower, upper = share_limits(n, n_all)
    return (100 * n / n_all if n_all else nan), 100 * lower, 100 * upper


def auroc(
    score: NDArray[np.float64],
    is_bad: NDArray[np.bool_],
    weight: NDArray[np.float64] | None = None,
) -> float:
    """Give the chance that a bad gate scores lower than a good one; a tie is half.

    Parameters
    ----------
    score : ndarray of float64, shape (n_gates,)
        Confidence; none is NaN.
    is_bad : ndarray of bool, shape (n_gates,)
        What it is to foretell.
    weight : ndarray of float64, shape (n_gates,), optional
        How much each gate counts; all alike where not given.

    Returns
    -------
    float
        0 to 1; NaN where there is no bad gate, or no good one.
    """
    weight = np.ones(score.size) if weight is None else weight
    bad, good = weight * is_bad, weight * ~is_bad
    if not bad.sum() or not good.sum():
        return nan
    level = rankdata(score, method="dense").astype(np.intp) - 1
    bad_at, good_at = (np.bincount(level, weights=part) for part in (bad, good))
    good_above = good_at.sum() - np.cumsum(good_at)
    favourable = bad_at * (good_above + 0.5 * good_at)
    return float(favourable.sum() / (bad.sum() * good.sum()))


def equal_weights(group: NDArray[np.str_]) -> NDArray[np.float64]:
    """Weigh rows so that every group counts the same, however many rows it has.

    Parameters
    ----------
    group : ndarray of str, shape (n,)
        Group of each row.

    Returns
    -------
    ndarray of float64, shape (n,)
        1 over the rows of the group; the weights of each group add up to 1.
    """
    _, inverse, sizes = np.unique(group, return_inverse=True, return_counts=True)
    weights: NDArray[np.float64] = 1 / sizes[inverse]
    return weights
