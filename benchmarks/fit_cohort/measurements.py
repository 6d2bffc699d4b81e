"""Draw immunoglobulins, cytokines, neutrophils and platelets as printed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fit_cohort.count_targets import NOTHING, Printed
from fit_cohort.rank_tests import FloatArray
from fit_cohort.small_search import (
    Cooling,
    anneal,
    exact_shift,
    misfit_of_summary,
    misfit_of_z,
    quick_group_z,
    quick_paired_z,
)


@dataclass(frozen=True)
class MeasuredTarget:
    """One analyte at two visits.

    Attributes
    ----------
    claim, analyte, unit : str
        Row of the study's claims, name and unit.
    before, after : tuple of str or None
        Median, minimum and maximum.
    p : str
        As printed; `>=0.05` where none is.
    direction : int
        1 for a rise, -1 for a fall, 0 where none is told.
    usual : float
        Where drawing starts.
    """

    claim: str
    analyte: str
    unit: str
    before: Printed
    after: Printed
    p: str
    direction: int
    usual: float


IMMUNOGLOBULINS = (
    MeasuredTarget(
        "ig.g", "IgG", "g/L",
        ("9.23", "2.28", "18.50"), ("7.05", "1.61", "18.00"), "0.0005", -1, 8.0,
    ),
    MeasuredTarget(
        "ig.a", "IgA", "g/L",
        ("0.78", "0.12", "2.39"), ("0.27", "0.03", "0.92"), "<0.0001", -1, 0.6,
    ),
    MeasuredTarget(
        "ig.m", "IgM", "g/L",
        ("0.41", "0.11", "1.31"), ("0.19", "0.01", "0.56"), "<0.0001", -1, 0.3,
    ),
)  # fmt: skip

CYTOKINES = (
    MeasuredTarget(
        "f3.il10", "IL-10", "pg/mL",
        ("2.4", "0.3", "8.3"), ("2.4", "0.3", "34.3"), "<0.0001", 1, 2.0,
    ),
    MeasuredTarget(
        "f3.il5", "IL-5", "pg/mL",
        ("2.7", "0.3", "9.6"), ("2.7", "0.5", "205.6"), "0.0006", 1, 2.7,
    ),
    MeasuredTarget(
        "f3.ifng", "IFN-g", "pg/mL",
        ("4.6", "1.0", "84.5"), ("12.3", "1.3", "328.3"), "0.003", 1, 6.0,
    ),
    MeasuredTarget(
        "f3.il2", "IL-2", "pg/mL",
        ("2.4", "0.5", "17.3"), ("2.4", "0.7", "22.8"), "0.001", 1, 2.0,
    ),
    *(
        MeasuredTarget(
            claim, analyte, "pg/mL", NOTHING, NOTHING, ">=0.05", 0, usual
        )
        for claim, analyte, usual in (
            ("f3.il6", "IL-6", 6.0),
            ("f3.il8", "IL-8", 12.0),
            ("f3.il1b", "IL-1b", 2.5),
            ("f3.il12p70", "IL-12p70", 2.2),
            ("f3.il17", "IL-17", 3.5),
            ("f3.tnfa", "TNF-a", 3.0),
            ("f3.ifna", "IFN-a", 2.6),
            ("f3.il4", "IL-4", 2.3),
        )
    ),
)  # fmt: skip

LIMITS = (2.44, 0.32)
"""Lower limits of the two kits, in pg/mL."""

BLOOD_CELLS = (("NEUTROPHILS", 1.8, 1.0), ("PLATELETS", 190.0, 10.0))
"""Name, usual count in 1e9/L and the scale it is rounded at."""


def fit_pairs(
    target: MeasuredTarget, limits: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Draw an analyte at two visits.

    Parameters
    ----------
    target : MeasuredTarget
        What is printed.
    limits : ndarray of float64, shape (n,)
        Lower limit of each one's assay; what is below becomes the limit.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Before and after, to two decimals.
    """
    n = limits.size
    low, high = _bounds(target, limits)
    logs = np.log(target.usual) + 0.6 * rng.normal(size=(n, 1)) + np.zeros((n, 2))
    logs[:, 1] += 0.3 * rng.normal(size=n) + 0.3 * target.direction
    logs = np.clip(logs, low, high)
    has_limit, is_exact = bool((limits > 0).any()), target.p.startswith("0")
    shift = 0.0

    def values_of(state: FloatArray) -> FloatArray:
        return np.maximum(np.round(np.exp(state), 2), limits[:, None])

    def change(state: FloatArray) -> None:
        row, visit = int(rng.integers(n)), int(rng.integers(2))
        kind = rng.random() if has_limit else rng.uniform(0.25, 1)
        size = (0.8, 0.2, 0.04)[int(rng.integers(3))]
        if kind < 0.15:
            state[row, visit] = state[row, 1 - visit]
        elif kind < 0.25:
            state[row, visit] = np.log(limits[row])
        elif kind < 0.35:
            state[row] += rng.normal() * 0.3
        else:
            state[row, visit] += rng.normal() * size
        state[row] = np.clip(state[row], low[row], high[row])

    def misfit(state: FloatArray) -> float:
        before, after = values_of(state).T
        total = misfit_of_summary(before, target.before)
        total += misfit_of_summary(after, target.after)
        z = quick_paired_z(before, after)
        return total + misfit_of_z(z, target.p, target.direction, shift)

    for _ in range(3):
        logs, _ = anneal(logs, change, misfit, rng, Cooling(9000, 0.6, 0.004))
        before, after = values_of(logs).T
        z = quick_paired_z(before, after)
        shift = exact_shift(z, before, after, "paired") if is_exact else 0.0
    return values_of(logs)


def _bounds(
    target: MeasuredTarget, limits: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give the logs of the least and the most that each may have, both (n, 2)."""
    low, high = np.zeros((limits.size, 2)), np.zeros((limits.size, 2))
    for visit, (_, least, most) in enumerate((target.before, target.after)):
        smallest = float(least or target.usual / 8)
        low[:, visit] = np.log(np.maximum(smallest, np.maximum(limits, 0.01)))
        high[:, visit] = np.log(float(most or target.usual * 12))
    return low, np.maximum(low, high)


def draw_blood_cells(
    usual: float, scale: float, high: NDArray[np.bool_], rng: np.random.Generator
) -> FloatArray:
    """Draw neutrophils or platelets whose change differs little between groups."""
    while True:
        before = usual * np.exp(0.5 * rng.normal(size=high.size))
        after = before * np.exp(-0.1 + 0.4 * rng.normal(size=high.size))
        pairs = np.round(np.column_stack([before, after]) * 10 / scale) * scale / 10
        change = pairs[:, 1] - pairs[:, 0]
        if abs(quick_group_z(change[high], change[~high])) < 1.2:
            return pairs
