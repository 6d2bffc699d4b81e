"""Anneal small vectors towards printed medians, ranges and P values."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fit_cohort.count_model import tolerance, z_limits
from fit_cohort.count_targets import Printed
from fit_cohort.rank_tests import (
    FloatArray,
    exact_group_p,
    exact_paired_p,
    z_of_p,
)


@dataclass(frozen=True)
class Cooling:
    """Length and temperatures of a search."""

    n_steps: int
    warmest: float = 2.0
    coldest: float = 0.02


def anneal(
    start: FloatArray,
    change: Callable[[FloatArray], None],
    misfit: Callable[[FloatArray], float],
    rng: np.random.Generator,
    cooling: Cooling,
) -> tuple[FloatArray, float]:
    """Walk from a start, and give the best values met with their misfit.

    `change` alters a copy in place; a misfit of infinity is never accepted.
    """
    current, weight = start.copy(), misfit(start)
    best, best_weight = current.copy(), weight
    for temperature in np.geomspace(cooling.warmest, cooling.coldest, cooling.n_steps):
        candidate = current.copy()
        change(candidate)
        candidate_weight = misfit(candidate)
        rise = candidate_weight - weight
        if rise <= 0 or rng.random() < np.exp(-rise / temperature):
            current, weight = candidate, candidate_weight
            if weight < best_weight:
                best, best_weight = current.copy(), weight
        if best_weight == 0:
            break
    return best, best_weight


def misfit_of_summary(values: FloatArray, printed: Printed) -> float:
    """Sum how far median, minimum and maximum are from print."""
    found = (float(np.median(values)), float(values.min()), float(values.max()))
    total = 0.0
    for value, text in zip(found, printed, strict=True):
        if text is not None:
            half = tolerance(text)
            beyond = max(abs(value - float(text)) - 0.9 * half, 0.0)
            scale = max(0.06 * abs(float(text)), 2 * half)
            total += 4 * np.log1p(beyond / scale / 4)
    return float(total)


def misfit_of_z(z: float, p: str, direction: int, shift: float = 0.0) -> float:
    """How far a deviate is from those that print as this P."""
    low, high = z_limits(p, direction)
    if direction == 0 and not p.startswith(">="):
        z = abs(z)
    beyond = max(low + shift - z, z - high - shift, 0.0)
    return float(8 * np.log1p(beyond / 0.08 / 8))


def quick_group_z(first: FloatArray, second: FloatArray) -> float:
    """Signed deviate of Mann and Whitney's test, normal with the variance of the ties.

    Positive where the first group is larger.
    """
    n_a, n = first.size, first.size + second.size
    _, place, counts = np.unique(
        np.concatenate([first, second]), return_inverse=True, return_counts=True
    )
    ranks = np.cumsum(counts) - (counts - 1) / 2
    above = ranks[place[:n_a]].sum() - n_a * (n + 1) / 2
    ties = float((counts**3 - counts).sum())
    variance = n_a * second.size / 12 * (n + 1 - ties / (n * (n - 1)))
    return float(above / np.sqrt(variance))


def quick_paired_z(before: FloatArray, after: FloatArray) -> float:
    """Signed deviate of Wilcoxon's test, normal with the variance of the ties."""
    change = np.round(after - before, 9)
    change = change[change != 0]
    if change.size == 0:
        return 0.0
    size, group = np.unique(np.abs(change), return_inverse=True)
    counts = np.bincount(group, minlength=size.size)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[group]
    spread = np.sqrt((ranks**2).sum()) / 2
    return float((ranks * np.sign(change)).sum() / 2 / spread)


def exact_shift(z: float, first: FloatArray, second: FloatArray, kind: str) -> float:
    """How far the quick deviate of a contrast is from the exact one."""
    p = (exact_paired_p if kind == "paired" else exact_group_p)(first, second)
    return z - float(np.copysign(z_of_p(max(p, 1e-300)), z))


def bools(texts: NDArray[np.str_] | list[str]) -> NDArray[np.bool_]:
    """Read `true` and anything else."""
    return np.array([text == "true" for text in texts], dtype=np.bool_)
