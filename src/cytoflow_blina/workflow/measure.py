"""Measure in the events of a gated tube what the quality checks look at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cytoflow_blina.domain.events import (
    BoolArray,
    CompensatedEvents,
    FloatArray,
    RawEvents,
)
from cytoflow_blina.domain.gate import BooleanGate
from cytoflow_blina.domain.panel import Panel
from cytoflow_blina.domain.template import TubeTemplate
from cytoflow_blina.gates.apply import gate_mask
from cytoflow_blina.quality.back_gating import (
    GateQuality,
    Leukocytes,
    measure_gate_quality,
)
from cytoflow_blina.quality.lymphocyte_kinds import lymphocyte_kinds
from cytoflow_blina.quality.measurements import EventQuality
from cytoflow_blina.quality.residual_spill import (
    Stain,
    has_tandem_and_donor,
    measure_residual_spill,
)
from cytoflow_blina.quality.saturation import measure_saturation
from cytoflow_blina.quality.time_course import TimeMeasurement, measure_time
from cytoflow_blina.workflow.gating import GatedTube, RecognisedTube

QC_MONOCYTES = "qc_mono"
"""Gate, below the lymphocyte gate, of monocytes that slipped into it."""

LINEAGES = ("CD3", "CD19", "NK")
"""Populations that make up the lymphocytes, by their names in `counts.csv`."""


def measure_events(
    recognised: RecognisedTube,
    gated: GatedTube,
    compensated: CompensatedEvents,
    panel: Panel,
) -> EventQuality:
    """Measure the quality of a gated tube.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube, its markers and its template.
    gated : GatedTube
        Its populations.
    compensated : CompensatedEvents
        Its events in linear units.
    panel : Panel
        The panel, for its dyes.

    Returns
    -------
    EventQuality
        Plain numbers. What the template has no gate for is not measured.
    """
    template = recognised.resolved.template
    stains = _stains(recognised, compensated, panel)
    lymphocytes = template.lymphocytes
    return EventQuality(
        saturation_percent=_saturation(recognised, gated, stains),
        time=_time(recognised.tube.events),
        gate=_gate_quality(recognised, gated, compensated) if lymphocytes else None,
        spill=(
            measure_residual_spill(
                {stain: compensated.column(name) for stain, name in stains.items()},
                _kinds(template, gated),
            )
            if lymphocytes
            else None
        ),
        has_tandem=has_tandem_and_donor(stains),
    )


def _stains(
    recognised: RecognisedTube, events: CompensatedEvents, panel: Panel
) -> dict[Stain, str]:
    """Marker and dye of each fluorescence of the panel, with its detector."""
    tube = panel.tube(recognised.match.tube)
    dyes = {channel.marker: channel.fluorochrome for channel in tube.channels}
    kinds = {channel.detector: channel.kind for channel in events.channels}
    return {
        Stain(one.marker, dyes.get(one.marker, "")): one.detector
        for one in recognised.match.assignments
        if kinds[one.detector] == "fluorescence"
    }


def _leukocytes(template: TubeTemplate, gated: GatedTube) -> BoolArray | None:
    """Parent of the lymphocyte gate; None for all events, or without such a gate."""
    parent = template.lymphocytes.rpartition("/")[0]
    return gated.populations[parent].mask if parent else None


def _saturation(
    recognised: RecognisedTube, gated: GatedTube, stains: Mapping[Stain, str]
) -> dict[str, float]:
    """Measure how many leukocytes lie at the top of each fluorescence, as measured.

    Leukocytes are the parent of the lymphocyte gate: beads are made to be bright.
    """
    mask = _leukocytes(recognised.resolved.template, gated)
    rows = slice(None) if mask is None else mask
    events = recognised.tube.events
    channels = {channel.detector: channel for channel in events.channels}
    return {
        stain.marker: measure_saturation(
            events.column(detector)[rows], channels[detector].range_max
        )
        for stain, detector in stains.items()
    }


def _time(events: RawEvents) -> TimeMeasurement:
    """Measure the time channel; a tube may lack it."""
    for channel in events.channels:
        if channel.kind == "time":
            return measure_time(events.column(channel.detector))
    return measure_time(None)


def _gate_quality(
    recognised: RecognisedTube, gated: GatedTube, compensated: CompensatedEvents
) -> GateQuality:
    """Hold the lymphocyte gate against the lineage markers of all leukocytes."""
    template = recognised.resolved.template
    detectors = {one.marker: one.detector for one in recognised.match.assignments}
    lineages = _lineages(template, gated)
    missing = [
        name
        for name, place in (("CD45", detectors), ("SSC", detectors), ("CD3", lineages))
        if name not in place
    ]
    if missing:
        words = f"the tube has no {' and no '.join(missing)} to tell lymphocytes by"
        return GateQuality(problem=words)
    mask = _leukocytes(template, gated)
    rows = slice(None) if mask is None else np.flatnonzero(mask)
    monocytes = _below(template.lymphocytes, QC_MONOCYTES, gated)
    return measure_gate_quality(
        Leukocytes(
            in_gate=gated.populations[template.lymphocytes].mask[rows],
            cd45=_decades(compensated.column(detectors["CD45"])[rows]),
            side_scatter=compensated.column(detectors["SSC"])[rows],
            lineages={name: one[rows] for name, one in lineages.items()},
            monocytes=None if monocytes is None else monocytes[rows],
        )
    )


def _lineages(template: TubeTemplate, gated: GatedTube) -> dict[str, BoolArray]:
    """Tell which events carry a lineage marker, inside the lymphocyte gate or outside.

    That is the gate of the population without its parent. A gate that stands elsewhere
    than right below the lymphocyte gate, or combines others, does not tell.
    """
    masks = {path: population.mask for path, population in gated.populations.items()}
    nodes = {node.path: node for node in gated.strategy.nodes}
    found = {}
    for population in template.populations:
        if population.name not in LINEAGES or len(population.paths) != 1:
            continue
        node = nodes[population.paths[0]]
        if node.parent == template.lymphocytes and not isinstance(
            node.gate, BooleanGate
        ):
            found[population.name] = gate_mask(node.gate, gated.events, masks)
    return found


def _kinds(template: TubeTemplate, gated: GatedTube) -> dict[str, BoolArray]:
    """Part the lymphocytes into kinds by the populations that the template reports."""
    reported = {
        population.name: np.logical_or.reduce(
            [gated.populations[path].mask for path in population.paths]
        )
        for population in template.populations
    }
    return lymphocyte_kinds(
        gated.populations[template.lymphocytes].mask,
        reported,
        _below(template.lymphocytes, QC_MONOCYTES, gated),
    )


def _below(parent: str, name: str, gated: GatedTube) -> BoolArray | None:
    """Events of a gate below another; None where there is none."""
    found = gated.populations.get(f"{parent}/{name}")
    return None if found is None else found.mask


def _decades(values: FloatArray) -> FloatArray:
    """Decimal logarithm; what lies at 1 or below is taken for 1."""
    decades: FloatArray = np.log10(np.maximum(values, 1.0))
    return decades
