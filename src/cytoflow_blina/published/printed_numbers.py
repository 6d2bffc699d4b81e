"""Compare computed numbers with those a paper prints, at the printed digits."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite

from cytoflow_blina.domain.printed_number import PrintedNumber, read_printed_number

_DIGITS = 12
"""Digits of a computed number that are no noise of its computation."""

_FEWEST_DECIMALS_OF_P = 4


def prints_as(value: float | Fraction, printed: str) -> bool:
    """Whether a number, rounded to the printed digits, is the printed one.

    Parameters
    ----------
    value : float or Fraction
        The computed number.
    printed : str
        The printed one; its decimals say how far it was rounded.

    Returns
    -------
    bool
        True within half a unit of the last printed digit, a half either way (see
        `PrintedNumber.fits`). False for NaN and infinity.

    Raises
    ------
    ValueError
        Where `printed` is no number.

    Examples
    --------
    >>> prints_as(0.00141, "0.001"), prints_as(0.00141, "0.0010")
    (True, False)
    """
    target = _number(printed)
    return isfinite(value) and target.fits(Fraction(f"{float(value):.{_DIGITS}g}"))


def p_prints_as(p_value: float, printed: str, op: str = "=") -> bool:
    """Whether a P value is the printed one, or below a printed bound.

    Parameters
    ----------
    p_value : float
        The computed P.
    printed : str
        The printed P, or the bound.
    op : {"=", "<"}, default "="
        Sign before the printed number.

    Returns
    -------
    bool
        False for NaN.

    Raises
    ------
    ValueError
        Where `printed` is no number, or for another sign.
    """
    if op == "=":
        return prints_as(p_value, printed)
    if op != "<":
        raise ValueError(f"a P value is printed after '=' or '<', found {op!r}")
    return p_value < printed_value(printed)


def printed_value(printed: str) -> Fraction:
    """Take a printed number exactly.

    Parameters
    ----------
    printed : str
        `0.350`, `98.6`; a true minus sign is understood.

    Returns
    -------
    Fraction
        The number.

    Raises
    ------
    ValueError
        Where it is no finite number, or stands after a sign such as `<`.
    """
    return _number(printed).value


def _number(printed: str) -> PrintedNumber:
    """Read a printed number without sign of relation."""
    number = read_printed_number(printed)
    if number is None or printed.strip()[:1] in {"<", ">", "="}:
        raise ValueError(f"{printed!r} is no number")
    return number


def p_words(p_value: float) -> str:
    """Write a P value with enough digits to be compared with a printed one.

    Parameters
    ----------
    p_value : float
        P; NaN where it is not defined.

    Returns
    -------
    str
        `0.3173`, `0.00033`, `4.3e-13`, `not defined`.
    """
    if not isfinite(p_value):
        return "not defined"
    if p_value >= 0.001:
        return f"{p_value:.{_FEWEST_DECIMALS_OF_P}f}"
    return f"{p_value:.2g}"


def share_words(n: float, total: float) -> str:
    """Write a percentage with its counts.

    Parameters
    ----------
    n, total : float
        Those counted, and all.

    Returns
    -------
    str
        `9/11 = 81.82 %`; without a percentage where the total is 0.
    """
    words = f"{n:g}/{total:g}"
    return f"{words} = {100 * n / total:.2f} %" if total else words
