"""Build what a marrow tube says, one fact at a time."""

from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

from cytoflow_blina.domain.mrd import Aberrancy, MrdCandidate, TubeMrd
from cytoflow_blina.mrd.rules import load_mrd_rules

RULES = load_mrd_rules(Path(__file__).parents[2] / "gating" / "mrd.toml")

MARKERS = ("CD19", "CD10", "CD34", "CD38", "CD20", "CD45", "CD58", "CD22")

STAGES = {
    "b19": 20_000,
    "b_alt": 20_500,
    "b_lineage": 21_000,
    "mature_b": 9_000,
    "hg1": 500,
    "hg2": 4_000,
    "hg3": 2_000,
    "plasma": 2_000,
    "early_b": 10,
    "t_cells": 60_000,
    "granulocytes": 200_000,
    "cd10_granulocytes": 90_000,
    "monocytes": 25_000,
    "erythroid": 60_000,
    "cd34_progenitors": 6_000,
    "mast_cells": 100,
    "myeloid_window": 5_000,
}


def candidate(n_events: int, **changes: Any) -> MrdCandidate:
    """Make a candidate whose CD10 is bright and whose CD38 is dim."""
    made = MrdCandidate(
        path="b/candidate_1",
        n_events=n_events,
        score_sd=12.3,
        spread_decades={"CD10": 0.12, "CD38": 0.2},
        medians={"CD10": 52_000.0, "CD38": 900.0},
        aberrancies=(Aberrancy("CD10", 0.8, 5.1), Aberrancy("CD38", -1.2, -4.4)),
        nearest_normal="hg1",
        cd19="positive",
        cd19_decades_below_b=0.1,
        cd19_positive_percent=100.0,
        diagnosis_sd=nan,
        shifts=(),
        gate_source="fitted",
    )
    return replace(made, **changes)


def tube(n_nucleated: int = 500_000, **changes: Any) -> TubeMrd:
    """Make a marrow tube of the fullest panel, without any candidate."""
    made = TubeMrd(
        mrd_events=0,
        candidates=(),
        denominator="NUC",
        denominators={"NUC": n_nucleated, "MNC": n_nucleated // 2},
        has_nuclear_dye=True,
        stages=STAGES,
        missing=(),
        has_b_alt=True,
        has_cd19=True,
        has_reference=True,
        viable_percent=95.0,
        markers=tuple(one for one in MARKERS if one not in changes.get("missing", ())),
    )
    return replace(made, **changes)


def stages(**changes: int | None) -> dict[str, int]:
    """Change the events of some kinds of cell; None for one that was not measured."""
    changed = STAGES | changes
    return {name: count for name, count in changed.items() if count is not None}
