"""Make the subjects: what the start table tells, indications and ages."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fit_cohort.rank_tests import FloatArray
from fit_cohort.small_search import (
    Cooling,
    anneal,
    exact_shift,
    misfit_of_summary,
    misfit_of_z,
    quick_group_z,
)

START = Path(__file__).parent / "start"

AGE_TARGETS = {
    "all": ("72", "5", "210"),
    "high": ("69", "5", "208"),
    "negative": ("73.5", "5", "210"),
    "cr": ("72.5", "6", "208"),
    "nr": ("64", "5", "152"),
    "icans": ("160.5", "69", "210"),
    # The study prints a maximum of 212 months in a cohort that ends at 210.
    "no icans": ("73", "5", None),
}
"""Median, minimum and maximum in months; `no icans` counts cycles, not children."""

_AGE_TESTS = (
    ("t1.age", "high", "negative", "0.593", -1),
    ("t2.age", "cr", "nr", "0.539", 1),
    ("t3.icans_age", "icans", "no icans", "0.014", 1),
)
_OLDEST = 210
_N_RELAPSED = 23
_N_MRD_POSITIVE = 21


@dataclass(frozen=True)
class Start:
    """Rows of the start table, with the masks that every step needs."""

    rows: tuple[dict[str, str], ...]

    def column(self, name: str) -> NDArray[np.str_]:
        """One column."""
        return np.array([row[name] for row in self.rows])

    @property
    def ids(self) -> list[str]:
        """Pseudonyms, in order."""
        return [row["subject_id"] for row in self.rows]

    @property
    def high(self) -> NDArray[np.bool_]:
        """R/R or CR-MRDpos at the first cycle."""
        return np.asarray(self.column("status_first_cycle") != "CRMRDNEG")


def read_start() -> Start:
    """Read the start table of the subjects."""
    with (START / "subjects.csv").open(encoding="utf-8", newline="") as file:
        return Start(tuple(csv.DictReader(file)))


def indications(start: Start) -> list[str]:
    """Say why each child was treated: 23 relapses, 7 failures, 21 and 54 others."""
    found = []
    n_relapsed = n_positive = 0
    for row in start.rows:
        if row["group3"] == "RR":
            n_relapsed += 1
            found.append(
                "relapse" if n_relapsed <= _N_RELAPSED else "induction_failure"
            )
        elif row["group3"] == "CRMRDPOS":
            n_positive += 1
            is_first = n_positive <= _N_MRD_POSITIVE
            found.append("mrd_positive" if is_first else "chemotherapy_delay")
        else:
            found.append("chemotherapy_delay")
    return found


def fit_ages(
    start: Start,
    n_cycles: NDArray[np.int64],
    icans: Sequence[str],
    rng: np.random.Generator,
) -> FloatArray:
    """Draw ages in whole months that meet every printed median, range and P."""
    groups = _age_groups(start, n_cycles, icans)
    high = start.high
    cr, nr = (start.column("responded") == text for text in ("true", "false"))

    with_icans = np.isin(start.ids, list(icans))

    def change(ages: FloatArray) -> None:
        child = int(rng.integers(ages.size))
        if rng.random() < 0.15:
            # Swaps within a group change the ages of cycles alone.
            same = (high == high[child]) & (nr == nr[child])
            same &= with_icans == with_icans[child]
            other = int(rng.choice(np.flatnonzero(same)))
            ages[[child, other]] = ages[[other, child]]
            return
        step = rng.normal() * (40, 8, 1.5)[int(rng.integers(3))]
        least = 6 if cr[child] else 5
        most = 152 if nr[child] else 208 if high[child] else _OLDEST
        ages[child] = np.clip(np.rint(ages[child] + step), least, most)

    ages: FloatArray = np.clip(
        np.rint(72 * np.exp(0.7 * rng.normal(size=high.size))), 6, 150
    )
    shifts = dict.fromkeys((name for name, *_ in _AGE_TESTS), 0.0)
    for n_steps, warmest in ((20_000, 3.0), (12_000, 0.5), (12_000, 0.1)):

        def misfit(values: FloatArray) -> float:
            total = sum(
                misfit_of_summary(values[groups[name]], printed)
                for name, printed in AGE_TARGETS.items()
            )
            for name, first, second, p, direction in _AGE_TESTS:
                z = quick_group_z(values[groups[first]], values[groups[second]])
                total += misfit_of_z(z, p, direction, shifts[name])
            return total

        ages, _ = anneal(ages, change, misfit, rng, Cooling(n_steps, warmest, 0.005))
        for name, first, second, _, _ in _AGE_TESTS:
            a, b = ages[groups[first]], ages[groups[second]]
            shifts[name] = exact_shift(quick_group_z(a, b), a, b, "groups")
    return ages


def _age_groups(
    start: Start, n_cycles: NDArray[np.int64], icans: Sequence[str]
) -> dict[str, NDArray[np.int64]]:
    """Children of each group by number; cycles of a child repeat its number."""
    numbers = np.arange(len(start.rows))
    with_icans = np.isin(start.ids, list(icans))
    return {
        "all": numbers,
        "high": numbers[start.high],
        "negative": numbers[~start.high],
        "cr": numbers[start.column("responded") == "true"],
        "nr": numbers[start.column("responded") == "false"],
        "icans": numbers[with_icans],
        "no icans": np.repeat(numbers, n_cycles - with_icans),
    }
