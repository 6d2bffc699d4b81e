"""Hold what is compared: outcomes, and their values pair by pair and visit by visit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Outcome:
    """One quantity of `counts.csv` that is described or compared.

    Attributes
    ----------
    name : str
        Name in `comparisons.csv` and `descriptives.csv`.
    population : str
        Rows of `counts.csv` that hold it.
    column : str
        Column of `counts.csv` that holds it.
    unit : str
        Unit of the values.
    family : str
        Family of tests within which P values are adjusted; empty where the outcome
        is described and not compared.
    """

    name: str
    population: str
    column: str
    unit: str
    family: str = ""


_COMPARED = ("CD3", "CD4", "CD8", "NK", "CD19")

OUTCOMES: tuple[Outcome, ...] = (
    *(Outcome(p, p, "cells_per_ul", "cells/uL", "counts") for p in _COMPARED),
    Outcome("CD4_CD8_RATIO", "CD4_CD8_RATIO", "ratio", "1", "counts"),
    *(
        Outcome(f"{p}_PERCENT", p, "percent_of_lymphocytes", "%", "percentages")
        for p in _COMPARED
    ),
    Outcome("LYMPH", "LYMPH", "cells_per_ul", "cells/uL"),
)


@dataclass(frozen=True, eq=False)
class PairedOutcome:
    """One outcome at two visits of the same subjects.

    Attributes
    ----------
    contrast : str
        What is compared: `EOT vs D0`.
    outcome : Outcome
        The quantity.
    subject_ids : tuple of str
        One for each pair; a subject stands here once unless the contrast takes
        every cycle.
    before, after : ndarray of float64, shape (n_pairs,)
        Values at baseline and at the later visit; none is NaN.
    n_excluded : int
        Pairs that exist or ought to, and are not among these.
    """

    contrast: str
    outcome: Outcome
    subject_ids: tuple[str, ...]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    n_excluded: int


@dataclass(frozen=True, eq=False)
class VisitValues:
    """One outcome of one group of subjects at one visit.

    Attributes
    ----------
    outcome : Outcome
        The quantity.
    group, visit : str
        Which subjects, and when.
    values : ndarray of float64, shape (n_subjects,)
        One for each subject of the group; NaN where there is no usable value.
    censored : ndarray of bool, shape (n_subjects,)
        True where no event was seen, so that the value is an upper bound.
    n_no_sample : int
        Subjects without a sample at this visit, all of them NaN in `values`.
    """

    outcome: Outcome
    group: str
    visit: str
    values: NDArray[np.float64]
    censored: NDArray[np.bool_]
    n_no_sample: int
