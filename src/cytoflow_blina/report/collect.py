"""Read a run's output folder into one value that the report is written from."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isnan, nan
from pathlib import Path
from typing import Any

from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.figures.marrow_file import MARROW_SUFFIX
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis

Row = Mapping[str, str]
"""One row of a table: text by column, empty for missing."""

RUN_AGAIN = ", as the run left it. Run the study again."
"""What to do about a file of a run that was changed."""

_TABLES = (
    "counts",
    "populations",
    "qc",
    "control",
    "comparisons",
    "pairs",
    "descriptives",
    "exclusions",
    "attrition",
    "rates",
    "survival",
    "survival_rates",
    "failures",
    "mrd",
    "mrd_tubes",
    "mrd_candidates",
    "mrd_follow_up",
)


@dataclass(frozen=True, eq=False)
class RunTables:
    """What a run left in its folder.

    Attributes
    ----------
    counts, populations, qc, control, comparisons, pairs, descriptives, exclusions, \
attrition, rates, survival, survival_rates, failures, mrd, mrd_tubes, mrd_candidates, \
mrd_follow_up : tuple of Row
        The tables of the same names, in their order; empty where there is no row.
    samples : tuple of Row
        The sample sheet that was run.
    provenance : mapping of str to object
        Versions, hashes and settings.
    plots : mapping of (str, str) to Path
        The stored gate plots, by sample id and tube.
    marrow_plots : mapping of (str, str) to Path
        The stored MRD plots, likewise.
    analyses : tuple of DeclaredAnalysis
        What study.toml declares, in its order; without them analyses stand in the
        order of the tables, and figures that need single values are left out.
    """

    counts: tuple[Row, ...] = ()
    populations: tuple[Row, ...] = ()
    qc: tuple[Row, ...] = ()
    control: tuple[Row, ...] = ()
    comparisons: tuple[Row, ...] = ()
    pairs: tuple[Row, ...] = ()
    descriptives: tuple[Row, ...] = ()
    exclusions: tuple[Row, ...] = ()
    attrition: tuple[Row, ...] = ()
    rates: tuple[Row, ...] = ()
    survival: tuple[Row, ...] = ()
    survival_rates: tuple[Row, ...] = ()
    failures: tuple[Row, ...] = ()
    mrd: tuple[Row, ...] = ()
    mrd_tubes: tuple[Row, ...] = ()
    mrd_candidates: tuple[Row, ...] = ()
    mrd_follow_up: tuple[Row, ...] = ()
    samples: tuple[Row, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    plots: Mapping[tuple[str, str], Path] = field(default_factory=dict)
    marrow_plots: Mapping[tuple[str, str], Path] = field(default_factory=dict)
    analyses: tuple[DeclaredAnalysis, ...] = ()


def collect_run(
    run_folder: Path, analyses: tuple[DeclaredAnalysis, ...] = ()
) -> RunTables:
    """Read the tables of a run.

    Parameters
    ----------
    run_folder : Path
        The output folder of a run. A table that is not there counts as empty.
    analyses : tuple of DeclaredAnalysis, optional
        What study.toml declares.

    Returns
    -------
    RunTables
        Every value as text, as the tables have it.

    Raises
    ------
    ConfigError
        A table or the provenance was changed so that it cannot be read.
    """
    tables = {name: _read_table(run_folder / f"{name}.csv") for name in _TABLES}
    return RunTables(
        **tables,
        samples=_read_table(run_folder / "inputs" / "samples.csv"),
        provenance=read_provenance(run_folder / "provenance.json"),
        plots=_find_plots(run_folder / "plots", tables["populations"], ".npz"),
        marrow_plots=_find_plots(
            run_folder / "plots", tables["mrd_tubes"], MARROW_SUFFIX
        ),
        analyses=analyses,
    )


def rows_of(rows: Iterable[Row], contrast: str) -> list[Row]:
    """Keep the rows of one analysis.

    Parameters
    ----------
    rows : iterable of Row
        Rows of a table that has a column `contrast`.
    contrast : str
        Name of the analysis.

    Returns
    -------
    list of Row
        In their order.
    """
    return [row for row in rows if text(row, "contrast") == contrast]


def number(row: Row, column: str) -> float:
    """Take a number from a row.

    Parameters
    ----------
    row : Row
        A row of any table.
    column : str
        Name of the column.

    Returns
    -------
    float
        NaN where the cell is empty, absent or no number.
    """
    try:
        return float(row.get(column) or nan)
    except ValueError:
        return nan


def whole_number(row: Row, column: str) -> int:
    """Take a number of subjects from a row.

    Parameters
    ----------
    row : Row
        A row of any table.
    column : str
        Name of the column.

    Returns
    -------
    int
        0 where the cell is empty, absent or no number.
    """
    found = number(row, column)
    return 0 if isnan(found) else int(found)


def text(row: Row, column: str) -> str:
    """Take a text from a row.

    Parameters
    ----------
    row : Row
        A row of any table.
    column : str
        Name of the column.

    Returns
    -------
    str
        Empty where the cell is empty or absent.
    """
    return row.get(column) or ""


def _read_table(path: Path) -> tuple[Row, ...]:
    if not path.is_file():
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return tuple(csv.DictReader(stream))
    except (csv.Error, UnicodeDecodeError) as error:
        raise changed_file(path, "a table in UTF-8") from error


def read_provenance(path: Path, remedy: str = RUN_AGAIN) -> Mapping[str, Any]:
    """Read a `provenance.json`.

    Parameters
    ----------
    path : Path
        The file.
    remedy : str
        What to do where it was changed, as the end of a sentence and a sentence.

    Returns
    -------
    mapping of str to object
        Empty where there is no file.

    Raises
    ------
    ConfigError
        The file is no JSON in UTF-8.
    """
    if not path.is_file():
        return {}
    try:
        provenance = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise changed_file(path, "JSON in UTF-8", remedy) from error
    return provenance if isinstance(provenance, dict) else {}


def changed_file(path: Path, expected: str, remedy: str = RUN_AGAIN) -> ConfigError:
    """Say that a file of an output folder was changed.

    Parameters
    ----------
    path : Path
        The file.
    expected : str
        What it was.
    remedy : str
        What to do, as the end of a sentence and a sentence.

    Returns
    -------
    ConfigError
        To be raised.
    """
    return ConfigError(Problem(path.name, f"is no longer {expected}{remedy}"))


def _find_plots(
    folder: Path, rows: tuple[Row, ...], suffix: str
) -> Mapping[tuple[str, str], Path]:
    tubes = dict.fromkeys((text(row, "sample_id"), text(row, "tube")) for row in rows)
    found = {}
    for sample_id, tube in tubes:
        name = f"{sample_id}.{tube}{suffix}" if tube else f"{sample_id}{suffix}"
        # An id is input: it must not lead out of the folder.
        if (
            name == Path(name).name
            and len(name.encode()) < 256
            and (folder / name).is_file()
        ):
            found[sample_id, tube] = folder / name
    return found
