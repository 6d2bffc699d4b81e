"""Compare two visits of the same subjects."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, nan, sqrt
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata, wilcoxon

FloatArray = NDArray[np.float64]
ZeroRule = Literal["wilcox", "pratt"]

_ALPHA = 0.05
_MOST_EXACT = 100
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
        (rank sum of rises - rank sum of falls) / (sum of both), -1 to 1, of the ranks
        that were tested; NaN where no pair changes.
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


def wilcoxon_matched_pairs(
    before: FloatArray, after: FloatArray, *, zero_rule: ZeroRule = "wilcox"
) -> PairedTest:
    """Test whether values change between two visits (Wilcoxon 1945), two-sided.

    Parameters
    ----------
    before, after : ndarray of float64, shape (n_pairs,)
        Values of the same subjects; no NaN.
    zero_rule : {"wilcox", "pratt"}, default "wilcox"
        Whether pairs without change are dropped before ranking, as Wilcoxon did and as
        Prism and SPSS do, or after it (Pratt 1959).

    Returns
    -------
    PairedTest
        Not defined, P NaN and the reason in `method`, where fewer than two pairs
        change.

    Raises
    ------
    ValueError
        For NaN, for arrays of different length, or for an unknown rule.

    Notes
    -----
    Up to 100 pairs that change take the exact distribution of the rank sum, given the
    ranks that are left where some are tied or were dropped; more take the normal
    approximation with its variance corrected for ties and without continuity
    correction. Differences are compared to 12 digits of the largest value, so that
    0.3 - 0.1 and 0.2 tie as they should.
    """
    differences = _differences(before, after)
    ranks = _signed_ranks(differences, zero_rule)
    n_zero = int(differences.size - ranks.size)
    if ranks.size < 2:
        words = f"not defined: {ranks.size} of {differences.size} pairs change"
        return PairedTest(nan, nan, words, n_zero, _rank_biserial(ranks))
    statistic = float(min(ranks[ranks > 0].sum(), np.abs(ranks[ranks < 0]).sum()))
    is_untied = np.array_equal(np.sort(np.abs(ranks)), np.arange(1, ranks.size + 1))
    if ranks.size > _MOST_EXACT:
        words = "asymptotic, variance corrected for ties, no continuity correction"
        p_value = _asymptotic_p(differences, zero_rule, continuity=False)
    elif is_untied:
        words = "exact"
        p_value = float(wilcoxon(ranks, method="exact").pvalue)
    else:
        words = "exact, given the tied ranks"
        p_value = _exact_p(ranks)
    if zero_rule == "pratt":
        words += "; zeros ranked, then dropped (Pratt)"
    words += f"; differences to {_DIGITS} digits"
    return PairedTest(
        statistic=statistic,
        p_value=p_value,
        method=words,
        n_zero=n_zero,
        rank_biserial=_rank_biserial(ranks),
    )


def asymptotic_p(
    before: FloatArray, after: FloatArray, *, zero_rule: ZeroRule, continuity: bool
) -> float:
    """Approximate P of Wilcoxon's matched pairs, as much other software prints it.

    Parameters
    ----------
    before, after : ndarray of float64, shape (n_pairs,)
        Values of the same subjects; no NaN.
    zero_rule : {"wilcox", "pratt"}
        Whether pairs without change are dropped before ranking or after it.
    continuity : bool
        Correct the rank sum by one half, as R's `wilcox.test` does unless told not to;
        SPSS does not.

    Returns
    -------
    float
        Two-sided P of the normal approximation with its variance corrected for ties;
        NaN where fewer than two pairs change.

    Raises
    ------
    ValueError
        For NaN, for arrays of different length, or for an unknown rule.
    """
    differences = _differences(before, after)
    if _signed_ranks(differences, zero_rule).size < 2:
        return nan
    return _asymptotic_p(differences, zero_rule, continuity=continuity)


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
    the exact quantile of the signed-rank distribution up to 100 pairs and the normal
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


def _signed_ranks(differences: FloatArray, zero_rule: ZeroRule) -> FloatArray:
    """Rank the changes by their size, with their sign; shape (n_changed,).

    Pratt lets pairs without change take the lowest ranks before they are dropped.
    """
    if zero_rule not in get_args(ZeroRule):
        raise ValueError(f"{zero_rule!r} is no rule for zeros: wilcox or pratt")
    changed = differences[differences != 0]
    ranked = np.abs(changed if zero_rule == "wilcox" else differences)
    ranks = rankdata(ranked)[ranked != 0]
    signed: FloatArray = ranks * np.sign(changed)
    return signed


def _rank_biserial(ranks: FloatArray) -> float:
    """Weigh the ranks of rises against those of falls."""
    if ranks.size == 0:
        return nan
    return float(ranks.sum() / np.abs(ranks).sum())


def _asymptotic_p(
    differences: FloatArray, zero_rule: ZeroRule, *, continuity: bool
) -> float:
    """Compute P of the normal approximation."""
    found = wilcoxon(
        differences, zero_method=zero_rule, method="approx", correction=continuity
    )
    return float(found.pvalue)


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


def _exact_p(ranks: FloatArray) -> float:
    """Compute the two-sided P from all signs that the ranks could bear.

    SciPy has the distribution for the ranks 1, 2, ... n alone.
    """
    # Twice a midrank is whole.
    doubled = np.rint(2 * ranks).astype(np.int64)
    smaller = int(min(doubled[doubled > 0].sum(), -doubled[doubled < 0].sum()))
    chances = _rank_sum_distribution(np.abs(doubled))
    return min(2 * float(chances[: smaller + 1].sum()), 1.0)


def _rank_sum_distribution(ranks: NDArray[np.int64]) -> FloatArray:
    """Compute the chance of each sum 0, 1, 2, ... when every rank counts or does not.

    ndarray of float64, shape (sum of the ranks + 1,).
    """
    chances = np.ones(1)
    for rank in ranks:
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    return chances
