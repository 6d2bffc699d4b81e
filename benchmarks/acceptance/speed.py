"""Time the fitting and the quality checks of tubes, pictures apart."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pandas as pd
from threadpoolctl import threadpool_limits

from acceptance.gate_simulated import first_samples, write_samples
from acceptance.rows import Row
from cytoflow_blina.workflow import batch, tube
from cytoflow_blina.workflow.init import make_study
from cytoflow_blina.workflow.plan import load_plan

STANDARD = 50_000
"""Events of the tube for which times are given."""


def time_tubes(seeds: range) -> pd.DataFrame:
    """Time tubes of the default scenario on one core.

    Parameters
    ----------
    seeds : range
        One sample of each panel for each; the first warms up and is left out.

    Returns
    -------
    DataFrame
        For each panel: tubes, median events, and medians of milliseconds of processor
        time for 50,000 events: reading and recognising, finding the gates, and all the
        rest (applying the gates as written, medians, quality, counting). `promised` is
        the last two together; pictures are in none of them.
    """
    with threadpool_limits(1):
        for _ in _time_seed(seeds[0]):
            pass
        rows = [row for seed in seeds[1:] for row in _time_seed(seed)]
    table = pd.DataFrame(rows)
    scale = STANDARD / table.n_events
    for column in ("reading", "fitting", "quality"):
        table[column] *= 1000 * scale
    table["promised"] = table.fitting + table.quality
    every = pd.concat([table, table.assign(panel="all")])
    summary = every.groupby("panel", sort=False).agg(
        n=("n_events", "size"),
        median_events=("n_events", "median"),
        reading_ms=("reading", "median"),
        fitting_ms=("fitting", "median"),
        quality_ms=("quality", "median"),
        promised_ms=("promised", "median"),
        slowest_ms=("promised", "max"),
    )
    return summary.reset_index()


def _time_seed(seed: int) -> Iterator[Row]:
    """Time every tube of a seed, sample level checks shared out among its tubes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulated = first_samples("default", seed)
        tubes = write_samples(simulated, folder)
        make_study(folder, tuple(dict.fromkeys(one.panel for one in simulated.tubes)))
        plan = load_plan(folder)
        out = folder / "out"
        for part in (batch.GATES_FOLDER, batch.PLOTS_FOLDER):
            (out / part).mkdir(parents=True)
        rows: list[Row] = []
        results = []
        for row in plan.samples:
            clock = _Clock()
            begin = time.process_time()
            with (
                clock.times("read_tube"),
                clock.times("recognise_tube"),
                clock.times("find_gates"),
                clock.times("gate_histograms"),
                clock.times("save_histograms"),
            ):
                results.append(
                    tube.process_tube(batch.tube_job(plan, row, out, {}, find=True))
                )
            whole = time.process_time() - begin
            reading = clock.spent["read_tube"] + clock.spent["recognise_tube"]
            fitting = clock.spent["find_gates"]
            rows.append(
                {
                    "panel": row.panel,
                    "n_events": tubes[Path(row.fcs_file).name].codes.size,
                    "reading": reading,
                    "fitting": fitting,
                    "quality": whole - sum(clock.spent.values()),
                }
            )
        begin = time.process_time()
        batch.judge_samples(plan, results)
        shared = (time.process_time() - begin) / len(rows)
        for one in rows:
            yield one | {"quality": one["quality"] + shared}


class _Clock:
    """Adds up the processor time of functions that a tube's processing calls."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    @contextmanager
    def times(self, name: str) -> Iterator[None]:
        """Time one function of `workflow.tube` while in the block."""
        timed: Callable[..., object] = getattr(tube, name)
        self.spent[name] = 0.0

        def call(*args: object, **kwargs: object) -> object:
            begin = time.process_time()
            try:
                return timed(*args, **kwargs)
            finally:
                self.spent[name] += time.process_time() - begin

        with patch.object(tube, name, call):
            yield
