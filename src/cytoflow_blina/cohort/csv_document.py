"""Read a CSV file that a person keeps in a spreadsheet.

What spreadsheets do to a file is either harmless (a byte-order mark, CRLF, empty rows
at the end, trailing commas) and accepted, or would change a number (semicolons and
decimal commas, another encoding) and refused with what was found.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cytoflow_blina.errors import Problem, SampleSheetError

_BINARY_BEGINNINGS = {
    b"PK\x03\x04": "an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_SEPARATORS = {";": "semicolons", "\t": "tabs"}

Header = tuple[str, ...]


@dataclass(frozen=True)
class CsvDocument:
    """A CSV file, its cells still text.

    Attributes
    ----------
    name : str
        File name without folder, where problems are reported.
    header : tuple of str
        Names of the columns, without surrounding blanks.
    rows : tuple of (int, mapping of str to str)
        Row number as a spreadsheet counts (the header is row 1), and the cells by
        column without surrounding blanks. Rows without any entry are left out.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def read_csv_document(
    path: Path, name_columns: Callable[[Header], Header] = tuple
) -> CsvDocument:
    """Read a CSV file in UTF-8 with commas.

    Parameters
    ----------
    path : Path
        The file.
    name_columns : callable, optional
        Given the header, names columns that have no name of their own; by default they
        keep theirs.

    Returns
    -------
    CsvDocument
        Possibly without rows.

    Raises
    ------
    SampleSheetError
        Where the file is absent, empty, not UTF-8, a workbook, separated by anything
        but commas, or its header repeats or lacks a name, or a row has more cells than
        the header.
    """
    name = path.name
    records = list(_records(_text(path, name), name))
    if not records:
        raise SampleSheetError(Problem(name, "is empty; it needs a header and rows."))
    header = name_columns(tuple(cell.strip() for cell in records[0]))
    problems = _header_problems(header, name)
    rows = []
    for number, record in enumerate(records[1:], start=2):
        cells = [cell.strip() for cell in record]
        if not any(cells):
            continue
        if any(cells[len(header) :]):
            message = (
                f"has {len(cells)} cells, the header has {len(header)}. Put quotes "
                "around a cell that holds a comma; write numbers with a decimal point."
            )
            problems.append(Problem(f"{name}: row {number}", message))
        cells += [""] * (len(header) - len(cells))
        rows.append((number, dict(zip(header, cells, strict=False))))
    if problems:
        raise SampleSheetError(*problems)
    return CsvDocument(name, header, tuple(rows))


def _text(path: Path, name: str) -> str:
    """Read the file as text."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        message = "there is no such file in the study folder."
        raise SampleSheetError(Problem(name, message)) from error
    except OSError as error:
        message = f"cannot be read ({error.strerror})."
        raise SampleSheetError(Problem(name, message)) from error
    for beginning, kind in _BINARY_BEGINNINGS.items():
        if data.startswith(beginning):
            message = f"is {kind}, expected CSV. Save it as 'CSV UTF-8'."
            raise SampleSheetError(Problem(name, message))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = (
            f"is not UTF-8 (byte 0x{data[error.start]:02x} in line {line}). Save it as "
            "'CSV UTF-8'."
        )
        raise SampleSheetError(Problem(name, message)) from error


def _records(text: str, name: str) -> Iterator[list[str]]:
    """Split text into records."""
    first = text.partition("\n")[0]
    for separator, words in _SEPARATORS.items():
        if separator in first and "," not in first:
            message = (
                f"its columns are separated by {words}, expected commas. Save it as "
                "CSV with commas, and numbers with a decimal point."
            )
            raise SampleSheetError(Problem(name, message))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        message = f"is not valid CSV near line {reader.line_num}: {error}."
        raise SampleSheetError(Problem(name, message)) from error


def _header_problems(header: tuple[str, ...], name: str) -> list[Problem]:
    """Find columns that are named twice or not at all."""
    where = f"{name}: row 1"
    repeated = sorted({one for one in header if one and header.count(one) > 1})
    problems = [
        Problem(where, f"column {one!r} stands there more than once; keep one.")
        for one in repeated
    ]
    # Spreadsheets leave empty columns at the right.
    named = [bool(one) for one in header]
    if not any(named):
        problems.append(Problem(where, "holds no column names."))
    elif not all(named[: len(named) - named[::-1].index(True)]):
        problems.append(Problem(where, "a column has no name; name it or delete it."))
    return problems
