"""Draw candidates over normal cells, as SVG."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray
from PIL import Image

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.figures import style
from cytoflow_blina.figures.axes import Axis
from cytoflow_blina.figures.marrow_histograms import (
    CandidateDots,
    Ellipsoid,
    MarrowHistograms,
    MarrowPlot,
)
from cytoflow_blina.figures.number_format import format_count

NORMAL_SD = (1.0, 2.5)
"""Standard deviations at which normal populations are drawn."""

DIAGNOSIS_SD = 2.5
"""Standard deviations at which the diagnostic phenotype is drawn."""

_NUMBER_AT_END = re.compile(r"[0-9]{1,6}$")
_SIDE = 240.0
# Dots are placed to half a pixel, so that whole numbers do.
_STEPS = 480
_NAME_DISTANCE = 16.0
_PLAIN_NAMES = {
    "hg1": "HG1",
    "hg2": "HG2",
    "hg3": "HG3",
    "mature_b": "mature B",
    "plasma": "plasma",
    "early_b": "early B",
}


@dataclass(frozen=True)
class CandidateStyle:
    """How one candidate is drawn, so that grey print tells it apart too.

    Attributes
    ----------
    number : int
        1 for the first; printed beside its gate.
    colour : str
        As `#rrggbb`.
    is_square : bool
        Squares for dots.
    is_hollow : bool
        Rings for dots.
    """

    number: int
    colour: str
    is_square: bool
    is_hollow: bool


@dataclass(frozen=True)
class _Ellipse:
    x: float
    y: float
    across: float
    along: float
    angle: float


@dataclass(frozen=True)
class _Dots:
    look: CandidateStyle
    path: str
    width: float
    gate: _Ellipse | None
    label_x: float
    label_y: float


@dataclass(frozen=True)
class _Name:
    text: str
    x: float
    y: float


@dataclass(frozen=True)
class _Tick:
    place: float
    label: str


def candidate_style(path: str) -> CandidateStyle:
    """Give the style of a candidate by the number at the end of its path.

    Parameters
    ----------
    path : str
        Path of its gate: `nucleated/b_lineage/candidate_2`; one that ends in no number
        is drawn as the first.

    Returns
    -------
    CandidateStyle
        The first eight differ in colour, shape or filling.
    """
    found = _NUMBER_AT_END.search(path)
    number = max(int(found[0]), 1) if found else 1
    position = number - 1
    colours = (style.ORANGE, style.PURPLE, style.GREEN, style.INK)
    return CandidateStyle(
        number,
        colours[(position + position // 4) % len(colours)],
        is_square=position % 2 == 1,
        is_hollow=position % 4 >= 2,
    )


def marrow_plot_svg(histograms: MarrowHistograms, plot: MarrowPlot) -> str:
    """Draw one plot: events in grey, normal cells as a corridor, candidates as dots.

    Parameters
    ----------
    histograms : MarrowHistograms
        The tube.
    plot : MarrowPlot
        One of its plots.

    Returns
    -------
    str
        An `svg` element without dependencies, every text in it escaped. Normal cells
        and the phenotype at diagnosis are drawn where they are known on both axes. The
        same value gives the same text.
    """
    sides = (plot.x, plot.y)
    axes = (histograms.axis(plot.x), histograms.axis(plot.y))
    diagnosis = histograms.diagnosis
    return (
        _environment()
        .get_template("marrow_plot.svg")
        .render(
            side=_SIDE,
            scale=_SIDE / _STEPS,
            style=style,
            picture=_grey_png(plot.counts),
            x=axes[0],
            y=axes[1],
            x_ticks=_ticks(axes[0], downwards=False),
            y_ticks=_ticks(axes[1], downwards=True),
            normal=[
                [
                    shadow
                    for one in histograms.normal
                    if (shadow := _shadow(one, sides, axes, reach))
                ]
                for reach in reversed(NORMAL_SD)
            ],
            names=_names(histograms.normal, sides, axes),
            diagnosis=diagnosis and _shadow(diagnosis, sides, axes, DIAGNOSIS_SD),
            candidates=[_dots(one, histograms, sides) for one in histograms.candidates],
            is_empty=not plot.counts.any(),
            background=plot.background,
            summary=_in_words(histograms, plot),
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("cytoflow_blina.figures"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _grey_png(counts: NDArray[np.uint32]) -> str:
    """Shade by the logarithm, in one grey that lets what lies beneath show through."""
    most = max(float(counts.max(initial=0)), 10.0)
    opacity = 60 + np.log(np.maximum(counts, 1)) * (120 / np.log(most))
    pixels = np.where(counts, opacity, 0).astype(np.uint8).T[::-1]
    picture = Image.fromarray(np.ascontiguousarray(pixels), mode="P")
    picture.putpalette(bytes((64, 68, 74)) * 256)
    stream = io.BytesIO()
    picture.save(stream, format="PNG", transparency=bytes(range(256)))
    return base64.b64encode(stream.getvalue()).decode()


def _ticks(axis: Axis, *, downwards: bool) -> list[_Tick]:
    shares = [
        (tick.position - axis.low) / (axis.high - axis.low) for tick in axis.ticks
    ]
    return [
        _Tick(round(_SIDE * (1 - share if downwards else share), 1), tick.label)
        for share, tick in zip(shares, axis.ticks, strict=True)
    ]


def _shadow(
    one: Ellipsoid, sides: tuple[str, str], axes: tuple[Axis, Axis], reach: float
) -> _Ellipse | None:
    """Project an ellipsoid; None where it has not both axes, or no size."""
    if not set(sides) <= set(one.columns):
        return None
    kept = [one.columns.index(side) for side in sides]
    # Downwards on paper is upwards on the axis.
    scale = np.array([1, -1]) * _SIDE / [axis.high - axis.low for axis in axes]
    covariance = one.covariance[np.ix_(kept, kept)] * np.outer(scale, scale)
    if not np.isfinite(covariance).all():
        return None
    variances, directions = np.linalg.eigh(covariance)
    if variances.min() <= 0:
        return None
    across, along = reach * np.sqrt(one.distance_squared * variances)
    x, y = _pixels(one.center[kept], axes)
    angle = float(np.degrees(np.arctan2(directions[1, 1], directions[0, 1])))
    numbers = (x, y, float(across), float(along), angle)
    return _Ellipse(*(round(number, 1) for number in numbers))


def _pixels(place: FloatArray, axes: tuple[Axis, Axis]) -> tuple[float, float]:
    x, y = (
        (float(value) - axis.low) / (axis.high - axis.low)
        for value, axis in zip(place, axes, strict=True)
    )
    return _SIDE * x, _SIDE * (1 - y)


def _names(
    normal: Iterable[Ellipsoid], sides: tuple[str, str], axes: tuple[Axis, Axis]
) -> list[_Name]:
    """Name the populations that bear a name, where there is room."""
    names: list[_Name] = []
    for one in normal:
        if one.name not in _PLAIN_NAMES or not set(sides) <= set(one.columns):
            continue
        # Several stations may bear one name.
        if _PLAIN_NAMES[one.name] in {other.text for other in names}:
            continue
        kept = [one.columns.index(side) for side in sides]
        x, y = _pixels(one.center[kept], axes)
        is_free = all(
            abs(x - other.x) > 2 * _NAME_DISTANCE or abs(y - other.y) > _NAME_DISTANCE
            for other in names
        )
        if is_free and 0 <= x <= _SIDE and 0 <= y <= _SIDE:
            names.append(_Name(_PLAIN_NAMES[one.name], round(x, 1), round(y + 3.5, 1)))
    return names


def _dots(
    one: CandidateDots,
    histograms: MarrowHistograms,
    sides: tuple[str, str],
) -> _Dots:
    axes = (histograms.axis(sides[0]), histograms.axis(sides[1]))
    kept = [histograms.columns.index(side) for side in sides]
    values = one.dots[:, kept].astype(np.float64)
    values = values[np.isfinite(values).all(axis=1)]
    low = [axis.low for axis in axes]
    high = [axis.high for axis in axes]
    share = np.clip((values - low) / np.subtract(high, low), 0, 1)
    places = np.rint(_STEPS * np.column_stack((share[:, 0], 1 - share[:, 1])))
    gate = _shadow(one.gate, sides, axes, 1.0) if one.gate else None
    label = _label_place(gate, places)
    return _Dots(
        candidate_style(one.path),
        _path(places.astype(np.int64)),
        _width(one),
        gate,
        *label,
    )


def _label_place(gate: _Ellipse | None, places: FloatArray) -> tuple[float, float]:
    """Put the number to the upper right of the gate, or of the events."""
    if gate is not None:
        reach = 0.75 * max(gate.across, gate.along)
        x, y = gate.x + reach, gate.y - reach
    elif len(places):
        x, y = np.median(places, axis=0) * (_SIDE / _STEPS) + (8, -8)
    else:
        x, y = 8.0, 16.0
    return (
        round(float(np.clip(x, 6, _SIDE - 8)), 1),
        round(float(np.clip(y, 12, _SIDE - 4)), 1),
    )


def _width(one: CandidateDots) -> float:
    """Draw few events large: 20 of a million must be seen."""
    n_dots = len(one.dots)
    if n_dots <= 100:
        return 9.0
    return 6.0 if n_dots <= 700 else 4.5


def _path(places: NDArray[np.int64]) -> str:
    """Write dots as steps of no length, which line ends turn into dots."""
    if not len(places):
        return ""
    # Neighbours one after the other take few characters.
    places = np.unique(places, axis=0)
    steps = np.diff(places, axis=0, prepend=np.zeros((1, 2), np.int64))
    (x, y), rest = steps[0], steps[1:]
    return f"M{x} {y}h0" + "".join(f"m{dx} {dy}h0" for dx, dy in rest)


def _in_words(histograms: MarrowHistograms, plot: MarrowPlot) -> str:
    parts = [
        f"{plot.y} against {plot.x}: {format_count(plot.n_events)} {plot.background}"
    ]
    parts += [
        f"candidate {candidate_style(one.path).number} of "
        f"{format_count(one.n_events)} events"
        for one in histograms.candidates
    ]
    if not histograms.candidates:
        parts.append("no candidate")
    return ", ".join(parts)
