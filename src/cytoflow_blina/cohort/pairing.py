"""Pair the visits of each subject, and account for every pair that is left out.

Which samples make a pair is decided by the sample sheet alone, never by their values or
their quality; what cannot be used is then excluded, and its reason told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cytoflow_blina.cohort.usable_values import (
    CountIndex,
    UsableValue,
    index_counts,
    reported_outcomes,
    usable_value,
)
from cytoflow_blina.domain.comparison import OUTCOMES, Outcome, PairedOutcome
from cytoflow_blina.domain.sample import Sample

WITHOUT_LOW_COUNTS = ", without low counts"


@dataclass(frozen=True)
class Contrast:
    """Which visits are compared.

    Attributes
    ----------
    name : str
        `EOT vs D0`.
    baseline : str
        The earlier visit.
    post : tuple of str
        The later visit: the first of these that a subject has a sample of.
    cycles : {"first", "all"}
        One cycle of each subject, the first with one of these visits, or every cycle,
        which are not independent.
    specimen : str
        What is compared.
    """

    name: str
    baseline: str
    post: tuple[str, ...]
    cycles: Literal["first", "all"] = "first"
    specimen: str = "PB"


@dataclass(frozen=True)
class PairRow:
    """One row of `pairs.csv`; the fields are the columns."""

    contrast: str
    outcome: str
    unit: str
    subject_id: str
    cycle: int
    visit_a: str
    visit_b: str
    value_a: float
    value_b: float
    difference: float
    low_count: bool


@dataclass(frozen=True)
class ExclusionRow:
    """One row of `exclusions.csv`; the fields are the columns."""

    contrast: str
    subject_id: str
    cycle: int
    reason: str
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pairing:
    """The pairs of a contrast.

    Attributes
    ----------
    outcomes : tuple of PairedOutcome
        What can be compared; empty where no subject has both visits.
    pairs : tuple of PairRow
        Every pair of values that is compared.
    exclusions : tuple of ExclusionRow
        Every pair that is not, with its reason.
    """

    outcomes: tuple[PairedOutcome, ...] = ()
    pairs: tuple[PairRow, ...] = ()
    exclusions: tuple[ExclusionRow, ...] = ()


@dataclass(frozen=True)
class _Visits:
    """Two samples of one subject and cycle."""

    before: Sample
    after: Sample


@dataclass(frozen=True)
class _Values:
    """One outcome of such a pair; `problem` says why it may not be compared."""

    visits: _Visits
    outcome: Outcome
    before: UsableValue
    after: UsableValue
    problem: str
    low_counts: str


def pair_visits(
    counts: pd.DataFrame,
    samples: Iterable[Sample],
    contrast: Contrast,
    *,
    allow_method_change: bool = False,
) -> Pairing:
    """Pair a baseline with a later visit, by subject and cycle.

    Parameters
    ----------
    counts : DataFrame
        `counts.csv`, as `read_table` returns it.
    samples : iterable of Sample
        Every sample of the sheet, whether it could be processed or not.
    contrast : Contrast
        Which visits.
    allow_method_change : bool, default False
        Compare counts of different methods, for which a reason was given.

    Returns
    -------
    Pairing
        Twice over: all pairs under the name of the contrast, and under that name with
        `, without low counts` those whose visits both passed the low-count checks.
        Populations that no sample reports are left out.
    """
    drawn = {one for one in samples if one.specimen == contrast.specimen}
    visits, missing = _pair_samples(drawn, contrast)
    index = index_counts(counts)
    compared = tuple(one for one in OUTCOMES if one.family)
    values = [
        _values(index, one, outcome, allow_method_change=allow_method_change)
        for outcome in reported_outcomes(index, compared) or compared
        for one in visits
    ]
    every = _pairing(contrast.name, values, missing, use_low_counts=True)
    confident = _pairing(
        contrast.name + WITHOUT_LOW_COUNTS, values, missing, use_low_counts=False
    )
    return Pairing(
        every.outcomes + confident.outcomes,
        every.pairs + confident.pairs,
        every.exclusions + confident.exclusions,
    )


def _pair_samples(
    samples: Iterable[Sample], contrast: Contrast
) -> tuple[list[_Visits], list[ExclusionRow]]:
    """Find the two samples of each subject and cycle, or say what is wanting."""
    visits, missing = [], []
    for (subject_id, cycle), by_visit in _cycles(samples, contrast):
        before = by_visit.get(contrast.baseline, [])
        later = next((visit for visit in contrast.post if visit in by_visit), "")
        after = by_visit.get(later, [])
        problems = [
            _sample_problem(before, contrast.baseline),
            _sample_problem(after, later or " or ".join(contrast.post)),
        ]
        reason = "; ".join(problem for problem in problems if problem)
        if reason:
            missing.append(ExclusionRow(contrast.name, subject_id, cycle, reason))
        else:
            visits.append(_Visits(before[0], after[0]))
    return visits, missing


def _cycles(
    samples: Iterable[Sample], contrast: Contrast
) -> list[tuple[tuple[str, int], dict[str, list[Sample]]]]:
    """Sort samples by subject, cycle and visit, and keep the cycles to be compared."""
    subjects: dict[str, dict[int, dict[str, list[Sample]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for one in sorted(samples, key=lambda one: one.sample_id):
        subjects[one.subject_id][one.cycle][one.visit].append(one)
    named = {contrast.baseline, *contrast.post}
    kept = []
    for subject_id, cycles in sorted(subjects.items()):
        # A subject seen at other visits alone still has to be accounted for.
        having = [cycle for cycle in sorted(cycles) if named & set(cycles[cycle])]
        numbers = having or sorted(cycles)
        if contrast.cycles == "first":
            numbers = numbers[:1]
        kept += [((subject_id, number), cycles[number]) for number in numbers]
    return kept


def _sample_problem(samples: Sequence[Sample], visit: str) -> str:
    """Say why a visit does not give one sample."""
    if not samples:
        return f"no sample at {visit}"
    if len(samples) > 1:
        ids = ", ".join(one.sample_id for one in samples)
        return f"{len(samples)} samples at {visit} ({ids}): which one is not said"
    return ""


def _values(
    counts: CountIndex,
    visits: _Visits,
    outcome: Outcome,
    *,
    allow_method_change: bool,
) -> _Values:
    """Look up one outcome at both visits."""
    both = (visits.before, visits.after)
    before, after = (usable_value(counts, one.sample_id, outcome) for one in both)
    found = list(zip(both, (before, after), strict=True))
    problems = [
        f"{one.visit}: {value.problem}" for one, value in found if value.problem
    ]
    methods = [one.count_method for one in both]
    is_mixed = outcome.column == "cells_per_ul" and methods[0] != methods[1]
    if is_mixed and not problems and not allow_method_change:
        problems.append(f"counted by {methods[0]}, then by {methods[1]}")
    low_counts = [
        f"{one.visit}: {', '.join(value.low_counts)} failed"
        for one, value in found
        if value.low_counts
    ]
    return _Values(
        visits, outcome, before, after, "; ".join(problems), "; ".join(low_counts)
    )


def _pairing(
    name: str,
    values: Sequence[_Values],
    missing: Sequence[ExclusionRow],
    *,
    use_low_counts: bool,
) -> Pairing:
    """Divide values into pairs and exclusions."""
    reasons = [
        one.problem or ("" if use_low_counts else one.low_counts) for one in values
    ]
    usable = [one for one, reason in zip(values, reasons, strict=True) if not reason]
    outcomes = tuple(dict.fromkeys(one.outcome for one in values))
    paired = [
        _paired_outcome(name, outcome, usable, len(missing), values)
        for outcome in outcomes
    ]
    excluded: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    for one, reason in zip(values, reasons, strict=True):
        if reason:
            before = one.visits.before
            key = (before.subject_id, before.cycle, reason)
            excluded[key].append(one.outcome.name)
    return Pairing(
        outcomes=tuple(paired),
        pairs=tuple(_pair_row(name, one) for one in usable),
        exclusions=(
            *(
                ExclusionRow(name, row.subject_id, row.cycle, row.reason)
                for row in missing
            ),
            *(
                ExclusionRow(
                    name, *key, () if len(names) == len(outcomes) else tuple(names)
                )
                for key, names in excluded.items()
            ),
        ),
    )


def _paired_outcome(
    name: str,
    outcome: Outcome,
    usable: Sequence[_Values],
    n_missing: int,
    values: Sequence[_Values],
) -> PairedOutcome:
    """Collect the pairs of one outcome."""
    own = [one for one in usable if one.outcome is outcome]
    n_candidates = sum(one.outcome is outcome for one in values)
    return PairedOutcome(
        contrast=name,
        outcome=outcome,
        subject_ids=tuple(one.visits.before.subject_id for one in own),
        before=np.array([one.before.value for one in own], dtype=np.float64),
        after=np.array([one.after.value for one in own], dtype=np.float64),
        n_excluded=n_missing + n_candidates - len(own),
    )


def _pair_row(name: str, values: _Values) -> PairRow:
    """Write one pair of values."""
    before, after = values.visits.before, values.visits.after
    return PairRow(
        contrast=name,
        outcome=values.outcome.name,
        unit=values.outcome.unit,
        subject_id=before.subject_id,
        cycle=before.cycle,
        visit_a=before.visit,
        visit_b=after.visit,
        value_a=values.before.value,
        value_b=values.after.value,
        difference=values.after.value - values.before.value,
        low_count=bool(values.low_counts),
    )
