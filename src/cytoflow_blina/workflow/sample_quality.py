"""Check what sheet and tubes say of each sample beside its gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.finding import CheckLimits, Finding
from cytoflow_blina.quality.counts_agreement import (
    COUNTS_AGREEMENT,
    BeadTube,
    CountingRoutes,
)
from cytoflow_blina.quality.registry import run_checks
from cytoflow_blina.quality.specimen import SPECIMEN, Specimen
from cytoflow_blina.quality.tube_identity import (
    TUBE_IDENTITY,
    TubeIdentity,
    TubeMarks,
    count_marks,
)
from cytoflow_blina.workflow.t_cells_left_out import t_cells_left_out
from cytoflow_blina.workflow.tube import TubeResult


def check_specimen(
    rows: Sequence[SampleRow],
    tubes: Sequence[TubeResult],
    limits: Mapping[str, CheckLimits],
) -> tuple[Finding, ...]:
    """Check age and leukocytes of the blood, its counts, and the identity of its tubes.

    Parameters
    ----------
    rows : sequence of SampleRow
        The sample's rows of the sheet, one for each tube.
    tubes : sequence of TubeResult
        Its tubes that could be gated; one or more.
    limits : mapping of str to CheckLimits
        Limits of the checks.

    Returns
    -------
    tuple of Finding
        Of level `sample`.
    """
    about = rows[0].sample_id, "", "sample"
    return (
        *run_checks(SPECIMEN, _specimen(rows, tubes), limits, about),
        *run_checks(COUNTS_AGREEMENT, _routes(rows, tubes), limits, about),
        *run_checks(TUBE_IDENTITY, _identity(rows, tubes), limits, about),
    )


def _specimen(rows: Sequence[SampleRow], tubes: Sequence[TubeResult]) -> Specimen:
    given = {row.wbc_1e9_per_l for row in rows} - {None}
    drawn = [row.collected_at for row in rows if row.collected_at is not None]
    return Specimen(
        sample_id=rows[0].sample_id,
        collected_at=drawn[0] if drawn else None,
        acquired_at=tuple(one.acquired_at for one in tubes if one.acquired_at),
        wbc_1e9_per_l=given.pop() if len(given) == 1 else None,
    )


def _routes(rows: Sequence[SampleRow], tubes: Sequence[TubeResult]) -> CountingRoutes:
    by_tube = {row.tube: row for row in rows}
    shared = rows[0]
    return CountingRoutes(
        sample_id=shared.sample_id,
        tubes=tuple(
            BeadTube(
                n_lymphocytes=one.n_lymphocytes,
                n_beads=one.n_beads or 0,
                beads_per_tube=by_tube[one.job.tube].beads_per_tube,
                blood_volume_ul=by_tube[one.job.tube].blood_volume_ul,
            )
            for one in tubes
        ),
        wbc_1e9_per_l=shared.wbc_1e9_per_l,
        lymph_percent_of_wbc=shared.lymph_percent_of_wbc,
    )


def _identity(rows: Sequence[SampleRow], tubes: Sequence[TubeResult]) -> TubeIdentity:
    marks = () if len(rows) < 2 else tuple(filter(None, map(_marks, tubes)))
    return TubeIdentity(rows[0].sample_id, marks)


def _marks(result: TubeResult) -> TubeMarks | None:
    """Count the T cells that contradict a tube; None where nothing tells."""
    counts = {name: count.n_events for name, count in result.counts.items()}
    n_both = t_cells_left_out(
        {gate.path: gate.n_events for gate in result.gates},
        result.job.template.lymphocytes,
        counts.get("CD3", 0),
    )
    return count_marks(result.job.tube, counts, n_both)
