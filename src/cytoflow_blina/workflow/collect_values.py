"""Collect the values that a declared analysis compares."""

from __future__ import annotations

from dataclasses import replace

from cytoflow_blina.cohort.groups import (
    Grouping,
    first_cycles,
    group_changes,
    group_columns,
    group_values,
    joined,
)
from cytoflow_blina.cohort.pair_samples import Contrast
from cytoflow_blina.cohort.pairing import ExclusionRow
from cytoflow_blina.cohort.repeated_values import repeated_values
from cytoflow_blina.cohort.two_groups import declared_groups
from cytoflow_blina.domain.analysis_plan import (
    CharacteristicsPlan,
    ComparisonPlan,
    GroupPlan,
    KineticsPlan,
)
from cytoflow_blina.domain.comparison import RepeatedOutcome
from cytoflow_blina.workflow.cohort_tables import CYTOMETRY, CohortTables


def contrast_of(plan: ComparisonPlan | GroupPlan, tables: CohortTables) -> Contrast:
    """Take from a plan which visits of which cycles are compared.

    Parameters
    ----------
    plan : ComparisonPlan or GroupPlan
        What is declared; of two groups one cycle of each subject counts.
    tables : CohortTables
        Windows of the visits, and whether a change of the counting method is allowed.

    Returns
    -------
    Contrast
        For `pair_visits` and `group_changes`.
    """
    return Contrast(
        name=plan.name,
        baseline=plan.baseline,
        post=tuple(plan.post),
        cycles=plan.cycles if isinstance(plan, ComparisonPlan) else "first",
        where=plan.where,
        windows=tables.windows,
        allow_method_change=bool(tables.config.counting.count_method_change_reason),
    )


def collect_groups(plan: GroupPlan, tables: CohortTables) -> Grouping:
    """Collect changes, values at a visit, or columns, in two groups.

    Parameters
    ----------
    plan : GroupPlan
        What is declared.
    tables : CohortTables
        What was counted and what is known.

    Returns
    -------
    Grouping
        Without values where nobody is in either group.
    """
    groups, people = declared_groups(plan), tables.people
    if plan.of == "change":
        contrast = contrast_of(plan, tables)
        return joined(
            group_changes(source, contrast, groups, people)
            for source in tables.sources(plan.outcomes)
        )
    analytes = {row.analyte for row in tables.measurements}
    measured = [one for one in plan.outcomes if one in CYTOMETRY | analytes]
    columns = [one for one in plan.outcomes if one not in measured]
    sources = tables.sources(measured) if measured or not columns else ()
    parts = [
        group_values(one, plan.visit, groups, people, windows=tables.windows)
        for one in sources
    ]
    return joined((*parts, group_columns(columns, groups, people)))


def collect_characteristics(
    plan: CharacteristicsPlan, tables: CohortTables
) -> Grouping:
    """Collect the columns of patients in two groups, each subject once.

    Parameters
    ----------
    plan : CharacteristicsPlan
        What is declared.
    tables : CohortTables
        What is known.

    Returns
    -------
    Grouping
        Numbers as values, words as tables.
    """
    members = first_cycles(tables.people)
    return group_columns(plan.columns, declared_groups(plan), tables.people, members)


def collect_visits(
    plan: KineticsPlan, tables: CohortTables
) -> tuple[list[RepeatedOutcome], list[ExclusionRow]]:
    """Collect the values of several visits.

    Parameters
    ----------
    plan : KineticsPlan
        What is declared; counts alone where it names no outcome.
    tables : CohortTables
        What was counted.

    Returns
    -------
    list of RepeatedOutcome
        One for each outcome.
    list of ExclusionRow
        Values that are not used, with the reason.
    """
    collected: list[RepeatedOutcome] = []
    excluded: list[ExclusionRow] = []
    for source in tables.sources(plan.outcomes):
        counted = tuple(one for one in source.outcomes if one.unit == "cells/uL")
        found, exclusions = repeated_values(
            replace(source, outcomes=source.outcomes if plan.outcomes else counted),
            plan.name,
            plan.visits,
            plan.where,
            tables.people,
            tables.windows,
        )
        collected += found
        excluded += exclusions
    return collected, excluded
