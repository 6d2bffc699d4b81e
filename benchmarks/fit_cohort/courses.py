"""Make the treatment cycles: how many, when, how long."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from fit_cohort.subjects import Start

N_EXTRA = 20
"""125 cycles of 105 children; all that follow a first one are MRD-negative."""

_FIRST_DAY, _LAST_DAY = date(2021, 9, 1), date(2024, 6, 30)
_END_OF_FOLLOW_UP = date(2025, 3, 31)
_DAYS_A_MONTH = 365.25 / 12
_EXTRA = (3, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1)
"""Cycles beyond the first, of those who had any; up to four in all."""

DOSE_STEP_DAY = 7
"""Day after a week at 5 ug/m2/d, the first being day 0; later cycles start at 15."""


@dataclass(frozen=True)
class Course:
    """One cycle of one child."""

    subject: int
    cycle: int
    infusion_start: date
    days_planned: int
    days_actual: int

    @property
    def dose_step_day(self) -> int | None:
        """Day of the dose step, in the first cycle alone."""
        return DOSE_STEP_DAY if self.cycle == 1 else None


def first_infusion_days(start: Start) -> NDArray[np.int64]:
    """Days of the first infusion: 14, or 21 and 28 in turn."""
    days = np.full(len(start.rows), 14)
    for group in (start.high, ~start.high):
        numbers = np.flatnonzero((start.column("infusion") == "21/28d") & group)
        days[numbers[::2]], days[numbers[1::2]] = 28, 21
    return days


def cycles_per_subject(start: Start, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw who had more than one cycle, among children without disease after it."""
    free = start.column("mrd_negative_after") != "false"
    long_enough = start.column("os_months").astype(np.float64) > 8
    no_event = start.column("efs_event") == "0"
    able = np.flatnonzero(free & long_enough & no_event)
    weight = np.where(start.high[able], 0.3, 1.0)
    chosen = rng.choice(able, len(_EXTRA), replace=False, p=weight / weight.sum())
    n_cycles = np.ones(len(start.rows), dtype=np.int64)
    n_cycles[chosen] += np.array(_EXTRA)
    return n_cycles


def make_courses(
    start: Start, n_cycles: NDArray[np.int64], rng: np.random.Generator
) -> list[Course]:
    """Date every cycle so that follow-up ends by March 2025."""
    first_days = first_infusion_days(start)
    os_months = start.column("os_months").astype(np.float64)
    courses = []
    for subject, months in enumerate(os_months):
        latest = _END_OF_FOLLOW_UP - timedelta(days=round(months * _DAYS_A_MONTH))
        begins = min(latest, _LAST_DAY)
        slack = min((begins - _FIRST_DAY).days, 60)
        begins -= timedelta(days=int(rng.integers(slack + 1)))
        for cycle in range(1, int(n_cycles[subject]) + 1):
            days = int(first_days[subject]) if cycle == 1 else int(rng.choice([14, 28]))
            planned = 28 if days > 14 or rng.random() < 0.3 else 14
            courses.append(Course(subject, cycle, begins, planned, days))
            begins += timedelta(days=days + 14 + int(rng.integers(8)))
    return courses
