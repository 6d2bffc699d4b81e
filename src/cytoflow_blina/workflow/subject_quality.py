"""Check each sample against the earlier ones of its subject and of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from math import log10

from cytoflow_blina.cohort.draw_day import draw_day
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.domain.finding import CheckLimits, Finding
from cytoflow_blina.quality.instrument_settings import SettingsHistory
from cytoflow_blina.quality.pairs import PAIRS
from cytoflow_blina.quality.registry import run_checks
from cytoflow_blina.quality.subject_visit import (
    Person,
    SubjectVisit,
    VisitInContext,
    gather_crowd,
    sum_up_person,
)
from cytoflow_blina.workflow.tube import TubeResult

_FEWEST_FOR_A_MEDIAN = 50


@dataclass(frozen=True)
class GatedSample:
    """A sample of the sheet with all that was found in it.

    Attributes
    ----------
    rows : tuple of SampleRow
        Its rows of the sheet.
    tubes : tuple of TubeResult
        Its tubes that could be gated; one or more.
    counts : tuple of CountRow
        Its counts.
    template : str
        Name and version of the gating template.
    dose_step_day : int or None
        Day of the dose step of its cycle.
    history : SettingsHistory
        What earlier tubes of the instrument had in common.
    """

    rows: tuple[SampleRow, ...]
    tubes: tuple[TubeResult, ...]
    counts: tuple[CountRow, ...]
    template: str = ""
    dose_step_day: int | None = None
    history: SettingsHistory = field(default_factory=SettingsHistory)

    @property
    def sample_id(self) -> str:
        """Its id."""
        return self.rows[0].sample_id

    @property
    def instrument(self) -> str:
        """Name and serial number of the cytometer, as its first tube has them."""
        return instrument_of(self.tubes[0])


def instrument_of(tube: TubeResult) -> str:
    """Name the instrument of a tube.

    Parameters
    ----------
    tube : TubeResult
        The tube.

    Returns
    -------
    str
        `$CYT` and `$CYTSN`, empty where the file has neither.
    """
    names = (tube.settings.get(name, "") for name in ("$CYT", "$CYTSN"))
    return " ".join(filter(None, names))


def check_subjects(
    samples: Iterable[GatedSample], limits: Mapping[str, CheckLimits]
) -> dict[str, tuple[Finding, ...]]:
    """Check every sample against earlier ones.

    Parameters
    ----------
    samples : iterable of GatedSample
        Every sample of the run that has a gated tube, in any order.
    limits : mapping of str to CheckLimits
        Limits of the checks.

    Returns
    -------
    dict of str to tuple of Finding
        Of level `sample`, by sample. A sample is judged by what was drawn before it
        alone, so that a later visit changes no earlier row. One without any date is
        compared with nothing.
    """
    visits = [_visit(sample) for sample in samples]
    by_specimen: dict[str, list[SubjectVisit]] = defaultdict(list)
    for visit in visits:
        by_specimen[visit.specimen].append(visit)
    contexts = [
        context for alike in by_specimen.values() for context in _in_context(alike)
    ]
    return {
        one.visit.sample_id: run_checks(
            PAIRS, one, limits, (one.visit.sample_id, "", "sample")
        )
        for one in contexts
    }


def _in_context(visits: Sequence[SubjectVisit]) -> list[VisitInContext]:
    """Put before each sample what was drawn earlier."""
    contexts = [VisitInContext(visit) for visit in visits if visit.at is None]
    earlier: dict[str, tuple[SubjectVisit, ...]] = {}
    dated = sorted(
        ((visit.at, visit) for visit in visits if visit.at is not None),
        key=lambda one: (one[0], one[1].sample_id),
    )
    persons: dict[str, Person] = {}
    for _, group in groupby(dated, key=lambda one: one[0]):
        at_once = [visit for _, visit in group]
        crowd = gather_crowd(persons)
        contexts += [
            VisitInContext(visit, earlier.get(visit.subject_id, ()), crowd)
            for visit in at_once
        ]
        for visit in at_once:
            own = (*earlier.get(visit.subject_id, ()), visit)
            earlier[visit.subject_id] = own
            persons[visit.subject_id] = sum_up_person(own)
    return contexts


def _visit(sample: GatedSample) -> SubjectVisit:
    row = sample.rows[0]
    return SubjectVisit(
        sample_id=row.sample_id,
        subject_id=row.subject_id,
        specimen=row.specimen,
        cycle=row.cycle,
        day=draw_day(row),
        at=_drawn_at(sample),
        dose_step_day=sample.dose_step_day,
        count_method=str(row.count_method),
        equipment={
            "instrument": sample.instrument,
            "panel": row.panel,
            "template": sample.template,
        },
        settings={
            (tube.job.tube, name): value
            for tube in sample.tubes
            for name, value in tube.settings.items()
        },
        history=sample.history,
        n_events=_events(sample.tubes),
        percents={
            count.population: count.percent_of_lymphocytes
            for count in sample.counts
            if count.population in {"CD3", "CD4"}
        },
        cd3_decades=_cd3_decades(sample.tubes),
    )


def _drawn_at(sample: GatedSample) -> datetime | None:
    """Take when it was drawn, by the lab's clock, else when it was acquired."""
    drawn = [row.collected_at for row in sample.rows if row.collected_at is not None]
    acquired = [tube.acquired_at for tube in sample.tubes if tube.acquired_at]
    times = drawn or acquired
    return min(time.replace(tzinfo=None) for time in times) if times else None


def _events(tubes: Iterable[TubeResult]) -> dict[str, int]:
    """Take events whose ratios are looked at, both of a ratio from the same tube."""
    events: dict[str, int] = {}
    for tube in tubes:
        own = {name: count.n_events for name, count in tube.counts.items()}
        wanted = [("CD4", "CD8"), ("NK", "CD3")]
        for pair in wanted:
            if all(name in own for name in pair):
                events |= {name: own[name] for name in pair}
    return events


def _cd3_decades(tubes: Iterable[TubeResult]) -> dict[str, float]:
    """Take the logarithm of the median CD3 of T cells, by tube."""
    found = {
        tube.job.tube: median_decades(tube).get((path_of(tube, "CD3"), "CD3"))
        for tube in tubes
    }
    return {tube: value for tube, value in found.items() if value is not None}


def path_of(tube: TubeResult, population: str) -> str:
    """Find the gate of a population of `counts.csv`.

    Parameters
    ----------
    tube : TubeResult
        The tube.
    population : str
        `CD3`.

    Returns
    -------
    str
        Path of its first gate, empty where the tube does not report it.
    """
    for one in tube.job.template.populations:
        if one.name == population:
            return one.paths[0]
    return ""


def median_decades(
    tube: TubeResult, fewest: int = _FEWEST_FOR_A_MEDIAN
) -> dict[tuple[str, str], float]:
    """Take the logarithm of every median intensity.

    Parameters
    ----------
    tube : TubeResult
        The tube.
    fewest : int, default 50
        Events that a median needs.

    Returns
    -------
    dict of (str, str) to float
        Decimal logarithm of the median in linear units, by population and marker.
        Medians of fewer events, or not above 0, are left out.
    """
    return {
        (one.path, one.marker): log10(one.median)
        for one in tube.intensities
        if one.n_events >= fewest and one.median > 0
    }
