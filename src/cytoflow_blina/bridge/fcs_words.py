"""Read from TEXT how one event is written: data type, widths, masks, byte order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cytoflow_blina.bridge.fcs_text import BLANKS
from cytoflow_blina.bridge.integer_decoder import WordLayout, mask_of_range
from cytoflow_blina.errors import CorruptFcsError, Problem, UnsupportedFcsError

_BYTE_ORDERS = {
    "1": False,
    "1,2": False,
    "2,1": True,
    "1,2,3,4": False,
    "4,3,2,1": True,
    "1,2,3,4,5,6,7,8": False,
    "8,7,6,5,4,3,2,1": True,
}
_FLOAT_BITS = {"F": 32, "D": 64}
_UNREAD = {
    ("$MODE", "C"): "a correlated histogram, not single events",
    ("$MODE", "U"): "histograms, not single events",
    ("$DATATYPE", "A"): "events written as text",
}
_WHOLE_WORDS = (8, 16, 32, 64)

RE_EXPORT = "Export the file again with the cytometer's own software."


@dataclass(frozen=True)
class EventFormat:
    """How one event is written.

    Attributes
    ----------
    datatype : {"I", "F", "D"}
        Whole numbers, or floating point of 32 or 64 bits.
    words : WordLayout
        Widths and byte order; masks matter for `I` only.
    notes : tuple of str
        Tolerated oddities, in words.
    """

    datatype: str
    words: WordLayout
    notes: tuple[str, ...] = ()

    def n_bytes(self, n_events: int) -> int:
        """Give the length of a number of events.

        Parameters
        ----------
        n_events : int
            Number of events, 0 or more.

        Returns
        -------
        int
            Whole bytes, the last one perhaps filled in part.
        """
        return -(-n_events * self.words.bits_per_event // 8)


def read_event_format(keywords: Mapping[str, str], where: str) -> EventFormat:
    """Read how an event is written.

    Parameters
    ----------
    keywords : mapping of str to str
        TEXT, keywords in upper case.
    where : str
        File name, for messages.

    Returns
    -------
    EventFormat
        As TEXT declares it.

    Raises
    ------
    UnsupportedFcsError
        Histograms, ASCII events, mixed data types, a byte order of no known kind.
    CorruptFcsError
        A required keyword is missing or unreadable.
    """
    _require(keywords, ("$PAR", "$DATATYPE", "$BYTEORD"), where)
    datatype = _datatype(keywords, where)
    n_parameters = whole_number(keywords["$PAR"])
    if not n_parameters or n_parameters > len(keywords):
        raise _unexpected(
            "$PAR", keywords, "the number of parameters that TEXT describes", where
        )
    numbers = range(1, n_parameters + 1)
    _require(keywords, [f"$P{number}B" for number in numbers], where)
    bits = [_width(keywords, number, where) for number in numbers]
    notes = [] if "$MODE" in keywords else ["$MODE is missing; list mode was taken."]
    if datatype in _FLOAT_BITS:
        if set(bits) != {_FLOAT_BITS[datatype]}:
            notes.append(f"$PnB does not fit $DATATYPE {datatype}, which was taken.")
        bits = [_FLOAT_BITS[datatype]] * n_parameters
        masks = [(1 << width) - 1 for width in bits]
    else:
        ranges = [_range(keywords, number) for number in numbers]
        masks = [mask_of_range(*pair) for pair in zip(ranges, bits, strict=True)]
        n_unknown = sum(not value_range >= 1 for value_range in ranges)
        if n_unknown:
            notes.append(
                f"$PnR of {n_unknown} parameters is unreadable: no bit masked."
            )
    words = WordLayout(tuple(bits), tuple(masks), _is_big_endian(keywords, where))
    return EventFormat(datatype, words, tuple(notes))


def whole_word_readings(declared: EventFormat) -> tuple[EventFormat, ...]:
    """Read odd widths as the next whole word.

    Parameters
    ----------
    declared : EventFormat
        What TEXT says.

    Returns
    -------
    tuple of EventFormat
        One, or none where every width is a whole word already.

    Notes
    -----
    Beckman's first data set of an LMD file may declare the 10 bits of its converter
    and store words of 16.
    """
    if set(declared.words.bits) <= set(_WHOLE_WORDS):
        return ()
    whole = tuple(
        next(word for word in _WHOLE_WORDS if bits <= word)
        for bits in declared.words.bits
    )
    note = "$PnB does not fit the length of DATA; the next whole words do."
    words = replace(declared.words, bits=whole)
    return (replace(declared, words=words, notes=(*declared.notes, note)),)


def whole_number(text: str) -> int | None:
    """Read a whole number that may stand between blanks.

    Parameters
    ----------
    text : str
        Value of a keyword.

    Returns
    -------
    int or None
        None where it is empty, negative, longer than 18 digits or no number.
    """
    stripped = text.strip(BLANKS)
    return int(stripped) if re.fullmatch(r"[0-9]{1,18}", stripped) else None


def _require(keywords: Mapping[str, str], names: Iterable[str], where: str) -> None:
    missing = [name for name in names if name not in keywords]
    if not missing:
        return
    verb = "is" if len(missing) == 1 else "are"
    message = f"{', '.join(missing[:5])} {verb} missing from TEXT."
    if any(keyword.strip() in missing for keyword in keywords):
        message += " A keyword of that name stands behind blanks: TEXT is damaged."
    raise CorruptFcsError(Problem(where, f"{message} {RE_EXPORT}"))


def _unexpected(
    keyword: str, keywords: Mapping[str, str], expected: str, where: str
) -> CorruptFcsError:
    found = keywords[keyword].strip()[:20]
    message = f"{keyword} is {found!r}; expected {expected}. {RE_EXPORT}"
    return CorruptFcsError(Problem(where, message))


def _datatype(keywords: Mapping[str, str], where: str) -> str:
    """Read `$DATATYPE`; refuse histograms, text, and types that differ by parameter."""
    for (keyword, value), meaning in _UNREAD.items():
        if keywords.get(keyword, "").strip().upper() == value:
            message = (
                f"{keyword} is {value}: {meaning}. Export the file in list mode with "
                "binary events."
            )
            raise UnsupportedFcsError(Problem(where, message))
    datatype = keywords["$DATATYPE"].strip().upper()
    if datatype not in {"I", *_FLOAT_BITS}:
        raise _unexpected("$DATATYPE", keywords, "I, F or D", where)
    for keyword, value in keywords.items():
        own_type = re.fullmatch(r"\$P\d+DATATYPE", keyword)
        if own_type and value.strip().upper() != datatype:
            message = (
                f"{keyword} gives a parameter a data type of its own, which FCS 3.2 "
                "allows and this program does not read. Export the file as FCS 3.1."
            )
            raise UnsupportedFcsError(Problem(where, message))
    return datatype


def _is_big_endian(keywords: Mapping[str, str], where: str) -> bool:
    order = "".join(keywords["$BYTEORD"].split())
    if order not in _BYTE_ORDERS:
        message = (
            f"$BYTEORD is {order[:20]!r}; only 1,2,3,4 and 4,3,2,1 are read. "
            f"{RE_EXPORT}"
        )
        raise UnsupportedFcsError(Problem(where, message))
    return _BYTE_ORDERS[order]


def _width(keywords: Mapping[str, str], number: int, where: str) -> int:
    bits = whole_number(keywords[f"$P{number}B"])
    if bits is None or not 1 <= bits <= 64:
        raise _unexpected(f"$P{number}B", keywords, "1 to 64 bits", where)
    return bits


def _range(keywords: Mapping[str, str], number: int) -> float:
    """Read `$PnR`; NaN where it is missing or no number."""
    try:
        return float(keywords.get(f"$P{number}R", "nan"))
    except ValueError:
        return float("nan")
