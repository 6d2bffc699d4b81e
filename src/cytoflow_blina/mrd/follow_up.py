"""Follow the MRD of each subject over time, and offer the response that it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf, isnan, nan

from cytoflow_blina.domain.analysis_plan import LATER_VISITS
from cytoflow_blina.mrd.log_reduction import LogReduction, MrdPercent, log_reduction
from cytoflow_blina.mrd.study_response import (
    BLASTS_OF_RELAPSE_PERCENT,
    ResponseBy,
    read_by_class,
    read_by_paper,
    response_to,
)

DIAGNOSIS, BEFORE = "DX", "D0"

Cycle = tuple[str, int]


@dataclass(frozen=True)
class MrdMeasurement:
    """MRD of one sample, with what the sheet says of its draw.

    Attributes
    ----------
    sample_id, subject_id : str
        Whose.
    cycle : int
        Treatment cycle.
    visit, specimen : str
        `DX`, `D0`, ...; `BM`, ...
    rel_day : int or None
        Days since the infusion began, as the sheet has it.
    day : float
        The same, of the dates or the visit where the sheet says nothing; NaN where
        nothing tells it.
    percent : MrdPercent
        Percent of the denominator, and its limit where nothing was detected.
    lod_percent : float
        Limit of detection; NaN where not evaluable.
    denominator : str
        What is 100 %.
    nucleated_percent : float
        MRD events in percent of nucleated cells; NaN where not known.
    status, mrd_class, paper_rule : str
        As `mrd.csv` has them; the class is its column `class`.
    cd19_on_mrd : str
        As `mrd.csv` has it.
    marker_shifts : tuple of str
        Differences of the largest candidate from the diagnostic phenotype, in words.
    """

    sample_id: str
    subject_id: str
    cycle: int
    visit: str
    specimen: str
    rel_day: int | None
    day: float
    percent: MrdPercent
    lod_percent: float
    denominator: str
    nucleated_percent: float
    status: str
    mrd_class: str
    paper_rule: str
    cd19_on_mrd: str = ""
    marker_shifts: tuple[str, ...] = ()

    @property
    def is_evaluable(self) -> bool:
        """Whether MRD could be told at all."""
        return self.mrd_class not in {"NE", ""}

    @property
    def is_under_treatment(self) -> bool:
        """Whether it was drawn after the infusion began; False where not known."""
        return self.visit not in {DIAGNOSIS, BEFORE} and self.day > 0


@dataclass(frozen=True)
class GivenCycle:
    """What a lab says of a cycle.

    Attributes
    ----------
    response : str
        `CR`, `MRD_CR`, `NR`, `NE`, or empty.
    blasts_percent_before : float
        By microscopy; NaN where not known.
    mrd_percent_before : float
        NaN where not known.
    """

    response: str = ""
    blasts_percent_before: float = nan
    mrd_percent_before: float = nan


@dataclass(frozen=True)
class FollowUpPoint:
    """MRD of one sample beside what came before it.

    Attributes
    ----------
    measurement : MrdMeasurement
        The sample.
    baseline_sample, cycle_baseline_sample : str
        The diagnosis, or else the first sample; the sample before the infusion of
        the cycle. Empty where there is none.
    reduction, reduction_in_cycle : LogReduction
        From either to this sample.
    by_class, by_paper : ResponseBy or None
        The response that a sample under treatment shows; None for any other.
    response_given : str
        Of a sample under treatment, what the lab says of the cycle.
    stands_for_cycle : bool
        Whether this is the sample by which the cycle is judged. It speaks of the cycle:
        a later sample may take its place.
    responses_differ : bool or None
        Whether the lab says otherwise of the cycle; None where either says nothing.
    note : tuple of str
        What a reader must know.
    """

    measurement: MrdMeasurement
    baseline_sample: str
    reduction: LogReduction
    cycle_baseline_sample: str
    reduction_in_cycle: LogReduction
    by_class: ResponseBy | None
    by_paper: ResponseBy | None
    response_given: str
    stands_for_cycle: bool
    responses_differ: bool | None
    note: tuple[str, ...]


def follow_mrd(
    measurements: Iterable[MrdMeasurement],
    given: Mapping[Cycle, GivenCycle] | None = None,
) -> tuple[FollowUpPoint, ...]:
    """Put the MRD of each subject into the order of time, beside what came before.

    Parameters
    ----------
    measurements : iterable of MrdMeasurement
        Of any number of subjects, in any order.
    given : mapping of (str, int) to GivenCycle, optional
        What the lab says, by subject and cycle.

    Returns
    -------
    tuple of FollowUpPoint
        By subject, cycle and day; a diagnosis comes first in its cycle. A sample is
        held against earlier ones alone: a later one changes nothing of its point but
        `stands_for_cycle`.

    Notes
    -----
    A baseline is an evaluable sample of the same specimen: the last diagnosis before
    the sample, else the first sample of the subject; within a cycle that of D0, else
    the last one drawn before the infusion began. Percentages of different denominators
    are not compared.
    """
    ordered = sorted(measurements, key=_in_time)
    points = []
    for _, group in groupby(ordered, key=lambda one: one.subject_id):
        own = tuple(group)
        judged = {one.sample_id for one in samples_of_cycles(own).values()}
        points += [
            _point(
                one,
                own[:number],
                (given or {}).get((one.subject_id, one.cycle), GivenCycle()),
                stands_for_cycle=one.sample_id in judged,
            )
            for number, one in enumerate(own)
        ]
    return tuple(points)


def samples_of_cycles(
    measurements: Iterable[MrdMeasurement],
) -> dict[Cycle, MrdMeasurement]:
    """Find the sample by which each cycle is judged.

    Parameters
    ----------
    measurements : iterable of MrdMeasurement
        In any order.

    Returns
    -------
    dict of (str, int) to MrdMeasurement
        Marrow of the end of the treatment, else of day 28, 21 or 14: the first of
        these that a cycle has, whether evaluable or not. A cycle with two samples of
        that visit has none, because which one is meant is not said.
    """
    visits: dict[Cycle, dict[str, list[MrdMeasurement]]] = {}
    for one in measurements:
        if one.specimen == "BM" and one.visit in LATER_VISITS:
            cycle = visits.setdefault((one.subject_id, one.cycle), {})
            cycle.setdefault(one.visit, []).append(one)
    chosen = {
        key: own[next(visit for visit in LATER_VISITS if visit in own)]
        for key, own in visits.items()
    }
    return {key: found[0] for key, found in chosen.items() if len(found) == 1}


def samples_before(
    measurements: Iterable[MrdMeasurement],
) -> dict[Cycle, MrdMeasurement]:
    """Find the evaluable marrow before the infusion of each cycle.

    Parameters
    ----------
    measurements : iterable of MrdMeasurement
        In any order.

    Returns
    -------
    dict of (str, int) to MrdMeasurement
        That of D0, else the last one drawn in the cycle before the infusion began; a
        diagnosis is none.
    """
    found: dict[Cycle, MrdMeasurement] = {}
    marrow = (one for one in measurements if one.specimen == "BM")
    for key, group in groupby(
        sorted(marrow, key=_in_time), key=lambda one: (one.subject_id, one.cycle)
    ):
        before = _before_infusion(tuple(group))
        if before is not None:
            found[key] = before
    return found


def _point(
    one: MrdMeasurement,
    earlier: Sequence[MrdMeasurement],
    given: GivenCycle,
    *,
    stands_for_cycle: bool,
) -> FollowUpPoint:
    """Set one sample beside the earlier ones of its subject."""
    comparable = [
        past for past in earlier if past.is_evaluable and past.specimen == one.specimen
    ]
    baseline = _baseline(comparable)
    before = _before_infusion([past for past in comparable if past.cycle == one.cycle])
    reduction, in_cycle = _reduction(baseline, one), _reduction(before, one)
    by_class, by_paper = _responses(one, before, given)
    notes = [*_notes(one, (reduction, in_cycle), by_class)]
    differ = None if by_class is None else _differ(given.response, by_class.response)
    if differ and by_class is not None:
        notes.append(
            f"cycles.csv has {given.response}, this marrow shows {by_class.response}"
        )
    return FollowUpPoint(
        measurement=one,
        baseline_sample=_id(baseline),
        reduction=reduction,
        cycle_baseline_sample=_id(before),
        reduction_in_cycle=in_cycle,
        by_class=by_class,
        by_paper=by_paper,
        response_given="" if by_class is None else given.response,
        stands_for_cycle=stands_for_cycle,
        responses_differ=differ,
        note=tuple(notes),
    )


def _baseline(earlier: Sequence[MrdMeasurement]) -> MrdMeasurement | None:
    """Take the last diagnosis, else the first sample."""
    diagnoses = [one for one in earlier if one.visit == DIAGNOSIS]
    return diagnoses[-1] if diagnoses else next(iter(earlier), None)


def _before_infusion(cycle: Sequence[MrdMeasurement]) -> MrdMeasurement | None:
    """Take the last evaluable sample of a cycle before its infusion, D0 first."""
    before = [
        one
        for one in cycle
        if one.is_evaluable
        and one.visit != DIAGNOSIS
        and (one.visit == BEFORE or one.day <= 0)
    ]
    named = [one for one in before if one.visit == BEFORE]
    return next(reversed(named or before), None)


def _reduction(before: MrdMeasurement | None, one: MrdMeasurement) -> LogReduction:
    """Compare with a baseline; nothing where there is none."""
    if before is None or not one.is_evaluable:
        return LogReduction()
    if before.denominator != one.denominator:
        return LogReduction(
            problem=(
                f"{before.sample_id} is in percent of {before.denominator}, this "
                f"sample of {one.denominator}: no reduction"
            )
        )
    found = log_reduction(before.percent, one.percent)
    if not found.problem:
        return found
    return LogReduction(
        problem=f"no reduction from {before.sample_id}: {found.problem}"
    )


def _responses(
    one: MrdMeasurement, before: MrdMeasurement | None, given: GivenCycle
) -> tuple[ResponseBy | None, ResponseBy | None]:
    """Name the response by the status table, and by the study's rule."""
    if not one.is_under_treatment or one.specimen != "BM":
        return None, None
    remission = _was_in_remission(before, given)
    readings = (
        read_by_class(one.mrd_class, one.status),
        read_by_paper(one.paper_rule),
    )
    by_class, by_paper = (
        response_to(reading, one.nucleated_percent, was_in_remission=remission)
        for reading in readings
    )
    return by_class, by_paper


def _was_in_remission(before: MrdMeasurement | None, given: GivenCycle) -> bool | None:
    """Tell remission before the cycle: by microscopy, by our marrow, by MRD given."""
    marrow = nan if before is None else before.nucleated_percent
    for percent in (given.blasts_percent_before, marrow, given.mrd_percent_before):
        if not isnan(percent):
            return percent < BLASTS_OF_RELAPSE_PERCENT
    return None


def _differ(given: str, found: str) -> bool | None:
    """Tell whether two responses differ; None where either says nothing."""
    return given != found if {given, found}.isdisjoint({"", "NE"}) else None


def _notes(
    one: MrdMeasurement,
    reductions: Iterable[LogReduction],
    by_class: ResponseBy | None,
) -> Iterable[str]:
    """Say what a reader must know of one sample."""
    if not one.is_evaluable:
        yield "MRD is not evaluable"
    yield from dict.fromkeys(found.problem for found in reductions if found.problem)
    if one.is_evaluable and by_class is not None and by_class.reason:
        yield f"response not evaluable: {by_class.reason}"
    is_before = one.visit in {DIAGNOSIS, BEFORE}
    if one.specimen == "BM" and isnan(one.day) and not is_before:
        yield "no response: the day of the infusion is not known"


def _id(one: MrdMeasurement | None) -> str:
    return "" if one is None else one.sample_id


def _in_time(one: MrdMeasurement) -> tuple[str, int, bool, float, str]:
    """Order by subject, cycle and day; unknown days last."""
    day = inf if isnan(one.day) else one.day
    return (
        one.subject_id,
        one.cycle,
        one.visit != DIAGNOSIS,
        day,
        one.sample_id,
    )
