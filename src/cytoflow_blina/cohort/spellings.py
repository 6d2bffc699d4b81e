"""Find words that differ only in case, blanks or punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping

_HYPHENS = re.compile(r"[‐‑‒–—−]")
_MINUS = re.compile(r"(?<=\w)-(?!\w)")
_SEPARATORS = re.compile(r"[\s_.,;:/'\"()\[\]-]+")
_ENDS = " _.,;:/'\"()[]"


def plain_spelling(text: str) -> str:
    """Write a word so that its other spellings are written the same.

    Parameters
    ----------
    text : str
        A name or a value, as a person typed it.

    Returns
    -------
    str
        Without case, and without blanks and punctuation between letters: `IL-6`,
        `il 6` and `IL6` are one. What tells values apart stays: `+`, a minus at the
        end (`MRD-`), signs such as `<`, and everything between two digits (`1.5`).
    """
    plain = _HYPHENS.sub("-", unicodedata.normalize("NFKC", text)).casefold()
    # A hyphen that no letter follows is a minus: 'mrd-' is not 'mrd'.
    plain = _MINUS.sub("\N{MINUS SIGN}", plain).strip(_ENDS)

    def between(found: re.Match[str]) -> str:
        before, after = plain[: found.start()], plain[found.end() :]
        if not before:
            return found[0]
        return found[0] if before[-1].isdigit() and after[:1].isdigit() else ""

    return _SEPARATORS.sub(between, plain)


def spelt_twice(
    counts: Mapping[str, int], preferred: Collection[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Find words that are another spelling of a word of the same column.

    Parameters
    ----------
    counts : mapping of str to int
        In how many rows each word stands.
    preferred : collection of str, optional
        Words that are right; without one the most frequent spelling is.

    Returns
    -------
    tuple of (str, str)
        Each word with the spelling that it should have, sorted.
    """
    spellings: dict[str, list[str]] = defaultdict(list)
    for word in sorted(counts):
        spellings[plain_spelling(word)].append(word)
    found = []
    for words in spellings.values():
        usual = max(words, key=lambda word: (word in preferred, counts[word]))
        found += [(word, usual) for word in words if word != usual]
    return tuple(sorted(found))


def spelling_message(word: tuple[str, int], usual: tuple[str, int]) -> str:
    """Say that two words are one.

    Parameters
    ----------
    word : (str, int)
        A spelling and the number of its rows.
    usual : (str, int)
        The spelling that it should have, and the number of its rows.

    Returns
    -------
    str
        `'IL6' (1 row) stands beside 'IL-6' (9 rows); write one.`
    """
    one, other = (
        f"{name!r} ({number} row{'' if number == 1 else 's'})"
        for name, number in (word, usual)
    )
    return f"{one} stands beside {other}; write one."
