"""Fit the counts of the children with samples, from the start table on."""

import csv
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fit_cohort.count_model import CountModel, Layout, derive, samples_of
from fit_cohort.count_search import Schedule, Search
from fit_cohort.count_targets import PairedTarget
from fit_cohort.rank_tests import (
    FloatArray,
    exact_group_p,
    group_z,
    z_of_p,
)
from fit_cohort.subjects import START, Start

BASE_NAMES = ("CD3", "CD4", "CD8", "NK", "CD19")
_DECIMALS = 6
"""Of 1e9/L: a thousandth of a cell/uL, so that rounding moves no percentage."""


@dataclass(frozen=True)
class Counted:
    """Counts in 1e9/L with whose they are.

    Attributes
    ----------
    ids : tuple of str
        Pseudonyms; the first `layout.n_pairs` have two visits.
    layout : Layout
        Who is who.
    counts : ndarray of float64, shape (n_people, 2, 5)
        First sample and the one at the end of the infusion; the second of those
        without pairs repeats the first and means nothing.
    """

    ids: tuple[str, ...]
    layout: Layout
    counts: FloatArray


def read_start_counts(start: Start) -> Counted:
    """Read the counts from which the search starts."""
    with (START / "counts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows.sort(key=lambda row: not row["CD3_post"])
    ids = [row["subject_id"] for row in rows]
    n_pairs = sum(bool(row["CD3_post"]) for row in rows)
    counts = np.array(
        [
            [
                [
                    float(row[f"{name}_{visit}"] or row[f"{name}_pre"])
                    for name in BASE_NAMES
                ]
                for visit in ("pre", "post")
            ]
            for row in rows
        ]
    )
    return Counted(tuple(ids), _layout(start, ids, n_pairs), counts)


def _layout(start: Start, ids: list[str], n_pairs: int) -> Layout:
    """Find the groups of those with samples."""
    rows = {row["subject_id"]: row for row in start.rows}

    def where(name: str, text: str, *, among: int | None = None) -> NDArray[np.bool_]:
        return np.array([rows[one][name] == text for one in ids[:among]])

    high = np.array([rows[one]["status_first_cycle"] != "CRMRDNEG" for one in ids])
    negative = where("mrd_negative_after", "true")
    return Layout(
        n_pairs=n_pairs,
        high=high[:n_pairs],
        long=where("infusion", "21/28d", among=n_pairs),
        cr=np.flatnonzero(high & where("responded", "true")),
        nr=np.flatnonzero(high & where("responded", "false")),
        negative=np.flatnonzero(high & negative),
        positive=np.flatnonzero(high & ~negative),
    )


def fit_counts(
    begun: Counted, schedules: tuple[Schedule, ...], rng: np.random.Generator
) -> Counted:
    """Search on from the start, each schedule from the best before it."""
    counts = begun.counts
    for schedule in schedules:
        model = CountModel(begun.layout, tie_shifts(counts, begun.layout))
        search = Search(model, counts, rng)
        search.walk(schedule)
        counts = search.best
    return Counted(begun.ids, begun.layout, np.round(counts, _DECIMALS))


def tie_shifts(counts: FloatArray, layout: Layout) -> dict[str, float]:
    """How far the deviates of tests with tied values are from the exact ones."""
    model = CountModel(layout)
    derived = derive(counts[None])
    shifts = {}
    for target in model.targets:
        if isinstance(target, PairedTarget) or target.p.startswith((">", "<")):
            continue
        first, second = samples_of(target, derived, layout)
        z = float(group_z(first[:, :, None], second[:, :, None])[0, 0])
        exact = np.copysign(z_of_p(exact_group_p(first[0], second[0])), z)
        shifts[target.claim] = z - float(exact)
    return shifts


def icans_subjects(counted: Counted, start: Start) -> list[str]:
    """Choose six with ICANS, five with samples: low CD4/CD8, high CD8 %, low B.

    Four CR-MRDneg and one of the others have samples; the sixth, CR-MRDneg, has none.
    """
    derived = derive(counted.counts[: counted.layout.n_pairs, 0])
    ratio, cd8, b = derived[:, 6], derived[:, 9], derived[:, 4]
    rank = np.argsort(np.argsort(ratio)) - np.argsort(np.argsort(cd8))
    rank = rank + 0.5 * np.argsort(np.argsort(b))
    order = np.argsort(rank, kind="stable")
    low = [int(n) for n in order if not counted.layout.high[n]][:4]
    high = [
        int(n) for n in order if counted.layout.high[n] and n not in counted.layout.nr
    ][:1]
    without = [
        row["subject_id"]
        for row in start.rows
        if row["status_first_cycle"] == "CRMRDNEG"
        and row["subject_id"] not in counted.ids
    ][:1]
    return [counted.ids[n] for n in (*low, *high)] + without
