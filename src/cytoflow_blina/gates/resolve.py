"""Write a template in the detectors of one tube, less what the tube cannot show."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from types import MappingProxyType

from cytoflow_blina.domain.events import Channel, Dimension
from cytoflow_blina.domain.panel import PanelMatch
from cytoflow_blina.domain.scale import (
    ArcsinhScale,
    HyperlogScale,
    LinearScale,
    LogicleScale,
    LogScale,
    Scale,
)
from cytoflow_blina.domain.template import (
    BooleanShape,
    EllipsoidShape,
    MrdTemplate,
    PolygonShape,
    RectangleShape,
    ScaleSpec,
    Shape,
    TemplateGate,
    TubeTemplate,
)
from cytoflow_blina.errors import GatingError, Problem


@dataclass(frozen=True)
class ResolvedTemplate:
    """A template with the tube's detectors put in for its markers.

    Attributes
    ----------
    template : TubeTemplate
        The template, less gates, thresholds and populations that need a marker which
        the tube does not measure.
    dimensions : mapping of str to Dimension
        Axis of each marker that the tube measures.
    scales : mapping of str to Scale
        The scales that the dimensions name.
    integer_markers : frozenset of str
        Markers stored as whole channels.
    fallen_away : tuple of str
        Paths of the gates that the tube cannot show.
    """

    template: TubeTemplate
    dimensions: Mapping[str, Dimension]
    scales: Mapping[str, Scale]
    integer_markers: frozenset[str]
    fallen_away: tuple[str, ...]


def resolve_template(
    template: TubeTemplate,
    match: PanelMatch,
    channels: Sequence[Channel],
    *,
    compensation: str,
    linear_decades: Mapping[str, float] = MappingProxyType({}),
) -> ResolvedTemplate:
    """Put a tube's detectors in for the markers of its template.

    Parameters
    ----------
    template : TubeTemplate
        The gates of this tube of the panel.
    match : PanelMatch
        Which detector stands for which marker.
    channels : sequence of Channel
        The tube's channels.
    compensation : str
        `FCS` to undo the matrix in the file, `uncompensated` where the cytometer
        compensated. Scatter is never compensated.
    linear_decades : mapping of str to float, optional
        By detector, what was estimated from the events, for scales of which the
        template does not say it; half a decade for any other.

    Returns
    -------
    ResolvedTemplate
        With every gate that the measured markers allow.

    Raises
    ------
    GatingError
        Where the template takes the top of a scale from the file, and the file does
        not declare it.
    """
    by_detector = {channel.detector: channel for channel in channels}
    problems: list[Problem] = []
    dimensions: dict[str, Dimension] = {}
    scales: dict[str, Scale] = {}
    integer_markers: set[str] = set()
    for assignment in match.assignments:
        channel = by_detector[assignment.detector]
        kind = "fluorescence" if channel.kind == "fluorescence" else "scatter"
        spec = template.scale_of(assignment.marker, kind)
        top = spec.top if spec.top is not None else channel.range_max
        if not isfinite(top):
            problems.append(
                Problem(
                    f"scale of {assignment.marker!r}",
                    f"the file does not declare the range of {channel.detector!r}. "
                    "Give 'top' in the template.",
                )
            )
            continue
        scale = _scale(spec, top, linear_decades.get(channel.detector, 0.5))
        scale_id = _scale_id(spec.kind, scale, scales)
        scales[scale_id] = scale
        dimensions[assignment.marker] = Dimension(
            channel.detector,
            compensation if kind == "fluorescence" else "uncompensated",
            scale_id,
        )
        if channel.is_integer:
            integer_markers.add(assignment.marker)
    if problems:
        raise GatingError(*problems)
    reduced, fallen_away = _without_missing(template, frozenset(dimensions))
    return ResolvedTemplate(
        reduced, dimensions, scales, frozenset(integer_markers), fallen_away
    )


def _scale(spec: ScaleSpec, top: float, estimated: float) -> Scale:
    """Make the scale of a channel."""
    linear = estimated if spec.linear_decades is None else spec.linear_decades
    decades = (linear, spec.total_decades, spec.negative_decades)
    match spec.kind:
        case "linear":
            return LinearScale(top)
        case "log":
            return LogScale(top, spec.total_decades)
        case "arcsinh":
            return ArcsinhScale(top, spec.total_decades, spec.negative_decades)
        case "logicle":
            return LogicleScale(top, *decades)
        case "hyperlog":
            return HyperlogScale(top, *decades)


def _scale_id(kind: str, scale: Scale, taken: Mapping[str, Scale]) -> str:
    """Make an id that says what a scale is, in full where six digits do not."""
    numbers = dataclasses.astuple(scale)
    short = "_".join([kind, *(f"{number:g}" for number in numbers)])
    if taken.get(short, scale) == scale:
        return short
    return "_".join([kind, *map(repr, numbers)])


def _without_missing(
    template: TubeTemplate, measured: frozenset[str]
) -> tuple[TubeTemplate, tuple[str, ...]]:
    """Leave out what needs a marker that the tube does not measure."""
    kept: dict[str, TemplateGate] = {}
    fallen_away: list[str] = []
    dispensable: set[str] = set()
    for gate in template.gates:
        shape = _measured_shape(gate.shape, measured, kept, dispensable)
        if shape is not None and (not gate.parent or gate.parent in kept):
            helpful = tuple(one for one in gate.back_gate if one in measured)
            kept[gate.path] = replace(gate, shape=shape, back_gate=helpful)
            continue
        fallen_away.append(gate.path)
        if gate.optional:
            dispensable.add(gate.path)
    reduced = replace(
        template,
        gates=tuple(kept.values()),
        thresholds=tuple(
            threshold
            for threshold in template.thresholds
            if threshold.marker in measured
        ),
        populations=tuple(
            population
            for population in template.populations
            if all(path in kept for path in (*population.paths, population.parent))
        ),
        beads=template.beads if template.beads in kept else "",
        lymphocytes=template.lymphocytes if template.lymphocytes in kept else "",
        mrd=template.mrd and _measured_mrd(template.mrd, measured, kept),
    )
    return reduced, tuple(fallen_away)


def _measured_mrd(
    mrd: MrdTemplate, measured: frozenset[str], kept: Collection[str]
) -> MrdTemplate:
    """Leave out gates that fell away and markers that are not measured."""
    return replace(
        mrd,
        denominators={
            code: path for code, path in mrd.denominators.items() if path in kept
        },
        b_lineage=mrd.b_lineage if mrd.b_lineage in kept else "",
        b19=mrd.b19 if mrd.b19 in kept else "",
        b_alt=mrd.b_alt if mrd.b_alt in kept else "",
        markers=tuple(one for one in mrd.markers if one in measured),
        anchors=tuple(path for path in mrd.anchors if path in kept),
        stages={name: path for name, path in mrd.stages.items() if path in kept},
        nuclear_dye=mrd.nuclear_dye if mrd.nuclear_dye in measured else "",
    )


def _measured_shape(
    shape: Shape,
    measured: frozenset[str],
    kept: Collection[str],
    dispensable: Collection[str],
) -> Shape | None:
    """Reduce a shape to what is measured; None where that is another population."""
    match shape:
        case RectangleShape():
            limits = tuple(
                limit
                for limit in shape.limits
                if limit.marker in measured or not limit.where_measured
            )
            if not limits or any(limit.marker not in measured for limit in limits):
                return None
            return RectangleShape(limits)
        case PolygonShape() | EllipsoidShape():
            return shape if measured.issuperset(shape.markers) else None
        case BooleanShape():
            reduced = BooleanShape(
                tuple(path for path in shape.all_of if path not in dispensable),
                tuple(path for path in shape.none_of if path not in dispensable),
                tuple(path for path in shape.any_of if path in kept),
            )
            operands = reduced.operands
            is_whole = operands and all(path in kept for path in operands)
            return reduced if is_whole else None
