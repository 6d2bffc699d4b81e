"""Find the gates of one tube, parents first, and write them as a strategy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np

from cytoflow_blina.domain.events import BoolArray, FloatArray, ScaledEvents
from cytoflow_blina.domain.gate import (
    BooleanGate,
    EllipsoidGate,
    Gate,
    GateNode,
    GatingStrategy,
    Limits,
    Operand,
    PolygonGate,
    RectangleGate,
)
from cytoflow_blina.domain.population import GateSource
from cytoflow_blina.domain.template import (
    BooleanShape,
    Bound,
    EllipsoidShape,
    MarkerLimits,
    PolygonShape,
    RectangleShape,
    Shape,
    TemplateGate,
    Threshold,
)
from cytoflow_blina.gates.apply import gate_mask
from cytoflow_blina.gates.fit.method import Found
from cytoflow_blina.gates.fit.methods import SHAPE_METHODS, THRESHOLD_METHODS
from cytoflow_blina.gates.resolve import ResolvedTemplate


@dataclass(frozen=True)
class GateOrigin:
    """Where a gate's geometry comes from.

    Attributes
    ----------
    source : {"fitted", "template", "borrowed", "manual"}
        Found in this tube, or the template's own, or another's.
    confidence : float
        0 to 1 for a fitted gate, the least of its parts; NaN for the others.
    """

    source: GateSource
    confidence: float = nan


@dataclass(frozen=True, eq=False)
class FittedStrategy:
    """Concrete gates of one tube, and where each comes from (by path)."""

    strategy: GatingStrategy
    origins: Mapping[str, GateOrigin]


TEMPLATE = GateOrigin("template")


def fit_strategy(
    resolved: ResolvedTemplate, events: ScaledEvents, *, find: bool = True
) -> FittedStrategy:
    """Find every gate of a template in one tube.

    Parameters
    ----------
    resolved : ResolvedTemplate
        The template in the tube's detectors.
    events : ScaledEvents
        The tube on the template's axes.
    find : bool, default True
        False to take the template's own geometry for every gate.

    Returns
    -------
    FittedStrategy
        With one node for each gate of the template, in its order. A tube without
        events gets the template's geometry.

    Notes
    -----
    A threshold is found when the first gate needs it, on the events of the
    population that the template names, so that a gate found earlier narrows what
    later ones look at. Whole channels are spread evenly over their width while a
    gate is sought, against comb artefacts in the density; gates are applied to the
    events as stored, so thresholds on whole channels lie halfway between two.
    """
    search = _Search(resolved, events, find=find)
    nodes: list[GateNode] = []
    origins: dict[str, GateOrigin] = {}
    for gate in resolved.template.gates:
        concrete, origin = search.concrete(gate)
        nodes.append(GateNode(gate.path, concrete))
        origins[gate.path] = origin
        mask = gate_mask(concrete, events, search.masks)
        if gate.parent:
            mask = mask & search.masks[gate.parent]
        search.masks[gate.path] = mask
    strategy = GatingStrategy(tuple(nodes), scales=dict(resolved.scales))
    return FittedStrategy(strategy, origins)


class _Search:
    """The state of one fit: masks so far, thresholds found so far."""

    def __init__(
        self, resolved: ResolvedTemplate, events: ScaledEvents, *, find: bool
    ) -> None:
        self.resolved = resolved
        self.events = events
        self.find = find
        self.masks: dict[str, BoolArray] = {}
        self.thresholds: dict[str, tuple[float, GateOrigin]] = {}
        self.steps: dict[str, float] = {}

    def concrete(self, gate: TemplateGate) -> tuple[Gate, GateOrigin]:
        """Find one gate."""
        shape, origin = gate.shape, TEMPLATE
        if gate.method and self.find:
            values = np.column_stack(
                [self.sought(marker, gate.parent) for marker in shape_markers(shape)]
            )
            found = SHAPE_METHODS[gate.method](values, shape, gate.settings)
            if found is not None:
                shape = found.geometry
                origin = GateOrigin("fitted", found.confidence)
        if isinstance(shape, RectangleShape):
            limits, origins = self.limits(shape)
            return RectangleGate(limits), least((origin, *origins))
        return self.in_detectors(shape), origin

    def in_detectors(self, shape: PolygonShape | EllipsoidShape | BooleanShape) -> Gate:
        """Write a shape in the tube's detectors."""
        if isinstance(shape, BooleanShape):
            operands = [Operand(path) for path in shape.all_of]
            operands += [Operand(path, complement=True) for path in shape.none_of]
            return BooleanGate("and", tuple(operands))
        axes = tuple(self.resolved.dimensions[marker] for marker in shape.markers)
        if isinstance(shape, PolygonShape):
            return PolygonGate((axes[0], axes[1]), shape.vertices)
        return EllipsoidGate(
            axes, shape.center, shape.covariance, shape.distance_squared
        )

    def limits(
        self, shape: RectangleShape
    ) -> tuple[tuple[Limits, ...], tuple[GateOrigin, ...]]:
        """Put numbers in for the thresholds of a rectangle."""
        limits: list[Limits] = []
        origins: list[GateOrigin] = []
        for part in shape.limits:
            at_least, below = (
                self.bound(part, part.at_least),
                self.bound(part, part.below),
            )
            limits.append(
                Limits(self.resolved.dimensions[part.marker], at_least[0], below[0])
            )
            origins += [at_least[1], below[1]]
        return tuple(limits), tuple(origins)

    def bound(
        self, part: MarkerLimits, bound: Bound
    ) -> tuple[float | None, GateOrigin]:
        """Value of one end of a limit, and where it comes from."""
        if bound is None:
            return None, TEMPLATE
        if isinstance(bound, str):
            return self.threshold(bound)
        return self.between_channels(part.marker, bound), TEMPLATE

    def threshold(self, threshold_id: str) -> tuple[float, GateOrigin]:
        """Find a threshold, once."""
        if threshold_id not in self.thresholds:
            threshold = self.resolved.template.threshold(threshold_id)
            found = self.find_threshold(threshold)
            value, origin = threshold.at, TEMPLATE
            if found is not None:
                value, origin = found.geometry, GateOrigin("fitted", found.confidence)
            value = self.between_channels(threshold.marker, value)
            self.thresholds[threshold_id] = value, origin
        return self.thresholds[threshold_id]

    def find_threshold(self, threshold: Threshold) -> Found[float] | None:
        """Look for a threshold where the template says; None where none is seen."""
        if not threshold.method or not self.find:
            return None
        columns = [
            self.sought(threshold.marker, population)
            for population in (threshold.population, threshold.otherwise)
            if population is not None
        ]
        for method in THRESHOLD_METHODS[threshold.method]:
            for values in columns:
                found = method(values, threshold.at, threshold.settings)
                if found is not None:
                    return found
        return None

    def sought(self, marker: str, population: str) -> FloatArray:
        """Values of a population on one marker, whole channels spread evenly.

        Empty where the population fell away: another's events would say another thing.
        """
        values = self.events.column(self.resolved.dimensions[marker])
        step = self.step(marker)
        if step:
            # The golden ratio spreads consecutive events most evenly over a channel.
            turns = np.arange(values.size) * 0.6180339887498949
            values = values + step * (turns % 1 - 0.5)
        if not population:
            return values
        mask = self.masks.get(population)
        return values[:0] if mask is None else values[mask]

    def between_channels(self, marker: str, value: float) -> float:
        """Move a threshold on whole channels to the nearest half channel."""
        step = self.step(marker)
        return (np.floor(value / step) + 0.5) * step if step else value

    def step(self, marker: str) -> float:
        """Width of a stored channel in display units; 0 for continuous values."""
        if marker not in self.resolved.integer_markers:
            return 0.0
        if marker not in self.steps:
            column = self.events.column(self.resolved.dimensions[marker])
            distinct = np.unique(column[np.isfinite(column)])
            gaps = np.diff(distinct)
            self.steps[marker] = float(gaps.min()) if gaps.size else 0.0
        return self.steps[marker]


def shape_markers(shape: Shape) -> tuple[str, ...]:
    """Markers that a shape looks at, in the order of its axes; none for a Boolean."""
    match shape:
        case RectangleShape():
            return tuple(limit.marker for limit in shape.limits)
        case PolygonShape() | EllipsoidShape():
            return shape.markers
        case BooleanShape():
            return ()


def least(origins: tuple[GateOrigin, ...]) -> GateOrigin:
    """Origin of a gate made of parts: fitted where any is, as sure as the least."""
    fitted = [origin for origin in origins if origin.source == "fitted"]
    if not fitted:
        return TEMPLATE
    return GateOrigin("fitted", min(origin.confidence for origin in fitted))
