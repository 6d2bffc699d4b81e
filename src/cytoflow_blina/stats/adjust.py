"""Adjust P values for the number of tests in their family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests

FloatArray = NDArray[np.float64]


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
    return _adjusted(p_values, "holm")


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
    return _adjusted(p_values, "fdr_bh")


ADJUSTMENTS: Mapping[str, Callable[[FloatArray], FloatArray]] = MappingProxyType(
    {"holm": holm, "bh": benjamini_hochberg}
)


def _adjusted(p_values: FloatArray, method: str) -> FloatArray:
    """Adjust what is defined by a method of statsmodels."""
    adjusted = np.full(p_values.shape, np.nan)
    is_defined = ~np.isnan(p_values)
    if is_defined.any():
        adjusted[is_defined] = multipletests(p_values[is_defined], method=method)[1]
    return adjusted
