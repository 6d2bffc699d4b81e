"""Look for residual leukaemia among the events of B lineage of one tube."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isclose

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.gate import (
    BooleanGate,
    EllipsoidGate,
    GateNode,
    GatingStrategy,
    RectangleGate,
)
from cytoflow_blina.domain.mrd import Phenotype, TubeReference
from cytoflow_blina.domain.template import TubeTemplate
from cytoflow_blina.errors import GatingError, Problem
from cytoflow_blina.gates.fit.strategy import FittedStrategy, GateOrigin
from cytoflow_blina.mrd.alignment import align_reference, brighten
from cytoflow_blina.mrd.candidates import find_candidates
from cytoflow_blina.mrd.cd19_expression import Cd19Limits
from cytoflow_blina.mrd.describe import on_common_markers
from cytoflow_blina.mrd.distance import nearest_population, on_markers
from cytoflow_blina.mrd.rules import CandidateLimits
from cytoflow_blina.mrd.separation import Cluster
from cytoflow_blina.workflow.gating import GatedTube, RecognisedTube
from cytoflow_blina.workflow.marrow_levels import (
    anchor_levels,
    cofactor_of,
    decades_of,
    scale_of_markers,
)

CANDIDATE = "candidate_"
"""How the name of a candidate's gate begins, below the gate of B lineage."""


@dataclass(frozen=True, eq=False)
class MrdSearch:
    """What a worker must know to look for residual leukaemia in a tube.

    Attributes
    ----------
    candidates : CandidateLimits
        What is shown as a candidate.
    cd19 : Cd19Limits
        How CD19 of a candidate is called.
    reference : TubeReference or None
        Normal cells of this tube of the panel; None for none.
    phenotype : Phenotype or None
        What the subject's leukaemia looked like at diagnosis, in the same tube, at the
        brightness of the reference.
    visit : str
        Visit of the sample.
    is_given : bool
        Whether the gates were given by a person, candidates among them.
    """

    candidates: CandidateLimits
    cd19: Cd19Limits
    reference: TubeReference | None = None
    phenotype: Phenotype | None = None
    visit: str = ""
    is_given: bool = False


@dataclass(frozen=True, eq=False)
class BLineage:
    """The events of B lineage of a tube, and normal cells as it shows them.

    Attributes
    ----------
    markers : tuple of str
        Markers on which they are compared.
    events : ndarray of float64, shape (n_events, n_markers)
        Events of B lineage, decades.
    anchors : mapping of str to ndarray of float64, shape (n_markers,)
        Medians of the anchor gates by path, decades.
    normal : TubeReference or None
        The reference at the brightness of this tube; None without one.
    shift : ndarray of float64, shape (n_markers,)
        Decades by which the tube is brighter than the reference; 0 without one.
    shows_maturation : bool
        Whether the tube holds normal maturation; False without a reference.
    phenotype : Phenotype or None
        The diagnostic phenotype on these markers.
    above_cut : ndarray of float64, shape (n_events,), or None
        Decades by which CD19 lies above where its gate begins; None where B lineage is
        told without CD19 as well.
    """

    markers: tuple[str, ...]
    events: FloatArray
    anchors: Mapping[str, FloatArray]
    normal: TubeReference | None
    shift: FloatArray
    shows_maturation: bool
    phenotype: Phenotype | None
    above_cut: FloatArray | None = None


def b_lineage_of(
    recognised: RecognisedTube, gated: GatedTube, search: MrdSearch
) -> BLineage | None:
    """Take the events among which candidates are sought.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube; its template says how MRD is sought.
    gated : GatedTube
        Its populations.
    search : MrdSearch
        Normal cells and the diagnostic phenotype.

    Returns
    -------
    BLineage or None
        None where the tube cannot show B lineage.

    Raises
    ------
    GatingError
        Where the reference was learnt on another axis.
    """
    mrd = recognised.resolved.template.mrd
    if mrd is None or not mrd.b_lineage or not mrd.markers:
        return None
    reference = search.reference
    known = mrd.markers if reference is None else reference.markers
    markers = tuple(one for one in mrd.markers if one in known)
    cofactor = cofactor_of(recognised)
    inside = gated.populations[mrd.b_lineage].mask
    (events,) = decades_of(recognised, markers, [inside], cofactor=cofactor)
    anchors = anchor_levels(recognised, gated.populations, markers, cofactor=cofactor)
    normal, shift, shows_maturation = None, np.zeros(len(markers)), False
    if reference is not None:
        _check_axis(reference, cofactor)
        aligned = align_reference(on_markers(reference, markers), events, anchors)
        normal, shift = aligned.reference, aligned.shift
        shows_maturation = aligned.shows_maturation
    phenotype = search.phenotype and on_common_markers(search.phenotype, markers)
    if phenotype is not None:
        phenotype = replace(phenotype, mean=brighten(phenotype.mean, shift))
    return BLineage(
        markers=markers,
        events=events,
        anchors=anchors,
        normal=normal,
        shift=shift,
        shows_maturation=shows_maturation,
        phenotype=phenotype,
        above_cut=_above_cut(recognised, gated, markers, events),
    )


def _above_cut(
    recognised: RecognisedTube,
    gated: GatedTube,
    markers: tuple[str, ...],
    events: FloatArray,
) -> FloatArray | None:
    """Tell how far above the beginning of its gate CD19 of every event lies."""
    mrd = recognised.resolved.template.mrd
    if mrd is None or mrd.b_alt or "CD19" not in markers:
        return None
    inside = gated.populations[mrd.b_lineage].mask
    cd19 = events[:, markers.index("CD19")]
    above = np.full(len(events), -np.inf)
    for path, cut in cd19_cuts(recognised, gated.strategy, mrd.b19):
        is_cut_here = gated.populations[path].mask[inside]
        above[is_cut_here] = np.maximum(above[is_cut_here], cd19[is_cut_here] - cut)
    return above if np.isfinite(above).any() else None


def cd19_cuts(
    recognised: RecognisedTube, strategy: GatingStrategy, path: str
) -> list[tuple[str, float]]:
    """Find where CD19 begins in the gates that make up B lineage.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube, which measures CD19.
    strategy : GatingStrategy
        Its gates.
    path : str
        Path of B lineage by CD19.

    Returns
    -------
    list of (str, float)
        Path of each rectangle, the gate's own or its operands' in turn, and the lower
        limit on CD19 in decades; none where no rectangle has one.
    """
    resolved = recognised.resolved
    dimension = resolved.dimensions["CD19"]
    scale = scale_of_markers(recognised)
    gate = {node.path: node.gate for node in strategy.nodes}.get(path)
    if isinstance(gate, BooleanGate):
        return [
            cut
            for operand in gate.operands
            if not operand.complement
            for cut in cd19_cuts(recognised, strategy, operand.path)
        ]
    if not isinstance(gate, RectangleGate):
        return []
    return [
        (path, limit.at_least * scale.span_decades - scale.negative_decades)
        for limit in gate.limits
        if limit.dimension == dimension and limit.at_least is not None
    ]


def _check_axis(reference: TubeReference, cofactor: float) -> None:
    """Refuse a reference that was learnt on another axis than the tube is gated on."""
    if not isclose(reference.cofactor, cofactor, rel_tol=0.01):
        message = (
            f"was learnt on the axis asinh(x / {reference.cofactor:g}), and this tube "
            f"is gated on asinh(x / {cofactor:g}). Learn the reference again with the "
            "template and the cytometer of this study."
        )
        raise GatingError(Problem("normal reference", message))


def add_candidates(
    recognised: RecognisedTube,
    fitted: FittedStrategy,
    lineage: BLineage | None,
    search: MrdSearch,
) -> FittedStrategy:
    """Propose candidates, and write each as a gate below that of B lineage.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube.
    fitted : FittedStrategy
        Its gates.
    lineage : BLineage or None
        Its events of B lineage; None where it cannot show them.
    search : MrdSearch
        What is shown as a candidate.

    Returns
    -------
    FittedStrategy
        With an ellipsoid for each candidate, `candidate_1` with most events; the same
        gates where there is none, or no reference to compare with.
    """
    mrd = recognised.resolved.template.mrd
    if mrd is None or lineage is None or lineage.normal is None:
        return fitted
    limits = search.candidates
    if not lineage.shows_maturation:
        alone = {"score_sd": limits.no_maturation_score_sd}
        limits = limits.model_copy(update=alone)
    clusters = find_candidates(
        lineage.events,
        lineage.normal,
        limits=limits,
        phenotype=lineage.phenotype,
    )
    clusters = tuple(one for one in clusters if not _is_tail(one, lineage, limits))
    nodes = tuple(
        GateNode(
            f"{mrd.b_lineage}/{CANDIDATE}{number}",
            _ellipsoid(recognised, lineage.markers, cluster),
        )
        for number, cluster in enumerate(clusters, start=1)
    )
    return replace(
        fitted,
        strategy=replace(fitted.strategy, nodes=(*fitted.strategy.nodes, *nodes)),
        origins={**fitted.origins, **{one.path: GateOrigin("fitted") for one in nodes}},
    )


def _is_tail(cluster: Cluster, lineage: BLineage, limits: CandidateLimits) -> bool:
    """Tell whether a cluster is the tail of cells without CD19.

    At the edge of the gate by CD19 that marker says nothing. The others must then tell
    the cluster from normal cells of B lineage, and one of them must be brighter than on
    any other kind of cell that every marrow holds.
    """
    if lineage.above_cut is None or lineage.normal is None:
        return False
    inside = cluster.holds(lineage.events)
    if np.median(lineage.above_cut[inside]) >= limits.least_above_cd19_cut:
        return False
    others = [at for at, one in enumerate(lineage.markers) if one != "CD19"]
    members = lineage.events[inside][:, others]
    levels = np.array([one[others] for one in lineage.anchors.values()])
    if len(levels):
        excess = np.median(members, axis=0) - levels.max(axis=0)
        if excess.max() < limits.brighter_decades:
            return True
    normal = on_markers(lineage.normal, [lineage.markers[at] for at in others])
    squared, _ = nearest_population(members, normal.populations)
    return bool(np.sqrt(np.median(squared)) < limits.score_sd)


def _ellipsoid(
    recognised: RecognisedTube, markers: tuple[str, ...], cluster: Cluster
) -> EllipsoidGate:
    """Bring a cluster from decades to the axes of the gates."""
    scale = scale_of_markers(recognised)
    return EllipsoidGate(
        tuple(recognised.resolved.dimensions[marker] for marker in markers),
        (cluster.mean + scale.negative_decades) / scale.span_decades,
        cluster.covariance / scale.span_decades**2,
        cluster.distance_squared,
    )


def is_candidate_path(path: str, b_lineage: str) -> bool:
    """Tell whether a gate is a candidate's by its place and its name.

    Parameters
    ----------
    path : str
        Path of the gate.
    b_lineage : str
        Path of the gate of B lineage; empty where there is none.

    Returns
    -------
    bool
        False for a gate below a candidate's, which is a part of it.
    """
    parent, _, name = path.rpartition("/")
    return bool(b_lineage) and parent == b_lineage and name.startswith(CANDIDATE)


def misplaced_candidates(
    template: TubeTemplate, strategy: GatingStrategy, file_name: str
) -> list[Problem]:
    """Find gates that a person added where they are not counted as candidates.

    Parameters
    ----------
    template : TubeTemplate
        The gates of the tube, and which of them is B lineage.
    strategy : GatingStrategy
        The gates that were given.
    file_name : str
        The file that they are in.

    Returns
    -------
    list of Problem
        One for each gate that is neither the template's nor a candidate's; none for a
        template that does not look for MRD.
    """
    if template.mrd is None:
        return []
    b_lineage = template.mrd.b_lineage
    known = {gate.path for gate in template.gates}
    expected = f"{b_lineage}/{CANDIDATE}1"
    return [
        Problem(
            file_name,
            f"has a gate {path!r}, which nothing counts. A candidate of MRD is counted "
            f"below the gate of B lineage, by the name {expected!r} or another number.",
        )
        for path in strategy.paths
        if path not in known and not path.startswith(f"{b_lineage}/{CANDIDATE}")
    ]
