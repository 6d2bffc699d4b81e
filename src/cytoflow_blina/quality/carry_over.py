"""Measure what another sample left in the first seconds of a tube."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from cytoflow_blina.domain.events import BoolArray, FloatArray

FIRST_S = 2.0
"""Carry-over leaves the tubing in the first two seconds (design choice)."""

_BIN_S = 0.5
_FIRST_BINS = round(FIRST_S / _BIN_S)
_SHORTEST_S = 5 * FIRST_S
_LONGEST_S = 86_400.0
_FEWEST_EXPECTED = 10.0
_TRIMMED = 0.25
_CHANCE = 1e-4


@dataclass(frozen=True)
class CarryOver:
    """Events that came with the first two seconds and not later.

    Attributes
    ----------
    percent : float
        In percent of all events; NaN where not measured.
    by_chance : bool
        Whether counting alone explains how the first two seconds differ.
    problem : str
        Why it was not measured; empty where it was.
    is_by_order : bool
        Whether the first tenth of the events stood for the first two seconds, as Time
        could not be used.
    """

    percent: float = nan
    by_chance: bool = False
    problem: str = "the first seconds were not looked at"
    is_by_order: bool = False


def measure_carry_over(time_s: FloatArray, kinds: NDArray[np.intp]) -> CarryOver:
    """Compare what came in the first two seconds with the rest of the run.

    Parameters
    ----------
    time_s : ndarray of float64, shape (n_events,)
        Time in seconds; must be usable (`measure_time`).
    kinds : ndarray of intp, shape (n_events,)
        Kind of each event: 0 for debris, then beads and kinds of leukocytes.

    Returns
    -------
    CarryOver
        With the reason where the run is shorter than 10 s or longer than a day, or
        holds fewer events than half seconds.

    Notes
    -----
    Another blood has another mixture, so that some kinds are more frequent in the first
    two seconds, judged by the kinds that are not. Those in excess are counted, but for
    debris, which bubbles bring too. What is usual is the trimmed mean over the half
    seconds of the rest, which clogs and bubbles leave as it is. The excess is chance
    where a chi-squared test of the two mixtures gives P > 0.0001. A sample whose
    mixture equals that of the one before cannot be seen. The interval and the formula
    are a design choice; carry-over proper is measured with a series of high and low
    samples, as part of the care of the instrument.
    """
    since_start = time_s - time_s.min()
    problem = _problem(since_start)
    if problem:
        return CarryOver(problem=problem)
    first, usual, n_bins = _first_and_usual(since_start, kinds)
    is_large = usual >= _FEWEST_EXPECTED
    if np.count_nonzero(is_large) < 2:
        return CarryOver(problem="the first seconds hold too few events to compare")
    overall = first[is_large].sum() / usual[is_large].sum()
    is_rare = is_large & (first <= overall * usual)
    factor = first[is_rare].sum() / usual[is_rare].sum()
    excess = np.where(is_large & ~is_rare, first - factor * usual, 0.0)
    excess[0] = 0.0
    p_value = _p_value(first[is_large], usual[is_large], _FIRST_BINS / n_bins)
    return CarryOver(
        float(100 * excess.sum() / kinds.size), p_value > _CHANCE, problem=""
    )


def early_excess(time_s: FloatArray, population: BoolArray) -> float:
    """Count the events of a population that came with the first two seconds alone.

    Parameters
    ----------
    time_s : ndarray of float64, shape (n_events,)
        Time in seconds; must be usable (`measure_time`).
    population : ndarray of bool, shape (n_events,)
        Its events.

    Returns
    -------
    float
        Events beyond the usual number of two seconds and its counting noise; 0
        where there are none, and where `measure_carry_over` finds the run too short or
        too long.
    """
    since_start = time_s - time_s.min() if time_s.size else time_s
    if not time_s.size or _problem(since_start):
        return 0.0
    first, usual, _ = _first_and_usual(since_start, population.astype(np.intp))
    if usual.size < 2:
        return 0.0
    excess = float(first[1] - usual[1])
    return max(0.0, excess - float(np.sqrt(max(usual[1], 1.0))))


def _problem(since_start: FloatArray) -> str:
    """Say why half seconds of a run cannot be compared; empty where they can."""
    duration = float(since_start.max())
    if duration < _SHORTEST_S:
        return (
            f"a run of {duration:.3g} s has too little rest beside its first "
            f"{FIRST_S:g} s"
        )
    if duration > _LONGEST_S:
        return f"Time says that the run took {duration:.3g} s, longer than a day"
    if duration / _BIN_S > since_start.size:
        return f"{since_start.size} events in {duration:.3g} s are too few to compare"
    return ""


def _first_and_usual(
    since_start: FloatArray, kinds: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, int]:
    """Count each kind in the first seconds and, usually, in as many of the rest.

    Returns
    -------
    first, usual : ndarray of float64, shape (n_kinds,)
        Events.
    n_bins : int
        Bins from which the usual was taken.
    """
    n_kinds = int(kinds.max()) + 1
    n_bins = int(since_start.max() // _BIN_S)
    bins = (since_start / _BIN_S).astype(np.intp)
    counts = np.bincount(bins * n_kinds + kinds, minlength=(n_bins + 1) * n_kinds)
    table = counts.reshape(-1, n_kinds)[:n_bins].astype(np.float64)
    rest = np.sort(table[_FIRST_BINS:], axis=0)
    cut = int(_TRIMMED * len(rest))
    usual = _FIRST_BINS * rest[cut : len(rest) - cut].mean(axis=0)
    return table[:_FIRST_BINS].sum(axis=0), usual, len(rest)


def _p_value(first: FloatArray, usual: FloatArray, share: float) -> float:
    """Test whether the first seconds have the usual mixture.

    Parameters
    ----------
    first, usual : ndarray of float64, shape (n_kinds,)
        Events.
    share : float
        First seconds over those from which the usual was taken.

    Returns
    -------
    float
        P of a chi-squared test.
    """
    expected = usual * first.sum() / usual.sum()
    variance = expected * (1 + first.sum() / usual.sum() * share)
    return float(chi2.sf(((first - expected) ** 2 / variance).sum(), first.size - 1))
