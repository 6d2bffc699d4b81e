"""Group cycles by the length of their infusion."""

from __future__ import annotations

from cytoflow_blina.cohort.subject_tables import CycleRow

INFUSION = "infusion"
"""Column that is derived: the length of the infusion as the study groups it."""

_SHORTEST_INFUSION = 12
_LONGEST_SHORT_INFUSION = 17
_LONGEST_INFUSION = 31


def infusion_length(cycle: CycleRow | None) -> str:
    """Group a cycle by the length of its infusion, as the study does.

    Parameters
    ----------
    cycle : CycleRow or None
        A cycle; the actual length counts, else the planned one.

    Returns
    -------
    str
        `14 d` from 12 to 17 days, `21/28 d` from 18 to 31; empty where it is not
        known, was stopped before, or went on for longer.
    """
    days = None
    if cycle is not None:
        actual, planned = cycle.infusion_days_actual, cycle.infusion_days_planned
        days = planned if actual is None else actual
    if days is None or not _SHORTEST_INFUSION <= days <= _LONGEST_INFUSION:
        return ""
    return "14 d" if days <= _LONGEST_SHORT_INFUSION else "21/28 d"
