r"""Split the TEXT segment of an FCS file into keywords, losing none.

FlowIO's parser loses some of them without a word: the keyword after an empty value
becomes part of the one before, `$` vanishes from values, a doubled delimiter stays
doubled where the delimiter is `|`, `\` or `*`, and supplemental TEXT is never read.
FACSCalibur files are full of empty values. So TEXT is read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BLANKS = " \0\t\r\n"
"""What cytometers fill up values with; it means nothing at either end of one."""

_STANDARD_KEYWORD = re.compile(r"\$(P\d+[A-Z]|[A-Z]{3,12})")


@dataclass(frozen=True)
class TextSegment:
    """Keywords of one TEXT segment, and what was odd about them.

    Attributes
    ----------
    keywords : dict of str to str
        Upper-case keyword with its `$`, value as written.
    notes : tuple of str
        Tolerated oddities, in words; no free text of the file.
    """

    keywords: dict[str, str]
    notes: tuple[str, ...]


def parse_text(segment: bytes) -> TextSegment:
    r"""Split a TEXT segment into keywords and values.

    Parameters
    ----------
    segment : bytes
        The whole segment; its first byte is the delimiter.

    Returns
    -------
    TextSegment
        No keywords where the segment is empty.

    Notes
    -----
    The standard doubles a delimiter that belongs to a value and forbids empty
    values; cytometers write empty values all the same. Both are told apart by
    where they stand: a keyword holds no delimiter, so two delimiters behind a
    keyword are an empty value, and two inside a value are one that is meant. A
    writer that knows neither rule makes keywords and values change places; where
    splitting at every delimiter puts them right, that is done.

    Examples
    --------
    >>> parse_text(b"/$SRC//$SYS/a//b/").keywords
    {'$SRC': '', '$SYS': 'a/b'}
    """
    if not segment:
        return TextSegment({}, ())
    text = _decode(segment)
    delimiter, body = text[0], text[1:]
    pairs, rest = _split_by_position(body, delimiter)
    notes: list[str] = []
    if delimiter * 2 in body:
        plain = _split_everywhere(body, delimiter)
        if _has_slipped(pairs) and not _has_slipped(plain):
            pairs, rest = plain, ""
            notes.append("TEXT does not double the delimiters inside its values.")
    return TextSegment(_upper_case(pairs, notes), (*notes, *_oddities(pairs, rest)))


def _decode(segment: bytes) -> str:
    """Decode as UTF-8 or, where that fails, as Latin-1, which never does."""
    try:
        return segment.decode("utf-8")
    except UnicodeDecodeError:
        return segment.decode("latin-1")


def _split_by_position(body: str, delimiter: str) -> tuple[list[tuple[str, str]], str]:
    """Split where a keyword holds no delimiter; also return what is left over."""
    mark = re.escape(delimiter)
    # Possessive, so that a run of an odd number of delimiters ends its value and
    # one of an even number does not; and so that no input is slow.
    pair = re.compile(
        f"([^{mark}]*+){mark}((?:[^{mark}]++|{mark}{mark})*+)(?:{mark}|\\Z)"
    )
    pairs: list[tuple[str, str]] = []
    position = 0
    while position < len(body) and (match := pair.match(body, position)):
        pairs.append((match[1], match[2].replace(delimiter * 2, delimiter)))
        position = match.end()
    return pairs, body[position:]


def _split_everywhere(body: str, delimiter: str) -> list[tuple[str, str]]:
    """Split at every delimiter; a keyword without a name is skipped."""
    pairs: list[tuple[str, str]] = []
    pieces = iter(body.split(delimiter))
    for keyword in pieces:
        if keyword:
            value = next(pieces, None)
            if value is not None:
                pairs.append((keyword, value))
    return pairs


def _has_slipped(pairs: list[tuple[str, str]]) -> bool:
    """Whether a keyword of the standard stands where a value should."""
    return any(_STANDARD_KEYWORD.fullmatch(value) for _, value in pairs)


def _upper_case(pairs: list[tuple[str, str]], notes: list[str]) -> dict[str, str]:
    """Gather pairs; of a repeated keyword the last value counts, as in FlowIO."""
    keywords: dict[str, str] = {}
    repeated: set[str] = set()
    for keyword, value in pairs:
        name = keyword.upper()
        if keywords.get(name, value) != value and name.startswith("$"):
            repeated.add(name)
        if name:
            keywords[name] = value
    if repeated:
        notes.append(
            f"TEXT has keywords that stand twice with different values "
            f"({len(repeated)}); the last was taken."
        )
    return keywords


def _oddities(pairs: list[tuple[str, str]], rest: str) -> list[str]:
    notes = []
    n_empty = sum(not value for _, value in pairs)
    if n_empty:
        notes.append(f"TEXT has keywords with an empty value ({n_empty}).")
    if rest.strip(BLANKS):
        notes.append("TEXT ends with a keyword that has no value.")
    return notes
