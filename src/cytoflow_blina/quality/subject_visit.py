"""Hold what is compared between the samples of a subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from math import log, log10, nan

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.quality.instrument_settings import SettingsHistory

_RATIOS = (("CD4", "CD8"), ("NK", "CD3"))
_DAYS_OF_REDISTRIBUTION = 3
_FEWEST_EVENTS = 20

Ratio = tuple[float, float]
Person = tuple[Ratio, ...]


@dataclass(frozen=True)
class SubjectVisit:
    """One sample of a subject, as far as it is compared with others.

    Attributes
    ----------
    sample_id, subject_id, specimen : str
        Which sample of whom.
    cycle : int
        Treatment cycle.
    day : int or None
        Days since the infusion began, 0 or less before it; None where not known.
    at : datetime or None
        When it was drawn, or acquired where the sheet does not say.
    dose_step_day : int or None
        Day of the dose step of the cycle.
    count_method : str
        `bead`, `volumetric`, `dual`, `none`.
    equipment : mapping of str to str
        What both visits of a pair should share, by its name in words: instrument,
        panel, template.
    settings : mapping of (str, str) to str
        Settings of the instrument by tube and name.
    history : SettingsHistory
        What the tubes before had in common.
    n_events : mapping of str to int
        Events of CD3, CD4, CD8, NK.
    percents : mapping of str to float
        CD3 and CD4 in percent of the lymphocytes.
    cd3_decades : mapping of str to float
        Decimal logarithm of the median CD3 of T cells, by tube.
    """

    sample_id: str
    subject_id: str
    specimen: str
    cycle: int
    day: int | None = None
    at: datetime | None = None
    dose_step_day: int | None = None
    count_method: str = "none"
    equipment: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[tuple[str, str], str] = field(default_factory=dict)
    history: SettingsHistory = field(default_factory=SettingsHistory)
    n_events: Mapping[str, int] = field(default_factory=dict)
    percents: Mapping[str, float] = field(default_factory=dict)
    cd3_decades: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def ratios(self) -> tuple[Ratio | None, ...]:
        """CD4/CD8 and NK/CD3 in decades, with the variance of counting.

        None where either population has fewer than 20 events, and in the first three
        days of an infusion or dose, when T cells leave the blood: NK/CD3 then tells
        the day, not the person.
        """
        days = self.days_since_step
        if days is not None and days <= _DAYS_OF_REDISTRIBUTION:
            return (None,) * len(_RATIOS)
        return tuple(self._ratio(above, below) for above, below in _RATIOS)

    @property
    def days_since_step(self) -> int | None:
        """Days since the infusion began or the dose rose, the fewer of the two.

        None before the infusion, or where the day is not known.
        """
        if self.day is None or self.day <= 0:
            return None
        step = self.dose_step_day
        return self.day - step if step is not None and self.day >= step else self.day

    def _ratio(self, above: str, below: str) -> Ratio | None:
        events = [self.n_events.get(name, 0) for name in (above, below)]
        if min(events) < _FEWEST_EVENTS:
            return None
        variance = sum(1 / n for n in events) / log(10) ** 2
        return log10(events[0] / events[1]), variance


@dataclass(frozen=True, eq=False)
class Crowd:
    """What tells persons apart, of every subject.

    Attributes
    ----------
    subjects : tuple of str
        Who they are.
    means, variances : ndarray of float64, shape (n_subjects, 2)
        Mean CD4/CD8 and NK/CD3 of their samples, in decades, and the variance of the
        mean by counting; NaN where no sample has cells enough.
    """

    subjects: tuple[str, ...]
    means: FloatArray
    variances: FloatArray


def sum_up_person(samples: Sequence[SubjectVisit]) -> Person:
    """Sum up what tells the subject of some samples from others.

    Parameters
    ----------
    samples : sequence of SubjectVisit
        Samples of one subject.

    Returns
    -------
    tuple of (float, float)
        Mean of CD4/CD8 and of NK/CD3 in decades, each with its variance by counting;
        NaN where no sample has cells enough.
    """
    return tuple(
        _mean_ratio([visit.ratios[number] for visit in samples])
        for number in range(len(_RATIOS))
    )


def gather_crowd(persons: Mapping[str, Person]) -> Crowd:
    """Put persons side by side.

    Parameters
    ----------
    persons : mapping of str to tuple of (float, float)
        By subject (`sum_up_person`); may be empty.

    Returns
    -------
    Crowd
        In the order of the mapping.
    """
    table = np.array(list(persons.values()), dtype=np.float64)
    table = table.reshape(-1, len(_RATIOS), 2)
    return Crowd(tuple(persons), table[..., 0], table[..., 1])


def _mean_ratio(ratios: Sequence[Ratio | None]) -> Ratio:
    """Mean of what is known, and its variance by counting; NaN for nothing."""
    known = [ratio for ratio in ratios if ratio is not None]
    if not known:
        return nan, nan
    variance = sum(variance for _, variance in known) / len(known) ** 2
    return sum(value for value, _ in known) / len(known), variance


@dataclass(frozen=True)
class VisitInContext:
    """A sample and what was drawn before it.

    Attributes
    ----------
    visit : SubjectVisit
        The sample that is checked.
    earlier : tuple of SubjectVisit
        Earlier samples of the same subject and specimen, in order of time.
    crowd : Crowd
        Earlier samples of every subject, this one among them, same specimen.
    """

    visit: SubjectVisit
    earlier: tuple[SubjectVisit, ...] = ()
    crowd: Crowd = field(default_factory=lambda: gather_crowd({}))

    @property
    def baseline(self) -> SubjectVisit | None:
        """The first sample of the same cycle, else of the subject; None without."""
        same = [one for one in self.earlier if one.cycle == self.visit.cycle]
        return next(iter(same or self.earlier), None)
