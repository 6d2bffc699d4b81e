"""Read the spillover matrix of an FCS file."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cytoflow_blina.domain.events import Channel
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import CorruptFcsError, Problem, did_you_mean
from cytoflow_blina.fcs.keywords import number_of

_KEYWORDS = ("$SPILLOVER", "SPILL", "$SPILL", "SPILLOVER")
_ADVICE = (
    "Compensate in the cytometer's software and export again, or give the matrix "
    "another way."
)


def read_spillover(
    keywords: Mapping[str, str], channels: tuple[Channel, ...], where: str
) -> Spillover | None:
    """Read the matrix that was calculated when the tube was measured.

    Parameters
    ----------
    keywords : mapping of str to str
        TEXT, keywords in upper case.
    channels : tuple of Channel
        Channels of the tube, in the order of its parameters.
    where : str
        File name, for messages.

    Returns
    -------
    Spillover or None
        None where the file has no matrix.

    Raises
    ------
    CorruptFcsError
        There is a matrix, but it is incomplete or names detectors that the file
        does not have. Who only reads a file leaves a note and goes on; who must
        compensate it cannot.

    Notes
    -----
    `$SPILLOVER` is of FCS 3.1, `SPILL` BD's own; both give the number of detectors,
    their names, then the rows. Beckman Navios writes parameter numbers in place of
    names. `$COMP` of FCS 3.0 gives a row for each parameter, without names; it is
    read where there is nothing else, for the fluorescence channels.
    """
    for keyword in _KEYWORDS:
        if keywords.get(keyword, "").strip():
            return _read_named(keyword, keywords[keyword], channels, where)
    if keywords.get("$COMP", "").strip():
        return _read_unnamed(keywords["$COMP"], channels, where)
    return None


def _read_named(
    keyword: str, text: str, channels: tuple[Channel, ...], where: str
) -> Spillover:
    """Read `n, detector 1 .. n, row 1, .., row n`."""
    fields = [field.strip() for field in text.split(",")]
    n_detectors = _size(keyword, fields, where)
    names, numbers = fields[1 : n_detectors + 1], fields[n_detectors + 1 :]
    matrix = _square(keyword, numbers, n_detectors, where)
    detectors = _detectors(keyword, names, channels, where)
    return Spillover(detectors, matrix)


def _read_unnamed(
    text: str, channels: tuple[Channel, ...], where: str
) -> Spillover | None:
    """Read `n, row 1, .., row n` of all parameters; keep fluorescence alone."""
    fields = [field.strip() for field in text.split(",")]
    n_rows = _size("$COMP", fields, where)
    matrix = _square("$COMP", fields[1:], n_rows, where)
    columns = [
        column
        for column, channel in enumerate(channels)
        if channel.kind == "fluorescence"
    ]
    if n_rows == len(channels):
        matrix = matrix[np.ix_(columns, columns)]
    elif n_rows != len(columns):
        message = f"$COMP has {n_rows} rows for {len(channels)} parameters. {_ADVICE}"
        raise CorruptFcsError(Problem(where, message))
    if not columns:
        return None
    if not np.all(np.diag(matrix) == 1):
        message = (
            "$COMP has a diagonal other than 1, so it is unclear what it means. "
            f"{_ADVICE}"
        )
        raise CorruptFcsError(Problem(where, message))
    return Spillover(tuple(channels[column].detector for column in columns), matrix)


def _size(keyword: str, fields: list[str], where: str) -> int:
    size = number_of(fields[0])
    if not (1 <= size <= len(fields) and size == int(size)):
        message = (
            f"{keyword} begins with {fields[0][:20]!r}; expected the number of "
            f"detectors. {_ADVICE}"
        )
        raise CorruptFcsError(Problem(where, message))
    return int(size)


def _square(
    keyword: str, numbers: list[str], size: int, where: str
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Read size x size numbers.

    Returns
    -------
    ndarray of float64, shape (size, size)
        Read-only.
    """
    while numbers and not numbers[-1]:
        numbers = numbers[:-1]
    values = np.array([number_of(number) for number in numbers], np.float64)
    if values.size != size * size or np.isnan(values).any():
        message = (
            f"{keyword} names {size} detectors and holds "
            f"{int(np.isfinite(values).sum())} numbers; expected {size * size}. "
            f"{_ADVICE}"
        )
        raise CorruptFcsError(Problem(where, message))
    matrix = values.reshape(size, size)
    matrix.flags.writeable = False
    return matrix


def _detectors(
    keyword: str, names: list[str], channels: tuple[Channel, ...], where: str
) -> tuple[str, ...]:
    """Find the detectors that a matrix names, by name or by parameter number."""
    known = [channel.detector for channel in channels]
    by_name = {detector.casefold(): detector for detector in known}
    is_named = any(name.casefold() in by_name for name in names)
    if not is_named and all(name.isdigit() for name in names):
        by_name = {str(n): detector for n, detector in enumerate(known, start=1)}
    by_name |= {detector: detector for detector in known}
    found = [by_name.get(name, by_name.get(name.casefold(), "")) for name in names]
    unknown = [
        name for name, detector in zip(names, found, strict=True) if not detector
    ]
    if unknown:
        message = (
            f"{keyword} names {len(unknown)} detectors that the file does not have, "
            f"the first {unknown[0][:40]!r}.{did_you_mean(unknown[0], known)} {_ADVICE}"
        )
        raise CorruptFcsError(Problem(where, message))
    if len(set(found)) < len(found):
        message = f"{keyword} names a detector twice. {_ADVICE}"
        raise CorruptFcsError(Problem(where, message))
    return tuple(found)
