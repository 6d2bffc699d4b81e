"""Check printed survival against the number of subjects and events."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import comb, sqrt

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.printed_number import PrintedNumber
from cytoflow_blina.table_check.table_counts import Check
from cytoflow_blina.table_check.table_model import PrintedTable, Survival, number_key

FloatArray = NDArray[np.float64]

_MOST_COURSES = 200_000
_SLACK = 1e-9


def rates_printed_twice(table: PrintedTable) -> Iterator[Check]:
    """Compare the rates that several places print of one group.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each rate or standard error that an earlier place prints as well.
    """
    first: dict[tuple[str, str, str, str], tuple[str, PrintedNumber]] = {}
    for one in table.survival:
        for arm, rate, error in zip(one.arms, one.rates, one.errors, strict=True):
            for slot, number in (("rate", rate), ("standard error", error)):
                if number is None:
                    continue
                subject = (one.outcome, one.time, arm, slot)
                if subject not in first:
                    first[subject] = (one.place, number)
                    continue
                place, earlier = first[subject]
                message = ""
                if not number.overlaps(earlier):
                    message = f"{slot} {number.text} % here, {earlier.text} % at "
                    message += f"{place!r}."
                keys = (number_key(one.place, arm, slot), number_key(place, arm, slot))
                yield Check("printed twice", f"{one.place}, {arm}", keys, message)


def errors_of_rates(table: PrintedTable) -> Iterator[Check]:
    """Compare each standard error with the smallest that n allows.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each rate with standard error and n.

    Notes
    -----
    Greenwood's standard error is at least that of a proportion,
    sqrt(S (1 - S) / n): subjects who are censored add to it, never take away.
    """
    for one, index, arm, n in _arms(table):
        rate, error = one.rates[index], one.errors[index]
        if rate is None or error is None:
            continue
        low, high = _share(rate.lowest), _share(rate.value + rate.half_unit)
        least = 100 * min(sqrt(s * (1 - s) / n) for s in (low, high))
        message = ""
        if least > float(error.value + error.half_unit) + _SLACK:
            message = (
                f"the standard error of {rate.text} % in {n} is at least {least:.2f}, "
                f"printed {error.text}."
            )
        keys = tuple(number_key(one.place, arm, s) for s in ("rate", "standard error"))
        yield Check("standard error", f"{one.place}, {arm}", keys, message)


def events_told(table: PrintedTable) -> Iterator[Check]:
    """Compare the events that the text tells of with those that the rates need.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each number told and the comparison of its outcome that needs the most
        events; its groups have no subject in common.
    """
    for told in table.told:
        needed = [
            (sum(fewest), one, fewest)
            for one in table.survival
            if one.outcome == told.outcome
            for fewest in [_fewest_in_arms(one)]
            if fewest
        ]
        if not needed:
            continue
        most, one, fewest = max(needed, key=lambda item: item[0])
        message = ""
        if most > told.events:
            words = ", ".join(
                f"{arm} {_rate_words(one, index)} of {one.n[index]}: {fewest[index]}"
                for index, arm in enumerate(one.arms)
            )
            message = (
                f"{told.events} events are told, the rates at {one.place!r} need at "
                f"least {most} ({words})."
            )
        place = f"{told.where}: {told.outcome} events"
        keys = [number_key(place, "", "events")]
        keys += [number_key(one.place, arm, "rate") for arm in one.arms]
        yield Check("events", place, tuple(keys), message)


def p_of_nested_comparisons(table: PrintedTable) -> Iterator[Check]:
    """Look for one P printed for a comparison and for one of more groups.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        For equal P values alone: that they differ proves nothing. A note, since a
        log-rank P cannot be recomputed from print. `P < 0.001` and `P = 1.000` are
        shared by many comparisons and not looked at.
    """
    for one, other in combinations(table.survival, 2):
        few, many = sorted((one, other), key=lambda entry: len(entry.arms))
        is_nested = set(few.arms) < set(many.arms)
        same = (one.outcome, one.time) == (other.outcome, other.time)
        if not (is_nested and same and few.p and many.p) or not _is_telling(few.p):
            continue
        if few.p.value != many.p.value or few.p.relation != many.p.relation:
            continue
        more = ", ".join(sorted(set(many.arms) - set(few.arms)))
        message = (
            f"P {few.p.text} of {' v '.join(few.arms)} is also that of {many.place!r}, "
            f"where {more} is compared as well: it can hardly be of both."
        )
        keys = (number_key(few.place, "", "P"), number_key(many.place, "", "P"))
        yield Check("P printed twice", few.place, keys, message, "note")


def p_of_one_comparison(table: PrintedTable) -> Iterator[Check]:
    """Compare the P values that several places print of the same groups.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    Check
        One for each pair of places.
    """
    for one, other in combinations(table.survival, 2):
        is_same = (one.outcome, one.time, set(one.arms)) == (
            other.outcome,
            other.time,
            set(other.arms),
        )
        if not is_same or one.p is None or other.p is None:
            continue
        message = ""
        if not one.p.overlaps(other.p):
            message = f"P {other.p.text} here, P {one.p.text} at {one.place!r}."
        keys = (number_key(one.place, "", "P"), number_key(other.place, "", "P"))
        yield Check("P printed twice", other.place, keys, message)


def fewest_events(n: int, rate: PrintedNumber, error: PrintedNumber | None) -> int:
    """Find how many events a Kaplan-Meier rate needs at least.

    Parameters
    ----------
    n : int
        Subjects at the start, 1 or more.
    rate, error : PrintedNumber or None
        The rate and its standard error (Greenwood), in percent, as printed.

    Returns
    -------
    int
        The smallest number of events for which some censoring gives both numbers;
        where there are too many courses to try them all, the first number that is not
        excluded.
    """
    for n_events in range(n + 1):
        if comb(n, n_events) > _MOST_COURSES:
            return n_events
        rates, errors = _courses(n, n_events)
        fits = _within(rates, rate)
        if error is not None:
            fits &= _within(errors, error)
        if fits.any():
            return n_events
    return 0


def _courses(n: int, n_events: int) -> tuple[FloatArray, FloatArray]:
    """Compute rate and standard error, in percent, for every way to be censored.

    Each event happens among fewer at risk than the one before. ndarray of float64,
    shape (n_courses,) each; the error of a rate of 0 is 0, as it is printed.
    """
    ways = list(combinations(range(1, n + 1), n_events))
    at_risk = np.array(ways, dtype=np.float64).reshape(len(ways), n_events)
    rates = np.prod(1 - 1 / at_risk, axis=1)
    steps = at_risk * (at_risk - 1)
    relative = np.divide(1, steps, out=np.zeros_like(steps), where=steps > 0)
    return 100 * rates, 100 * rates * np.sqrt(relative.sum(axis=1))


def _within(values: FloatArray, printed: PrintedNumber) -> NDArray[np.bool_]:
    """Say which values print so, shape (n_values,)."""
    half = float(printed.half_unit) + _SLACK
    is_near: NDArray[np.bool_] = np.abs(values - float(printed.value)) <= half
    return is_near


def _fewest_in_arms(one: Survival) -> list[int]:
    """List the fewest events of each arm; empty where an arm has no rate or n."""
    found = []
    for n, rate, error in zip(one.n, one.rates, one.errors, strict=True):
        if n is None or rate is None:
            return []
        found.append(fewest_events(n, rate, error))
    return found


def _arms(table: PrintedTable) -> Iterator[tuple[Survival, int, str, int]]:
    """List the arms of which n is known."""
    for one in table.survival:
        for index, (arm, n) in enumerate(zip(one.arms, one.n, strict=True)):
            if n is not None:
                yield one, index, arm, n


def _rate_words(one: Survival, index: int) -> str:
    """Write a rate as printed."""
    rate, error = one.rates[index], one.errors[index]
    words = [number.text for number in (rate, error) if number is not None]
    return " ± ".join(words)


def _share(percent: Fraction) -> float:
    """Write a percentage as a share, 0 to 1."""
    return min(1.0, max(0.0, float(percent) / 100))


def _is_telling(p: PrintedNumber) -> bool:
    """Say whether equal P values are more than a limit or a bound in common."""
    return p.relation == "=" and p.value < 1 - p.half_unit
