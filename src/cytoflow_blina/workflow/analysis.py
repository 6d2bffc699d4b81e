"""Make the analyses that a study declares, from its tables alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cytoflow_blina.cohort.adverse_event_groups import tabulate_adverse_events
from cytoflow_blina.cohort.follow_up import collect_follow_up
from cytoflow_blina.cohort.groups import (
    Grouping,
)
from cytoflow_blina.cohort.pairing import ExclusionRow, Pairing, pair_visits
from cytoflow_blina.cohort.response import collect_response
from cytoflow_blina.cohort.value_source import (
    WITHOUT_COUNTS,
    ValueSource,
    measured_sources,
)
from cytoflow_blina.cohort.visits import first_cycle_samples, visit_values
from cytoflow_blina.domain.analysis_plan import (
    AdverseEventPlan,
    CharacteristicsPlan,
    ComparisonPlan,
    GroupPlan,
    KineticsPlan,
    ResponsePlan,
    SurvivalPlan,
)
from cytoflow_blina.stats.compare import compare_pairs
from cytoflow_blina.stats.compare_groups import (
    compare_group_values,
    compare_tables,
    rates,
)
from cytoflow_blina.stats.compare_predictors import compare_predictors
from cytoflow_blina.stats.compare_survival import (
    compare_survival,
    survival_rate_rows,
    survival_rows,
)
from cytoflow_blina.stats.compare_visits import compare_visits
from cytoflow_blina.stats.comparison_row import adjust_families
from cytoflow_blina.stats.describe import describe_visits
from cytoflow_blina.workflow.cohort_tables import CohortTables
from cytoflow_blina.workflow.collect_values import (
    collect_characteristics,
    collect_groups,
    collect_visits,
    contrast_of,
)
from cytoflow_blina.workflow.study import StudyConfig

TABLES = (
    "comparisons",
    "pairs",
    "exclusions",
    "attrition",
    "rates",
    "survival",
    "survival_rates",
    "descriptives",
)
"""Tables that the analyses of a study fill."""

NOT_KNOWN = "not known"
"""Group of subjects whose group is not known."""


@dataclass
class Analysis:
    """Rows of every table that the analyses fill, by its name."""

    rows: dict[str, list[Any]] = field(
        default_factory=lambda: {name: [] for name in TABLES}
    )

    def add(self, table: str, rows: Iterable[Any]) -> None:
        """Put rows into a table."""
        self.rows[table] += rows


def analyse(tables: CohortTables) -> Mapping[str, Sequence[Any]]:
    """Make every analysis that a study declares.

    Parameters
    ----------
    tables : CohortTables
        What was counted and what is known. The plan fits them (`load_plan` checks).

    Returns
    -------
    mapping of str to sequence
        Rows of `comparisons.csv`, `pairs.csv`, `exclusions.csv`, `attrition.csv`,
        `rates.csv`, `survival.csv`, `survival_rates.csv` and `descriptives.csv`; none
        where there is nothing to compare.
    """
    analysis, config = Analysis(), tables.config
    for comparison in config.comparison:
        _compare_visits_of(comparison, tables, analysis)
    for kinetics in config.kinetics:
        _follow_visits_of(kinetics, tables, analysis)
    if tables.people.columns:
        _analyse_people(tables, analysis)
    else:
        analysis.add("exclusions", _without_people(config))
    _describe(tables, analysis)
    return analysis.rows


def _analyse_people(tables: CohortTables, analysis: Analysis) -> None:
    """Make the analyses that ask who the subjects are."""
    config = tables.config
    for groups in config.group_comparison:
        _compare_groups_of(groups, tables, analysis)
    for response in config.response:
        _analyse_response(response, tables, analysis)
    for survival in config.survival:
        _analyse_survival(survival, tables, analysis)
    for events in config.adverse_events:
        _count_events_of(events, tables, analysis)
    for characteristics in config.characteristics:
        _describe_patients(characteristics, tables, analysis)


def _without_people(config: StudyConfig) -> Iterator[ExclusionRow]:
    """Tell of analyses that cannot be made without subjects.csv and cycles.csv."""
    reason = "neither subjects.csv nor cycles.csv is there"
    for plans in (
        config.group_comparison,
        config.response,
        config.survival,
        config.adverse_events,
        config.characteristics,
    ):
        for plan in plans:
            yield ExclusionRow(plan.name, "", None, reason)


def _compare_visits_of(
    plan: ComparisonPlan, tables: CohortTables, analysis: Analysis
) -> None:
    sources = tables.sources(plan.outcomes)
    contrast = contrast_of(plan, tables)
    pairings = [pair_visits(source, contrast, tables.people) for source in sources]
    outcomes = [one for pairing in pairings for one in pairing.outcomes]
    analysis.add(
        "comparisons",
        compare_pairs(outcomes, zero_rule=plan.zero_rule, adjustment=plan.adjustment),
    )
    for source, found in zip(sources, pairings, strict=True):
        pairing = found if len(sources) == 1 else _told_apart(found, source)
        analysis.add("pairs", pairing.pairs)
        analysis.add("exclusions", pairing.exclusions)
        analysis.add("attrition", pairing.attrition)


def _told_apart(pairing: Pairing, source: ValueSource) -> Pairing:
    """Name the outcomes of one of several sources in what is said of all of its own."""
    names = tuple(one.name for one in source.outcomes)
    is_measured = all(one.family in WITHOUT_COUNTS for one in source.outcomes)
    suffix = f": {', '.join(names)}" if is_measured else ""
    return replace(
        pairing,
        exclusions=tuple(
            replace(one, outcomes=one.outcomes or names) for one in pairing.exclusions
        ),
        attrition=tuple(
            replace(one, contrast=one.contrast + suffix) for one in pairing.attrition
        ),
    )


def _compare_groups_of(
    plan: GroupPlan, tables: CohortTables, analysis: Analysis
) -> None:
    _add_grouping(collect_groups(plan, tables), plan.adjustment, analysis)


def _add_grouping(grouping: Grouping, adjustment: str, analysis: Analysis) -> None:
    rows = [
        *compare_group_values(grouping.values),
        *compare_tables(grouping.tables),
    ]
    analysis.add("comparisons", adjust_families(rows, adjustment))
    analysis.add("rates", rates(grouping.tables))
    analysis.add("exclusions", grouping.exclusions)


def _follow_visits_of(
    plan: KineticsPlan, tables: CohortTables, analysis: Analysis
) -> None:
    found, exclusions = collect_visits(plan, tables)
    rows = [
        row
        for repeated in found
        for row in compare_visits(repeated, offset=plan.offset)
    ]
    analysis.add("exclusions", exclusions)
    analysis.add("comparisons", adjust_families(rows, plan.adjustment))


def _analyse_response(
    plan: ResponsePlan, tables: CohortTables, analysis: Analysis
) -> None:
    found = collect_response(plan, tables.people, tables.source, tables.windows)
    _add_grouping(found.univariable, plan.adjustment, analysis)
    analysis.add("rates", rates(found.rates))
    compared = [one for one in found.rates if len(one.labels) > 1]
    rows = adjust_families(compare_tables(compared), plan.adjustment)
    analysis.add("comparisons", rows)
    if found.model is not None:
        analysis.add("comparisons", compare_predictors(found.model))


def _analyse_survival(
    plan: SurvivalPlan, tables: CohortTables, analysis: Analysis
) -> None:
    follow_up, exclusions = collect_follow_up(plan, tables.people)
    analysis.add("comparisons", [compare_survival(follow_up)])
    analysis.add("survival", survival_rows(follow_up))
    analysis.add("survival_rates", survival_rate_rows(follow_up))
    analysis.add("exclusions", exclusions)


def _count_events_of(
    plan: AdverseEventPlan, tables: CohortTables, analysis: Analysis
) -> None:
    counted = tabulate_adverse_events(plan, tables.adverse_events, tables.people)
    _add_grouping(counted, "holm", analysis)
    if not counted.tables:
        reason = "adverse_events.csv is not there, or empty"
        analysis.add("exclusions", [ExclusionRow(plan.name, "", None, reason)])


def _describe_patients(
    plan: CharacteristicsPlan, tables: CohortTables, analysis: Analysis
) -> None:
    _add_grouping(collect_characteristics(plan, tables), "holm", analysis)


def _describe(tables: CohortTables, analysis: Analysis) -> None:
    """Describe every outcome at every visit, overall and by group."""
    names = dict.fromkeys(row.analyte for row in tables.measurements)
    sources = (
        tables.counted,
        *([tables.marrow] if tables.marrow and not tables.mrd.empty else ()),
        *measured_sources(tables.measurements, tuple(names)),
    )
    everybody = {*tables.people.subjects, *(one.subject_id for one in tables.samples)}
    for source in sources:
        overall = visit_values(source, subjects=everybody, windows=tables.windows)
        analysis.add("descriptives", describe_visits(overall))
        if tables.config.describe_by:
            by_group = visit_values(
                source,
                groups=_groups_of(everybody, source, tables),
                subjects=everybody,
                windows=tables.windows,
            )
            analysis.add("descriptives", describe_visits(by_group))


def _groups_of(
    everybody: Iterable[str], source: ValueSource, tables: CohortTables
) -> dict[str, str]:
    """Find the group of each subject in the cycle that is described."""
    people, column = tables.people, tables.config.describe_by
    first = {one: people.first_cycle(one) for one in everybody}
    drawn = first_cycle_samples(source.samples)
    first |= {subject_id: own[0].cycle for subject_id, own in drawn.items()}
    return {
        subject_id: people.text(subject_id, cycle, column) or NOT_KNOWN
        for subject_id, cycle in first.items()
    }
