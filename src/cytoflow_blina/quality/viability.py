"""Check how many cells were alive."""

from __future__ import annotations

from math import nan

import numpy as np
from scipy.ndimage import gaussian_filter1d

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import TubeMeasurements

MARKER = "viability"
"""Name by which a panel calls a dye that dead cells take up."""

_DEAD_DECADES = 1.0
_FEWEST = 20
_FEWEST_OF_MODE = 10
_LEAST_SHARE = 0.005
_DEEPEST = 0.5
_BIN_DECADES = 0.02
_NARROWEST = 0.1  # decades
_WIDEST = 0.5  # decades, of one event; it narrows with their number as usual
_NOISE = 3 * 1.4826  # three standard deviations over a median deviation


def measure_viability(signal: FloatArray) -> float:
    """Measure the share of living cells.

    Parameters
    ----------
    signal : ndarray of float64, shape (n_leukocytes,)
        The dye on leukocytes, compensated, linear units.

    Returns
    -------
    float
        Percent, 0 to 100; NaN below 20 events, and where living and dead cells do not
        stand apart, as one population alone may be either.

    Notes
    -----
    Living cells are those below the deepest valley of the logarithm of the signal. It
    must be at most half as high as the lower of the modes beside it, which lie a decade
    apart at least (dead cells take up about a hundred times as much); either side must
    hold 10 events and 0.5 %: design choice. Signals within the noise about 0, told by
    the negative ones, are one.
    """
    if signal.size < _FEWEST:
        return nan
    negative = -signal[signal < 0]
    floor = max(_NOISE * float(np.median(negative)), 1.0) if negative.size else 1.0
    decades = np.log10(np.maximum(signal, floor))
    border = _deepest_valley(decades)
    if np.isnan(border):
        return nan
    return 100 * float(np.count_nonzero(decades < border)) / signal.size


def _deepest_valley(decades: FloatArray) -> float:
    """Find the valley between living and dead cells; NaN where there is none."""
    width = max(_NARROWEST, _WIDEST * decades.size**-0.2)
    low, high = decades.min() - 3 * width, decades.max() + 3 * width
    n_bins = int((high - low) / _BIN_DECADES) + 1
    counts, edges = np.histogram(decades, n_bins, (low, high))
    density = gaussian_filter1d(
        counts.astype(np.float64), width / (edges[1] - edges[0])
    )
    places = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    least = max(_FEWEST_OF_MODE, _LEAST_SHARE * decades.size)
    found: dict[int, float] = {}
    for at in np.flatnonzero((below >= least) & (decades.size - below >= least)):
        left = int(np.argmax(density[: at + 1]))
        right = at + int(np.argmax(density[at:]))
        height = density[at] / min(density[left], density[right])
        if places[right] - places[left] >= _DEAD_DECADES and height <= _DEEPEST:
            found[int(at)] = float(height)
    if not found:
        return nan
    deepest = min(found.values())
    # The middle of a stretch without events.
    flat = [at for at, height in found.items() if height <= deepest + 1e-9]
    return float(places[flat[len(flat) // 2]])


def viability(tube: TubeMeasurements) -> Measured:
    """Take the share of living leukocytes; few are bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured
        In percent; NaN for a panel without a dye for it, and where living and dead
        cells do not stand apart.

    Notes
    -----
    At least 85 %, failing below 75 (professional knowledge, medium confidence). TBNK
    panels have no such dye.
    """
    share = tube.quality.viable_percent
    if share is None:
        return Measured(nan, "Not measured: the panel has no viability dye.")
    if np.isnan(share):
        if tube.quality.n_leukocytes < _FEWEST:
            return Measured(nan, "Not measured: too few leukocytes.")
        words = "living and dead leukocytes do not stand apart"
        return Measured(nan, f"Not measured: {words}.")
    return Measured(share, f"{share:.1f} % of the leukocytes were alive.")


VIABILITY = (Check("QC_VIAB", "%", viability),)
