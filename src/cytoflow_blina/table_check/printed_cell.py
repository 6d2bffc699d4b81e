"""Read the cells of a printed table."""

from __future__ import annotations

import re
from dataclasses import replace

from cytoflow_blina.domain.printed_number import PrintedNumber, read_printed_number
from cytoflow_blina.table_check.table_model import Cell, Summary

MISSING = frozenset(
    {"", "-", "--", "na", "n/a", "n.a.", "nd", "n.d.", "ns", "n.s.", "."}
)
"""Texts, in lower case, that stand for no number."""

_SAME_CHARACTER = str.maketrans(
    {
        "−": "-",
        "–": "-",
        "—": "-",
        "‐": "-",
        "·": ".",
        "≤": "<",
        "≥": ">",
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "[": "(",
        "]": ")",
    }
)
_MARKS = re.compile(
    r"(?:[*#†‡§¶\^\s]|[\N{SUPERSCRIPT ONE}\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT THREE}]"
    r"|[\u1d43\u1d47\u1d9c\u1d48\u1d49]|(?<=[\d)%*#^])[a-c])+$"
)
"""Footnote marks at the end: signs, superscript figures and letters, or a, b, c."""
_BARE_POINT = re.compile(r"(?<![\d.])\.(?=\d)")
_POWER = re.compile(r"\s*[x×]\s*10\s*\^?\s*\(?(-?\d+)\)?$")
_SPACED_THOUSANDS = re.compile(
    r"(?<![\d.,])\d{1,3}(?:[\u00a0\u2009\u202f]\d{3})+(?!\d)"
)
_THOUSANDS = re.compile(r"(?<![\d.])(\d{1,3}(?:,\d{3})+)(?![\d,])")
_N = r"-?\d+(?:\.\d+)?"
_U = r"[<>]?\s*\d+(?:\.\d+)?"
_COUNT_PERCENT = re.compile(rf"(\d+)(?:\s*/\s*(\d+))?\s*\(\s*({_U})\s*%?\s*\)")
_PERCENT_COUNT = re.compile(rf"({_U})\s*%\s*\(\s*(\d+)(?:\s*/\s*(\d+))?\s*\)")
_PERCENT = re.compile(rf"\(?({_U})\s*%\)?")
_COUNT = re.compile(r"(\d+)(?:\s*/\s*(\d+))?")
_MEDIAN = re.compile(rf"({_N})\s*\(\s*({_N})\s*(?:-|to|,|;|\.\.)\s*({_N})\s*\)")
_RATE = re.compile(rf"({_U})\s*%?(?:\s*(?:±|\+/-|\+-)\s*({_U})\s*%?)?")
_ANY_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MEANS = re.compile(r"\bmean\b|\bsd\b|±", re.IGNORECASE)
_QUARTILES = re.compile(r"\biqr\b|quartile", re.IGNORECASE)
_MEDIANS = re.compile(r"\bmedian\b|\brange\b", re.IGNORECASE)
_PERCENT_FIRST = re.compile(r"%\s*[,(]?\s*(?:n|no\.?)(?:$|[\s)])", re.IGNORECASE)
_PERCENT_THEN_COUNT = re.compile(rf"({_U})\s*%?\s*\(\s*(\d+)\s*\)")
_MISSING_LABEL = re.compile(
    r"(?:missing|unknown|undetermined|unspecified|no data|n/?a\b|not (?:available|"
    r"reported|assessed|done|known|evaluable|tested|recorded|stated|measured))",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"(?:^|[\s,;(])(?:n|no\.?|number)(?:$|[\s,;)(%])", re.IGNORECASE)


def normalised(text: str) -> str:
    """Write a printed text with plain characters, without footnote marks.

    Parameters
    ----------
    text : str
        As printed.

    Returns
    -------
    str
        With hyphens for dashes, points for middle dots, round brackets for square ones,
        a nought before a bare point, and neither commas nor narrow blanks within
        thousands.
    """
    joined = _SPACED_THOUSANDS.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    plain = _MARKS.sub("", joined.translate(_SAME_CHARACTER)).strip()
    plain = _BARE_POINT.sub("0.", plain)
    return _THOUSANDS.sub(lambda found: found[1].replace(",", ""), plain)


def read_number(text: str) -> PrintedNumber | None:
    """Read one printed number.

    Parameters
    ----------
    text : str
        `0.004#`, `<0.001`, `< .001`, `P = 0.03`, `2.3 × 10-5`, `55.4`.

    Returns
    -------
    PrintedNumber or None
        None where the text is no number.
    """
    plain = re.sub(r"^[Pp]\s*(?=[<>=])", "", normalised(text))
    plain = _POWER.sub(r"e\1", plain)
    found = read_printed_number(plain.replace("%", ""))
    return None if found is None else replace(found, text=plain)


def read_rate(text: str) -> tuple[PrintedNumber | None, PrintedNumber | None]:
    """Read a rate with its standard error.

    Parameters
    ----------
    text : str
        `97.8 ± 2.2`, `97.8% +/- 2.2%`, `100%`.

    Returns
    -------
    tuple of (PrintedNumber or None, PrintedNumber or None)
        Rate and standard error; None for what is not there.
    """
    found = _RATE.fullmatch(normalised(text))
    if found is None:
        return None, None
    return read_number(found[1]), read_number(found[2]) if found[2] else None


def read_cell(text: str, summary: Summary = "", *, percent_first: bool = False) -> Cell:
    """Read one cell.

    Parameters
    ----------
    text : str
        `45 (55.4)`, `8/49 (16.3%)`, `72 (5-210)`, `12.1 ± 3.4`, `7`, `-`.
    summary : {"", "count", "median_range", "median_iqr", "mean_sd", "value"}
        What the row holds; empty to tell it from the cell.
    percent_first : bool, default False
        Whether `55 (41)` is 55 % of 41.

    Returns
    -------
    Cell
        What is not understood is counted in `n_others`, never dropped.
    """
    plain = normalised(text)
    if plain.lower() in MISSING:
        return Cell(text=text)
    if summary in {"mean_sd", "value"}:
        return _not_understood(text, plain)
    cell = _median_cell(plain)
    if cell is None and summary in {"", "count"}:
        cell = _percent_count_cell(plain) if percent_first else _count_cell(plain)
    return replace(cell, text=text) if cell else _not_understood(text, plain)


def is_missing_label(label: str) -> bool:
    """Say whether a row tells of how many nothing is known.

    Parameters
    ----------
    label : str
        `Missing`, `Not reported, n`, `Stage: unknown`.

    Returns
    -------
    bool
        True where it does.
    """
    return bool(_MISSING_LABEL.match(label.rpartition(":")[2].strip()))


def is_percent_first(label: str) -> bool:
    """Say whether the cells of a row print the percentage before the count.

    Parameters
    ----------
    label : str
        `Male, % (n)`.

    Returns
    -------
    bool
        True where the label says so.
    """
    return bool(_PERCENT_FIRST.search(label))


def guess_summary(label: str) -> Summary:
    """Tell from its label what a row holds.

    Parameters
    ----------
    label : str
        `Age, median (range)`, `Male, n (%)`.

    Returns
    -------
    {"", "count", "median_range", "median_iqr", "mean_sd"}
        Empty where the label does not say.
    """
    if _QUARTILES.search(label):
        return "median_iqr"
    if _MEDIANS.search(label):
        return "median_range"
    if _MEANS.search(label):
        return "mean_sd"
    return "count" if _COUNTS.search(label) else ""


def _not_understood(text: str, plain: str) -> Cell:
    """Count the numbers of a cell that nothing can be said of."""
    return Cell(text=text, n_others=len(_ANY_NUMBER.findall(plain)))


def _median_cell(plain: str) -> Cell | None:
    """Read `72 (5-210)`."""
    found = _MEDIAN.fullmatch(plain)
    if found is None:
        return None
    median, low, high = (read_number(found[group]) for group in (1, 2, 3))
    return Cell(median=median, low=low, high=high)


def _count_cell(plain: str) -> Cell | None:
    """Read `45 (55.4)`, `55.4% (41/74)`, `55.4%`, `41/74`, `41`."""
    if found := _COUNT_PERCENT.fullmatch(plain):
        return Cell(
            count=int(found[1]), n=_whole(found[2]), percent=read_number(found[3])
        )
    if found := _PERCENT_COUNT.fullmatch(plain):
        return Cell(
            count=int(found[2]), n=_whole(found[3]), percent=read_number(found[1])
        )
    if found := _PERCENT.fullmatch(plain):
        return Cell(percent=read_number(found[1]))
    if found := _COUNT.fullmatch(plain):
        return Cell(count=int(found[1]), n=_whole(found[2]))
    return None


def _percent_count_cell(plain: str) -> Cell | None:
    """Read `55.4 (41)`, a percentage before its count."""
    found = _PERCENT_THEN_COUNT.fullmatch(plain)
    if found is None:
        return _count_cell(plain) if "%" in plain else None
    return Cell(count=int(found[2]), percent=read_number(found[1]))


def _whole(text: str | None) -> int | None:
    """Read a whole number that may be absent."""
    return None if text is None else int(text)
