"""Account for every subject between the sample sheet and a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cytoflow_blina.cohort.people import People

Cycle = tuple[str, int]
"""Subject and cycle."""


@dataclass(frozen=True)
class AttritionRow:
    """One row of `attrition.csv`; the fields are the columns.

    A row without `reason` tells how many are there at a stage; those with one tell
    how many were lost on the way to it. A subject who has another cycle left is not
    lost.
    """

    contrast: str
    stage: int
    title: str
    reason: str
    n_subjects: int
    n_cycles: int


@dataclass(frozen=True)
class Stage:
    """One stage of a comparison.

    Attributes
    ----------
    title : str
        Who is left.
    left : sequence of (str, int)
        Subject and cycle of those.
    lost : mapping of str to sequence of (str, int)
        Those lost on the way, by reason.
    """

    title: str
    left: Sequence[Cycle]
    lost: Mapping[str, Sequence[Cycle]]


def undecided(cycle: Cycle, where: Mapping[str, Sequence[str]], people: People) -> str:
    """Say that it is not known whether a cycle is one of those that are asked for.

    Parameters
    ----------
    cycle : (str, int)
        Subject and cycle.
    where : mapping of str to sequence of str
        Values that columns must have.
    people : People
        What is known of subjects and cycles.

    Returns
    -------
    str
        `infusion is not known`; empty where all is known, or where what is known
        does not fit.
    """
    unknown = [column for column in where if not people.text(*cycle, column)]
    known = {name: where[name] for name in where if name not in unknown}
    if not unknown or not people.fits(*cycle, known):
        return ""
    return f"{' and '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} not known"


def attrition_rows(contrast: str, stages: Iterable[Stage]) -> tuple[AttritionRow, ...]:
    """Write the stages of a comparison as rows.

    Parameters
    ----------
    contrast : str
        Name of the comparison.
    stages : iterable of Stage
        In order.

    Returns
    -------
    tuple of AttritionRow
        For each stage those who are left, then the reasons of the others.
    """
    rows = []
    for number, stage in enumerate(stages, start=1):
        left = {subject for subject, _ in stage.left}
        rows.append(
            AttritionRow(
                contrast, number, stage.title, "", len(left), len(set(stage.left))
            )
        )
        rows += [
            AttritionRow(
                contrast,
                number,
                stage.title,
                reason,
                len({subject for subject, _ in cycles} - left),
                len(set(cycles)),
            )
            for reason, cycles in sorted(stage.lost.items())
        ]
    return tuple(rows)
