"""Load the synthetic cohort of the published study."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from cytoflow_blina.cohort.people import People, gather_people
from cytoflow_blina.cohort.subject_tables import (
    AdverseEventRow,
    CycleRow,
    MeasurementRow,
    SubjectRow,
    read_adverse_events,
    read_cycles,
    read_measurements,
    read_subjects,
)
from cytoflow_blina.domain.document_schema import read_document
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.errors import ConfigError
from cytoflow_blina.simulate.counted_study import COUNTED, CountedSample
from cytoflow_blina.workflow.cohort_tables import CohortTables
from cytoflow_blina.workflow.study import StudyConfig

TABLES = ("subjects", "cycles", "measurements", "adverse_events")
"""Tables of the cohort that a study folder takes as they are."""

COUNTS_FILE = "true_counts.csv"
PLAN_FILE = "study_plan.toml"

_DRAWN_AT = time(8)


@dataclass(frozen=True, eq=False)
class SyntheticCohort:
    """Patients whose true counts are known, and the plan that analyses them.

    Attributes
    ----------
    config : StudyConfig
        The declared analyses.
    samples : tuple of CountedSample
        Every draw with its true counts.
    subjects, cycles, measurements, adverse_events : tuple of rows
        The tables of the study.
    documents : mapping of str to bytes
        The files, by name.
    """

    config: StudyConfig
    samples: tuple[CountedSample, ...]
    subjects: tuple[SubjectRow, ...]
    cycles: tuple[CycleRow, ...]
    measurements: tuple[MeasurementRow, ...]
    adverse_events: tuple[AdverseEventRow, ...]
    documents: Mapping[str, bytes]

    @property
    def people(self) -> People:
        """Subjects and cycles, by id."""
        return gather_people(self.subjects, self.cycles, self.adverse_events)

    def with_counts(self, counts: pd.DataFrame) -> CohortTables:
        """Join counts of the samples, however they were had, with what is known.

        Parameters
        ----------
        counts : DataFrame
            `counts.csv`, as `read_table` returns it.

        Returns
        -------
        CohortTables
            What `analyse` takes.
        """
        return CohortTables(
            config=self.config,
            counts=counts,
            samples=tuple(_sample(one) for one in self.samples),
            people=self.people,
            measurements=self.measurements,
            adverse_events=self.adverse_events,
        )


def load_cohort() -> SyntheticCohort:
    """Load the cohort that the product ships with.

    Returns
    -------
    SyntheticCohort
        The patients, their tables and the plan of the published study.

    Raises
    ------
    ConfigError, SampleSheetError
        Where a file is not as shipped.
    """
    shipped = files("cytoflow_blina.published")
    with as_file(shipped) as folder:
        return read_cohort(folder / "cohort", folder / PLAN_FILE)


def read_cohort(folder: Path, plan: Path) -> SyntheticCohort:
    """Read a cohort from its folder.

    Parameters
    ----------
    folder : Path
        With `subjects.csv`, `cycles.csv`, `measurements.csv`, `adverse_events.csv`
        and `true_counts.csv`.
    plan : Path
        A study.toml with the analyses.

    Returns
    -------
    SyntheticCohort
        Samples in the order of their ids.

    Raises
    ------
    ConfigError, SampleSheetError
        With the problems of the first file that has any.
    """
    subjects = read_subjects(folder / "subjects.csv")
    ids = [row.subject_id for row in subjects]
    cycles = read_cycles(folder / "cycles.csv", ids)
    names = [f"{name}.csv" for name in (*TABLES, "true_counts")]
    documents = {name: (folder / name).read_bytes() for name in names}
    documents[PLAN_FILE] = plan.read_bytes()
    return SyntheticCohort(
        config=read_document(plan, StudyConfig, ConfigError).content,
        samples=_counted_samples(documents[COUNTS_FILE].decode(), cycles),
        subjects=subjects,
        cycles=cycles,
        measurements=read_measurements(folder / "measurements.csv", ids),
        adverse_events=read_adverse_events(folder / "adverse_events.csv", ids),
        documents=MappingProxyType(documents),
    )


def _counted_samples(
    text: str, cycles: tuple[CycleRow, ...]
) -> tuple[CountedSample, ...]:
    starts = {(row.subject_id, row.cycle): row.infusion_start for row in cycles}
    samples = [
        CountedSample(
            subject_id=row["subject_id"],
            cycle=int(row["cycle"]),
            visit=row["visit"],
            rel_day=int(row["rel_day"]),
            cells_per_ul={name: float(row[name]) for name in COUNTED},
            drawn_at=_drawn_at(
                starts[row["subject_id"], int(row["cycle"])], int(row["rel_day"])
            ),
        )
        for row in csv.DictReader(text.splitlines())
    ]
    return tuple(sorted(samples, key=lambda one: one.sample_id))


def _drawn_at(start: datetime | None, rel_day: int) -> datetime:
    """Draw in the morning; every cycle of the cohort has a first day."""
    if start is None:
        raise ValueError("a cycle of the synthetic cohort has no infusion_start")
    return datetime.combine(start.date(), _DRAWN_AT) + timedelta(days=rel_day)


def _sample(one: CountedSample) -> Sample:
    return Sample(
        sample_id=one.sample_id,
        subject_id=one.subject_id,
        cycle=one.cycle,
        visit=one.visit,
        rel_day=one.rel_day,
        specimen="PB",
        count_method="bead",
    )
