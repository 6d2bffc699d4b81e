"""Check that the tube ran steadily."""

from __future__ import annotations

from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import TubeMeasurements
from cytoflow_blina.quality.time_course import sentence


def steady_time(tube: TubeMeasurements) -> Measured:
    """Take the share of the time with a steady event rate; little is bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured
        In percent; NaN where Time cannot be used.

    Notes
    -----
    Not measured where Time is absent, wrapped or clipped. Limits: design choice after
    flowAI and PeacoQC.
    """
    return Measured(tube.quality.time.kept_percent, sentence(tube.quality.time))


STEADINESS = (Check("QC_TIME", "%", steady_time),)
