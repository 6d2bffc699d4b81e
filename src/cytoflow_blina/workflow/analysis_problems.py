"""Check the plan of a cohort against its tables, before anything is analysed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cytoflow_blina.cohort.mrd_values import MRD
from cytoflow_blina.cohort.people import (
    People,
    column_problems,
    gather_people,
    is_number,
    value_problems,
)
from cytoflow_blina.cohort.subject_tables import (
    AdverseEventRow,
    CycleRow,
    MeasurementRow,
    SubjectRow,
)
from cytoflow_blina.domain.analysis_plan import (
    CharacteristicsPlan,
    GroupPlan,
    ResponsePlan,
)
from cytoflow_blina.domain.comparison import OUTCOMES
from cytoflow_blina.errors import Problem, did_you_mean
from cytoflow_blina.workflow.group_problems import (
    group_problems,
    overlap_problems,
    places,
    survival_problems,
)
from cytoflow_blina.workflow.named_columns import named_columns, spelling_problems
from cytoflow_blina.workflow.study import ANALYSES, STUDY_FILE, StudyConfig

COUNTED = (*(one.name for one in OUTCOMES), MRD.name)

_MOST_NAMED = 5
"""Cycles that are named one by one; of the others the number is told."""


@dataclass(frozen=True, eq=False)
class SubjectTables:
    """The optional tables of a study.

    Attributes
    ----------
    subjects, cycles, measurements, adverse_events : tuple of rows
        Empty where a table is not there.
    is_complete : bool
        Whether all that are there could be read.
    empty : tuple of str
        Tables of subjects and cycles that are there and have no rows.
    """

    subjects: tuple[SubjectRow, ...]
    cycles: tuple[CycleRow, ...]
    measurements: tuple[MeasurementRow, ...]
    adverse_events: tuple[AdverseEventRow, ...]
    is_complete: bool
    empty: tuple[str, ...] = ()

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
    named = named_columns(config, (*COUNTED, *analytes))
    wanting = [column for column in sorted(named) if column not in people.columns]
    if not people.columns:
        # A study may do without these tables; what needs them is listed as excluded.
        return [
            *_outcome_problems(config, analytes),
            *_visit_problems(config, tables.measurements),
            *_empty_problems(tables, wanting),
        ]
    problems = [
        *_outcome_problems(config, analytes),
        *group_problems(config, people),
        *survival_problems(config, people),
        *_response_problems(config, people),
        *_column_problems(config, people, (*COUNTED, *analytes)),
        *_where_problems(config, people),
        *_term_problems(config, tables.adverse_events),
        *_visit_problems(config, tables.measurements),
        *_cycle_problems(config, tables),
        *spelling_problems(config, people, named),
    ]
    if config.describe_by:
        place = f"{STUDY_FILE}: describe_by"
        problems += column_problems(place, config.describe_by, people)
    if tables.empty:
        # A column of an empty table is not known, whatever its header says.
        unknown = [one for name in wanting for one in column_problems("", name, people)]
        messages = {one.message for one in unknown}
        problems = [one for one in problems if one.message not in messages]
        problems += _empty_problems(tables, wanting)
    return list(dict.fromkeys(problems))


def _empty_problems(tables: SubjectTables, wanting: Sequence[str]) -> list[Problem]:
    """Find tables without rows, where columns are asked for that nobody has."""
    if not wanting:
        return []
    asked = ", ".join(wanting)
    message = f"has no rows; fill it, because {STUDY_FILE} asks for {asked}."
    return [Problem(name, message) for name in tables.empty]


def _outcome_problems(config: StudyConfig, analytes: Sequence[str]) -> list[Problem]:
    known = (*COUNTED, *analytes)
    return [
        Problem(
            place,
            f"outcome {name!r} is neither counted ({', '.join(COUNTED)}) nor an "
            f"analyte of measurements.csv ({', '.join(analytes) or 'none'})."
            + did_you_mean(name, known),
        )
        for place, plan in places(config, "comparison", "group_comparison", "kinetics")
        for name in plan.outcomes  # type: ignore[attr-defined]  # these plans have outcomes
        if name not in known
        and not (isinstance(plan, GroupPlan) and plan.of == "value")
    ]


def _response_problems(config: StudyConfig, people: People) -> list[Problem]:
    """Find responses that nobody has, and predictors that are no single number."""
    problems = []
    for place, plan in places(config, "response"):
        if isinstance(plan, ResponsePlan):
            groups = {
                "responders": plan.responders,
                "non_responders": plan.non_responders,
            }
            values = (*plan.responders, *plan.non_responders)
            problems += value_problems(place, plan.column, values, people)
            problems += overlap_problems(place, groups)
            for name in plan.model:
                problems += _model_problems(place, name, people)
    return problems


def _model_problems(place: str, name: str, people: People) -> list[Problem]:
    """Find a predictor of words of which one must be named."""
    values = people.values(name) if name in people.columns else ()
    if len(values) < 3 or people.is_numeric(name):
        return []
    message = (
        f"predictor {name!r} of the model holds {', '.join(values)}; name one value "
        f"against the others: '{name}={values[0]}'."
    )
    return [Problem(place, message)]


def _column_problems(
    config: StudyConfig, people: People, measured: Sequence[str]
) -> list[Problem]:
    """Find columns, values and predictors that nobody has."""
    problems = []
    for place, plan in places(config, *ANALYSES):
        if isinstance(plan, ResponsePlan):
            for name in (*plan.predictors, *plan.model):
                problems += _predictor_problems(place, name, config, people, measured)
            columns: Sequence[str] = plan.by
        elif isinstance(plan, GroupPlan) and plan.of == "value":
            columns = [name for name in plan.outcomes if name not in measured]
        else:
            columns = plan.columns if isinstance(plan, CharacteristicsPlan) else ()
        for name in columns:
            problems += _one_column(place, name, people)
    return problems


def _predictor_problems(
    place: str,
    name: str,
    config: StudyConfig,
    people: People,
    measured: Sequence[str],
) -> list[Problem]:
    """Find a predictor that is neither a column nor a count at a visit."""
    visit, _, outcome = name.partition(":")
    if not outcome or "=" in visit:
        return _one_column(place, name, people)
    problems = []
    if visit not in config.known_visits:
        message = (
            f"predictor {name!r}: visit {visit!r} is not declared; known visits are "
            f"{', '.join(config.known_visits)}."
            + did_you_mean(visit, config.known_visits)
        )
        problems.append(Problem(place, message))
    if outcome not in measured:
        message = (
            f"predictor {name!r}: outcome {outcome!r} is neither counted nor an "
            f"analyte of measurements.csv; there are {', '.join(measured)}."
            + did_you_mean(outcome, measured)
        )
        problems.append(Problem(place, message))
    return problems


def _one_column(place: str, name: str, people: People) -> list[Problem]:
    column, _, value = name.partition("=")
    problems = value_problems(place, column, (value,) if value else (), people)
    if problems or value:
        return problems
    filled = people.values(column)
    words = [one for one in filled if not is_number(one)]
    if not 0 < len(words) < len(filled) - len(words):
        return []
    message = (
        f"column {column!r} holds numbers, but also {', '.join(words)}; leave cells "
        "empty whose number is not known."
    )
    return [Problem(place, message)]


def _where_problems(config: StudyConfig, people: People) -> list[Problem]:
    problems = []
    for place, plan in places(config, *ANALYSES):
        where: Mapping[str, Sequence[str]] = getattr(plan, "where", {})
        for column, values in where.items():
            where_place = f"{place}: where"
            problems += value_problems(where_place, column, values, people)
            if not values:
                message = f"{column} is empty; name the values that it may have."
                problems.append(Problem(where_place, message))
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


def _visit_problems(
    config: StudyConfig, measurements: Sequence[MeasurementRow]
) -> list[Problem]:
    """Find measurements of visits that no analysis can name."""
    visits = config.known_visits
    unknown = sorted({row.visit for row in measurements} - set(visits))
    return [
        Problem(
            f"{config.tables.measurements}: column visit",
            f"visit {visit!r} is not declared; known visits are {', '.join(visits)}. "
            f"Add it to 'visits' in {STUDY_FILE}, or correct it."
            + did_you_mean(visit, visits),
        )
        for visit in unknown
    ]


def _cycle_problems(config: StudyConfig, tables: SubjectTables) -> list[Problem]:
    """Find adverse events of cycles that are not listed, so that none is counted."""
    if not config.adverse_events:
        return []
    listed = {(row.subject_id, row.cycle) for row in tables.cycles}
    seen = {(row.subject_id, row.cycle) for row in tables.adverse_events}
    names = [f"subject {one}, cycle {number}" for one, number in sorted(seen - listed)]
    reason = "because adverse events are counted by cycle."
    if len(names) > _MOST_NAMED:
        some, n_others = "; ".join(names[:_MOST_NAMED]), len(names) - _MOST_NAMED
        message = (
            f"{len(names)} cycles have no row in {config.tables.cycles}: {some}; and "
            f"{n_others} more. Add them, {reason}"
        )
        return [Problem(config.tables.adverse_events, message)]
    return [
        Problem(
            config.tables.adverse_events,
            f"{name} has no row in {config.tables.cycles}; add it, {reason}",
        )
        for name in names
    ]
