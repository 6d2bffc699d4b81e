"""Hold the values of single channels, as wide as a file stores them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

StoredColumn = NDArray[np.float32] | NDArray[np.float64]


def as_float64(column: StoredColumn) -> NDArray[np.float64]:
    """Widen a column.

    Parameters
    ----------
    column : ndarray of float32 or float64, shape (n_events,)
        Any values.

    Returns
    -------
    ndarray of float64, shape (n_events,)
        The same values; of a column of float64 itself, no copy.
    """
    # A damaged file may hold signalling NaNs, of which the reader leaves a note.
    with np.errstate(invalid="ignore"):
        return column.astype(np.float64, copy=False)
