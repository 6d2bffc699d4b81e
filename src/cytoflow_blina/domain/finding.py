"""Hold the outcome of a quality check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LOW_COUNT_CHECKS = frozenset({"QC_N_EVENTS", "QC_N_LYMPH", "QC_N_BEADS"})
"""Checks whose failure says that there is little to count, not that it is wrong.

The most lymphopenic children fail them; leaving those out would bias a cohort, so a
low count is shown with its interval and excludes nothing.
"""


class Verdict(StrEnum):
    """Outcome of a check; not measured is never passed."""

    PASS = "PASS"
    WARN = "WARN"
    FAIL = "FAIL"
    NOT_MEASURED = "NOT_MEASURED"


@dataclass(frozen=True)
class CheckLimits:
    """Where a value stops passing, and where it fails.

    Between `pass_low` and `pass_high` it passes, outside `fail_low` to `fail_high` it
    fails, between the two it warns. An absent end is open. The ends themselves
    belong to the better side.
    """

    pass_low: float | None = None
    pass_high: float | None = None
    fail_low: float | None = None
    fail_high: float | None = None


@dataclass(frozen=True)
class Finding:
    """One check of one tube, sample or batch: one row of `qc.csv`.

    Attributes
    ----------
    sample_id, tube : str
        What was checked; empty where it does not apply.
    level : {"tube", "sample", "batch"}
        At which level.
    check : str
        Code of the check, `QC_LYMPHOSUM`.
    value : float
        What was measured; NaN where it was not.
    unit : str
        Unit of value and limits.
    limits : str
        The limits in words.
    verdict : Verdict
        The outcome.
    message : str
        The outcome in a sentence, for a person.
    """

    sample_id: str
    tube: str
    level: str
    check: str
    value: float
    unit: str
    limits: str
    verdict: Verdict
    message: str
