"""Check the plan of a cohort against its tables, before anything is analysed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cytoflow_blina.cohort.people import (
    People,
    column_problems,
    gather_people,
    value_problems,
)
from cytoflow_blina.cohort.subject_tables import (
    AdverseEventRow,
    CycleRow,
    MeasurementRow,
    SubjectRow,
)
from cytoflow_blina.domain.analysis_plan import (
    AdverseEventPlan,
    CharacteristicsPlan,
    GroupPlan,
    ResponsePlan,
)
from cytoflow_blina.domain.comparison import OUTCOMES
from cytoflow_blina.errors import Problem, did_you_mean
from cytoflow_blina.workflow.study import ANALYSES, STUDY_FILE, StudyConfig

COUNTED = tuple(one.name for one in OUTCOMES)


@dataclass(frozen=True, eq=False)
class SubjectTables:
    """The optional tables of a study.

    Attributes
    ----------
    subjects, cycles, measurements, adverse_events : tuple of rows
        Empty where a table is not there.
    is_complete : bool
        Whether all that are there could be read.
    """

    subjects: tuple[SubjectRow, ...]
    cycles: tuple[CycleRow, ...]
    measurements: tuple[MeasurementRow, ...]
    adverse_events: tuple[AdverseEventRow, ...]
    is_complete: bool

    @property
    def people(self) -> People:
        """Subjects and cycles, by id."""
        return gather_people(self.subjects, self.cycles, self.adverse_events)


def analysis_problems(config: StudyConfig, tables: SubjectTables) -> list[Problem]:
    """Find what a plan names and the tables do not have.

    Parameters
    ----------
    config : StudyConfig
        The study.
    tables : SubjectTables
        Its optional tables.

    Returns
    -------
    list of Problem
        Columns, groups, outcomes and terms that nobody has; none where a table could
        not be read, which is told by itself.
    """
    if not tables.is_complete:
        return []
    people = tables.people
    analytes = tuple(sorted({row.analyte for row in tables.measurements}))
    problems = [
        *_outcome_problems(config, analytes),
        *_group_problems(config, people),
        *_column_problems(config, people, (*COUNTED, *analytes)),
        *_where_problems(config, people),
        *_term_problems(config, tables.adverse_events),
    ]
    if config.describe_by:
        place = f"{STUDY_FILE}: describe_by"
        problems += column_problems(place, config.describe_by, people)
    return list(dict.fromkeys(problems))


def _places(config: StudyConfig, *names: str) -> Iterator[tuple[str, object]]:
    """Walk the analyses of some kinds, with the place of each."""
    for name in names:
        for number, plan in enumerate(getattr(config, name)):
            yield f"{STUDY_FILE}: {name}.{number} ({plan.name})", plan


def _outcome_problems(config: StudyConfig, analytes: Sequence[str]) -> list[Problem]:
    known = (*COUNTED, *analytes)
    return [
        Problem(
            place,
            f"outcome {name!r} is neither counted ({', '.join(COUNTED)}) nor an "
            f"analyte of measurements.csv ({', '.join(analytes) or 'none'})."
            + did_you_mean(name, known),
        )
        for place, plan in _places(config, "comparison", "group_comparison", "kinetics")
        for name in plan.outcomes  # type: ignore[attr-defined]  # these plans have outcomes
        if name not in known
        and not (isinstance(plan, GroupPlan) and plan.of == "value")
    ]


def _group_problems(config: StudyConfig, people: People) -> list[Problem]:
    problems = []
    kinds = ("group_comparison", "adverse_events", "characteristics")
    for place, plan in _places(config, *kinds):
        if isinstance(plan, (GroupPlan, AdverseEventPlan, CharacteristicsPlan)):
            values = (*plan.a, *plan.b)
            problems += value_problems(place, plan.by, values, people)
            both = sorted(set(plan.a) & set(plan.b))
            if both:
                message = f"{', '.join(both)} stands in both groups; leave it in one."
                problems.append(Problem(place, message))
    for number, survival in enumerate(config.survival):
        place = f"{STUDY_FILE}: survival.{number} ({survival.name})"
        if survival.by:
            values = tuple(value for group in survival.groups for value in group)
            problems += value_problems(place, survival.by, values, people)
        n_labels, n_groups = len(survival.labels), len(survival.groups)
        if n_labels and n_groups and n_labels != n_groups:
            message = f"{n_labels} labels for {n_groups} groups; give each group one."
            problems.append(Problem(place, message))
    return problems


def _column_problems(
    config: StudyConfig, people: People, measured: Sequence[str]
) -> list[Problem]:
    """Find columns and predictors that nobody has."""
    problems = []
    for place, plan in _places(config, "response"):
        if isinstance(plan, ResponsePlan):
            groups = (*plan.responders, *plan.non_responders)
            problems += value_problems(place, plan.column, groups, people)
    for place, plan in _places(config, *ANALYSES):
        for name in _named_columns(plan):
            if name.partition(":")[2] not in measured and name not in measured:
                problems += _one_column(place, name, people)
    return problems


def _named_columns(plan: object) -> tuple[str, ...]:
    """List the columns that an analysis names, beside those of its groups."""
    if isinstance(plan, ResponsePlan):
        return (*plan.by, *plan.predictors, *plan.model)
    if isinstance(plan, GroupPlan) and plan.of == "value":
        return tuple(plan.outcomes)
    return tuple(plan.columns) if isinstance(plan, CharacteristicsPlan) else ()


def _one_column(place: str, name: str, people: People) -> list[Problem]:
    column, _, value = name.partition("=")
    return value_problems(place, column, (value,) if value else (), people)


def _where_problems(config: StudyConfig, people: People) -> list[Problem]:
    problems = []
    for place, plan in _places(config, *ANALYSES):
        where: Mapping[str, Sequence[str]] = getattr(plan, "where", {})
        for column, values in where.items():
            problems += value_problems(f"{place}: where", column, values, people)
    return problems


def _term_problems(
    config: StudyConfig, events: Sequence[AdverseEventRow]
) -> list[Problem]:
    known = tuple(sorted({row.term for row in events}))
    return [
        Problem(
            f"{STUDY_FILE}: adverse_events.{number} ({plan.name})",
            f"term {term!r} is in no row of adverse_events.csv, which has "
            f"{', '.join(known) or 'none'}." + did_you_mean(term, known),
        )
        for number, plan in enumerate(config.adverse_events)
        for term in plan.terms
        if term not in known
    ]
