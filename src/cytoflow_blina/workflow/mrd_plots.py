"""Reduce a marrow tube to its MRD plots."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import numpy as np

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.gate import EllipsoidGate
from cytoflow_blina.domain.scale import LinearScale
from cytoflow_blina.figures.marrow_histograms import (
    CandidateGate,
    MarrowEvents,
    MarrowHistograms,
    marrow_histograms,
)
from cytoflow_blina.preprocess.rescale import scale_events
from cytoflow_blina.workflow.gating import GatedTube, RecognisedTube
from cytoflow_blina.workflow.marrow_levels import (
    cofactor_of,
    decades_of,
    scale_of_markers,
)
from cytoflow_blina.workflow.mrd_search import BLineage, is_candidate_path

_SIDE_SCATTER = "SSC"


def draw_marrow(
    recognised: RecognisedTube,
    gated: GatedTube,
    lineage: BLineage,
    *,
    sample_id: str,
) -> MarrowHistograms:
    """Count the events of the MRD plots of a tube.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube; its template says how MRD is sought.
    gated : GatedTube
        Its populations, candidates among them.
    lineage : BLineage
        Its events of B lineage.
    sample_id : str
        Which sample it is.

    Returns
    -------
    MarrowHistograms
        Small histograms, and some events of each candidate; without side scatter
        where the panel has none of the name `SSC`, or none on a linear scale.
    """
    resolved = recognised.resolved
    mrd = resolved.template.mrd
    b_lineage = mrd.b_lineage if mrd else ""
    inside = gated.populations[b_lineage].mask
    nucleated = _nucleated(recognised, gated)
    kinds = {one.detector: one.kind for one in recognised.tube.events.channels}
    markers = tuple(
        one.marker
        for one in recognised.match.assignments
        if kinds[one.detector] == "fluorescence"
    )
    cofactor = cofactor_of(recognised)
    (levels,) = decades_of(recognised, markers, [inside], cofactor=cofactor)
    backdrop = [one for one in ("CD45", "CD19") if one in markers]
    (around,) = decades_of(recognised, backdrop, [nucleated], cofactor=cofactor)
    around_by_name = dict(zip(backdrop, around.T, strict=True))
    scatter_scale = _scatter_scale(recognised)
    side = None if scatter_scale is None else _side_scatter(recognised)
    if side is not None:
        around_by_name[_SIDE_SCATTER] = side[nucleated]
    events = MarrowEvents(
        sample_id=sample_id,
        tube=resolved.template.tube,
        markers=markers,
        b_lineage=levels,
        side_scatter=None if side is None else side[inside],
        nucleated=around_by_name,
        scale=scale_of_markers(recognised),
        side_scatter_scale=scatter_scale,
    )
    return marrow_histograms(
        events,
        _candidate_gates(recognised, gated, b_lineage),
        reference=lineage.normal,
        phenotype=lineage.phenotype,
    )


def _nucleated(recognised: RecognisedTube, gated: GatedTube) -> BoolArray:
    """Events of the denominator of nucleated cells; none without such a gate."""
    mrd = recognised.resolved.template.mrd
    path = mrd.denominators.get("NUC") if mrd else None
    if path is None:
        return np.zeros(recognised.tube.events.n_events, dtype=np.bool_)
    return gated.populations[path].mask


def _side_scatter(recognised: RecognisedTube) -> FloatArray:
    """Side scatter of every event, in display units."""
    resolved = recognised.resolved
    dimension = resolved.dimensions[_SIDE_SCATTER]
    return scale_events(
        recognised.tube.events,
        (dimension,),
        scales=resolved.scales,
        matrices={},
        ratios={},
        file_spillover=recognised.spillover,
    ).column(dimension)


def _scatter_scale(recognised: RecognisedTube) -> LinearScale | None:
    """Scale of the side scatter; None where there is none that is linear."""
    resolved = recognised.resolved
    dimension = resolved.dimensions.get(_SIDE_SCATTER)
    scale = resolved.scales.get(dimension.scale or "") if dimension else None
    return scale if isinstance(scale, LinearScale) else None


def _candidate_gates(
    recognised: RecognisedTube, gated: GatedTube, b_lineage: str
) -> list[CandidateGate]:
    """Bring the gates of candidates back to decades."""
    scale = scale_of_markers(recognised)
    decades = scale.span_decades
    markers = {one: name for name, one in recognised.resolved.dimensions.items()}
    inside = gated.populations[b_lineage].mask
    gates = []
    for node in gated.strategy.nodes:
        if not is_candidate_path(node.path, b_lineage):
            continue
        empty = np.zeros(0)
        gate = CandidateGate(
            path=node.path,
            mask=gated.populations[node.path].mask[inside],
            markers=(),
            mean=empty,
            covariance=np.zeros((0, 0)),
            distance_squared=nan,
        )
        if isinstance(node.gate, EllipsoidGate) and set(node.gate.dimensions) <= set(
            markers
        ):
            gate = replace(
                gate,
                markers=tuple(markers[one] for one in node.gate.dimensions),
                mean=node.gate.center * decades - scale.negative_decades,
                covariance=node.gate.covariance * decades**2,
                distance_squared=node.gate.distance_squared,
            )
        gates.append(gate)
    return gates
