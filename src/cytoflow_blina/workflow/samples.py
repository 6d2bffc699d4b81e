"""Turn the gated tubes of a sample into its counts and findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.counting.combine_tubes import cd3_by_tube, combine_tubes
from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.domain.counting import CountRow, TubeCounts
from cytoflow_blina.domain.finding import CheckLimits, Finding
from cytoflow_blina.domain.population import percent
from cytoflow_blina.quality.flags import flag_rows, raised_flags
from cytoflow_blina.quality.measurements import SampleMeasurements, TubeMeasurements
from cytoflow_blina.quality.registry import check_sample, check_tube
from cytoflow_blina.quality.release import (
    is_tube_usable,
    replicates_fail,
)
from cytoflow_blina.workflow.measure import QC_MONOCYTES
from cytoflow_blina.workflow.study import Counting
from cytoflow_blina.workflow.tube import TubeResult


@dataclass(frozen=True)
class SampleResult:
    """Counts and findings of one sample."""

    counts: tuple[CountRow, ...]
    findings: tuple[Finding, ...]


def summarise_sample(
    rows: Sequence[SampleRow],
    results: Mapping[tuple[str, str], TubeResult],
    *,
    limits: Mapping[str, CheckLimits],
) -> SampleResult:
    """Count and check one sample.

    Parameters
    ----------
    rows : sequence of SampleRow
        The sample's rows of the sheet, one for each tube.
    results : mapping of (str, str) to TubeResult
        Gated tubes by sample and tube; one that failed is absent.
    limits : mapping of str to CheckLimits
        Limits of the checks.

    Returns
    -------
    SampleResult
        Without counts where no tube could be gated. The rows are not judged yet: that
        takes the findings of subject and instrument too (`judge_run`).
    """
    sample = rows[0].sample
    gated = [
        (row, results[row.sample_id, row.tube])
        for row in rows
        if (row.sample_id, row.tube) in results
    ]
    measured = [_tube_measurements(row, result) for row, result in gated]
    findings = [finding for tube in measured for finding in check_tube(tube, limits)]
    tubes = [
        _tube_counts(result, is_usable=is_tube_usable(findings, row.tube))
        for row, result in gated
        if result.job.template.lymphocytes
    ]
    if len(rows) > 1:
        findings += check_sample(_sample_measurements(rows, tubes), limits)
    counts = flag_rows(
        combine_tubes(sample, tubes, replicates_fail=replicates_fail(findings)),
        {tube.tube: raised_flags(tube, limits) for tube in measured},
    )
    return SampleResult(counts, tuple(findings))


def counting_errors(settings: Counting) -> CountingErrors:
    """Take the coefficients of variation from study.toml, from percent to shares."""
    return CountingErrors(
        pipetting_cv=settings.pipetting_cv_percent / 100,
        bead_lot_cv=settings.bead_lot_cv_percent / 100,
        volume_cv=settings.volume_cv_percent / 100,
        wbc_cv=settings.wbc_cv_percent / 100,
        lymph_percent_cv=settings.lymph_percent_cv_percent / 100,
    )


def _tube_counts(result: TubeResult, *, is_usable: bool) -> TubeCounts:
    gate = result.quality.gate
    return TubeCounts(
        tube=result.job.tube,
        populations=result.counts,
        n_lymphocytes=result.n_lymphocytes,
        factor=result.factor,
        n_beads=result.n_beads,
        purity_percent=gate.purity_percent if gate else nan,
        is_usable=is_usable,
    )


def _tube_measurements(row: SampleRow, result: TubeResult) -> TubeMeasurements:
    gates = {gate.path: gate for gate in result.gates}
    monocytes = gates.get(f"{result.job.template.lymphocytes}/{QC_MONOCYTES}")
    return TubeMeasurements(
        sample_id=row.sample_id,
        tube=row.tube,
        n_events=result.n_events,
        n_lymphocytes=result.n_lymphocytes,
        count_method=str(row.count_method),
        n_beads=result.n_beads,
        percent_of_lymphocytes={
            name: percent(count.n_events, result.n_lymphocytes)
            for name, count in result.counts.items()
        },
        are_gates_given=result.job.given_gates is not None,
        counts_lymphocytes=bool(result.job.template.lymphocytes),
        confidences={name: count.confidence for name, count in result.counts.items()},
        monocyte_percent=monocytes.percent_of_parent if monocytes else None,
        quality=result.quality,
    )


def _sample_measurements(
    rows: Sequence[SampleRow], tubes: Iterable[TubeCounts]
) -> SampleMeasurements:
    """Put CD3 of the tubes side by side; None for a tube that failed."""
    counted = cd3_by_tube(tuple(tubes))
    return SampleMeasurements(
        sample_id=rows[0].sample_id,
        count_method=str(rows[0].count_method),
        cd3={row.tube: counted.get(row.tube) for row in rows},
    )
