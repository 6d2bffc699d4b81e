"""Read a table as a paper prints it, from TOML or CSV."""

from __future__ import annotations

from pathlib import Path

from cytoflow_blina.domain.document_schema import read_document
from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.table_check.build_table import PlacedRow, build_table, split_rows
from cytoflow_blina.table_check.table_csv import read_csv_table
from cytoflow_blina.table_check.table_document import TableDocument
from cytoflow_blina.table_check.table_faults import find_faults
from cytoflow_blina.table_check.table_model import PrintedTable


def read_printed_table(path: Path) -> PrintedTable:
    """Read a table as a paper prints it.

    Parameters
    ----------
    path : Path
        A `.csv` or a `.toml` file.

    Returns
    -------
    PrintedTable
        Each number with its printed digits.

    Raises
    ------
    ConfigError
        For another kind of file, one that cannot be read, and with every fault of the
        document.
    """
    document, rows = _read(path)
    sizes = [group.n for group in document.group]
    split = [part for row in rows for part in split_rows(row, sizes)]
    problems = tuple(find_faults(path.name, document, split))
    if problems:
        raise ConfigError(*problems)
    return build_table(path.name, document, split)


def _read(path: Path) -> tuple[TableDocument, list[PlacedRow]]:
    """Read the document, with the places of its rows."""
    match path.suffix.lower():
        case ".toml":
            document = read_document(path, TableDocument, ConfigError).content
            rows = [
                PlacedRow(f"row[{number}]", row)
                for number, row in enumerate(document.row)
            ]
            return document, rows
        case ".csv":
            if not path.is_file():
                raise ConfigError(Problem(path.name, "there is no such file."))
            return read_csv_table(path)
        case other:
            message = (
                f"is a {other or 'nameless'} file; give the table as .csv or .toml."
            )
            raise ConfigError(Problem(path.name, message))
