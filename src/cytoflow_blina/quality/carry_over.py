"""Measure what another sample left in the first seconds of a tube."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from cytoflow_blina.domain.events import FloatArray

FIRST_S = 2.0
"""Carry-over leaves the tubing in the first two seconds (design choice)."""

_SHORTEST_S = 3 * FIRST_S
_FEWEST_EXPECTED = 5.0
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
    """

    percent: float = nan
    by_chance: bool = False
    problem: str = "the first seconds were not looked at"


def measure_carry_over(time_s: FloatArray, kinds: NDArray[np.intp]) -> CarryOver:
    """Compare what came in the first two seconds with the rest of the run.

    Parameters
    ----------
    time_s : ndarray of float64, shape (n_events,)
        Time in seconds; must be usable (`measure_time`).
    kinds : ndarray of intp, shape (n_events,)
        Kind of each event, from 0: debris, beads, kinds of leukocytes.

    Returns
    -------
    CarryOver
        With the reason where the run is too short to have a rest.

    Notes
    -----
    Another blood has another mixture, so that some kinds are more frequent in the first
    two seconds, judged by the kinds that are less so. Those in excess are counted. They
    are chance where a chi-squared test of the two mixtures gives P > 0.0001. A sample
    whose mixture equals that of the one before cannot be seen. The interval and the
    formula are a design choice; carry-over proper is measured with a series of high and
    low samples, as part of the care of the instrument.
    """
    since_start = time_s - time_s.min()
    duration = float(since_start.max())
    if duration < _SHORTEST_S:
        return CarryOver(
            problem=f"the run of {duration:.3g} s has no rest beside its first "
            f"{FIRST_S:g} s"
        )
    n_kinds = int(kinds.max()) + 1
    is_first = since_start < FIRST_S
    first = np.bincount(kinds[is_first], minlength=n_kinds).astype(np.float64)
    rest = np.bincount(kinds[~is_first], minlength=n_kinds).astype(np.float64)
    share = first.sum() / (first.sum() + rest.sum())
    seen = np.minimum((first + rest) * share, (first + rest) * (1 - share))
    is_large = seen >= _FEWEST_EXPECTED
    first, rest = first[is_large], rest[is_large]
    if first.size < 2:
        return CarryOver(problem="the first seconds hold too few events to compare")
    p_value = float(stats.chi2_contingency(np.array([first, rest])).pvalue)
    ratio = first / rest
    is_rare = ratio <= first.sum() / rest.sum()
    usual = first[is_rare].sum() / rest[is_rare].sum()
    excess = float((first - usual * rest)[~is_rare].sum())
    return CarryOver(100 * excess / kinds.size, p_value > _CHANCE, "")
