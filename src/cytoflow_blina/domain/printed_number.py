"""Hold a number as printed, and what may have been rounded to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_NUMBER = re.compile(r"([<>=]?)\s*([-\N{MINUS SIGN}]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)")


@dataclass(frozen=True)
class PrintedNumber:
    """A number as printed.

    Attributes
    ----------
    text : str
        What is printed, `55.4` or `<0.001`.
    relation : {"=", "<", ">"}
        What stands before the number; `≤` counts as `<`, `≥` as `>`.
    value : Fraction
        The number, exactly.
    digits : int
        Digits after the point, which say how far it was rounded.
    """

    text: str
    relation: str
    value: Fraction
    digits: int

    @property
    def half_unit(self) -> Fraction:
        """Half a unit of the last printed digit."""
        return Fraction(1, 2 * 10**self.digits)

    @property
    def lowest(self) -> Fraction:
        """Smallest value that can be printed so; rounding is half a unit either way."""
        return Fraction(0) if self.relation == "<" else self.value - self.half_unit

    @property
    def highest(self) -> Fraction | None:
        """Largest value that can be printed so; None where there is no limit."""
        return {"=": self.value + self.half_unit, "<": self.value}.get(self.relation)

    def fits(self, value: Fraction) -> bool:
        """Say whether a value can be printed so.

        Parameters
        ----------
        value : Fraction
            The exact value.

        Returns
        -------
        bool
            True where it lies within half a unit of the last digit, ends included;
            after `<` or `>`, on that side.

        Notes
        -----
        A half may go either way. Programs round it up or to even, and many round the
        binary number, which is below the half as often as above: 8.35 becomes 8.3.
        """
        if self.relation == ">":
            return value >= self.value
        return self.lowest <= value and (self.highest is None or value <= self.highest)

    def overlaps(self, other: PrintedNumber) -> bool:
        """Say whether one value can be printed both ways.

        Parameters
        ----------
        other : PrintedNumber
            The same quantity, printed elsewhere.

        Returns
        -------
        bool
            True where the two ranges have more than an end in common: 1.5 may print as
            1 or as 2, but not as both in one paper.
        """
        below = other.highest is None or self.lowest < other.highest
        return below and (self.highest is None or other.lowest < self.highest)


def read_printed_number(text: str) -> PrintedNumber | None:
    """Read a number with all its digits.

    Parameters
    ----------
    text : str
        `0.350`, `<0.001`, `-1.08`, `2.3e-5`; a true minus sign is understood.

    Returns
    -------
    PrintedNumber or None
        None where the text is no finite number.
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    number = found[2].replace("\N{MINUS SIGN}", "-")
    mantissa, _, power = number.lower().partition("e")
    digits = len(mantissa.partition(".")[2]) - int(power or 0)
    return PrintedNumber(text, found[1] or "=", Fraction(number), max(digits, 0))
