"""Evaluate scenarios and seeds over worker processes."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import pandas as pd
from threadpoolctl import threadpool_limits

from acceptance.gate_simulated import evaluate_scenario
from acceptance.rows import Row, Rows

Task = TypeVar("Task")


@dataclass(frozen=True)
class Tables:
    """What a run of scenarios and seeds gave.

    Attributes
    ----------
    populations : DataFrame
        One row for each tube, population and kind of gates.
    samples : DataFrame
        One row for each sample, with fitted gates.
    counts : DataFrame
        One row for each count with cells/uL, and kind of gates.
    findings : DataFrame
        One row for each check of each tube and sample, and for each flag.
    """

    populations: pd.DataFrame
    samples: pd.DataFrame
    counts: pd.DataFrame
    findings: pd.DataFrame


def evaluate_seeds(
    scenarios: Iterable[str],
    seeds: Sequence[int],
    *,
    ranges: str = "default",
    n_jobs: int = 1,
) -> Tables:
    """Evaluate every scenario with every seed.

    Parameters
    ----------
    scenarios : iterable of str
        Their names.
    seeds : sequence of int
        One sample of each panel is simulated for each.
    ranges : {"default", "other"}
        From where tubes are drawn.
    n_jobs : int
        Worker processes; 1 works in this process.

    Returns
    -------
    Tables
        In the order of scenarios and seeds, whatever the number of workers.
    """
    tasks = [(scenario, seed) for scenario in scenarios for seed in seeds]
    return run_tasks(partial(_evaluate, ranges), tasks, n_jobs=n_jobs)


def run_tasks(
    work: Callable[[Task], Rows], tasks: Sequence[Task], *, n_jobs: int
) -> Tables:
    """Do tasks, and put their rows into tables.

    Parameters
    ----------
    work : callable
        Gives the rows of a task; a function at the top of a module, or a `partial`.
    tasks : sequence
        What `work` takes.
    n_jobs : int
        Worker processes; 1 works in this process.

    Returns
    -------
    Tables
        In the order of the tasks.
    """
    with ExitStack() as stack:
        # Here too: sums differ in the last digit with the number of threads.
        stack.enter_context(threadpool_limits(1))
        if n_jobs == 1:
            results: Iterable[Rows] = map(work, tasks)
        else:
            context = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(
                n_jobs, mp_context=context, initializer=threadpool_limits, initargs=(1,)
            )
            results = stack.enter_context(pool).map(work, tasks)
        done = []
        for rows in results:
            done.append(rows)
            _show_progress(len(done), len(tasks))
    return Tables(*map(_table, zip(*(rows.tables for rows in done), strict=True)))


def _evaluate(ranges: str, task: tuple[str, int]) -> Rows:
    return evaluate_scenario(*task, ranges=ranges)


def _show_progress(n_done: int, n_tasks: int) -> None:
    """Tell how far the run is, where somebody watches."""
    if sys.stderr.isatty():
        end = "\n" if n_done == n_tasks else "\r"
        print(f"{n_done}/{n_tasks}", end=end, file=sys.stderr, flush=True)


def _table(parts: tuple[list[Row], ...]) -> pd.DataFrame:
    """Put the rows of all scenarios and seeds into one table."""
    return pd.DataFrame([row for rows in parts for row in rows])
