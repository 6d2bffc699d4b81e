"""Draw what the blasts of a leukaemia carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log10

import numpy as np

from cytoflow_blina.simulate.marrow.populations import (
    MARKERS,
    NUCLEAR_DYE,
    PATH,
    Level,
    LevelTable,
)
from cytoflow_blina.simulate.marrow.spec import ClonePhenotype, CloneSpec

_UNSTAINED = 100.0
"""What an unstained lymphocyte sends, linear units: levels mix on top of it."""

_LEAST = 10.0
"""A dye below this is not carried."""

_YOUNG = 2.3
"""Blasts resemble cells between the first station and here."""

_DIM_CD19 = Level(2.7, 0.3)


@dataclass(frozen=True)
class Often:
    """How a marker lies on the blasts of many patients.

    Attributes
    ----------
    level : Level
        Middle of the cases, and spread between the cells of one.
    between : float
        Standard deviation between cases, decades.
    chance : float
        Share of cases that carry the marker.
    """

    level: Level
    between: float = 0.15
    chance: float = 1.0


COMMON: Mapping[str, Often] = {
    NUCLEAR_DYE: Often(Level(4.0, 0.10), 0.0),
    "CD19": Often(Level(3.8, 0.15)),
    "CD10": Often(Level(4.8, 0.16), 0.15),
    "CD34": Often(Level(3.6, 0.30), 0.25, 0.8),
    "CD38": Often(Level(3.3, 0.25), 0.20),
    "CD45": Often(Level(3.0, 0.20), 0.25),
    "CD58": Often(Level(3.9, 0.15)),
    "CD81": Often(Level(3.4, 0.25), 0.20),
    "CD66c+123": Often(Level(3.3, 0.30), 0.25, 0.5),
    "CD73+304": Often(Level(3.5, 0.30), 0.25, 0.6),
    "CD22": Often(Level(3.5, 0.20)),
    "CD24": Often(Level(4.2, 0.20)),
    "cyCD79a": Often(Level(3.7, 0.18)),
    "CD9": Often(Level(3.7, 0.25), 0.20, 0.8),
    "CD13+33": Often(Level(3.1, 0.30), 0.20, 0.2),
    "CD71": Often(Level(2.9, 0.30)),
}
"""Common and pre-B leukaemia; CD20 is drawn apart."""

_KMT2A = 0.08
"""Share of cases without CD10 and CD24, as those with a rearranged KMT2A."""

_ABSENT_CD45 = 0.12
_CD20_BRIGHT = 0.25


def draw_phenotype(
    closeness: float, levels: LevelTable, rng: np.random.Generator
) -> ClonePhenotype:
    """Draw the leukaemia of a case.

    Parameters
    ----------
    closeness : float
        0 for the typical blast with the differences between cases, 1 for a normal cell
        at a random place of maturation, and decades between them in proportion.
    levels : mapping of str to mapping of str to Level
        Those of normal populations.
    rng : numpy.random.Generator
        Stream of the case: the same numbers are drawn whatever the closeness.

    Returns
    -------
    ClonePhenotype
        At nominal gain.
    """
    typical = _draw_typical(rng)
    normal = _normal_cell(float(rng.uniform(0, _YOUNG)), levels)
    mixed = {
        marker: _mixed(typical.get(marker), normal.get(marker), closeness)
        for marker in MARKERS
    }
    carried = {marker: level for marker, level in mixed.items() if level is not None}
    return ClonePhenotype(
        {marker: level.median for marker, level in carried.items()},
        {marker: level.spread for marker, level in carried.items()},
        size=float(rng.uniform(0.85, 1.15)),
    )


def changed_phenotype(clone: CloneSpec, phenotype: ClonePhenotype) -> ClonePhenotype:
    """Change a phenotype as therapy does.

    Parameters
    ----------
    clone : CloneSpec
        Its shifts, and how it carries CD19.
    phenotype : ClonePhenotype
        At diagnosis.

    Returns
    -------
    ClonePhenotype
        `dim` and `negative` take CD19 down; `positive` leaves it as it is.
    """
    decades = {
        marker: level + clone.shifts.get(marker, 0.0)
        for marker, level in phenotype.decades.items()
    }
    spreads = dict(phenotype.spreads)
    if clone.cd19 == "dim":
        decades["CD19"] = min(decades.get("CD19", np.inf), _DIM_CD19.median)
        spreads["CD19"] = _DIM_CD19.spread
    elif clone.cd19 == "negative":
        decades.pop("CD19", None)
        spreads.pop("CD19", None)
    return ClonePhenotype(decades, spreads, phenotype.size)


def _draw_typical(rng: np.random.Generator) -> dict[str, Level]:
    """Draw a case around the common blast; always the same number of draws."""
    drawn = {}
    for marker, often in COMMON.items():
        median = often.level.median + often.between * float(rng.standard_normal())
        if rng.uniform() < often.chance:
            drawn[marker] = Level(median, often.level.spread)
    is_kmt2a, is_cd45_absent, is_cd20_bright = (
        rng.uniform(size=3) < (_KMT2A, _ABSENT_CD45, _CD20_BRIGHT)
    ).tolist()
    bright = Level(float(rng.uniform(3.0, 4.0)), 0.35)
    drawn["CD20"] = bright if is_cd20_bright else Level(2.2, 0.25)
    if is_cd45_absent:
        drawn["CD45"] = Level(2.2, 0.25)
    if is_kmt2a:
        del drawn["CD10"], drawn["CD24"]
    return drawn


def _normal_cell(place: float, levels: LevelTable) -> dict[str, Level]:
    """Find what a normal cell between two stations carries."""
    before = int(place)
    one, other = (levels[PATH[station]] for station in (before, before + 1))
    mixed = {
        marker: _mixed(one.get(marker), other.get(marker), place - before)
        for marker in (*one, *other)
    }
    return {marker: level for marker, level in mixed.items() if level is not None}


def _mixed(one: Level | None, other: Level | None, share: float) -> Level | None:
    """Go a share of the way from one level to another, unstained light included."""
    known = [level for level in (one, other) if level is not None]
    if not known:
        return None
    at = (1 - share) * _decades(one) + share * _decades(other)
    dye = 10**at - _UNSTAINED
    if dye < _LEAST:
        return None
    spread = (1 - share) * known[0].spread + share * known[-1].spread
    return Level(log10(dye), spread)


def _decades(level: Level | None) -> float:
    return log10(_UNSTAINED + (0.0 if level is None else 10**level.median))
