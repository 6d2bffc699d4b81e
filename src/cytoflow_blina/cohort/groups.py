"""Collect the values of two groups of subjects, each subject once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import isnan

import numpy as np

from cytoflow_blina.cohort.attrition import Cycle, undecided
from cytoflow_blina.cohort.pair_samples import (
    Contrast,
    choose_samples,
    visit_sample,
)
from cytoflow_blina.cohort.pairing import ExclusionRow, pair_values
from cytoflow_blina.cohort.people import People, is_one_of, is_yes_or_no
from cytoflow_blina.cohort.two_groups import TwoGroups
from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.cohort.value_source import ValueSource
from cytoflow_blina.cohort.visit_windows import VisitWindows
from cytoflow_blina.domain.comparison import (
    GroupedOutcome,
    Outcome,
    TabulatedOutcome,
)
from cytoflow_blina.domain.sample import Sample

_UNITS = {"age_months": "months", "mrd_percent_before": "%"}


@dataclass(frozen=True)
class Grouping:
    """What can be compared between two groups.

    Attributes
    ----------
    values : tuple of GroupedOutcome
        Numbers.
    tables : tuple of TabulatedOutcome
        Counts.
    exclusions : tuple of ExclusionRow
        Subjects of either group without a usable value, with the reason, and those
        of neither group, or whose group is not known.
    """

    values: tuple[GroupedOutcome, ...] = ()
    tables: tuple[TabulatedOutcome, ...] = ()
    exclusions: tuple[ExclusionRow, ...] = ()


def joined(groupings: Iterable[Grouping]) -> Grouping:
    """Put groupings together, in order.

    Parameters
    ----------
    groupings : iterable of Grouping
        Any number.

    Returns
    -------
    Grouping
        With the rows of all; an exclusion from all outcomes stands once.
    """
    every = tuple(groupings)
    return Grouping(
        tuple(one for part in every for one in part.values),
        tuple(one for part in every for one in part.tables),
        tuple(dict.fromkeys(one for part in every for one in part.exclusions)),
    )


def group_changes(
    source: ValueSource, contrast: Contrast, groups: TwoGroups, people: People
) -> Grouping:
    """Collect the changes between two visits in two groups.

    Parameters
    ----------
    source : ValueSource
        The values.
    contrast : Contrast
        Between which visits; one cycle of each subject.
    groups : TwoGroups
        Who is compared with whom.
    people : People
        What is known of subjects and cycles.

    Returns
    -------
    Grouping
        Changes are later minus earlier, in the unit of the value.
    """
    own = replace(contrast, where=groups.where, cycles="first")
    chosen = choose_samples(source.samples, own, people)
    found: dict[Outcome, dict[Cycle, UsableValue]] = {}
    for one in pair_values(source, chosen.pairs, own):
        limit = float(np.fmax(one.before.limit, one.after.limit))
        change = UsableValue(
            one.after.value - one.before.value, one.problem, limit=limit
        )
        found.setdefault(one.outcome, {})[one.samples.cycle] = change
    for outcome in source.outcomes:
        values = found.setdefault(outcome, {})
        for cycle, reason in chosen.missing.items():
            values[cycle] = UsableValue(np.nan, reason)
    grouping = _grouping(found, groups, people, is_change=True)
    asked = _cycles_with(source, contrast.baseline, people)
    doubtful = ((key, undecided(key, groups.where, people)) for key in asked)
    rows = [ExclusionRow(groups.contrast, *key, why) for key, why in doubtful if why]
    return joined([grouping, Grouping(exclusions=tuple(rows))])


def group_values(
    source: ValueSource,
    visit: str,
    groups: TwoGroups,
    people: People,
    *,
    members: Sequence[Cycle] | None = None,
    windows: VisitWindows | None = None,
) -> Grouping:
    """Collect the values at one visit in two groups.

    Parameters
    ----------
    source : ValueSource
        The values.
    visit : str
        Which visit.
    groups : TwoGroups
        Who is compared with whom.
    people : People
        What is known of subjects and cycles.
    members : sequence of (str, int), optional
        Whom to take; of every subject the first cycle with a sample of that visit, or
        the first at all, if not said.
    windows : VisitWindows, optional
        On which days the visit may be drawn; the standard ones if not said.

    Returns
    -------
    Grouping
        As `values_at` gives the values.
    """
    whom = _cycles_with(source, visit, people) if members is None else members
    at_visit = values_at(source, visit, whom, windows or VisitWindows())
    found = {
        outcome: {cycle: look_up(outcome) for cycle, look_up in at_visit.items()}
        for outcome in source.outcomes
    }
    return _grouping(found, groups, people)


def _cycles_with(source: ValueSource, visit: str, people: People) -> list[Cycle]:
    """List the first cycle of each subject with a sample of a visit, or the first."""
    drawn = sorted(
        (one.cycle, one.subject_id) for one in source.samples if one.visit == visit
    )
    chosen = dict(first_cycles(people))
    chosen |= {subject: cycle for cycle, subject in reversed(drawn)}
    return sorted(chosen.items())


def values_at(
    source: ValueSource, visit: str, members: Iterable[Cycle], windows: VisitWindows
) -> dict[Cycle, Callable[[Outcome], UsableValue]]:
    """Look up one visit of some cycles.

    Parameters
    ----------
    source : ValueSource
        The values.
    visit : str
        Which visit.
    members : iterable of (str, int)
        Subject and cycle.
    windows : VisitWindows
        On which days the visit may be drawn.

    Returns
    -------
    dict of (str, int) to callable
        By subject and cycle, what gives the value of an outcome. Without a sample,
        with two, of which one is meant is not said, or with one drawn outside its
        window, there is none, and the reason is told.
    """
    drawn: dict[Cycle, list[Sample]] = defaultdict(list)
    for one in sorted(source.samples, key=lambda one: one.sample_id):
        if one.visit == visit:
            drawn[one.subject_id, one.cycle].append(one)
    return {
        key: partial(_look_up, source, visit_sample(drawn.get(key, ()), visit, windows))
        for key in members
    }


def _look_up(source: ValueSource, drawn: Sample | str, outcome: Outcome) -> UsableValue:
    if isinstance(drawn, str):
        return UsableValue(np.nan, drawn)
    return source.look_up(drawn, outcome)


def group_columns(
    columns: Iterable[str],
    groups: TwoGroups,
    people: People,
    cycles: Iterable[Cycle] | None = None,
) -> Grouping:
    """Collect columns of subjects and cycles in two groups.

    Parameters
    ----------
    columns : iterable of str
        Columns, or `column=value` for one value against the others.
    groups : TwoGroups
        Who is compared with whom.
    people : People
        What is known of subjects and cycles.
    cycles : iterable of (str, int), optional
        Whom to take; the first cycle of every subject if not said.

    Returns
    -------
    Grouping
        Numbers as values, words as a table of each value against all others.
    """
    members = tuple(first_cycles(people) if cycles is None else cycles)
    return joined(_column(one, groups, people, members) for one in columns)


def first_cycles(people: People) -> tuple[Cycle, ...]:
    """List the first cycle of every subject, sorted."""
    known = {*people.subjects, *(subject for subject, _ in people.cycles)}
    return tuple((one, people.first_cycle(one)) for one in sorted(known))


def _column(
    name: str, groups: TwoGroups, people: People, members: Sequence[Cycle]
) -> Grouping:
    column, _, value = name.partition("=")
    filled = people.values(column)
    is_question = is_yes_or_no(filled)
    if not value and not is_question and (not filled or people.is_numeric(column)):
        numbers = {key: people.number(*key, column) for key in members}
        found = {
            key: UsableValue(one, f"{column} is not known" if isnan(one) else "")
            for key, one in numbers.items()
        }
        outcome = Outcome(column, "", "", _UNITS.get(column, ""), "characteristics")
        return _grouping({outcome: found}, groups, people)
    if value:
        asked: Sequence[str] = (value,)
    elif is_question:
        asked = ("true",)
    else:
        # Of two values one is enough.
        asked = filled[:1] if len(filled) == 2 else filled
    tables = [
        _share((column, one), groups, people, members, is_question=is_question)
        for one in asked
    ]
    if len(asked) > 2:
        tables.append(_variable(column, asked, groups, people, members))
    names = tuple(table.outcome for table in tables)
    excluded = [
        ExclusionRow(groups.contrast, *key, f"{column} is not known", names)
        for key in members
        if groups.group_of(key, people) is not None and not people.text(*key, column)
    ]
    return Grouping(
        tables=tuple(tables),
        exclusions=(*excluded, *_without_group(members, groups, people)),
    )


def _variable(
    column: str,
    values: Sequence[str],
    groups: TwoGroups,
    people: People,
    members: Sequence[Cycle],
) -> TabulatedOutcome:
    """Count all values of a column together: one question, one P."""
    cells = np.zeros((2, len(values)), dtype=np.int64)
    n_unknown = 0
    for key in members:
        group, found = groups.group_of(key, people), people.text(*key, column)
        if group is not None and found:
            cells[group, values.index(found)] += 1
        n_unknown += group is not None and not found
    return TabulatedOutcome(
        groups.contrast,
        column,
        "characteristics, variables",
        groups.labels,
        tuple(values),
        cells,
        n_unknown,
    )


def _share(
    column_and_value: tuple[str, str],
    groups: TwoGroups,
    people: People,
    members: Sequence[Cycle],
    *,
    is_question: bool,
) -> TabulatedOutcome:
    """Count those of each group who have a value, and those who have another."""
    column, value = column_and_value
    cells = np.zeros((2, 2), dtype=np.int64)
    n_unknown = 0
    for key in members:
        group = groups.group_of(key, people)
        if group is None:
            continue
        found = people.text(*key, column)
        if found:
            cells[group, 0 if is_one_of(found, (value,)) else 1] += 1
        else:
            n_unknown += 1
    is_yes = is_question and is_one_of("true", (value,))
    return TabulatedOutcome(
        groups.contrast,
        column if is_yes else f"{column}={value}",
        "characteristics",
        groups.labels,
        ("true", "false") if is_yes else (value, "other"),
        cells,
        n_unknown,
    )


def _without_group(
    members: Iterable[Cycle], groups: TwoGroups, people: People
) -> Iterable[ExclusionRow]:
    """List those of neither group, and those of whom the group is not known."""
    for key in members:
        reason = groups.unknown(key, people)
        if reason:
            yield ExclusionRow(groups.contrast, *key, reason)


def _grouping(
    found: Mapping[Outcome, Mapping[Cycle, UsableValue]],
    groups: TwoGroups,
    people: People,
    *,
    is_change: bool = False,
) -> Grouping:
    """Divide values between two groups, and account for those without one."""
    collected = []
    excluded: dict[tuple[Cycle, str], list[str]] = defaultdict(list)
    for outcome, values in found.items():
        sides: tuple[list[float], list[float]] = ([], [])
        limits: tuple[list[float], list[float]] = ([], [])
        n_excluded = 0
        for key, value in sorted(values.items()):
            group = groups.group_of(key, people)
            if group is None:
                continue
            if value.problem:
                n_excluded += 1
                excluded[key, value.problem].append(outcome.name)
            else:
                sides[group].append(value.value)
                # 0 of no event is no limit.
                limits[group].extend(() if isnan(value.limit) else (value.limit,))
        collected.append(
            GroupedOutcome(
                groups.contrast,
                outcome,
                groups.labels,
                np.array(sides[0], dtype=np.float64),
                np.array(sides[1], dtype=np.float64),
                n_excluded,
                is_change,
                (len(limits[0]), len(limits[1])),
                tuple(sorted({*limits[0], *limits[1]})),
            )
        )
    members = sorted({key for values in found.values() for key in values})
    return Grouping(
        values=tuple(collected),
        exclusions=(
            *(
                ExclusionRow(groups.contrast, *key, reason, tuple(names))
                for (key, reason), names in excluded.items()
            ),
            *_without_group(members, groups, people),
        ),
    )
