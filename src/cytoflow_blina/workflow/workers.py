"""Do independent jobs in worker processes that end with their parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from multiprocessing.context import BaseContext
from threading import Thread
from typing import TypeVar

from threadpoolctl import threadpool_limits

Job = TypeVar("Job")
Result = TypeVar("Result")


def worker_pool(n_workers: int, preload: Sequence[str]) -> Executor:
    """Make a pool of processes, or of one thread of this process.

    Parameters
    ----------
    n_workers : int
        Processes; 0 works in this one.
    preload : sequence of str
        Modules that every worker needs, imported once for all of them.

    Returns
    -------
    Executor
        Linear algebra of its workers keeps to one thread.
    """
    if n_workers == 0:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(
        n_workers, mp_context=_worker_context(preload), initializer=_start_worker
    )


def do_all(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    n_workers: int,
    preload: Sequence[str],
) -> Iterator[tuple[Job, Result]]:
    """Do jobs side by side, and give each with its result when it is done.

    Parameters
    ----------
    work : callable
        What is done; a function of a module, as processes need.
    jobs : sequence
        Plain values that can cross to another process; none does nothing.
    n_workers : int
        Processes; 0 works in this one.
    preload : sequence of str
        Modules that every worker needs.

    Yields
    ------
    tuple of job and result
        In the order in which they are done. An error of a job is raised here, and jobs
        that were not begun are not begun then.
    """
    if not jobs:
        return
    n_needed = min(n_workers, len(jobs))
    with threadpool_limits(1), worker_pool(n_needed, preload) as pool:
        futures = {pool.submit(work, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _worker_context(preload: Sequence[str]) -> BaseContext:
    """Start workers from a clean process that has the imports done, where there is one.

    Plain forking would copy the threads of this process, spawning would import
    everything again in every worker.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


def _start_worker() -> None:
    """Prepare a worker process.

    Linear algebra keeps to one thread, as jobs run side by side. An interruption is
    the parent's to act on, and a parent that was killed takes its workers with it.
    """
    threadpool_limits(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the parent process to end, then end this one."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
