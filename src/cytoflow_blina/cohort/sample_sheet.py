"""Read samples.csv: one row for each tube."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cytoflow_blina.cohort.columns import columns_of
from cytoflow_blina.cohort.csv_document import read_csv_document
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.cohort.sheet_rules import SheetContext, sheet_problems
from cytoflow_blina.cohort.typed_rows import type_rows
from cytoflow_blina.errors import Problem, SampleSheetError

__all__ = ["SampleRow", "carried_names", "read_samples"]


def read_samples(
    path: Path,
    *,
    visits: Sequence[str] = (),
    panels: Mapping[str, Sequence[str]] | None = None,
    study_folder: Path | None = None,
) -> tuple[SampleRow, ...]:
    """Read and check the sample sheet.

    Parameters
    ----------
    path : Path
        `samples.csv`.
    visits : sequence of str, optional
        Visits that a sample may have; any where empty.
    panels : mapping of str to sequence of str, optional
        Tube ids of each panel of the study, `("",)` for a panel of one tube; any panel
        where not given.
    study_folder : Path, optional
        Folder that holds the FCS files; not looked for where not given.

    Returns
    -------
    tuple of SampleRow
        Sorted by sample and tube, so that the order of the sheet never shows.

    Raises
    ------
    SampleSheetError
        With every problem of the sheet, by row and column.

    Notes
    -----
    A column that is not ours is carried through, unless its name closely resembles one
    of ours that is absent (`beads_per_tub`): that is a slip, and would silently leave
    the numbers out. A name that `counts.csv` uses for a result is refused.
    """
    document = read_csv_document(path)
    typed = type_rows(document, SampleRow)
    problems = list(typed.problems)
    taken = set(columns_of("counts")) - set(columns_of("samples"))
    problems += [
        Problem(
            f"{document.name}: row 1",
            f"column {name!r} is one that counts.csv fills with results; rename it.",
        )
        for name in document.header
        if name in taken
    ]
    if not document.rows:
        problems.append(
            Problem(document.name, "has a header and no rows; add one for each tube.")
        )
    context = SheetContext(document.name, tuple(visits), panels, study_folder)
    problems += sheet_problems(typed.rows, context)
    if problems:
        raise SampleSheetError(*problems)
    rows = (row for _, row in typed.rows)
    return tuple(sorted(rows, key=lambda row: (row.sample_id, row.tube)))


def carried_names(rows: Iterable[SampleRow]) -> tuple[str, ...]:
    """List the columns of the sheet that are carried through.

    Parameters
    ----------
    rows : iterable of SampleRow
        The sheet.

    Returns
    -------
    tuple of str
        In the order of the sheet.
    """
    return tuple(dict.fromkeys(name for row in rows for name in row.carried))
