"""Collect the values of every visit for the descriptive table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import nan

import numpy as np
import pandas as pd

from cytoflow_blina.cohort.usable_values import (
    UsableValue,
    index_counts,
    reported_outcomes,
    usable_value,
)
from cytoflow_blina.domain.comparison import OUTCOMES, Outcome, VisitValues
from cytoflow_blina.domain.sample import Sample

ALL = "all"


def visit_values(
    counts: pd.DataFrame,
    samples: Iterable[Sample],
    *,
    groups: Mapping[str, str] | None = None,
    specimen: str = "PB",
) -> tuple[VisitValues, ...]:
    """Collect every outcome by group and visit, each subject once.

    Parameters
    ----------
    counts : DataFrame
        `counts.csv`, as `read_table` returns it.
    samples : iterable of Sample
        Every sample of the sheet, whether it could be processed or not.
    groups : mapping of str to str, optional
        Group of each subject; subjects without one stand under `all`, as does
        everybody where this is not given.
    specimen : str, default "PB"
        What is described.

    Returns
    -------
    tuple of VisitValues
        Of the first cycle of each subject, and of every visit that the sheet has in
        those. A subject with two samples at one visit has no value there, because
        which one is meant is not said.
    """
    first = _first_cycles(one for one in samples if one.specimen == specimen)
    members: dict[str, list[str]] = defaultdict(list)
    for subject_id in sorted(first):
        members[(groups or {}).get(subject_id) or ALL].append(subject_id)
    index = index_counts(counts)
    visits = sorted({one.visit for drawn in first.values() for one in drawn})

    def value(subject_id: str, visit: str, outcome: Outcome) -> UsableValue:
        drawn = [one for one in first[subject_id] if one.visit == visit]
        if len(drawn) != 1:
            return UsableValue(nan, "no single sample")
        return usable_value(index, drawn[0].sample_id, outcome)

    collected = []
    for outcome in reported_outcomes(index, OUTCOMES):
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
