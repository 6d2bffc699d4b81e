"""Count within the volume that the cytometer took in."""

from __future__ import annotations

from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.domain.counting import CountFactor
from cytoflow_blina.errors import Problem, SampleSheetError


def volumetric_factor(
    acquired_volume_ul: float | None,
    dilution_factor: float | None,
    errors: CountingErrors,
) -> CountFactor:
    """Say what an event is worth in a tube of known acquired volume.

    Parameters
    ----------
    acquired_volume_ul : float or None
        Volume of diluted sample taken in, in microlitres, over the time that was
        kept.
    dilution_factor : float or None
        (blood + reagents + lysing solution) / blood, 1 or more; it does not cancel.
    errors : CountingErrors
        Volume.

    Returns
    -------
    CountFactor
        `C = n_cells / acquired_volume_ul * dilution_factor`.

    Raises
    ------
    SampleSheetError
        Either number missing or impossible; both are told at once.
    """
    problems = []
    if acquired_volume_ul is None or not acquired_volume_ul > 0:
        found = "nothing" if acquired_volume_ul is None else f"{acquired_volume_ul:g}"
        message = (
            f"found {found} in the sheet and no $VOL in the file, expected the "
            "microlitres taken in by the cytometer; fill the column, or count by "
            "another method."
        )
        problems.append(Problem("acquired_volume_ul", message))
    if dilution_factor is None or not dilution_factor >= 1:
        found = "nothing" if dilution_factor is None else f"{dilution_factor:g}"
        message = (
            f"found {found}, expected (blood + reagents + lysing solution) / blood, "
            "10.4 for 50 + 20 + 450 µL."
        )
        problems.append(Problem("dilution_factor", message))
    if problems or acquired_volume_ul is None or dilution_factor is None:
        raise SampleSheetError(*problems)
    return CountFactor(
        cells_per_ul_per_event=dilution_factor / acquired_volume_ul,
        own_variance=errors.volume_cv**2,
        shared_variance=0.0,
    )
