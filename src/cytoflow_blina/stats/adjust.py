"""Adjust P values for the number of tests in their family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

FloatArray = NDArray[np.float64]
Adjust = Callable[[FloatArray], FloatArray]


def holm(p_values: FloatArray) -> FloatArray:
    """Adjust P values by Holm's step-down method (1979).

    Parameters
    ----------
    p_values : ndarray of float64, shape (n_tests,)
        NaN where a test is not defined; such tests do not count.

    Returns
    -------
    ndarray of float64, shape (n_tests,)
        In the same order, NaN where NaN was.
    """
    return _adjusted(p_values, _step_down)


def benjamini_hochberg(p_values: FloatArray) -> FloatArray:
    """Adjust P values by Benjamini and Hochberg's step-up method (1995).

    Parameters
    ----------
    p_values : ndarray of float64, shape (n_tests,)
        NaN where a test is not defined; such tests do not count.

    Returns
    -------
    ndarray of float64, shape (n_tests,)
        In the same order, NaN where NaN was.

    Notes
    -----
    Holm bounds the chance of any false claim in the family, this the expected share of
    false claims among all claims; it holds for tests that are independent or rise and
    fall together.
    """
    return _adjusted(p_values, false_discovery_control)


ADJUSTMENTS: Mapping[str, Callable[[FloatArray], FloatArray]] = MappingProxyType(
    {"holm": holm, "bh": benjamini_hochberg}
)


def _adjusted(p_values: FloatArray, adjust: Adjust) -> FloatArray:
    """Adjust what is defined."""
    adjusted = np.full(p_values.shape, np.nan)
    is_defined = ~np.isnan(p_values)
    if is_defined.any():
        adjusted[is_defined] = adjust(p_values[is_defined])
    return adjusted


def _step_down(p_values: FloatArray) -> FloatArray:
    """Multiply each P by the tests that are left, from the smallest up.

    statsmodels' own collects garbage at every call, which takes a hundred times as
    long as all the rest.
    """
    order = np.argsort(p_values)
    n_left = np.arange(p_values.size, 0, -1)
    rising = np.maximum.accumulate(p_values[order] * n_left)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(rising, 1.0)
    return adjusted
