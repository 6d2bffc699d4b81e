"""Draw one gate plot as SVG."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cache

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray
from PIL import Image

from cytoflow_blina.figures import style
from cytoflow_blina.figures.axes import Axis
from cytoflow_blina.figures.density import DrawnGate, GateHistogram
from cytoflow_blina.figures.label_places import Box, place_labels
from cytoflow_blina.figures.number_format import format_count, format_percent

_SIDE = 240.0
_CHARACTER_WIDTH = 5.7
_LABEL_HEIGHT = 25.0
_LONGEST_NAME = 24


@dataclass(frozen=True)
class _PlacedTick:
    place: float
    label: str


@dataclass(frozen=True)
class _PlacedGate:
    name: str
    share: str
    points: str
    label: Box


def gate_plot_svg(histogram: GateHistogram) -> str:
    """Draw a gate plot: density, outlines, axes in linear units.

    Parameters
    ----------
    histogram : GateHistogram
        What to draw. Where the parent holds no event, the plot says so.

    Returns
    -------
    str
        An `svg` element without dependencies, every text in it escaped. The same
        histogram gives the same text.
    """
    image = _shade(histogram.counts)
    drawn = [gate for gate in histogram.gates if len(gate.outline)]
    template = _environment().get_template("gate_plot.svg")
    return template.render(
        side=_SIDE,
        style=style,
        picture=_png(image),
        x=histogram.x,
        y=histogram.y,
        x_ticks=_ticks(histogram.x, downwards=False),
        y_ticks=_ticks(histogram.y, downwards=True),
        gates=_placed(drawn, histogram, image),
        is_empty=not histogram.counts.any(),
        summary=_in_words(histogram),
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


def _shade(counts: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Colour number of each pixel, top row first: 0 for none, then by the logarithm."""
    # The scale reaches at least to 10, lest two events look like a crowd.
    most = max(float(counts.max(initial=0)), 10.0)
    shade = np.log(np.maximum(counts, 1)) * (238 / np.log(most)) + 16
    pixels: NDArray[np.uint8] = np.where(counts, shade, 0).astype(np.uint8).T[::-1]
    return np.ascontiguousarray(pixels)


def _png(image: NDArray[np.uint8]) -> str:
    picture = Image.fromarray(image, mode="P")
    picture.putpalette(_palette())
    stream = io.BytesIO()
    picture.save(stream, format="PNG", compress_level=6)
    return base64.b64encode(stream.getvalue()).decode()


@cache
def _palette() -> bytes:
    return style.density_palette()


def _ticks(axis: Axis, *, downwards: bool) -> list[_PlacedTick]:
    placed = []
    for tick in axis.ticks:
        share = (tick.position - axis.low) / (axis.high - axis.low)
        place = _SIDE * (1 - share if downwards else share)
        placed.append(_PlacedTick(round(place, 1), tick.label))
    return placed


def _placed(
    gates: list[DrawnGate], histogram: GateHistogram, image: NDArray[np.uint8]
) -> list[_PlacedGate]:
    corners = [_pixels(gate, histogram) for gate in gates]
    names = [_shorten(gate.name) for gate in gates]
    shares = [
        f"{format_percent(gate.percent)} · {format_count(gate.n_events)}"
        for gate in gates
    ]
    sizes = [
        (_CHARACTER_WIDTH * max(len(name), len(share)) + 6, _LABEL_HEIGHT)
        for name, share in zip(names, shares, strict=True)
    ]
    boxes = [_bounds(pixels) for pixels in corners]
    places = place_labels(boxes, sizes, image, _SIDE)
    return [
        _PlacedGate(name, share, " ".join(f"{x:.1f},{y:.1f}" for x, y in pixels), place)
        for name, share, pixels, place in zip(
            names, shares, corners, places, strict=True
        )
    ]


def _pixels(gate: DrawnGate, histogram: GateHistogram) -> NDArray[np.float64]:
    x, y = histogram.x, histogram.y
    low = np.array((x.low, y.low))
    high = np.array((x.high, y.high))
    share = (gate.outline - low) / (high - low)
    pixels: NDArray[np.float64] = _SIDE * np.column_stack(
        (share[:, 0], 1 - share[:, 1])
    )
    return pixels


def _bounds(pixels: NDArray[np.float64]) -> Box:
    (left, top), (right, bottom) = np.clip(
        (pixels.min(axis=0), pixels.max(axis=0)), 0, _SIDE
    )
    return Box(float(left), float(top), float(right), float(bottom))


def _shorten(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _in_words(histogram: GateHistogram) -> str:
    shown = histogram.parent or "all events"
    gates = "; ".join(
        f"{gate.name} {format_percent(gate.percent)}, "
        f"{format_count(gate.n_events)} events"
        for gate in histogram.gates
    )
    return f"{shown} on {histogram.x.label} and {histogram.y.label}: {gates}"
