"""Tell how far a leukaemia lies from normal cells in a tube."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.simulate.marrow.conditions import MarrowConditions
from cytoflow_blina.simulate.marrow.populations import NUCLEAR_DYE, POPULATIONS
from cytoflow_blina.simulate.marrow.spec import ClonePhenotype


@dataclass(frozen=True)
class CloneTruth:
    """One leukaemia in one tube.

    Attributes
    ----------
    name : str
        `blast_1` or `blast_2`.
    phenotype : ClonePhenotype
        What it carries at nominal gain; give it to `CloneSpec.like` for a later visit.
    n_events : int
        Live single blasts in the tube.
    median : mapping of str to float
        log10 of dye and unstained light by marker, as this tube stains and measures
        it; linear units, no spill.
    spread : mapping of str to float
        Standard deviation between cells, decades.
    distance_sd : float
        Distance of its median from the nearest place on the path of normal maturation,
        in standard deviations of normal cells there, over all markers of the tube but
        the dye of nuclei.
    distance_without_cd19_sd : float
        The same without CD19.
    """

    name: str
    phenotype: ClonePhenotype
    n_events: int
    median: Mapping[str, float]
    spread: Mapping[str, float]
    distance_sd: float
    distance_without_cd19_sd: float


def clone_truth(
    name: str, phenotype: ClonePhenotype, n_events: int, conditions: MarrowConditions
) -> CloneTruth:
    """Describe a leukaemia as the tube shows it.

    Parameters
    ----------
    name : str
        `blast_1` or `blast_2`.
    phenotype : ClonePhenotype
        What it carries.
    n_events : int
        Its live single cells.
    conditions : MarrowConditions
        What the tube drew.

    Returns
    -------
    CloneTruth
        Distances are NaN where the tube has no marker to tell.
    """
    row = POPULATIONS.index(name)
    median, spread = whole_light(conditions)
    return CloneTruth(
        name=name,
        phenotype=phenotype,
        n_events=n_events,
        median=dict(zip(conditions.markers, median[row].tolist(), strict=True)),
        spread=dict(zip(conditions.markers, spread[row].tolist(), strict=True)),
        distance_sd=_distance(median, spread, row, conditions, {NUCLEAR_DYE}),
        distance_without_cd19_sd=_distance(
            median, spread, row, conditions, {NUCLEAR_DYE, "CD19"}
        ),
    )


def whole_light(conditions: MarrowConditions) -> tuple[FloatArray, FloatArray]:
    """Find the decades of dye and unstained light together for each kind of cell.

    Parameters
    ----------
    conditions : MarrowConditions
        What the tube drew.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_detectors)
        log10 of the median.
    ndarray of float64, shape (n_rows, n_detectors)
        Standard deviation between cells in decades: that of the dye, of the unstained
        light, of photoelectrons and of the electronics, each by its part of the light.
    """
    dye, glow = 10**conditions.dye, conditions.glow
    whole = dye + glow
    counted = whole / conditions.photoelectrons + conditions.electronic_noise**2
    variance = (
        (conditions.spread * dye / whole) ** 2
        + (conditions.glow_spread * glow / whole) ** 2
        + counted / (whole * log(10)) ** 2
    )
    return np.log10(whole), np.sqrt(variance)


def _distance(
    median: FloatArray,
    spread: FloatArray,
    row: int,
    conditions: MarrowConditions,
    without: set[str],
) -> float:
    told = [at for at, name in enumerate(conditions.markers) if name not in without]
    if not told:
        return float("nan")
    n = len(POPULATIONS)
    z = (median[row] - median[n:])[:, told] / spread[n:, told]
    return float(np.sqrt((z**2).sum(axis=1)).min())
