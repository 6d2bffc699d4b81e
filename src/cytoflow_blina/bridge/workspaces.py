"""Read the gates of a FlowJo 10 workspace, through FlowKit."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree

from cytoflow_blina.bridge.gate_order import order_by_need
from cytoflow_blina.bridge.safe_xml import Element, parse_xml
from cytoflow_blina.domain.events import Dimension
from cytoflow_blina.domain.gate import (
    BooleanGate,
    Gate,
    GateNode,
    GatingStrategy,
    Limits,
    Operand,
    PolygonGate,
    RectangleGate,
)
from cytoflow_blina.domain.scale import (
    ArcsinhScale,
    FlowJoBiexScale,
    FlowJoLogScale,
    LinearScale,
    LogicleScale,
    Scale,
)
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import GatingError, Problem, did_you_mean

_SHAPES = frozenset({"RectangleGate", "PolygonGate", "EllipsoidGate"})
_BOOLEANS = frozenset({"AndNode", "OrNode", "NotNode"})
_SCALES = frozenset({"linear", "log", "logicle", "biex", "fasinh"})
_FLOWJO = 10  # the oldest version that FlowKit reads


def read_workspace(
    path: Path, *, sample: str | None = None
) -> dict[str, GatingStrategy]:
    """Read the gates that a FlowJo 10 workspace holds for its samples.

    Parameters
    ----------
    path : Path
        The `.wsp` file.
    sample : str or None
        Name of the one sample to read; None for all.

    Returns
    -------
    dict of str to GatingStrategy
        By sample name. What could not be taken over stands in `notes`: gates that
        FlowKit does not know (with all that hangs on them), and what was put in their
        place. FlowJo's ellipses become polygons of 128 corners. A gate that FlowJo
        takes the outside of becomes a Boolean gate, beside the shape itself. Of two
        samples of one name the first is read.

    Raises
    ------
    GatingError
        No workspace of FlowJo 10, a sample that it does not have, a sample without
        gates, a matrix that cannot be undone.

    Notes
    -----
    FlowJo gates binned events, so its own counts may differ from these by a few in a
    thousand; those of FlowKit are the same.
    """
    root = parse_xml(path)
    samples, repeated = _keep_samples(path.name, root, sample)
    notes = {
        name: repeated.get(name, []) + _drop_unknown(element)
        for name, element in samples.items()
    }
    content = _parse_by_flowkit(path.name, root)
    return {
        name: _convert(path.name, name, content["samples"][name], notes[name])
        for name in samples
    }


def _keep_samples(
    document: str, root: Element, sample: str | None
) -> tuple[dict[str, Element], dict[str, list[str]]]:
    """Find the samples that are wanted; take the others, and the groups, out.

    Returns the samples, and by their names what is to be noted of those left out.
    """
    version = root.get("flowJoVersion", "")
    major = version.partition(".")[0]
    sample_list = root.find("SampleList")
    groups = root.find("Groups")
    if not major.isdecimal() or int(major) < _FLOWJO or None in (sample_list, groups):
        message = f"is not a workspace of FlowJo {_FLOWJO} (version {version!r})."
        raise GatingError(Problem(document, message))
    # A sample holds its own copy of the gates of its group.
    for group in list(groups):
        groups.remove(group)
    samples, repeated = _samples_by_name(document, sample_list)
    if sample is None:
        return samples, repeated
    if sample not in samples:
        message = (
            f"has no sample {sample!r}; it has {', '.join(samples) or 'none'}."
            f"{did_you_mean(sample, samples)}"
        )
        raise GatingError(Problem(document, message))
    wanted = samples.pop(sample)
    for element in samples.values():
        sample_list.remove(element)
    return {sample: wanted}, repeated


def _samples_by_name(
    document: str, sample_list: Element
) -> tuple[dict[str, Element], dict[str, list[str]]]:
    """Find every sample; of those with one name all but the first are taken out."""
    samples: dict[str, Element] = {}
    repeated: dict[str, list[str]] = {}
    for element in list(sample_list):
        node = element.find("SampleNode")
        if node is None:
            message = "holds a sample without a SampleNode. Save it again with FlowJo."
            raise GatingError(Problem(document, message))
        name = node.get("name", "")
        if name in samples:
            repeated[name] = ["A second sample of this name was not taken over."]
            sample_list.remove(element)
        else:
            samples[name] = element
    return samples, repeated


def _parse_by_flowkit(document: str, root: Element) -> Any:  # FlowKit has no types
    """Let FlowKit parse what it is known to understand."""
    from flowkit import parse_wsp
    from flowkit.exceptions import FlowKitException

    try:
        # The slope of an upright ellipse is infinite, and FlowKit's way with it right.
        with np.errstate(divide="ignore"):
            return parse_wsp(io.BytesIO(etree.tostring(root)))
    except (
        FlowKitException,
        NotImplementedError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        # The text of the others is a key or an attribute alone.
        is_said = isinstance(error, FlowKitException | NotImplementedError | ValueError)
        kind = "" if is_said else f"{type(error).__name__}: "
        message = f"cannot be read by FlowKit: {kind}{error}"
        raise GatingError(Problem(document, message)) from error


def _drop_unknown(sample: Element) -> list[str]:
    """Take out the gates that FlowKit would stumble over, and say which."""
    notes = _drop_repeated(sample)
    unknown_scales = _drop_unknown_scales(sample)
    populations = dict(_populations(sample.find("SampleNode"), ""))
    lost = {
        path: reason
        for path, element in populations.items()
        if (reason := _why_unknown(element, unknown_scales))
    }
    while more := _hanging_on(lost, populations):
        lost |= more
    for path in lost:
        populations[path].getparent().remove(populations[path])
    return notes + [f"{path}: not taken over, {why}." for path, why in lost.items()]


def _drop_repeated(sample: Element) -> list[str]:
    """Take out populations whose path another has, since FlowKit keeps but one."""
    notes = []
    seen: set[str] = set()
    for path, element in list(_populations(sample.find("SampleNode"), "")):
        if path in seen:
            element.getparent().remove(element)
            notes.append(f"{path}: a second population of this name, not taken over.")
        seen.add(path)
    return notes


def _hanging_on(
    lost: Mapping[str, str], populations: Mapping[str, Element]
) -> dict[str, str]:
    """Find what has lost its parent or an operand, and say which."""
    hanging = {}
    for path, element in populations.items():
        needed = [path.rpartition("/")[0]]
        if element.tag in _BOOLEANS:
            operands = element.iterfind("Dependents/Dependent")
            needed += [operand.get("name") for operand in operands]
        gone = [one for one in needed if one in lost]
        if gone and path not in lost:
            hanging[path] = f"it needs {gone[0]}"
    return hanging


def _populations(node: Element, parent: str) -> Iterator[tuple[str, Element]]:
    """Walk the populations below a node, with their paths."""
    for below in node.iterfind("Subpopulations"):
        for element in below:
            if element.tag == "Population" or element.tag in _BOOLEANS:
                path = f"{parent}/{element.get('name')}".removeprefix("/")
                yield path, element
                yield from _populations(element, path)


def _drop_unknown_scales(sample: Element) -> dict[str, str]:
    """Take out the scales that FlowKit does not know.

    Returns the kind of each, by every name under which a gate may use it.
    """
    unknown: dict[str, str] = {}
    scales = sample.find("Transformations")
    affixes = [("", "")] + [
        (matrix.get("prefix", ""), matrix.get("suffix", ""))
        for matrix in sample.iterfind("{*}spilloverMatrix")
    ]
    for scale in [] if scales is None else list(scales):
        kind = scale.tag.rpartition("}")[2]
        length = {key.rpartition("}")[2]: value for key, value in scale.items()}
        if kind in _SCALES and (kind != "biex" or length.get("length") == "256"):
            continue
        for parameter in scale.iterfind("{*}parameter"):
            for detector in parameter.values():
                for prefix, suffix in affixes:
                    unknown[f"{prefix}{detector}{suffix}"] = kind
        scales.remove(scale)
    return unknown


def _why_unknown(element: Element, unknown_scales: dict[str, str]) -> str:
    """Say why a gate cannot be taken over; empty where it can."""
    if element.tag in _BOOLEANS:
        return ""
    shapes = element.findall("Gate/*")
    kinds = [shape.tag.rpartition("}")[2] for shape in shapes]
    if len(kinds) != 1 or kinds[0] not in _SHAPES:
        return f"FlowKit does not know its shape ({', '.join(kinds) or 'none'})"
    n_dimensions = len(shapes[0].findall("{*}dimension"))
    if kinds[0] != "RectangleGate" and n_dimensions != 2:
        return f"it has {n_dimensions} dimensions in place of 2"
    for detector in shapes[0].iter("{*}fcs-dimension"):
        for name in detector.values():
            if name in unknown_scales:
                return (
                    f"FlowKit does not know the scale {unknown_scales[name]} of {name}"
                )
    return ""


def _convert(
    document: str, name: str, content: Any, notes: list[str]
) -> GatingStrategy:
    """Turn FlowKit's gating strategy of one sample into ours."""
    strategy = content["gating_strategy"]
    gates = {
        "/".join((*path, gate_name)[1:]): strategy.get_gate(gate_name, path)
        for gate_name, path in strategy.get_gate_ids()
    }
    nodes: dict[str, Gate] = {}
    for path, gate in gates.items():
        nodes.update(_convert_gate(path, gate, notes))
    order, left = order_by_need({path: _needs(path, nodes[path]) for path in nodes})
    notes += [
        f"{path}: not taken over, it needs a gate that is not there." for path in left
    ]
    return GatingStrategy(
        nodes=tuple(GateNode(path, nodes[path]) for path in order),
        scales={
            scale_id: _convert_scale(transform)
            for scale_id, transform in strategy.transformations.items()
        },
        matrices={
            matrix_id: _convert_matrix(document, name, matrix)
            for matrix_id, matrix in strategy.comp_matrices.items()
        },
        notes=tuple(notes),
    )


def _needs(path: str, gate: Gate) -> list[str]:
    """List the parent and the operands of a gate."""
    parent = path.rpartition("/")[0]
    operands = gate.operands if isinstance(gate, BooleanGate) else ()
    return [*([parent] if parent else []), *(operand.path for operand in operands)]


def _convert_gate(path: str, gate: Any, notes: list[str]) -> dict[str, Gate]:
    """Turn a gate of FlowKit into ours; two where FlowJo takes the outside."""
    if gate.gate_type == "BooleanGate":
        operands = tuple(
            Operand("/".join((*one["path"], one["ref"])[1:]), one["complement"])
            for one in gate.gate_refs
        )
        return {path: BooleanGate(gate.type, operands)}
    dimensions = [
        Dimension(
            one.id, one.compensation_ref or "uncompensated", one.transformation_ref
        )
        for one in gate.dimensions
    ]
    shape: Gate
    if gate.gate_type == "RectangleGate":
        shape = RectangleGate(
            tuple(
                Limits(dimension, _float(one.min), _float(one.max))
                for dimension, one in zip(dimensions, gate.dimensions, strict=True)
            )
        )
    else:
        first, second = dimensions
        shape = PolygonGate((first, second), np.array(gate.vertices, dtype=np.float64))
    if not gate.use_complement:
        return {path: shape}
    inside = f"{path} (inside)"
    notes.append(f"{path}: what is outside a shape, which is added as {inside!r}.")
    return {inside: shape, path: BooleanGate("not", (Operand(inside),))}


def _float(value: Any) -> float | None:
    """Take a limit out of NumPy."""
    return None if value is None else float(value)


def _convert_scale(transform: Any) -> Scale:
    """Turn a transformation of FlowKit into a scale."""
    match type(transform).__name__:
        case "LinearTransform":
            return LinearScale(transform.param_t, transform.param_a)
        case "WSPLogTransform":
            return FlowJoLogScale(transform.offset, transform.decades)
        case "WSPBiexTransform":
            return FlowJoBiexScale(
                transform.negative,
                transform.width,
                transform.positive,
                transform.max_value,
            )
        case "AsinhTransform":
            return ArcsinhScale(transform.param_t, transform.param_m, transform.param_a)
    return LogicleScale(
        transform.param_t, transform.param_w, transform.param_m, transform.param_a
    )


def _convert_matrix(document: str, sample: str, matrix: Any) -> Spillover:
    """Turn a matrix of FlowKit into ours."""
    values = np.array(matrix.matrix, dtype=np.float64)
    n = len(matrix.detectors)
    if values.shape != (n, n):
        message = "is compensated spectrally, which is not supported."
        raise GatingError(Problem(f"{document}, sample {sample!r}", message))
    values.setflags(write=False)
    return Spillover(tuple(matrix.detectors), values)
