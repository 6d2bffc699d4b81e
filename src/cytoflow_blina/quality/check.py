"""Judge a measured value by its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
from typing import Generic, TypeVar

from cytoflow_blina.domain.finding import CheckLimits, Verdict

Measurements = TypeVar("Measurements")


@dataclass(frozen=True)
class Measured:
    """What a check measured.

    Attributes
    ----------
    value : float
        NaN where it could not be measured.
    message : str
        In a sentence, for a person.
    counting_error : float
        A smaller value is explained by counting alone, and does not fail.
    is_noise : bool
        Whether a difference was looked for, and none beyond chance was seen: it passes.
    too_few : str
        Why a value outside its limits tells nothing, in a sentence: too few events
        make it. It is then not measured; empty where it does tell.
    verdict : Verdict or None
        The outcome where no number tells it: beads that ought to be there and are not.
    """

    value: float
    message: str
    counting_error: float = 0.0
    is_noise: bool = False
    too_few: str = ""
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Check(Generic[Measurements]):
    """One quality check.

    Attributes
    ----------
    code : str
        Its name in `qc.csv` and in the limits document: `QC_LYMPHOSUM`.
    unit : str
        Unit of value and limits.
    measure : callable
        Takes the measurements; returns None where the check does not apply.
    """

    code: str
    unit: str
    measure: Callable[[Measurements], Measured | None]


def judge(measured: Measured, limits: CheckLimits) -> Verdict:
    """Judge a value.

    Parameters
    ----------
    measured : Measured
        The value.
    limits : CheckLimits
        Their ends belong to the better side.

    Returns
    -------
    Verdict
        `NOT_MEASURED` for NaN, and for a value outside the limits that too few events
        make. A value beyond the failing limits that counting alone explains warns, or
        passes where it is a difference that is all noise.
    """
    value = measured.value
    if measured.verdict is not None:
        return measured.verdict
    if isnan(value):
        return Verdict.NOT_MEASURED
    if measured.is_noise:
        return Verdict.PASS
    is_failing = _is_outside(value, limits.fail_low, limits.fail_high)
    is_warning = _is_outside(value, limits.pass_low, limits.pass_high)
    if measured.too_few and (is_failing or is_warning):
        return Verdict.NOT_MEASURED
    if is_failing:
        is_noise = abs(value) < measured.counting_error
        return Verdict.WARN if is_noise else Verdict.FAIL
    return Verdict.WARN if is_warning else Verdict.PASS


def message_of(measured: Measured, verdict: Verdict) -> str:
    """Say what was measured, and why it was not judged where it was not.

    Parameters
    ----------
    measured : Measured
        The value.
    verdict : Verdict
        What `judge` says of it.

    Returns
    -------
    str
        One sentence or two.
    """
    if verdict == Verdict.NOT_MEASURED and measured.too_few:
        return f"{measured.message} {measured.too_few}"
    return measured.message


def limits_in_words(limits: CheckLimits) -> str:
    """Write limits for a person.

    Parameters
    ----------
    limits : CheckLimits
        The limits.

    Returns
    -------
    str
        `pass 95 to 105, fail below 90 or above 110`; `no limits` where there is none.
    """
    passes = {
        (False, False): "",
        (True, False): f"pass from {_number(limits.pass_low)}",
        (False, True): f"pass up to {_number(limits.pass_high)}",
        (True, True): f"pass {_number(limits.pass_low)} to {_number(limits.pass_high)}",
    }[limits.pass_low is not None, limits.pass_high is not None]
    ends = [
        f"{word} {_number(end)}"
        for word, end in (("below", limits.fail_low), ("above", limits.fail_high))
        if end is not None
    ]
    fails = f"fail {' or '.join(ends)}" if ends else ""
    return ", ".join(part for part in (passes, fails) if part) or "no limits"


def _is_outside(value: float, low: float | None, high: float | None) -> bool:
    """Tell whether a value lies outside limits, whose ends are inside."""
    return (low is not None and value < low) or (high is not None and value > high)


def _number(value: float | None) -> str:
    """Write a limit without needless digits."""
    return "" if value is None else f"{value:g}"
