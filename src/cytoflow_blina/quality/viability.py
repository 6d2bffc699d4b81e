"""Check how many cells were alive."""

from __future__ import annotations

from math import nan

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import TubeMeasurements

MARKER = "viability"
"""Name by which a panel calls a dye that dead cells take up."""

_DEAD_DECADES = 1.0
_FEWEST = 20


def measure_viability(signal: FloatArray) -> float:
    """Measure the share of living cells.

    Parameters
    ----------
    signal : ndarray of float64, shape (n_leukocytes,)
        The dye on leukocytes, compensated, linear units.

    Returns
    -------
    float
        Percent, 0 to 100; NaN below 20 events.

    Notes
    -----
    Living cells are the dimmer ones: a cell that is ten times as bright as the lower
    quartile is dead (design choice; dead cells take up about a hundred times as much).
    """
    if signal.size < _FEWEST:
        return nan
    living = max(float(np.percentile(signal, 25)), 1.0)
    is_dead = signal > living * 10**_DEAD_DECADES
    return 100 * (1 - float(np.count_nonzero(is_dead)) / signal.size)


def viability(tube: TubeMeasurements) -> Measured:
    """Take the share of living leukocytes; few are bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured
        In percent; NaN for a panel without a dye for it.

    Notes
    -----
    At least 85 %, failing below 75 (professional knowledge, medium confidence). TBNK
    panels have no such dye.
    """
    share = tube.quality.viable_percent
    if share is None:
        return Measured(nan, "Not measured: the panel has no viability dye.")
    if np.isnan(share):
        return Measured(nan, "Not measured: too few leukocytes.")
    return Measured(share, f"{share:.1f} % of the leukocytes were alive.")


VIABILITY = (Check("QC_VIAB", "%", viability),)
