"""Collect the single values behind the analyses of a study, for their figures."""

from __future__ import annotations

from collections.abc import Iterable

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
from cytoflow_blina.domain.comparison import GroupedOutcome
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.workflow.cohort_tables import CohortTables
from cytoflow_blina.workflow.collect_values import (
    collect_characteristics,
    collect_groups,
    collect_visits,
)
from cytoflow_blina.workflow.study import ANALYSES, AnalysisPlan


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
    survival = plan if isinstance(plan, SurvivalPlan) else None
    return DeclaredAnalysis(
        kind,
        plan.name,
        _order(plan),
        settings=tuple(_settings(plan)),
        group_column=survival.by if survival and not survival.labels else "",
        landmark_months=survival.landmark_months if survival else 0.0,
        grouped=_grouped(plan, tables) if tables.people.columns else (),
        repeated=tuple(collect_visits(plan, tables)[0])
        if isinstance(plan, KineticsPlan)
        else (),
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
    if isinstance(plan, GroupPlan):
        return collect_groups(plan, tables).values
    if isinstance(plan, CharacteristicsPlan):
        return collect_characteristics(plan, tables).values
    if isinstance(plan, ResponsePlan):
        found = collect_response(plan, tables.people, tables.source, tables.windows)
        return found.univariable.values
    return ()
