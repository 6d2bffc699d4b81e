"""Judge every sample by its sheet, its subject and the run, beside its own tubes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.finding import Finding
from cytoflow_blina.quality.batch_drift import ControlPoint
from cytoflow_blina.quality.reference_intervals import DAYS_PER_MONTH, flag_counts
from cytoflow_blina.quality.release import judge_rows
from cytoflow_blina.workflow.instrument_quality import (
    chart_samples,
    check_instruments,
    with_history,
)
from cytoflow_blina.workflow.plan import StudyPlan
from cytoflow_blina.workflow.sample_quality import check_specimen
from cytoflow_blina.workflow.samples import SampleResult
from cytoflow_blina.workflow.subject_quality import GatedSample, check_subjects
from cytoflow_blina.workflow.tube import TubeResult

Rows = tuple[SampleRow, ...]


@dataclass(frozen=True)
class JudgedRun:
    """The samples of a run, judged at every level.

    Attributes
    ----------
    samples : tuple of SampleResult
        Counts and findings.
    points : tuple of ControlPoint
        Levey-Jennings charts of the instruments.
    """

    samples: tuple[SampleResult, ...]
    points: tuple[ControlPoint, ...]


def judge_run(
    plan: StudyPlan,
    results: Iterable[TubeResult],
    samples: Mapping[str, SampleResult],
) -> JudgedRun:
    """Add to each sample what its sheet, its subject and the run say of it.

    Parameters
    ----------
    plan : StudyPlan
        The study.
    results : iterable of TubeResult
        Every tube that could be gated.
    samples : mapping of str to SampleResult
        Counts and findings of each sample by its tubes alone.

    Returns
    -------
    JudgedRun
        The same samples in their order, with further findings, verdicts and release
        classes that heed them, and reference intervals. A sample is judged by what was
        drawn or acquired before it alone, so that a later one changes no earlier row.
    """
    sheet: dict[str, Rows] = {}
    for row in plan.samples:
        sheet[row.sample_id] = (*sheet.get(row.sample_id, ()), row)
    tubes: dict[str, tuple[TubeResult, ...]] = {}
    for one in results:
        sample_id = one.job.sample_id
        tubes[sample_id] = (*tubes.get(sample_id, ()), one)
    gated = with_history(
        _gated(plan, sheet[sample_id], own, samples[sample_id])
        for sample_id, own in tubes.items()
    )
    points = chart_samples(gated)
    more = _findings(plan, gated, points)
    intervals = [
        one
        for one in plan.reference.intervals
        if one.is_verified or plan.config.reference_intervals.unverified
    ]
    judged = []
    for sample_id, sample in samples.items():
        rows = sheet[sample_id]
        findings = (*sample.findings, *more[sample_id])
        n_expected = len(plan.panels[rows[0].panel].tubes)
        is_complete = len(tubes.get(sample_id, ())) >= n_expected
        counts = judge_rows(
            sample.counts,
            findings,
            is_complete=is_complete,
            least_confidence=plan.limits.limits["QC_CONFIDENCE"].pass_low,
        )
        counts = flag_counts(counts, _age_months(plan, rows), intervals)
        judged.append(SampleResult(counts, findings))
    return JudgedRun(tuple(judged), points)


def _gated(
    plan: StudyPlan, rows: Rows, tubes: tuple[TubeResult, ...], sample: SampleResult
) -> GatedSample:
    template = plan.templates[rows[0].panel]
    steps = [
        cycle.dose_step_day
        for cycle in plan.cycles
        if (cycle.subject_id, cycle.cycle) == (rows[0].subject_id, rows[0].cycle)
    ]
    return GatedSample(
        rows=rows,
        tubes=tubes,
        counts=sample.counts,
        template=f"{template.name} {template.version}",
        dose_step_day=steps[0] if steps else None,
    )


def _findings(
    plan: StudyPlan, gated: Iterable[GatedSample], points: tuple[ControlPoint, ...]
) -> dict[str, tuple[Finding, ...]]:
    """Check every sample that has a gated tube; the others have no findings."""
    gated = tuple(gated)
    limits = plan.limits.limits
    findings: dict[str, tuple[Finding, ...]] = defaultdict(tuple)
    subjects = check_subjects(gated, limits)
    instruments = check_instruments(gated, points, limits)
    for one in gated:
        findings[one.sample_id] = (
            *check_specimen(one.rows, one.tubes, limits),
            *subjects[one.sample_id],
            *instruments[one.sample_id],
        )
    return findings


def _age_months(plan: StudyPlan, rows: Rows) -> float | None:
    """Take the age when the sample was drawn, in months; None where not known.

    By the birth date where both dates are known. An age of the sheet stands in where it
    has no birth date.
    """
    for subject in plan.subjects:
        if subject.subject_id != rows[0].subject_id:
            continue
        if subject.birth_date is None:
            return subject.age_months
        drawn = [row.collected_at for row in rows if row.collected_at is not None]
        return _months_between(subject.birth_date, drawn[0]) if drawn else None
    return None


def _months_between(birth: datetime, drawn: datetime) -> float | None:
    days = (drawn.date() - birth.date()).days
    return days / DAYS_PER_MONTH if days >= 0 else None


def control_row(point: ControlPoint) -> dict[str, object]:
    """Turn a point of a Levey-Jennings chart into a row of `control.csv`.

    Parameters
    ----------
    point : ControlPoint
        The point.

    Returns
    -------
    dict of str to object
        By column.
    """
    instrument, panel = point.run.series
    return {
        "instrument": instrument,
        "panel": panel,
        "tube": point.run.tube,
        "check": point.quantity.code,
        "quantity": point.quantity.name,
        "unit": point.quantity.unit,
        "acquired_at": point.run.at.isoformat(),
        "sample_id": point.run.sample_id,
        "value": point.value,
        "centre": point.centre,
        "sd": point.spread,
        "n_reference": point.n_reference,
        "deviation": point.deviation,
        "four_in_a_row": point.row,
    }
