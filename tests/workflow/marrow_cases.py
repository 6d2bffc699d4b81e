"""Study folders of small marrow tubes, each simulated as a test asks for."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cytoflow_blina.cohort.columns import OUTPUT_TABLES
from cytoflow_blina.simulate.marrow.cytometers import AIEOP, POST_CD19
from cytoflow_blina.simulate.marrow.spec import (
    ClonePhenotype,
    CloneSpec,
    MarrowSpec,
)
from cytoflow_blina.simulate.marrow.tube import SimulatedMarrow, simulate_marrow
from cytoflow_blina.simulate.marrow.tube_file import write_marrow
from cytoflow_blina.workflow.init import make_study

Rows = list[dict[str, str]]

_COMMON = {"CD19": 3.8, "CD22": 3.5, "CD24": 4.2, "cyCD79a": 3.7, "SYTO": 4.0}
COMMON_B = ClonePhenotype(
    {**_COMMON, "CD10": 4.8, "CD34": 3.9, "CD38": 3.2, "CD45": 2.8, "CD58": 4.0},
    dict.fromkeys((*_COMMON, "CD10", "CD34", "CD38", "CD45", "CD58"), 0.15),
)
"""CD10 and CD34 bright, CD38 and CD45 dim."""

PRO_B = ClonePhenotype(
    {**_COMMON, "CD20": 4.2, "CD38": 4.4, "CD45": 3.9, "CD58": 4.6},
    dict.fromkeys((*_COMMON, "CD20", "CD38", "CD45", "CD58"), 0.15),
)
"""CD20 bright, neither CD10 nor CD34: far from `COMMON_B` on five markers."""


def marrow(
    panel: str, n_nucleated: int, *n_blasts: int, **changes: object
) -> MarrowSpec:
    """Ask for a marrow with clones of so many blasts."""
    clones = tuple(CloneSpec(number) for number in n_blasts)
    spec = MarrowSpec(panel, n_nucleated=n_nucleated, clones=clones)
    return replace(spec, **changes)  # type: ignore[arg-type]


def write_study(
    folder: Path, specs: Mapping[str, MarrowSpec], *, seed: int
) -> dict[str, SimulatedMarrow]:
    """Write a study with a tube for each sample; give the truth of each.

    A sample whose spec still has the usual subject is one of its own.
    """
    (folder / "fcs").mkdir(parents=True)
    truth = {}
    rows = []
    for sample_id, asked in specs.items():
        subject = sample_id if asked.subject == "S01" else asked.subject
        tube = simulate_marrow(replace(asked, subject=subject), seed)
        write_marrow(tube, folder / f"fcs/{sample_id}.fcs")
        truth[sample_id] = tube
        rows.append(
            {
                "sample_id": sample_id,
                "subject_id": subject,
                "visit": asked.visit,
                "specimen": "BM",
                "tube": "",
                "panel": asked.panel,
                "fcs_file": f"fcs/{sample_id}.fcs",
                "count_method": "none",
                "prior_cd19_therapy": str(asked.visit != "DX").lower(),
            }
        )
    make_study(folder, [AIEOP, POST_CD19])
    write_rows(folder / "samples.csv", rows)
    return truth


def write_rows(file: Path, rows: Rows) -> None:
    """Write rows as CSV."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_rows(file: Path) -> Rows:
    """Read rows of a CSV."""
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def by_sample(out: Path, table: str = "mrd") -> dict[str, dict[str, str]]:
    """Read a table of a run by sample; the last row where there are several."""
    return {row["sample_id"]: row for row in read_rows(out / f"{table}.csv")}


def rows_of(out: Path, table: str, sample_id: str) -> Rows:
    """Read the rows of one sample."""
    rows = read_rows(out / f"{table}.csv")
    return [row for row in rows if row["sample_id"] == sample_id]


def tables_and_gates(out: Path) -> dict[str, bytes]:
    """Read the bytes of every table and every file of gates of a run."""
    files = [out / f"{name}.csv" for name in OUTPUT_TABLES]
    files += sorted((out / "gates").glob("*.xml"))
    return {file.name: file.read_bytes() for file in files}
