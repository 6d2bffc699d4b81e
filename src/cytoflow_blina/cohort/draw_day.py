"""Say when in a treatment a sample was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cytoflow_blina.cohort.sample_row import SampleRow

DAYS_OF_VISITS: Mapping[str, int] = MappingProxyType(
    {"DX": 0, "D0": 0, "D14": 14, "D21": 21, "D28": 28, "EOT": 28}
)
"""Days that stand in where the sheet gives none."""


def draw_day(row: SampleRow) -> int | None:
    """Take the day on which a sample was drawn, counted from the infusion.

    Parameters
    ----------
    row : SampleRow
        A row of the sheet.

    Returns
    -------
    int or None
        `rel_day`, else the day of the visit; None where neither tells.
    """
    return DAYS_OF_VISITS.get(row.visit) if row.rel_day is None else row.rel_day
