"""Hold all that the analyses of a study read, and load it from a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from cytoflow_blina.cohort.mrd_values import MRD, mrd_source
from cytoflow_blina.cohort.people import People, gather_people
from cytoflow_blina.cohort.subject_tables import AdverseEventRow, MeasurementRow
from cytoflow_blina.cohort.value_source import (
    ValueSource,
    counted_source,
    measured_sources,
)
from cytoflow_blina.cohort.visit_windows import VisitWindows
from cytoflow_blina.domain.comparison import OUTCOMES
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.export.tables import read_table
from cytoflow_blina.mrd.follow_up import FollowUpPoint
from cytoflow_blina.workflow.mrd_follow_up import (
    follow_up_points,
    mrd_measurements,
    read_mrd,
    with_mrd,
)
from cytoflow_blina.workflow.plan import StudyPlan, load_plan
from cytoflow_blina.workflow.study import StudyConfig

COUNTED = frozenset(one.name for one in OUTCOMES)
"""Outcomes of counts.csv."""

CYTOMETRY = COUNTED | {MRD.name}
"""Outcomes that a cytometer gives; others are analytes or columns."""


@dataclass(frozen=True, eq=False)
class CohortTables:
    """All that the analyses of a study read.

    Attributes
    ----------
    config : StudyConfig
        What is declared.
    counts : DataFrame
        `counts.csv`, as `read_table` returns it.
    samples : tuple of Sample
        Every sample of the sheet.
    people : People
        Subjects and cycles.
    measurements : tuple of MeasurementRow
        What other methods measured.
    adverse_events : tuple of AdverseEventRow
        Adverse events by cycle.
    dated_days : mapping of str to int
        By sample, the day of the infusion that the dates of both give.
    mrd : DataFrame
        `mrd.csv`, as `read_table` returns it; without rows where there is no marrow.
    follow_up : tuple of FollowUpPoint
        The MRD of every sample beside what came before it.
    """

    config: StudyConfig
    counts: pd.DataFrame
    samples: tuple[Sample, ...]
    people: People
    measurements: tuple[MeasurementRow, ...] = ()
    adverse_events: tuple[AdverseEventRow, ...] = ()
    dated_days: Mapping[str, int] = field(default_factory=dict)
    mrd: pd.DataFrame = field(default_factory=pd.DataFrame)
    follow_up: tuple[FollowUpPoint, ...] = ()

    @cached_property
    def counted(self) -> ValueSource:
        """What a cytometer counted, of all outcomes that any sample reports."""
        return counted_source(self.counts, self.samples)

    @cached_property
    def marrow(self) -> ValueSource | None:
        """MRD of every marrow; None where measurements.csv has an analyte called MRD.

        What a lab gives goes first.
        """
        is_given = any(row.analyte == MRD.name for row in self.measurements)
        return None if is_given else mrd_source(self.mrd, self.samples)

    @cached_property
    def windows(self) -> VisitWindows:
        """On which days visits may be drawn."""
        days = {
            key: cycle.infusion_days_planned
            if cycle.infusion_days_actual is None
            else cycle.infusion_days_actual
            for key, cycle in self.people.cycles.items()
        }
        known = {key: length for key, length in days.items() if length is not None}
        return VisitWindows(self.config.windows, known, self.dated_days)

    def sources(self, names: Sequence[str]) -> tuple[ValueSource, ...]:
        """Find what holds some outcomes; all that are counted where none is named.

        An outcome that is named and reported by no sample is there, without values,
        so that its loss is told.
        """
        if not names:
            return (self.counted,)
        counted = tuple(one for one in OUTCOMES if one.name in names)
        others = [name for name in names if name not in COUNTED]
        found = measured_sources(self.measurements, list(dict.fromkeys(others)))
        marrow = self.marrow if MRD.name in others else None
        return (
            *([replace(self.counted, outcomes=counted)] if counted else ()),
            *([marrow] if marrow else ()),
            *found,
        )

    def source(self, name: str) -> ValueSource | None:
        """Find what holds one outcome; None where nothing does."""
        return next(iter(self.sources([name])), None) if name else None


def load_cohort_tables(out: Path) -> CohortTables:
    """Load what the analyses of a run read, from its folder alone.

    Parameters
    ----------
    out : Path
        The output folder of a run, with `counts.csv`, `study.toml` and `inputs/`.

    Returns
    -------
    CohortTables
        The plan fits the tables.

    Raises
    ------
    ConfigError
        Where the folder is not a run's, or its documents were changed for the worse.
    """
    plan = load_plan(out, with_files=False)
    samples = tuple(dict.fromkeys(row.sample for row in plan.samples))
    people = gather_people(plan.subjects, plan.cycles, plan.adverse_events)
    dated_days = _dated_days(plan)
    mrd, candidates = read_mrd(out)
    measured = mrd_measurements(mrd, candidates, samples, dated_days)
    follow_up = follow_up_points(measured, people)
    return CohortTables(
        config=plan.config,
        counts=read_table(out / "counts.csv", "counts"),
        samples=samples,
        people=with_mrd(people, measured, follow_up),
        measurements=plan.measurements,
        adverse_events=plan.adverse_events,
        dated_days=dated_days,
        mrd=mrd,
        follow_up=follow_up,
    )


def _dated_days(plan: StudyPlan) -> dict[str, int]:
    """Count the days from the start of an infusion to a draw, where both are known."""
    starts = {(row.subject_id, row.cycle): row.infusion_start for row in plan.cycles}
    days = {}
    for row in plan.samples:
        start = starts.get((row.subject_id, row.cycle))
        if start is not None and row.collected_at is not None:
            days[row.sample_id] = (row.collected_at.date() - start.date()).days
    return days
