"""Apply gates to events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.bridge.polygon import points_in_polygon
from cytoflow_blina.domain.events import BoolArray, Dimension, FloatArray, ScaledEvents
from cytoflow_blina.domain.gate import (
    BooleanGate,
    EllipsoidGate,
    Gate,
    GatingStrategy,
    PolygonGate,
    RectangleGate,
)
from cytoflow_blina.domain.population import Population
from cytoflow_blina.errors import GatingError, Problem

Rows = NDArray[np.intp]


def gate_mask(
    gate: Gate, events: ScaledEvents, populations: Mapping[str, BoolArray]
) -> BoolArray:
    """Tell which events lie in a gate, whatever its parent.

    Parameters
    ----------
    gate : Gate
        The gate.
    events : ScaledEvents
        Events on (at least) the dimensions that the gate looks at.
    populations : mapping of str to ndarray of bool, shape (n_events,)
        What a Boolean gate refers to, by path; ancestors included.

    Returns
    -------
    ndarray of bool, shape (n_events,)
        True inside. NaN lies in no gate, except in the complement a Boolean gate
        takes.

    Raises
    ------
    GatingError
        A Boolean gate that refers to a population that is not there (yet).

    Notes
    -----
    Gating-ML 2.0: a rectangle holds its lower but not its upper limit, an ellipsoid
    holds its surface, a polygon follows the even-odd rule.
    """
    return _mask(gate, events, populations, None)


def apply_strategy(
    strategy: GatingStrategy, events: ScaledEvents
) -> dict[str, Population]:
    """Apply every gate of a strategy.

    Parameters
    ----------
    strategy : GatingStrategy
        Parents and operands stand before those that need them.
    events : ScaledEvents
        Events on the strategy's dimensions; none give empty populations.

    Returns
    -------
    dict of str to Population
        By path, in the order of the strategy; each mask includes every ancestor.

    Raises
    ------
    GatingError
        A gate before its parent, or before a population that it refers to.
    """
    populations: dict[str, Population] = {}
    masks: dict[str, BoolArray] = {}
    rows: dict[str, Rows] = {}
    for node in strategy.nodes:
        if node.parent and node.parent not in masks:
            raise GatingError(
                Problem(
                    f"gate {node.path!r}",
                    f"stands before its parent {node.parent!r}, or without it.",
                )
            )
        if node.parent and node.parent not in rows:
            rows[node.parent] = np.flatnonzero(masks[node.parent])
        within = rows.get(node.parent)
        mask = _mask(node.gate, events, masks, within)
        if node.parent:
            mask &= masks[node.parent]
        mask.setflags(write=False)
        masks[node.path] = mask
        populations[node.path] = Population(
            path=node.path,
            mask=mask,
            n_events=int(np.count_nonzero(mask)),
            n_parent=events.n_events if within is None else len(within),
        )
    return populations


def _mask(
    gate: Gate,
    events: ScaledEvents,
    populations: Mapping[str, BoolArray],
    within: Rows | None,
) -> BoolArray:
    """Apply one gate; where that is dear, only to the rows of the parent.

    The mask is the caller's own, to be changed in place; outside the parent it
    means nothing.
    """
    if isinstance(gate, RectangleGate):
        return _rectangle(gate, events)
    if isinstance(gate, BooleanGate):
        return _boolean(gate, events.n_events, populations)
    points = _points(events, gate.dimensions, within)
    if isinstance(gate, PolygonGate):
        inside = points_in_polygon(gate.vertices, points)
    else:
        inside = _ellipsoid(gate, points)
    if within is None:
        return inside
    mask = np.zeros(events.n_events, dtype=np.bool_)
    mask[within] = inside
    return mask


def _rectangle(gate: RectangleGate, events: ScaledEvents) -> BoolArray:
    """Apply limits, ndarray of bool, shape (n_events,)."""
    mask = np.ones(events.n_events, dtype=np.bool_)
    for limits in gate.limits:
        column = events.column(limits.dimension)
        if limits.at_least is not None:
            mask &= column >= limits.at_least
        if limits.below is not None:
            mask &= column < limits.below
    return mask


def _boolean(
    gate: BooleanGate, n_events: int, populations: Mapping[str, BoolArray]
) -> BoolArray:
    """Combine populations, ndarray of bool, shape (n_events,)."""
    missing = [one.path for one in gate.operands if one.path not in populations]
    if missing:
        raise GatingError(
            *(
                Problem(
                    f"Boolean gate {gate.operator!r}",
                    f"refers to {path!r}, which does not stand before it.",
                )
                for path in missing
            )
        )
    mask = np.full(n_events, gate.operator != "or", dtype=np.bool_)
    for operand in gate.operands:
        other = populations[operand.path]
        if operand.complement:
            other = ~other
        match gate.operator:
            case "and":
                mask &= other
            case "or":
                mask |= other
            case "not":
                mask &= ~other
    return mask


def _ellipsoid(gate: EllipsoidGate, points: FloatArray) -> BoolArray:
    """Compare Mahalanobis distances, ndarray of bool, shape (n_points,)."""
    precision = np.linalg.inv(gate.covariance)
    offsets = [points[:, i] - centre for i, centre in enumerate(gate.center)]
    distance = np.zeros(len(points), dtype=np.float64)
    # An event at -inf, where a logarithm of 0 lies, is in no ellipsoid.
    with np.errstate(over="ignore", invalid="ignore"):
        for i, offset in enumerate(offsets):
            rotated = np.zeros_like(distance)
            for j, other in enumerate(offsets):
                rotated += other * precision[j, i]
            distance += rotated * offset
    inside: BoolArray = distance <= gate.distance_squared
    return inside


def _points(
    events: ScaledEvents, dimensions: Sequence[Dimension], within: Rows | None
) -> FloatArray:
    """Gather dimensions, ndarray of float64, shape (n_rows, n_dimensions)."""
    n_rows = events.n_events if within is None else len(within)
    points = np.empty((n_rows, len(dimensions)), dtype=np.float64)
    for position, dimension in enumerate(dimensions):
        column = events.column(dimension)
        points[:, position] = column if within is None else column[within]
    return points
