"""Name the kinds of particle in a tube, and what they carry beside each other.

The tables follow the lab's knowledge of blood; nothing here may be used to gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Span = tuple[float, float]
"""Lower and upper end of a range from which a tube draws one value."""

T_CELLS = (
    "cd4_t",
    "cd8_t",
    "dn_t",
    "dp_t",
    "nkt_like",
    "activated_cd4_t",
    "activated_cd8_t",
)
NK_CELLS = ("nk_cd8neg", "nk_cd8dim")
LYMPHOCYTES = (*T_CELLS, "b", *NK_CELLS)
GRANULOCYTES = ("neutrophil", "eosinophil", "degranulated")
CELLS = (*LYMPHOCYTES, "monocyte", *GRANULOCYTES, "basophil", "b_blast")
POPULATIONS = (*CELLS, "debris", "bead")


@dataclass(frozen=True)
class Expression:
    """How much of one marker a population carries.

    Attributes
    ----------
    shift : tuple of two float
        Range of its median above (or below) the marker's bright level, in decades.
    spread : float
        Its width within a tube, as a multiple of the bright population's.
    """

    shift: Span = (0.0, 0.0)
    spread: float = 1.0


ExpressionTable = Mapping[str, Mapping[str, Expression]]

_T = {"CD45": Expression((-0.02, 0.03)), "CD3": Expression()}
_ACTIVATED = {
    "CD45": Expression((0.03, 0.08), 1.1),
    "CD3": Expression((-0.25, -0.05), 1.3),
}
_NK = {
    "CD45": Expression((0.02, 0.06), 1.1),
    "CD16+56": Expression(),
    "CD56": Expression(),
}

EXPRESSION: ExpressionTable = {
    "cd4_t": _T | {"CD4": Expression()},
    "cd8_t": _T | {"CD8": Expression()},
    # Rich in gamma-delta T cells, which carry up to twice the CD3.
    "dn_t": _T | {"CD3": Expression((0.0, 0.3), 1.2)},
    "dp_t": _T
    | {"CD4": Expression((-0.15, 0.0), 1.3), "CD8": Expression((-0.3, -0.05), 1.6)},
    "nkt_like": _T
    | {
        "CD8": Expression((-0.2, 0.0), 1.6),
        "CD16+56": Expression((-0.6, -0.3), 1.3),
        "CD56": Expression((-0.6, -0.3), 1.3),
    },
    "activated_cd4_t": _ACTIVATED | {"CD4": Expression()},
    "activated_cd8_t": _ACTIVATED | {"CD8": Expression()},
    "b": {"CD45": Expression((-0.1, -0.03), 0.9), "CD19": Expression()},
    "nk_cd8neg": _NK,
    "nk_cd8dim": _NK | {"CD8": Expression((-1.0, -0.4), 1.6)},
    "monocyte": {
        "CD45": Expression((-0.3, -0.1), 1.1),
        "CD4": Expression((-1.0, -0.5), 1.4),
        "CD16+56": Expression((-1.5, -1.0), 1.3),
    },
    # Clone B73.1 of CD16 stains neutrophils weakly.
    "neutrophil": {
        "CD45": Expression((-0.8, -0.4), 1.6),
        "CD16+56": Expression((-0.9, -0.5), 1.0),
    },
    "eosinophil": {"CD45": Expression((-0.45, -0.2), 1.4)},
    # Neutrophils that lost their granules: a shoulder towards the monocytes.
    "degranulated": {
        "CD45": Expression((-0.45, -0.1), 1.8),
        "CD16+56": Expression((-0.9, -0.5), 1.0),
    },
    "basophil": {
        "CD45": Expression((-0.6, -0.3), 1.1),
        "CD4": Expression((-1.8, -1.4), 2.0),
    },
    "b_blast": {
        "CD45": Expression((-1.0, -0.4), 2.0),
        "CD19": Expression((-0.5, 0.0), 1.6),
    },
    "debris": {"CD45": Expression((-2.9, -2.4), 4.0)},
}
"""Markers of each population; one that is not named is not carried at all."""
