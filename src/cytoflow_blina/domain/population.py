"""Hold what a gate caught: the events, and how many they are."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Literal

from cytoflow_blina.domain.events import BoolArray

GateSource = Literal["fitted", "template", "borrowed", "manual"]


def percent(part: float, whole: float) -> float:
    """Give a share of a whole, in percent.

    Parameters
    ----------
    part, whole : float
        Events, or anything else that is counted or weighed alike.

    Returns
    -------
    float
        0 to 100; NaN when the whole is empty.

    Notes
    -----
    An empty parent says nothing about the child: 0 % would be a false negative in
    the cohort's table. Every percentage of the program is made here.
    """
    return 100 * part / whole if whole else nan


@dataclass(frozen=True, eq=False)
class Population:
    """The events of a tube that a gate and all its ancestors caught.

    Attributes
    ----------
    path : str
        Path of the gate.
    mask : ndarray of bool, shape (n_events,)
        True for the events of the population.
    n_events : int
        How many are True.
    n_parent : int
        Events of the parent, of the tube at the root.
    """

    path: str
    mask: BoolArray
    n_events: int
    n_parent: int

    @property
    def percent_of_parent(self) -> float:
        """Share of the parent, in percent; NaN when the parent is empty."""
        return percent(self.n_events, self.n_parent)
