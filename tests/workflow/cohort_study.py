"""Build a study folder with its tables and counts, as if its files had been run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.export.tables import write_table
from cytoflow_blina.workflow.init import make_study
from cytoflow_blina.workflow.study import STUDY_FILE

PANEL = "facscanto-tbnk"
Cells = Mapping[str, Any]


def sample(
    subject_id: str,
    visit: str,
    *,
    cycle: int = 1,
    rel_day: int | None = None,
    method: str = "bead",
) -> Sample:
    sample_id = f"{subject_id}-{cycle}-{visit}"
    return Sample(sample_id, subject_id, cycle, visit, rel_day, "PB", method)


def count(
    one: Sample, population: str, cells: float, *, spread: float = nan, **others: Any
) -> CountRow:
    """Count a population; `spread` is half the width of its interval."""
    row = CountRow(
        **vars(one),
        population=population,
        definition="",
        source_tube=(),
        n_events=round(cells),
        n_parent=10_000,
        n_lymphocytes=10_000,
        percent_of_parent=nan,
        percent_of_lymphocytes=cells / 20,
        percent_lo95=nan,
        percent_hi95=nan,
        cells_per_ul=cells,
        cells_per_ul_lo95=cells - spread,
        cells_per_ul_hi95=cells + spread,
        cells_1e9_per_l=cells / 1000,
        censored=cells == 0,
    )
    return replace(row, **others)


def sheet_row(one: Sample) -> Cells:
    """Write a sample as a row of samples.csv."""
    return {
        "sample_id": one.sample_id,
        "subject_id": one.subject_id,
        "cycle": one.cycle,
        "visit": one.visit,
        "rel_day": one.rel_day,
        "panel": PANEL,
        "fcs_file": f"fcs/{one.sample_id}.fcs",
        "count_method": one.count_method,
        "beads_per_tube": 50_000.0 if one.count_method == "bead" else None,
        "blood_volume_ul": 50.0 if one.count_method == "bead" else None,
        "wbc_1e9_per_l": 4.0 if one.count_method == "dual" else None,
        "lymph_percent_of_wbc": 30.0 if one.count_method == "dual" else None,
    }


def write_csv(path: Path, rows: Sequence[Cells]) -> None:
    """Write rows of one form as text, None as empty."""
    header = list(rows[0])
    lines = [",".join(header)]
    for row in rows:
        cells = [row.get(name) for name in header]
        lines.append(",".join("" if cell is None else str(cell) for cell in cells))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_cohort(
    folder: Path,
    samples: Iterable[Sample],
    *,
    plan: str = "",
    tables: Mapping[str, Sequence[Cells]] | None = None,
    counts: Iterable[CountRow] = (),
) -> Path:
    """Write study.toml with a plan, the sheet, further tables, and counts.csv."""
    make_study(folder, [PANEL], analyses=plan)
    write_csv(folder / "samples.csv", [sheet_row(one) for one in samples])
    for name, rows in (tables or {}).items():
        write_csv(folder / f"{name}.csv", rows)
    write_table(folder / "counts.csv", "counts", counts)
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Change a document of the study in one place."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, text
    path.write_text(text.replace(old, new), encoding="utf-8")


__all__ = [
    "PANEL",
    "STUDY_FILE",
    "count",
    "edit",
    "make_cohort",
    "sample",
    "write_csv",
]
