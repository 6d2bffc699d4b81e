"""Name the kinds of cell in a marrow tube, and what they carry.

Levels are log10 of the median signal of a dye in linear units (0 to 262,143) on an
instrument at nominal gain, beside the standard deviation between cells. The tables
follow the lab's knowledge of marrow; nothing here may be used to gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PATH = ("hg1", "hg2", "hg3", "mature_b")
"""Stations of normal B-cell maturation, youngest first."""

HEMATOGONES = ("hg1", "hg2", "hg3", "transitional_b")
"""Cells on the path by the station that is nearest; the last lie near its end."""

BLASTS = ("blast_1", "blast_2")
NUCLEATED = (
    "t_cell",
    "nk",
    "mature_b",
    *HEMATOGONES,
    "plasma",
    "monocyte",
    "neutrophil",
    "immature_granulocyte",
    "eosinophil",
    "basophil",
    "erythroblast",
    "pdc",
    "myeloid_progenitor",
    "cd19neg_precursor",
    "mast",
    *BLASTS,
)
PARTICLES = ("debris", "red_cell", "platelet")
POPULATIONS = (*NUCLEATED, *PARTICLES)

NUCLEAR_DYE = "SYTO"


@dataclass(frozen=True)
class Level:
    """How much of one marker a population carries.

    Attributes
    ----------
    median : float
        log10 of the signal, linear units.
    spread : float
        Standard deviation between cells, decades.
    """

    median: float
    spread: float


@dataclass(frozen=True)
class Scatter:
    """Mean forward and side scatter of a population, in linear units."""

    forward: float
    side: float


LevelTable = Mapping[str, Mapping[str, Level]]


def _carried(text: str) -> dict[str, Level]:
    """Read `CD19 3.9/.15, CD20 4.2/.2`."""
    table = {}
    for part in text.split(","):
        marker, level = part.split()
        median, spread = level.split("/")
        table[marker] = Level(float(median), float(spread))
    return table


_NUCLEUS = "SYTO 4.0/.10, "

LEVELS: LevelTable = {
    name: _carried(text)
    for name, text in {
        "t_cell": _NUCLEUS + "CD45 4.35/.08, CD38 3.0/.30, CD58 3.2/.25, CD81 3.9/.15, "
        "CD73+304 2.8/.40, CD3 4.2/.12, CD7 3.8/.22",
        "nk": _NUCLEUS
        + "CD45 4.35/.08, CD38 3.6/.25, CD58 3.4/.20, CD81 3.9/.18, CD7 3.9/.20",
        "mature_b": _NUCLEUS
        + "CD19 3.9/.15, CD20 4.2/.20, CD38 3.0/.15, CD45 4.3/.10, "
        "CD58 3.3/.18, CD81 3.9/.15, CD73+304 2.8/.30, CD22 3.7/.15, CD24 3.9/.15, "
        "cyCD79a 3.6/.16, CD9 2.4/.30",
        "hg1": _NUCLEUS + "CD19 3.4/.15, CD10 4.5/.18, CD34 3.9/.22, CD38 4.4/.15, "
        "CD45 3.3/.10, CD58 3.2/.18, CD81 4.2/.15, CD22 3.2/.20, CD24 4.1/.15, "
        "cyCD79a 3.5/.18, CD9 3.0/.25, CD71 2.9/.25",
        "hg2": _NUCLEUS + "CD19 3.7/.15, CD10 4.0/.18, CD20 2.5/.40, CD38 4.3/.15, "
        "CD45 3.8/.10, CD58 3.1/.18, CD81 4.1/.15, CD22 3.3/.20, CD24 4.3/.12, "
        "cyCD79a 3.7/.16, CD9 3.1/.25, CD71 2.7/.25",
        "hg3": _NUCLEUS + "CD19 3.9/.15, CD10 3.2/.18, CD20 4.2/.20, CD38 4.0/.15, "
        "CD45 4.1/.10, CD58 3.1/.18, CD81 4.1/.15, CD22 3.6/.15, CD24 4.3/.12, "
        "cyCD79a 3.7/.16, CD9 2.8/.28",
        "plasma": _NUCLEUS + "CD19 3.4/.30, CD38 5.0/.10, CD45 3.7/.35, CD58 4.1/.15, "
        "CD81 4.0/.20, cyCD79a 3.8/.18, CD9 3.2/.35, CD71 3.0/.20",
        "monocyte": _NUCLEUS
        + "CD45 4.15/.08, CD38 3.6/.15, CD58 3.9/.15, CD81 3.6/.20, "
        "CD66c+123 3.4/.20, CD13+33 4.2/.15, CD9 3.2/.30, CD71 2.6/.30",
        "neutrophil": _NUCLEUS
        + "CD10 3.4/.20, CD45 3.85/.12, CD38 2.8/.20, CD58 3.5/.15, "
        "CD66c+123 4.2/.20, CD24 4.3/.15, CD66b 4.4/.15, CD13+33 3.7/.20",
        "immature_granulocyte": _NUCLEUS + "CD45 3.65/.14, CD38 3.1/.20, CD58 3.5/.15, "
        "CD66c+123 4.0/.30, CD24 4.1/.22, CD66b 4.4/.20, CD13+33 4.0/.20, "
        "CD71 2.6/.40",
        "eosinophil": _NUCLEUS
        + "CD45 4.1/.10, CD38 3.0/.20, CD58 3.5/.15, CD81 3.5/.20, "
        "CD66c+123 3.2/.25, CD24 4.0/.18, CD66b 4.1/.15, CD13+33 3.8/.20, CD9 3.6/.25",
        "basophil": _NUCLEUS
        + "CD45 3.8/.10, CD38 3.9/.15, CD58 3.6/.15, CD81 3.4/.20, "
        "CD66c+123 4.3/.15, CD22 3.7/.18, CD13+33 4.0/.20, CD9 4.0/.20",
        "erythroblast": _NUCLEUS
        + "CD45 2.3/.20, CD38 3.0/.30, CD58 3.6/.20, CD81 3.0/.20, CD71 4.4/.20",
        "pdc": _NUCLEUS + "CD45 4.0/.10, CD38 4.1/.15, CD58 3.6/.18, CD81 3.9/.15, "
        "CD66c+123 4.5/.12, CD73+304 4.2/.20, CD22 2.9/.25, CD71 2.8/.30",
        "myeloid_progenitor": _NUCLEUS + "CD34 4.0/.20, CD38 4.0/.25, CD45 3.6/.12, "
        "CD58 3.5/.20, CD81 3.8/.20, CD66c+123 3.2/.30, CD13+33 4.0/.25, CD9 2.8/.35, "
        "CD71 3.0/.40",
        # CD34+ CD22+ cells that do not carry CD19 or CD10 yet; normal.
        "cd19neg_precursor": _NUCLEUS + "CD34 3.9/.20, CD38 4.2/.20, CD45 3.5/.12, "
        "CD58 3.3/.18, CD81 4.1/.15, CD22 3.3/.20, cyCD79a 2.9/.30, CD9 2.8/.30",
        "mast": _NUCLEUS + "CD45 4.0/.12, CD38 2.8/.25, CD58 4.0/.15, CD81 4.2/.15, "
        "CD22 3.2/.25, CD13+33 4.4/.15, CD9 4.3/.20, CD71 3.0/.20",
        "debris": "CD45 2.0/.50, CD58 2.0/.50, CD38 2.0/.40",
        "red_cell": "CD58 3.1/.20",
        "platelet": "CD9 4.4/.25, CD38 2.6/.30, CD58 2.6/.25",
    }.items()
}
"""Markers by population; one that is not named is not carried."""

MARKERS = tuple(dict.fromkeys(marker for table in LEVELS.values() for marker in table))
"""Every marker that some panel may measure."""

SCATTER: Mapping[str, Scatter] = {
    "t_cell": Scatter(60e3, 14e3),
    "nk": Scatter(62e3, 15e3),
    "mature_b": Scatter(60e3, 14e3),
    "hg1": Scatter(55e3, 13e3),
    "hg2": Scatter(58e3, 13e3),
    "hg3": Scatter(60e3, 14e3),
    "plasma": Scatter(80e3, 26e3),
    "monocyte": Scatter(82e3, 53e3),
    "neutrophil": Scatter(115e3, 125e3),
    "immature_granulocyte": Scatter(120e3, 140e3),
    "eosinophil": Scatter(105e3, 165e3),
    "basophil": Scatter(64e3, 19e3),
    "erythroblast": Scatter(45e3, 12e3),
    "pdc": Scatter(68e3, 18e3),
    "myeloid_progenitor": Scatter(82e3, 24e3),
    "cd19neg_precursor": Scatter(62e3, 15e3),
    "mast": Scatter(100e3, 105e3),
    "blast_1": Scatter(75e3, 16e3),
    "blast_2": Scatter(75e3, 16e3),
    "debris": Scatter(12e3, 9e3),
    "red_cell": Scatter(24e3, 8e3),
    "platelet": Scatter(9e3, 5e3),
}

GLOW_KIND: Mapping[str, str] = {
    "monocyte": "monocyte",
    "neutrophil": "granulocyte",
    "immature_granulocyte": "granulocyte",
    "eosinophil": "granulocyte",
    "mast": "granulocyte",
    "erythroblast": "erythroid",
    "red_cell": "erythroid",
    "debris": "debris",
    "platelet": "debris",
}
"""How a population glows unstained; one that is not named glows as a lymphocyte."""
