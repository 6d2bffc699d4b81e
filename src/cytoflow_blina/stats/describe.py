"""Describe values by median and quartiles, with every n."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.comparison import VisitValues


@dataclass(frozen=True)
class Description:
    """Values of one outcome, described.

    Attributes
    ----------
    n, n_missing : int
        Values that are there, and that are not.
    n_censored : int
        Of `n`, those that are upper bounds.
    median, min, max, q1, q3 : float
        In the unit of the values; NaN where there is none. Quartiles interpolate
        linearly between ranks, as R's and NumPy's default does.
    """

    n: int
    n_missing: int
    n_censored: int
    median: float
    min: float
    max: float
    q1: float
    q3: float


@dataclass(frozen=True)
class DescriptiveRow:
    """One row of `descriptives.csv`; the fields are the columns."""

    outcome: str
    unit: str
    group: str
    visit: str
    n: int
    n_missing: int
    n_censored: int
    median: float
    min: float
    max: float
    q1: float
    q3: float
    n_no_sample: int


def describe(
    values: NDArray[np.float64], censored: NDArray[np.bool_] | None = None
) -> Description:
    """Describe values.

    Parameters
    ----------
    values : ndarray of float64, shape (n_values,)
        NaN where missing.
    censored : ndarray of bool, shape (n_values,), optional
        True where a value is an upper bound. It enters as it stands (0 events as 0).

    Returns
    -------
    Description
        All NaN with `n` 0 where nothing is there.
    """
    is_there = ~np.isnan(values)
    there = values[is_there]
    n_censored = 0 if censored is None else int(np.count_nonzero(censored & is_there))
    n_missing = int(values.size - there.size)
    if there.size == 0:
        return Description(0, n_missing, n_censored, nan, nan, nan, nan, nan)
    low, q1, median, q3, high = (
        float(one) for one in np.quantile(there, (0, 0.25, 0.5, 0.75, 1))
    )
    return Description(
        int(there.size), n_missing, n_censored, median, low, high, q1, q3
    )


def describe_visits(visits: Iterable[VisitValues]) -> tuple[DescriptiveRow, ...]:
    """Write one row of `descriptives.csv` for each outcome, group and visit.

    Parameters
    ----------
    visits : iterable of VisitValues
        Values by outcome, group and visit.

    Returns
    -------
    tuple of DescriptiveRow
        In the same order.
    """
    return tuple(
        DescriptiveRow(
            outcome=one.outcome.name,
            unit=one.outcome.unit,
            group=one.group,
            visit=one.visit,
            **vars(describe(one.values, one.censored)),
            n_no_sample=one.n_no_sample,
        )
        for one in visits
    )
