"""Choose the two samples of each subject and cycle, by the sample sheet alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cytoflow_blina.cohort.attrition import Cycle, Stage, undecided
from cytoflow_blina.cohort.people import People
from cytoflow_blina.cohort.visit_windows import VisitWindows
from cytoflow_blina.domain.sample import Sample


@dataclass(frozen=True)
class Contrast:
    """Which visits of which cycles are compared.

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
    where : mapping of str to sequence of str
        Values that columns of subjects and cycles must have.
    windows : VisitWindows
        On which days a visit may be drawn.
    allow_method_change : bool
        Compare counts of different methods, for which a reason was given.
    """

    name: str
    baseline: str
    post: tuple[str, ...]
    cycles: Literal["first", "all"] = "first"
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    windows: VisitWindows = field(default_factory=VisitWindows)
    allow_method_change: bool = False


@dataclass(frozen=True)
class SamplePair:
    """Two samples of one subject and cycle."""

    before: Sample
    after: Sample

    @property
    def cycle(self) -> Cycle:
        """Subject and cycle of both."""
        return self.before.subject_id, self.before.cycle


@dataclass(frozen=True)
class ChosenSamples:
    """The pairs of samples of a contrast.

    Attributes
    ----------
    pairs : tuple of SamplePair
        One for each cycle that has both visits.
    missing : mapping of (str, int) to str
        By subject and cycle, why there is none.
    stages : tuple of Stage
        How many were left, from the sheet to the pairs.
    doubtful : mapping of (str, int) to str
        Cycles of which it is not known whether they are asked for, and why; they are
        neither paired nor missing.
    """

    pairs: tuple[SamplePair, ...]
    missing: Mapping[Cycle, str]
    stages: tuple[Stage, ...]
    doubtful: Mapping[Cycle, str] = field(default_factory=dict)


def choose_samples(
    samples: Iterable[Sample], contrast: Contrast, people: People
) -> ChosenSamples:
    """Find the two samples of each subject and cycle, or say what is wanting.

    Parameters
    ----------
    samples : iterable of Sample
        Every occasion, whether it could be processed or not.
    contrast : Contrast
        Which visits of which cycles.
    people : People
        What is known of subjects and cycles.

    Returns
    -------
    ChosenSamples
        A subject without one of the visits, with two samples at one, or drawn outside
        its window has no pair.
    """
    every = _by_cycle(samples)
    chosen = _chosen_cycles(every, contrast)
    others = _not_taken(every, chosen, contrast, people)
    fitting = [key for key in chosen if people.fits(*key, contrast.where)]
    pairs, missing = [], {}
    lost: dict[str, list[Cycle]] = defaultdict(list)
    for key in fitting:
        found = _pair(every[key], contrast)
        if isinstance(found, SamplePair):
            pairs.append(found)
        else:
            reason, kind = found
            missing[key] = reason
            lost[kind].append(key)
    stages = (
        Stage("Cycles with a sample", list(every), {}),
        Stage("In this comparison by the plan", fitting, others),
        Stage("Both visits sampled", [pair.cycle for pair in pairs], lost),
    )
    asked = {key: undecided(key, contrast.where, people) for key in chosen}
    doubtful = {key: reason for key, reason in asked.items() if reason}
    return ChosenSamples(tuple(pairs), missing, stages, doubtful)


def _not_taken(
    every: Mapping[Cycle, Mapping[str, Sequence[Sample]]],
    chosen: Sequence[Cycle],
    contrast: Contrast,
    people: People,
) -> dict[str, list[Cycle]]:
    """Say why cycles with a sample are not compared, the reasons with their cycles."""
    named = {contrast.baseline, *contrast.post}
    lost: dict[str, list[Cycle]] = defaultdict(list)
    for key, visits in every.items():
        if key not in chosen:
            is_other = named.isdisjoint(visits)
            reason = (
                "a cycle without any of these visits"
                if is_other
                else "a later cycle of the same subject"
            )
            lost[reason].append(key)
        elif not people.fits(*key, contrast.where):
            lost[_unfit(key, contrast.where, people)].append(key)
    return lost


def _unfit(key: Cycle, where: Mapping[str, Sequence[str]], people: People) -> str:
    """Say why a cycle is none of those that are asked for."""
    unknown = [column for column in where if not people.text(*key, column)]
    if unknown:
        return f"{' and '.join(unknown)} not known"
    parts = [f"{column} is {' or '.join(values)}" for column, values in where.items()]
    return f"not such that {' and '.join(parts)}"


def _by_cycle(
    samples: Iterable[Sample],
) -> dict[Cycle, dict[str, list[Sample]]]:
    """Sort samples by subject, cycle and visit."""
    cycles: dict[Cycle, dict[str, list[Sample]]] = {}
    for one in sorted(
        samples, key=lambda one: (one.subject_id, one.cycle, one.sample_id)
    ):
        visits = cycles.setdefault((one.subject_id, one.cycle), {})
        visits.setdefault(one.visit, []).append(one)
    return cycles


def _chosen_cycles(
    every: Mapping[Cycle, Mapping[str, Sequence[Sample]]], contrast: Contrast
) -> list[Cycle]:
    """Keep the cycles to be compared: the first of each subject, or all."""
    named = {contrast.baseline, *contrast.post}
    subjects: dict[str, list[Cycle]] = defaultdict(list)
    for key in every:
        subjects[key[0]].append(key)
    chosen = []
    for own in subjects.values():
        # A subject seen at other visits alone still has to be accounted for.
        having = [key for key in own if named & set(every[key])] or own
        chosen += having[:1] if contrast.cycles == "first" else having
    return chosen


def _pair(
    by_visit: Mapping[str, Sequence[Sample]], contrast: Contrast
) -> SamplePair | tuple[str, str]:
    """Pair the samples of a cycle; else give the reason and its kind."""
    later = next((visit for visit in contrast.post if visit in by_visit), "")
    wanted = (contrast.baseline, later or " or ".join(contrast.post))
    found = [by_visit.get(visit, ()) for visit in (contrast.baseline, later)]
    problems = [
        _problem(samples, visit, contrast.windows)
        for samples, visit in zip(found, wanted, strict=True)
    ]
    told = [problem for problem in problems if problem]
    if told:
        return "; ".join(reason for reason, _ in told), "; ".join(
            kind for _, kind in told
        )
    return SamplePair(found[0][0], found[1][0])


def visit_sample(
    samples: Sequence[Sample], visit: str, windows: VisitWindows
) -> Sample | str:
    """Take the one sample of a visit, or say why there is none.

    Parameters
    ----------
    samples : sequence of Sample
        What was drawn at that visit of one cycle.
    visit : str
        The visit.
    windows : VisitWindows
        On which days it may be drawn.

    Returns
    -------
    Sample or str
        The sample; the reason where there is none, more than one, or one drawn on
        another day.
    """
    problem = _problem(samples, visit, windows)
    return problem[0] if problem else samples[0]


def _problem(
    samples: Sequence[Sample], visit: str, windows: VisitWindows
) -> tuple[str, str] | None:
    """Say why a visit does not give one sample, and of which kind the reason is."""
    if not samples:
        words = f"no sample at {visit}"
        return words, words
    if len(samples) > 1:
        ids = ", ".join(one.sample_id for one in samples)
        reason = f"{len(samples)} samples at {visit} ({ids}): which one is not said"
        return reason, f"several samples at {visit}"
    outside = windows.problem(samples[0])
    return (outside, f"{visit} drawn outside its window") if outside else None
