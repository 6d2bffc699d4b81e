"""Check that the tube ran steadily."""

from __future__ import annotations

from math import nan

from cytoflow_blina.quality.carry_over import FIRST_S
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


def drift(tube: TubeMeasurements) -> Measured | None:
    """Take how far CD45 of lymphocytes or the beads drift over the run; much is bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In decades; NaN with too few events; None without a lymphocyte gate.

    Notes
    -----
    Largest less smallest median of five parts of the run (`measure_drift`). At most
    0.05 decade, failing above 0.10: design choice, after flowAI and PeacoQC. What
    counting alone explains is no drift beyond chance, and passes.
    """
    found = tube.quality.drift
    if found is None:
        return None
    if not found.what:
        return Measured(nan, "Not measured: too few lymphocytes and beads.")
    is_noise = found.decades < found.by_chance
    chance = ", no more than counting alone makes" if is_noise else ""
    return Measured(
        found.decades,
        f"The median of {found.what} moved within {found.decades:.3f} decade{chance}.",
        is_noise=is_noise,
    )


def carry_over(tube: TubeMeasurements) -> Measured:
    """Take the events that came with the first seconds alone; many are bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured
        In percent of all events; NaN where the run is short.

    Notes
    -----
    At most 1 %, failing above 2: the limits of the series of high and low samples by
    which an instrument is tested, 100 (L1 - L3) / (H3 - L3) (professional knowledge,
    medium confidence). One tube shows it where its mixture differs from that of the
    tube before (`measure_carry_over`). Where Time cannot be used, the first tenth of
    the events stands for the first two seconds.
    """
    found = tube.quality.carry_over
    if found.problem:
        return Measured(nan, f"Not measured: {found.problem}.")
    when = f"in the first {FIRST_S:g} s"
    if found.is_by_order:
        when = "in the first tenth of them, as Time cannot be used"
    chance = ", no more than counting alone makes" if found.by_chance else ""
    return Measured(
        found.percent,
        f"{found.percent:.2f} % of the events came in excess {when}{chance}.",
        is_noise=found.by_chance,
    )


STEADINESS = (
    Check("QC_TIME", "%", steady_time),
    Check("QC_DRIFT", "decades", drift),
    Check("QC_CARRYOVER", "%", carry_over),
)
