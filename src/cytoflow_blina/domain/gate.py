"""Hold gates: geometry on dimensions, and the tree they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import Dimension
from cytoflow_blina.domain.scale import Ratio, Scale
from cytoflow_blina.domain.spillover import Spillover


@dataclass(frozen=True)
class Limits:
    """A stretch of one dimension: `at_least <= x < below`, either end open."""

    dimension: Dimension
    at_least: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class RectangleGate:
    """Events within limits on each of one or more dimensions.

    Attributes
    ----------
    limits : tuple of Limits
        One for each dimension.
    quadrant_gate : str or None
        Name of the quadrant gate that this rectangle is one quadrant of, so that
        it is written back as such.
    """

    limits: tuple[Limits, ...]
    quadrant_gate: str | None = None


@dataclass(frozen=True, eq=False)
class PolygonGate:
    """Events inside a polygon on two dimensions (even-odd rule).

    Attributes
    ----------
    dimensions : tuple of two Dimension
        Horizontal and vertical axis.
    vertices : ndarray of float64, shape (n_vertices, 2)
        Corners in order, not closed.
    """

    dimensions: tuple[Dimension, Dimension]
    vertices: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EllipsoidGate:
    """Events within a Mahalanobis distance of a centre.

    Attributes
    ----------
    dimensions : tuple of Dimension
        Two or more.
    center : ndarray of float64, shape (n_dimensions,)
        Centre.
    covariance : ndarray of float64, shape (n_dimensions, n_dimensions)
        Shape and orientation.
    distance_squared : float
        Squared Mahalanobis distance of the surface, which belongs to the gate.
    """

    dimensions: tuple[Dimension, ...]
    center: NDArray[np.float64]
    covariance: NDArray[np.float64]
    distance_squared: float


@dataclass(frozen=True)
class Operand:
    """A population that a Boolean gate refers to, by path; perhaps its complement."""

    path: str
    complement: bool = False


@dataclass(frozen=True)
class BooleanGate:
    """A combination of populations found elsewhere in the tree."""

    operator: Literal["and", "or", "not"]
    operands: tuple[Operand, ...]


Gate = RectangleGate | PolygonGate | EllipsoidGate | BooleanGate


@dataclass(frozen=True)
class GateNode:
    """A gate at its place in the tree.

    Attributes
    ----------
    path : str
        Gate ids from the root, joined by `/`: `cd45pos/lymph/t`.
    gate : Gate
        The geometry.
    """

    path: str
    gate: Gate

    @property
    def parent(self) -> str:
        """Path of the parent, empty at the root."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Own id, the last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, eq=False)
class GatingStrategy:
    """Concrete gates for one tube, with all that is needed to apply them.

    Attributes
    ----------
    nodes : tuple of GateNode
        Parents and operands before those that need them.
    scales : mapping of str to Scale
        By the id that dimensions use.
    matrices : mapping of str to Spillover
        By the id that dimensions use, beside `FCS` and `uncompensated`.
    ratios : mapping of str to Ratio
        By id.
    notes : tuple of str
        What a foreign document held that could not be taken over, in words.
    """

    nodes: tuple[GateNode, ...]
    scales: Mapping[str, Scale] = field(default_factory=dict)
    matrices: Mapping[str, Spillover] = field(default_factory=dict)
    ratios: Mapping[str, Ratio] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Path of every node, in order."""
        return tuple(node.path for node in self.nodes)

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """Every dimension that a gate uses, once, in order of first use."""
        seen: dict[Dimension, None] = {}
        for node in self.nodes:
            seen.update(dict.fromkeys(gate_dimensions(node.gate)))
        return tuple(seen)


def gate_dimensions(gate: Gate) -> tuple[Dimension, ...]:
    """List the dimensions that a gate looks at.

    Parameters
    ----------
    gate : Gate
        Any gate.

    Returns
    -------
    tuple of Dimension
        In the order of the gate; none for a Boolean gate.
    """
    match gate:
        case RectangleGate():
            return tuple(limits.dimension for limits in gate.limits)
        case PolygonGate() | EllipsoidGate():
            return gate.dimensions
        case BooleanGate():
            return ()
