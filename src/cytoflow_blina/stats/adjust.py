"""Adjust P values for the number of tests in their family."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
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
    adjusted = np.full(p_values.shape, np.nan)
    is_defined = ~np.isnan(p_values)
    if is_defined.any():
        adjusted[is_defined] = multipletests(p_values[is_defined], method="holm")[1]
    return adjusted
