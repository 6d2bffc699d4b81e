"""Compare how groups are spread over categories, from a table of counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb, exp, log1p, nan, prod

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import chi2_contingency, random_table
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FISHER = "Fisher's exact, two-sided"
FREEMAN_HALTON = "Fisher-Freeman-Halton exact"
PEARSON = "Pearson's chi-squared"

# Two tables whose chances differ by less are equally probable (as R's fisher.test).
_LOG_TOLERANCE = log1p(1e-7)
_MOST_PARTS = 2_000_000
_N_DRAWS = 100_000
_SEED = 1934


@dataclass(frozen=True)
class TableTest:
    """A test of a table of counts, with all that decides its P value.

    Attributes
    ----------
    test : str
        Name of the test.
    statistic : float
        Chi-squared; for Fisher's test the chance of the observed table given its
        margins. NaN where the test is not defined.
    df : int or None
        Degrees of freedom; None for Fisher's test, which has none.
    p_value : float
        Two-sided P; NaN where the test is not defined.
    method : str
        How P was had, or why not.
    n : int
        Sum of the table.
    """

    test: str
    statistic: float
    df: int | None
    p_value: float
    method: str
    n: int


@dataclass(frozen=True)
class OddsRatio:
    """An odds ratio with its 95 % interval; NaN where there is none."""

    estimate: float
    lo95: float
    hi95: float


def fisher_exact(table: IntArray) -> TableTest:
    """Test whether groups differ in their categories, exactly.

    Parameters
    ----------
    table : ndarray of int64, shape (n_groups, n_categories)
        Counts; at least two groups and two categories.

    Returns
    -------
    TableTest
        Fisher's test for two by two, that of Freeman and Halton for more. Groups and
        categories without any count do not matter; not defined, P NaN and the reason in
        `method`, where fewer than two of either are left.

    Raises
    ------
    ValueError
        For counts that are negative or fractional, or a table of another form.

    Notes
    -----
    P is the chance, given both margins, of all tables that are as probable as the
    observed one or less, equal to a relative 1e-7 as in R's `fisher.test` (Freeman and
    Halton, Biometrika 38:141, 1951). Every table is taken into account, by its two
    halves; where these are more than 2 million, P comes from 100,000 random tables with
    a fixed seed, and `method` says so.
    """
    counts = _counts(table)
    n = int(counts.sum())
    name = FISHER if counts.shape == (2, 2) else FREEMAN_HALTON
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        words = f"not defined: {_left(counts)}"
        return TableTest(name, nan, None, nan, words, n)
    if counts.shape[0] > counts.shape[1]:
        # Fewer rows have fewer sums.
        counts = counts.T
    log_chance = _log_chance_of_margins(counts) + float(_log_weights(counts).sum())
    halves = _halves(counts)
    if sum(_n_parts(counts[:, half]) for half in halves) > _MOST_PARTS:
        p_value = _share_of_random_tables(counts)
        words = f"Monte Carlo, {_N_DRAWS} tables, seed {_SEED}"
    else:
        p_value = _chance_of_rarer_tables(counts, halves, log_chance)
        words = "exact"
    return TableTest(name, exp(log_chance), None, p_value, words, n)


def pearson_chi2(table: IntArray, *, continuity: bool = False) -> TableTest:
    """Test whether groups differ in their categories, by Pearson's chi-squared (1900).

    Parameters
    ----------
    table : ndarray of int64, shape (n_groups, n_categories)
        Counts; at least two groups and two categories.
    continuity : bool, default False
        Correct a table of two by two for continuity (Yates); larger ones are never
        corrected.

    Returns
    -------
    TableTest
        With the smallest expected count in `method`, since P is doubtful where that is
        below 5. Not defined, P NaN and the reason in `method`, where a group or a
        category has no count.

    Raises
    ------
    ValueError
        For counts that are negative or fractional, or a table of another form.
    """
    counts = _counts(table)
    n = int(counts.sum())
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    filled = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if filled.shape != counts.shape:
        return TableTest(PEARSON, nan, df, nan, f"not defined: {_left(filled)}", n)
    is_corrected = continuity and df == 1
    found = chi2_contingency(counts, correction=is_corrected)
    words = "Yates's correction" if is_corrected else "no continuity correction"
    return TableTest(
        test=PEARSON,
        statistic=float(found.statistic),
        df=df,
        p_value=float(found.pvalue),
        method=f"{words}; smallest expected count {found.expected_freq.min():.3g}",
        n=n,
    )


def odds_ratio(table: IntArray) -> OddsRatio:
    """Estimate the odds of the first category in the first group over the second's.

    Parameters
    ----------
    table : ndarray of int64, shape (2, 2)
        Counts, groups in rows.

    Returns
    -------
    OddsRatio
        The conditional maximum likelihood estimate and its exact interval, those of R's
        `fisher.test`; it is not the ratio of the cross products. An empty cell makes
        the estimate 0 or infinite; all is NaN where a group or a category has no count.

    Raises
    ------
    ValueError
        For counts that are negative or fractional, or a table of another form.
    """
    counts = _counts(table)
    if counts.shape != (2, 2):
        raise ValueError(f"an odds ratio takes a table of 2 x 2, got {_form(counts)}")
    if not (counts.sum(axis=0).all() and counts.sum(axis=1).all()):
        return OddsRatio(nan, nan, nan)
    found = scipy_odds_ratio(counts)
    limits = found.confidence_interval(0.95)
    return OddsRatio(float(found.statistic), float(limits.low), float(limits.high))


def _counts(table: IntArray) -> IntArray:
    """Refuse what is no table of counts."""
    counts = np.asarray(table)
    if counts.ndim != 2 or min(counts.shape) < 2:
        raise ValueError(
            "a table of counts has at least 2 groups and 2 categories, got "
            f"{_form(counts)}"
        )
    # NaN is no whole number either.
    if not (counts == np.floor(counts)).all() or np.isinf(counts).any():
        raise ValueError(f"counts are whole numbers, got {counts.tolist()}")
    if (counts < 0).any():
        raise ValueError(f"a count cannot be negative, got {counts.tolist()}")
    return counts.astype(np.int64)


def _form(counts: NDArray[np.generic]) -> str:
    """Write the shape of a table, such as `2 x 3`."""
    return " x ".join(str(length) for length in counts.shape)


def _left(filled: IntArray) -> str:
    """Say how many groups and categories have any count."""
    groups, categories = filled.shape
    return f"groups with any count: {groups}, categories: {categories}"


def _log_weights(counts: IntArray) -> FloatArray:
    """Weigh every column; the weight of a table is the product of its columns'.

    ndarray of float64, shape (n_columns,): -log of the product of factorials.
    """
    weights: FloatArray = -gammaln(counts + 1.0).sum(axis=0)
    return weights


def _log_chance_of_margins(counts: IntArray) -> float:
    """Compute the logarithm of what the weights are multiplied by to be chances."""
    margins = np.concatenate([counts.sum(axis=0), counts.sum(axis=1)])
    return float(gammaln(margins + 1.0).sum() - gammaln(counts.sum() + 1.0))


def _n_parts(counts: IntArray) -> int:
    """Count the ways to spread the sum of every column over the rows."""
    n_rows = len(counts)
    return prod(comb(int(total) + n_rows - 1, n_rows - 1) for total in counts.sum(0))


def _halves(counts: IntArray) -> tuple[list[int], list[int]]:
    """Divide the columns, large from small, where both halves have the fewest parts."""
    order = np.argsort(counts.sum(axis=0), kind="stable").tolist()
    splits = [(order[:i], order[i:]) for i in range(1, len(order))]
    return min(splits, key=lambda two: sum(_n_parts(counts[:, half]) for half in two))


def _chance_of_rarer_tables(
    counts: IntArray, halves: tuple[list[int], list[int]], log_chance: float
) -> float:
    """Add the chances of all tables as probable as the observed one, or less.

    A table is a part over some columns and one over the others whose row sums complete
    the margins; sorted weights of the one are looked up for each weight of the other.
    """
    rows = counts.sum(axis=1)
    scale = _log_chance_of_margins(counts)
    most = log_chance + _LOG_TOLERANCE - scale
    first, second = (_parts(counts[:, half].sum(axis=0), rows) for half in halves)
    total = 0.0
    for sums, weights in first.items():
        # Whatever is left of the rows can be filled, since the totals agree.
        others = second[tuple((rows - sums).tolist())]
        highest, highest_other = weights.max(), others.max()
        cumulated = np.append(0, np.cumsum(np.exp(others - highest_other)))
        n_rarer = np.searchsorted(others, most - weights, side="right")
        share = float(np.exp(weights - highest) @ cumulated[n_rarer])
        total += share * exp(float(highest + highest_other) + scale)
    return min(total, 1.0)


def _parts(totals: IntArray, rows: IntArray) -> Mapping[tuple[int, ...], FloatArray]:
    """List the logarithmic weights of all fillings of some columns, by their row sums.

    Sorted from the least; ndarray of float64, shape (n_fillings,) each.
    """
    sums = np.zeros((1, rows.size), dtype=np.int64)
    weights = np.zeros(1)
    for total in totals:
        columns = _columns_of(int(total), rows)
        sums = (sums[:, None] + columns).reshape(-1, rows.size)
        weights = (weights[:, None] + _log_weights(columns.T)).ravel()
        is_possible = (sums <= rows).all(axis=1)
        sums, weights = sums[is_possible], weights[is_possible]
    order = np.lexsort((weights, *sums.T[::-1]))
    sums, weights = sums[order], weights[order]
    starts = np.flatnonzero(np.append(True, (np.diff(sums, axis=0) != 0).any(axis=1)))
    keys = [tuple(one) for one in sums[starts].tolist()]
    return dict(zip(keys, np.split(weights, starts[1:]), strict=True))


def _columns_of(total: int, rows: IntArray) -> IntArray:
    """List all columns with a sum, shape (n_columns, n_rows), none above its row."""
    columns = np.zeros((1, 0), dtype=np.int64)
    for row in rows[:-1]:
        values = np.arange(min(total, int(row)) + 1)
        columns = np.column_stack(
            [np.repeat(columns, values.size, axis=0), np.tile(values, len(columns))]
        )
        columns = columns[columns.sum(axis=1) <= total]
    last = total - columns.sum(axis=1)
    whole: IntArray = np.column_stack([columns, last])[last <= rows[-1]]
    return whole


def _share_of_random_tables(counts: IntArray) -> float:
    """Estimate P from random tables with the same margins, the observed one among them.

    Patefield's algorithm, as SciPy has it.
    """
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    drawn = random_table.rvs(
        rows, columns, size=_N_DRAWS, random_state=np.random.default_rng(_SEED)
    )
    log_weights = -gammaln(drawn + 1.0).sum(axis=(1, 2))
    most = float(_log_weights(counts).sum()) + _LOG_TOLERANCE
    return (1 + int((log_weights <= most).sum())) / (1 + _N_DRAWS)
