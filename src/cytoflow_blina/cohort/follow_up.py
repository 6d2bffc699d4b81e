"""Collect the survival of groups of subjects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cytoflow_blina.cohort.people import People
from cytoflow_blina.cohort.subject_tables import SubjectRow
from cytoflow_blina.domain.analysis_plan import SurvivalPlan
from cytoflow_blina.domain.comparison import FollowUp


def collect_follow_up(plan: SurvivalPlan, people: People) -> FollowUp:
    """Collect time and event of every subject of every group.

    Parameters
    ----------
    plan : SurvivalPlan
        Which endpoint, and which groups.
    people : People
        What is known of subjects and cycles.

    Returns
    -------
    FollowUp
        Subjects without time or event, and those whose time ended before the
        landmark, are excluded; time counts from the landmark.
    """
    values = _groups(plan, people)
    labels = plan.labels or [" + ".join(one) for one in values] or ["all"]
    months: list[list[float]] = [[] for _ in labels]
    events: list[list[bool]] = [[] for _ in labels]
    n_excluded = 0
    for subject_id, row in sorted(people.subjects.items()):
        cycle = people.first_cycle(subject_id)
        group = _group(people.text(subject_id, cycle, plan.by), values)
        if group is None or not people.fits(subject_id, cycle, plan.where):
            continue
        found = _outcome(row, plan.endpoint)
        if found is None or _is_gone(found, plan.landmark_months):
            n_excluded += 1
            continue
        months[group].append(found[0] - plan.landmark_months)
        events[group].append(found[1])
    return FollowUp(
        contrast=plan.name,
        endpoint=plan.endpoint,
        labels=tuple(labels),
        months=tuple(np.array(one, dtype=np.float64) for one in months),
        events=tuple(np.array(one, dtype=np.bool_) for one in events),
        n_excluded=n_excluded,
        at_months=tuple(plan.at_months),
    )


def _groups(plan: SurvivalPlan, people: People) -> list[list[str]]:
    """List the values of each group; one group of all where there is no column."""
    if not plan.by:
        return []
    return plan.groups or [[value] for value in people.values(plan.by)]


def _group(value: str, values: Sequence[Sequence[str]]) -> int | None:
    if not values:
        return 0
    return next((n for n, own in enumerate(values) if value in own), None)


def _outcome(row: SubjectRow, endpoint: str) -> tuple[float, bool] | None:
    """Take time and event of an endpoint; None where either is not known."""
    months, event = (
        (row.efs_months, row.efs_event)
        if endpoint == "efs"
        else (row.os_months, row.os_event)
    )
    return None if months is None or event is None else (months, event)


def _is_gone(found: tuple[float, bool], landmark: float) -> bool:
    """Tell whether somebody had the event, or was last seen, before the landmark."""
    months, is_event = found
    return landmark > 0 and (months < landmark or (is_event and months == landmark))
