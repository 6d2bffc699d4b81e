"""Assign adverse events to cycles, as many as the study's Table 3 counts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fit_cohort.courses import Course

HIGH_COUNTS = {
    "CRS": {0: 24, 1: 15, 2: 10, 3: 2},
    "ICANS": {0: 50, 1: 1},
    "infection": {0: 44, 3: 7},
    "TLS": {0: 51},
    "neutropenia": {0: 21, 1: 7, 2: 10, 3: 5, 4: 3},
    "thrombocytopenia": {0: 41, 1: 2, 2: 2, 3: 3, 4: 1},
}
"""Cycles of R/R + CR-MRDpos by term and grade."""

NEGATIVE_COUNTS = {
    "CRS": {0: 45, 1: 19, 2: 10},
    "ICANS": {0: 69, 2: 1, 3: 4},
    "infection": {0: 64, 3: 10},
    "TLS": {0: 74},
    "neutropenia": {0: 41, 1: 3, 2: 6, 3: 14, 4: 10},
    "thrombocytopenia": {0: 71, 1: 1},
}
"""Cycles of CR-MRDneg by term and grade.

Grade 0 of neutropenia is 41, as 55.4 % and the row's total say where the study's table
prints 45.
"""


@dataclass(frozen=True)
class Event:
    """One term of one cycle; grade 0 is assessed and absent."""

    course: Course
    term: str
    grade: int


def assign_events(
    courses: Sequence[Course],
    is_high: NDArray[np.bool_],
    is_relapsed: NDArray[np.bool_],
    icans: Sequence[int],
    rng: np.random.Generator,
) -> list[Event]:
    """Give every cycle its grades.

    Parameters
    ----------
    courses : sequence of Course
        All cycles.
    is_high : ndarray of bool, shape (n_courses,)
        Status at that cycle is R/R or CR-MRDpos.
    is_relapsed : ndarray of bool, shape (n_courses,)
        Status at that cycle is R/R: severe CRS is theirs.
    icans : sequence of int
        Subjects with ICANS, in the first cycle.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    list of Event
        Each term of a cycle once; cycles without an assessment of blood counts lack
        that row.
    """
    events = []
    for high, counts in ((True, HIGH_COUNTS), (False, NEGATIVE_COUNTS)):
        group = [n for n in range(len(courses)) if is_high[n] == high]
        for term, by_grade in counts.items():
            grades = [grade for grade, n in by_grade.items() for _ in range(n)]
            order = _order(term, group, courses, is_relapsed, icans, rng)
            worst_first = sorted(grades, reverse=True)
            # Fewer grades than cycles: those at the end were not assessed.
            events += [
                Event(courses[number], term, grade)
                for number, grade in zip(order, worst_first, strict=False)
            ]
    return events


def _order(
    term: str,
    group: Sequence[int],
    courses: Sequence[Course],
    is_relapsed: NDArray[np.bool_],
    icans: Sequence[int],
    rng: np.random.Generator,
) -> list[int]:
    """Order cycles from the likeliest to have an event to the least likely."""
    chance = rng.random(len(group))

    def key(position: int) -> tuple[bool, bool, float]:
        number = group[position]
        course = courses[number]
        first = False
        if term == "ICANS":
            first = course.subject in icans and course.cycle == 1
        elif term == "CRS":
            first = bool(is_relapsed[number])
        later = term == "CRS" and course.cycle > 1
        return (not first, later and chance[position] < 0.8, float(chance[position]))

    return [group[position] for position in sorted(range(len(group)), key=key)]
