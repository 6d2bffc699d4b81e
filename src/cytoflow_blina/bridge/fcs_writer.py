"""Write list-mode events as an FCS 2.0, 3.0 or 3.1 file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import Problem, UnsupportedFcsError

FcsVersion = Literal["2.0", "3.0", "3.1"]

_TEXT_BEGINS = 256
_HEADER_LIMIT = 99_999_999
_SPILL_KEYWORD = {"3.0": "SPILL", "3.1": "$SPILLOVER"}


@dataclass(frozen=True)
class FcsParameter:
    """One column of a list-mode file, as its keywords declare it.

    Attributes
    ----------
    detector : str
        `$PnN`.
    label : str
        `$PnS`; the keyword is left out where empty, as FCS allows no empty value.
    range_max : int
        `$PnR`.
    amplification : str
        `$PnE`: `4,0` for four decades stored as channels, else `0,0`.
    voltage : float or None
        `$PnV`, left out where None.
    """

    detector: str
    label: str = ""
    range_max: int = 1024
    amplification: str = "0,0"
    voltage: float | None = None


@dataclass(frozen=True, eq=False)
class FcsContents:
    """All that goes into one FCS file.

    Attributes
    ----------
    version : {"2.0", "3.0", "3.1"}
        Which standard to follow.
    parameters : tuple of FcsParameter
        One for each column.
    values : ndarray of uint16 or float32, shape (n_events, n_parameters)
        Events as they are stored: whole channels become `$DATATYPE=I`, 16 bit;
        floats become `$DATATYPE=F`. Both are written high byte first.
    keywords : mapping of str to str
        Further keywords; those that describe the layout are made here.
    spillover : Spillover or None
        Written as `SPILL` (3.0) or `$SPILLOVER` (3.1).
    """

    version: FcsVersion
    parameters: tuple[FcsParameter, ...]
    values: NDArray[np.uint16] | NDArray[np.float32]
    keywords: Mapping[str, str]
    spillover: Spillover | None = None


def write_fcs(path: Path, contents: FcsContents) -> None:
    """Write one FCS file; the same data set gives the same bytes.

    Parameters
    ----------
    path : Path
        File to write; one that exists is replaced.
    contents : FcsContents
        What to write. No events make a whole file with `$TOT` 0.

    Raises
    ------
    UnsupportedFcsError
        Where the values are of another type, their columns are not those of the
        parameters, or the standard has no place for what is asked.
    """
    path.write_bytes(encode_fcs(contents, where=path.name))


def encode_fcs(contents: FcsContents, *, where: str = "") -> bytes:
    """Make the bytes of one FCS file.

    Parameters
    ----------
    contents : FcsContents
        What to write.
    where : str
        Name of the file, for the text of an error.

    Returns
    -------
    bytes
        HEADER, TEXT and DATA, and for 3.0 and 3.1 the empty checksum.

    Raises
    ------
    UnsupportedFcsError
        As `write_fcs` says.
    """
    _refuse_what_cannot_be_written(contents, where)
    kind = contents.values.dtype.newbyteorder(">")
    data = np.ascontiguousarray(contents.values, dtype=kind).tobytes()
    delimiter = "\\" if contents.version == "2.0" else "\f"

    # The width of the offsets is fixed, so the length of TEXT does not depend on them.
    text_length = len(_text(contents, 0, 0, delimiter))
    data_begins = _TEXT_BEGINS + text_length
    data_ends = data_begins + len(data) - 1 if data else data_begins
    if contents.version == "2.0" and data_ends > _HEADER_LIMIT:
        raise UnsupportedFcsError(
            Problem(where, "FCS 2.0 holds at most 99,999,999 bytes; write 3.1 instead.")
        )
    text = _text(contents, data_begins, data_ends, delimiter)
    in_header = (data_begins, data_ends) if data_ends <= _HEADER_LIMIT else (0, 0)
    offsets = (_TEXT_BEGINS, _TEXT_BEGINS + text_length - 1, *in_header, 0, 0)
    header = f"FCS{contents.version}    " + "".join(f"{o:>8}" for o in offsets)
    checksum = b"" if contents.version == "2.0" else b"00000000"
    return header.ljust(_TEXT_BEGINS).encode("ascii") + text + data + checksum


def _refuse_what_cannot_be_written(contents: FcsContents, where: str) -> None:
    values = contents.values
    problems = []
    if values.dtype not in (np.dtype(np.uint16), np.dtype(np.float32)):
        problems.append(
            f"values of type {values.dtype}; whole channels (uint16) or float32 "
            "can be written."
        )
    if values.ndim != 2 or values.shape[1] != len(contents.parameters):
        problems.append(
            f"values of shape {values.shape} for {len(contents.parameters)} "
            "parameters; one column for each is needed."
        )
    if contents.spillover is not None and contents.version not in _SPILL_KEYWORD:
        problems.append("FCS 2.0 has no keyword for a spillover matrix.")
    if problems:
        raise UnsupportedFcsError(*(Problem(where, text) for text in problems))


def _text(
    contents: FcsContents, data_begins: int, data_ends: int, delimiter: str
) -> bytes:
    """Make the TEXT segment; a delimiter inside a value is doubled."""
    layout = _layout(contents, data_begins, data_ends)
    pairs = layout | dict(contents.keywords) | layout
    fields = (
        field.replace(delimiter, 2 * delimiter)
        for keyword, value in pairs.items()
        if value
        for field in (keyword, value)
    )
    text = delimiter + delimiter.join(fields) + delimiter
    return text.encode("utf-8" if contents.version == "3.1" else "latin-1")


def _layout(contents: FcsContents, data_begins: int, data_ends: int) -> dict[str, str]:
    """Name the keywords that tell a reader where and how the events lie."""
    n_events, n_parameters = contents.values.shape
    bits = 8 * contents.values.dtype.itemsize
    pairs = {
        "$BYTEORD": "4,3,2,1",
        "$DATATYPE": "I" if contents.values.dtype == np.uint16 else "F",
        "$MODE": "L",
        "$NEXTDATA": "0",
        "$PAR": str(n_parameters),
        "$TOT": str(n_events),
    }
    if contents.version != "2.0":
        nowhere = dict.fromkeys(
            ("$BEGINANALYSIS", "$ENDANALYSIS", "$BEGINSTEXT", "$ENDSTEXT"), "0"
        )
        pairs |= nowhere
        pairs |= {
            "$BEGINDATA": f"{data_begins:012d}",
            "$ENDDATA": f"{data_ends:012d}",
        }
    for number, parameter in enumerate(contents.parameters, start=1):
        pairs |= {
            f"$P{number}N": parameter.detector,
            f"$P{number}S": parameter.label,
            f"$P{number}R": str(parameter.range_max),
            f"$P{number}B": str(bits),
            f"$P{number}E": parameter.amplification,
        }
        if parameter.voltage is not None:
            pairs[f"$P{number}V"] = f"{parameter.voltage:.0f}"
    if contents.spillover is not None:
        pairs[_SPILL_KEYWORD[contents.version]] = _spillover_value(contents.spillover)
    return pairs


def _spillover_value(spillover: Spillover) -> str:
    """Write a matrix as FCS does: its size, the detectors, then row by row."""
    coefficients = (repr(float(value)) for value in spillover.matrix.ravel())
    names = spillover.detectors
    return ",".join((str(len(names)), *names, *coefficients))
