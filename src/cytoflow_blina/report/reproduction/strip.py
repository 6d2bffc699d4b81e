"""Place the P values of many seeds on one logarithmic strip."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isnan, log10, nan

import numpy as np

from cytoflow_blina.domain.events import FloatArray

WIDTH = 340.0
"""Width of a strip, in its own units; its labels stand within it."""
_MARGIN = 12.0
_LEAST_DECADE = -5
_FEWEST_FOR_BAND = 20
_LANES = 3
_FILES_Y, _LANE_STEP = 11.0, 4.0
_DRAWN_Y = 27.0


@dataclass(frozen=True)
class Tick:
    """A mark on the axis of P: where, and its label."""

    x: float
    label: str


@dataclass(frozen=True)
class Dot:
    """One seed: where, and whether it has the published direction and significance."""

    x: float
    y: float
    holds: bool


@dataclass(frozen=True)
class Band:
    """Where most of many seeds lie: the middle 95 %, the middle half, the median."""

    low: float
    first: float
    middle: float
    third: float
    high: float


@dataclass(frozen=True)
class StripScale:
    """The axis of P, which several strips share.

    Attributes
    ----------
    decade : int
        Lowest power of ten; what lies below is drawn at the edge.
    ticks : tuple of Tick
        1, its tenths, and so on, from the left.
    limit : float
        Place of 0.05.
    """

    decade: int
    ticks: tuple[Tick, ...]
    limit: float


@dataclass(frozen=True)
class PStrip:
    """P values of one claim.

    Attributes
    ----------
    scale : StripScale
        The axis.
    files, drawn : tuple of (float, bool)
        P of each seed, none NaN, and whether the seed shows what is published.
    truth : float
        P of the synthetic cohort before any cytometer; NaN where there is none.
    published : str
        The printed P, with its sign where that is not `=`; empty without one.
    """

    scale: StripScale
    files: tuple[tuple[float, bool], ...]
    drawn: tuple[tuple[float, bool], ...]
    truth: float
    published: str

    @property
    def file_dots(self) -> tuple[Dot, ...]:
        """The seeds of the files, in lanes, lest they cover one another."""
        return tuple(
            Dot(
                self._x(p_value),
                _FILES_Y + _LANE_STEP * (place % _LANES - 1),
                holds,
            )
            for place, (p_value, holds) in enumerate(self.files)
        )

    @property
    def drawn_dots(self) -> tuple[Dot, ...]:
        """The drawn seeds, where they are too few for a band."""
        if self.drawn_band is not None:
            return ()
        return tuple(Dot(self._x(one), _DRAWN_Y, holds) for one, holds in self.drawn)

    @property
    def drawn_band(self) -> Band | None:
        """Where the drawn seeds lie; None where there are but few."""
        if len(self.drawn) < _FEWEST_FOR_BAND:
            return None
        values = np.array([one for one, _ in self.drawn])
        places = np.quantile(values, (0.025, 0.25, 0.5, 0.75, 0.975), method="linear")
        return Band(*(self._x(float(one)) for one in places))

    @property
    def truth_x(self) -> float | None:
        """Place of the truth; None where there is none."""
        return None if isnan(self.truth) else self._x(self.truth)

    @property
    def published_x(self) -> float | None:
        """Place of the printed P; None where no number is printed."""
        p_value = _number(self.published)
        return None if isnan(p_value) else self._x(p_value)

    @property
    def is_published_below(self) -> bool:
        """Whether the paper prints an upper bound."""
        return self.published.startswith("<")

    def _x(self, p_value: float) -> float:
        return _place(p_value, self.scale.decade)


def strip_scale(p_values: FloatArray) -> StripScale:
    """Choose an axis for P.

    Parameters
    ----------
    p_values : ndarray of float64, shape (n_values,)
        What will be drawn on it; none is NaN.

    Returns
    -------
    StripScale
        From 1 down to the least value, to 0.001 at least and 0.00001 at most.
    """
    least = float(p_values.min()) if p_values.size else 1.0
    decade = floor(log10(least)) if least > 0 else _LEAST_DECADE
    decade = min(max(decade, _LEAST_DECADE), -3)
    ticks = tuple(
        Tick(_place(10.0**power, decade), _label(power, is_edge=power == decade))
        for power in range(decade, 1)
    )
    return StripScale(decade, ticks, _place(0.05, decade))


def _place(p_value: float, decade: int) -> float:
    power = max(log10(p_value), decade) if p_value > 0 else decade
    share = 1 - min(power, 0.0) / decade
    return round(_MARGIN + share * (WIDTH - 2 * _MARGIN), 1)


def _label(power: int, *, is_edge: bool) -> str:
    label = f"{10.0**power:.{-power}f}"
    return f"≤ {label}" if is_edge else label


def _number(published: str) -> float:
    try:
        return float(published.lstrip("<>= "))
    except ValueError:
        return nan
