"""One tube cannot harm another."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.domain.counting import CountingInputs, CountMethod
from cytoflow_blina.domain.panel import Panel
from cytoflow_blina.domain.template import TubeTemplate
from cytoflow_blina.errors import Problem, TruncatedFcsError
from cytoflow_blina.quality.measurements import EventQuality
from cytoflow_blina.workflow.pool import process_tubes
from cytoflow_blina.workflow.tube import TubeJob, TubeResult


def jobs_named(*sample_ids: str) -> list[TubeJob]:
    """Jobs whose sample id says what becomes of them."""
    panel = Panel("p", "1.0.0", "", "hardware", ())
    template = TubeTemplate("", {}, (), (), ())
    nowhere = Path("nowhere")
    counting = CountingInputs(CountMethod.NONE), CountingErrors()
    job = TubeJob(
        "", "", "a.fcs", nowhere, panel, template, *counting, nowhere, nowhere
    )
    return [replace(job, sample_id=sample_id) for sample_id in sample_ids]


def act_out(job: TubeJob) -> TubeResult:
    """Do what the sample id says, in the worker."""
    if job.sample_id.startswith("die"):
        os._exit(3)
    if job.sample_id.startswith("truncated"):
        raise TruncatedFcsError(Problem("a.fcs", "ends early."))
    if job.sample_id.startswith("bug"):
        raise ZeroDivisionError
    return TubeResult(
        job, "", "", None, 0, (), (), {}, 0, None, None, EventQuality(), ()
    )


def ignore(_done: int, _total: int, _name: str) -> None:
    """Show no progress."""


@pytest.mark.parametrize("n_workers", [0, 1, 2])
def test_a_broken_tube_is_recorded_and_the_others_go_on(n_workers: int) -> None:
    jobs = jobs_named("one", "truncated", "two", "bug", "three")

    results, failures = process_tubes(
        jobs, n_workers=n_workers, advance=ignore, process=act_out
    )

    assert [result.job.sample_id for result in results] == ["one", "two", "three"]
    assert [(one.sample_id, one.stage) for one in failures] == [
        ("truncated", "read"),
        ("bug", "process"),
    ]
    assert failures[0].problem == "a.fcs: ends early."
    assert failures[1].problem.startswith(
        "internal error ZeroDivisionError at test_pool.py:"
    )
    assert str(Path.cwd()) not in failures[1].problem


def test_a_worker_that_dies_takes_only_its_own_tube_with_it() -> None:
    jobs = jobs_named("one", "die", "two", "three", "four")

    results, failures = process_tubes(
        jobs, n_workers=2, advance=ignore, process=act_out
    )

    assert [result.job.sample_id for result in results] == [
        "one",
        "two",
        "three",
        "four",
    ]
    assert [one.sample_id for one in failures] == ["die"]
    assert "the worker process died" in failures[0].problem


def test_progress_counts_every_tube_once() -> None:
    seen: list[int] = []

    process_tubes(
        jobs_named("one", "bug", "two"),
        n_workers=2,
        advance=lambda done, _total, _name: seen.append(done),
        process=act_out,
    )

    assert seen == [1, 2, 3]


def test_no_tubes_give_nothing() -> None:
    assert process_tubes([], n_workers=2, advance=ignore) == ((), ())
