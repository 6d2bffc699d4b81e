"""Count with the leukocytes and the lymphocyte percentage of a haematology analyser."""

from __future__ import annotations

from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.counting.intervals import measured_interval
from cytoflow_blina.domain.counting import Concentration, CountFactor
from cytoflow_blina.errors import Problem, SampleSheetError


def dual_platform_factor(
    n_lymphocytes: int,
    wbc_1e9_per_l: float | None,
    lymph_percent_of_wbc: float | None,
    errors: CountingErrors,
) -> CountFactor | None:
    """Say what an event is worth where an analyser counted the lymphocytes.

    Parameters
    ----------
    n_lymphocytes : int
        Events of the tube's lymphocyte gate.
    wbc_1e9_per_l : float or None
        Leukocytes, in 10^9/L.
    lymph_percent_of_wbc : float or None
        Lymphocytes among them, 0 to 100.
    errors : CountingErrors
        Leukocytes and lymphocyte percentage.

    Returns
    -------
    CountFactor or None
        `C = WBC * lymph% / 100 * n_cells / n_lymphocytes`, the analyser's lymphocytes
        with it. None where the lymphocyte gate is empty.

    Raises
    ------
    SampleSheetError
        Either number missing or impossible; both are told at once.
    """
    problems = []
    if wbc_1e9_per_l is None or not wbc_1e9_per_l >= 0:
        found = "nothing" if wbc_1e9_per_l is None else f"{wbc_1e9_per_l:g}"
        message = f"found {found}, expected the analyser's leukocytes in 10^9/L."
        problems.append(Problem("wbc_1e9_per_l", message))
    if lymph_percent_of_wbc is None or not 0 <= lymph_percent_of_wbc <= 100:
        found = (
            "nothing" if lymph_percent_of_wbc is None else f"{lymph_percent_of_wbc:g}"
        )
        message = f"found {found}, expected the analyser's lymphocytes, 0 to 100 %."
        problems.append(Problem("lymph_percent_of_wbc", message))
    if problems or wbc_1e9_per_l is None or lymph_percent_of_wbc is None:
        raise SampleSheetError(*problems)
    if n_lymphocytes == 0:
        return None
    lymphocytes_per_ul = 1000 * wbc_1e9_per_l * lymph_percent_of_wbc / 100
    variance = errors.wbc_cv**2 + errors.lymph_percent_cv**2
    return CountFactor(
        cells_per_ul_per_event=lymphocytes_per_ul / n_lymphocytes,
        own_variance=0.0,
        shared_variance=variance,
        lymphocytes=Concentration(
            lymphocytes_per_ul, *measured_interval(lymphocytes_per_ul, variance)
        ),
    )
