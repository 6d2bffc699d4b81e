"""Find gates one after the other, each on the events of those before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from cytoflow_blina.domain.events import BoolArray, FloatArray, ScaledEvents
from cytoflow_blina.domain.gate import (
    BooleanGate,
    EllipsoidGate,
    Gate,
    Limits,
    Operand,
    PolygonGate,
    RectangleGate,
)
from cytoflow_blina.domain.population import GateSource
from cytoflow_blina.domain.scale import Scale
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
from cytoflow_blina.gates.fit.density import BANDWIDTH
from cytoflow_blina.gates.fit.method import Doubt, Found
from cytoflow_blina.gates.fit.methods import SHAPE_METHODS, find_threshold
from cytoflow_blina.gates.fit.negatives import Reference
from cytoflow_blina.gates.fit.placed import PlacedShape, PlacedThreshold
from cytoflow_blina.gates.fit.valley import valley_doubt
from cytoflow_blina.gates.resolve import ResolvedTemplate

TEMPLATE_CERTAINTY = 0.8
"""A tube that does not show an edge may have none to show, or hide it."""

NO_SHAPE_CERTAINTY = 0.3
"""A shape that was sought and not found."""

SURE = 0.5
"""A tube's own threshold that is less certain gives way to one that is lent."""

ABOVE_ALL = 2.0
"""Where a threshold lies of which neither tube nor template say anything, display
units: above every event, so that no population is made up."""

NOWHERE = np.array([[-9.0, -9.0], [-9.0, -8.9], [-8.9, -9.0]])
"""A polygon of which nothing is known: beyond every event."""

HARMLESS_SHARE = 0.005
"""A lent threshold counts the same as the tube's own where so small a share of the
events on the smaller side lies between the two: of 25 B cells none may be lost."""


class Search:
    """The state of one fit: gates and masks so far, thresholds found so far."""

    def __init__(
        self,
        resolved: ResolvedTemplate,
        events: ScaledEvents,
        *,
        find: bool,
        lent: Mapping[str, PlacedThreshold],
    ) -> None:
        self.resolved = resolved
        self.events = events
        self.find = find
        self.lent = lent
        self.gates: dict[str, Gate] = {}
        self.sources: dict[str, GateSource] = {}
        self.own_masks: dict[str, BoolArray] = {}
        self.masks: dict[str, BoolArray] = {}
        self.shapes: dict[str, Shape] = {}
        self.placed_shapes: dict[str, PlacedShape] = {}
        self.thresholds: dict[str, PlacedThreshold] = {}
        self.steps: dict[str, float] = {}

    def place(self, gate: TemplateGate) -> None:
        """Find one gate, and its events."""
        shape = gate.shape
        found: Found[Shape] | None = None
        sources: list[GateSource] = []
        if gate.method and self.find:
            values = np.column_stack(
                [
                    self.sought(marker, gate.parent)
                    for marker in (*shape_markers(shape), *gate.back_gate)
                ]
            )
            found = SHAPE_METHODS[gate.method](values, shape, gate.settings)
            if found is not None:
                shape = found.geometry
                sources.append("fitted")
        self.shapes[gate.path] = shape
        if isinstance(shape, RectangleShape):
            sources += [self.threshold(one).source for one in threshold_ids(shape)]
        self.gates[gate.path] = self.concrete(shape)
        self.sources[gate.path] = first_source(sources)
        mask = gate_mask(self.gates[gate.path], self.events, self.masks)
        self.own_masks[gate.path] = mask
        self.masks[gate.path] = mask & self.masks[gate.parent] if gate.parent else mask
        if gate.method and self.find:
            self.placed_shapes[gate.path] = self.placed_shape(gate, found)

    def placed_shape(
        self, gate: TemplateGate, found: Found[Shape] | None
    ) -> PlacedShape:
        """Say how sure a shape is."""
        n_events = int(np.count_nonzero(self.masks[gate.path]))
        if found is None:
            # A tube without beads shows none, and none is what it has.
            is_absent = gate.method == "bright_cluster" and not n_events
            return PlacedShape(1.0 if is_absent else NO_SHAPE_CERTAINTY, n_events)
        belongs = found.belongs
        if belongs is not None and gate.parent:
            belongs = np.zeros(self.events.n_events)
            belongs[self.masks[gate.parent]] = found.belongs
        return PlacedShape(found.confidence, n_events, found.doubt, belongs)

    def edges(self) -> dict[str, PlacedThreshold | PlacedShape]:
        """Every edge that was sought, by the threshold's id or the gate's path."""
        sought = {
            name: placed
            for name, placed in self.thresholds.items()
            if self.resolved.template.threshold(name).method
        }
        return {**self.placed_shapes, **sought}

    def opened(self, name: str) -> dict[str, BoolArray]:
        """Find the events of each gate that changes when one edge keeps nothing out.

        Parameters
        ----------
        name : str
            Id of a threshold, or path of a gate with a shape.

        Returns
        -------
        dict of str to ndarray of bool, shape (n_events,)
            By path.
        """
        if name in self.placed_shapes:
            everything = np.ones(self.events.n_events, dtype=np.bool_)
            return self.masks_with({name: everything})
        return self.masks_with(
            {
                path: gate_mask(self.concrete(shape, name), self.events, self.masks)
                for path, shape in self.shapes.items()
                if isinstance(shape, RectangleShape) and name in threshold_ids(shape)
            }
        )

    def values(self, marker: str) -> FloatArray:
        """Take the values of one marker, ndarray of float64, shape (n_events,)."""
        return self.events.column(self.resolved.dimensions[marker])

    def masks_with(self, own_masks: Mapping[str, BoolArray]) -> dict[str, BoolArray]:
        """Find the events of each gate that changes when some hold other events.

        Parameters
        ----------
        own_masks : mapping of str to ndarray of bool, shape (n_events,)
            What these gates hold by themselves, without their parents.

        Returns
        -------
        dict of str to ndarray of bool, shape (n_events,)
            By path.
        """
        masks: dict[str, BoolArray] = {}
        for path, shape in self.shapes.items():
            own = own_masks.get(path)
            parent = path.rpartition("/")[0]
            if isinstance(shape, BooleanShape) and not masks.keys().isdisjoint(
                shape.operands
            ):
                gate = self.gates[path]
                own = gate_mask(gate, self.events, {**self.masks, **masks})
            if own is not None or parent in masks:
                own = self.own_masks[path] if own is None else own
                outer = masks.get(parent, self.masks[parent]) if parent else own
                masks[path] = own & outer
        return masks

    def concrete(self, shape: Shape, opened: str = "") -> Gate:
        """Write a shape in the tube's detectors, with numbers for its thresholds.

        One threshold may be opened, so that it keeps nothing out.
        """
        if isinstance(shape, RectangleShape):
            return RectangleGate(
                tuple(self.limits(part, opened) for part in shape.limits)
            )
        return self.in_detectors(shape)

    def in_detectors(self, shape: PolygonShape | EllipsoidShape | BooleanShape) -> Gate:
        """Write a shape in the tube's detectors."""
        if isinstance(shape, BooleanShape):
            if shape.any_of:
                return BooleanGate("or", tuple(map(Operand, shape.any_of)))
            operands = [Operand(path) for path in shape.all_of]
            operands += [Operand(path, complement=True) for path in shape.none_of]
            return BooleanGate("and", tuple(operands))
        axes = tuple(self.resolved.dimensions[marker] for marker in shape.markers)
        if isinstance(shape, PolygonShape):
            vertices = shape.vertices if shape.vertices.size else NOWHERE
            return PolygonGate((axes[0], axes[1]), vertices)
        return EllipsoidGate(
            axes, shape.center, shape.covariance, shape.distance_squared
        )

    def limits(self, part: MarkerLimits, opened: str) -> Limits:
        """Put numbers in for the thresholds of one limit."""
        return Limits(
            self.resolved.dimensions[part.marker],
            self.bound(part, part.at_least, opened),
            self.bound(part, part.below, opened),
        )

    def bound(self, part: MarkerLimits, bound: Bound, opened: str) -> float | None:
        """Value of one end of a limit; None for an open one."""
        if bound is None or bound == opened:
            return None
        value = self.threshold(bound).value if isinstance(bound, str) else bound
        return self.between_channels(part.marker, value)

    def threshold(self, threshold_id: str) -> PlacedThreshold:
        """Find a threshold, once."""
        if threshold_id not in self.thresholds:
            threshold = self.resolved.template.threshold(threshold_id)
            placed = self.place_threshold(threshold)
            value = self.between_channels(threshold.marker, placed.value)
            scale = self.scale(threshold.marker)
            self.thresholds[threshold_id] = replace(placed, value=value, scale=scale)
        return self.thresholds[threshold_id]

    def place_threshold(self, threshold: Threshold) -> PlacedThreshold:
        """Take the tube's own threshold, one that is lent, or the template's."""
        marker = threshold.marker
        found = self.find_threshold(threshold)
        lent = self.lent.get(threshold.id)
        if (
            lent is not None
            and lent.scale == self.scale(marker)
            and self.is_lent_better(threshold, found, lent)
        ):
            values = self.sought(marker, threshold.population)
            values = values[np.isfinite(values)]
            around = valley_doubt(values, lent.value, BANDWIDTH)
            doubt = around if found is None else found.doubt
            return PlacedThreshold(
                marker, lent.value, "borrowed", lent.confidence, doubt
            )
        if found is not None:
            return PlacedThreshold(
                marker, found.geometry, "fitted", found.confidence, found.doubt
            )
        if threshold.at is None:
            return PlacedThreshold(marker, ABOVE_ALL, "template", NO_SHAPE_CERTAINTY)
        search = threshold.settings.get("search", 0.125)
        # Lower it would cut into the negative events, which is no threshold at all.
        doubt = Doubt(threshold.at, threshold.at + search / 4)
        return PlacedThreshold(
            marker, threshold.at, "template", TEMPLATE_CERTAINTY, doubt
        )

    def scale(self, marker: str) -> Scale | None:
        """Give the axis of a marker; None for none."""
        return self.resolved.scales.get(self.resolved.dimensions[marker].scale or "")

    def is_lent_better(
        self, threshold: Threshold, found: Found[float] | None, lent: PlacedThreshold
    ) -> bool:
        """Tell whether a lent threshold is to be taken.

        It is where the tube shows none, or is less sure of its own; and where it counts
        the same as the tube's own, so that visits are cut alike.
        """
        if found is None or found.confidence < min(SURE, lent.confidence):
            return True
        values = self.sought(threshold.marker, threshold.population)
        low, high = sorted((found.geometry, lent.value))
        n_between = np.count_nonzero((values >= low) & (values < high))
        n_above = np.count_nonzero(values >= found.geometry)
        n_smaller = min(n_above, np.count_nonzero(values < found.geometry))
        return bool(n_between <= HARMLESS_SHARE * n_smaller)

    def find_threshold(self, threshold: Threshold) -> Found[float] | None:
        """Look for a threshold where the template says; None where none is seen."""
        if not threshold.method or not self.find:
            return None
        columns = [
            self.sought(threshold.marker, population)
            for population in populations_to_look_at(threshold)
        ]
        return find_threshold(threshold, columns, self.reference(threshold))

    def reference(self, threshold: Threshold) -> Reference | None:
        """Events known to be negative, and the others of the population meant."""
        if threshold.negatives is None or threshold.negatives not in self.masks:
            return None
        is_negative = self.masks[threshold.negatives]
        column = self.sought(threshold.marker, "")
        is_other = ~is_negative & np.isfinite(column)
        if threshold.population:
            if threshold.population not in self.masks:
                return None
            is_other &= self.masks[threshold.population]
        return Reference(column[is_negative & np.isfinite(column)], column[is_other])

    def sought(self, marker: str, population: str) -> FloatArray:
        """Take the values of a population on one marker, to seek an edge in.

        Parameters
        ----------
        marker, population : str
            The marker, and the path of the population; empty for all events.

        Returns
        -------
        ndarray of float64, shape (n_events_of_population,)
            Whole channels are spread evenly over their width. Empty where the
            population fell away: another's events would say another thing.
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


def populations_to_look_at(threshold: Threshold) -> tuple[str, ...]:
    """Paths on whose events a threshold is sought, the one that is meant first.

    Where the template says no place, the ancestors too: among T cells alone all events
    may be positive, and only others show where negative ones lie.
    """
    paths = [threshold.population]
    if threshold.otherwise is not None:
        paths.append(threshold.otherwise)
    while threshold.at is None and "/" in paths[-1]:
        paths.append(paths[-1].rpartition("/")[0])
    return tuple(dict.fromkeys(paths))


def threshold_ids(shape: RectangleShape) -> tuple[str, ...]:
    """Ids of the thresholds that a rectangle stands on."""
    return tuple(
        bound
        for limit in shape.limits
        for bound in (limit.at_least, limit.below)
        if isinstance(bound, str)
    )


def first_source(sources: Sequence[GateSource]) -> GateSource:
    """Source of a gate made of parts: borrowed where any is, then fitted."""
    order: tuple[GateSource, ...] = ("borrowed", "fitted")
    return next((source for source in order if source in sources), "template")
