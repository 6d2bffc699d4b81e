"""Hold a spillover matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Spillover:
    """Share of each fluorochrome's light that other detectors see.

    Attributes
    ----------
    detectors : tuple of str
        Detectors, in the order of rows and columns.
    matrix : ndarray of float64, shape (n_detectors, n_detectors)
        Row: the fluorochrome of a detector. Column: the detector that sees it.
        The diagonal is 1.
    """

    detectors: tuple[str, ...]
    matrix: NDArray[np.float64]
