"""A study of small marrow tubes whose cells and gains are known."""

import csv
import shutil
from pathlib import Path

import numpy as np

from cytoflow_blina.bridge.fcs_writer import FcsContents, FcsParameter, write_fcs
from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.spillover import Spillover

MARKERS = ("CD10", "CD19", "CD38", "CD45", "CD34")
DETECTORS = ("APC-A", "PE-Cy7-A", "APC-Cy7-A", "V500-A", "PerCP-Cy5-5-A")
NAMES = ("Time", "FSC-A", "SSC-A", *DETECTORS)

# Decades (log10) of the light of each kind of cell, by MARKERS; 2.0 is dark.
KINDS = {
    "t": (2.0, 2.0, 3.0, 4.3, 2.0),
    "hg": (4.2, 3.6, 4.4, 3.5, 2.0),
    "mature_b": (2.0, 3.9, 3.0, 4.2, 2.0),
    "blast": (4.8, 3.8, 3.2, 3.0, 3.6),
}

PANEL = """\
name = "toy-marrow"
version = "1.0.0"
title = "Five markers of a marrow"
compensation = "file"

[[tube]]
id = ""

[[tube.channel]]
marker = "SSC"
kind = "scatter"
detectors = ["SSC-A"]
""" + "".join(
    f"""
[[tube.channel]]
marker = "{marker}"
kind = "fluorescence"
detectors = ["{detector}"]
"""
    for marker, detector in zip(MARKERS, DETECTORS, strict=True)
)

# Zero lies at 0.125; a decade is a quarter.
TEMPLATE = """\
name = "toy-marrow"
version = "1.0.0"
panel = "toy-marrow"

[[tube]]
id = ""

[tube.scales.scatter]
kind = "linear"

[tube.scales.fluorescence]
kind = "arcsinh"
total_decades = 3.5
negative_decades = 0.5

[[tube.gate]]
path = "nucleated"
limits = [{ marker = "CD45", at_least = 0.2 }]
note = "All but debris."

[[tube.gate]]
path = "nucleated/t"
limits = [{ marker = "CD19", below = 0.35 }]
note = "No B lineage."

[[tube.gate]]
path = "nucleated/b"
limits = [{ marker = "CD19", at_least = 0.35 }]
note = "B lineage."

[[tube.gate]]
path = "nucleated/b/mature_b"
limits = [{ marker = "CD10", below = 0.4 }]
note = "No CD10."

[[tube.gate]]
path = "nucleated/b/hg"
limits = [{ marker = "CD10", at_least = 0.4 }]
note = "Hematogones."

[tube.mrd]
denominator = "NUC"
denominators = { NUC = "nucleated" }
b_lineage = "nucleated/b"
b19 = "nucleated/b"
markers = ["CD10", "CD19", "CD38", "CD45", "CD34"]
anchors = ["nucleated/t"]
stages = { mature_b = "nucleated/b/mature_b", hg = "nucleated/b/hg" }
"""

SHEET_COLUMNS = (
    "sample_id",
    "subject_id",
    "visit",
    "specimen",
    "tube",
    "panel",
    "fcs_file",
    "count_method",
)


def light_of(
    kind: str, n_events: int, rng: np.random.Generator, *, sd: float = 0.12
) -> FloatArray:
    """Draw the light of some cells, linear units, shape (n_events, n_markers)."""
    spread = rng.normal(0, sd, (n_events, len(MARKERS)))
    return np.asarray(10 ** (np.array(KINDS[kind]) + spread))


def write_marrow(
    file: Path,
    cells: dict[str, int],
    *,
    seed: int,
    gain: float = 0.0,
    voltage: float = 500.0,
    spill: float = 0.0,
) -> list[str]:
    """Write a marrow tube, `gain` decades brighter; give the kind of each event."""
    rng = np.random.default_rng(seed)
    light = np.vstack([light_of(kind, n, rng) for kind, n in cells.items()])
    kinds = np.repeat(list(cells), list(cells.values()))
    order = rng.permutation(len(kinds))
    light = (light * 10**gain + rng.normal(0, 25, light.shape))[order]
    n_events = len(kinds)
    time = np.sort(rng.uniform(0, 100_000, n_events))
    scatter = rng.normal(60_000, 5_000, (n_events, 2))
    matrix = np.eye(len(DETECTORS))
    matrix[0, 1] = spill
    parameters = tuple(
        FcsParameter(name, label, 262_144, voltage=None if name == "Time" else voltage)
        for name, label in zip(NAMES, ("", "", "", *MARKERS), strict=True)
    )
    keywords = {
        "$CYT": "Toy cytometer",
        "$SRC": "Jane Doe",
        "$TIMESTEP": "0.001",
        "$DATE": "02-MAR-2026",
        "$BTIM": "10:00:00",
        "$ETIM": "10:01:40",
    }
    values = np.column_stack([time, scatter, light @ matrix]).astype(np.float32)
    contents = FcsContents(
        "3.1", parameters, values, keywords, Spillover(DETECTORS, matrix)
    )
    write_fcs(file, contents)
    return [str(kind) for kind in kinds[order]]


def make_marrow_study(folder: Path, n_marrows: int, *, n_events: int = 1_500) -> Path:
    """Write a study of negative marrows, each of its own gain; no blasts."""
    for part in ("fcs", "gating"):
        (folder / part).mkdir(parents=True)
    (folder / "gating/panel.toml").write_text(PANEL, encoding="utf-8")
    (folder / "gating/template.toml").write_text(TEMPLATE, encoding="utf-8")
    for name in ("limits.toml", "reference_intervals.csv"):
        shutil.copyfile(shipped_documents() / name, folder / "gating" / name)
    (folder / "study.toml").write_text(
        "[documents]\n"
        'panels = ["gating/panel.toml"]\n'
        'templates = ["gating/template.toml"]\n'
        'limits = "gating/limits.toml"\n',
        encoding="utf-8",
    )
    rows = []
    for number in range(n_marrows):
        name = f"N{number + 1}"
        cells = {"t": n_events, "hg": n_events // 2, "mature_b": n_events // 2}
        gain = 0.1 * ((number % 3) - 1)
        write_marrow(folder / f"fcs/{name}.fcs", cells, seed=number, gain=gain)
        ids = (name, name, "D28", "BM", "", "toy-marrow", f"fcs/{name}.fcs", "none")
        rows.append(dict(zip(SHEET_COLUMNS, ids, strict=True)))
    with (folder / "samples.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, SHEET_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder
