"""Collect the single values behind the analyses of a study, for their figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cytoflow_blina.cohort.groups import (
    Grouping,
    TwoGroups,
    first_cycles,
    group_changes,
    group_columns,
    group_values,
)
from cytoflow_blina.cohort.pair_samples import Contrast
from cytoflow_blina.cohort.repeated_values import repeated_values
from cytoflow_blina.cohort.response import collect_response
from cytoflow_blina.domain.analysis_plan import (
    AdverseEventPlan,
    CharacteristicsPlan,
    ComparisonPlan,
    GroupPlan,
    KineticsPlan,
    ResponsePlan,
    SurvivalPlan,
)
from cytoflow_blina.domain.comparison import (
    OUTCOMES,
    GroupedOutcome,
    RepeatedOutcome,
)
from cytoflow_blina.report.declared import DeclaredAnalysis
from cytoflow_blina.workflow.analysis import CohortTables
from cytoflow_blina.workflow.study import ANALYSES, AnalysisPlan

_COUNTED = frozenset(one.name for one in OUTCOMES)


def declared_analyses(tables: CohortTables) -> tuple[DeclaredAnalysis, ...]:
    """List what study.toml declares, with the single values of groups and visits.

    Parameters
    ----------
    tables : CohortTables
        What was counted and what is known.

    Returns
    -------
    tuple of DeclaredAnalysis
        In the order of the study.toml of a run. Values are those that `analyse`
        tests, collected by the same functions.
    """
    return tuple(
        _declared(kind, plan, tables)
        for kind in ANALYSES
        for plan in getattr(tables.config, kind)
    )


def _declared(kind: str, plan: AnalysisPlan, tables: CohortTables) -> DeclaredAnalysis:
    return DeclaredAnalysis(
        kind,
        plan.name,
        _order(plan),
        tuple(_settings(plan)),
        _grouped(plan, tables) if tables.people.columns else (),
        _repeated(plan, tables) if isinstance(plan, KineticsPlan) else (),
    )


def _order(plan: AnalysisPlan) -> tuple[str, ...]:
    """List outcomes as study.toml names them."""
    if isinstance(plan, ComparisonPlan | GroupPlan | KineticsPlan):
        return tuple(plan.outcomes)
    if isinstance(plan, ResponsePlan):
        return tuple(plan.predictors or plan.model)
    if isinstance(plan, CharacteristicsPlan):
        return tuple(plan.columns)
    return tuple(plan.terms) if isinstance(plan, AdverseEventPlan) else ()


def _settings(plan: AnalysisPlan) -> Iterable[str]:
    """Tell in sentences what the tables do not say of an analysis."""
    for column, values in plan.where.items():
        yield f"Only where {column} is {' or '.join(values)}."
    if isinstance(plan, SurvivalPlan) and plan.landmark_months:
        yield (
            f"Landmark at {plan.landmark_months:g} months: those who had the event, or "
            "were last seen, before are left out, and time counts from there."
        )
    if isinstance(plan, AdverseEventPlan):
        yield (
            "A cycle without a row of a term is taken as free of it."
            if plan.assessed == "all"
            else "A cycle without a row of a term was not assessed for it."
        )


def _grouped(plan: AnalysisPlan, tables: CohortTables) -> tuple[GroupedOutcome, ...]:
    """Collect the values of two groups."""
    parts: Sequence[Grouping] = ()
    if isinstance(plan, GroupPlan):
        parts = tuple(_group_parts(plan, tables))
    elif isinstance(plan, CharacteristicsPlan):
        people = tables.people
        members = first_cycles(people)
        parts = (group_columns(plan.columns, _two_groups(plan), people, members),)
    elif isinstance(plan, ResponsePlan):
        found = collect_response(plan, tables.people, tables.source, tables.windows)
        parts = (found.univariable,)
    return tuple(one for part in parts for one in part.values)


def _group_parts(plan: GroupPlan, tables: CohortTables) -> Iterable[Grouping]:
    groups, people = _two_groups(plan), tables.people
    if plan.of == "change":
        contrast = Contrast(
            name=plan.name,
            baseline=plan.baseline,
            post=tuple(plan.post),
            where=plan.where,
            windows=tables.windows,
            allow_method_change=bool(tables.config.counting.count_method_change_reason),
        )
        for source in tables.sources(plan.outcomes):
            yield group_changes(source, contrast, groups, people)
        return
    analytes = {row.analyte for row in tables.measurements}
    measured = [one for one in plan.outcomes if one in _COUNTED | analytes]
    columns = [one for one in plan.outcomes if one not in measured]
    if measured or not columns:
        for source in tables.sources(measured):
            yield group_values(
                source, plan.visit, groups, people, windows=tables.windows
            )
    yield group_columns(columns, groups, people)


def _two_groups(plan: GroupPlan | CharacteristicsPlan) -> TwoGroups:
    labels = (
        plan.label_a or " + ".join(plan.a),
        plan.label_b or " + ".join(plan.b),
    )
    return TwoGroups(
        plan.name, plan.by, tuple(plan.a), tuple(plan.b), labels, plan.where
    )


def _repeated(plan: KineticsPlan, tables: CohortTables) -> tuple[RepeatedOutcome, ...]:
    """Collect the values of several visits."""
    collected: list[RepeatedOutcome] = []
    for source in tables.sources(plan.outcomes):
        counted = tuple(one for one in source.outcomes if one.unit == "cells/uL")
        found, _ = repeated_values(
            replace(source, outcomes=source.outcomes if plan.outcomes else counted),
            plan.name,
            plan.visits,
            plan.where,
            tables.people,
            tables.windows,
        )
        collected += found
    return tuple(collected)
