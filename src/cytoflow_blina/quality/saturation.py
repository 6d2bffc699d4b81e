"""Check that fluorescence stays below the top of its scale."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import TubeMeasurements

# A step of a logarithmic scale of 256 channels is 3.6 %: the top channel of such a
# scale lies that far below its end.
_NEAR_TOP = 0.96
_AT_TOP = 0.999


def measure_saturation(values: NDArray[np.float64], range_max: float) -> float:
    """Measure the share of events at the top of a scale.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One fluorescence in linear units as measured, without beads, which are made to
        be bright.
    range_max : float
        Upper end of the linear scale.

    Returns
    -------
    float
        Percent of the events in the top channel, 0 to 100; 0 where even the brightest
        event lies below it, NaN without events.
    """
    if values.size == 0:
        return nan
    brightest = min(float(values.max()), range_max)
    if brightest < _NEAR_TOP * range_max:
        return 0.0
    return 100 * float(np.count_nonzero(values >= _AT_TOP * brightest)) / values.size


def saturation(tube: TubeMeasurements) -> Measured:
    """Take the worst share of events in a top channel; many are bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured
        In percent; NaN where no fluorescence was measured.

    Notes
    -----
    Looks at every fluorescence that a gate uses. Limits: design choice.
    """
    shares = {
        marker: share
        for marker, share in tube.quality.saturation_percent.items()
        if not isnan(share)
    }
    if not shares:
        return Measured(nan, "No fluorescence was measured.")
    worst = max(sorted(shares), key=lambda marker: shares[marker])
    return Measured(
        shares[worst], f"{worst}: {shares[worst]:.2f} % of the events at the top."
    )


def measure_axis_pileup(
    stored: NDArray[np.float64], negatives: NDArray[np.bool_]
) -> float:
    """Measure the share of negative events in the lowest channel of a log scale.

    Parameters
    ----------
    stored : ndarray of float64, shape (n_events,)
        One fluorescence, stored in logarithmic channels, in linear units.
    negatives : ndarray of bool, shape (n_events,)
        Lymphocytes that do not carry the marker.

    Returns
    -------
    float
        Percent of the negative events, 0 to 100; NaN without such events.

    Notes
    -----
    What compensation took below one unit cannot leave the logarithmic amplifier. The
    lowest channel is the lowest value that any event of the tube has.
    """
    n_negatives = int(np.count_nonzero(negatives))
    if not n_negatives:
        return nan
    n_lowest = int(np.count_nonzero(stored[negatives] == stored.min()))
    return 100 * n_lowest / n_negatives


def axis_pileup(tube: TubeMeasurements) -> Measured | None:
    """Take the worst share of negative events in a lowest channel; many are bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In percent; NaN without lymphocytes of any kind; None where the cytometer stored
        no logarithmic channels.

    Notes
    -----
    Applies to a FACSCalibur and its like. Above 60 % the negatives have no peak and no
    valley beside it; it is also how over-compensation shows there. Limits: design
    choice.
    """
    shares = tube.quality.axis_percent
    if shares is None:
        return None
    found = {marker: share for marker, share in shares.items() if not isnan(share)}
    if not found:
        return Measured(nan, "Not measured: no lymphocytes without some marker.")
    worst = max(sorted(found), key=lambda marker: found[marker])
    return Measured(
        found[worst],
        f"{worst}: {found[worst]:.0f} % of the negative lymphocytes lie in the lowest "
        "channel.",
    )


SATURATION = (
    Check("QC_SAT", "%", saturation),
    Check("QC_AXIS", "%", axis_pileup),
)
