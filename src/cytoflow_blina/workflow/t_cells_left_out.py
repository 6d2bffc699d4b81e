"""Count T cells that no gate of T cells holds, because they carry CD19 too."""

from __future__ import annotations

from collections.abc import Mapping

from cytoflow_blina.workflow.measure import CD3_NEGATIVE


def t_cells_left_out(n_events: Mapping[str, int], lymphocytes: str, n_t: int) -> int:
    """Count lymphocytes with CD3 that are no T cells because they carry CD19 too.

    Parameters
    ----------
    n_events : mapping of str to int
        Events of each gate by path.
    lymphocytes : str
        Path of the lymphocyte gate.
    n_t : int
        T cells.

    Returns
    -------
    int
        0 for a template without a gate of lymphocytes without CD3.
    """
    without = f"{lymphocytes}/{CD3_NEGATIVE}"
    if without not in n_events:
        return 0
    return max(n_events[lymphocytes] - n_events[without] - n_t, 0)
