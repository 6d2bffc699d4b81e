"""Call how a candidate carries CD19, the target of the therapy."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import NamedTuple

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.mrd import Cd19
from cytoflow_blina.domain.population import percent


@dataclass(frozen=True)
class Cd19Limits:
    """Where one call ends and the next begins.

    Attributes
    ----------
    dim_decades : float
        A positive candidate whose median lies further below mature B cells is dim.
    negative_percent : float
        With fewer positive events, in percent of all, a candidate is negative.
    positive_percent : float
        With at least so many it is positive or dim; between the two it is mixed.
    """

    dim_decades: float = 0.5
    negative_percent: float = 20.0
    positive_percent: float = 80.0


DEFAULT_CD19_LIMITS = Cd19Limits()


class Cd19Expression(NamedTuple):
    """How a candidate carries CD19.

    Attributes
    ----------
    cd19 : {"positive", "dim", "negative", "mixed", ""}
        The call; empty where nothing tells it.
    decades_below_b : float
        Decades by which the median lies below mature B cells; below 0 where brighter,
        NaN where not known.
    positive_percent : float
        Positive events in percent of all; NaN where not known.
    """

    cd19: Cd19
    decades_below_b: float
    positive_percent: float


def call_cd19(
    values: FloatArray,
    level_of_b: float,
    positive_from: float,
    *,
    limits: Cd19Limits = DEFAULT_CD19_LIMITS,
) -> Cd19Expression:
    """Call CD19 of a candidate positive, dim, negative or mixed.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        CD19 of the candidate's events, in decades; may be empty.
    level_of_b : float
        Median of mature B cells, or where a reference expects it, in decades; NaN
        where neither is known: dim cannot be told from positive then.
    positive_from : float
        Where positive begins, in decades; NaN where not known, and nothing is called.
    limits : Cd19Limits, optional
        Where the calls part.

    Returns
    -------
    Cd19Expression
        Empty and NaN for a candidate without events.

    Notes
    -----
    Dim is more than half a decade below mature B cells; shares of 20 % and 80 %
    divide negative, mixed and positive (design choices). The drug itself hides
    less than 1 % of CD19, so that a dim candidate is dim by its biology.

    Examples
    --------
    >>> call_cd19(np.array([2.0, 2.25, 2.5]), 3.0, 1.5)
    Cd19Expression(cd19='dim', decades_below_b=0.75, positive_percent=100.0)
    """
    if not values.size:
        return Cd19Expression("", nan, nan)
    below_b = level_of_b - float(np.median(values))
    if isnan(positive_from):
        return Cd19Expression("", below_b, nan)
    n_positive = int(np.count_nonzero(values >= positive_from))
    positive_percent = percent(n_positive, values.size)
    return Cd19Expression(
        _call(positive_percent, below_b, limits), below_b, positive_percent
    )


def _call(positive_percent: float, below_b: float, limits: Cd19Limits) -> Cd19:
    """Call it by the share of positive events, then by its brightness."""
    if positive_percent < limits.negative_percent:
        return "negative"
    if positive_percent < limits.positive_percent:
        return "mixed"
    return "dim" if below_b > limits.dim_decades else "positive"
