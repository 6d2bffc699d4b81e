"""Score rank tests as normal deviates, many candidate cohorts at once."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

FloatArray = NDArray[np.float64]


def z_of_p(p: float) -> float:
    """Deviate of a two-sided P."""
    return float(norm.isf(p / 2))


@cache
def signed_rank_deviates(n: int) -> FloatArray:
    """Deviate of each sum of positive ranks of n untied differences, exactly."""
    chances = np.ones(1)
    for rank in range(1, n + 1):
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    return _deviates(chances)


@cache
def rank_sum_deviates(n_a: int, n_b: int) -> FloatArray:
    """Deviate of each U of two samples without ties, exactly."""
    # Ways to choose i of the ranks so far with a given sum, less the smallest sum.
    ways = [np.zeros(n_a * n_b + 1) for _ in range(n_a + 1)]
    ways[0][0] = 1.0
    for rank in range(1, n_a + n_b + 1):
        for chosen in range(min(rank, n_a), 0, -1):
            shift = rank - chosen
            if shift <= n_a * n_b:
                ways[chosen][shift:] += ways[chosen - 1][: n_a * n_b + 1 - shift]
    return _deviates(ways[n_a] / ways[n_a].sum())


def _deviates(chances: FloatArray) -> FloatArray:
    """Turn the distribution of a symmetric statistic into signed deviates."""
    lower = np.minimum(2 * np.cumsum(chances), 1.0)
    upper = np.minimum(2 * np.cumsum(chances[::-1])[::-1], 1.0)
    return np.where(lower < upper, -norm.isf(lower / 2), norm.isf(upper / 2))


def ranks_of(values: FloatArray) -> FloatArray:
    """Rank along the second axis, ties in order: (candidates, n, ...)."""
    order = np.argsort(values, axis=1, kind="stable")
    ranks = np.empty(values.shape)
    numbers = np.arange(1.0, values.shape[1] + 1).reshape(
        (1, -1) + (1,) * (values.ndim - 2)
    )
    np.put_along_axis(ranks, order, np.broadcast_to(numbers, values.shape), axis=1)
    return ranks


def paired_z(differences: FloatArray) -> FloatArray:
    """Signed deviates of Wilcoxon's test, zeros dropped; (candidates, n, tests)."""
    ranks = ranks_of(np.abs(differences))
    n_zero = (differences == 0).sum(axis=1)
    n = differences.shape[1] - n_zero
    positive = ((ranks - n_zero[:, None]) * (differences > 0)).sum(axis=1)
    scores = np.empty(positive.shape)
    for size in np.unique(n):
        of_size = n == size
        table = signed_rank_deviates(int(size))
        scores[of_size] = table[positive[of_size].astype(np.int64)]
    return scores


def group_z(first: FloatArray, second: FloatArray) -> FloatArray:
    """Signed deviates of the test of Mann and Whitney; (candidates, n, tests).

    Positive where the first group is larger. Ties share their ranks; the table of
    untied values serves them, which the final check does not.
    """
    n_a, n_b = first.shape[1], second.shape[1]
    wins = np.zeros((first.shape[0], first.shape[2]))
    for test in range(first.shape[2]):
        a, b = first[:, :, None, test], second[:, None, :, test]
        wins[:, test] = (a > b).sum(axis=(1, 2)) + (a == b).sum(axis=(1, 2)) / 2
    table = rank_sum_deviates(n_a, n_b)
    return np.interp(wins, np.arange(table.size), table)


def exact_paired_p(before: FloatArray, after: FloatArray) -> float:
    """Two-sided P of Wilcoxon's test, zeros dropped, exact with the tied ranks."""
    differences = np.round(after - before, 9)
    differences = differences[differences != 0]
    if differences.size < 2:
        return float("nan")
    doubled = np.rint(2 * rankdata(np.abs(differences))).astype(np.int64)
    smaller = min(doubled[differences > 0].sum(), doubled[differences < 0].sum())
    chances = np.ones(1)
    for rank in doubled:
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    return min(1.0, 2 * float(chances[: int(smaller) + 1].sum()))


def exact_group_p(first: FloatArray, second: FloatArray) -> float:
    """Two-sided P of the test of Mann and Whitney, exact with the tied ranks."""
    pooled = np.round(np.concatenate([first, second]), 9)
    doubled = np.rint(2 * rankdata(pooled)).astype(np.int64)
    n_a, total = first.size, int(doubled.sum())
    ways = np.zeros((n_a + 1, total + 1))
    ways[0, 0] = 1.0
    for rank in doubled:
        ways[1:, rank:] += ways[:-1, : total + 1 - rank].copy()
    chances = ways[n_a] / ways[n_a].sum()
    expected = n_a * (pooled.size + 1)
    distance = abs(int(doubled[:n_a].sum()) - expected)
    sums = np.arange(total + 1)
    return min(1.0, float(chances[np.abs(sums - expected) >= distance].sum()))
