"""Decode the integer events of an FCS file, of any width, at the speed of memory.

FlowIO masks the bits above `$PnR` byte by byte in Python: a million events of eight
parameters take it one to three seconds, and widths other than 8, 16 and 32 bits
are not read at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

UnsignedArray = NDArray[np.unsignedinteger[Any]]

# One block of events stays in the second-level cache while its columns are taken.
_EVENTS_PER_BLOCK = 8192


@dataclass(frozen=True)
class WordLayout:
    """How the words of one event lie in a file.

    Attributes
    ----------
    bits : tuple of int
        Width of each parameter (`$PnB`), 1 to 64.
    masks : tuple of int
        Bits of each parameter that count; the others are noise of the instrument.
    is_big_endian : bool
        Whether the most significant byte comes first.
    """

    bits: tuple[int, ...]
    masks: tuple[int, ...]
    is_big_endian: bool

    @property
    def bits_per_event(self) -> int:
        """Width of one event."""
        return sum(self.bits)


def mask_of_range(value_range: float, bits: int) -> int:
    """Say which bits of a parameter count, from its `$PnR`.

    Parameters
    ----------
    value_range : float
        `$PnR`, the number of channels; zero, negative or NaN where unknown.
    bits : int
        `$PnB`, width of the parameter.

    Returns
    -------
    int
        All bits below the next power of 2, as FCS 3.1 (3.2.20) has it; all `bits`
        where the range is unknown or larger than they can hold.

    Examples
    --------
    >>> mask_of_range(1024, 16), mask_of_range(1000, 16), mask_of_range(1024, 8)
    (1023, 1023, 255)
    """
    every_bit = (1 << bits) - 1
    if not 1 <= value_range <= every_bit:
        return every_bit
    return (1 << (int(np.ceil(value_range)) - 1).bit_length()) - 1


def decode_integers(
    stored: bytes | memoryview, n_events: int, layout: WordLayout
) -> UnsignedArray:
    """Decode events of integers, leaving out the bits that do not count.

    Parameters
    ----------
    stored : bytes
        At least as many bytes as the events need.
    n_events : int
        Number of events.
    layout : WordLayout
        Widths, masks and byte order.

    Returns
    -------
    ndarray of unsigned integers, shape (n_events, n_parameters)
        Column-major, in the narrowest type that holds the widest parameter.
    """
    n_bytes = -(-n_events * layout.bits_per_event // 8)
    block = np.frombuffer(stored, np.uint8, count=n_bytes)
    decoded = np.empty(
        (n_events, len(layout.bits)), _smallest_type(max(layout.bits)), order="F"
    )
    if any(bits % 8 for bits in layout.bits):
        _unpack_bit_stream(block, layout, decoded)
    else:
        _gather_whole_bytes(block, layout, decoded)
    return decoded


def _smallest_type(bits: int) -> np.dtype[np.unsignedinteger[Any]]:
    return np.dtype(f"u{next(size for size in (1, 2, 4, 8) if bits <= 8 * size)}")


def _gather_whole_bytes(
    stored: NDArray[np.uint8], layout: WordLayout, decoded: UnsignedArray
) -> None:
    """Fill `decoded`, block by block, where each parameter is whole bytes."""
    n_events = decoded.shape[0]
    events = stored.reshape(n_events, layout.bits_per_event // 8)
    starts = np.cumsum((0, *layout.bits)) // 8
    for first in range(0, n_events, _EVENTS_PER_BLOCK):
        rows = slice(first, first + _EVENTS_PER_BLOCK)
        for column, bits in enumerate(layout.bits):
            start = int(starts[column])
            words = events[rows, start : start + bits // 8]
            values = _assemble(words, decoded.dtype, big=layout.is_big_endian)
            mask = layout.masks[column]
            if mask == (1 << bits) - 1:
                decoded[rows, column] = values
            else:
                np.bitwise_and(
                    values, decoded.dtype.type(mask), out=decoded[rows, column]
                )


def _assemble(
    words: NDArray[np.uint8], dtype: np.dtype[np.unsignedinteger[Any]], *, big: bool
) -> UnsignedArray:
    """Put the bytes of a block of words together.

    Parameters
    ----------
    words : ndarray of uint8, shape (n_events, n_bytes)
        Neighbouring bytes of one parameter.
    dtype : numpy.dtype
        Type of the result.
    big : bool
        Whether the most significant byte comes first.

    Returns
    -------
    ndarray of unsigned integers, shape (n_events,)
        One number for each event.
    """
    n_bytes = words.shape[1]
    if n_bytes in (1, 2, 4, 8):
        whole: UnsignedArray = words.view(f"{'>' if big else '<'}u{n_bytes}")[:, 0]
        return whole.astype(dtype)
    order = range(n_bytes) if big else reversed(range(n_bytes))
    total = np.zeros(words.shape[0], dtype)
    for byte in order:
        total = (total << dtype.type(8)) | words[:, byte]
    return total


def _unpack_bit_stream(
    stored: NDArray[np.uint8], layout: WordLayout, decoded: UnsignedArray
) -> None:
    """Fill `decoded` where parameters follow each other bit by bit.

    FCS 3.1 packs odd widths without gaps, neither between parameters nor between
    events. With the most significant byte first, bits are taken from the top of
    each byte; with the least significant first, from the bottom.
    """
    n_events = decoded.shape[0]
    ends = np.cumsum((0, *layout.bits))
    bit_order: Literal["big", "little"] = "big" if layout.is_big_endian else "little"
    # A multiple of eight events begins on a whole byte, whatever the width.
    for first in range(0, n_events, _EVENTS_PER_BLOCK):
        n_here = min(_EVENTS_PER_BLOCK, n_events - first)
        n_bits = n_here * layout.bits_per_event
        begin = first * layout.bits_per_event // 8
        packed = stored[begin : begin - (-n_bits // 8)]
        stream = np.unpackbits(packed, count=n_bits, bitorder=bit_order).reshape(
            n_here, layout.bits_per_event
        )
        for column, bits in enumerate(layout.bits):
            digits = stream[:, ends[column] : ends[column + 1]]
            places = range(bits) if layout.is_big_endian else reversed(range(bits))
            values = np.zeros(n_here, np.uint64)
            for place in places:
                values = (values << np.uint64(1)) | digits[:, place]
            decoded[first : first + n_here, column] = values & np.uint64(
                layout.masks[column]
            )
