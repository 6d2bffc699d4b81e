"""Turn the elements of a Gating-ML 2.0 document into a gating strategy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf, isnan

import numpy as np

from cytoflow_blina.bridge.gate_order import order_by_need
from cytoflow_blina.bridge.gating_ml.faults import Faults, number
from cytoflow_blina.bridge.gating_ml.ids import gate_name, plain_name
from cytoflow_blina.bridge.gating_ml.namespaces import DATA, GATING
from cytoflow_blina.bridge.gating_ml.scales import read_matrices, read_transformations
from cytoflow_blina.bridge.safe_xml import Element
from cytoflow_blina.domain.events import Dimension, FloatArray
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
from cytoflow_blina.domain.scale import Ratio, Scale
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import did_you_mean


@dataclass(frozen=True)
class _Entry:
    """A gate of the document, still under its XML id.

    A Boolean gate's operands bear XML ids until every path is known.
    """

    element: Element
    parent: str | None
    gate: Gate

    @property
    def needs(self) -> tuple[str, ...]:
        """XML ids that must come first."""
        operands = self.gate.operands if isinstance(self.gate, BooleanGate) else ()
        parents = (self.parent,) if self.parent is not None else ()
        return parents + tuple(operand.path for operand in operands)


@dataclass(frozen=True, eq=False)
class _Definitions:
    """What dimensions refer to."""

    scales: Mapping[str, Scale]
    ratios: Mapping[str, Ratio]
    matrices: Mapping[str, Spillover]
    detectors: Mapping[str, Mapping[str, str]]  # of a fluorochrome, by matrix


def read_document(document: str, root: Element) -> GatingStrategy:
    """Read the elements of a document that follows the schema.

    Parameters
    ----------
    document : str
        Its name, for messages.
    root : lxml element
        Its root.

    Returns
    -------
    GatingStrategy
        Parents and operands before those that need them, otherwise in the order of
        the document.

    Raises
    ------
    GatingError
        Every reference that leads nowhere or in a circle, every number out of its
        domain, with its line.
    """
    faults = Faults(document)
    scales, ratios = read_transformations(root, faults)
    matrices, detectors = read_matrices(root, faults)
    known = _Definitions(scales, ratios, matrices, detectors)
    entries: dict[str, _Entry] = {}
    for element in root:
        entries.update(_read_gate(element, known, faults))
    _check_references(root, entries, faults)
    faults.check()
    paths: dict[str, str] = {}
    nodes: list[GateNode] = []
    order, circle = order_by_need(
        {xml_id: entry.needs for xml_id, entry in entries.items()}
    )
    for xml_id in circle:
        faults.note(
            entries[xml_id].element,
            f"gate {xml_id!r} needs itself, by way of its parent or operands.",
        )
    for xml_id in order:
        node = _place(xml_id, entries[xml_id], paths)
        if node.path in paths.values():
            faults.note(entries[xml_id].element, f"a second gate {node.path!r}.")
        paths[xml_id] = node.path
        nodes.append(node)
    faults.check()
    return GatingStrategy(tuple(nodes), scales, matrices, ratios)


def _read_gate(
    element: Element, known: _Definitions, faults: Faults
) -> dict[str, _Entry]:
    """Read one element; a quadrant gate gives an entry for each quadrant."""
    kind = element.tag.rpartition("}")[2]
    if kind == "QuadrantGate":
        return _read_quadrants(element, known, faults)
    gate: Gate
    if kind == "RectangleGate":
        gate = _read_rectangle(element, known, faults)
    elif kind == "PolygonGate":
        gate = PolygonGate(
            _two_dimensions(element, known, faults), _read_vertices(element, faults)
        )
    elif kind == "EllipsoidGate":
        gate = _read_ellipsoid(element, known, faults)
    elif kind == "BooleanGate":
        gate = _read_boolean(element)
    else:
        return {}
    parent = element.get(f"{GATING}parent_id")
    return {element.get(f"{GATING}id"): _Entry(element, parent, gate)}


def _read_rectangle(
    element: Element, known: _Definitions, faults: Faults
) -> RectangleGate:
    """Read limits on one or more dimensions."""
    return RectangleGate(
        tuple(
            Limits(
                _read_dimension(child, known, faults),
                at_least=_read_limit(child, "min", -inf, faults),
                below=_read_limit(child, "max", inf, faults),
            )
            for child in element.iterfind(f"{GATING}dimension")
        )
    )


def _read_limit(
    element: Element, attribute: str, end: float, faults: Faults
) -> float | None:
    """Read a limit; an infinite one is an open end."""
    limit = number(element, f"{GATING}{attribute}", faults, may_be_infinite=True)
    return None if limit == end else limit


def _two_dimensions(
    element: Element, known: _Definitions, faults: Faults
) -> tuple[Dimension, Dimension]:
    """Read the two dimensions of a polygon; the schema sees to their number."""
    first, second = element.iterfind(f"{GATING}dimension")
    return (
        _read_dimension(first, known, faults),
        _read_dimension(second, known, faults),
    )


def _read_vertices(element: Element, faults: Faults) -> FloatArray:
    """Read corners, ndarray of float64, shape (n_vertices, 2)."""
    return np.array(
        [_values(vertex, faults) for vertex in element.iterfind(f"{GATING}vertex")],
        dtype=np.float64,
    )


def _values(element: Element, faults: Faults) -> list[float]:
    """Read the value of every child."""
    values = (number(child, f"{DATA}value", faults) for child in element)
    return [value for value in values if value is not None]


def _read_ellipsoid(
    element: Element, known: _Definitions, faults: Faults
) -> EllipsoidGate:
    """Read an ellipsoid."""
    dimensions = tuple(
        _read_dimension(child, known, faults)
        for child in element.iterfind(f"{GATING}dimension")
    )
    n = len(dimensions)
    center = _values(element.find(f"{GATING}mean"), faults)
    rows = [_values(row, faults) for row in element.find(f"{GATING}covarianceMatrix")]
    distance = number(element.find(f"{GATING}distanceSquare"), f"{DATA}value", faults)
    covariance = np.zeros((n, n), dtype=np.float64)
    if len(center) != n or [len(row) for row in rows] != [n] * n:
        faults.note(
            element,
            f"has {n} dimensions; the mean must have as many coordinates, and the "
            "covariance matrix as many rows and columns.",
        )
    else:
        covariance = np.array(rows, dtype=np.float64)
        # Not more than this: the standard's own compliance set has an ellipsoid whose
        # matrix is neither symmetric nor positive, and says which events are in it.
        is_finite = bool(np.isfinite(covariance).all())
        if is_finite and np.linalg.matrix_rank(covariance) < n:
            faults.note(element, "the covariance matrix cannot be inverted.")
    return EllipsoidGate(
        dimensions,
        np.array(center, dtype=np.float64),
        covariance,
        distance if distance is not None else 0.0,
    )


def _read_boolean(element: Element) -> BooleanGate:
    """Read a combination of gates; the operands' paths are XML ids for now."""
    operation = next(child for child in element if child.tag.startswith(GATING))
    return BooleanGate(
        operation.tag.removeprefix(GATING),
        tuple(
            Operand(
                reference.get(f"{GATING}ref"),
                complement=reference.get(f"{GATING}use-as-complement", "").strip()
                in ("true", "1"),
            )
            for reference in operation.iterfind(f"{GATING}gateReference")
        ),
    )


def _read_quadrants(
    element: Element, known: _Definitions, faults: Faults
) -> dict[str, _Entry]:
    """Read a quadrant gate as one rectangle for each quadrant."""
    name = plain_name(element.get(f"{GATING}id")).replace("/", "_")
    dividers: dict[str, tuple[Dimension, list[float]]] = {}
    for divider in element.iterfind(f"{GATING}divider"):
        values = [float(value.text) for value in divider.iterfind(f"{GATING}value")]
        if any(isnan(value) for value in values):
            faults.note(divider, "a divider stands at NaN.")
        dimension = _read_dimension(divider, known, faults)
        dividers[divider.get(f"{GATING}id")] = (dimension, sorted(values))
    entries = {}
    for quadrant in element.iterfind(f"{GATING}Quadrant"):
        limits = []
        for position in quadrant.iterfind(f"{GATING}position"):
            reference = position.get(f"{GATING}divider_ref")
            location = number(
                position, f"{GATING}location", faults, may_be_infinite=True
            )
            if reference not in dividers:
                faults.note(
                    position,
                    f"refers to divider {reference!r}, which this quadrant gate does "
                    f"not have.{did_you_mean(reference, dividers)}",
                )
            elif location is not None:
                limits.append(_cell(*dividers[reference], location))
        entries[quadrant.get(f"{GATING}id")] = _Entry(
            quadrant,
            element.get(f"{GATING}parent_id"),
            RectangleGate(tuple(limits), quadrant_gate=name),
        )
    return entries


def _cell(dimension: Dimension, dividers: list[float], location: float) -> Limits:
    """Find the stretch between dividers in which a location lies."""
    below = [value for value in dividers if value <= location]
    above = [value for value in dividers if value > location]
    return Limits(dimension, below[-1] if below else None, above[0] if above else None)


def _read_dimension(element: Element, known: _Definitions, faults: Faults) -> Dimension:
    """Read what a gate looks at, and see that all it names is defined."""
    compensation = plain_name(element.get(f"{GATING}compensation-ref"))
    if compensation not in ("uncompensated", "FCS") and (
        compensation not in known.matrices
    ):
        faults.unknown(element, "matrix", compensation, known.matrices)
    scale = element.get(f"{GATING}transformation-ref")
    if scale is not None:
        scale = plain_name(scale)
        if scale not in known.scales:
            faults.unknown(element, "scale", scale, known.scales)
    detector = element.find(f"{DATA}fcs-dimension")
    if detector is not None:
        source = detector.get(f"{DATA}name")
        # After compensation a dimension may go by the name of the fluorochrome.
        source = known.detectors.get(compensation, {}).get(source, source)
        return Dimension(source, compensation, scale)
    ratio = plain_name(
        element.find(f"{DATA}new-dimension").get(f"{DATA}transformation-ref")
    )
    if ratio not in known.ratios:
        faults.unknown(element, "ratio", ratio, known.ratios)
    return Dimension(ratio, compensation, scale, is_ratio=True)


def _check_references(
    root: Element, entries: Mapping[str, _Entry], faults: Faults
) -> None:
    """See that every gate that another needs is there."""
    quadrant_gates = {
        element.get(f"{GATING}id") for element in root.iterfind(f"{GATING}QuadrantGate")
    }
    for entry in entries.values():
        for needed in entry.needs:
            if needed in quadrant_gates:
                faults.note(
                    entry.element,
                    f"refers to the quadrant gate {needed!r}; only one of its "
                    "quadrants can be a parent or an operand.",
                )
            elif needed not in entries:
                faults.unknown(entry.element, "gate", needed, entries)


def _place(xml_id: str, entry: _Entry, paths: Mapping[str, str]) -> GateNode:
    """Put a gate at its place in the tree."""
    parent = paths[entry.parent] if entry.parent is not None else ""
    name = gate_name(xml_id, parent)
    gate = entry.gate
    if isinstance(gate, BooleanGate):
        operands = tuple(
            replace(operand, path=paths[operand.path]) for operand in gate.operands
        )
        gate = replace(gate, operands=operands)
    return GateNode(f"{parent}/{name}" if parent else name, gate)
