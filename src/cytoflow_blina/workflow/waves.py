"""Process the tubes of a study, lenders of thresholds before those who borrow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cytoflow_blina.mrd.follow_up import DIAGNOSIS
from cytoflow_blina.workflow.borrowing import Lender, TubeKey, lending_waves
from cytoflow_blina.workflow.pool import TubeFailure, process_tubes
from cytoflow_blina.workflow.tube import TubeJob, TubeResult


def process_in_waves(
    jobs: Sequence[TubeJob],
    lenders: Mapping[TubeKey, tuple[TubeKey, ...]],
    *,
    n_workers: int,
    advance: Callable[[int, int, str], None],
) -> tuple[tuple[TubeResult, ...], tuple[TubeFailure, ...]]:
    """Process tubes wave by wave.

    Parameters
    ----------
    jobs : sequence of TubeJob
        The tubes.
    lenders : mapping of (str, str) to tuple of (str, str)
        From which each tube may borrow, as from `lenders_of_tubes`. One that failed
        lends nothing.
    n_workers : int
        Worker processes, as `process_tubes` takes them.
    advance : callable
        Called after each tube with tubes done, tubes in all, and the sample's id.

    Returns
    -------
    results : tuple of TubeResult
        In the order of `jobs`.
    failures : tuple of TubeFailure
        In the order of `jobs`.
    """
    by_tube = {(job.sample_id, job.tube): job for job in jobs}
    results: dict[TubeKey, TubeResult] = {}
    failures: dict[TubeKey, TubeFailure] = {}
    n_before = 0

    def advance_wave(n_done: int, _n_in_wave: int, name: str) -> None:
        advance(n_before + n_done, len(jobs), name)

    for wave in lending_waves(lenders):
        ready = [
            replace(
                by_tube[tube],
                lenders=tuple(
                    _lender(results[one]) for one in lenders[tube] if one in results
                ),
            )
            for tube in wave
        ]
        done, failed = process_tubes(ready, n_workers=n_workers, advance=advance_wave)
        results |= {(one.job.sample_id, one.job.tube): one for one in done}
        failures |= {(one.sample_id, one.tube): one for one in failed}
        n_before += len(ready)
    return (
        tuple(results[tube] for tube in by_tube if tube in results),
        tuple(failures[tube] for tube in by_tube if tube in failures),
    )


def _lender(result: TubeResult) -> Lender:
    """Say what a tube that was processed has to lend."""
    is_diagnosis = result.job.mrd is not None and result.job.mrd.visit == DIAGNOSIS
    return Lender(
        result.settings,
        result.thresholds,
        result.mrd.phenotype if result.mrd and is_diagnosis else None,
    )
