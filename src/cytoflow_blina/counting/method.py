"""Choose the counting method that the sample sheet names."""

from __future__ import annotations

from cytoflow_blina.counting.beads import bead_factor
from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.counting.dual_platform import dual_platform_factor
from cytoflow_blina.counting.volumetric import volumetric_factor
from cytoflow_blina.domain.counting import CountFactor, CountingInputs, CountMethod


def count_factor(
    inputs: CountingInputs,
    *,
    n_beads: int | None,
    n_lymphocytes: int,
    errors: CountingErrors | None = None,
) -> CountFactor | None:
    """Say what an event of a tube is worth, by the method of the sample sheet.

    Parameters
    ----------
    inputs : CountingInputs
        What the sample sheet says; `acquired_volume_ul` from `$VOL` where it is
        silent.
    n_beads : int or None
        Events of the bead gate, None where there is no such gate.
    n_lymphocytes : int
        Events of the lymphocyte gate.
    errors : CountingErrors, optional
        The defaults where not given.

    Returns
    -------
    CountFactor or None
        None where nothing can be counted: method `none`, no beads found, or an empty
        lymphocyte gate in the dual-platform method.

    Raises
    ------
    SampleSheetError
        Where the method's numbers are missing or impossible.
    """
    errors = errors or CountingErrors()
    match inputs.method:
        case CountMethod.BEAD:
            return bead_factor(
                n_beads, inputs.beads_per_tube, inputs.blood_volume_ul, errors
            )
        case CountMethod.VOLUMETRIC:
            return volumetric_factor(
                inputs.acquired_volume_ul, inputs.dilution_factor, errors
            )
        case CountMethod.DUAL:
            return dual_platform_factor(
                n_lymphocytes,
                inputs.wbc_1e9_per_l,
                inputs.lymph_percent_of_wbc,
                errors,
            )
        case CountMethod.NONE:
            return None
