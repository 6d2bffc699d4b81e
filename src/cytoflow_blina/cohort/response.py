"""Collect who responded, and what may go with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from cytoflow_blina.cohort.attrition import Cycle, undecided
from cytoflow_blina.cohort.groups import (
    Grouping,
    first_cycles,
    group_columns,
    group_values,
    joined,
    values_at,
)
from cytoflow_blina.cohort.pairing import ExclusionRow
from cytoflow_blina.cohort.people import People, is_one_of, is_yes_or_no
from cytoflow_blina.cohort.two_groups import TwoGroups
from cytoflow_blina.cohort.value_source import ValueSource
from cytoflow_blina.cohort.visit_windows import VisitWindows
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
        Each predictor, responders against the others; with everybody who is left out,
        of it or of the regression.
    rates : tuple of TabulatedOutcome
        Responders and others, over all and in each value of the columns of `by`.
    model : PredictorTable or None
        The predictors that enter a regression; None where the plan has none.
    """

    univariable: Grouping
    rates: tuple[TabulatedOutcome, ...]
    model: PredictorTable | None


@dataclass(frozen=True, eq=False)
class _Asked:
    """What every part of an analysis of the response needs.

    Attributes
    ----------
    groups : TwoGroups
        Responders, and the others.
    people : People
        What is known of subjects and cycles.
    sources : callable
        Gives what holds an outcome, by its name; None where nothing does.
    windows : VisitWindows
        On which days visits may be drawn.
    members : tuple of (str, int)
        The first cycle of each subject of either group.
    """

    groups: TwoGroups
    people: People
    sources: Callable[[str], ValueSource | None]
    windows: VisitWindows
    members: tuple[Cycle, ...]


def collect_response(
    plan: ResponsePlan,
    people: People,
    sources: Callable[[str], ValueSource | None],
    windows: VisitWindows | None = None,
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
    windows : VisitWindows, optional
        On which days visits may be drawn; the standard ones if not said.

    Returns
    -------
    Response
        Subjects whose response is another value, or not known, belong to neither
        group; they are listed as excluded. Predictors are those of the cycle whose
        response it is.
    """
    groups = TwoGroups(
        plan.name,
        plan.column,
        tuple(plan.responders),
        tuple(plan.non_responders),
        (RESPONDERS, NON_RESPONDERS),
        plan.where,
    )
    every = first_cycles(people)
    fitting = [key for key in every if people.fits(*key, plan.where)]
    members = tuple(key for key in fitting if groups.group_of(key, people) is not None)
    asked = _Asked(groups, people, sources, windows or VisitWindows(), members)
    doubtful = ((key, undecided(key, plan.where, people)) for key in every)
    others = [ExclusionRow(plan.name, *key, why) for key, why in doubtful if why]
    for key in fitting:
        if key not in members:
            found = people.text(*key, plan.column) or "not known"
            others.append(ExclusionRow(plan.name, *key, f"{plan.column} is {found}"))
    model, left_out = _model(plan, asked) if plan.model else (None, ())
    univariable = joined(
        (
            *(_predictor(name, asked) for name in plan.predictors),
            Grouping(exclusions=(*others, *left_out)),
        )
    )
    return Response(univariable, _rates(plan, groups, people, members), model)


def _predictor(name: str, asked: _Asked) -> Grouping:
    visit, _, outcome = name.partition(":")
    source = asked.sources(outcome) if outcome and "=" not in visit else None
    if source is None:
        return group_columns([name], asked.groups, asked.people, asked.members)
    return group_values(
        _only(source, outcome),
        visit,
        asked.groups,
        asked.people,
        members=asked.members,
        windows=asked.windows,
    )


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
    plan: ResponsePlan, asked: _Asked
) -> tuple[PredictorTable, tuple[ExclusionRow, ...]]:
    """Lay out the predictors of a regression; a subject who lacks one is left out."""
    contrast, members = f"{plan.name}: model", asked.members
    named = [_numbers(name, asked) for name in plan.model]
    columns = [numbers for _, numbers in named]
    predictors = np.array(columns, dtype=np.float64).T.reshape(len(members), -1)
    is_unknown = np.isnan(predictors)
    is_known = ~is_unknown.any(axis=1)
    is_event = np.array(
        [asked.groups.group_of(key, asked.people) == 1 for key in members],
        dtype=np.bool_,
    )
    left_out = []
    for key, unknown in zip(members, is_unknown.tolist(), strict=True):
        lacking = [name for name, one in zip(plan.model, unknown, strict=True) if one]
        if lacking:
            reason = f"{', '.join(lacking)} not known"
            left_out.append(ExclusionRow(contrast, *key, reason))
    table = PredictorTable(
        contrast=contrast,
        event="no response",
        names=tuple(name for name, _ in named),
        predictors=predictors[is_known],
        is_event=is_event[is_known],
        n_excluded=len(left_out),
    )
    return table, tuple(left_out)


def _numbers(name: str, asked: _Asked) -> tuple[str, list[float]]:
    """Take a predictor as numbers, with its name.

    Yes and no, or a value and others, are 1 and 0; of a column of words without a
    value its first one is taken, and named.
    """
    people, members = asked.people, asked.members
    visit, _, outcome_name = name.partition(":")
    source = asked.sources(outcome_name) if outcome_name else None
    if source is not None:
        outcome = _outcome(source, outcome_name)
        drawn = values_at(source, visit, members, asked.windows)
        return name, [drawn[key](outcome).value for key in members]
    column, _, value = name.partition("=")
    filled = people.values(column)
    if not value and (is_yes_or_no(filled) or people.is_numeric(column) or not filled):
        return name, [people.number(*key, column) for key in members]
    one = value or filled[0]
    found = [people.text(*key, column) for key in members]
    numbers = [float(is_one_of(cell, (one,))) if cell else nan for cell in found]
    return f"{column}={one}", numbers


def _outcome(source: ValueSource, name: str) -> Outcome:
    return next(one for one in source.outcomes if one.name == name)
