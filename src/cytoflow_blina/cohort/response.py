"""Collect who responded, and what may go with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from cytoflow_blina.cohort.attrition import Cycle
from cytoflow_blina.cohort.groups import (
    Grouping,
    TwoGroups,
    first_cycles,
    group_columns,
    group_values,
    joined,
    values_at,
)
from cytoflow_blina.cohort.people import People
from cytoflow_blina.cohort.value_source import ValueSource
from cytoflow_blina.domain.analysis_plan import ResponsePlan
from cytoflow_blina.domain.comparison import (
    Outcome,
    PredictorTable,
    TabulatedOutcome,
)

RESPONDERS, NON_RESPONDERS = "responders", "non-responders"


@dataclass(frozen=True)
class Response:
    """What a plan asks of the response.

    Attributes
    ----------
    univariable : Grouping
        Each predictor, responders against the others.
    rates : tuple of TabulatedOutcome
        Responders and others, over all and in each value of the columns of `by`.
    model : PredictorTable or None
        The predictors that enter a regression; None where the plan has none.
    """

    univariable: Grouping
    rates: tuple[TabulatedOutcome, ...]
    model: PredictorTable | None


def collect_response(
    plan: ResponsePlan,
    people: People,
    sources: Callable[[str], ValueSource | None],
) -> Response:
    """Collect the response to the first cycle of every subject.

    Parameters
    ----------
    plan : ResponsePlan
        What counts as response, and what may go with it.
    people : People
        What is known of subjects and cycles.
    sources : callable
        Gives what holds an outcome, by its name; None where nothing does.

    Returns
    -------
    Response
        Subjects whose response is another value, or not known, belong to neither
        group.
    """
    groups = TwoGroups(
        plan.name,
        plan.column,
        tuple(plan.responders),
        tuple(plan.non_responders),
        (RESPONDERS, NON_RESPONDERS),
        plan.where,
    )
    univariable = joined(
        _predictor(name, groups, people, sources) for name in plan.predictors
    )
    members = [
        key for key in first_cycles(people) if groups.group_of(key, people) is not None
    ]
    model = _model(plan, groups, people, sources, members) if plan.model else None
    return Response(univariable, _rates(plan, groups, people, members), model)


def _predictor(
    name: str,
    groups: TwoGroups,
    people: People,
    sources: Callable[[str], ValueSource | None],
) -> Grouping:
    visit, _, outcome = name.partition(":")
    source = sources(outcome) if outcome and "=" not in visit else None
    if source is None:
        return group_columns([name], groups, people)
    return group_values(_only(source, outcome), visit, groups, people)


def _only(source: ValueSource, outcome: str) -> ValueSource:
    """Keep one outcome of a source."""
    own = tuple(one for one in source.outcomes if one.name == outcome)
    return ValueSource(source.samples, own, source.look_up)


def _rates(
    plan: ResponsePlan, groups: TwoGroups, people: People, members: Sequence[Cycle]
) -> tuple[TabulatedOutcome, ...]:
    """Count responders over all, and in each value of every column of `by`."""
    tables = [_rate_table(plan, groups, people, {"all": members}, "response")]
    for column in plan.by:
        by_value: dict[str, list[Cycle]] = {}
        for key in members:
            by_value.setdefault(people.text(*key, column), []).append(key)
        n_unknown = len(by_value.pop("", []))
        ordered = {value: by_value[value] for value in sorted(by_value)}
        name = f"response by {column}"
        table = _rate_table(plan, groups, people, ordered, name)
        tables.append(
            TabulatedOutcome(
                table.contrast,
                name,
                table.family,
                table.labels,
                table.categories,
                table.cells,
                n_unknown,
            )
        )
    return tuple(tables)


def _rate_table(
    plan: ResponsePlan,
    groups: TwoGroups,
    people: People,
    members: Mapping[str, Sequence[Cycle]],
    name: str,
) -> TabulatedOutcome:
    cells = np.zeros((len(members), 2), dtype=np.int64)
    for row, keys in enumerate(members.values()):
        for key in keys:
            group = groups.group_of(key, people)
            if group is not None:
                cells[row, group] += 1
    return TabulatedOutcome(
        plan.name,
        name,
        "response",
        tuple(members),
        (RESPONDERS, NON_RESPONDERS),
        cells,
    )


def _model(
    plan: ResponsePlan,
    groups: TwoGroups,
    people: People,
    sources: Callable[[str], ValueSource | None],
    members: Sequence[Cycle],
) -> PredictorTable:
    """Lay out the predictors of a regression; a subject who lacks one is left out."""
    columns = [_numbers(name, people, sources, members) for name in plan.model]
    predictors = np.array(columns, dtype=np.float64).T.reshape(len(members), -1)
    is_known = ~np.isnan(predictors).any(axis=1)
    is_event = np.array(
        [groups.group_of(key, people) == 1 for key in members], dtype=np.bool_
    )
    return PredictorTable(
        contrast=f"{plan.name}: model",
        event="no response",
        names=tuple(plan.model),
        predictors=predictors[is_known],
        is_event=is_event[is_known],
        n_excluded=int(np.count_nonzero(~is_known)),
    )


def _numbers(
    name: str,
    people: People,
    sources: Callable[[str], ValueSource | None],
    members: Sequence[Cycle],
) -> list[float]:
    """Take a predictor as numbers; yes and no, or a value and others, as 1 and 0."""
    visit, _, outcome_name = name.partition(":")
    source = sources(outcome_name) if outcome_name else None
    if source is not None:
        outcome = _outcome(source, outcome_name)
        drawn = {key[0]: look_up for key, look_up in values_at(source, visit).items()}
        return [
            drawn[key[0]](outcome).value if key[0] in drawn else nan for key in members
        ]
    column, _, value = name.partition("=")
    if value:
        found = [people.text(*key, column) for key in members]
        return [float(one == value) if one else nan for one in found]
    numbers = [people.number(*key, column) for key in members]
    if not all(isnan(one) for one in numbers):
        return numbers
    values = people.values(column)
    found = [people.text(*key, column) for key in members]
    return [float(one == values[-1]) if one else nan for one in found]


def _outcome(source: ValueSource, name: str) -> Outcome:
    return next(one for one in source.outcomes if one.name == name)
