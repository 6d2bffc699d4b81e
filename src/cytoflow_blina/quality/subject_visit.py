"""Hold what is compared between the samples of a subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from math import log, log10

from cytoflow_blina.quality.instrument_settings import SettingsHistory

_RATIOS = (("CD4", "CD8"), ("NK", "CD3"))
_FEWEST_EVENTS = 20

Ratio = tuple[float, float]


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

        None where either population has fewer than 20 events.
        """
        return tuple(self._ratio(above, below) for above, below in _RATIOS)

    def _ratio(self, above: str, below: str) -> Ratio | None:
        events = [self.n_events.get(name, 0) for name in (above, below)]
        if min(events) < _FEWEST_EVENTS:
            return None
        variance = sum(1 / n for n in events) / log(10) ** 2
        return log10(events[0] / events[1]), variance


@dataclass(frozen=True)
class VisitInContext:
    """A sample and what was drawn before it.

    Attributes
    ----------
    visit : SubjectVisit
        The sample that is checked.
    earlier : tuple of SubjectVisit
        Earlier samples of the same subject and specimen, in order of time.
    others : tuple of tuple of SubjectVisit
        Earlier samples of each other subject, same specimen.
    """

    visit: SubjectVisit
    earlier: tuple[SubjectVisit, ...] = ()
    others: tuple[tuple[SubjectVisit, ...], ...] = ()

    @property
    def baseline(self) -> SubjectVisit | None:
        """The first sample of the same cycle, else of the subject; None without."""
        same = [one for one in self.earlier if one.cycle == self.visit.cycle]
        return next(iter(same or self.earlier), None)
