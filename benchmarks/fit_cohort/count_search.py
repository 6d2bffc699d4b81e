"""Search for counts that meet the printed numbers, by simulated annealing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fit_cohort.count_model import (
    CountModel,
    Layout,
    double_negative_share,
)
from fit_cohort.rank_tests import FloatArray

CD3, CD4, CD8, NK, CD19 = range(5)

_SINGLE = ((CD3,), (CD4,), (CD8,), (NK,), (CD19,))
_SCALED = (*_SINGLE, (CD3, CD4, CD8), (CD3, CD4, CD8, NK, CD19))
_STEPS = (0.4, 0.12, 0.03, 0.006)
_WITH_CD3 = (CD4, CD8)
_SMALLEST, _LARGEST, _FEWEST = 1e-4, 9.0, 2e-4
_FEWEST_NEGATIVE, _MOST_NEGATIVE = 0.006, 0.25
_NEARLY_NO_B = np.array([0.0, 0.0, 0.0003, 0.0006, 0.001, 0.002, 0.004, 0.007, 0.02])


@dataclass(frozen=True)
class Schedule:
    """How long to search, how many candidates a round, how warm."""

    n_rounds: int
    n_candidates: int
    warmest: float
    coldest: float


def _alike(layout: Layout, n_people: int) -> list[NDArray[np.int64]]:
    """People of the same group, response and number of visits, for each one."""
    numbers = np.arange(n_people)
    kind = 4 * (numbers < layout.n_pairs) + 2 * np.isin(numbers, layout.positive)
    kind = kind + 8 * np.isin(numbers, layout.nr)
    kind[: layout.n_pairs] += layout.high
    return [np.flatnonzero(kind == one) for one in kind]


class Search:
    """A walk through cohorts of counts from a start."""

    def __init__(
        self, model: CountModel, start: FloatArray, rng: np.random.Generator
    ) -> None:
        self.model = model
        self.counts = start.copy()
        self.rng = rng
        self.alike = _alike(model.layout, start.shape[0])
        self.misfit = float(model.misfits(start[None])[0])
        self.best, self.best_misfit = self.counts.copy(), self.misfit

    def walk(self, schedule: Schedule) -> None:
        """Try candidates round by round while it cools; `best` keeps the best."""
        cooling = np.geomspace(
            schedule.warmest, schedule.coldest, max(schedule.n_rounds, 1)
        )
        for temperature in cooling:
            candidates = np.repeat(self.counts[None], schedule.n_candidates, axis=0)
            for candidate in candidates:
                for _ in range(1 + (self.rng.random() < 0.25)):
                    self._change(candidate)
            misfits = self._weigh(candidates)
            chosen = int(np.argmin(misfits))
            rise = float(misfits[chosen]) - self.misfit
            if rise <= 0 or self.rng.random() < np.exp(-rise / temperature):
                self.counts = candidates[chosen].copy()
                self.misfit = float(misfits[chosen])
            if self.misfit < self.best_misfit - 1e-9:
                self.best, self.best_misfit = self.counts.copy(), self.misfit

    def restart_from_best(self) -> None:
        """Go back to the best cohort so far."""
        self.counts, self.misfit = self.best.copy(), self.best_misfit

    def _weigh(self, candidates: FloatArray) -> FloatArray:
        n_pairs = self.model.layout.n_pairs
        first = double_negative_share(candidates[:, :, 0])
        second = double_negative_share(candidates[:, :n_pairs, 1])
        impossible = np.zeros(candidates.shape[0], dtype=np.bool_)
        for share in (first, second):
            impossible |= (share < _FEWEST_NEGATIVE).any(axis=1)
            impossible |= (share > _MOST_NEGATIVE).any(axis=1)
        misfits = np.full(candidates.shape[0], np.inf)
        if not impossible.all():
            misfits[~impossible] = self.model.misfits(candidates[~impossible])
        return misfits

    def _change(self, candidate: FloatArray) -> None:
        """Change one person of a candidate in place."""
        rng = self.rng
        person = int(rng.integers(candidate.shape[0]))
        paired = person < self.model.layout.n_pairs
        visit = int(rng.integers(2)) if paired else 0
        step = _STEPS[int(rng.integers(len(_STEPS)))] * rng.normal()
        row = candidate[person, visit]
        kind = rng.random()
        if kind < 0.40:
            columns = list(_SCALED[int(rng.integers(len(_SCALED)))])
            row[columns] *= np.exp(step)
        elif kind < 0.62:
            _shift(candidate[person, visit : visit + 1], int(rng.integers(2)) + 1, step)
        elif kind < 0.82:
            _shift(candidate[person], int(rng.integers(1, 5)), step)
        elif kind < 0.87:
            alike = self.alike[person]
            other = int(alike[int(rng.integers(alike.size))])
            candidate[[person, other]] = candidate[[other, person]]
        elif kind < 0.93:
            row[CD19] = _NEARLY_NO_B[int(rng.integers(_NEARLY_NO_B.size))]
        elif kind < 0.96:
            row[NK] = rng.uniform(0.01, 0.4)
        else:
            candidate[person] *= np.exp(step)
        row = candidate[person]
        np.clip(row[:, :NK], _SMALLEST, _LARGEST, out=row[:, :NK])
        few = row[:, NK:] < _FEWEST
        row[:, NK:][few] = 0.0


def _shift(rows: FloatArray, column: int, step: float) -> None:
    """Add the same to an analyte at each visit given, and to CD3 where it is of CD3."""
    added = rows[0, column] * np.expm1(step)
    rows[:, column] += added
    if column in _WITH_CD3:
        rows[:, CD3] += added
