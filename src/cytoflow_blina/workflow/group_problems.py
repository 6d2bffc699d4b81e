"""Check the groups that a plan forms: who may be in them, and who would be in two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cytoflow_blina.cohort.follow_up import values_of_members
from cytoflow_blina.cohort.people import (
    People,
    is_number,
    is_yes_or_no,
    value_problems,
)
from cytoflow_blina.domain.analysis_plan import (
    AdverseEventPlan,
    CharacteristicsPlan,
    GroupPlan,
    SurvivalPlan,
)
from cytoflow_blina.errors import Problem
from cytoflow_blina.workflow.study import STUDY_FILE, StudyConfig

_MOST_VALUES = 6
"""Values of a column that are groups of a survival analysis without being named."""


def places(config: StudyConfig, *names: str) -> Iterator[tuple[str, object]]:
    """Walk the analyses of some kinds.

    Parameters
    ----------
    config : StudyConfig
        The study.
    *names : str
        Keys of study.toml: `comparison`.

    Yields
    ------
    tuple of str and object
        The place of an analysis, with its name, and its plan.
    """
    for name in names:
        for number, plan in enumerate(getattr(config, name)):
            yield f"{STUDY_FILE}: {name}.{number} ({plan.name})", plan


def group_problems(config: StudyConfig, people: People) -> list[Problem]:
    """Find groups that nobody can be in, and values that stand in two groups.

    Parameters
    ----------
    config : StudyConfig
        The study.
    people : People
        What is known of subjects and cycles.

    Returns
    -------
    list of Problem
        Those of comparisons of two groups, of adverse events and of characteristics.
    """
    problems = []
    kinds = ("group_comparison", "adverse_events", "characteristics")
    for place, plan in places(config, *kinds):
        if isinstance(plan, (GroupPlan, AdverseEventPlan, CharacteristicsPlan)):
            problems += value_problems(place, plan.by, (*plan.a, *plan.b), people)
            problems += overlap_problems(place, {"a": plan.a, "b": plan.b})
    return problems


def overlap_problems(place: str, groups: Mapping[str, Sequence[str]]) -> list[Problem]:
    """Find groups without any value, and values that stand in two of them.

    Parameters
    ----------
    place : str
        Place of the analysis.
    groups : mapping of str to sequence of str
        The values of each group, by its key.

    Returns
    -------
    list of Problem
        Empty where every value has one group.
    """
    problems = [
        Problem(place, f"{name} is empty; name the values of that group.")
        for name, values in groups.items()
        if not values
    ]
    every = [value for values in groups.values() for value in dict.fromkeys(values)]
    both = sorted({value for value in every if every.count(value) > 1})
    if both:
        message = f"{', '.join(both)} stands in both groups; leave it in one."
        if len(groups) > 2:
            message = f"{', '.join(both)} stands in two groups; leave it in one."
        problems.append(Problem(place, message))
    return problems


def survival_problems(config: StudyConfig, people: People) -> list[Problem]:
    """Find groups of survival that cannot be formed, or not be named.

    Parameters
    ----------
    config : StudyConfig
        The study.
    people : People
        What is known of subjects and cycles.

    Returns
    -------
    list of Problem
        Columns that nobody has, whose values are too many for groups or numbers, and
        labels that fit no group.
    """
    problems = []
    for number, plan in enumerate(config.survival):
        place = f"{STUDY_FILE}: survival.{number} ({plan.name})"
        if plan.by:
            values = tuple(value for group in plan.groups for value in group)
            found = value_problems(place, plan.by, values, people)
            messages = [] if found else _division_messages(plan, people)
            problems += found
            named = {f"group {n}": own for n, own in enumerate(plan.groups, start=1)}
            problems += overlap_problems(place, named)
        else:
            messages = (
                ["groups are named and no column; say in 'by' whose values they are."]
                if plan.groups
                else []
            )
        messages += _label_messages(plan)
        problems += [Problem(place, message) for message in messages]
    return problems


def _division_messages(plan: SurvivalPlan, people: People) -> list[str]:
    """Say why the values of a column cannot be groups of survival as they are."""
    if not people.values(plan.by):
        return [f"nobody has a value in column {plan.by!r}; fill it."]
    if plan.groups:
        return []
    values = values_of_members(plan, people)
    if not values:
        return [f"nobody whom it asks for has a value in column {plan.by!r}; fill it."]
    if all(is_number(value) for value in values) and not is_yes_or_no(values):
        found = "numbers"
    elif len(values) > _MOST_VALUES:
        found = f"{len(values)} values"
    else:
        return []
    message = (
        f"column {plan.by!r} holds {found}, and each would be a group; name the groups."
    )
    return [message]


def _label_messages(plan: SurvivalPlan) -> list[str]:
    """Say why labels do not fit the groups of survival."""
    n_labels, n_groups = len(plan.labels), len(plan.groups)
    if n_labels and n_groups and n_labels != n_groups:
        return [f"{n_labels} labels for {n_groups} groups; give each group one."]
    if n_labels and plan.by and not n_groups:
        return ["labels are given and no groups; name the values of each group."]
    if n_labels > 1 and not plan.by:
        return [f"{n_labels} labels for one group of all; leave one."]
    return []
