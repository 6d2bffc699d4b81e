"""Collect the survival of groups of subjects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cytoflow_blina.cohort.attrition import undecided
from cytoflow_blina.cohort.pairing import ExclusionRow
from cytoflow_blina.cohort.people import People, is_one_of
from cytoflow_blina.cohort.subject_tables import SubjectRow
from cytoflow_blina.domain.analysis_plan import SurvivalPlan
from cytoflow_blina.domain.comparison import FollowUp


def collect_follow_up(
    plan: SurvivalPlan, people: People
) -> tuple[FollowUp, tuple[ExclusionRow, ...]]:
    """Collect time and event of every subject of every group.

    Parameters
    ----------
    plan : SurvivalPlan
        Which endpoint, and which groups.
    people : People
        What is known of subjects and cycles.

    Returns
    -------
    follow_up : FollowUp
        Subjects without time or event, and those whose time ended before the
        landmark, are excluded; time counts from the landmark.
    exclusions : tuple of ExclusionRow
        Those, and the subjects who belong to no group, or of whom it is not known.
    """
    values = _groups(plan, people)
    labels = plan.labels or [" + ".join(one) for one in values] or ["all"]
    months: list[list[float]] = [[] for _ in labels]
    events: list[list[bool]] = [[] for _ in labels]
    excluded, n_unknown = [], 0
    for subject_id, row in sorted(people.subjects.items()):
        cycle = people.first_cycle(subject_id)
        if not people.fits(subject_id, cycle, plan.where):
            reason = undecided((subject_id, cycle), plan.where, people)
            if reason:
                excluded.append(ExclusionRow(plan.name, subject_id, cycle, reason))
                n_unknown += 1
            continue
        value = people.text(subject_id, cycle, plan.by)
        group = _group(value, values) if plan.by else 0
        found = _outcome(row, plan.endpoint)
        reason = _without_group(plan, value) if group is None else _reason(plan, found)
        if reason:
            excluded.append(ExclusionRow(plan.name, subject_id, cycle, reason))
            n_unknown += group is None
        elif group is not None and found is not None:
            months[group].append(found[0] - plan.landmark_months)
            events[group].append(found[1])
    follow_up = FollowUp(
        contrast=plan.name,
        endpoint=plan.endpoint,
        labels=tuple(labels),
        months=tuple(np.array(one, dtype=np.float64) for one in months),
        events=tuple(np.array(one, dtype=np.bool_) for one in events),
        n_excluded=len(excluded) - n_unknown,
        at_months=tuple(plan.at_months),
    )
    return follow_up, tuple(excluded)


def _without_group(plan: SurvivalPlan, value: str) -> str:
    """Say why a subject is in no group."""
    found = f"{value!r}, of no group" if value else "not known"
    return f"{plan.by} is {found}"


def _reason(plan: SurvivalPlan, found: tuple[float, bool] | None) -> str:
    """Say why a subject of a group is left out; empty where it is not."""
    if found is None:
        return f"{plan.endpoint}_months and {plan.endpoint}_event are not known"
    if not _is_gone(found, plan.landmark_months):
        return ""
    words = "event" if found[1] else "last seen"
    return f"{words} at {found[0]:g} months, landmark at {plan.landmark_months:g}"


def _groups(plan: SurvivalPlan, people: People) -> list[list[str]]:
    """List the values of each group; one group of all where there is no column."""
    if not plan.by:
        return []
    return plan.groups or [[value] for value in values_of_members(plan, people)]


def values_of_members(plan: SurvivalPlan, people: People) -> tuple[str, ...]:
    """List the values of the column of a survival analysis that its subjects have.

    Parameters
    ----------
    plan : SurvivalPlan
        Whose survival, and by which column.
    people : People
        What is known of subjects and cycles.

    Returns
    -------
    tuple of str
        Those of the first cycle of every subject that `where` asks for, sorted, each
        once, without the empty one.
    """
    first = [(subject, people.first_cycle(subject)) for subject in people.subjects]
    found = {
        people.text(*cycle, plan.by)
        for cycle in first
        if people.fits(*cycle, plan.where)
    }
    return tuple(sorted(found - {""}))


def _group(value: str, values: Sequence[Sequence[str]]) -> int | None:
    """Find the group that a value belongs to; None where it is none of them."""
    return next((n for n, own in enumerate(values) if is_one_of(value, own)), None)


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
