"""Count adverse events by grade in two groups of cycles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from cytoflow_blina.cohort.attrition import Cycle
from cytoflow_blina.cohort.groups import Grouping
from cytoflow_blina.cohort.pairing import ExclusionRow
from cytoflow_blina.cohort.people import People
from cytoflow_blina.cohort.subject_tables import AdverseEventRow
from cytoflow_blina.cohort.two_groups import TwoGroups, declared_groups
from cytoflow_blina.domain.analysis_plan import AdverseEventPlan
from cytoflow_blina.domain.comparison import TabulatedOutcome

REPEATED = "cycles, several of a subject taken as independent, P may be too small"
"""What must be said of tests that count cycles."""


def tabulate_adverse_events(
    plan: AdverseEventPlan, events: Iterable[AdverseEventRow], people: People
) -> Grouping:
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
    Grouping
        For each term its grades (none, mild, severe), any grade, and severe; and the
        cycles that were not assessed for it, or whose group is not known.
    """
    groups = declared_groups(plan)
    worst = _worst_grades(events)
    terms = plan.terms or sorted(worst)
    members: dict[Cycle, int] = {}
    excluded: dict[tuple[Cycle, str], list[str]] = {}
    for key in sorted(people.cycles):
        group, unknown = groups.group_of(key, people), groups.unknown(key, people)
        if group is not None:
            members[key] = group
        elif unknown:
            excluded[key, unknown] = []
    not_assessed: dict[Cycle, list[str]] = defaultdict(list)
    tables: list[TabulatedOutcome] = []
    for term in terms:
        grades = dict(worst.get(term, {}))
        for key in members:
            if key not in grades:
                if plan.assessed == "listed":
                    not_assessed[key].append(term)
                else:
                    grades[key] = 0
        tables += _tables(term, grades, plan.severe, groups, members)
    excluded |= {(key, "not assessed"): own for key, own in not_assessed.items()}
    rows = (
        ExclusionRow(plan.name, *key, reason, tuple(names))
        for (key, reason), names in excluded.items()
    )
    return Grouping(tables=tuple(tables), exclusions=tuple(rows))


def _worst_grades(
    events: Iterable[AdverseEventRow],
) -> dict[str, dict[Cycle, int]]:
    """Keep the worst grade of every cycle, by term."""
    worst: dict[str, dict[Cycle, int]] = defaultdict(dict)
    for row in events:
        grades, key = worst[row.term], (row.subject_id, row.cycle)
        grades[key] = max(row.grade, grades.get(key, 0))
    return worst


def _tables(
    term: str,
    grades: Mapping[Cycle, int],
    least_severe: int,
    groups: TwoGroups,
    members: Mapping[Cycle, int],
) -> Iterable[TabulatedOutcome]:
    """Count the grades of one term in the cycles of either group."""
    cells = np.zeros((2, 3), dtype=np.int64)
    for key, group in members.items():
        if key in grades:
            cells[group, _column(grades[key], least_severe)] += 1
    n_excluded = len(members) - int(cells.sum())
    subjects = [subject for subject, _ in members]
    note = REPEATED if len(set(subjects)) < len(subjects) else ""
    none, severe = "G0", _range(least_severe, 5)
    mild = _range(1, least_severe - 1)

    def table(
        name: str, categories: tuple[str, ...], counted: list[int], rest: list[int]
    ) -> TabulatedOutcome:
        columns = [cells[:, counted].sum(axis=1), cells[:, rest].sum(axis=1)]
        return TabulatedOutcome(
            groups.contrast,
            f"{term}, {name}",
            f"adverse events, {name}",
            groups.labels,
            categories,
            np.stack(columns, axis=1),
            n_excluded,
            note,
        )

    by_grade = TabulatedOutcome(
        groups.contrast,
        f"{term}, grades",
        "adverse events, grades",
        groups.labels,
        (none, mild, severe),
        cells,
        n_excluded,
        note,
    )
    return (
        by_grade,
        table("any grade", ("G1-5", none), [1, 2], [0]),
        table("severe", (severe, _range(0, least_severe - 1)), [2], [0, 1]),
    )


def _column(grade: int, severe: int) -> int:
    if grade >= severe:
        return 2
    return 1 if grade else 0


def _range(lowest: int, highest: int) -> str:
    """Name some grades: `G1-2`, `G5` for one, `no grade` for none."""
    if lowest > highest:
        return "no grade"
    return f"G{lowest}" if lowest == highest else f"G{lowest}-{highest}"
