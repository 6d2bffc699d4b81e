"""Say what a method that finds a gate is given, and what it gives back.

A method is a function of events and the template's own geometry. It returns what it
found, or None where the tube does not show the population's edge: then the template's
geometry stands. No method draws random numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan
from typing import Generic, Literal, TypeVar

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.template import Shape

Geometry = TypeVar("Geometry")


@dataclass(frozen=True)
class Doubt:
    """What a border may put on the wrong side.

    Attributes
    ----------
    low, high : float
        A threshold may as well lie anywhere from here to there, display units; NaN for
        a shape.
    n_foreign, n_missed : float
        Events inside that are expected to belong outside, and the other way round, with
        the border where it lies.
    parts_two : bool
        False for a threshold at the end of one population, with no other beyond it.
    """

    low: float = nan
    high: float = nan
    n_foreign: float = 0.0
    n_missed: float = 0.0
    parts_two: bool = True


NO_DOUBT = Doubt()


@dataclass(frozen=True, eq=False)
class Found(Generic[Geometry]):
    """What a method saw in a tube.

    Attributes
    ----------
    geometry : float or Shape
        A threshold in display units, or a shape in the template's markers.
    confidence : float
        Whether this is the edge that is meant, 0 (a guess) to 1 (nobody would argue),
        however clear the edge is.
    doubt : Doubt
        How clear the edge is.
    belongs : ndarray of float64, shape (n_events,), or None
        Probability of each event given that it belongs to the population, whether the
        geometry holds it or not; None where it is not known event by event.
    """

    geometry: Geometry
    confidence: float
    doubt: Doubt = NO_DOUBT
    belongs: FloatArray | None = None


@dataclass(frozen=True)
class KnownMethod:
    """What a template must know of a method to name it.

    Attributes
    ----------
    finds : {"threshold", "rectangle", "polygon"}
        What it finds: the template's own is of the same kind.
    settings : frozenset of str
        Names of the settings that it reads.
    unguided : frozenset of str or None
        Names of those that it reads where the template gives no place of its own; None
        where it cannot do without.
    back_gates : bool
        Whether it makes use of markers to back-gate on.
    """

    finds: Literal["threshold", "rectangle", "polygon"]
    settings: frozenset[str]
    unguided: frozenset[str] | None = None
    back_gates: bool = False


ThresholdMethod = Callable[
    [FloatArray, float, Mapping[str, float]], Found[float] | None
]
"""Values of one marker, shape (n_events,); the template's threshold; settings."""

UnguidedMethod = Callable[[FloatArray, Mapping[str, float]], Found[float] | None]
"""As a `ThresholdMethod`, of which the template says no place."""

ShapeMethod = Callable[[FloatArray, Shape, Mapping[str, float]], Found[Shape] | None]
"""Values of the shape's markers and then of those to back-gate on, shape
(n_events, n_markers); the template's shape; settings."""
