"""Collect the values of every visit for the descriptive table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import nan

import numpy as np

from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.cohort.value_source import ValueSource
from cytoflow_blina.domain.comparison import Outcome, VisitValues
from cytoflow_blina.domain.sample import Sample

ALL = "all"


def visit_values(
    source: ValueSource, *, groups: Mapping[str, str] | None = None
) -> tuple[VisitValues, ...]:
    """Collect every outcome by group and visit, each subject once.

    Parameters
    ----------
    source : ValueSource
        The values, and the occasions that they are of.
    groups : mapping of str to str, optional
        Group of each subject; subjects without one stand under `all`, as does
        everybody where this is not given.

    Returns
    -------
    tuple of VisitValues
        Of the first cycle of each subject, and of every visit that there is in
        those. A subject with two samples at one visit has no value there, because
        which one is meant is not said.
    """
    first = _first_cycles(source.samples)
    members: dict[str, list[str]] = defaultdict(list)
    for subject_id in sorted(first):
        members[(groups or {}).get(subject_id) or ALL].append(subject_id)
    visits = sorted({one.visit for drawn in first.values() for one in drawn})

    def value(subject_id: str, visit: str, outcome: Outcome) -> UsableValue:
        drawn = [one for one in first[subject_id] if one.visit == visit]
        if len(drawn) != 1:
            return UsableValue(nan, "no single sample")
        return source.look_up(drawn[0], outcome)

    collected = []
    for outcome in source.outcomes:
        for group, subjects in sorted(members.items()):
            for visit in visits:
                found = [value(subject_id, visit, outcome) for subject_id in subjects]
                sampled = [
                    any(one.visit == visit for one in first[subject_id])
                    for subject_id in subjects
                ]
                collected.append(
                    VisitValues(
                        outcome=outcome,
                        group=group,
                        visit=visit,
                        values=np.array([one.value for one in found]),
                        censored=np.array([one.is_censored for one in found]),
                        n_no_sample=len(subjects) - sum(sampled),
                    )
                )
    return tuple(collected)


def _first_cycles(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Keep the first cycle of each subject, so that nobody counts twice."""
    drawn: dict[str, list[Sample]] = defaultdict(list)
    # A sample stands once, however many tubes it has.
    for one in sorted(set(samples), key=lambda one: one.sample_id):
        drawn[one.subject_id].append(one)
    return {
        subject_id: [one for one in own if one.cycle == min(s.cycle for s in own)]
        for subject_id, own in drawn.items()
    }
