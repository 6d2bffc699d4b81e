"""Count adverse events by grade in two groups of cycles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from cytoflow_blina.cohort.attrition import Cycle
from cytoflow_blina.cohort.groups import TwoGroups
from cytoflow_blina.cohort.people import People
from cytoflow_blina.cohort.subject_tables import AdverseEventRow
from cytoflow_blina.domain.analysis_plan import AdverseEventPlan
from cytoflow_blina.domain.comparison import TabulatedOutcome


def tabulate_adverse_events(
    plan: AdverseEventPlan, events: Iterable[AdverseEventRow], people: People
) -> tuple[TabulatedOutcome, ...]:
    """Count the worst grade of every term in every cycle.

    Parameters
    ----------
    plan : AdverseEventPlan
        Which terms, which groups, and what is severe.
    events : iterable of AdverseEventRow
        The rows of the study.
    people : People
        What is known of subjects and cycles; cycles that are not listed are not
        counted.

    Returns
    -------
    tuple of TabulatedOutcome
        For each term its grades (none, mild, severe), any grade, and severe.
    """
    groups = TwoGroups(
        plan.name,
        plan.by,
        tuple(plan.a),
        tuple(plan.b),
        (plan.label_a or " + ".join(plan.a), plan.label_b or " + ".join(plan.b)),
        plan.where,
    )
    worst: dict[str, dict[Cycle, int]] = {}
    for row in events:
        grades = worst.setdefault(row.term, {})
        key = (row.subject_id, row.cycle)
        grades[key] = max(row.grade, grades.get(key, 0))
    terms = plan.terms or sorted(worst)
    return tuple(
        table
        for term in terms
        for table in _tables(term, worst.get(term, {}), plan, groups, people)
    )


def _tables(
    term: str,
    grades: Mapping[Cycle, int],
    plan: AdverseEventPlan,
    groups: TwoGroups,
    people: People,
) -> Iterable[TabulatedOutcome]:
    cells = np.zeros((2, 3), dtype=np.int64)
    n_excluded = 0
    for key in sorted(people.cycles):
        group = groups.group_of(key, people)
        if group is None:
            continue
        grade = grades.get(key)
        if grade is None and plan.assessed == "listed":
            n_excluded += 1
            continue
        cells[group, _column(grade or 0, plan.severe)] += 1
    none, severe = "G0", f"G{plan.severe}-5"
    mild = f"G1-{plan.severe - 1}" if plan.severe > 1 else "no grade"

    def table(
        name: str, categories: tuple[str, ...], counted: list[int], rest: list[int]
    ) -> TabulatedOutcome:
        columns = [cells[:, counted].sum(axis=1), cells[:, rest].sum(axis=1)]
        return TabulatedOutcome(
            plan.name,
            f"{term}, {name}",
            "adverse events",
            groups.labels,
            categories,
            np.stack(columns, axis=1),
            n_excluded,
        )

    by_grade = TabulatedOutcome(
        plan.name,
        f"{term}, grades",
        "adverse events",
        groups.labels,
        (none, mild, severe),
        cells,
        n_excluded,
    )
    return (
        by_grade,
        table("any grade", ("G1-5", none), [1, 2], [0]),
        table("severe", (severe, f"G0-{plan.severe - 1}"), [2], [0, 1]),
    )


def _column(grade: int, severe: int) -> int:
    if grade >= severe:
        return 2
    return 1 if grade else 0
