"""Estimate how much of a logicle axis is linear around zero."""

from __future__ import annotations

import numpy as np

from cytoflow_blina.domain.events import FloatArray

USUAL = 0.5
"""Where too few events are negative to show a spread."""

LEAST = 0.2
MOST_OF_TOTAL = 0.4
"""Wider, no decade of the axis is left for positive events; share of all decades."""

FEWEST = 50
"""With fewer negative events their percentile is one outlier or another."""

PERCENTILE = 5


def estimate_linear_decades(
    values: FloatArray, top: float, total_decades: float
) -> float:
    """Choose the linear decades of a logicle scale from the negative events.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One detector, compensated, linear units.
    top : float
        Upper end of the scale, linear units.
    total_decades : float
        Length of the scale.

    Returns
    -------
    float
        W of the scale. 0.5 with fewer than fifty negative events.

    Notes
    -----
    ``W = (M - log10(T / |r|)) / 2``, where ``r`` is the fifth percentile of the events
    below zero: then the events that compensation spreads around zero fill the linear
    part and make one peak instead of two (Parks, Roederer & Moore, Cytometry A
    2006;69:541). Bounded, so that neither a few outliers nor a detector without any
    signal bend the axis out of shape.
    """
    negative = values[values < 0]
    if negative.size < FEWEST or top <= 0:
        return USUAL
    reference = abs(float(np.percentile(negative, PERCENTILE)))
    estimate = (total_decades - np.log10(top / reference)) / 2
    return float(np.clip(estimate, LEAST, MOST_OF_TOTAL * total_decades))
