"""Collect the values of several visits, for a model that knows of the subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cytoflow_blina.cohort.people import People
from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.cohort.value_source import ValueSource
from cytoflow_blina.cohort.visit_windows import VisitWindows
from cytoflow_blina.domain.comparison import Outcome, RepeatedOutcome
from cytoflow_blina.domain.sample import Sample


def repeated_values(
    source: ValueSource,
    contrast: str,
    visits: Sequence[str],
    where: Mapping[str, Sequence[str]],
    people: People,
    windows: VisitWindows,
) -> tuple[RepeatedOutcome, ...]:
    """Collect every outcome at every visit of the first cycle of each subject.

    Parameters
    ----------
    source : ValueSource
        The values.
    contrast : str
        Name of the comparison.
    visits : sequence of str
        The first is what the others are compared with.
    where : mapping of str to sequence of str
        Values that columns of subjects and cycles must have.
    people : People
        What is known of subjects and cycles.
    windows : VisitWindows
        On which days a visit may be drawn.

    Returns
    -------
    tuple of RepeatedOutcome
        One for each outcome. A subject need not have every visit; a sample outside its
        window, and one of two at a visit, is not used and counts as excluded.
    """
    first: dict[str, int] = {}
    named = [one for one in source.samples if one.visit in visits]
    for one in sorted(named, key=lambda one: one.cycle):
        first.setdefault(one.subject_id, one.cycle)
    used = [
        one
        for one in sorted(named, key=lambda one: (one.subject_id, one.sample_id))
        if first[one.subject_id] == one.cycle
        and people.fits(one.subject_id, one.cycle, where)
    ]
    return tuple(
        _outcome(source, contrast, tuple(visits), outcome, (used, windows))
        for outcome in source.outcomes
    )


def _outcome(
    source: ValueSource,
    contrast: str,
    visits: tuple[str, ...],
    outcome: Outcome,
    drawn: tuple[list[Sample], VisitWindows],
) -> RepeatedOutcome:
    used, windows = drawn
    keys = [(one.subject_id, one.visit) for one in used]
    kept: list[tuple[Sample, UsableValue]] = []
    for one, key in zip(used, keys, strict=True):
        value = source.look_up(one, outcome)
        if not (value.problem or windows.problem(one) or keys.count(key) > 1):
            kept.append((one, value))
    return RepeatedOutcome(
        contrast=contrast,
        outcome=outcome,
        baseline=visits[0],
        visits=visits[1:],
        values=np.array([value.value for _, value in kept], dtype=np.float64),
        subject_ids=tuple(one.subject_id for one, _ in kept),
        value_visits=tuple(one.visit for one, _ in kept),
        n_excluded=len(used) - len(kept),
    )
