"""Compare computed numbers with those a paper prints, at the printed digits."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import isfinite

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
        True where rounding half up or half to even gives the printed digits: programs
        differ in it. False for NaN and infinity.

    Raises
    ------
    ValueError
        Where `printed` is no number.

    Examples
    --------
    >>> prints_as(0.00141, "0.001"), prints_as(0.00141, "0.0010")
    (True, False)
    """
    target = printed_decimal(printed)
    if not isfinite(value):
        return False
    exact = Decimal(f"{float(value):.{_DIGITS}g}")
    step = Decimal(1).scaleb(min(int(target.as_tuple().exponent), 0))
    return target in {
        exact.quantize(step, rounding) for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN)
    }


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
    # NaN cannot be compared with a Decimal.
    return isfinite(p_value) and p_value < printed_decimal(printed)


def printed_decimal(printed: str) -> Decimal:
    """Read a printed number with all its digits.

    Parameters
    ----------
    printed : str
        `0.350`, `98.6`; a true minus sign is understood.

    Returns
    -------
    Decimal
        With the decimals that are printed.

    Raises
    ------
    ValueError
        Where it is no finite number.
    """
    try:
        number = Decimal(printed.strip().replace("\N{MINUS SIGN}", "-"))
    except ArithmeticError as error:
        raise ValueError(f"{printed!r} is no number") from error
    if not number.is_finite():
        raise ValueError(f"{printed!r} is no finite number")
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
