"""Turn a gating strategy into the elements of a Gating-ML 2.0 document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isinf, isnan

from lxml import etree

from cytoflow_blina.bridge.gating_ml.ids import (
    DIVIDER,
    GATE,
    MATRIX,
    QUADRANT_GATE,
    RATIO,
    SCALE,
    IdRegister,
)
from cytoflow_blina.bridge.gating_ml.namespaces import (
    DATA,
    GATING,
    NAMESPACES,
    TRANSFORMS,
)
from cytoflow_blina.bridge.gating_ml.quadrants import (
    dividers_of,
    limits_of,
    location,
    quadrant_groups,
)
from cytoflow_blina.bridge.safe_xml import Element
from cytoflow_blina.domain.events import Dimension, FloatArray
from cytoflow_blina.domain.gate import (
    BooleanGate,
    EllipsoidGate,
    GateNode,
    GatingStrategy,
    Limits,
    PolygonGate,
    RectangleGate,
)
from cytoflow_blina.domain.scale import (
    ArcsinhScale,
    HyperlogScale,
    LinearScale,
    LogicleScale,
    LogScale,
    Ratio,
    Scale,
)
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import GatingError, Problem


@dataclass(frozen=True, eq=False)
class _Writing:
    """A document being written: where it has got to, and the id of everything.

    Attributes
    ----------
    root : lxml element
        Takes the elements.
    faults : list of Problem
        What Gating-ML cannot hold.
    register : IdRegister
        Ids in use.
    gates, scales, ratios, matrices : mapping of str to str
        XML id of a gate's path, of a scale, of a ratio, of a matrix.
    """

    root: Element
    faults: list[Problem]
    register: IdRegister
    gates: Mapping[str, str]
    scales: Mapping[str, str]
    ratios: Mapping[str, str]
    matrices: Mapping[str, str]


def build_document(document: str, strategy: GatingStrategy) -> Element:
    """Build the elements of a document.

    Parameters
    ----------
    document : str
        Its name, for messages.
    strategy : GatingStrategy
        What to write.

    Returns
    -------
    lxml element
        The root: scales, ratios and matrices by id, then the gates in order. The
        quadrants of a quadrant gate stand together, at the place of the first.

    Raises
    ------
    GatingError
        FlowJo's scales, which Gating-ML does not have; NaN; a reference that leads
        nowhere. All of them together.
    """
    writing = _begin(strategy)
    for scale_id, scale in sorted(strategy.scales.items()):
        _add_scale(writing, scale_id, scale)
    for ratio_id, ratio in sorted(strategy.ratios.items()):
        _add_ratio(writing, ratio_id, ratio)
    for matrix_id, matrix in sorted(strategy.matrices.items()):
        _add_matrix(writing, matrix_id, matrix)
    groups = quadrant_groups(strategy)
    for node in strategy.nodes:
        group = groups.get(node.path)
        if group is None:
            _add_gate(writing, node)
        elif group[0] is node:
            _add_quadrants(writing, group)
    if writing.faults:
        raise GatingError(
            *(
                Problem(f"{document}, {fault.where}", fault.message)
                for fault in dict.fromkeys(writing.faults)
            )
        )
    return writing.root


def _begin(strategy: GatingStrategy) -> _Writing:
    """Give everything its id; a name that is alone keeps it."""
    register = IdRegister()
    names = Counter(node.name for node in strategy.nodes)
    gates = {}
    for node in sorted(strategy.nodes, key=lambda node: names[node.name]):
        qualified = f"{GATE}{node.path}"
        alone = (node.name,) if names[node.name] == 1 else ()
        gates[node.path] = register.take(*alone, qualified)
    others = (
        {label: register.take(label, f"{kind}{label}") for label in sorted(labels)}
        for kind, labels in (
            (SCALE, strategy.scales),
            (RATIO, strategy.ratios),
            (MATRIX, strategy.matrices),
        )
    )
    root = etree.Element(f"{GATING}Gating-ML", nsmap=NAMESPACES)
    return _Writing(root, [], register, gates, *others)


def _text(writing: _Writing, where: str, value: float) -> str:
    """Write a number so that the same one is read back."""
    value = float(value)
    if isnan(value):
        writing.faults.append(Problem(where, "a number is NaN."))
    if isinf(value):
        return "INF" if value > 0 else "-INF"
    return repr(value)


def _add_scale(writing: _Writing, scale_id: str, scale: Scale) -> None:
    """Write a scale."""
    where = f"scale {scale_id!r}"
    letters: dict[str, float]
    match scale:
        case LinearScale():
            kind, letters = "flin", {"T": scale.top, "A": scale.a}
        case LogScale():
            kind, letters = "flog", {"T": scale.top, "M": scale.total_decades}
        case ArcsinhScale():
            kind = "fasinh"
            letters = {
                "T": scale.top,
                "M": scale.total_decades,
                "A": scale.negative_decades,
            }
        case LogicleScale() | HyperlogScale():
            kind = "logicle" if isinstance(scale, LogicleScale) else "hyperlog"
            letters = {
                "T": scale.top,
                "W": scale.linear_decades,
                "M": scale.total_decades,
                "A": scale.negative_decades,
            }
        case _:
            message = (
                "is FlowJo's own, and Gating-ML has no such scale. Draw the gates on "
                "a logicle scale to write them."
            )
            writing.faults.append(Problem(where, message))
            return
    outer = etree.SubElement(writing.root, f"{TRANSFORMS}transformation")
    outer.set(f"{TRANSFORMS}id", writing.scales[scale_id])
    inner = etree.SubElement(outer, f"{TRANSFORMS}{kind}")
    for letter, value in letters.items():
        inner.set(f"{TRANSFORMS}{letter}", _text(writing, where, value))


def _add_ratio(writing: _Writing, ratio_id: str, ratio: Ratio) -> None:
    """Write a ratio of two detectors."""
    outer = etree.SubElement(writing.root, f"{TRANSFORMS}transformation")
    outer.set(f"{TRANSFORMS}id", writing.ratios[ratio_id])
    inner = etree.SubElement(outer, f"{TRANSFORMS}fratio")
    for letter, value in zip("ABC", (ratio.a, ratio.b, ratio.c), strict=True):
        text = _text(writing, f"ratio {ratio_id!r}", value)
        inner.set(f"{TRANSFORMS}{letter}", text)
    for detector in (ratio.numerator, ratio.denominator):
        etree.SubElement(inner, f"{DATA}fcs-dimension").set(f"{DATA}name", detector)


def _add_matrix(writing: _Writing, matrix_id: str, matrix: Spillover) -> None:
    """Write a matrix; its fluorochromes go by the names of their detectors."""
    outer = etree.SubElement(writing.root, f"{TRANSFORMS}spectrumMatrix")
    outer.set(f"{TRANSFORMS}id", writing.matrices[matrix_id])
    for part in ("fluorochromes", "detectors"):
        names = etree.SubElement(outer, f"{TRANSFORMS}{part}")
        for detector in matrix.detectors:
            child = etree.SubElement(names, f"{DATA}fcs-dimension")
            child.set(f"{DATA}name", detector)
    for row in matrix.matrix:
        spectrum = etree.SubElement(outer, f"{TRANSFORMS}spectrum")
        for value in row:
            text = _text(writing, f"matrix {matrix_id!r}", value)
            coefficient = etree.SubElement(spectrum, f"{TRANSFORMS}coefficient")
            coefficient.set(f"{TRANSFORMS}value", text)


def _add_gate(writing: _Writing, node: GateNode) -> None:
    """Write a gate that is not a quadrant."""
    gate = node.gate
    kind = type(gate).__name__
    element = _start_gate(writing, kind, writing.gates[node.path], node)
    if isinstance(gate, RectangleGate):
        for limits in gate.limits:
            _add_limits(writing, element, limits, node)
    elif isinstance(gate, PolygonGate):
        for dimension in gate.dimensions:
            _add_dimension(writing, element, "dimension", dimension, node)
        for vertex in gate.vertices:
            _add_values(writing, element, "vertex", vertex, node)
    elif isinstance(gate, EllipsoidGate):
        _add_ellipsoid(writing, element, gate, node)
    else:
        _add_boolean(writing, element, gate, node)


def _start_gate(writing: _Writing, kind: str, xml_id: str, node: GateNode) -> Element:
    """Open a gate's element."""
    element = etree.SubElement(writing.root, f"{GATING}{kind}")
    element.set(f"{GATING}id", xml_id)
    if node.parent:
        _refer(writing, element, "parent_id", node.parent, node)
    return element


def _refer(
    writing: _Writing, element: Element, attribute: str, path: str, node: GateNode
) -> None:
    """Refer to a gate by its id."""
    if path not in writing.gates:
        message = f"refers to the gate {path!r}, which is not there."
        writing.faults.append(Problem(f"gate {node.path!r}", message))
    element.set(f"{GATING}{attribute}", writing.gates.get(path, ""))


def _add_dimension(
    writing: _Writing, parent: Element, tag: str, dimension: Dimension, node: GateNode
) -> Element:
    """Write what a gate looks at."""
    element = etree.SubElement(parent, f"{GATING}{tag}")
    compensation = dimension.compensation
    reserved = {"FCS": "FCS", "uncompensated": "uncompensated"}
    references = [("matrix", compensation, {**writing.matrices, **reserved})]
    if dimension.scale is not None:
        references.append(("scale", dimension.scale, {**writing.scales}))
    if dimension.is_ratio:
        references.append(("ratio", dimension.source, {**writing.ratios}))
    for kind, name, choices in references:
        if name not in choices:
            message = f"refers to the {kind} {name!r}, which the strategy lacks."
            writing.faults.append(Problem(f"gate {node.path!r}", message))
    xml_ids = [choices.get(name, "") for _, name, choices in references]
    element.set(f"{GATING}compensation-ref", xml_ids[0])
    if dimension.scale is not None:
        element.set(f"{GATING}transformation-ref", xml_ids[1])
    if dimension.is_ratio:
        source = etree.SubElement(element, f"{DATA}new-dimension")
        source.set(f"{DATA}transformation-ref", xml_ids[-1])
    else:
        source = etree.SubElement(element, f"{DATA}fcs-dimension")
        source.set(f"{DATA}name", dimension.source)
    return element


def _add_limits(
    writing: _Writing, parent: Element, limits: Limits, node: GateNode
) -> None:
    """Write a stretch of one dimension."""
    element = _add_dimension(writing, parent, "dimension", limits.dimension, node)
    ends = ("min", limits.at_least, -inf), ("max", limits.below, inf)
    for attribute, limit, open_end in ends:
        # FlowKit trips over a ratio without one of the limits.
        value = open_end if limit is None and limits.dimension.is_ratio else limit
        if value is not None:
            text = _text(writing, f"gate {node.path!r}", value)
            element.set(f"{GATING}{attribute}", text)


def _add_values(
    writing: _Writing, parent: Element, tag: str, values: FloatArray, node: GateNode
) -> None:
    """Write a point, or a row of a matrix."""
    element = etree.SubElement(parent, f"{GATING}{tag}")
    child = "entry" if tag == "row" else "coordinate"
    for value in values:
        text = _text(writing, f"gate {node.path!r}", value)
        etree.SubElement(element, f"{GATING}{child}").set(f"{DATA}value", text)


def _add_ellipsoid(
    writing: _Writing, element: Element, gate: EllipsoidGate, node: GateNode
) -> None:
    """Write the parts of an ellipsoid."""
    for dimension in gate.dimensions:
        _add_dimension(writing, element, "dimension", dimension, node)
    _add_values(writing, element, "mean", gate.center, node)
    covariance = etree.SubElement(element, f"{GATING}covarianceMatrix")
    for row in gate.covariance:
        _add_values(writing, covariance, "row", row, node)
    text = _text(writing, f"gate {node.path!r}", gate.distance_squared)
    distance = etree.SubElement(element, f"{GATING}distanceSquare")
    distance.set(f"{DATA}value", text)


def _add_boolean(
    writing: _Writing, element: Element, gate: BooleanGate, node: GateNode
) -> None:
    """Write a combination; a lone operand is joined with itself."""
    operation = etree.SubElement(element, f"{GATING}{gate.operator}")
    # The schema wants two operands of `and` and `or`; x and x is x.
    lone = len(gate.operands) == 1 and gate.operator != "not"
    for operand in gate.operands * (2 if lone else 1):
        reference = etree.SubElement(operation, f"{GATING}gateReference")
        _refer(writing, reference, "ref", operand.path, node)
        if operand.complement:
            reference.set(f"{GATING}use-as-complement", "true")


def _add_quadrants(writing: _Writing, group: list[GateNode]) -> None:
    """Write a quadrant gate with all its quadrants."""
    first = group[0]
    name = first.gate.quadrant_gate if isinstance(first.gate, RectangleGate) else ""
    qualified = f"{QUADRANT_GATE}{first.parent}/{name}"
    xml_id = writing.register.take(str(name), qualified)
    element = _start_gate(writing, "QuadrantGate", xml_id, first)
    divider_ids = {}
    for index, (dimension, values) in enumerate(dividers_of(group).items(), start=1):
        divider = _add_dimension(writing, element, "divider", dimension, first)
        divider_ids[dimension] = writing.register.take(
            f"{name}.{index}", f"{DIVIDER}{first.parent}/{name}/{index}"
        )
        divider.set(f"{GATING}id", divider_ids[dimension])
        for value in values:
            text = _text(writing, f"gate {first.path!r}", value)
            etree.SubElement(divider, f"{GATING}value").text = text
    for node in group:
        quadrant = etree.SubElement(element, f"{GATING}Quadrant")
        quadrant.set(f"{GATING}id", writing.gates[node.path])
        for limits in limits_of([node]):
            position = etree.SubElement(quadrant, f"{GATING}position")
            position.set(f"{GATING}divider_ref", divider_ids[limits.dimension])
            text = _text(writing, f"gate {node.path!r}", location(limits))
            position.set(f"{GATING}location", text)
