"""Process many tubes over worker processes; one tube cannot harm another."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from traceback import extract_tb

from threadpoolctl import threadpool_limits

from cytoflow_blina.errors import (
    CytoflowBlinaError,
    FcsError,
    GatingError,
    PanelError,
    SampleSheetError,
)
from cytoflow_blina.workflow.tube import TubeJob, TubeResult, process_tube
from cytoflow_blina.workflow.workers import worker_pool

Process = Callable[[TubeJob], TubeResult]

STAGES: tuple[tuple[type[CytoflowBlinaError], str], ...] = (
    (FcsError, "read"),
    (PanelError, "panel"),
    (GatingError, "gating"),
    (SampleSheetError, "counting"),
)


@dataclass(frozen=True)
class TubeFailure:
    """A tube that could not be processed: one row of `failures.csv`.

    Attributes
    ----------
    sample_id, tube, fcs_file : str
        Which tube, and its file as the sample sheet names it.
    stage : {"read", "panel", "gating", "counting", "process"}
        How far it came.
    problem : str
        What was found, what was expected, what to do.
    """

    sample_id: str
    tube: str
    fcs_file: str
    stage: str
    problem: str


def process_tubes(
    jobs: Sequence[TubeJob],
    *,
    n_workers: int,
    advance: Callable[[int, int, str], None],
    process: Process = process_tube,
) -> tuple[tuple[TubeResult, ...], tuple[TubeFailure, ...]]:
    """Process tubes, collecting failures.

    Parameters
    ----------
    jobs : sequence of TubeJob
        The tubes.
    n_workers : int
        Worker processes; each holds one tube at a time, so that memory does not grow
        with the number of tubes. 0 works in this process, for scripts and notebooks:
        no process to start, and none to die in its stead.
    advance : callable
        Called after each tube with tubes done, tubes in all, and the sample's id.
    process : callable, optional
        What is done with a tube; a function at the top of a module.

    Returns
    -------
    results : tuple of TubeResult
        In the order of `jobs`, whatever the order in which they were done.
    failures : tuple of TubeFailure
        In the order of `jobs`.

    Notes
    -----
    A tube whose worker dies (out of memory, a crash in a library) takes its pool with
    it. Tubes that were not done then are tried again, each in a pool of its own, so
    that only the guilty one is lost.
    """
    outcomes: dict[int, TubeResult | TubeFailure] = {}

    def record(number: int, outcome: TubeResult | TubeFailure) -> None:
        outcomes[number] = outcome
        advance(len(outcomes), len(jobs), jobs[number].sample_id)

    run = partial(_run_pool, process, jobs, record)
    run(range(len(jobs)), n_workers)
    for number in range(len(jobs)):
        if number not in outcomes:
            run([number], 1)
        if number not in outcomes:
            record(number, _failure(jobs[number], BrokenProcessPool()))
    ordered = [outcomes[number] for number in range(len(jobs))]
    return (
        tuple(one for one in ordered if isinstance(one, TubeResult)),
        tuple(one for one in ordered if isinstance(one, TubeFailure)),
    )


def _run_pool(
    process: Process,
    jobs: Sequence[TubeJob],
    record: Callable[[int, TubeResult | TubeFailure], None],
    numbers: Sequence[int],
    n_workers: int,
) -> None:
    """Run jobs in a pool of their own; those lost with the pool stay unrecorded."""
    if not numbers:
        return
    # Here too: sums differ in the last digit with the number of threads.
    with (
        threadpool_limits(1),
        worker_pool(min(n_workers, len(numbers)), [__name__]) as pool,
    ):
        futures: dict[Future[TubeResult], int] = {
            pool.submit(process, jobs[number]): number for number in numbers
        }
        try:
            for future in as_completed(futures):
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    continue
                number = futures[future]
                if error is None:
                    record(number, future.result())
                else:
                    record(number, _failure(jobs[number], error))
        finally:
            # After an interruption, tubes that were not begun are not begun.
            pool.shutdown(cancel_futures=True)


def _failure(job: TubeJob, error: BaseException) -> TubeFailure:
    """Write an error into a row that a person can act on."""
    stage = "process"
    if isinstance(error, CytoflowBlinaError):
        stage = next((name for kind, name in STAGES if isinstance(error, kind)), stage)
        problem = "; ".join(str(one) for one in error.problems)
    elif isinstance(error, BrokenProcessPool):
        problem = (
            "the worker process died, most likely for want of memory. Run with fewer "
            "--jobs, or on a machine with more memory."
        )
    else:
        problem = (
            f"internal error {type(error).__name__}{_place(error)}; the other tubes "
            "are not affected. Please report it with the file's form (inspect FILE)."
        )
    return TubeFailure(job.sample_id, job.tube, job.fcs_file, stage, problem)


def _place(error: BaseException) -> str:
    """Say where an unforeseen error arose, without paths or values of the file."""
    # A worker's traceback comes home as the text of the cause.
    remote = re.findall(r'File "([^"]+)", line (\d+)', str(error.__cause__))
    local = [(one.filename, one.lineno) for one in extract_tb(error.__traceback__)]
    frames = remote or local
    if not frames:
        return ""
    file, line = frames[-1]
    return f" at {Path(file).name}:{line}"
