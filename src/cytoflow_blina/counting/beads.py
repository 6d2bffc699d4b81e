"""Count against beads of a known number (Trucount)."""

from __future__ import annotations

from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.domain.counting import (
    BEADS_PER_TUBE_MAX,
    BEADS_PER_TUBE_MIN,
    CountFactor,
)
from cytoflow_blina.errors import Problem, SampleSheetError


def bead_factor(
    n_beads: int | None,
    beads_per_tube: float | None,
    blood_volume_ul: float | None,
    errors: CountingErrors,
) -> CountFactor | None:
    """Say what an event is worth in a tube with beads.

    Parameters
    ----------
    n_beads : int or None
        Events of the bead gate.
    beads_per_tube : float or None
        Beads in the tube, from the pouch of the lot.
    blood_volume_ul : float or None
        Blood in the tube, in microlitres.
    errors : CountingErrors
        Pipetting and bead lot.

    Returns
    -------
    CountFactor or None
        None where no bead was found: nothing can be counted.

    Raises
    ------
    SampleSheetError
        `beads_per_tube` missing or not within 20,000 to 100,000; `blood_volume_ul`
        missing or not above 0.

    Notes
    -----
    `C = (n_cells / n_beads) * (beads_per_tube / blood_volume_ul)` (BD Trucount IFU).
    Lysing solution and reagents dilute cells and beads alike and cancel.
    """
    if beads_per_tube is None or not (
        BEADS_PER_TUBE_MIN <= beads_per_tube <= BEADS_PER_TUBE_MAX
    ):
        found = "nothing" if beads_per_tube is None else f"{beads_per_tube:g}"
        message = (
            f"found {found}, expected {BEADS_PER_TUBE_MIN} to {BEADS_PER_TUBE_MAX}; "
            "copy the number from the pouch of the bead lot."
        )
        raise SampleSheetError(Problem("beads_per_tube", message))
    if blood_volume_ul is None or not blood_volume_ul > 0:
        found = "nothing" if blood_volume_ul is None else f"{blood_volume_ul:g}"
        message = (
            f"found {found}, expected the blood pipetted into the tube in "
            "microlitres, usually 50."
        )
        raise SampleSheetError(Problem("blood_volume_ul", message))
    if not n_beads:
        return None
    return CountFactor(
        cells_per_ul_per_event=beads_per_tube / blood_volume_ul / n_beads,
        own_variance=1 / n_beads + errors.pipetting_cv**2,
        # Tubes of a sample come from one pouch; were they not, this errs on the
        # wide side.
        shared_variance=errors.bead_lot_cv**2,
    )
