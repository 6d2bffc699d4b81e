"""Read what a reproduction left in its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from cytoflow_blina.report.collect import Row, changed_file, read_provenance

RUN_FOLDER = "run"
"""Folder within the reproduction, with the run of the files of one seed."""

_REPRODUCE_AGAIN = ". Run `cytoflow-blina reproduce` again."


@dataclass(frozen=True, eq=False)
class ReproductionTables:
    """What a reproduction left in its folder.

    Attributes
    ----------
    claims, rates, seeds, calibration, marrow : tuple of Row
        `reproduction.csv`, `rebuilt_rates.csv`, `seeds.csv`, `calibration.csv` and
        `marrow.csv`, in their order; empty where there is no row.
    provenance : mapping of str to object
        Versions, hashes and settings.
    """

    claims: tuple[Row, ...] = ()
    rates: tuple[Row, ...] = ()
    seeds: tuple[Row, ...] = ()
    calibration: tuple[Row, ...] = ()
    marrow: tuple[Row, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)


def collect_reproduction(out: Path) -> ReproductionTables:
    """Read the tables of a reproduction.

    Parameters
    ----------
    out : Path
        Its output folder. A table that is not there counts as empty.

    Returns
    -------
    ReproductionTables
        Every value as text, as the tables have it.

    Raises
    ------
    ConfigError
        A table or the provenance was changed so that it cannot be read.
    """
    return ReproductionTables(
        claims=read_rows(out / "reproduction.csv"),
        rates=read_rows(out / "rebuilt_rates.csv"),
        seeds=read_rows(out / "seeds.csv"),
        calibration=read_rows(out / "calibration.csv"),
        marrow=read_rows(out / "marrow.csv"),
        provenance=read_provenance(out / "provenance.json", _REPRODUCE_AGAIN),
    )


def read_rows(path: Path) -> tuple[Row, ...]:
    """Read a table as text.

    Parameters
    ----------
    path : Path
        A CSV file with a header.

    Returns
    -------
    tuple of Row
        Its rows in their order; empty where there is no file or no row.

    Raises
    ------
    ConfigError
        The file is no table in UTF-8.
    """
    if not path.is_file():
        return ()
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError) as error:
        raise changed_file(path, "a table in UTF-8", _REPRODUCE_AGAIN) from error
    columns: Sequence[str] = [str(name) for name in frame.columns]
    return tuple(
        dict(zip(columns, cells, strict=True))
        for cells in frame.itertuples(index=False, name=None)
    )
