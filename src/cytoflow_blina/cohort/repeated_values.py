"""Collect the values of several visits, for a model that knows of the subject."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import isnan

import numpy as np

from cytoflow_blina.cohort.attrition import undecided
from cytoflow_blina.cohort.pair_samples import visit_sample
from cytoflow_blina.cohort.pairing import ExclusionRow
from cytoflow_blina.cohort.people import People
from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.cohort.value_source import ValueSource
from cytoflow_blina.cohort.visit_windows import VisitWindows
from cytoflow_blina.domain.comparison import RepeatedOutcome
from cytoflow_blina.domain.sample import Sample


def repeated_values(
    source: ValueSource,
    contrast: str,
    visits: Sequence[str],
    where: Mapping[str, Sequence[str]],
    people: People,
    windows: VisitWindows,
) -> tuple[tuple[RepeatedOutcome, ...], tuple[ExclusionRow, ...]]:
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
    outcomes : tuple of RepeatedOutcome
        One for each outcome. A subject need not have every visit; a visit drawn
        outside its window, or twice, is not used and counts as excluded.
    exclusions : tuple of ExclusionRow
        Those visits, the values that cannot be used, and the subjects of whom it is
        not known whether they are asked for, with their reason.
    """
    drawn = _drawn(source, visits, where, people)
    found = {
        key: visit_sample(samples, key[2], windows) for key, samples in drawn.items()
    }
    outcomes = []
    excluded: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    for outcome in source.outcomes:
        kept: list[tuple[Sample, UsableValue]] = []
        for (subject_id, cycle, visit), one in found.items():
            if isinstance(one, str):
                excluded[subject_id, cycle, one].append(outcome.name)
                continue
            value = source.look_up(one, outcome)
            if value.problem:
                reason = f"{visit}: {value.problem}"
                excluded[subject_id, cycle, reason].append(outcome.name)
            else:
                kept.append((one, value))
        outcomes.append(
            RepeatedOutcome(
                contrast=contrast,
                outcome=outcome,
                baseline=visits[0],
                visits=tuple(visits[1:]),
                values=np.array([value.value for _, value in kept], dtype=np.float64),
                subject_ids=tuple(one.subject_id for one, _ in kept),
                value_visits=tuple(one.visit for one, _ in kept),
                n_excluded=len(found) - len(kept),
                n_censored=sum(not isnan(value.limit) for _, value in kept),
            )
        )
    rows = [
        ExclusionRow(contrast, *key, tuple(names)) for key, names in excluded.items()
    ]
    for asked in sorted(_first_cycles(source, visits).items()):
        doubt = undecided(asked, where, people)
        rows += [ExclusionRow(contrast, *asked, doubt)] if doubt else []
    return tuple(outcomes), tuple(rows)


def _first_cycles(source: ValueSource, visits: Sequence[str]) -> dict[str, int]:
    """Find the first cycle of each subject with a sample of any of these visits."""
    first: dict[str, int] = {}
    for one in sorted(source.samples, key=lambda one: one.cycle):
        if one.visit in visits:
            first.setdefault(one.subject_id, one.cycle)
    return first


def _drawn(
    source: ValueSource,
    visits: Sequence[str],
    where: Mapping[str, Sequence[str]],
    people: People,
) -> dict[tuple[str, int, str], list[Sample]]:
    """Sort the samples of the first cycle of each subject by subject, cycle, visit."""
    named = [one for one in source.samples if one.visit in visits]
    first = _first_cycles(source, visits)
    drawn: dict[tuple[str, int, str], list[Sample]] = defaultdict(list)
    for one in sorted(named, key=lambda one: (one.subject_id, one.sample_id)):
        is_first = first[one.subject_id] == one.cycle
        if is_first and people.fits(one.subject_id, one.cycle, where):
            drawn[one.subject_id, one.cycle, one.visit].append(one)
    return drawn
