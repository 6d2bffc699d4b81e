"""Weigh how far candidate cohorts of counts are from what the study prints."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from fit_cohort.count_targets import (
    ANALYTES,
    EXCLUDED,
    GROUPS,
    PAIRED,
    GroupTarget,
    PairedTarget,
    Printed,
)
from fit_cohort.rank_tests import (
    FloatArray,
    group_z,
    paired_z,
    rank_sum_deviates,
    ranks_of,
    signed_rank_deviates,
    z_of_p,
)

BASE = 5
"""CD3, CD4, CD8, NK and CD19 are drawn, the other analytes follow."""

DOUBLE_POSITIVE = 0.01
"""Share of the CD3+ cells."""

_HEADLINES = ("f1.cd3_abs", "f1.cd4_abs", "f1.cd8_abs", "f1.nk_abs", "d21.cd3")
_HEADLINE = 4.0
"""Weight of the P values that matter most: of the abstract, and of CD3 by day 28."""

_ROBUST = ("CD3", "CD4", "CD8", "NK", "CD19")
_NOISE = 0.04
_EVENTS_PER_CELL = 1e4
"""Events for each 1e9/L: ten for each cell/uL."""

_DEAD_ZONE = 0.42
"""Share of the last printed digit that is as good as none."""


@dataclass(frozen=True)
class Layout:
    """Who is who among the people of the counts.

    Attributes
    ----------
    n_pairs : int
        The first so many people have both visits, the rest the first alone.
    high : ndarray of bool, shape (n_pairs,)
        R/R + CR-MRDpos.
    long : ndarray of bool, shape (n_pairs,)
        Infused for 21 or 28 days.
    cr, nr : ndarray of int64, shape (n_cr,) and (n_nr,)
        Responders and non-responders of the 51, by number.
    negative, positive : ndarray of int64, shape (n,)
        Those of the 51 who became MRD-negative, and those who did not.
    """

    n_pairs: int
    high: NDArray[np.bool_]
    long: NDArray[np.bool_]
    cr: NDArray[np.int64]
    nr: NDArray[np.int64]
    negative: NDArray[np.int64]
    positive: NDArray[np.int64]

    @cached_property
    def subsets(self) -> dict[str, NDArray[np.bool_]]:
        """Pairs of each subset, by its name in the targets."""
        return {
            "all": np.ones(self.n_pairs, dtype=np.bool_),
            "14d": ~self.long,
            "21/28d": self.long,
        }


def derive(counts: FloatArray) -> FloatArray:
    """Add lymphocytes, ratio and percentages; (..., 5) to (..., 12)."""
    lymphocytes = counts[..., 0] + counts[..., 3] + counts[..., 4]
    ratio = counts[..., 1] / counts[..., 2]
    percent = 100 * counts / lymphocytes[..., None]
    return np.concatenate(
        [counts, lymphocytes[..., None], ratio[..., None], percent], axis=-1
    )


def double_negative_share(counts: FloatArray) -> FloatArray:
    """Share of CD3+ cells with neither CD4 nor CD8; (..., 5) to (...)."""
    share: FloatArray = (
        1 + DOUBLE_POSITIVE - (counts[..., 1] + counts[..., 2]) / counts[..., 0]
    )
    return share


def samples_of(
    target: PairedTarget | GroupTarget, derived: FloatArray, layout: Layout
) -> tuple[FloatArray, FloatArray]:
    """Two samples of a contrast, each (candidates, n)."""
    values = derived[..., ANALYTES.index(target.analyte)]
    before, after = values[:, : layout.n_pairs, 0], values[:, : layout.n_pairs, 1]
    if isinstance(target, PairedTarget):
        chosen = layout.subsets[target.subset]
        return before[:, chosen], after[:, chosen]
    if target.kind == "change":
        change = after - before
        return change[:, layout.high], change[:, ~layout.high]
    first, second = (
        (layout.cr, layout.nr)
        if target.kind == "response"
        else (layout.negative, layout.positive)
    )
    return values[:, first, 0], values[:, second, 0]


def tolerance(printed: str) -> float:
    """Half of the last printed digit."""
    _, _, digits = printed.partition(".")
    return 0.5 * 10.0 ** -len(digits)


def z_limits(p: str, direction: int) -> tuple[float, float]:
    """Interval of signed deviates that print as this P in this direction."""
    if not p:
        return (0.5, 99.0) if direction > 0 else (-99.0, -0.5)
    if p.startswith(">="):
        most = z_of_p(0.05) - 0.12
        return -most, most
    if p.startswith("<"):
        least = z_of_p(float(p[1:])) + 0.15
        limits = (least, 99.0)
    else:
        half = 0.9 * tolerance(p)
        limits = (z_of_p(float(p) + half), z_of_p(float(p) - half))
    return limits if direction >= 0 else (-limits[1], -limits[0])


def _misfit_of_summary(
    sorted_values: FloatArray, printed: Printed, skip: set[int]
) -> FloatArray:
    """Sum how far median, minimum and maximum are from print; (candidates,)."""
    n = sorted_values.shape[1]
    found = (
        (sorted_values[:, (n - 1) // 2] + sorted_values[:, n // 2]) / 2,
        sorted_values[:, 0],
        sorted_values[:, -1],
    )
    total = np.zeros(sorted_values.shape[0])
    for number, (values, text) in enumerate(zip(found, printed, strict=True)):
        if text is None or number in skip:
            continue
        half = tolerance(text)
        beyond = np.abs(values - float(text)) - _DEAD_ZONE * 2 * half
        scale = max(0.03 * abs(float(text)), 2 * half)
        total += 4 * np.log1p(np.maximum(beyond, 0) / scale / 4)
    return total


class CountModel:
    """Misfit of candidate cohorts; prepared once for a layout."""

    def __init__(self, layout: Layout, shifts: dict[str, float] | None = None) -> None:
        self.layout = layout
        self.targets: tuple[PairedTarget | GroupTarget, ...] = (*PAIRED, *GROUPS)
        shifts = shifts or {}
        self.limits = {
            one.claim: self._reachable(one) + shifts.get(one.claim, 0.0)
            for one in self.targets
        }
        self.either = {
            one.claim for one in self.targets if one.direction == 0 and one.p[0] == "0"
        }
        self.skips = {
            (claim, side): {n for c, s, n in EXCLUDED if (c, s) == (claim, side)}
            for claim, side, _ in EXCLUDED
        }

    def _reachable(self, target: PairedTarget | GroupTarget) -> FloatArray:
        """Widen the limits of a P to the nearest that these numbers of people allow."""
        limits = np.array(z_limits(target.p, target.direction))
        # Ties at no B cells make the steps of P finer than the table has them.
        if not target.p.startswith("0") or target.analyte.startswith("CD19"):
            return limits
        table = self._table(target)
        if ((table >= limits[0]) & (table <= limits[1])).any():
            return limits
        middle = limits.mean()
        nearest = table[np.argmin(np.abs(table - middle))]
        return np.array(
            [min(limits[0], nearest - 1e-6), max(limits[1], nearest + 1e-6)]
        )

    def _table(self, target: PairedTarget | GroupTarget) -> FloatArray:
        """Deviates that the test of a target can give, without ties."""
        people = np.zeros(
            (1, 1 + max(self.layout.n_pairs, *self.layout.cr, *self.layout.nr), 2, 12)
        )
        first, second = samples_of(target, people, self.layout)
        if isinstance(target, PairedTarget):
            return signed_rank_deviates(first.shape[1])
        return rank_sum_deviates(first.shape[1], second.shape[1])

    def misfits(self, counts: FloatArray) -> FloatArray:
        """Weigh candidates; (candidates, people, 2, 5) to (candidates,)."""
        derived = derive(counts)
        total = self._implausible(counts)
        grouped: dict[str, list[tuple[str, FloatArray, FloatArray]]] = {}
        for target in self.targets:
            first, second = samples_of(target, derived, self.layout)
            key = target.subset if isinstance(target, PairedTarget) else target.kind
            grouped.setdefault(key, []).append((target.claim, first, second))
            printed = (
                (target.before, target.after)
                if isinstance(target, PairedTarget)
                else (target.first, target.second)
            )
            for side, values, texts in zip(
                ("first", "second"), (first, second), printed, strict=True
            ):
                if texts != (None, None, None):
                    skip = self.skips.get((target.claim, side), set())
                    total += _misfit_of_summary(np.sort(values, axis=1), texts, skip)
        for key, members in grouped.items():
            first = np.stack([one for _, one, _ in members], axis=2)
            second = np.stack([one for _, _, one in members], axis=2)
            scores = (
                paired_z(second - first)
                if key in self.layout.subsets
                else group_z(first, second)
            )
            low, high = np.array([self.limits[claim] for claim, _, _ in members]).T
            either = np.array([claim in self.either for claim, _, _ in members])
            scores = np.where(either, np.abs(scores), scores)
            beyond = np.maximum(np.maximum(low - scores, scores - high), 0)
            weights = [
                _HEADLINE if claim in _HEADLINES else 1.0 for claim, *_ in members
            ]
            total += (8 * np.log1p(beyond / 0.08 / 8)) @ np.array(weights)
        return total + self._unsteady(derived)

    def _implausible(self, counts: FloatArray) -> FloatArray:
        """Weigh samples whose CD4 + CD8 fall short of CD3, or leave too little.

        Quality control doubts a tube where they differ by more than 5 points of the
        lymphocytes and refuses one beyond 10, which would lose the pair to CD4, CD8 and
        their ratio; 7 leaves room for counting. Double-negative T cells are at least
        2 % of the T cells.
        """
        n = self.layout.n_pairs
        firsts, lasts = counts[:, :, 0], counts[:, :n, 1]
        samples = np.concatenate([firsts, lasts], axis=1)
        share = double_negative_share(samples)
        lymphocytes = samples[..., 0] + samples[..., 3] + samples[..., 4]
        missing = samples[..., 0] - samples[..., 1] - samples[..., 2]
        points = 100 * missing / lymphocytes
        beyond = np.maximum(0.02 - share, 0) * 20 + np.maximum(points - 7, 0) * 0.3
        beyond += np.maximum(points - 8.5, 0) * 2
        misfit: FloatArray = beyond.sum(axis=1)
        return misfit

    def _unsteady(self, derived: FloatArray) -> FloatArray:
        """Weigh tests of absolute counts that noise could turn."""
        n = self.layout.n_pairs
        columns = [ANALYTES.index(name) for name in _ROBUST[:4]]
        before = derived[:, :n, 0][:, :, columns]
        after = derived[:, :n, 1][:, :, columns]
        change = after - before
        spread = np.sqrt(
            _NOISE**2 * (before**2 + after**2) + (before + after) / _EVENTS_PER_CELL
        )
        turned = ndtr(-np.abs(change) / np.maximum(spread, 1e-12))
        ranks = ranks_of(np.abs(change))
        unit = np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        expected = (ranks * (1 - 2 * turned) * np.sign(change)).sum(axis=1) / 2 / unit
        wander = np.sqrt((ranks**2 * turned * (1 - turned)).sum(axis=1)) / unit
        lacking = 1.96 + 0.02 + 2.4 * wander - expected
        misfit: FloatArray = (np.maximum(lacking, 0) / 0.1).sum(axis=1)
        return misfit
