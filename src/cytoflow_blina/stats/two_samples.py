"""Compare two independent groups of subjects."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import mannwhitneyu, rankdata

from cytoflow_blina.stats.paired import Shift

FloatArray = NDArray[np.float64]

_ALPHA = 0.05
_MOST_EXACT = 100
_DIGITS = 12
# Two chances nearer than this differ by rounding alone.
_TOLERANCE = 1e-12


@dataclass(frozen=True)
class TwoSampleTest:
    """Mann and Whitney's test, with all that decides its P value.

    Attributes
    ----------
    statistic, p_value : float
        U of the first group (how many of all pairs it wins, ties half) and the
        two-sided P; NaN where the test is not defined.
    method : str
        How P was had, or why not.
    cliffs_delta : float
        Share of pairs in which the first group is higher less the share in which it is
        lower, -1 to 1; NaN where a group is empty.
    """

    statistic: float
    p_value: float
    method: str
    cliffs_delta: float


def mann_whitney(a: FloatArray, b: FloatArray) -> TwoSampleTest:
    """Test whether one group tends to higher values (Mann and Whitney 1947), two-sided.

    Parameters
    ----------
    a, b : ndarray of float64, shape (n_a,) and shape (n_b,)
        Values of different subjects; no NaN.

    Returns
    -------
    TwoSampleTest
        Not defined, P NaN and the reason in `method`, where a group is empty or all
        values are equal.

    Raises
    ------
    ValueError
        For NaN.

    Notes
    -----
    Up to 100 values in both groups take the exact distribution of the rank sum, given
    the ranks where some are tied: P is the chance of a sum as far from its mean as the
    observed one, or farther. More take the normal approximation with its variance
    corrected for ties and without continuity correction. Values are compared to 12
    digits of the largest, so that changes of 0.3 - 0.1 and 0.2 tie as they should.
    """
    a, b = _rounded(a, b)
    if a.size == 0 or b.size == 0:
        words = f"not defined: groups of {a.size} and {b.size}"
        return TwoSampleTest(nan, nan, words, nan)
    ranks = rankdata(np.concatenate([a, b]))
    if np.ptp(ranks) == 0:
        words = f"not defined: all {ranks.size} values are equal"
        return TwoSampleTest(nan, nan, words, 0.0)
    u = float(ranks[: a.size].sum()) - a.size * (a.size + 1) / 2
    if ranks.size > _MOST_EXACT:
        words = "asymptotic, variance corrected for ties, no continuity correction"
        found = mannwhitneyu(a, b, method="asymptotic", use_continuity=False)
        p_value = float(found.pvalue)
    else:
        has_ties = np.unique(ranks).size < ranks.size
        words = "exact, given the tied ranks" if has_ties else "exact"
        p_value = _exact_p(ranks, a.size)
    return TwoSampleTest(
        statistic=u,
        p_value=p_value,
        method=f"{words}; values to {_DIGITS} digits",
        cliffs_delta=2 * u / (a.size * b.size) - 1,
    )


def hodges_lehmann_two(a: FloatArray, b: FloatArray) -> Shift:
    """Estimate how far one group lies above another (Hodges and Lehmann 1963).

    Parameters
    ----------
    a, b : ndarray of float64, shape (n_a,) and shape (n_b,)
        Values of different subjects; no NaN.

    Returns
    -------
    Shift
        The median of all differences `a - b` of a value of the one group and a value of
        the other; it is not the difference of the medians. The interval is NaN where
        the groups are too small for any 95 % interval (3 and 4, for example); all is
        NaN where a group is empty.

    Raises
    ------
    ValueError
        For NaN.

    Notes
    -----
    The interval lies between two ordered differences (Hollander and Wolfe), whose rank
    is the exact quantile of U without ties, as R's `wilcox.test` has it, up to 100
    values in both groups, and the normal one beyond.
    """
    _refuse_nan(a, b)
    if a.size == 0 or b.size == 0:
        return Shift(nan, nan, nan)
    differences = np.sort(np.subtract.outer(a, b), axis=None)
    estimate = float(np.median(differences))
    rank = _rank_of_limit(a.size, b.size)
    if rank < 1:
        return Shift(estimate, nan, nan)
    return Shift(estimate, float(differences[rank - 1]), float(differences[-rank]))


def _refuse_nan(a: FloatArray, b: FloatArray) -> None:
    """Leave it to the caller to say who has no value."""
    if np.isnan(a).any() or np.isnan(b).any():
        raise ValueError("a subject lacks a value; leave it out and say so")


def _rounded(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Take values relative to the largest, free of rounding noise."""
    _refuse_nan(a, b)
    largest = float(max(np.abs(a).max(initial=0), np.abs(b).max(initial=0))) or 1.0
    return np.round(a / largest, _DIGITS), np.round(b / largest, _DIGITS)


def _exact_p(ranks: FloatArray, n_a: int) -> float:
    """Compute the two-sided P from all ways to deal the ranks to both groups.

    SciPy has the distribution for untied ranks alone.
    """
    # Twice a midrank is whole.
    doubled = np.rint(2 * ranks).astype(np.int64)
    chances = _rank_sum_distribution(doubled, n_a)
    # Sums lie about n_a * (n + 1) when doubled, which is whole too.
    distances = np.abs(np.arange(chances.size) - n_a * (ranks.size + 1))
    found = abs(int(doubled[:n_a].sum()) - n_a * (ranks.size + 1))
    return min(float(chances[distances >= found].sum()), 1.0)


def _rank_of_limit(n_a: int, n_b: int) -> int:
    """Find the rank, from either end, of the difference that bounds a 95 % interval.

    The smallest U that is not exceeded with at least 2.5 %, as R's `qwilcox` has it; 0
    where even the extreme differences bound less than 95 %.
    """
    n = n_a + n_b
    if n > _MOST_EXACT:
        mean, variance = n_a * n_b / 2, n_a * n_b * (n + 1) / 12
        return max(0, floor(mean + float(ndtri(_ALPHA / 2)) * sqrt(variance)))
    # Sums start at that of the lowest ranks, where U is 0.
    lowest = n_a * (n_a + 1) // 2
    cumulated = np.cumsum(_rank_sum_distribution(np.arange(1, n + 1), n_a)[lowest:])
    rank = int(np.searchsorted(cumulated, _ALPHA / 2 * (1 - _TOLERANCE)))
    is_extreme_enough = cumulated[0] <= _ALPHA / 2 * (1 + _TOLERANCE)
    return max(rank, int(is_extreme_enough))


def _rank_sum_distribution(ranks: NDArray[np.int64], n_drawn: int) -> FloatArray:
    """Compute the chance of each sum 0, 1, 2, ... of some ranks drawn from all.

    ndarray of float64, shape (sum of the ranks + 1,).
    """
    # chances[k, s] of k ranks with sum s among those seen so far, each rank being in
    # with the share that is drawn; what is left is weighed by the chance of n_drawn.
    share = n_drawn / ranks.size
    chances = np.zeros((n_drawn + 1, int(ranks.sum()) + 1))
    chances[0, 0] = 1.0
    for rank in ranks:
        drawn = share * chances[:-1, : chances.shape[1] - rank]
        chances *= 1 - share
        chances[1:, rank:] += drawn
    sums: FloatArray = chances[n_drawn] / chances[n_drawn].sum()
    return sums
