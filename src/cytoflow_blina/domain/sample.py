"""Hold whose sample it is, and when it was taken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One draw of one subject; its tubes share all of this.

    Attributes
    ----------
    sample_id, subject_id : str
        Pseudonyms.
    cycle : int
        Treatment cycle.
    visit : str
        `D0`, `EOT`, ...
    rel_day : int or None
        Days since the infusion began, 0 on that day.
    specimen : {"PB", "BM", "CSF"}
        What was drawn.
    count_method : str
        How cells per microlitre are had.
    """

    sample_id: str
    subject_id: str
    cycle: int
    visit: str
    rel_day: int | None
    specimen: str
    count_method: str
