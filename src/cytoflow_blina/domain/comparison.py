"""Hold what is compared: outcomes, and their values pair by pair and visit by visit."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray


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
    also_needs : tuple of str
        Further populations that it is made of.
    """

    name: str
    population: str
    column: str
    unit: str
    family: str = ""
    also_needs: tuple[str, ...] = ()


PERCENT_OF_NON_B = "percent_of_non_b"
"""Column that is no column: the share of T cells in T and NK cells.

A percentage of lymphocytes rises when B cells vanish, without any change of its own;
this one does not.
"""

_COMPARED = ("CD3", "CD4", "CD8", "NK", "CD19")

OUTCOMES: tuple[Outcome, ...] = (
    *(Outcome(p, p, "cells_per_ul", "cells/uL", "counts") for p in _COMPARED),
    Outcome("CD4_CD8_RATIO", "CD4_CD8_RATIO", "ratio", "1", "counts"),
    *(
        Outcome(f"{p}_PERCENT", p, "percent_of_lymphocytes", "%", "percentages")
        for p in _COMPARED
    ),
    Outcome(
        "CD3_PERCENT_OF_NON_B", "CD3", PERCENT_OF_NON_B, "%", "percentages", ("NK",)
    ),
    Outcome("LYMPH", "LYMPH", "cells_per_ul", "cells/uL", "counts"),
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
    limits_before, limits_after : ndarray of float64, shape (n_pairs,)
        What a censored value lies below; NaN for the others. Empty where nothing has
        a limit.
    """

    contrast: str
    outcome: Outcome
    subject_ids: tuple[str, ...]
    before: FloatArray
    after: FloatArray
    n_excluded: int
    limits_before: FloatArray = field(default_factory=lambda: np.empty(0))
    limits_after: FloatArray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False)
class GroupedOutcome:
    """One outcome in two groups of subjects, each subject once.

    Attributes
    ----------
    contrast : str
        What is compared.
    outcome : Outcome
        The quantity; with `is_change` its change between two visits.
    labels : tuple of two str
        Names of the groups.
    a, b : ndarray of float64, shape (n_a,) and (n_b,)
        Values; none is NaN.
    n_excluded : int
        Subjects of either group that have no usable value.
    is_change : bool
        Whether values are changes.
    n_censored : tuple of two int
        Of either group, values below their limit; of changes, those from or to one.
    limits : tuple of float
        The limits that any value lies below, each once, ascending.
    """

    contrast: str
    outcome: Outcome
    labels: tuple[str, str]
    a: FloatArray
    b: FloatArray
    n_excluded: int
    is_change: bool = False
    n_censored: tuple[int, int] = (0, 0)
    limits: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class TabulatedOutcome:
    """How many of each group have what: a table of counts.

    Attributes
    ----------
    contrast, outcome, family : str
        What is compared, and within which family P is adjusted.
    labels : tuple of str
        Names of the groups, one for each row.
    categories : tuple of str
        What is counted, one for each column.
    cells : ndarray of int64, shape (n_groups, n_categories)
        Subjects, or cycles.
    n_excluded : int
        Those of the groups in whom it is not known.
    note : str
        What the reader of P must know beside the method.
    """

    contrast: str
    outcome: str
    family: str
    labels: tuple[str, ...]
    categories: tuple[str, ...]
    cells: NDArray[np.int64]
    n_excluded: int = 0
    note: str = ""


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Survival times of the groups of a contrast.

    Attributes
    ----------
    contrast, endpoint : str
        What is compared; `efs` or `os`.
    labels : tuple of str
        Names of the groups.
    months : tuple of ndarray of float64, shape (n_subjects,)
        Follow-up of each group, 0 or more.
    events : tuple of ndarray of bool, shape (n_subjects,)
        Whether it ended with the event.
    n_excluded : int
        Subjects of the groups without a time, or gone before the landmark.
    at_months : tuple of float
        When rates are told.
    """

    contrast: str
    endpoint: str
    labels: tuple[str, ...]
    months: tuple[FloatArray, ...]
    events: tuple[NDArray[np.bool_], ...]
    n_excluded: int
    at_months: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class RepeatedOutcome:
    """One outcome at several visits of the same subjects, long.

    Attributes
    ----------
    contrast : str
        What is compared.
    outcome : Outcome
        The quantity.
    baseline : str
        Visit that the others are compared with.
    visits : tuple of str
        The others, in order.
    values : ndarray of float64, shape (n_values,)
        None is NaN.
    subject_ids, value_visits : tuple of str
        Whose value, and of which visit, one for each value.
    n_excluded : int
        Values that ought to be there and are not usable.
    n_censored : int
        Values below their limit, which stand at it.
    """

    contrast: str
    outcome: Outcome
    baseline: str
    visits: tuple[str, ...]
    values: FloatArray
    subject_ids: tuple[str, ...]
    value_visits: tuple[str, ...]
    n_excluded: int
    n_censored: int = 0


@dataclass(frozen=True, eq=False)
class PredictorTable:
    """What may go with an event, for a regression.

    Attributes
    ----------
    contrast, event : str
        The model, and what its event is in words.
    names : tuple of str
        Predictors, one for each column.
    predictors : ndarray of float64, shape (n_subjects, n_predictors)
        None is NaN.
    is_event : ndarray of bool, shape (n_subjects,)
        Who had it.
    n_excluded : int
        Subjects left out because a predictor is not known.
    """

    contrast: str
    event: str
    names: tuple[str, ...]
    predictors: FloatArray
    is_event: NDArray[np.bool_]
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
    values: FloatArray
    censored: NDArray[np.bool_]
    n_no_sample: int
