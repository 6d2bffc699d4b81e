"""Compare two visits of the same subjects."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata, wilcoxon

FloatArray = NDArray[np.float64]

_ALPHA = 0.05
_MOST_EXACT = 25
_DIGITS = 12


@dataclass(frozen=True)
class PairedTest:
    """Wilcoxon's test of matched pairs, with all that decides its P value.

    Attributes
    ----------
    statistic, p_value : float
        W (the smaller of the two rank sums) and the two-sided P; NaN where the test is
        not defined.
    method : str
        How P was had, or why not.
    n_zero : int
        Pairs without any change, which were dropped.
    rank_biserial : float
        (rank sum of rises - rank sum of falls) / (sum of both), -1 to 1; NaN where no
        pair changes.
    """

    statistic: float
    p_value: float
    method: str
    n_zero: int
    rank_biserial: float


@dataclass(frozen=True)
class Shift:
    """A change with its 95 % interval; NaN where there is none."""

    estimate: float
    lo95: float
    hi95: float


def wilcoxon_matched_pairs(before: FloatArray, after: FloatArray) -> PairedTest:
    """Test whether values change between two visits (Wilcoxon 1945), two-sided.

    Parameters
    ----------
    before, after : ndarray of float64, shape (n_pairs,)
        Values of the same subjects; no NaN.

    Returns
    -------
    PairedTest
        Not defined, P NaN and the reason in `method`, where fewer than two pairs
        change.

    Raises
    ------
    ValueError
        For NaN, or for arrays of different length.

    Notes
    -----
    Pairs without change are dropped before ranking, as Wilcoxon did and as Prism and
    SPSS do. Up to 25 that are left take the exact distribution of the rank sum, given
    the ranks where some are tied; more take the normal approximation with its variance
    corrected for ties and without continuity correction. Differences are compared to 12
    digits of the largest value, so that 0.3 - 0.1 and 0.2 tie as they should.
    """
    differences = _differences(before, after)
    changed = differences[differences != 0]
    n_zero = int(differences.size - changed.size)
    if changed.size < 2:
        words = f"not defined: {changed.size} of {differences.size} pairs change"
        return PairedTest(nan, nan, words, n_zero, _rank_biserial(changed))
    has_ties = np.unique(np.abs(changed)).size < changed.size
    if changed.size > _MOST_EXACT:
        words = "asymptotic, variance corrected for ties, no continuity correction"
        result = wilcoxon(changed, method="approx", correction=False)
        statistic, p_value = float(result.statistic), float(result.pvalue)
    elif has_ties:
        words = "exact, given the tied ranks"
        statistic, p_value = _exact_with_ties(changed)
    else:
        words = "exact"
        result = wilcoxon(changed, method="exact")
        statistic, p_value = float(result.statistic), float(result.pvalue)
    words += f"; differences to {_DIGITS} digits"
    return PairedTest(
        statistic=statistic,
        p_value=p_value,
        method=words,
        n_zero=n_zero,
        rank_biserial=_rank_biserial(changed),
    )


def hodges_lehmann(before: FloatArray, after: FloatArray) -> Shift:
    """Estimate how far values shift between two visits (Hodges and Lehmann 1963).

    Parameters
    ----------
    before, after : ndarray of float64, shape (n_pairs,)
        Values of the same subjects; no NaN.

    Returns
    -------
    Shift
        The median of all averages of two differences (`after - before`), pairs without
        change included; it is not the difference of the medians. The interval is NaN
        with fewer than 6 pairs, which no 95 % interval can be had from; all is NaN
        without pairs.

    Notes
    -----
    The interval lies between two ordered averages (Hollander and Wolfe), whose rank is
    the exact quantile of the signed-rank distribution up to 25 pairs and the normal
    one beyond.
    """
    differences = after - before
    n = differences.size
    if n == 0:
        return Shift(nan, nan, nan)
    first, second = np.triu_indices(n)
    averages = np.sort((differences[first] + differences[second]) / 2)
    estimate = float(np.median(averages))
    rank = _rank_of_limit(n)
    if rank < 1:
        return Shift(estimate, nan, nan)
    return Shift(estimate, float(averages[rank - 1]), float(averages[-rank]))


def _differences(before: FloatArray, after: FloatArray) -> FloatArray:
    """Take differences relative to the largest value, free of rounding noise."""
    if before.shape != after.shape:
        raise ValueError(f"{before.size} values before, {after.size} after")
    if np.isnan(before).any() or np.isnan(after).any():
        raise ValueError("a pair lacks a value; leave it out and say so")
    largest = max(np.abs(before).max(initial=0), np.abs(after).max(initial=0))
    if largest == 0:
        return np.zeros(before.shape)
    differences: FloatArray = np.round((after - before) / largest, _DIGITS)
    return differences


def _rank_biserial(changed: FloatArray) -> float:
    """Weigh the ranks of rises against those of falls."""
    if changed.size == 0:
        return nan
    ranks = rankdata(np.abs(changed))
    return float((ranks * np.sign(changed)).sum() / ranks.sum())


def _rank_of_limit(n: int) -> int:
    """Find the rank, from either end, of the average that bounds a 95 % interval.

    The largest rank such that W+ falls below it with at most 2.5 %; 0 where there is
    none.
    """
    if n > _MOST_EXACT:
        mean, variance = n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24
        return floor(mean + float(ndtri(_ALPHA / 2)) * sqrt(variance))
    cumulated = np.cumsum(_rank_sum_distribution(np.arange(1, n + 1)))
    return int(np.searchsorted(cumulated, _ALPHA / 2, side="right"))


def _exact_with_ties(changed: FloatArray) -> tuple[float, float]:
    """Compute W and its two-sided P from all signs that the tied ranks could bear.

    SciPy has the distribution for untied ranks alone.
    """
    # Twice a midrank is whole.
    doubled = np.rint(2 * rankdata(np.abs(changed))).astype(np.int64)
    smaller = int(min(doubled[changed > 0].sum(), doubled[changed < 0].sum()))
    p_value = 2 * float(_rank_sum_distribution(doubled)[: smaller + 1].sum())
    return smaller / 2, min(p_value, 1.0)


def _rank_sum_distribution(ranks: NDArray[np.int64]) -> FloatArray:
    """Compute the chance of each sum 0, 1, 2, ... when every rank counts or does not.

    ndarray of float64, shape (sum of the ranks + 1,).
    """
    chances = np.ones(1)
    for rank in ranks:
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    return chances
