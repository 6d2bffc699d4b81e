"""Build one blood tube with known gates, for the plots."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from cytoflow_blina.domain.events import Dimension, ScaledEvents
from cytoflow_blina.domain.gate import (
    BooleanGate,
    EllipsoidGate,
    GateNode,
    GatingStrategy,
    Limits,
    Operand,
    PolygonGate,
    RectangleGate,
)
from cytoflow_blina.domain.population import Population
from cytoflow_blina.domain.scale import LinearScale, LogicleScale, Scale
from cytoflow_blina.gates.apply import apply_strategy

CD45 = Dimension("PerCP-Cy5-5-A", "FCS", "fluorescence")
CD3 = Dimension("FITC-A", "FCS", "fluorescence")
CD4 = Dimension("PE-Cy7-A", "FCS", "fluorescence")
CD8 = Dimension("APC-Cy7-A", "FCS", "fluorescence")
NK = Dimension("PE-A", "FCS", "fluorescence")
CD19 = Dimension("APC-A", "FCS", "fluorescence")
SSC = Dimension("SSC-A", scale="scatter")

MARKERS: Mapping[str, str] = {
    "PerCP-Cy5-5-A": "CD45",
    "FITC-A": "CD3",
    "PE-Cy7-A": "CD4",
    "APC-Cy7-A": "CD8",
    "PE-A": "CD16+56",
    "APC-A": "CD19",
    "SSC-A": "SSC",
}

DIMENSIONS = (CD45, SSC, CD3, CD4, CD8, NK, CD19)


@dataclass(frozen=True, eq=False)
class GatedTube:
    """A strategy, the events on its dimensions, and what its gates caught."""

    strategy: GatingStrategy
    events: ScaledEvents
    populations: Mapping[str, Population]


def tree() -> GatingStrategy:
    """Give a six-colour tree with every kind of gate."""
    polygon = np.array([(0.62, 0.0), (0.9, 0.0), (0.92, 0.2), (0.7, 0.22), (0.6, 0.12)])
    beads = EllipsoidGate(
        (CD19, NK), np.array((0.95, 0.95)), np.diag((0.0004, 0.0004)), 9.0
    )
    nodes = (
        GateNode("beads", beads),
        GateNode("cells", BooleanGate("not", (Operand("beads"),))),
        GateNode("cells/cd45pos", RectangleGate((Limits(CD45, 0.45),))),
        GateNode("cells/cd45pos/lymph", PolygonGate((CD45, SSC), polygon)),
        *(
            GateNode(f"cells/cd45pos/lymph/{path}", gate)
            for path, gate in (
                ("t", RectangleGate((Limits(CD3, 0.5), Limits(CD19, below=0.5)))),
                ("t/t_cd4", _quadrant(0.5, None, None, 0.5)),
                ("t/t_cd8", _quadrant(None, 0.5, 0.5, None)),
                ("t/t_dp", _quadrant(0.5, None, 0.5, None)),
                ("t/t_dn", _quadrant(None, 0.5, None, 0.5)),
                ("b", RectangleGate((Limits(CD3, below=0.5), Limits(CD19, 0.5)))),
                (
                    "nk",
                    RectangleGate(
                        (
                            Limits(CD3, below=0.5),
                            Limits(CD19, below=0.5),
                            Limits(NK, 0.45),
                        )
                    ),
                ),
            )
        ),
    )
    scales: dict[str, Scale] = {
        "fluorescence": LogicleScale(262144.0, 0.5, 4.5),
        "scatter": LinearScale(262144.0),
    }
    return GatingStrategy(nodes, scales)


def _quadrant(
    cd4_from: float | None,
    cd4_to: float | None,
    cd8_from: float | None,
    cd8_to: float | None,
) -> RectangleGate:
    return RectangleGate((Limits(CD4, cd4_from, cd4_to), Limits(CD8, cd8_from, cd8_to)))


# Mean on CD45, SSC, CD3, CD4, CD8, CD16+56, CD19 in display units; share of events.
_CELLS = {
    "t_cd4": ((0.78, 0.08, 0.72, 0.75, 0.2, 0.2, 0.2), 0.22),
    "t_cd8": ((0.78, 0.08, 0.72, 0.2, 0.78, 0.2, 0.2), 0.16),
    "b": ((0.75, 0.08, 0.2, 0.2, 0.2, 0.2, 0.7), 0.05),
    "nk": ((0.78, 0.09, 0.2, 0.2, 0.35, 0.65, 0.2), 0.06),
    "mono": ((0.7, 0.3, 0.25, 0.5, 0.25, 0.3, 0.25), 0.06),
    "gran": ((0.55, 0.6, 0.3, 0.3, 0.3, 0.35, 0.3), 0.35),
    "debris": ((0.25, 0.05, 0.15, 0.15, 0.15, 0.15, 0.15), 0.06),
    "beads": ((0.9, 0.5, 0.95, 0.95, 0.95, 0.95, 0.95), 0.04),
}


def build_tube(*, n_events: int = 20_000, without: tuple[str, ...] = ()) -> GatedTube:
    """Gate a tube whose clusters are known; `without` leaves some out."""
    rng = np.random.default_rng(20)
    clusters = []
    for name, (centre, share) in _CELLS.items():
        n_cluster = 0 if name in without else int(n_events * share)
        spread = np.full(7, 0.02 if name == "beads" else 0.045)
        spread[1] = {"gran": 0.1, "mono": 0.05}.get(name, 0.025)
        clusters.append(rng.normal(centre, spread, (n_cluster, 7)))
    values = np.asfortranarray(np.concatenate(clusters))
    strategy, events = tree(), ScaledEvents(values, DIMENSIONS)
    return GatedTube(strategy, events, apply_strategy(strategy, events))


@pytest.fixture(scope="session")
def blood() -> GatedTube:
    """Give a tube with all populations."""
    return build_tube()


@pytest.fixture(scope="session")
def blood_without_lymphocytes() -> GatedTube:
    """Give a tube in which every gate below the lymphocytes is empty."""
    return build_tube(n_events=3_000, without=("t_cd4", "t_cd8", "b", "nk", "mono"))
