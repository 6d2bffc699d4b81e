"""Time one large marrow tube, and measure its memory, from the file to the numbers.

Run as ``python benchmarks/big_tube.py --events 5000000``. The file, 17 channels of
32-bit floats with a matrix of twelve, is written here and processed in a process of its
own, on one core, by the panel and the template that ship for marrow after anti-CD19
therapy. Seconds are processor time of each step of `process_tube`; those of the
pictures stand apart. Asked for are at most 20 s and 2 GB for 5,000,000 events, and 3 s
for 500,000.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

# One core means one thread, in the libraries too.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

from cytoflow_blina.bridge.fcs_writer import FcsContents, FcsParameter, write_fcs
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.workflow import batch, tube
from cytoflow_blina.workflow.init import make_study
from cytoflow_blina.workflow.plan import load_plan

PANEL = "bcp-all-mrd-post-cd19"
TOP = 262_144
SCATTER = ("FSC-A", "FSC-H", "SSC-A", "SSC-H")
DYES = {
    "FITC-A": "SYTO 16",
    "PE-A": "CD22",
    "PE-CF594-A": "CD58",
    "PerCP-Cy5-5-A": "CD34",
    "PE-Cy7-A": "CD19",
    "APC-A": "CD10",
    "APC-H7-A": "CD38",
    "BV421-A": "CD20",
    "V500-A": "CD45",
    "BV605-A": "CD24",
    "BV650-A": "CD66b",
    "BV711-A": "CD3",
}
DETECTORS = (*SCATTER, *DYES, "Time")

# Share; decades of forward and side scatter; decades of each dye that is not dim.
NUCLEUS = {"SYTO 16": 4.5}
B = NUCLEUS | {"CD19": 4.0, "CD22": 3.6, "CD24": 3.8, "CD58": 3.0}
CELLS = {
    "debris": (0.06, (4.1, 3.7), {}),
    "granulocyte": (
        0.47,
        (4.9, 5.0),
        NUCLEUS | {"CD45": 3.6, "CD66b": 4.3, "CD24": 4.0, "CD58": 3.0, "CD10": 3.2},
    ),
    "erythroid": (0.15, (4.6, 4.0), NUCLEUS | {"CD38": 2.6}),
    "t": (0.20, (4.8, 4.1), NUCLEUS | {"CD45": 4.4, "CD3": 4.2, "CD58": 3.2}),
    "b": (0.06, (4.8, 4.1), B | {"CD45": 4.2, "CD20": 4.2}),
    "hematogone": (0.06, (4.8, 4.1), B | {"CD45": 3.5, "CD10": 4.0, "CD38": 4.2}),
}
DIM = 1.7

STEPS = {
    "reading": ("read_tube",),
    "recognising": ("recognise_tube",),
    "fitting": ("find_gates",),
    "applying": ("apply_gates",),
    "finding MRD": ("b_lineage_of", "add_candidates", "measure_mrd"),
    "compensating": ("compensate",),
    "medians": ("measure_intensities",),
    "quality": ("measure_events",),
    "pictures": ("gate_histograms", "save_histograms", "draw_marrow", "save_marrow"),
}
"""Functions that `process_tube` calls, by what is printed."""


def write_tube(path: Path, n_events: int) -> None:
    """Write a float file of 17 channels with a matrix of 12 detectors."""
    rng = np.random.default_rng(1)
    spill = np.eye(len(DYES))
    steps = np.abs(np.subtract.outer(range(len(DYES)), range(len(DYES))))
    spill += 0.1 * np.exp(-steps) * (1 - np.eye(len(DYES)))
    values = np.empty((n_events, len(DETECTORS)), np.float32)
    for first in range(0, n_events, 100_000):
        rows = values[first : first + 100_000]
        rows[:, :-1] = _draw(rng, len(rows), spill)
    values[:, -1] = np.linspace(0, n_events / 50, n_events)
    parameters = tuple(
        FcsParameter(name, DYES.get(name, ""), TOP) for name in DETECTORS
    )
    keywords = {"$CYT": "simulated", "$TIMESTEP": "0.01"}
    write_fcs(
        path,
        FcsContents("3.1", parameters, values, keywords, Spillover(tuple(DYES), spill)),
    )


def _draw(rng: np.random.Generator, n_events: int, spill: np.ndarray) -> np.ndarray:
    """Draw events, linear units, spillover and noise included."""
    shares = [share for share, _, _ in CELLS.values()]
    kind = rng.choice(len(CELLS), size=n_events, p=shares)
    places = np.array([place for _, place, _ in CELLS.values()])[kind]
    levels = np.array(
        [[dyes.get(dye, DIM) for dye in DYES.values()] for _, _, dyes in CELLS.values()]
    )[kind]
    size = rng.normal(0, 1, (n_events, 1))
    scatter = 10 ** (places + 0.06 * size + rng.normal(0, 0.05, (n_events, 2)))
    light = 10 ** (levels + 0.1 * size + rng.normal(0, 0.18, (n_events, len(DYES))))
    seen = light @ spill
    seen += rng.normal(0, 1, seen.shape) * np.sqrt(20 * seen + 900)
    height = scatter * rng.normal(0.9, 0.03, (n_events, 2))
    doublet = rng.random(n_events) < 0.03
    scatter[doublet] *= 1.8
    pairs = np.column_stack([scatter[:, 0], height[:, 0], scatter[:, 1], height[:, 1]])
    values: np.ndarray = np.minimum(np.column_stack([pairs, seen]), TOP - 1)
    return values


def plan_study(file: Path, folder: Path) -> tube.TubeJob:
    """Make a study of one tube, and say what is to be done with it."""
    make_study(folder, (PANEL,))
    (folder / "samples.csv").write_text(
        "sample_id,subject_id,visit,specimen,panel,fcs_file,count_method\n"
        f"M01,S01,D28,BM,{PANEL},fcs/tube.fcs,none\n"
    )
    (folder / "fcs" / "tube.fcs").symlink_to(file.resolve())
    plan = load_plan(folder)
    out = folder / "out"
    for part in (batch.GATES_FOLDER, batch.PLOTS_FOLDER):
        (out / part).mkdir(parents=True)
    return batch.tube_job(plan, plan.samples[0], out, {}, find=True)


def measure(file: Path, folder: Path) -> dict[str, float]:
    """Process a tube, and give the seconds of each step and the peak memory in MB."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    job = plan_study(file, folder)
    spent = dict.fromkeys(STEPS, 0.0)
    with ExitStack() as stack:
        for step, names in STEPS.items():
            for name in names:
                stack.enter_context(_timed(name, step, spent))
        begin = time.process_time()
        result = tube.process_tube(job)
        whole = time.process_time() - begin
    spent["the rest"] = whole - sum(spent.values())
    spent["all but pictures"] = whole - spent["pictures"]
    return {**spent, "gates": len(result.gates), "peak": peak_mb()}


@contextmanager
def _timed(name: str, step: str, spent: dict[str, float]) -> Iterator[None]:
    """Add up the time of one function of `workflow.tube` while in the block."""
    timed: Callable[..., object] = getattr(tube, name)

    def call(*args: object, **kwargs: object) -> object:
        begin = time.process_time()
        try:
            return timed(*args, **kwargs)
        finally:
            spent[step] += time.process_time() - begin

    with patch.object(tube, name, call):
        yield


def peak_mb() -> float:
    """Largest resident size of this process, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage tells includes the parent up to the moment of the start.
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    import resource  # noqa: PLC0415 - not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.file:
            print(json.dumps(measure(arguments.file, folder)))
            return
        file = folder / "tube.fcs"
        write_tube(file, arguments.events)
        command = [sys.executable, __file__, "--file", str(file)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - this file
    found = json.loads(done.stdout)
    peak, n_gates = found.pop("peak"), found.pop("gates")
    channels = f"{len(DETECTORS)} channels, {len(DYES)} of them dyes"
    print(f"{arguments.events:,} events x {channels}, {n_gates} gates, one core")
    for step, seconds in found.items():
        print(f"  {step:<18}{seconds:8.2f} s")
    print(f"  {'peak memory':<18}{peak:8.0f} MB")


if __name__ == "__main__":
    main()
