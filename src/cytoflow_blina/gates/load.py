"""Load a gating template document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cytoflow_blina.domain.document_schema import read_document
from cytoflow_blina.domain.template import (
    BooleanShape,
    EllipsoidShape,
    GatingTemplate,
    MarkerLimits,
    MrdTemplate,
    PolygonShape,
    RectangleShape,
    ReportedPopulation,
    ScaleSpec,
    Shape,
    TemplateGate,
    Threshold,
    TubeTemplate,
)
from cytoflow_blina.errors import GatingError, Problem
from cytoflow_blina.gates.template_schema import (
    GateTable,
    MrdTable,
    TemplateTable,
    TubeTable,
)

_KEYS_OF_SHAPES = {
    "rectangle": ("limits",),
    "polygon": ("markers", "vertices"),
    "ellipsoid": ("markers", "center", "covariance", "distance_squared"),
    "Boolean": ("all_of", "none_of", "any_of"),
}


def load_template(path: Path) -> GatingTemplate:
    """Read a gating template and check its form.

    Whether its parts fit each other and the panel is the matter of
    `gates.check_template.check_template`.

    Parameters
    ----------
    path : Path
        A TOML file, such as `gating/templates/facscanto-tbnk.toml`.

    Returns
    -------
    GatingTemplate
        With the hash of the document.

    Raises
    ------
    GatingError
        With every problem of form: no TOML, keys that are unknown, missing or of a
        wrong type, a threshold with neither place nor method, a gate that has no
        shape, two, or one that is incomplete.
    """
    document = read_document(path, TemplateTable, GatingError)
    content = document.content
    problems = (
        *_threshold_problems(content, document.name),
        *_shape_problems(content, document.name),
    )
    if problems:
        raise GatingError(*problems)
    return GatingTemplate(
        name=content.name,
        version=content.version,
        panel=content.panel,
        tubes=tuple(_tube(tube) for tube in content.tube),
        sha256=document.sha256,
    )


def _tube(table: TubeTable) -> TubeTemplate:
    """Turn the table of a tube into the value that it describes."""
    return TubeTemplate(
        tube=table.id,
        scales={
            name: ScaleSpec(
                kind=scale.kind,
                top=scale.top,
                linear_decades=scale.linear_decades,
                total_decades=scale.total_decades,
                negative_decades=scale.negative_decades,
            )
            for name, scale in table.scales.items()
        },
        thresholds=tuple(
            Threshold(
                id=threshold.id,
                marker=threshold.marker,
                population=threshold.population,
                at=threshold.at,
                method=threshold.method,
                settings=threshold.settings,
                note=threshold.note,
                otherwise=threshold.otherwise,
                negatives=threshold.negatives,
            )
            for threshold in table.threshold
        ),
        gates=tuple(
            TemplateGate(
                gate.path,
                _shape(gate),
                gate.method,
                gate.settings,
                gate.note,
                gate.optional,
                tuple(gate.back_gate),
                (gate.doublets_of[0], gate.doublets_of[1]) if gate.doublets_of else (),
                gate.dim_like_bright,
            )
            for gate in table.gate
        ),
        populations=tuple(
            ReportedPopulation(
                population.name,
                population.definition,
                tuple(population.paths),
                population.parent,
            )
            for population in table.population
        ),
        lymphocytes=table.lymphocytes,
        beads=table.beads,
        mrd=None if table.mrd is None else _mrd(table.mrd),
    )


def _mrd(table: MrdTable) -> MrdTemplate:
    """Turn the table of MRD into the value that it describes."""
    return MrdTemplate(
        denominator=table.denominator,
        denominators={str(code): path for code, path in table.denominators.items()},
        b_lineage=table.b_lineage,
        b19=table.b19,
        b_alt=table.b_alt,
        markers=tuple(table.markers),
        anchors=tuple(table.anchors),
        stages=dict(table.stages),
        nuclear_dye=table.nuclear_dye,
    )


def _shape(gate: GateTable) -> Shape:
    """Turn the shape's keys into the shape."""
    if gate.limits:
        return RectangleShape(
            tuple(
                MarkerLimits(
                    limit.marker, limit.at_least, limit.below, limit.where_measured
                )
                for limit in gate.limits
            )
        )
    if gate.distance_squared is None and gate.markers:
        horizontal, vertical = gate.markers
        vertices = np.array(gate.vertices, dtype=np.float64).reshape(-1, 2)
        return PolygonShape((horizontal, vertical), vertices)
    if gate.distance_squared is not None:
        return EllipsoidShape(
            tuple(gate.markers),
            np.array(gate.center),
            np.array(gate.covariance),
            gate.distance_squared,
        )
    return BooleanShape(tuple(gate.all_of), tuple(gate.none_of), tuple(gate.any_of))


def _threshold_problems(template: TemplateTable, name: str) -> Iterator[Problem]:
    """Find thresholds of which nothing says where they lie."""
    for tube_number, tube in enumerate(template.tube):
        for number, threshold in enumerate(tube.threshold):
            if threshold.at is None and not threshold.method:
                yield Problem(
                    f"{name}: tube[{tube_number}].threshold[{number}]",
                    f"{threshold.id!r} has neither 'at' nor a method that finds it; "
                    "give one of them or both.",
                )
            elif threshold.at is not None and threshold.negatives is not None:
                yield Problem(
                    f"{name}: tube[{tube_number}].threshold[{number}]",
                    f"{threshold.id!r} has both 'at' and 'negatives', which say the "
                    "same of where it lies; remove one.",
                )


def _shape_problems(template: TemplateTable, name: str) -> Iterator[Problem]:
    """Find gates whose keys do not make up one shape."""
    for tube_number, tube in enumerate(template.tube):
        for number, gate in enumerate(tube.gate):
            message = _shape_fault(gate)
            if message:
                where = f"{name}: tube[{tube_number}].gate[{number}]"
                yield Problem(where, f"{gate.path!r} {message}")


def _shape_fault(gate: GateTable) -> str:
    """Say what is wrong with a gate's shape; empty where nothing is."""
    present = {
        key
        for keys in _KEYS_OF_SHAPES.values()
        for key in keys
        if getattr(gate, key) not in ([], None)
    }
    shapes = [
        shape
        for shape, keys in _KEYS_OF_SHAPES.items()
        if present & (set(keys) - {"markers"})
    ]
    if present == {"markers"} and gate.method:
        shapes = ["polygon"]
    if len(shapes) != 1:
        found = " and ".join(shapes) if shapes else "no shape"
        offered = "; ".join(
            f"{shape}: {', '.join(keys)}" for shape, keys in _KEYS_OF_SHAPES.items()
        )
        return f"has {found}; give it the keys of one ({offered})."
    if "markers" in present and shapes[0] not in {"polygon", "ellipsoid"}:
        return f"is a {shapes[0]}, which has no key 'markers'; remove it."
    if shapes[0] == "polygon":
        return _polygon_fault(gate)
    if shapes[0] == "ellipsoid":
        return _ellipsoid_fault(gate)
    if shapes[0] == "Boolean":
        return _boolean_fault(gate)
    return _limits_fault(gate)


def _boolean_fault(gate: GateTable) -> str:
    """Say what is wrong with a Boolean gate; empty where nothing is."""
    if gate.any_of and (gate.all_of or gate.none_of):
        return (
            "has any_of beside all_of or none_of; put any_of in a gate of its own, and "
            "refer to that."
        )
    operands = [*gate.all_of, *gate.none_of, *gate.any_of]
    for path in operands:
        if operands.count(path) > 1:
            return f"refers to {path!r} twice; once is enough."
    return ""


def _limits_fault(gate: GateTable) -> str:
    """Say what is wrong with the limits of a rectangle; empty where nothing is."""
    markers = [limit.marker for limit in gate.limits]
    for limit in gate.limits:
        if limit.at_least is None and limit.below is None:
            return f"limits {limit.marker!r} at neither end; give at_least or below."
        low, high = limit.at_least, limit.below
        if isinstance(low, float) and isinstance(high, float) and low >= high:
            return f"wants {limit.marker!r} at least {low} and below {high}: no event."
        if markers.count(limit.marker) > 1:
            return f"limits {limit.marker!r} twice; give both ends in one entry."
    return ""


def _polygon_fault(gate: GateTable) -> str:
    """Say what is wrong with a polygon; empty where nothing is."""
    if len(gate.markers) != 2 or len(set(gate.markers)) != 2:
        return f"is a polygon on {gate.markers}; it needs two different markers."
    if not gate.vertices and gate.method:
        return ""
    if len(gate.vertices) < 3:
        return f"has {len(gate.vertices)} vertices; a polygon needs three or more."
    return ""


def _ellipsoid_fault(gate: GateTable) -> str:
    """Say what is wrong with an ellipsoid; empty where nothing is."""
    size = len(gate.markers)
    if size < 2 or len(set(gate.markers)) != size:
        return f"is an ellipsoid on {gate.markers}; it needs two or more, each once."
    rows = [len(row) for row in gate.covariance]
    if len(gate.center) != size or rows != [size] * size:
        return (
            f"has {size} markers; its center needs {size} numbers and its covariance "
            f"{size} rows of {size}."
        )
    if gate.distance_squared is None:
        return "has no distance_squared; add it (9.0 is three standard deviations)."
    covariance = np.array(gate.covariance)
    if not np.allclose(covariance, covariance.T):
        return "has a covariance that is not symmetric."
    if np.linalg.eigvalsh(covariance).min() <= 0:
        return "has a covariance that no cloud of events can have (not positive)."
    return ""
