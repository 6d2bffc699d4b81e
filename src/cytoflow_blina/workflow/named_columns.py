"""List the columns and values that a plan names, and their other spellings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from cytoflow_blina.cohort.people import People, is_yes_or_no
from cytoflow_blina.cohort.spellings import spelling_message, spelt_twice
from cytoflow_blina.domain.analysis_plan import (
    AdverseEventPlan,
    CharacteristicsPlan,
    GroupPlan,
    ResponsePlan,
    SurvivalPlan,
)
from cytoflow_blina.errors import Problem
from cytoflow_blina.workflow.study import STUDY_FILE, AnalysisPlan, StudyConfig

Groups = tuple[Sequence[str], ...]
"""Values that are named, those that are taken as one together."""


def named_columns(
    config: StudyConfig, measured: Sequence[str]
) -> dict[str, list[Groups]]:
    """List the columns of subjects and cycles that the plan names.

    Parameters
    ----------
    config : StudyConfig
        The study.
    measured : sequence of str
        What is counted or measured; such a name is no column.

    Returns
    -------
    dict of str to list of tuple of sequence of str
        For each use of a column the values that it names; empty for all of them.
    """
    found: dict[str, list[Groups]] = defaultdict(list)
    for _, plan in config.analyses(STUDY_FILE):
        for name, groups in _named_by(plan, measured):
            column, _, value = name.partition("=")
            found[column].append((*groups, [value]) if value else groups)
        where: Mapping[str, Sequence[str]] = plan.where
        for column, values in where.items():
            found[column].append((values,))
    if config.describe_by:
        found[config.describe_by].append(())
    return dict(found)


def _named_by(
    plan: AnalysisPlan, measured: Sequence[str]
) -> Iterator[tuple[str, Groups]]:
    """Walk the columns that an analysis names, `where` aside."""
    names: list[str] = []
    if isinstance(plan, (GroupPlan, AdverseEventPlan, CharacteristicsPlan)):
        yield plan.by, (plan.a, plan.b)
    if isinstance(plan, SurvivalPlan) and plan.by:
        yield plan.by, tuple(plan.groups)
    if isinstance(plan, ResponsePlan):
        yield plan.column, (plan.responders, plan.non_responders)
        names = [*plan.by, *plan.predictors, *plan.model]
        # A count at a visit is no column: 'D0:CD19', but 'fusion=BCR::ABL1'.
        names = [name for name in names if ":" not in name.partition("=")[0]]
    elif isinstance(plan, CharacteristicsPlan):
        names = plan.columns
    elif isinstance(plan, GroupPlan) and plan.of == "value":
        names = [name for name in plan.outcomes if name not in measured]
    for name in names:
        yield name, ()


def spelling_problems(
    config: StudyConfig, people: People, named: Mapping[str, Sequence[Groups]]
) -> list[Problem]:
    """Find values that differ from another one of their column in spelling alone.

    Parameters
    ----------
    config : StudyConfig
        The study.
    people : People
        What is known of subjects and cycles.
    named : mapping of str to sequence of tuple of sequence of str
        The columns to look at, as `named_columns` lists them.

    Returns
    -------
    list of Problem
        One for each such value of a table. Numbers, and spellings that every analysis
        takes together, are none.
    """
    tables = {
        config.tables.subjects: People(people.subjects, {}),
        config.tables.cycles: People({}, people.cycles),
    }
    problems = []
    for column, uses in named.items():
        values = people.values(column)
        if people.is_numeric(column) or is_yes_or_no(values):
            continue
        by_table = {name: _rows_of(column, own) for name, own in tables.items()}
        counts = sum(by_table.values(), Counter())
        preferred = {value for groups in uses for own in groups for value in own}
        problems += [
            Problem(
                f"{table}: column {column}",
                spelling_message((word, rows[word]), (usual, counts[usual])),
            )
            for word, usual in spelt_twice(counts, preferred)
            for table, rows in by_table.items()
            if rows[word] and not _is_meant(word, usual, uses)
        ]
    return problems


def _rows_of(column: str, people: People) -> Counter[str]:
    """Count the rows of one table that have each value of a column."""
    keys = people.cycles or [(subject, 1) for subject in people.subjects]
    found = Counter(people.text(*key, column) for key in keys)
    del found[""]
    return found


def _is_meant(word: str, usual: str, uses: Sequence[Groups]) -> bool:
    """Tell whether every use of a column names both spellings as one group."""
    return all(
        any(word in values and usual in values for values in groups) for groups in uses
    )
