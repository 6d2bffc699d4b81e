"""Tell which rectangles are the quadrants of one quadrant gate."""

from __future__ import annotations

from itertools import pairwise
from math import inf, isinf, isnan

from cytoflow_blina.domain.events import Dimension
from cytoflow_blina.domain.gate import GateNode, GatingStrategy, Limits, RectangleGate


def quadrant_groups(strategy: GatingStrategy) -> dict[str, list[GateNode]]:
    """Find, for the path of each quadrant, all quadrants of its quadrant gate.

    Parameters
    ----------
    strategy : GatingStrategy
        The gates.

    Returns
    -------
    dict of str to list of GateNode
        By path. Rectangles that name a quadrant gate but do not stand between its
        dividers (a person may have moved a limit) are left out, to be written as the
        rectangles that they are.
    """
    named: dict[tuple[str, str], list[GateNode]] = {}
    for node in strategy.nodes:
        if isinstance(node.gate, RectangleGate) and node.gate.quadrant_gate:
            named.setdefault((node.parent, node.gate.quadrant_gate), []).append(node)
    return {
        node.path: group
        for group in named.values()
        if _stand_between_dividers(group)
        for node in group
    }


def dividers_of(group: list[GateNode]) -> dict[Dimension, list[float]]:
    """List where the quadrants of a gate are divided.

    Parameters
    ----------
    group : list of GateNode
        Quadrants of one gate.

    Returns
    -------
    dict of Dimension to list of float
        The dividers on each dimension, ascending.
    """
    dividers: dict[Dimension, set[float]] = {}
    for limits in limits_of(group):
        values = dividers.setdefault(limits.dimension, set())
        values.update(
            value for value in (limits.at_least, limits.below) if value is not None
        )
    return {dimension: sorted(values) for dimension, values in dividers.items()}


def limits_of(group: list[GateNode]) -> list[Limits]:
    """Gather the limits of quadrants.

    Parameters
    ----------
    group : list of GateNode
        Quadrants.

    Returns
    -------
    list of Limits
        All their limits, in order.
    """
    return [
        limits
        for node in group
        if isinstance(node.gate, RectangleGate)
        for limits in node.gate.limits
    ]


def _stand_between_dividers(group: list[GateNode]) -> bool:
    """Tell whether each limit reaches from one divider to the next."""
    dividers = dividers_of(group)
    for limits in limits_of(group):
        ends = [-inf, *dividers[limits.dimension], inf]
        low = -inf if limits.at_least is None else limits.at_least
        high = inf if limits.below is None else limits.below
        if isnan(low) or isnan(high) or (low, high) not in pairwise(ends):
            return False
        if isinf(low) and isinf(high):
            return False
    # FlowKit cannot divide a ratio.
    return not any(dimension.is_ratio for dimension in dividers)


def location(limits: Limits) -> float:
    """Find a place by which a quadrant is recognised.

    Parameters
    ----------
    limits : Limits
        A stretch between two dividers, or beyond one.

    Returns
    -------
    float
        A number within the limits, in the units of their dimension.
    """
    if limits.at_least is not None:
        return limits.at_least  # belongs to the quadrant above it
    below = 0.0 if limits.below is None else limits.below
    return below - max(1.0, abs(below))
