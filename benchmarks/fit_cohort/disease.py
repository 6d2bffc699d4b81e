"""Draw blasts and MRD of the 51 children treated with disease."""

from dataclasses import dataclass

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
from fit_cohort.subjects import Start

MRD_TARGETS = {
    "all": ("0.52", "0.004", "63"),
    "cr": ("0.51", "0.004", "62.69"),
    "nr": ("0.98", "0.012", "63"),
}
BLAST_TARGETS = {"cr": ("0", "0", "80"), "nr": ("1", "0", "63")}
"""In percent. The study's median of 2 % blasts in all 51 cannot be, given these two."""

COX_TARGETS = {
    "no response": (("0.014", 1), ("0.065", 1), ("0.025", 1)),
    "MRD persists": (("0.014", 1), (">=0.05", 0), ("0.009", 1)),
}
"""P of log10 MRD, BCR::ABL1 and poor cytogenetics in one Cox model."""

_LEAST_OF_RELAPSE, _MOST_IN_REMISSION = 1.0, 20.0


@dataclass(frozen=True)
class Diseased:
    """Masks over the 51, in the order of the subjects.

    Attributes
    ----------
    numbers : ndarray of int64, shape (51,)
        Row of the start table.
    nr, persists, relapsed, bcr, poor : ndarray of bool, shape (51,)
        No response; MRD not negative after; R/R at the first cycle; BCR::ABL1; poor
        cytogenetics.
    days : ndarray of int64, shape (51,)
        End of the cycle.
    """

    numbers: NDArray[np.int64]
    nr: NDArray[np.bool_]
    persists: NDArray[np.bool_]
    relapsed: NDArray[np.bool_]
    bcr: NDArray[np.bool_]
    poor: NDArray[np.bool_]
    days: NDArray[np.int64]


def diseased(start: Start, days: NDArray[np.int64]) -> Diseased:
    """Pick the 51 of the start table."""
    numbers = np.flatnonzero(start.high)
    return Diseased(
        numbers=numbers,
        nr=(start.column("responded") == "false")[numbers],
        persists=(start.column("mrd_negative_after") == "false")[numbers],
        relapsed=(start.column("status_first_cycle") == "RR")[numbers],
        bcr=(start.column("fusion") == "BCR::ABL1")[numbers],
        poor=(start.column("poor_cytogenetics") == "true")[numbers],
        days=days[numbers],
    )


def cox_deviates(
    covariates: FloatArray, days: NDArray[np.int64], events: NDArray[np.bool_]
) -> FloatArray:
    """Wald deviates of a Cox model with Breslow's ties, time being the cycle's end.

    ndarray of float64, shape (n_covariates,); NaN where Newton's steps diverge.
    """
    x = covariates - covariates.mean(axis=0)
    beta = np.zeros(x.shape[1])
    information = np.eye(x.shape[1])
    for _ in range(9):
        score = np.zeros(beta.size)
        information = np.zeros((beta.size, beta.size))
        weights = np.exp(np.clip(x @ beta, -30, 30))
        for day in np.unique(days[events]):
            at_risk, failed = days >= day, (days == day) & events
            share = weights * at_risk / weights[at_risk].sum()
            mean = share @ x
            n_failed = int(failed.sum())
            score += x[failed].sum(axis=0) - n_failed * mean
            spread = (x * share[:, None]).T @ x - np.outer(mean, mean)
            information += n_failed * spread
        step = np.linalg.solve(information + 1e-9 * np.eye(beta.size), score)
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-5:
            break
    variances = np.diag(np.linalg.inv(information + 1e-9 * np.eye(beta.size)))
    deviates: FloatArray = beta / np.sqrt(variances)
    return deviates


def cox_p(mrd: FloatArray, who: Diseased) -> dict[str, FloatArray]:
    """Deviates of log10 MRD, BCR::ABL1 and poor cytogenetics in both models."""
    covariates = np.column_stack([np.log10(mrd), who.bcr, who.poor]).astype(np.float64)
    events = {"no response": who.nr, "MRD persists": who.persists}
    return {name: cox_deviates(covariates, who.days, e) for name, e in events.items()}


def fit_mrd(who: Diseased, rng: np.random.Generator) -> FloatArray:
    """Draw MRD in percent, more in relapse than in remission, as printed."""
    groups = {"all": np.ones(51, dtype=np.bool_), "cr": ~who.nr, "nr": who.nr}
    shift = 0.0

    def change(logs: FloatArray) -> None:
        child = int(rng.integers(logs.size))
        logs[child] += rng.normal() * (0.8, 0.2, 0.02)[int(rng.integers(3))]
        least = _LEAST_OF_RELAPSE if who.relapsed[child] else 0.004
        if who.nr[child]:
            least = max(least, 0.012)
        most = 63.0 if who.relapsed[child] else _MOST_IN_REMISSION
        if not who.nr[child]:
            most = min(most, 62.69)
        logs[child] = np.clip(logs[child], np.log10(least), np.log10(most))

    def misfit(logs: FloatArray) -> float:
        mrd = np.round(10**logs, 3)
        total = sum(
            misfit_of_summary(mrd[groups[g]], t) for g, t in MRD_TARGETS.items()
        )
        z = quick_group_z(mrd[~who.nr], mrd[who.nr])
        total += misfit_of_z(z, "0.228", -1, shift)
        for name, deviates in cox_p(mrd, who).items():
            for z, (p, direction) in zip(deviates, COX_TARGETS[name], strict=True):
                total += 0.8 * misfit_of_z(float(z), p, direction)
        return total

    logs = np.where(who.relapsed, 1.0, -0.5) + 0.6 * rng.normal(size=51)
    for n_steps, warmest in ((18_000, 1.0), (8000, 0.1)):
        cooling = Cooling(n_steps, warmest, 0.003)
        logs, _ = anneal(logs, change, misfit, rng, cooling)
        mrd = np.round(10**logs, 3)
        a, b = mrd[~who.nr], mrd[who.nr]
        shift = exact_shift(quick_group_z(a, b), a, b, "groups")
    return np.round(10**logs, 3)


def fit_blasts(who: Diseased, rng: np.random.Generator) -> FloatArray:
    """Draw blasts in percent: 5 to 9.5 in four relapses, 20 and more in seven."""
    relapsed = np.flatnonzero(who.relapsed)
    few = rng.permutation(relapsed[~who.nr[relapsed]])[:4]
    least, most = np.zeros(51), np.full(51, 4.5)
    least[relapsed], most[relapsed] = 20.0, 80.0
    least[few], most[few] = 5.0, 9.5
    most[who.nr] = np.minimum(most[who.nr], 63.0)

    def change(blasts: FloatArray) -> None:
        child = int(rng.integers(blasts.size))
        value = 0.5 * np.rint(2 * (blasts[child] + rng.normal() * 3))
        blasts[child] = np.clip(value, least[child], most[child])

    shift = 0.0

    def misfit(blasts: FloatArray) -> float:
        cr, nr = blasts[~who.nr], blasts[who.nr]
        total = misfit_of_summary(cr, BLAST_TARGETS["cr"])
        total += misfit_of_summary(nr, BLAST_TARGETS["nr"])
        return total + misfit_of_z(quick_group_z(cr, nr), "0.345", -1, shift)

    blasts = least.copy()
    for _ in range(4):
        blasts, _ = anneal(blasts, change, misfit, rng, Cooling(4000, 0.5, 0.01))
        a, b = blasts[~who.nr], blasts[who.nr]
        shift = exact_shift(quick_group_z(a, b), a, b, "groups")
    return blasts
