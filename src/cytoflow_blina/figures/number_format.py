"""Round numbers for people; tables for machines keep every digit."""

from __future__ import annotations

import math

MISSING = "–"
"""Printed where a number is unknown; never 0."""

_NARROW_SPACE = "\u202f"


def format_count(count: float) -> str:
    """Write a number of events or of pairs.

    Parameters
    ----------
    count : float
        A whole number, or NaN.

    Returns
    -------
    str
        With thousands marked: `8,123`; a dash for NaN.

    Examples
    --------
    >>> format_count(8123)
    '8,123'
    """
    return MISSING if math.isnan(count) else f"{count:,.0f}"


def format_number(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, whole numbers in full.

    Parameters
    ----------
    value : float
        Any number; NaN gives a dash.
    digits : int, default 3
        Significant digits below that size.

    Returns
    -------
    str
        Without exponent down to 0.0001, with thousands marked and a true minus.

    Examples
    --------
    >>> format_number(757.3), format_number(12345.6), format_number(0.06249)
    ('757', '12,346', '0.0625')
    """
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if abs(value) < 1e-4:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    decimals = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    return f"{value:,.{decimals}f}".replace("-", "−")


def format_upper_bound(value: float) -> str:
    """Write an upper bound, rounded up to two significant digits.

    Parameters
    ----------
    value : float
        The bound; NaN gives a dash.

    Returns
    -------
    str
        `< 3.2`.

    Examples
    --------
    >>> format_upper_bound(3.121), format_upper_bound(0.02)
    ('< 3.2', '< 0.020')
    """
    if math.isnan(value):
        return MISSING
    if math.isinf(value) or value <= 0:
        return f"< {format_number(value)}"
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    # Not a reason to say 0.021: the last digits of 0.02 as a float are not zero.
    rounded = math.ceil(round(value / unit, 9)) * unit
    return f"< {format_number(rounded, 2)}"


def format_percent(value: float) -> str:
    """Write a percentage with its sign.

    Parameters
    ----------
    value : float
        0 to 100; NaN gives a dash.

    Returns
    -------
    str
        Three significant digits, a narrow space and the sign.

    Examples
    --------
    >>> format_percent(54.321).split()
    ['54.3', '%']
    """
    if math.isnan(value):
        return MISSING
    return f"{format_number(value)}{_NARROW_SPACE}%"


def format_interval(low: float, high: float) -> str:
    """Write the two ends of an interval.

    Parameters
    ----------
    low, high : float
        The ends, in one unit.

    Returns
    -------
    str
        With a dash between them, or with `to` where one is negative; empty
        where one is NaN.

    Examples
    --------
    >>> format_interval(710.2, 807.8), format_interval(-2.1, 3.5)
    ('710–808', '−2.10 to 3.50')
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    between = "–" if low >= 0 else " to "
    return f"{format_number(low)}{between}{format_number(high)}"


def format_p(p_value: float) -> str:
    """Write a P value as journals do.

    Parameters
    ----------
    p_value : float
        0 to 1; NaN gives a dash.

    Returns
    -------
    str
        Three decimals, four below 0.001.

    Examples
    --------
    >>> format_p(0.01634), format_p(0.00042), format_p(1e-7)
    ('0.016', '0.0004', '< 0.0001')
    """
    if math.isnan(p_value):
        return MISSING
    if p_value < 0.0001:
        return "< 0.0001"
    return f"{p_value:.4f}" if p_value < 0.001 else f"{p_value:.3f}"
