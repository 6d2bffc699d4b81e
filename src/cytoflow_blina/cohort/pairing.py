"""Pair the visits of each subject, and account for every pair that is left out.

Which samples make a pair is decided by the sample sheet alone, never by their values or
their quality; what cannot be used is then excluded, and its reason told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, isnan, nan

import numpy as np

from cytoflow_blina.cohort.attrition import (
    AttritionRow,
    Cycle,
    Stage,
    attrition_rows,
)
from cytoflow_blina.cohort.pair_samples import (
    Contrast,
    SamplePair,
    choose_samples,
)
from cytoflow_blina.cohort.people import People
from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.cohort.value_source import WITHOUT_COUNTS, ValueSource
from cytoflow_blina.domain.comparison import Outcome, PairedOutcome

WITHOUT_LOW_COUNTS = ", without low counts"


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
    difference_lo95: float
    difference_hi95: float
    exceeds_counting_error: bool | None
    censored_a: bool
    censored_b: bool


@dataclass(frozen=True)
class ExclusionRow:
    """One row of `exclusions.csv`; the fields are the columns.

    An analysis that could not be made at all has neither subject nor cycle.
    """

    contrast: str
    subject_id: str
    cycle: int | None
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
        Every pair that is not, with its reason, and cycles of which it is not known
        whether they are asked for; those are not counted.
    attrition : tuple of AttritionRow
        How many were left at every stage.
    """

    outcomes: tuple[PairedOutcome, ...] = ()
    pairs: tuple[PairRow, ...] = ()
    exclusions: tuple[ExclusionRow, ...] = ()
    attrition: tuple[AttritionRow, ...] = ()


@dataclass(frozen=True)
class ValuePair:
    """One outcome of a pair of samples; `problem` says why it may not be compared."""

    samples: SamplePair
    outcome: Outcome
    before: UsableValue
    after: UsableValue
    problem: str
    low_counts: str


def pair_visits(
    source: ValueSource, contrast: Contrast, people: People | None = None
) -> Pairing:
    """Pair a baseline with a later visit, by subject and cycle.

    Parameters
    ----------
    source : ValueSource
        The values, and the occasions that they are of.
    contrast : Contrast
        Which visits.
    people : People, optional
        What is known of subjects and cycles; needed where the contrast says `where`.

    Returns
    -------
    Pairing
        For counts twice over: all pairs under the name of the contrast, and under
        that name with `, without low counts` those whose visits both passed the
        low-count checks.
    """
    chosen = choose_samples(source.samples, contrast, people or People({}, {}))
    values = pair_values(source, chosen.pairs, contrast)
    every = _pairing(contrast.name, values, chosen.missing, use_low_counts=True)
    stages = (*chosen.stages, _usable_stage(values))
    attrition = attrition_rows(contrast.name, stages)
    confident, names = Pairing(), [contrast.name]
    if any(one.family not in WITHOUT_COUNTS for one in source.outcomes):
        name = contrast.name + WITHOUT_LOW_COUNTS
        confident = _pairing(name, values, chosen.missing, use_low_counts=False)
        names.append(name)
    doubtful = (
        ExclusionRow(name, *key, reason)
        for name in names
        for key, reason in chosen.doubtful.items()
    )
    return Pairing(
        every.outcomes + confident.outcomes,
        every.pairs + confident.pairs,
        (*every.exclusions, *confident.exclusions, *doubtful),
        attrition,
    )


def pair_values(
    source: ValueSource, pairs: Sequence[SamplePair], contrast: Contrast
) -> list[ValuePair]:
    """Look up every outcome at both visits of every pair.

    Parameters
    ----------
    source : ValueSource
        The values.
    pairs : sequence of SamplePair
        Samples that were chosen.
    contrast : Contrast
        Whether a change of the counting method is allowed.

    Returns
    -------
    list of ValuePair
        By outcome, then by pair; those that may not be used say why.
    """
    return [
        _value_pair(source, pair, outcome, contrast)
        for outcome in source.outcomes
        for pair in pairs
    ]


def _value_pair(
    source: ValueSource, pair: SamplePair, outcome: Outcome, contrast: Contrast
) -> ValuePair:
    both = (pair.before, pair.after)
    before, after = (source.look_up(one, outcome) for one in both)
    found = list(zip(both, (before, after), strict=True))
    problems = [
        f"{one.visit}: {value.problem}" for one, value in found if value.problem
    ]
    methods = [one.count_method for one in both]
    is_mixed = outcome.column == "cells_per_ul" and methods[0] != methods[1]
    if is_mixed and not problems and not contrast.allow_method_change:
        problems.append(f"counted by {methods[0]}, then by {methods[1]}")
    low_counts = [
        f"{one.visit}: {', '.join(value.low_counts)} failed"
        for one, value in found
        if value.low_counts
    ]
    return ValuePair(
        pair, outcome, before, after, "; ".join(problems), "; ".join(low_counts)
    )


def _usable_stage(values: Sequence[ValuePair]) -> Stage:
    """Tell in how many cycles anything can be compared, and why not in the others."""
    problems: dict[Cycle, dict[str, str]] = defaultdict(dict)
    for one in values:
        problems[one.samples.cycle][one.outcome.name] = one.problem
    usable = [key for key, own in problems.items() if not all(own.values())]
    lost: dict[str, list[Cycle]] = defaultdict(list)
    for key, own in problems.items():
        if key not in usable:
            lost["; ".join(dict.fromkeys(own.values()))].append(key)
    return Stage("at least one outcome usable at both", usable, lost)


def _pairing(
    name: str,
    values: Sequence[ValuePair],
    missing: Mapping[Cycle, str],
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
            excluded[(*one.samples.cycle, reason)].append(one.outcome.name)
    return Pairing(
        outcomes=tuple(paired),
        pairs=tuple(_pair_row(name, one) for one in usable),
        exclusions=(
            *(ExclusionRow(name, *key, reason) for key, reason in missing.items()),
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
    usable: Sequence[ValuePair],
    n_missing: int,
    values: Sequence[ValuePair],
) -> PairedOutcome:
    """Collect the pairs of one outcome."""
    own = [one for one in usable if one.outcome is outcome]
    n_candidates = sum(one.outcome is outcome for one in values)
    return PairedOutcome(
        contrast=name,
        outcome=outcome,
        subject_ids=tuple(one.samples.before.subject_id for one in own),
        before=np.array([one.before.value for one in own], dtype=np.float64),
        after=np.array([one.after.value for one in own], dtype=np.float64),
        n_excluded=n_missing + n_candidates - len(own),
        limits_before=np.array([one.before.limit for one in own], dtype=np.float64),
        limits_after=np.array([one.after.limit for one in own], dtype=np.float64),
    )


def _pair_row(name: str, values: ValuePair) -> PairRow:
    """Write one pair of values."""
    before, after = values.samples.before, values.samples.after
    low, high = counting_interval(values.before, values.after)
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
        difference_lo95=low,
        difference_hi95=high,
        exceeds_counting_error=None if isnan(low) else low > 0 or high < 0,
        censored_a=values.before.is_censored,
        censored_b=values.after.is_censored,
    )


def counting_interval(before: UsableValue, after: UsableValue) -> tuple[float, float]:
    """Bound a change by the counting errors of both values (Zou and Donner 2008).

    Parameters
    ----------
    before, after : UsableValue
        Values with their 95 % intervals.

    Returns
    -------
    tuple of two float
        95 % interval of `after - before`, in their unit; NaN where either value has
        no interval.

    Notes
    -----
    Each limit takes the sides of the two intervals that reach that way. With
    symmetric intervals this is 1.96 times the root of the summed variances. The
    variation of a person from day to day is not in it.
    """
    change = after.value - before.value
    low = change - hypot(after.value - after.lo95, before.hi95 - before.value)
    high = change + hypot(after.hi95 - after.value, before.value - before.lo95)
    return (nan, nan) if isnan(low) or isnan(high) else (low, high)
