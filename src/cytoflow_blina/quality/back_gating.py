"""Measure purity and recovery of the lymphocyte gate by back-gating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.population import percent

FEWEST = 20
"""Fewer lymphocytes with a marker of their own do not show where lymphocytes lie."""

# How far from the middle of the lymphocytes their markers are believed. Beyond three
# times their side scatter lie coincidences with granulocytes; below 0.3 decade of CD45
# lie B-lymphoblasts. NK cells share CD16 with monocytes and granulocytes and are
# believed near the middle alone.
_SCATTER_OF_LINEAGE, _CD45_OF_LINEAGE = 3.0, 0.3
_SCATTER_OF_NK, _CD45_OF_NK = 2.0, 0.2
_ROUNDS = 3

# Where an event without a marker of its own still looks like a lymphocyte: the side
# scatter of 95 % of those that have one, and CD45 within 0.25 decade below.
_LIKE_SCATTER_PERCENTILE, _LIKE_CD45 = 95.0, 0.25


@dataclass(frozen=True)
class GateQuality:
    """How well the lymphocyte gate holds the lymphocytes.

    Attributes
    ----------
    purity_percent : float
        Lymphocytes among the events of the gate, 0 to 100; NaN where not measured.
    recovery_percent : float
        Lymphocytes in the gate among all lymphocytes, 0 to 100; NaN likewise.
    n_foreign, n_lost : float
        Events of the gate that are no lymphocytes, and lymphocytes outside it, among
        those that were looked at.
    problem : str
        Why it was not measured; empty where it was.
    """

    purity_percent: float = nan
    recovery_percent: float = nan
    n_foreign: float = nan
    n_lost: float = nan
    problem: str = "the lymphocyte gate was not looked at"


@dataclass(frozen=True, eq=False)
class Leukocytes:
    """The leukocytes of a tube.

    Attributes
    ----------
    in_gate : ndarray of bool, shape (n_leukocytes,)
        Whether they lie in the lymphocyte gate.
    cd45 : ndarray of float64, shape (n_leukocytes,)
        CD45 in decades, compensated.
    side_scatter : ndarray of float64, shape (n_leukocytes,)
        Side scatter, any linear unit.
    lineages : mapping of str to ndarray of bool, shape (n_leukocytes,)
        By `CD3`, `CD19`, `NK`: which carry the marker, inside the lymphocyte gate and
        outside. What the tube does not measure is absent.
    monocytes : ndarray of bool, shape (n_leukocytes,), or None
        CD3- CD4dim events; None where the tube does not tell.
    """

    in_gate: BoolArray
    cd45: FloatArray
    side_scatter: FloatArray
    lineages: Mapping[str, BoolArray]
    monocytes: BoolArray | None = None


def measure_gate_quality(leukocytes: Leukocytes) -> GateQuality:
    """Measure purity and recovery of the lymphocyte gate by back-gating.

    Parameters
    ----------
    leukocytes : Leukocytes
        The leukocytes of a tube.

    Returns
    -------
    GateQuality
        With the reason where lymphocytes with a marker of their own are fewer than 20.

    Notes
    -----
    Recovery (Loken 1990, Cytometry 11:453): of the leukocytes with little side scatter
    that are positive for CD3 or CD19, the share inside the gate. A tube that measures
    CD3 alone is judged by its T cells. NK cells are taken only where both others are
    too few: they share CD16 with monocytes, which lie beside the gate.

    Purity: a foreign event is positive for no lineage and does not look like a
    lymphocyte, by CD45 and side scatter, or is a monocyte by CD4. B and NK cells lie
    beyond that look as often as T cells do, and so many are allowed for; where all
    three lineages are measured, an event without any is foreign as soon as it lies
    beyond it. Of the two numbers the larger is taken. Neither uses the mixture that
    drew the gate.
    """
    everyone = _all_lymphocytes(leukocytes)
    if everyone is None:
        return GateQuality(
            problem=f"fewer than {FEWEST} lymphocytes show a marker of their own"
        )
    caught = int(np.count_nonzero(everyone & leukocytes.in_gate))
    n_all = int(np.count_nonzero(everyone))
    n_gate = int(np.count_nonzero(leukocytes.in_gate))
    n_foreign = _count_foreign(leukocytes, everyone)
    return GateQuality(
        purity_percent=100 - percent(n_foreign, n_gate),
        recovery_percent=percent(caught, n_all),
        n_foreign=n_foreign,
        n_lost=n_all - caught,
        problem="",
    )


def _all_lymphocytes(leukocytes: Leukocytes) -> BoolArray | None:
    """Find all lymphocytes that show a marker; None where these are too few.

    They are looked for around those in the gate, then around those that were found, so
    that a gate beside the lymphocytes does not hide them.
    """
    lineages = leukocytes.lineages
    nothing = np.zeros_like(leukocytes.in_gate)
    sure = lineages.get("CD3", nothing) | lineages.get("CD19", nothing)
    reach = _SCATTER_OF_LINEAGE, _CD45_OF_LINEAGE
    if np.count_nonzero(sure & leukocytes.in_gate) < FEWEST:
        sure = lineages.get("NK", nothing)
        reach = _SCATTER_OF_NK, _CD45_OF_NK
    found = sure & leukocytes.in_gate
    for _ in range(_ROUNDS):
        if np.count_nonzero(found) < FEWEST:
            return None
        found = sure & _near(leukocytes, found, *reach)
    return found if np.count_nonzero(found) >= FEWEST else None


def _near(
    leukocytes: Leukocytes, events: BoolArray, scatter: float, cd45: float
) -> BoolArray:
    """Tell which leukocytes lie around the middle of some events.

    Parameters
    ----------
    leukocytes : Leukocytes
        The leukocytes.
    events : ndarray of bool, shape (n_leukocytes,)
        At least one.
    scatter : float
        Most side scatter, as a multiple of theirs.
    cd45 : float
        How far CD45 may lie below theirs, in decades.

    Returns
    -------
    ndarray of bool, shape (n_leukocytes,)
        True near by.
    """
    most = scatter * np.median(leukocytes.side_scatter[events])
    least = np.median(leukocytes.cd45[events]) - cd45
    near: BoolArray = (leukocytes.side_scatter < most) & (leukocytes.cd45 > least)
    return near


def _count_foreign(leukocytes: Leukocytes, everyone: BoolArray) -> float:
    """Count the events of the gate that are no lymphocytes."""
    in_gate, lineages = leukocytes.in_gate, leukocytes.lineages
    known = everyone & in_gate
    if not known.any():
        return float(np.count_nonzero(in_gate))
    least = np.median(leukocytes.cd45[known]) - _LIKE_CD45
    most = np.percentile(leukocytes.side_scatter[known], _LIKE_SCATTER_PERCENTILE)
    is_like = leukocytes.side_scatter <= most
    is_like &= leukocytes.cd45 >= least
    nothing = np.zeros_like(in_gate)
    mono = nothing if leukocytes.monocytes is None else leukocytes.monocytes & in_gate
    n_mono = int(np.count_nonzero(mono))

    others = in_gate & ~lineages.get("CD3", nothing) & ~lineages.get("CD19", nothing)
    others &= ~mono
    share_like = np.count_nonzero(known & is_like) / np.count_nonzero(known)
    expected = np.count_nonzero(others & is_like) / share_like if share_like else 0.0
    foreign = max(np.count_nonzero(others) - expected, 0.0)
    if "NK" in lineages and "CD19" in lineages:
        none = others & ~lineages["NK"] & ~is_like
        foreign = max(foreign, float(np.count_nonzero(none)))
    return float(foreign + n_mono)
