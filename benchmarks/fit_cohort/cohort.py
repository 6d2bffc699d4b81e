"""Put the whole synthetic cohort together."""

from dataclasses import dataclass

import numpy as np

from fit_cohort.count_search import Schedule
from fit_cohort.counts import (
    Counted,
    fit_counts,
    icans_subjects,
    read_start_counts,
)
from fit_cohort.courses import (
    Course,
    cycles_per_subject,
    first_infusion_days,
    make_courses,
)
from fit_cohort.disease import (
    Diseased,
    diseased,
    fit_blasts,
    fit_mrd,
)
from fit_cohort.events import Event, assign_events
from fit_cohort.measurements import (
    BLOOD_CELLS,
    CYTOKINES,
    IMMUNOGLOBULINS,
    LIMITS,
    draw_blood_cells,
    fit_pairs,
)
from fit_cohort.rank_tests import FloatArray
from fit_cohort.subjects import Start, fit_ages, indications, read_start

SEED = 20250616
_N_WITH_CYTOKINES = 41
_SHARE_OF_FIRST_KIT = 0.62


@dataclass(frozen=True)
class Measured:
    """One analyte of several children at two visits.

    Attributes
    ----------
    analyte, unit : str
        Name and unit.
    visits : tuple of str
        Names of both.
    ids : tuple of str
        Pseudonyms.
    values : ndarray of float64, shape (n, 2)
        Before and after.
    limits : ndarray of float64, shape (n,)
        Lower limit of the assay; 0 where it has none.
    """

    analyte: str
    unit: str
    visits: tuple[str, str]
    ids: tuple[str, ...]
    values: FloatArray
    limits: FloatArray


@dataclass(frozen=True)
class Cohort:
    """All tables of the cohort before they are written."""

    start: Start
    indications: list[str]
    ages: FloatArray
    courses: list[Course]
    who: Diseased
    mrd: FloatArray
    blasts: FloatArray
    counted: Counted
    icans: list[str]
    events: list[Event]
    measured: list[Measured]


def _stream(name: str) -> np.random.Generator:
    """Give each part its own source of chance, so that one leaves others alone."""
    return np.random.default_rng([SEED, *name.encode()])


def make_cohort(schedules: tuple[Schedule, ...]) -> Cohort:
    """Fit every part of the cohort; the schedules are those of the counts."""
    start = read_start()
    counted = fit_counts(read_start_counts(start), schedules, _stream("counts"))
    icans = icans_subjects(counted, start)
    n_cycles = cycles_per_subject(start, _stream("cycles"))
    ages = fit_ages(start, n_cycles, icans, _stream("ages"))
    courses = make_courses(start, n_cycles, _stream("courses"))
    who = diseased(start, first_infusion_days(start))
    events = _events(start, courses, icans)
    return Cohort(
        start=start,
        indications=indications(start),
        ages=ages,
        courses=courses,
        who=who,
        mrd=fit_mrd(who, _stream("mrd")),
        blasts=fit_blasts(who, _stream("blasts")),
        counted=counted,
        icans=icans,
        events=events,
        measured=[*_at_the_end(counted), *_at_crs(start, events)],
    )


def _events(start: Start, courses: list[Course], icans: list[str]) -> list[Event]:
    """Give cycles their adverse events by status at the cycle."""
    status = start.column("status_first_cycle")
    first = np.array([course.cycle == 1 for course in courses])
    subjects = np.array([course.subject for course in courses])
    return assign_events(
        courses,
        first & start.high[subjects],
        first & (status == "RR")[subjects],
        [start.ids.index(one) for one in icans],
        _stream("events"),
    )


def _at_the_end(counted: Counted) -> list[Measured]:
    """Immunoglobulins and blood cells of the pairs, before and after."""
    n = counted.layout.n_pairs
    ids = counted.ids[:n]
    visits = ("D0", "EOT")
    found = []
    for target in IMMUNOGLOBULINS:
        values = fit_pairs(target, np.zeros(n), _stream(target.analyte))
        found.append(
            Measured(target.analyte, target.unit, visits, ids, values, np.zeros(n))
        )
    for name, usual, scale in BLOOD_CELLS:
        values = draw_blood_cells(usual, scale, counted.layout.high, _stream(name))
        found.append(Measured(name, "1e9/L", visits, ids, values, np.zeros(n)))
    return found


def _at_crs(start: Start, events: list[Event]) -> list[Measured]:
    """Cytokines of some with CRS in the first cycle, before and at its onset."""
    rng = _stream("cytokines")
    with_crs = sorted(
        start.ids[event.course.subject]
        for event in events
        if event.term == "CRS" and event.grade > 0 and event.course.cycle == 1
    )
    n = min(_N_WITH_CYTOKINES, len(with_crs))
    chosen = np.sort(rng.permutation(len(with_crs))[:n])
    ids = tuple(with_crs[number] for number in chosen)
    first_kit = rng.permutation(n) < round(_SHARE_OF_FIRST_KIT * n)
    limits = np.where(first_kit, *LIMITS)
    return [
        Measured(
            target.analyte,
            target.unit,
            ("D0", "CRS"),
            ids,
            fit_pairs(target, limits, _stream(target.analyte)),
            limits,
        )
        for target in CYTOKINES
    ]
