"""Write the cohort as the tables of a study."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from fit_cohort.cohort import Cohort
from fit_cohort.count_model import DOUBLE_POSITIVE
from fit_cohort.courses import Course

Row = dict[str, str | int | float | None]

_SUBJECT_COLUMNS = (
    "group3",
    "poor_cytogenetics",
    "fusion",
    "os_months",
    "os_event",
    "efs_months",
    "efs_event",
    "status_first_cycle",
)


def write_tables(cohort: Cohort, folder: Path) -> None:
    """Write the five tables into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "subjects": subject_rows(cohort),
        "cycles": cycle_rows(cohort),
        "true_counts": count_rows(cohort),
        "measurements": measurement_rows(cohort),
        "adverse_events": event_rows(cohort),
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _sorted(rows: Iterable[Row], keys: Sequence[str]) -> list[Row]:
    return sorted(rows, key=lambda row: tuple((str(row[key])) for key in keys))


def subject_rows(cohort: Cohort) -> list[Row]:
    """One row a child."""
    return [
        {
            "subject_id": row["subject_id"],
            "sex": row["sex"],
            "age_months": int(age),
            **{name: row[name] for name in _SUBJECT_COLUMNS},
            "indication": indication,
            "bridging": row["bridging"],
            "cyclophosphamide": row["cyclophosphamide"],
            "mrd_negative_after": row["mrd_negative_after"],
        }
        for row, age, indication in zip(
            cohort.start.rows, cohort.ages, cohort.indications, strict=True
        )
    ]


def cycle_rows(cohort: Cohort) -> list[Row]:
    """One row a cycle."""
    place = {int(number): n for n, number in enumerate(cohort.who.numbers)}
    rows: list[Row] = []
    for course in cohort.courses:
        n = place.get(course.subject) if course.cycle == 1 else None
        rows.append(
            {
                "subject_id": cohort.start.ids[course.subject],
                "cycle": course.cycle,
                "infusion_start": course.infusion_start.isoformat(),
                "infusion_days_planned": course.days_planned,
                "infusion_days_actual": course.days_actual,
                "dose_step_day": course.dose_step_day,
                "group2": "NEG" if n is None else "RRPOS",
                "response": _response(cohort, course, is_high=n is not None),
                "mrd_percent_before": None if n is None else float(cohort.mrd[n]),
                "blasts_percent_before": None if n is None else float(cohort.blasts[n]),
            }
        )
    return _sorted(rows, ("subject_id", "cycle"))


def _response(cohort: Cohort, course: Course, *, is_high: bool) -> str:
    """Response of a cycle; what had no disease cannot be judged."""
    row = cohort.start.rows[course.subject]
    if not is_high:
        return "NE"
    if row["responded"] == "false":
        return "NR"
    return "MRD_CR" if row["mrd_negative_after"] == "true" else "CR"


def count_rows(cohort: Cohort) -> list[Row]:
    """One row a sample, in cells/uL."""
    days = {
        cohort.start.ids[course.subject]: course.days_actual
        for course in cohort.courses
        if course.cycle == 1
    }
    rows: list[Row] = []
    counted = cohort.counted
    for number, subject in enumerate(counted.ids):
        for visit in range(2 if number < counted.layout.n_pairs else 1):
            cd3, cd4, cd8, nk, cd19 = counted.counts[number, visit] * 1000
            day = days[subject] if visit else 0
            rows.append(
                {
                    "subject_id": subject,
                    "cycle": 1,
                    "visit": f"D{day}",
                    "rel_day": day,
                    "CD3": round(float(cd3), 3),
                    "CD4": round(float(cd4), 3),
                    "CD8": round(float(cd8), 3),
                    "NK": round(float(nk), 3),
                    "CD19": round(float(cd19), 3),
                    "DNT": round(float((1 + DOUBLE_POSITIVE) * cd3 - cd4 - cd8), 3),
                }
            )
    return sorted(
        rows, key=lambda row: (str(row["subject_id"]), int(row["rel_day"] or 0))
    )


def measurement_rows(cohort: Cohort) -> list[Row]:
    """One row an analyte at a visit."""
    rows: list[Row] = [
        {
            "subject_id": subject,
            "cycle": 1,
            "visit": visit,
            "analyte": one.analyte,
            "value": float(value),
            "unit": one.unit,
            "lower_limit": float(limit) if limit else None,
            "censored": "true" if limit and value <= limit else "false",
        }
        for one in cohort.measured
        for subject, values, limit in zip(one.ids, one.values, one.limits, strict=True)
        for visit, value in zip(one.visits, values, strict=True)
    ]
    return _sorted(rows, ("subject_id", "cycle", "visit", "analyte"))


def event_rows(cohort: Cohort) -> list[Row]:
    """One row a term of a cycle."""
    rows: list[Row] = [
        {
            "subject_id": cohort.start.ids[event.course.subject],
            "cycle": event.course.cycle,
            "term": event.term,
            "grade": event.grade,
        }
        for event in cohort.events
    ]
    return _sorted(rows, ("subject_id", "cycle", "term"))
