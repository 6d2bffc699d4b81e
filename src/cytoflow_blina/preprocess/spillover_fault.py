"""Say why a spillover matrix cannot be undone."""

from __future__ import annotations

import numpy as np

from cytoflow_blina.domain.spillover import Spillover

# A matrix so near to singular would multiply the noise of a detector a millionfold.
_WORST_CONDITION = 1e6


def spillover_fault(spillover: Spillover) -> str:
    """Say why a matrix cannot be undone.

    Parameters
    ----------
    spillover : Spillover
        The matrix; one without detectors can be undone.

    Returns
    -------
    str
        The end of a sentence that begins with the matrix; empty where it is sound.
    """
    n_detectors = len(spillover.detectors)
    if not n_detectors:
        return ""
    if spillover.matrix.shape != (n_detectors, n_detectors):
        return (
            f"has the shape {spillover.matrix.shape} for {n_detectors} detectors; "
            "expected as many rows and columns."
        )
    if not np.isfinite(spillover.matrix).all():
        return "holds what is no number."
    if not np.linalg.cond(spillover.matrix) < _WORST_CONDITION:
        return (
            "cannot be inverted: two of its detectors "
            f"({', '.join(spillover.detectors)}) see the same light. Calculate it "
            "again from single stains."
        )
    return ""
