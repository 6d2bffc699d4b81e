"""Hold the scales on which gates are drawn, as Gating-ML 2.0 defines them.

The parameters bear the letters T, W, M and A in Gating-ML: `top`, `linear_decades`,
`total_decades`, `negative_decades`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinearScale:
    """`(x + a) / (top + a)`; `a` widens the axis below zero."""

    top: float
    a: float = 0.0


@dataclass(frozen=True)
class LogScale:
    """`log10(x / top) / total_decades + 1`; not defined at or below 0."""

    top: float
    total_decades: float


@dataclass(frozen=True)
class ArcsinhScale:
    """Inverse hyperbolic sine: linear around zero, logarithmic above."""

    top: float
    total_decades: float
    negative_decades: float = 0.0

    @property
    def span_decades(self) -> float:
        """Decades from the lower end of the axis to its upper end."""
        return self.total_decades + self.negative_decades


@dataclass(frozen=True)
class LogicleScale:
    """Moore and Parks' logicle: linear around zero, logarithmic above."""

    top: float
    linear_decades: float
    total_decades: float
    negative_decades: float = 0.0


@dataclass(frozen=True)
class HyperlogScale:
    """Bagwell's hyperlog, in the parameters of the logicle."""

    top: float
    linear_decades: float
    total_decades: float
    negative_decades: float = 0.0


@dataclass(frozen=True)
class FlowJoBiexScale:
    """FlowJo's biexponential axis; comes from workspaces only, no Gating-ML form."""

    negative: float
    width: float
    positive: float
    max_value: float


@dataclass(frozen=True)
class FlowJoLogScale:
    """FlowJo's logarithmic axis; comes from workspaces only, no Gating-ML form."""

    offset: float
    decades: float


Scale = (
    LinearScale
    | LogScale
    | ArcsinhScale
    | LogicleScale
    | HyperlogScale
    | FlowJoBiexScale
    | FlowJoLogScale
)


@dataclass(frozen=True)
class Ratio:
    """`a * (numerator - b) / (denominator - c)`, a new dimension of two detectors."""

    numerator: str
    denominator: str
    a: float
    b: float
    c: float
