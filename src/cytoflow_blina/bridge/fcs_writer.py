"""Write list-mode events as an FCS 2.0, 3.0 or 3.1 file of one data set or more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
_WRITABLE = {
    np.dtype(np.uint16): "I",
    np.dtype(np.uint32): "I",
    np.dtype(np.float32): "F",
}
"""Types of events, and their `$DATATYPE`."""


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
        `$PnE`: `4,0` for four decades stored as channels, else `0,0`; `4,0.1` where
        the first channel means 0.1.
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
    values : ndarray of uint16 or uint32 or float32, shape (n_events, n_parameters)
        Events as they are stored: whole numbers become `$DATATYPE=I`, 16 or 32 bit;
        floats become `$DATATYPE=F`.
    keywords : mapping of str to str
        Further keywords; those that describe the layout are made here.
    spillover : Spillover or None
        Written as `SPILL` (3.0) or `$SPILLOVER` (3.1).
    low_byte_first : bool
        Order of the bytes of a value: BD writes the high byte first, Beckman the low.
    """

    version: FcsVersion
    parameters: tuple[FcsParameter, ...]
    values: NDArray[np.uint16] | NDArray[np.uint32] | NDArray[np.float32]
    keywords: Mapping[str, str]
    spillover: Spillover | None = None
    low_byte_first: bool = False


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


def write_data_sets(path: Path, data_sets: Sequence[FcsContents]) -> None:
    """Write several data sets into one file, as Beckman's LMD files hold them.

    Parameters
    ----------
    path : Path
        File to write; one that exists is replaced.
    data_sets : sequence of FcsContents
        One after the other, each pointing to the next by `$NEXTDATA`; none makes an
        empty file.

    Raises
    ------
    UnsupportedFcsError
        As `write_fcs` says.
    """
    last = len(data_sets) - 1
    path.write_bytes(
        b"".join(
            encode_fcs(contents, where=path.name, is_last=number == last)
            for number, contents in enumerate(data_sets)
        )
    )


def encode_fcs(
    contents: FcsContents, *, where: str = "", is_last: bool = True
) -> bytes:
    """Make the bytes of one data set, by itself a whole FCS file.

    Parameters
    ----------
    contents : FcsContents
        What to write.
    where : str
        Name of the file, for the text of an error.
    is_last : bool, default True
        Whether no other data set follows. Where one does, `$NEXTDATA` is the length
        of this one.

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
    kind = contents.values.dtype.newbyteorder("<" if contents.low_byte_first else ">")
    data = np.ascontiguousarray(contents.values, dtype=kind).tobytes()
    checksum = b"" if contents.version == "2.0" else b"00000000"

    # The width of the offsets is fixed, so the length of TEXT does not depend on them.
    text_length = len(_text(contents, _Places(0, 0, is_last=is_last)))
    data_begins = _TEXT_BEGINS + text_length
    data_ends = data_begins + len(data) - 1 if data else data_begins
    if contents.version == "2.0" and data_ends > _HEADER_LIMIT:
        raise UnsupportedFcsError(
            Problem(where, "FCS 2.0 holds at most 99,999,999 bytes; write 3.1 instead.")
        )
    length = data_begins + len(data) + len(checksum)
    text = _text(contents, _Places(data_begins, data_ends, length, is_last))
    in_header = (data_begins, data_ends) if data_ends <= _HEADER_LIMIT else (0, 0)
    offsets = (_TEXT_BEGINS, _TEXT_BEGINS + text_length - 1, *in_header, 0, 0)
    header = f"FCS{contents.version}    " + "".join(f"{o:>8}" for o in offsets)
    return header.ljust(_TEXT_BEGINS).encode("ascii") + text + data + checksum


@dataclass(frozen=True)
class _Places:
    """Where in a data set its events lie, and where the next data set begins."""

    data_begins: int
    data_ends: int
    length: int = 0
    is_last: bool = True


def _refuse_what_cannot_be_written(contents: FcsContents, where: str) -> None:
    values = contents.values
    problems = []
    if values.dtype not in _WRITABLE:
        problems.append(
            f"values of type {values.dtype}; whole numbers (uint16, uint32) or "
            "float32 can be written."
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


def _text(contents: FcsContents, places: _Places) -> bytes:
    """Make the TEXT segment; a delimiter inside a value is doubled."""
    delimiter = "\\" if contents.version == "2.0" else "\f"
    layout = _layout(contents, places)
    pairs = layout | dict(contents.keywords) | layout
    fields = (
        field.replace(delimiter, 2 * delimiter)
        for keyword, value in pairs.items()
        if value
        for field in (keyword, value)
    )
    text = delimiter + delimiter.join(fields) + delimiter
    return text.encode("utf-8" if contents.version == "3.1" else "latin-1")


def _layout(contents: FcsContents, places: _Places) -> dict[str, str]:
    """Name the keywords that tell a reader where and how the events lie."""
    n_events, n_parameters = contents.values.shape
    bits = 8 * contents.values.dtype.itemsize
    pairs = {
        "$BYTEORD": "1,2,3,4" if contents.low_byte_first else "4,3,2,1",
        "$DATATYPE": _WRITABLE[contents.values.dtype],
        "$MODE": "L",
        "$NEXTDATA": "0" if places.is_last else f"{places.length:012d}",
        "$PAR": str(n_parameters),
        "$TOT": str(n_events),
    }
    if contents.version != "2.0":
        nowhere = dict.fromkeys(
            ("$BEGINANALYSIS", "$ENDANALYSIS", "$BEGINSTEXT", "$ENDSTEXT"), "0"
        )
        pairs |= nowhere
        pairs |= {
            "$BEGINDATA": f"{places.data_begins:012d}",
            "$ENDDATA": f"{places.data_ends:012d}",
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
        pairs[_SPILL_KEYWORD[contents.version]] = spillover_value(contents.spillover)
    return pairs


def spillover_value(spillover: Spillover) -> str:
    """Write a matrix as FCS does: its size, the detectors, then row by row.

    Parameters
    ----------
    spillover : Spillover
        The matrix.

    Returns
    -------
    str
        Value of `$SPILLOVER`, with every digit.

    Examples
    --------
    >>> spillover_value(Spillover(("PE-A",), np.eye(1)))
    '1,PE-A,1.0'
    """
    coefficients = (repr(float(value)) for value in spillover.matrix.ravel())
    names = spillover.detectors
    return ",".join((str(len(names)), *names, *coefficients))
