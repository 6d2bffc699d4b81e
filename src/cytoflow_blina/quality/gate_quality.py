"""Check the lymphocyte gate against the lymphocytes that other markers show."""

from __future__ import annotations

from math import nan

from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import TubeMeasurements

NOISE = 9
"""Fewer events, whose counting error is more than a third of them, are no finding."""

_TOO_FEW = f"Not judged: fewer than {NOISE} events are too few to tell it from chance."


def purity(tube: TubeMeasurements) -> Measured | None:
    """Take the lymphocytes among the events of their gate; few are bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In percent; NaN where lymphocytes show no marker of their own; None where the
        template has no lymphocyte gate.

    Notes
    -----
    At least 90 %, failing below 85: MMWR 1997;46(RR-2) and CLSI H42 style; 85, 90 and
    95 vary by edition (professional knowledge, medium confidence). It is not the
    lymphosum: a lymphocyte without any of the three lineage markers is pure. A share
    outside the limits that fewer than nine foreign events make is not judged.
    """
    gate = tube.quality.gate
    if gate is None:
        return None
    if gate.problem:
        return Measured(nan, f"Not measured: {gate.problem}.")
    return Measured(
        gate.purity_percent,
        f"{gate.purity_percent:.1f} % of the events in the lymphocyte gate are "
        f"lymphocytes, about {gate.n_foreign:.0f} are not.",
        too_few=_TOO_FEW if gate.n_foreign < NOISE else "",
    )


def recovery(tube: TubeMeasurements) -> Measured | None:
    """Take the lymphocytes that their gate caught among all; few are bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In percent; NaN where lymphocytes show no marker of their own; None where the
        template has no lymphocyte gate.

    Notes
    -----
    At least 95 %, failing below 90: MMWR 1997;46(RR-2) and CLSI H42 style (professional
    knowledge, medium confidence). A share outside the limits that fewer than nine lost
    events make is not judged.
    """
    gate = tube.quality.gate
    if gate is None:
        return None
    if gate.problem:
        return Measured(nan, f"Not measured: {gate.problem}.")
    return Measured(
        gate.recovery_percent,
        f"{gate.recovery_percent:.1f} % of the lymphocytes that show a marker lie in "
        f"the lymphocyte gate, {gate.n_lost:.0f} lie outside.",
        too_few=_TOO_FEW if gate.n_lost < NOISE else "",
    )


GATE_QUALITY = (
    Check("QC_PURITY", "%", purity),
    Check("QC_RECOVERY", "%", recovery),
)
