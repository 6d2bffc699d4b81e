"""Draw one Levey-Jennings chart as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import isnan, nan

from jinja2 import Environment, PackageLoader, StrictUndefined

from cytoflow_blina.figures import style
from cytoflow_blina.figures.number_format import format_number

_WIDTH, _HEIGHT = 240.0, 96.0
_MARGIN = 0.06
_BEYOND = 3.0


@dataclass(frozen=True)
class ChartPoint:
    """One run of a chart.

    Attributes
    ----------
    label : str
        Which run: sample and tube.
    value : float
        In the unit of the chart.
    deviation : float
        In SD, the farther of this run alone and of the last four; NaN where not known.
    """

    label: str
    value: float
    deviation: float = nan

    @property
    def is_beyond(self) -> bool:
        """Whether it lies more than three SD from the centre."""
        return abs(self.deviation) > _BEYOND


@dataclass(frozen=True)
class LeveyJenningsChart:
    """One quantity of an instrument over its runs.

    Attributes
    ----------
    title : str
        What is charted.
    points : tuple of ChartPoint
        In order of acquisition; one or more.
    centre, spread : float
        Centre and SD that the last run was judged by; NaN where there were too few.
    is_logarithmic : bool
        Whether values are decades, to be labelled in linear units.
    """

    title: str
    points: tuple[ChartPoint, ...]
    centre: float = nan
    spread: float = nan
    is_logarithmic: bool = False


@dataclass(frozen=True)
class _Line:
    y: float
    label: str
    is_centre: bool = False


@dataclass(frozen=True)
class _Mark:
    x: float
    y: float
    label: str


def levey_jennings_svg(chart: LeveyJenningsChart) -> str:
    """Draw a chart: runs in order, centre and three SD either way.

    Parameters
    ----------
    chart : LeveyJenningsChart
        What to draw.

    Returns
    -------
    str
        An `svg` element without dependencies, every text in it escaped. Runs beyond
        three SD are larger, of another colour, and name their sample; those that were
        not judged are hollow.
    """
    levels = _levels(chart)
    values = [point.value for point in chart.points]
    low, high = min(*values, *levels.values()), max(*values, *levels.values())
    pad = _MARGIN * (high - low) or 1.0
    low, high = low - pad, high + pad

    def y(value: float) -> float:
        return round(_HEIGHT * (1 - (value - low) / (high - low)), 1)

    step = _WIDTH / len(chart.points)
    places = [
        _Mark(round((k + 0.5) * step, 1), y(point.value), point.label)
        for k, point in enumerate(chart.points)
    ]
    hollow = [
        mark
        for mark, point in zip(places, chart.points, strict=True)
        if isnan(point.deviation)
    ]
    beyond = [
        mark
        for mark, point in zip(places, chart.points, strict=True)
        if point.is_beyond
    ]
    template = _environment().get_template("levey_jennings.svg")
    return template.render(
        width=_WIDTH,
        height=_HEIGHT,
        style=style,
        lines=[
            _Line(y(value), _label(value, chart), name == "centre")
            for name, value in levels.items()
        ],
        steps=_dots(places),
        hollow=_dots(hollow),
        beyond=beyond,
        summary=_in_words(chart, beyond),
    )


def _dots(marks: Sequence[_Mark]) -> str:
    """Write marks as steps of no length, which round line ends turn into dots."""
    return " ".join(f"M{mark.x:g} {mark.y:g}h0" for mark in marks)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("cytoflow_blina.figures"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _levels(chart: LeveyJenningsChart) -> dict[str, float]:
    """Levels to draw as lines; the first value alone where there is no centre."""
    if isnan(chart.centre):
        return {"first": chart.points[0].value}
    reach = _BEYOND * chart.spread
    return {
        "high": chart.centre + reach,
        "centre": chart.centre,
        "low": chart.centre - reach,
    }


def _label(value: float, chart: LeveyJenningsChart) -> str:
    return format_number(10**value if chart.is_logarithmic else value)


def _in_words(chart: LeveyJenningsChart, beyond: Sequence[_Mark]) -> str:
    words = f"{chart.title}: {len(chart.points)} runs"
    if isnan(chart.centre):
        return f"{words}, too few for limits"
    if not beyond:
        return f"{words}, none beyond 3 SD"
    return f"{words}, beyond 3 SD: {', '.join(mark.label for mark in beyond)}"
