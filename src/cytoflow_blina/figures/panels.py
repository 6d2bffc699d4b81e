"""Decide which plots show the gates of a strategy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cytoflow_blina.domain.events import Dimension
from cytoflow_blina.domain.gate import (
    BooleanGate,
    GateNode,
    GatingStrategy,
    RectangleGate,
    gate_dimensions,
)

_SIDE_SCATTER = re.compile(r"^(SSC?|SIDE)([\s_-]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class PlotPanel:
    """One plot: the events of a parent on two dimensions, with gates drawn in it.

    Attributes
    ----------
    parent : str
        Path of the population whose events are shown; empty for all events.
    x, y : Dimension
        Horizontal and vertical axis.
    children : tuple of str
        Paths of the gates drawn, in the order of the strategy.
    """

    parent: str
    x: Dimension
    y: Dimension
    children: tuple[str, ...]


def plan_panels(strategy: GatingStrategy) -> tuple[PlotPanel, ...]:
    """Group the gates of a strategy into plots, so that each gate is shown once.

    Gates with the same parent and the same two dimensions share a plot. A gate on
    one dimension joins a plot of its siblings that has this dimension, else it is
    shown against side scatter, else against another dimension of the strategy. A
    gate on more than two dimensions is shown on those where it asks for positive
    events first. A Boolean gate stands beside the first of its operands.

    Parameters
    ----------
    strategy : GatingStrategy
        The gates.

    Returns
    -------
    tuple of PlotPanel
        In the order of the strategy; empty where it has no gate with a geometry.
    """
    plan = _Plan()
    gates = {node.path: node for node in strategy.nodes}
    for node in strategy.nodes:
        if len(gate_dimensions(node.gate)) > 1:
            plan.show(node, _two_dimensions(node))
    for node in strategy.nodes:
        if len(gate_dimensions(node.gate)) == 1:
            plan.show(node, _with_partner(node, plan, strategy))
    for node in strategy.nodes:
        if isinstance(node.gate, BooleanGate):
            axes = _axes_of_operands(node.gate, gates, plan)
            if axes is not None:
                plan.show(node, axes)
    return plan.panels(strategy.paths)


class _Plan:
    """Plots as they come together: for a parent and two dimensions, the gates."""

    def __init__(self) -> None:
        self._children: dict[tuple[str, Dimension, Dimension], list[str]] = {}

    def show(self, node: GateNode, axes: tuple[Dimension, Dimension]) -> None:
        x, y = axes
        if (node.parent, y, x) in self._children:
            x, y = y, x
        self._children.setdefault((node.parent, x, y), []).append(node.path)

    def axes_with(
        self, parent: str, dimension: Dimension
    ) -> tuple[Dimension, Dimension] | None:
        for shown_parent, x, y in self._children:
            if shown_parent == parent and dimension in (x, y):
                return x, y
        return None

    def axes_of(self, path: str) -> tuple[Dimension, Dimension] | None:
        for (_, x, y), children in self._children.items():
            if path in children:
                return x, y
        return None

    def panels(self, order: Sequence[str]) -> tuple[PlotPanel, ...]:
        panels = (
            PlotPanel(parent, x, y, tuple(sorted(children, key=order.index)))
            for (parent, x, y), children in self._children.items()
        )
        return tuple(sorted(panels, key=lambda panel: order.index(panel.children[0])))


def _two_dimensions(node: GateNode) -> tuple[Dimension, Dimension]:
    dimensions = gate_dimensions(node.gate)
    if len(dimensions) > 2 and isinstance(node.gate, RectangleGate):
        # Natural killer cells are CD3-, CD19-, CD16+56+: what makes them visible
        # is the marker they have, not one of the two that they lack.
        positive = {
            limits.dimension
            for limits in node.gate.limits
            if limits.at_least is not None and limits.below is None
        }
        chosen = sorted(dimensions, key=lambda dimension: dimension not in positive)[:2]
        dimensions = tuple(sorted(chosen, key=dimensions.index))
    return dimensions[0], dimensions[1]


def _with_partner(
    node: GateNode, plan: _Plan, strategy: GatingStrategy
) -> tuple[Dimension, Dimension]:
    own = gate_dimensions(node.gate)[0]
    shared = plan.axes_with(node.parent, own)
    if shared is not None:
        return shared
    others = [dimension for dimension in strategy.dimensions if dimension != own]
    scatter = [other for other in others if _SIDE_SCATTER.match(other.source)]
    partners = scatter or others or [own]
    return own, partners[0]


def _axes_of_operands(
    gate: BooleanGate, gates: dict[str, GateNode], plan: _Plan
) -> tuple[Dimension, Dimension] | None:
    """Find the plot of the first operand with a geometry, through other Booleans."""
    waiting = [operand.path for operand in gate.operands]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        axes = plan.axes_of(path)
        if axes is not None:
            return axes
        node = gates.get(path)
        if path not in seen and node is not None and isinstance(node.gate, BooleanGate):
            waiting.extend(operand.path for operand in node.gate.operands)
        seen.add(path)
    return None
