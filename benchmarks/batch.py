"""Time a batch of tubes against FlowKit, on the same gates and in one run."""

from __future__ import annotations

import argparse
import array
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

# Small matrix products stall on many threads; one is the fastest for FlowKit too.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import flowio
import numpy as np

from cytoflow_blina.bridge.gating_ml import read_gating_ml, write_gating_ml
from cytoflow_blina.domain.events import Dimension
from cytoflow_blina.domain.gate import (
    Gate,
    GateNode,
    GatingStrategy,
    Limits,
    PolygonGate,
    RectangleGate,
)
from cytoflow_blina.domain.scale import LinearScale, LogicleScale
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.apply import apply_strategy
from cytoflow_blina.preprocess.rescale import scale_for_strategy

N_EVENTS = 50_000
TOP = 262_144.0
DYES = ("CD45", "CD3", "CD4", "CD8", "CD16", "CD19", "CD25", "CD27")
CHANNELS = ("FSC-A", "FSC-H", "SSC-A", *(f"{dye}-A" for dye in DYES), "Time")

# Display units: forward and side scatter, then which dyes a cell type carries.
CELLS = {
    "debris": (0.20, (0.08, 0.06), ()),
    "monocyte": (0.15, (0.45, 0.50), ("CD45", "CD16")),
    "t4": (0.30, (0.30, 0.15), ("CD45", "CD3", "CD4", "CD27")),
    "t8": (0.20, (0.30, 0.15), ("CD45", "CD3", "CD8", "CD27")),
    "nk": (0.08, (0.30, 0.15), ("CD45", "CD16")),
    "b": (0.07, (0.30, 0.15), ("CD45", "CD19", "CD25")),
}

Counts = dict[tuple[str, str], int]


def strategy() -> GatingStrategy:
    """Twelve gates: three ranges, a rectangle, seven polygons and a quadrant gate."""

    def scatter(name: str) -> Dimension:
        return Dimension(name, "uncompensated", "scatter")

    def dye(name: str) -> Dimension:
        return Dimension(f"{name}-A", "FCS", "dye")

    def above(dimension: Dimension, limit: float) -> RectangleGate:
        return RectangleGate((Limits(dimension, at_least=limit),))

    def polygon(x: Dimension, y: Dimension, *corners: float) -> PolygonGate:
        return PolygonGate((x, y), np.reshape(corners, (-1, 2)).astype(np.float64))

    fsc, fsc_h, ssc = (scatter(name) for name in CHANNELS[:3])
    cd45, cd3, cd4, cd8, cd16, cd19, cd25, cd27 = (dye(name) for name in DYES)
    cut = 0.42
    lymph = "singlets/cells/leukocytes/lymph"
    gates: dict[str, Gate] = {
        "singlets": polygon(fsc, fsc_h, 0, 0, 0.02, -0.01, 1, 0.8, 1, 1.1, 0.9, 1.1),
        "singlets/cells": RectangleGate(
            (Limits(fsc, 0.12, 0.9), Limits(ssc, 0.02, 0.9))
        ),
        "singlets/cells/leukocytes": above(cd45, cut),
        lymph: polygon(
            cd45,
            ssc,
            0.45,
            0.05,
            0.7,
            0.02,
            0.98,
            0.05,
            0.98,
            0.3,
            0.7,
            0.33,
            0.45,
            0.3,
        ),
        f"{lymph}/t": above(cd3, cut),
        f"{lymph}/nk": polygon(
            cd16, cd3, cut, -0.2, 1, -0.2, 1.1, 0.1, 1, 0.4, 0.7, 0.42, 0.5, cut
        ),
        f"{lymph}/b": polygon(cd19, cd3, cut, -0.2, 1.1, -0.2, 1.1, 0.4, cut, 0.42),
        f"{lymph}/b/activated": above(cd25, 0.6),
        f"{lymph}/t/memory": polygon(
            cd27, cd25, 0.4, -0.2, 0.6, -0.3, 1.1, -0.2, 1.1, 0.5, 0.9, 0.6, 0.4, 0.5
        ),
        f"{lymph}/nk/mature": polygon(
            cd16, cd27, 0.6, -0.3, 1.1, -0.3, 1.1, 0.3, 0.9, 0.42, 0.6, 0.4
        ),
        f"{lymph}/b/naive": polygon(
            cd19,
            cd27,
            0.4,
            -0.3,
            1.1,
            -0.3,
            1.1,
            0.2,
            1,
            0.3,
            0.9,
            0.4,
            0.7,
            0.42,
            0.5,
            0.4,
            0.4,
            0.3,
        ),
    }
    for name, four, eight in (
        ("dn", (None, cut), (None, cut)),
        ("t4", (cut, None), (None, cut)),
        ("t8", (None, cut), (cut, None)),
        ("dp", (cut, None), (cut, None)),
    ):
        gates[f"{lymph}/t/{name}"] = RectangleGate(
            (Limits(cd4, *four), Limits(cd8, *eight)), quadrant_gate="cd4_cd8"
        )
    return GatingStrategy(
        nodes=tuple(GateNode(path, gate) for path, gate in gates.items()),
        scales={
            "scatter": LinearScale(TOP),
            "dye": LogicleScale(TOP, 0.5, 4.5),
        },
    )


def write_tubes(folder: Path, n_tubes: int) -> list[Path]:
    """Write float FCS files with a matrix, no two alike."""
    spill = np.eye(len(DYES))
    spill += 0.08 * np.exp(-np.abs(np.subtract.outer(range(8), range(8)))) * (1 - spill)
    names = [f"{dye}-A" for dye in DYES]
    spill_text = ",".join(
        [str(len(names)), *names, *(f"{value:.6g}" for value in spill.ravel())]
    )
    paths = []
    for tube in range(n_tubes):
        rng = np.random.default_rng(tube)
        values = simulate(rng, spill)
        flat = array.array("f")
        flat.frombytes(values.astype("<f4").tobytes())
        path = folder / f"tube_{tube:04d}.fcs"
        with path.open("wb") as handle:
            flowio.create_fcs(
                handle,
                flat,
                list(CHANNELS),
                metadata_dict={
                    "spill": spill_text,
                    "fil": path.name,
                    "timestep": "0.01",
                    **{f"p{i + 1}r": f"{TOP:.0f}" for i in range(len(CHANNELS))},
                },
            )
        paths.append(path)
    return paths


def simulate(rng: np.random.Generator, spill: np.ndarray) -> np.ndarray:
    """Draw the events of one tube, linear units, spillover and noise included."""
    kinds = list(CELLS.values())
    shares = rng.dirichlet([60 * share for share, _, _ in kinds])
    kind = rng.choice(len(kinds), size=N_EVENTS, p=shares)
    centres = np.array([place for _, place, _ in kinds])[kind]
    scatter = TOP * np.abs(centres * rng.lognormal(0, 0.15, (N_EVENTS, 2)))
    bright = np.array([[dye in dyes for dye in DYES] for _, _, dyes in kinds])[kind]
    light = np.where(bright, 9_000.0, 60.0) * rng.lognormal(0, 0.5, (N_EVENTS, 8))
    seen = light @ spill
    seen += rng.normal(0, 1, seen.shape) * np.sqrt(20 * seen + 900)
    height = scatter[:, :1] * rng.normal(0.95, 0.03, (N_EVENTS, 1))
    order = np.arange(N_EVENTS, dtype=float)[:, None]
    return np.hstack([scatter[:, :1], height, scatter[:, 1:], seen, order])


def count_with_flowkit(gates: Path, paths: list[Path]) -> Counts:
    """Count every gate of every tube with a Session."""
    import flowkit  # noqa: PLC0415 - the rival; not needed to measure memory

    session = flowkit.Session(
        gating_strategy=flowkit.parse_gating_xml(str(gates)),
        fcs_samples=[flowkit.Sample(path, sample_id=path.name) for path in paths],
    )
    session.analyze_samples(use_mp=False)
    report = session.get_analysis_report()
    return {
        (sample, gate): int(count)
        for sample, gate, count in zip(
            report["sample_id"], report["gate_name"], report["count"], strict=True
        )
    }


def count_with_ours(gates: Path, paths: list[Path]) -> Counts:
    """Count every gate of every tube, one tube at a time."""
    counts: Counts = {}
    for path in paths:
        document = read_gating_ml(gates)
        tube = read_tube(path)
        events = scale_for_strategy(tube.events, document, tube.acquisition.spillover)
        for population in apply_strategy(document, events).values():
            name = population.path.rpartition("/")[2]
            counts[path.name, name] = population.n_events
    return counts


def peak_memory_mb(gates: Path, paths: list[Path]) -> float:
    """Largest resident size of a fresh process that counts these tubes, in MB."""
    command = [sys.executable, __file__, "--memory-of", str(gates), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - this file
    return float(done.stdout)


def own_peak_mb() -> float:
    """Largest resident size of this process, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage tells includes the parent up to the moment of the start.
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    import resource  # noqa: PLC0415 - not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def help_seconds() -> float | None:
    """Median wall time of `cytoflow-blina --help`; None where it does not run."""
    command = Path(sys.executable).with_name("cytoflow-blina")
    times = []
    for _ in range(5):
        started = time.perf_counter()
        try:
            done = subprocess.run([command, "--help"], capture_output=True, check=False)  # noqa: S603 - our own command
        except OSError:
            return None
        times.append(time.perf_counter() - started)
        if done.returncode:
            return None
    return median(times)


def compare(folder: Path, n_tubes: int) -> None:
    """Print seconds, ratio and memory."""
    import flowkit  # noqa: F401, PLC0415 - its import is not timed

    gates = folder / "gates.xml"
    write_gating_ml(strategy(), gates)
    print(f"{n_tubes} tubes x {N_EVENTS:,} events x {len(CHANNELS)} channels, 12 gates")
    paths = write_tubes(folder, n_tubes)
    count_with_ours(gates, paths[:1])  # tables and page cache
    count_with_flowkit(gates, paths[:1])
    started = time.perf_counter()
    expected = count_with_flowkit(gates, paths)
    flowkit_s = time.perf_counter() - started
    started = time.perf_counter()
    counts = count_with_ours(gates, paths)
    ours_s = time.perf_counter() - started
    different = [key for key in expected if counts.get(key) != expected[key]]
    if different or counts.keys() != expected.keys():
        sys.exit(f"counts differ: {different[:5]}")
    print(f"  counts of {len(counts)} gates identical ({sum(counts.values())} events)")
    print(f"  FlowKit Session   {flowkit_s:8.2f} s")
    print(f"  cytoflow-blina    {ours_s:8.2f} s   {flowkit_s / ours_s:.1f} x as fast")
    started = time.perf_counter()
    for _ in range(20):
        write_gating_ml(read_gating_ml(gates), gates)
    document_ms = (time.perf_counter() - started) / 20 * 1000
    print(f"  gates read and written in {document_ms:.1f} ms a tube")
    few = paths[: max(1, n_tubes // 10)]
    for part in (few, paths):
        peak = peak_memory_mb(gates, part)
        print(f"  peak memory of {len(part):4d} tubes {peak:8.1f} MB")


def run_reading_benchmark() -> None:
    """Run the benchmark of the reader, where it is."""
    path = Path(__file__).with_name("reading.py")
    if not path.exists():
        return
    specification = importlib.util.spec_from_file_location("reading", path)
    if specification is None or specification.loader is None:
        return
    reading = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(reading)
    sys.argv = [str(path)]
    reading.main()


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tubes", type=int, default=100)
    parser.add_argument("--memory-of", nargs="+", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        gates, *paths = arguments.memory_of
        count_with_ours(gates, paths)
        print(own_peak_mb())
        return
    folder = Path(tempfile.mkdtemp(prefix="cytoflow-blina-bench-"))
    try:
        compare(folder, arguments.tubes)
    finally:
        shutil.rmtree(folder)
    run_reading_benchmark()
    seconds = help_seconds()
    if seconds is not None:
        print(f"cytoflow-blina --help {seconds:.2f} s")


if __name__ == "__main__":
    main()
