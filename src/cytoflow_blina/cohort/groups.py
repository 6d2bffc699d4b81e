"""Collect the values of two groups of subjects, each subject once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import isnan

import numpy as np

from cytoflow_blina.cohort.attrition import Cycle
from cytoflow_blina.cohort.pair_samples import Contrast, choose_samples
from cytoflow_blina.cohort.pairing import ExclusionRow, pair_values
from cytoflow_blina.cohort.people import People
from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.cohort.value_source import ValueSource
from cytoflow_blina.domain.comparison import (
    GroupedOutcome,
    Outcome,
    TabulatedOutcome,
)
from cytoflow_blina.domain.sample import Sample

_UNITS = {"age_months": "months", "mrd_percent_before": "%"}


@dataclass(frozen=True)
class TwoGroups:
    """Two groups of cycles, by a column of subjects or cycles.

    Attributes
    ----------
    contrast : str
        Name of the comparison.
    by : str
        The column.
    a, b : tuple of str
        Its values in either group; a cycle with another belongs to neither.
    labels : tuple of two str
        Names of the groups.
    where : mapping of str to sequence of str
        Values that further columns must have.
    """

    contrast: str
    by: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    labels: tuple[str, str]
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def group_of(self, cycle: Cycle, people: People) -> int | None:
        """Tell the group of a cycle: 0 or 1, None where it belongs to neither."""
        if not people.fits(*cycle, self.where):
            return None
        value = people.text(*cycle, self.by)
        return 0 if value in self.a else 1 if value in self.b else None


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
        Subjects of either group without a usable value, with the reason.
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
        With the rows of all.
    """
    every = tuple(groupings)
    return Grouping(
        tuple(one for part in every for one in part.values),
        tuple(one for part in every for one in part.tables),
        tuple(one for part in every for one in part.exclusions),
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
        change = UsableValue(one.after.value - one.before.value, one.problem)
        found.setdefault(one.outcome, {})[one.samples.cycle] = change
    for outcome in source.outcomes:
        values = found.setdefault(outcome, {})
        for cycle, reason in chosen.missing.items():
            values[cycle] = UsableValue(np.nan, reason)
    return _grouping(found, groups, people, is_change=True)


def group_values(
    source: ValueSource, visit: str, groups: TwoGroups, people: People
) -> Grouping:
    """Collect the values at one visit in two groups.

    Parameters
    ----------
    source : ValueSource
        The values.
    visit : str
        Which visit; of the first cycle of a subject that has a sample of it.
    groups : TwoGroups
        Who is compared with whom.
    people : People
        What is known of subjects and cycles.

    Returns
    -------
    Grouping
        A subject with two samples at the visit has no value, because which one is
        meant is not said.
    """
    at_visit = values_at(source, visit)
    found = {
        outcome: {cycle: look_up(outcome) for cycle, look_up in at_visit.items()}
        for outcome in source.outcomes
    }
    return _grouping(found, groups, people)


def values_at(
    source: ValueSource, visit: str
) -> dict[Cycle, Callable[[Outcome], UsableValue]]:
    """Look up one visit of every subject, in the first cycle that has it.

    Parameters
    ----------
    source : ValueSource
        The values.
    visit : str
        Which visit.

    Returns
    -------
    dict of (str, int) to callable
        By subject and cycle, what gives the value of an outcome.
    """
    first: dict[str, int] = {}
    for one in sorted(source.samples, key=lambda one: one.cycle):
        if one.visit == visit:
            first.setdefault(one.subject_id, one.cycle)
    drawn: dict[Cycle, list[Sample]] = defaultdict(list)
    for one in source.samples:
        if one.visit == visit and first[one.subject_id] == one.cycle:
            drawn[one.subject_id, one.cycle].append(one)
    return {key: partial(_look_up, source, drawn[key]) for key in sorted(drawn)}


def _look_up(
    source: ValueSource, drawn: Sequence[Sample], outcome: Outcome
) -> UsableValue:
    if len(drawn) > 1:
        ids = ", ".join(one.sample_id for one in drawn)
        reason = f"{len(drawn)} samples at {drawn[0].visit} ({ids})"
        return UsableValue(np.nan, f"{reason}: which one is not said")
    return source.look_up(drawn[0], outcome)


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
    if not value and people.is_numeric(column):
        numbers = {key: people.number(*key, column) for key in members}
        found = {
            key: UsableValue(one, f"{column} is not known" if isnan(one) else "")
            for key, one in numbers.items()
        }
        outcome = Outcome(column, "", "", _UNITS.get(column, ""), "characteristics")
        return _grouping({outcome: found}, groups, people)
    values = (value,) if value else people.values(column)
    # Yes and no are one question, not two.
    asked = ("true",) if set(values) <= {"true", "false"} else values
    if len(asked) == 2 and not value:
        asked = asked[:1]
    return joined(_share(column, one, groups, people, members) for one in asked)


def _share(
    column: str,
    value: str,
    groups: TwoGroups,
    people: People,
    members: Sequence[Cycle],
) -> Grouping:
    """Count those of each group who have a value, and those who have another."""
    cells = np.zeros((2, 2), dtype=np.int64)
    unknown = []
    for key in members:
        group = groups.group_of(key, people)
        if group is None:
            continue
        found = people.text(*key, column)
        if found:
            cells[group, 0 if found == value else 1] += 1
        else:
            reason = f"{column} is not known"
            unknown.append(ExclusionRow(groups.contrast, *key, reason, (column,)))
    name = column if value == "true" else f"{column}={value}"
    table = TabulatedOutcome(
        groups.contrast,
        name,
        "characteristics",
        groups.labels,
        (value, "other" if value != "true" else "false"),
        cells,
        len(unknown),
    )
    return Grouping(tables=(table,), exclusions=tuple(unknown))


def _grouping(
    found: Mapping[Outcome, Mapping[Cycle, UsableValue]],
    groups: TwoGroups,
    people: People,
    *,
    is_change: bool = False,
) -> Grouping:
    """Divide values between two groups, and account for those without one."""
    collected, excluded = [], []
    for outcome, values in found.items():
        sides: tuple[list[float], list[float]] = ([], [])
        n_excluded = 0
        for key, value in sorted(values.items()):
            group = groups.group_of(key, people)
            if group is None:
                continue
            if value.problem:
                n_excluded += 1
                row = ExclusionRow(
                    groups.contrast, *key, value.problem, (outcome.name,)
                )
                excluded.append(row)
            else:
                sides[group].append(value.value)
        collected.append(
            GroupedOutcome(
                groups.contrast,
                outcome,
                groups.labels,
                np.array(sides[0], dtype=np.float64),
                np.array(sides[1], dtype=np.float64),
                n_excluded,
                is_change,
            )
        )
    return Grouping(values=tuple(collected), exclusions=tuple(excluded))
