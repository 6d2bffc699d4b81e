"""Find the middle and the spread of very many values."""

from __future__ import annotations

from math import floor, isnan, nan

import numpy as np
from numpy.typing import NDArray

# Shares of a Gaussian below one standard deviation to either side of its middle.
_LOW, _HIGH = 15.87 / 100, 84.13 / 100


def spread_and_middle(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Find the 15.87th, 50th and 84.13th percentile, putting values in another order.

    Parameters
    ----------
    values : ndarray of float64, shape (n_values,)
        Any values; reordered in place.

    Returns
    -------
    low, median, high : float
        The numbers of ``np.percentile`` and ``np.median``, to the bit; NaN without
        values, and where one of them is NaN.

    Notes
    -----
    The median parts the values, and each half is searched for its own percentile: five
    times as fast as numpy's search for several ranks at once.
    """
    if not values.size:
        return nan, nan, nan
    last = values.size - 1
    middle = last // 2
    values.partition(middle)
    upper = values[middle:]
    # numpy puts what is no number last.
    if isnan(float(upper.max())):
        return nan, nan, nan
    first, second = _neighbours(upper, 0)
    median = first if last % 2 == 0 else (first + second) / 2
    lower = values[: middle + 1] if middle else values
    return _at(lower, last * _LOW), median, _at(upper, last * _HIGH - middle)


def _at(values: NDArray[np.float64], place: float) -> float:
    """Value at a place between two ranks, counted from 0, as `np.percentile` has it."""
    rank = floor(place)
    below, above = _neighbours(values, rank)
    share, step = place - rank, above - below
    # numpy goes from the nearer end, which shows in the last digit.
    return below + step * share if share < 0.5 else above - step * (1 - share)


def _neighbours(values: NDArray[np.float64], rank: int) -> tuple[float, float]:
    """Values of a rank and of the next, the same of the last; reorders in place."""
    values.partition(rank)
    above = values[rank + 1 :]
    return float(values[rank]), float(above.min() if above.size else values[rank])
