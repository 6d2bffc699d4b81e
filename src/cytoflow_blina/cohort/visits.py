"""Collect the values of every visit for the descriptive table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import nan

import numpy as np

from cytoflow_blina.cohort.pair_samples import visit_sample
from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.cohort.value_source import ValueSource
from cytoflow_blina.cohort.visit_windows import VisitWindows
from cytoflow_blina.domain.comparison import Outcome, VisitValues
from cytoflow_blina.domain.sample import Sample

ALL = "all"


def visit_values(
    source: ValueSource,
    *,
    groups: Mapping[str, str] | None = None,
    subjects: Iterable[str] = (),
    windows: VisitWindows | None = None,
) -> tuple[VisitValues, ...]:
    """Collect every outcome by group and visit, each subject once.

    Parameters
    ----------
    source : ValueSource
        The values, and the occasions that they are of.
    groups : mapping of str to str, optional
        Group of each subject; subjects without one stand under `all`, as does
        everybody where this is not given.
    subjects : iterable of str, optional
        Further subjects of the study, who are missing at every visit.
    windows : VisitWindows, optional
        On which days a visit may be drawn; the standard ones if not said.

    Returns
    -------
    tuple of VisitValues
        Of the first cycle of each subject, and of every visit that there is in
        those. A subject with two samples at one visit has no value there, because
        which one is meant is not said, nor one who was drawn outside its window.
    """
    first = first_cycle_samples(source.samples)
    members: dict[str, list[str]] = defaultdict(list)
    for subject_id in sorted({*first, *subjects}) if first else ():
        members[(groups or {}).get(subject_id) or ALL].append(subject_id)
    drawn: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for own in first.values():
        for one in own:
            drawn[one.subject_id, one.visit].append(one)
    visits = sorted({visit for _, visit in drawn})
    found = {
        key: visit_sample(samples, key[1], windows or VisitWindows())
        for key, samples in drawn.items()
    }
    return tuple(
        _values(source, outcome, (group, visit), subject_ids, found)
        for outcome in source.outcomes
        for group, subject_ids in sorted(members.items())
        for visit in visits
    )


def _values(
    source: ValueSource,
    outcome: Outcome,
    group_and_visit: tuple[str, str],
    subject_ids: Sequence[str],
    drawn: Mapping[tuple[str, str], Sample | str],
) -> VisitValues:
    """Collect one outcome of the subjects of a group at one visit."""
    group, visit = group_and_visit
    samples = [drawn.get((subject_id, visit)) for subject_id in subject_ids]
    found = [
        source.look_up(one, outcome) if isinstance(one, Sample) else UsableValue(nan)
        for one in samples
    ]
    return VisitValues(
        outcome=outcome,
        group=group,
        visit=visit,
        values=np.array([one.value for one in found]),
        censored=np.array([one.is_censored for one in found]),
        n_no_sample=samples.count(None),
    )


def first_cycle_samples(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Keep the first cycle of each subject, so that nobody counts twice.

    Parameters
    ----------
    samples : iterable of Sample
        Any number; one sample may stand here once for each of its tubes.

    Returns
    -------
    dict of str to list of Sample
        By subject, every sample of the first cycle that has one.
    """
    drawn: dict[str, list[Sample]] = defaultdict(list)
    # A sample stands once, however many tubes it has.
    for one in sorted(set(samples), key=lambda one: one.sample_id):
        drawn[one.subject_id].append(one)
    return {
        subject_id: [one for one in own if one.cycle == min(s.cycle for s in own)]
        for subject_id, own in drawn.items()
    }
