"""Check that no spill was left, and none subtracted that was not there."""

from __future__ import annotations

from math import nan

from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import TubeMeasurements
from cytoflow_blina.quality.residual_spill import ResidualSpill

LEAST_SHIFT = 0.5
"""Cells moved by less, in standard deviations of the others, do not stand apart."""

LEAST_SHIFT_WITHIN = 1.0
"""The same where all cells carry the dye, so that its own noise bends the slope."""


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
    design choice. What moves stained cells by less than half a standard deviation of
    unstained ones cannot be seen and passes; by less than one, where all carry the
    dye.
    """
    spills = tube.quality.spill
    if spills is None:
        return None
    if not spills:
        return Measured(
            nan, "Not measured: too few lymphocytes with and without any one marker."
        )
    worst = max(spills, key=lambda one: (_is_visible(one), abs(one.percent)))
    return _measured(worst)


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
    worst = max(spills, key=lambda one: (_is_visible(one), one.percent))
    return _measured(worst)


def _is_visible(spill: ResidualSpill) -> bool:
    """Tell whether cells that carry the dye stand apart in the other detector."""
    least = LEAST_SHIFT if spill.has_unstained else LEAST_SHIFT_WITHIN
    return spill.shift >= least


def _measured(spill: ResidualSpill) -> Measured:
    """Say what is seen where; it passes where it moves no cell visibly."""
    seen = "" if _is_visible(spill) else ", less than can be seen"
    return Measured(
        spill.percent,
        f"{spill.percent:+.1f} % of the signal of {spill.source} is left in the "
        f"detector of {spill.target}{seen}.",
        is_noise=not _is_visible(spill),
    )


COMPENSATION = (
    Check("QC_COMP", "%", compensation),
    Check("QC_TANDEM", "%", tandem),
)
