"""Find residual leukaemia in a gated marrow tube, and measure what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import nan

import numpy as np

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.mrd import Aberrancy, MrdCandidate, Phenotype, TubeMrd
from cytoflow_blina.domain.population import Population
from cytoflow_blina.domain.template import MrdTemplate
from cytoflow_blina.mrd.alignment import LN10, brighten
from cytoflow_blina.mrd.cd19_expression import Cd19Expression, call_cd19
from cytoflow_blina.mrd.describe import (
    aberrancies,
    diagnosis_distance,
    nearest_normal,
    phenotype_of,
)
from cytoflow_blina.mrd.separation import robust_spread
from cytoflow_blina.quality.viability import MARKER as VIABILITY
from cytoflow_blina.quality.viability import measure_viability
from cytoflow_blina.workflow.gating import GatedTube, RecognisedTube
from cytoflow_blina.workflow.marrow_levels import (
    cofactor_of,
    decades_of,
    linear_light,
)
from cytoflow_blina.workflow.mrd_search import (
    BLineage,
    MrdSearch,
    cd19_cuts,
    is_candidate_path,
)

WITH_NUCLEUS = "with_nucleus"
"""Gate of events that a nuclear dye stains, dead ones too."""

_MOST_MEMBERS = 50_000
"""Events by which a candidate is described; all are counted."""

_FEWEST_MATURE_B = 50
"""Mature B cells from which their own median tells how bright CD19 is."""


def measure_mrd(
    recognised: RecognisedTube,
    gated: GatedTube,
    lineage: BLineage | None,
    search: MrdSearch,
    *,
    sample_id: str,
) -> TubeMrd:
    """Count candidates and denominators, and describe what was found.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube; its template says how MRD is sought.
    gated : GatedTube
        Its populations, candidates among them.
    lineage : BLineage or None
        Its events of B lineage; None where it cannot show them.
    search : MrdSearch
        Normal cells, and limits.
    sample_id : str
        Which sample it is.

    Returns
    -------
    TubeMrd
        Without candidates where there is none.

    Raises
    ------
    ValueError
        Where the template says nothing of MRD.
    """
    mrd = recognised.resolved.template.mrd
    if mrd is None:
        raise ValueError("the template of this tube says nothing of MRD")
    populations = gated.populations
    paths = [path for path in populations if is_candidate_path(path, mrd.b_lineage)]
    masks = {path: populations[path].mask for path in paths}
    candidates: tuple[MrdCandidate, ...] = ()
    phenotype = None
    if lineage is not None and paths:
        within = populations[mrd.b_lineage].mask
        describe = _Describer(recognised, gated, lineage, search)
        found = (describe(path, masks[path][within]) for path in paths)
        candidates = tuple(sorted(found, key=lambda one: (-one.n_events, one.path)))
        largest = masks[candidates[0].path][within]
        phenotype = _phenotype(lineage, largest, sample_id, search.visit)
    union = np.logical_or.reduce(list(masks.values())) if masks else np.zeros(0, bool)
    return TubeMrd(
        mrd_events=int(np.count_nonzero(union)),
        candidates=candidates,
        denominator=mrd.denominator,
        denominators={
            code: populations[path].n_events for code, path in mrd.denominators.items()
        },
        has_nuclear_dye=bool(mrd.nuclear_dye),
        stages=_stages(mrd, populations, union),
        missing=recognised.match.missing,
        has_b_alt=bool(mrd.b_alt),
        has_cd19=bool(mrd.b19),
        has_reference=lineage is not None and lineage.normal is not None,
        viable_percent=_viable_percent(recognised, gated),
        phenotype=phenotype,
        compared_with=(
            lineage.phenotype.sample_id
            if lineage is not None and lineage.phenotype is not None
            else ""
        ),
        markers=mrd.markers if lineage is None else lineage.markers,
    )


def _phenotype(
    lineage: BLineage, inside: BoolArray, sample_id: str, visit: str
) -> Phenotype | None:
    """Take a candidate's phenotype as the reference would show it.

    The next tube may be brighter or dimmer. None where there are too few events.
    """
    found = phenotype_of(
        lineage.events[inside], lineage.markers, sample_id=sample_id, visit=visit
    )
    if found is None:
        return None
    return replace(found, mean=brighten(found.mean, -lineage.shift))


def _stages(
    mrd: MrdTemplate, populations: Mapping[str, Population], candidates: BoolArray
) -> dict[str, int]:
    """Count every kind of cell that the template names, B lineage among them.

    What a candidate holds is none of the normal cells of B lineage.
    """
    ways = {"b19": mrd.b19, "b_alt": mrd.b_alt, "b_lineage": mrd.b_lineage}
    counted = {name: populations[path].n_events for name, path in ways.items() if path}
    for name, path in mrd.stages.items():
        events = populations[path].mask
        if candidates.size and path.startswith(f"{mrd.b_lineage}/"):
            events = events & ~candidates
        counted[name] = int(np.count_nonzero(events))
    return counted


def _viable_percent(recognised: RecognisedTube, gated: GatedTube) -> float:
    """Viable in percent of cells with a nucleus; NaN where no dye tells."""
    if VIABILITY not in recognised.resolved.dimensions:
        return nan
    light = linear_light(recognised, VIABILITY)
    with_nucleus = gated.populations.get(WITH_NUCLEUS)
    return measure_viability(
        light if with_nucleus is None else light[with_nucleus.mask]
    )


class _Describer:
    """Describe the candidates of one tube."""

    def __init__(
        self,
        recognised: RecognisedTube,
        gated: GatedTube,
        lineage: BLineage,
        search: MrdSearch,
    ) -> None:
        self.recognised = recognised
        self.gated = gated
        self.lineage = lineage
        self.search = search
        self.cofactor = cofactor_of(recognised)

    def __call__(self, path: str, inside: BoolArray) -> MrdCandidate:
        """Describe the candidate whose events of B lineage these are."""
        lineage, search = self.lineage, self.search
        rows = np.flatnonzero(inside)
        # Where most are blasts, a part of them shows what they look like.
        members = lineage.events[rows[:: max(1, rows.size // _MOST_MEMBERS)]]
        markers = lineage.markers
        empty = np.full(len(markers), nan)
        median = np.median(members, axis=0) if len(members) else empty
        score, name = nan, ""
        unlike: tuple[Aberrancy, ...] = ()
        if lineage.normal is not None and len(members):
            score, normal = nearest_normal(members, lineage.normal)
            name = normal.name
            unlike = aberrancies(
                median,
                markers,
                normal.mean,
                normal.covariance,
                least_sd=search.candidates.aberrant_sd,
            )
        away = nan
        shifts: tuple[Aberrancy, ...] = ()
        if lineage.phenotype is not None and len(members):
            away = diagnosis_distance(median, lineage.phenotype)
            shifts = self.shifts(median, lineage.phenotype)
        cd19 = self.cd19(members)
        light = self.cofactor * np.sinh(median * LN10)
        spread = robust_spread(members)
        return MrdCandidate(
            path=path,
            n_events=rows.size,
            score_sd=score,
            spread_decades=dict(zip(markers, map(float, spread), strict=True)),
            medians=dict(zip(markers, map(float, light), strict=True)),
            aberrancies=unlike,
            nearest_normal=name,
            cd19=cd19.cd19,
            cd19_decades_below_b=cd19.decades_below_b,
            cd19_positive_percent=cd19.positive_percent,
            diagnosis_sd=away,
            shifts=shifts,
            gate_source="manual" if self.search.is_given else "fitted",
        )

    def shifts(self, median: FloatArray, phenotype: Phenotype) -> tuple[Aberrancy, ...]:
        """Tell on which markers a candidate differs from the diagnosis."""
        return aberrancies(
            median,
            self.lineage.markers,
            phenotype.mean,
            phenotype.covariance,
            least_sd=1.0,
        )

    def cd19(self, members: FloatArray) -> Cd19Expression:
        """Call CD19 of a candidate."""
        markers = self.lineage.markers
        if "CD19" not in markers:
            return call_cd19(np.zeros(0), nan, nan, limits=self.search.cd19)
        at = markers.index("CD19")
        return call_cd19(
            members[:, at],
            self.level_of_b(at),
            self.cd19_positive_from(),
            limits=self.search.cd19,
        )

    def level_of_b(self, at: int) -> float:
        """Median of mature B cells on a marker, or where the reference has them."""
        mrd = self.recognised.resolved.template.mrd
        path = mrd.stages.get("mature_b") if mrd else None
        if path and self.gated.populations[path].n_events >= _FEWEST_MATURE_B:
            (events,) = decades_of(
                self.recognised,
                (self.lineage.markers[at],),
                [self.gated.populations[path].mask],
                cofactor=self.cofactor,
            )
            return float(np.median(events))
        normal = self.lineage.normal
        named = (
            [one for one in normal.populations if one.name == "mature_b"]
            if normal
            else []
        )
        weights = np.array([one.weight for one in named])
        if not weights.sum():
            return nan
        levels = np.array([one.mean[at] for one in named])
        return float(weights @ levels / weights.sum())

    def cd19_positive_from(self) -> float:
        """Where CD19 begins by the gates of B lineage, decades; NaN without one.

        The lowest place, as blasts are cut where cells with little CD45 are.
        """
        mrd = self.recognised.resolved.template.mrd
        path = mrd.b19 if mrd else ""
        cuts = cd19_cuts(self.recognised, self.gated.strategy, path)
        return min((cut for _, cut in cuts), default=nan)
