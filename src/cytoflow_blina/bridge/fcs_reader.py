r"""Read the data sets of an FCS file: keywords as written, events as stored.

FlowKit and FlowIO are the first choice of this project, and the oracle of this
module's tests, but they cannot be the reader, for reasons that the tests show one
by one:

* their TEXT parser loses keywords without a word: the one behind an empty value
  (every CellQuest file has some), `$` inside values, doubled `|`, `\` and `*`,
  supplemental TEXT;
* integer events, which FACSCalibur and Beckman LMD files hold, take 75 to 125 times
  longer than numpy, and widths other than 8, 16 and 32 bits are not read;
* offsets that only TEXT has, or only HEADER, or that disagree, stop them, or are
  followed to the wrong byte.

So HEADER, TEXT and DATA are read here, with nothing but the standard and numpy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.bridge.fcs_layout import EventLayout, Extent, Section, find_layout
from cytoflow_blina.bridge.fcs_text import parse_text
from cytoflow_blina.bridge.fcs_words import RE_EXPORT, whole_number
from cytoflow_blina.bridge.integer_decoder import decode_integers
from cytoflow_blina.errors import (
    CorruptFcsError,
    FcsError,
    NotFcsError,
    Problem,
    TruncatedFcsError,
    UnsupportedFcsError,
)

StoredArray = NDArray[np.unsignedinteger[Any]] | NDArray[np.floating[Any]]

_VERSIONS = ("2.0", "3.0", "3.1", "3.2")
_HEADER_BYTES = 58


@dataclass(frozen=True, eq=False)
class FcsDataSet:
    """One data set of an FCS file, its events not yet decoded.

    Attributes
    ----------
    where : str
        File name, and the number of the data set where there are several.
    version : str
        `2.0`, `3.0`, `3.1` or `3.2`.
    keywords : mapping of str to str
        TEXT, then supplemental TEXT: upper-case keywords, values as written.
    layout : EventLayout
        How many events there are and how they are written.
    stored : memoryview
        The bytes from DATA on.
    notes : tuple of str
        What had to be tolerated, in words, without free text of the file.
    """

    where: str
    version: str
    keywords: Mapping[str, str]
    layout: EventLayout
    stored: memoryview
    notes: tuple[str, ...]

    @property
    def n_events(self) -> int:
        """Number of events."""
        return self.layout.n_events

    @property
    def n_parameters(self) -> int:
        """Number of parameters (`$PAR`)."""
        return len(self.layout.event_format.words.bits)

    @property
    def is_integer(self) -> bool:
        """Whether events are whole channel numbers (`$DATATYPE` I)."""
        return self.layout.event_format.datatype == "I"

    @cached_property
    def values(self) -> StoredArray:
        """Events as stored, decoded when first asked for.

        Returns
        -------
        ndarray, shape (n_events, n_parameters)
            Unsigned integers, column-major, bits above `$PnR` masked; or
            floating-point numbers in the file's own byte order, row-major.
        """
        words = self.layout.event_format.words
        if self.is_integer:
            return decode_integers(self.stored, self.n_events, words)
        kind = f"{'>' if words.is_big_endian else '<'}f{words.bits[0] // 8}"
        flat = np.frombuffer(self.stored, kind, self.n_events * self.n_parameters)
        return flat.reshape(self.n_events, self.n_parameters)


@dataclass(frozen=True, eq=False)
class FcsFile:
    """An FCS file, read once.

    Attributes
    ----------
    name : str
        File name without folder.
    content : bytes
        All its bytes.
    data_sets : tuple of FcsDataSet
        In the order of the file; at least one.
    """

    name: str
    content: bytes
    data_sets: tuple[FcsDataSet, ...]

    @cached_property
    def sha256(self) -> str:
        """Hash of all its bytes, from the same reading."""
        return hashlib.sha256(self.content).hexdigest()


def read_data_sets(path: Path) -> tuple[FcsDataSet, ...]:
    """Read every data set of an FCS file.

    Parameters
    ----------
    path : Path
        An FCS 2.0, 3.0 or 3.1 file, or a Beckman LMD file of several data sets.

    Returns
    -------
    tuple of FcsDataSet
        In the order of the file; a data set without events is among them.

    Raises
    ------
    FcsError
        As `read_fcs_file`.
    """
    return read_fcs_file(path).data_sets


def read_fcs_file(path: Path) -> FcsFile:
    """Read an FCS file once, and split it into data sets.

    Parameters
    ----------
    path : Path
        An FCS 2.0, 3.0 or 3.1 file, or a Beckman LMD file of several data sets.

    Returns
    -------
    FcsFile
        Its data sets do not decode their events before they are asked for.

    Raises
    ------
    FcsError
        The file cannot be opened.
    NotFcsError
        It does not begin with an FCS header.
    UnsupportedFcsError
        A version or form that is not read.
    CorruptFcsError
        Keywords and bytes do not fit together.
    TruncatedFcsError
        It ends before its TEXT or its events do.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"cannot be opened: {error.strerror or error}."
        raise FcsError(Problem(path.name, message)) from error
    return FcsFile(path.name, content, _split_data_sets(content, path.name))


def _split_data_sets(content: bytes, name: str) -> tuple[FcsDataSet, ...]:
    """Follow `$NEXTDATA`, which counts from the start of its own data set."""
    data_sets: list[FcsDataSet] = []
    start = 0
    while True:
        where = f"{name}, data set {len(data_sets) + 1}" if data_sets else name
        data_set = _read_data_set(memoryview(content)[start:], where)
        data_sets.append(data_set)
        step = whole_number(data_set.keywords.get("$NEXTDATA", ""))
        if not step:
            return tuple(data_sets)
        start += step
        if not content.startswith(b"FCS", start):
            message = (
                f"$NEXTDATA points to byte {start}, where no data set begins. "
                "Copy it again from the cytometer."
            )
            raise CorruptFcsError(Problem(where, message))


def _read_data_set(content: memoryview, where: str) -> FcsDataSet:
    """Read HEADER and TEXT of the data set at the start of `content`."""
    version, header_notes, extent = _read_header(content, where)
    primary = bytes(content[extent.text.begin : extent.text.end + 1])
    text = parse_text(primary)
    keywords, supplement_notes = _add_supplement(
        text.keywords, content, extent, primary
    )
    layout = find_layout(keywords, extent)
    notes = (
        *header_notes,
        *text.notes,
        *supplement_notes,
        *layout.event_format.notes,
        *layout.notes,
    )
    return FcsDataSet(where, version, keywords, layout, content[layout.begin :], notes)


def _read_header(
    content: memoryview, where: str
) -> tuple[str, tuple[str, ...], Extent]:
    """Read version and offsets."""
    header = bytes(content[:_HEADER_BYTES])
    if not header.startswith(b"FCS"):
        message = "does not begin with 'FCS': this is no FCS file, or a damaged one."
        raise NotFcsError(Problem(where, message))
    version = header[3:6].decode("latin-1")
    if version not in _VERSIONS:
        message = f"FCS version {version!r} is not read; {', '.join(_VERSIONS)} are."
        raise UnsupportedFcsError(Problem(where, message))
    begin, end, data_begin, data_end = (
        whole_number(header[place : place + 8].decode("latin-1"))
        for place in (10, 18, 26, 34)
    )
    if not begin or not end or end <= begin:
        message = f"HEADER does not say where TEXT lies. {RE_EXPORT}"
        raise CorruptFcsError(Problem(where, message))
    if end >= len(content):
        message = (
            f"the file ends at byte {len(content)}, inside TEXT, which ends at {end}. "
            "Copy it again from the cytometer."
        )
        raise TruncatedFcsError(Problem(where, message))
    data = Section(data_begin, data_end) if data_begin and data_end else None
    notes = ("FCS 3.2 was read as 3.1.",) if version == "3.2" else ()
    return version, notes, Extent(where, Section(begin, end), data, len(content))


def _add_supplement(
    keywords: dict[str, str], content: memoryview, extent: Extent, primary: bytes
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Add the keywords of supplemental TEXT, which may not replace any of TEXT's."""
    begin = whole_number(keywords.get("$BEGINSTEXT", ""))
    end = whole_number(keywords.get("$ENDSTEXT", ""))
    is_separate = begin and end and begin < end and begin > extent.text.end
    is_before = begin and end and begin < end < extent.text.begin
    if not begin or not end or not (is_separate or is_before):
        return keywords, ()
    segment = bytes(content[begin : end + 1])
    if segment[:1] != primary[:1]:
        return keywords, ("$BEGINSTEXT points to no keywords; what it names was left.",)
    supplement = parse_text(segment)
    return {**supplement.keywords, **keywords}, supplement.notes
