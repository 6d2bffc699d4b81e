"""Check that there is enough to count."""

from __future__ import annotations

from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import TubeMeasurements


def event_count(tube: TubeMeasurements) -> Measured:
    """Count the events of the file; few are bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured
        Number of events.

    Notes
    -----
    A tube that stopped early. Source of the limits: design choice.
    """
    return Measured(tube.n_events, f"{tube.n_events} events in the file.")


def lymphocyte_count(tube: TubeMeasurements) -> Measured | None:
    """Count the events of the lymphocyte gate; few are bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        Number of events; None for a tube whose template has no such gate.

    Notes
    -----
    2,500 is the regulatory number; 1,000 or 500 gave no significant difference in 59
    specimens (Lapé-Nixon and Prince 1996, Cytometry 26:223). In lymphopenia the
    intervals say what the number is worth, so low counts exclude nothing.
    """
    if not tube.counts_lymphocytes:
        return None
    return Measured(
        tube.n_lymphocytes, f"{tube.n_lymphocytes} events in the lymphocyte gate."
    )


def bead_count(tube: TubeMeasurements) -> Measured | None:
    """Count the beads; few are bad, and none means that nothing can be counted.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        Number of events; None where the sample is not counted by beads.

    Notes
    -----
    Applies to the bead method. 1,000 beads alone give a CV of 3.2 %, 2,500 of 2.0 %
    (calculation; 1,000 is commonly used, professional knowledge of medium confidence).
    """
    if tube.count_method != "bead":
        return None
    n_beads = tube.n_beads or 0
    if n_beads == 0:
        return Measured(0, "No beads found: cells/µL cannot be computed.")
    cv_percent = 100 / n_beads**0.5
    return Measured(
        n_beads, f"{n_beads} beads, whose counting error alone is {cv_percent:.1f} %."
    )


EVENT_COUNTS = (
    Check("QC_N_EVENTS", "events", event_count),
    Check("QC_N_LYMPH", "events", lymphocyte_count),
    Check("QC_N_BEADS", "events", bead_count),
)
