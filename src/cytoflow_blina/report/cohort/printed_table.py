"""Hold a table as it is printed, and write the cells that every table has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from string import ascii_lowercase

from cytoflow_blina.figures.number_format import (
    MISSING,
    format_count,
    format_interval,
    format_number,
    format_p,
)
from cytoflow_blina.report.collect import Row, number, text, whole_number

NO_INTERVAL = "too few values for a 95 % interval"

_NOT_DEFINED = "not defined"
_NOT_TESTED = "not tested"
BOLD = "Bold: P below 0.05, adjusted where it is adjusted."
"""Note of a table that has bold cells."""


@dataclass(frozen=True)
class PrintedLine:
    """One line of a table.

    Attributes
    ----------
    cells : tuple of str
        As printed; a heading has one, which stands above the lines that follow.
    level : int
        How far the first cell is moved in: 0 or 1.
    strong : tuple of int
        Places of the cells in bold: P below 0.05.
    """

    cells: tuple[str, ...]
    level: int = 0
    strong: tuple[int, ...] = ()

    @property
    def is_heading(self) -> bool:
        """Whether it names the lines that follow."""
        return len(self.cells) == 1


@dataclass(frozen=True)
class PrintedTable:
    """One table, on the page and in a file for a manuscript.

    Attributes
    ----------
    title : str
        What it shows.
    header : tuple of str
        Names of the columns.
    lines : tuple of PrintedLine
        In order.
    notes : tuple of str
        Whole sentences below it: tests, what n is, abbreviations.
    n_words : int
        Columns at the left that hold words; the others hold numbers.
    """

    title: str
    header: tuple[str, ...]
    lines: tuple[PrintedLine, ...]
    notes: tuple[str, ...] = ()
    n_words: int = 1


def note_letters(reasons: Iterable[str]) -> Mapping[str, str]:
    """Give a letter to each reason that a note below the table tells.

    Parameters
    ----------
    reasons : iterable of str
        In order of the lines; empty ones do not count.

    Returns
    -------
    mapping of str to str
        `a` for the first, `aa` after `z`.
    """
    distinct = [reason for reason in dict.fromkeys(reasons) if reason]
    n_letters = len(ascii_lowercase)
    return {
        reason: ascii_lowercase[place % n_letters] * (1 + place // n_letters)
        for place, reason in enumerate(distinct)
    }


def letter_notes(letters: Mapping[str, str]) -> tuple[str, ...]:
    """Write the notes to which the letters lead.

    Parameters
    ----------
    letters : mapping of str to str
        Letter of each reason.

    Returns
    -------
    tuple of str
        `[a] Groups of 3 and 0.`
    """
    return tuple(f"[{letter}] {sentence(why)}" for why, letter in letters.items())


def sentence(words: str) -> str:
    """Begin words with a capital and end them with a full stop; empty stays empty."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}." if words else ""


def why_no_p(row: Row) -> str:
    """Tell why a row of `comparisons.csv` has no P.

    Parameters
    ----------
    row : Row
        The row.

    Returns
    -------
    str
        Empty where it has one.
    """
    if not isnan(number(row, "p_value")):
        return ""
    method = text(row, "method")
    _, is_said, reason = method.partition(f"{_NOT_DEFINED}: ")
    return f"{_NOT_DEFINED}: {reason}" if is_said else method or _NOT_TESTED


def why_no_interval(row: Row) -> str:
    """Tell why an effect has no interval; empty where it has one, or is none."""
    is_alone = isnan(number(row, "effect_lo95")) and not isnan(number(row, "effect"))
    return NO_INTERVAL if is_alone else ""


def row_letters(rows: Iterable[Row], *, with_effects: bool = True) -> Mapping[str, str]:
    """Give letters to all that is not defined in some rows of `comparisons.csv`.

    Parameters
    ----------
    rows : iterable of Row
        The rows.
    with_effects : bool, default True
        Whether the table has a column of effects, which may lack an interval.

    Returns
    -------
    mapping of str to str
        The letter of each reason.
    """
    return note_letters(
        reason
        for row in rows
        for reason in (why_no_p(row), why_no_interval(row) if with_effects else "")
    )


def p_cell(row: Row, letters: Mapping[str, str]) -> str:
    """Write P, or that it is not defined, with the letter of the reason."""
    p_value, reason = number(row, "p_value"), why_no_p(row)
    if not isnan(p_value):
        return format_p(p_value)
    return f"{_NOT_DEFINED} [{letters[reason]}]" if reason in letters else _NOT_DEFINED


def adjusted_cell(row: Row) -> str:
    """Write the adjusted P; a dash where none is adjusted."""
    return format_p(number(row, "p_adjusted"))


def effect_cell(row: Row, letters: Mapping[str, str]) -> str:
    """Write the effect with its interval, or with the letter of why there is none."""
    effect = number(row, "effect")
    if isnan(effect):
        return MISSING
    interval = format_interval(number(row, "effect_lo95"), number(row, "effect_hi95"))
    if interval:
        return f"{format_number(effect)} ({interval})"
    letter = letters.get(NO_INTERVAL)
    return f"{format_number(effect)} [{letter}]" if letter else format_number(effect)


def spread_cell(row: Row, side: str) -> str:
    """Write the median with its range of side `a` or `b`; `no value` for none."""
    median = number(row, f"median_{side}")
    if isnan(median):
        return "no value"
    extremes = format_interval(number(row, f"min_{side}"), number(row, f"max_{side}"))
    return (
        f"{format_number(median)} ({extremes})" if extremes else format_number(median)
    )


def strong_cells(row: Row, places: tuple[int, int]) -> tuple[int, ...]:
    """Tell which of P and adjusted P is set in bold: the one that decides."""
    p_value, p_adjusted = number(row, "p_value"), number(row, "p_adjusted")
    decisive, place = (p_value, 0) if isnan(p_adjusted) else (p_adjusted, 1)
    return (places[place],) if decisive < 0.05 else ()


def bold_note(lines: Iterable[PrintedLine]) -> tuple[str, ...]:
    """Explain what bold means, where any cell is set in it.

    Parameters
    ----------
    lines : iterable of PrintedLine
        The lines of a table.

    Returns
    -------
    tuple of str
        One sentence; empty where nothing is bold.
    """
    return (BOLD,) if any(line.strong for line in lines) else ()


def said_of(rows: Sequence[Row], column: str, names: Sequence[str]) -> str:
    """Join what a column says of some rows, each wording with whom it is about.

    Parameters
    ----------
    rows : sequence of Row
        Rows of `comparisons.csv`.
    column : str
        `method`, `zero_rule`, ...; rows without P are not asked, their reason stands
        in a note of its own.
    names : sequence of str
        Names of the rows.

    Returns
    -------
    str
        The wording alone where there is but one; empty for none.
    """
    wordings: dict[str, list[str]] = {}
    for row, name in zip(rows, names, strict=True):
        words = _without_test(row, text(row, column))
        if words and not why_no_p(row):
            wordings.setdefault(words, []).append(name)
    if len(wordings) < 2:
        return "".join(wordings)
    return "; ".join(
        f"{words} ({', '.join(dict.fromkeys(own))})" for words, own in wordings.items()
    )


def _without_test(row: Row, words: str) -> str:
    """Drop a test that its method repeats."""
    test = text(row, "test")
    return words if words == test else words.removeprefix(f"{test}; ")


_LABELS = {
    "effect_kind": "Effect",
    "test": "Test",
    "method": "Method",
    "zero_rule": "Zero differences",
    "adjustment": "Adjustment",
}


def notes_of_tests(
    rows: Sequence[Row], names: Sequence[str], *, others: Sequence[Row] = ()
) -> tuple[str, ...]:
    """Tell how effect and P of some rows were had.

    Parameters
    ----------
    rows : sequence of Row
        Rows of `comparisons.csv`.
    names : sequence of str
        Their names as printed.
    others : sequence of Row, optional
        Rows whose P is not printed, and yet adjusted together with the others.

    Returns
    -------
    tuple of str
        Effect, test, method, rule for zeros and adjustment, each said once.
    """
    notes = []
    for column, label in _LABELS.items():
        words = said_of(rows, column, names)
        if words and column == "adjustment":
            families = dict.fromkeys(text(row, "family") for row in rows)
            sizes = [
                _family_size(family, (*rows, *others)) for family in families if family
            ]
            words += f", within each family ({'; '.join(sizes)})" if sizes else ""
        if words:
            notes.append(f"{label}: {words}.")
    return tuple(notes)


def _family_size(family: str, rows: Iterable[Row]) -> str:
    n_tests = sum(
        text(row, "family") == family and not isnan(number(row, "p_value"))
        for row in rows
    )
    return f"{family}: {counted(n_tests, 'test')}"


def counted(n: float, noun: str) -> str:
    """Write a number of things: `1 event`, `7 events`."""
    return f"{format_count(n)} {noun}{'' if n == 1 else 's'}"


def limit_notes(rows: Sequence[Row], names: Sequence[str]) -> tuple[str, ...]:
    """Tell how many values stand at the limit that they lie below.

    Parameters
    ----------
    rows : sequence of Row
        Rows of `comparisons.csv`.
    names : sequence of str
        Their names as printed.

    Returns
    -------
    tuple of str
        One sentence; empty where every value was measured.
    """
    sides = [
        tuple(whole_number(row, f"n_censored_{side}") for side in "ab") for row in rows
    ]
    said = [
        f"{name} {n_a} and {n_b}"
        for name, (n_a, n_b) in zip(names, sides, strict=True)
        if n_a + n_b
    ]
    words = f"Values below their limit, of either side: {'; '.join(said)}."
    return (words,) if said else ()
