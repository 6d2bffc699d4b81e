"""Evaluate scenarios and seeds over worker processes."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import pandas as pd
from threadpoolctl import threadpool_limits

from acceptance.gate_simulated import Row, Rows, evaluate_scenario


@dataclass(frozen=True)
class Tables:
    """What a run of scenarios and seeds gave.

    Attributes
    ----------
    populations : DataFrame
        One row for each tube, population and kind of gates.
    samples : DataFrame
        One row for each sample, with fitted gates.
    findings : DataFrame
        One row for each check of each tube and sample, and for each flag.
    """

    populations: pd.DataFrame
    samples: pd.DataFrame
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
    work = partial(_evaluate, ranges)
    with threadpool_limits(1):
        if n_jobs == 1:
            done = [_reported(one, tasks, work(task)) for one, task in _count(tasks)]
        else:
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(n_jobs, mp_context=context) as pool:
                results = pool.map(work, tasks)
                done = [
                    _reported(one, tasks, rows)
                    for (one, _), rows in zip(_count(tasks), results, strict=True)
                ]
    populations = [row for rows in done for row in rows.populations]
    return Tables(
        _table(populations),
        _table([row for rows in done for row in rows.samples]),
        _table([row for rows in done for row in rows.findings]),
    )


def _evaluate(ranges: str, task: tuple[str, int]) -> Rows:
    with threadpool_limits(1):
        return evaluate_scenario(*task, ranges=ranges)


def _count(tasks: list[tuple[str, int]]) -> Iterable[tuple[int, tuple[str, int]]]:
    return enumerate(tasks, start=1)


def _reported(number: int, tasks: list[tuple[str, int]], rows: Rows) -> Rows:
    """Tell how far the run is, where somebody watches."""
    if sys.stderr.isatty():
        end = "\n" if number == len(tasks) else "\r"
        text = f"{number}/{len(tasks)} {tasks[number - 1][0]:<24}"
        print(text, end=end, file=sys.stderr, flush=True)
    return rows


def _table(rows: list[Row]) -> pd.DataFrame:
    """Put rows into a table that begins with what they are about."""
    table = pd.DataFrame(rows)
    first = [name for name in ("scenario", "seed") if name in table]
    return table[[*first, *(name for name in table if name not in first)]]
