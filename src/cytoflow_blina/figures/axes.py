"""Lay out the axis of a gate plot: its range, and ticks in linear units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from cytoflow_blina.bridge.transforms import apply_scale
from cytoflow_blina.domain.events import Dimension, FloatArray
from cytoflow_blina.domain.scale import (
    FlowJoBiexScale,
    FlowJoLogScale,
    LinearScale,
    Scale,
)

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
# Labels nearer to each other than this share of the axis would overlap in print.
_LABEL_DISTANCE = 0.075
_MARK_DISTANCE = 0.006


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, in display units, and its text, empty for a minor."""

    position: float
    label: str = ""


@dataclass(frozen=True)
class Axis:
    """One axis of a gate plot.

    Attributes
    ----------
    label : str
        Marker and detector: `CD3 · FL1-H`.
    low, high : float
        Ends of the axis, in display units.
    ticks : tuple of Tick
        Marks in order of position, labelled in linear units.
    """

    label: str
    low: float
    high: float
    ticks: tuple[Tick, ...] = ()


def axis_label(dimension: Dimension, markers: Mapping[str, str]) -> str:
    """Name an axis by its marker and its detector.

    Parameters
    ----------
    dimension : Dimension
        What the axis shows.
    markers : mapping of str to str
        Marker of a detector; those without one keep the detector alone.

    Returns
    -------
    str
        `CD3 · FL1-H`, or the detector alone where the marker says no more.

    Examples
    --------
    >>> axis_label(Dimension("FL1-H"), {"FL1-H": "CD3"})
    'CD3 · FL1-H'
    """
    marker = markers.get(dimension.source, "")
    if not marker or marker == dimension.source:
        return dimension.source
    return f"{marker} · {dimension.source}"


def lay_out_axis(label: str, scale: Scale | None, values: FloatArray) -> Axis:
    """Choose the range and the ticks of an axis.

    Parameters
    ----------
    label : str
        Text beside the axis.
    scale : Scale or None
        Scale of the dimension; None for linear units.
    values : ndarray of float64, shape (n_events,)
        Values on the axis, which decide its range where there is no scale; may be
        empty or hold NaN.

    Returns
    -------
    Axis
        The whole scale, so that the plots of two tubes can be compared at a
        glance; without one, from 0 or the 0.1th percentile, whichever is lower, to
        a little above the 99.9th.
    """
    if scale is None:
        low, high = _spread(values)
        return Axis(label, low, high, _round_ticks(low, high))
    linear, labels = (
        _linear_marks(scale) if isinstance(scale, LinearScale) else _decade_marks(scale)
    )
    # FlowJo's biexponential axis runs to 4096, every other to 1.
    high = 4096.0 if isinstance(scale, FlowJoBiexScale) else 1.0
    positions = apply_scale(scale, linear) / high
    ticks = _spaced(zip(positions, labels, strict=True))
    return Axis(
        label,
        0.0,
        high,
        tuple(Tick(tick.position * high, tick.label) for tick in ticks),
    )


def _spread(values: FloatArray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = (float(edge) for edge in np.quantile(finite, (0.001, 0.999)))
    low = min(low, 0.0)
    return (low, high + 0.05 * (high - low)) if high > low else (low, low + 1.0)


def _round_ticks(low: float, high: float) -> tuple[Tick, ...]:
    step = _round_step((high - low) / 5)
    marks = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    return tuple(Tick(float(mark), _short_number(float(mark))) for mark in marks)


def _round_step(rough: float) -> float:
    magnitude = 10.0 ** np.floor(np.log10(rough))
    return float(
        magnitude * min((1, 2, 5, 10), key=lambda m: abs(m - rough / magnitude))
    )


def _linear_marks(scale: LinearScale) -> tuple[FloatArray, list[str]]:
    step = _round_step(scale.top / 5)
    marks = np.arange(0, np.floor(scale.top / step) + 1) * step
    return marks, [_short_number(float(mark)) for mark in marks]


def _decade_marks(scale: Scale) -> tuple[FloatArray, list[str]]:
    """Powers of ten down from the top, mirrored below zero, and their 2 to 9 fold."""
    highest = int(np.floor(np.log10(_top(scale)) + 0.01))
    marks: list[float] = [0.0]
    labels = ["0"]
    for exponent in range(highest, -1, -1):
        for fold in range(1, 10):
            for sign in (1, -1):
                marks.append(sign * fold * 10.0**exponent)
                power = "10" + str(exponent).translate(_SUPERSCRIPTS)
                labels.append(("" if sign > 0 else "−") + power if fold == 1 else "")
    return np.array(marks), labels


def _top(scale: Scale) -> float:
    """Largest value of a scale, in linear units."""
    match scale:
        case FlowJoBiexScale():
            return scale.max_value
        case FlowJoLogScale():
            return float(scale.offset * 10.0**scale.decades)
        case _:
            return scale.top


def _spaced(marks: Iterable[tuple[float, str]]) -> tuple[Tick, ...]:
    """Keep the marks on the axis; of those too close to each other, the first."""
    on_axis = [
        (round(float(position), 6), label)
        for position, label in marks
        if np.isfinite(position) and -1e-9 <= position <= 1 + 1e-9
    ]
    ticks: list[Tick] = []
    for place, label in on_axis:
        if label and _is_free(place, ticks, _LABEL_DISTANCE):
            ticks.append(Tick(place, label))
    for place, _ in on_axis:
        if _is_free(place, ticks, _MARK_DISTANCE):
            ticks.append(Tick(place))
    return tuple(sorted(ticks, key=lambda tick: tick.position))


def _is_free(place: float, ticks: list[Tick], distance: float) -> bool:
    return all(abs(place - tick.position) >= distance for tick in ticks)


def _short_number(value: float) -> str:
    """Write 50000 as 50k."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if abs(value) >= 1e3 else f"{value:g}"
