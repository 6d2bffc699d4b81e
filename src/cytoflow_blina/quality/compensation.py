"""Check that no spill was left, and none subtracted that was not there."""

from __future__ import annotations

from math import nan

from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import TubeMeasurements
from cytoflow_blina.quality.residual_spill import ResidualSpill


def compensation(tube: TubeMeasurements) -> Measured | None:
    """Take the largest spill left between two dyes; both ways bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In percent of the dye's signal, above 0 under-compensated and below 0
        over-compensated; NaN where no pair of dyes could be compared; None where the
        tube has no lymphocyte gate.

    Notes
    -----
    Looks at dyes whose marker some lymphocytes carry and others do not
    (`measure_residual_spill`). Within 2 % of the bright signal, failing beyond 5:
    design choice.
    """
    spills = tube.quality.spill
    if spills is None:
        return None
    if not spills:
        return Measured(
            nan, "Not measured: too few lymphocytes with and without any one marker."
        )
    worst = max(spills, key=lambda one: abs(one.percent))
    done = "too little" if worst.percent > 0 else "too much"
    return Measured(
        worst.percent, f"{_in_words(worst)}: at most that much {done} was subtracted."
    )


def tandem(tube: TubeMeasurements) -> Measured | None:
    """Take what is left of a tandem dye in the detector of its donor; much is bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In percent of the tandem's signal; NaN where none could be compared; None where
        the tube has no tandem dye beside its donor.

    Notes
    -----
    A tandem that light or age has broken shines as its donor does: PE-Cy7 as PE. From
    one tube this cannot be told from too little compensation of that pair, which
    QC_COMP shows as well. At most 2 %, failing above 5: design choice.
    """
    if not tube.quality.has_tandem or tube.quality.spill is None:
        return None
    spills = [one for one in tube.quality.spill if one.is_of_tandem]
    if not spills:
        return Measured(nan, "Not measured: too few lymphocytes carry a tandem dye.")
    worst = max(spills, key=lambda one: one.percent)
    return Measured(worst.percent, f"{_in_words(worst)}.")


def _in_words(spill: ResidualSpill) -> str:
    """Say what is seen where."""
    return (
        f"{spill.percent:+.1f} % of the signal of {spill.source} is left in the "
        f"detector of {spill.target}"
    )


COMPENSATION = (
    Check("QC_COMP", "%", compensation),
    Check("QC_TANDEM", "%", tandem),
)
