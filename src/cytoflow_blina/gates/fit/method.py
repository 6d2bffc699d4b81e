"""Say what a method that finds a gate is given, and what it gives back.

A method is a function of events and the template's own geometry. It returns what it
found, or None where the tube does not show the population's edge: then the template's
geometry stands. No method draws random numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.template import Shape

Geometry = TypeVar("Geometry")


@dataclass(frozen=True, eq=False)
class Found(Generic[Geometry]):
    """What a method saw in a tube.

    Attributes
    ----------
    geometry : float or Shape
        A threshold in display units, or a shape in the template's markers.
    confidence : float
        0 (a guess) to 1 (nobody would argue).
    """

    geometry: Geometry
    confidence: float


@dataclass(frozen=True)
class KnownMethod:
    """What a template must know of a method to name it.

    Attributes
    ----------
    finds : {"threshold", "rectangle", "polygon"}
        What it finds: the template's own is of the same kind.
    settings : frozenset of str
        Names of the settings that it reads.
    """

    finds: Literal["threshold", "rectangle", "polygon"]
    settings: frozenset[str]


ThresholdMethod = Callable[
    [FloatArray, float, Mapping[str, float]], Found[float] | None
]
"""Values of one marker, shape (n_events,); the template's threshold; settings."""

ShapeMethod = Callable[[FloatArray, Shape, Mapping[str, float]], Found[Shape] | None]
"""Values, shape (n_events, n_markers of the shape); the template's shape; settings."""
