"""Read the data frames of an R workspace file, as far as the labelled files need it.

R serialises objects in order, each behind a word of flags whose lowest byte is the
type (R Internals, section 1.8); numbers are big-endian.
"""

import bz2
import gzip
import lzma
import struct
from pathlib import Path
from typing import Any

import numpy as np

NIL, ALTERNATIVE, REFERENCE = 254, 238, 255
SYMBOL, PAIRS, CHARACTERS, LOGICAL = 1, 2, 9, 10
INTEGERS, REALS, STRINGS, LIST = 13, 14, 16, 19
HAS_ATTRIBUTES, HAS_TAG = 512, 1024

PACKERS = {
    b"BZh": bz2.decompress,
    b"\x1f\x8b": gzip.decompress,
    b"\xfd": lzma.decompress,
}

Attributes = dict[str, Any]


def read_data_frame(file: Path) -> dict[str, np.ndarray]:
    """Columns of the only data frame of a file; factors become arrays of strings."""
    packed = file.read_bytes()
    unpack = next(
        unpack for start, unpack in PACKERS.items() if packed.startswith(start)
    )
    content = unpack(packed)
    reader = _Reader(content, position=len(b"RDX3\nX\n"))
    version, _, _ = reader.word(), reader.word(), reader.word()
    if version == 3:  # the name of the encoding
        reader.take(reader.word())
    ((columns, attributes),) = reader.item()[0].values()
    return {
        name: _column(*column)
        for name, column in zip(attributes["names"][0], columns, strict=True)
    }


def _column(values: np.ndarray, attributes: Attributes) -> np.ndarray:
    """Make a column of what was stored: numbers, or codes and their levels."""
    if "levels" not in attributes:
        return values
    levels: np.ndarray = np.array(attributes["levels"][0])
    return np.asarray(levels[values - 1])


class _Reader:
    """A place in the stream, and the symbols met on the way."""

    def __init__(self, content: bytes, position: int) -> None:
        self.content = content
        self.position = position
        self.symbols: list[str] = []

    def take(self, size: int) -> bytes:
        self.position += size
        return self.content[self.position - size : self.position]

    def word(self) -> int:
        return int(struct.unpack(">i", self.take(4))[0])

    def item(self) -> tuple[Any, Attributes]:
        """Read one object and its attributes."""
        flags = self.word()
        kind = flags & 255
        if kind == NIL:
            return None, {}
        if kind == ALTERNATIVE:
            return self.alternative()
        if kind in (INTEGERS, REALS, LOGICAL, STRINGS, LIST):
            values = self.vector(kind)
            return values, self.item()[0] if flags & HAS_ATTRIBUTES else {}
        return self.plain(kind, flags), {}

    def plain(self, kind: int, flags: int) -> Any:
        """Read an object that has no attributes of its own."""
        if kind == REFERENCE:
            return self.symbols[(flags >> 8 or self.word()) - 1]
        if kind == SYMBOL:
            self.symbols.append(self.item()[0])
            return self.symbols[-1]
        if kind == CHARACTERS:
            return self.take(max(self.word(), 0)).decode("latin-1")
        if kind == PAIRS:
            return self.pairs(flags)
        raise ValueError(f"object of type {kind} at byte {self.position}")

    def pairs(self, flags: int) -> Attributes:
        """Read a list of names and values to its end."""
        pairs: Attributes = {}
        while flags & 255 == PAIRS:
            if flags & HAS_ATTRIBUTES:
                self.item()
            name = self.item()[0] if flags & HAS_TAG else str(len(pairs))
            pairs[name] = self.item()
            flags = self.word()
        if flags & 255 != NIL:
            self.position -= 4
            pairs[str(len(pairs))] = self.item()
        return pairs

    def alternative(self) -> tuple[Any, Attributes]:
        """Read a vector that is stored as another with something around it."""
        self.item()
        state, _ = self.item()
        self.item()
        wrapped = state["0"] if isinstance(state, dict) else state[0]
        return wrapped[0], wrapped[1]

    def vector(self, kind: int) -> Any:
        size = self.word()
        if kind in (STRINGS, LIST):
            items = [self.item() for _ in range(size)]
            return [text for text, _ in items] if kind == STRINGS else items
        width = {LOGICAL: ">i4", INTEGERS: ">i4", REALS: ">f8"}[kind]
        raw = self.take(size * int(width[-1]))
        return np.frombuffer(raw, width).astype(width[1:])
