"""Check that counting by beads agrees with the haematology analyser."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

from cytoflow_blina.quality.check import Check, Measured

_LEAST_WBC = 0.5
"""10^9/L; below, the analyser's differential is unreliable (medium confidence)."""

_Z = 1.96


@dataclass(frozen=True)
class BeadTube:
    """Lymphocytes and beads of one tube, and what the sheet says of both.

    Attributes
    ----------
    n_lymphocytes, n_beads : int
        Events of either gate.
    beads_per_tube, blood_volume_ul : float or None
        As in the sample sheet.
    """

    n_lymphocytes: int
    n_beads: int
    beads_per_tube: float | None = None
    blood_volume_ul: float | None = None

    @property
    def cells_per_ul(self) -> float:
        """Lymphocytes per microlitre; NaN where a number is missing."""
        if not (self.n_beads and self.beads_per_tube and self.blood_volume_ul):
            return nan
        per_bead = self.n_lymphocytes / self.n_beads
        return per_bead * self.beads_per_tube / self.blood_volume_ul


@dataclass(frozen=True)
class CountingRoutes:
    """Two routes to the same count.

    Attributes
    ----------
    sample_id : str
        The sample.
    tubes : tuple of BeadTube
        Its tubes with beads.
    wbc_1e9_per_l, lymph_percent_of_wbc : float or None
        Of the haematology analyser.
    """

    sample_id: str
    tubes: tuple[BeadTube, ...] = ()
    wbc_1e9_per_l: float | None = None
    lymph_percent_of_wbc: float | None = None


def bead_against_analyser(routes: CountingRoutes) -> Measured | None:
    """Compare lymphocytes by beads with those of the analyser; both ways are bad.

    Parameters
    ----------
    routes : CountingRoutes
        What was counted.

    Returns
    -------
    Measured or None
        Beads less analyser, in percent of the mean of the two; NaN where either is
        missing; None for a sample without beads.

    Notes
    -----
    Catches a wrong bead lot and errors of pipetting, which no percentage shows. With
    CVs of 2 % for pipetting, lot and lymphocytes each, 3 % for leukocytes and 5 % for
    the differential the difference has an SD of 7 %: 20 % is three of them
    (calculation), the limits are a design choice. Analysers count blasts and atypical
    cells as lymphocytes, and fail below 0.5 x 10^9/L. With few events counting alone
    makes such differences, then it warns at most.
    """
    counted = [tube for tube in routes.tubes if tube.cells_per_ul >= 0]
    if not counted:
        return None
    wbc, share = routes.wbc_1e9_per_l, routes.lymph_percent_of_wbc
    if wbc is None or share is None:
        message = "The sample sheet has no leukocytes and lymphocyte % to compare with."
        return Measured(nan, message)
    if wbc < _LEAST_WBC:
        message = (
            f"Below {_LEAST_WBC:g} x 10^9/L leukocytes the analyser cannot tell "
            "lymphocytes reliably."
        )
        return Measured(nan, message)
    by_beads = sum(tube.cells_per_ul for tube in counted) / len(counted)
    by_analyser = 1000 * wbc * share / 100
    mean = (by_beads + by_analyser) / 2
    if mean == 0:
        return Measured(nan, "No lymphocytes by either route.")
    variances = [1 / max(one.n_lymphocytes, 1) + 1 / one.n_beads for one in counted]
    noise = 100 * _Z * sqrt(sum(variances)) / len(counted)
    difference = 100 * (by_beads - by_analyser) / mean
    return Measured(
        difference,
        f"Lymphocytes: {by_beads:.0f} cells/µL by beads, {by_analyser:.0f} by the "
        f"analyser; difference {difference:+.0f} % of the mean.",
        counting_error=noise,
    )


COUNTS_AGREEMENT = (Check("QC_BEAD_DUAL", "%", bead_against_analyser),)
