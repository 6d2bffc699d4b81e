"""Estimate densities on a grid, fast and without random numbers."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from cytoflow_blina.domain.events import FloatArray

BIN_WIDTH = 1 / 512
BANDWIDTH = 0.018
"""Standard deviation of the Gaussian where a template names none, display units."""

LEFT, RIGHT = -0.2, 1.2
"""Ends of the grid for thresholds, display units."""


def smooth_histogram(
    values: FloatArray, low: float, high: float, *, bin_width: float, bandwidth: float
) -> tuple[FloatArray, FloatArray]:
    """Count events in narrow bins and smooth the counts with a Gaussian.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        Display units; values outside `low` to `high` are left out.
    low, high : float
        Ends of the grid, display units.
    bin_width, bandwidth : float
        Width of a bin and standard deviation of the Gaussian, display units.

    Returns
    -------
    centers : ndarray of float64, shape (n_bins,)
        Middle of each bin.
    density : ndarray of float64, shape (n_bins,)
        Smoothed number of events in each bin; zeros where there are no events.
    """
    n_bins = max(8, round((high - low) / bin_width))
    counts, edges = np.histogram(values, bins=n_bins, range=(low, high))
    width = (high - low) / n_bins
    density = ndimage.gaussian_filter1d(
        counts.astype(np.float64), bandwidth / width, mode="constant"
    )
    return (edges[:-1] + edges[1:]) / 2, density


def on_grid(values: FloatArray, bandwidth: float) -> tuple[FloatArray, FloatArray]:
    """Smooth the events of one marker on the grid on which thresholds are sought.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        Display units; events beyond the grid are counted at its ends.
    bandwidth : float
        Standard deviation of the Gaussian, display units.

    Returns
    -------
    centers, density : ndarray of float64, shape (n_bins,)
        As from `smooth_histogram`.
    """
    return smooth_histogram(
        np.clip(values, LEFT, RIGHT),
        LEFT,
        RIGHT,
        bin_width=BIN_WIDTH,
        bandwidth=bandwidth,
    )


def robust_spread(values: FloatArray) -> float:
    """Estimate a standard deviation from the middle 68 % of the events.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        Any unit.

    Returns
    -------
    float
        Half the distance of the 15.87th and 84.13th percentile, same unit; NaN
        without events.
    """
    if values.size == 0:
        return float("nan")
    low, high = np.percentile(values, [15.87, 84.13])
    return float(high - low) / 2
