"""Draw the MRD of a subject over its samples, as SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import isfinite, log10

from jinja2 import Environment, PackageLoader, StrictUndefined

from cytoflow_blina.figures import style
from cytoflow_blina.figures.mrd_scale import decades, log_range, short_share

_HEIGHT = 220.0
_STEP = 98.0
_LEAST_WIDTH = 260.0
_LONGEST_LABEL = 18


@dataclass(frozen=True)
class MrdPoint:
    """MRD of one sample, in percent; NaN where not known.

    Attributes
    ----------
    label, detail : str
        What stands below it: the visit, and the day.
    percent, lo95, hi95 : float
        The estimate and its exact 95 % interval.
    lod : float
        Limit of detection.
    is_detected : bool
        Whether MRD was detected; an open mark at the limit of detection otherwise.
    is_current : bool
        Whether this is the sample whose page it is.
    """

    label: str
    detail: str
    percent: float
    lo95: float
    hi95: float
    lod: float
    is_detected: bool
    is_current: bool = False

    @property
    def shown(self) -> float:
        """Where the mark stands: the estimate, or the limit of detection."""
        return self.percent if self.is_detected else self.lod


@dataclass(frozen=True)
class _Mark:
    x: float
    y: float | None
    low: float | None
    high: float | None
    lod: float | None
    label: str
    detail: str
    is_detected: bool
    is_current: bool


@dataclass(frozen=True)
class _Join:
    x1: float
    y1: float
    x2: float
    y2: float
    is_sure: bool


@dataclass(frozen=True)
class _Tick:
    y: float
    label: str


def mrd_course_svg(points: Sequence[MrdPoint], *, cut: float) -> str:
    """Draw MRD over the samples of a subject.

    Parameters
    ----------
    points : sequence of MrdPoint
        In the order of time, at equal distances; one or more.
    cut : float
        What the class turns on, in percent.

    Returns
    -------
    str
        An `svg` element without dependencies, every text in it escaped. Logarithmic;
        filled marks with their intervals where MRD was detected, open ones at the limit
        of detection where not, a cross on the axis where nothing can be said. A line
        between two samples is dashed where one of them is not detected.
    """
    low, high = log_range(
        [cut, *(value for one in points for value in (one.percent, one.lo95, one.lod))]
    )

    def y(value: float) -> float:
        share = log10(min(max(value, low), high) / low) / log10(high / low)
        return round(_HEIGHT * (1 - share), 1)

    marks = [_mark(one, (place + 0.5) * _STEP, y) for place, one in enumerate(points)]
    template = _environment().get_template("mrd_course.svg")
    return template.render(
        style=style,
        width=max(_STEP * len(points), _LEAST_WIDTH),
        height=_HEIGHT,
        cut=y(cut),
        cut_label=f"cut-off {cut:g}\u202f%",
        ticks=[_Tick(y(value), short_share(value)) for value in decades(low, high)],
        marks=marks,
        joins=_joins(marks),
        summary=_in_words(points),
    )


def _mark(point: MrdPoint, x: float, y: Callable[[float], float]) -> _Mark:
    def place(value: float) -> float | None:
        return y(value) if isfinite(value) and value > 0 else None

    has_interval = point.is_detected and isfinite(point.hi95)
    return _Mark(
        x,
        place(point.shown),
        y(point.lo95) if has_interval else None,
        y(point.hi95) if has_interval else None,
        place(point.lod),
        _shorten(point.label),
        _shorten(point.detail),
        point.is_detected,
        point.is_current,
    )


def _joins(marks: Sequence[_Mark]) -> list[_Join]:
    known = [(one.x, one.y, one.is_detected) for one in marks if one.y is not None]
    return [
        _Join(x1, y1, x2, y2, first and second)
        for (x1, y1, first), (x2, y2, second) in pairwise(known)
    ]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("cytoflow_blina.figures"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shorten(label: str) -> str:
    if len(label) <= _LONGEST_LABEL:
        return label
    return label[: _LONGEST_LABEL - 1] + "…"


def _in_words(points: Sequence[MrdPoint]) -> str:
    parts = []
    for one in points:
        if one.is_detected:
            words = f"{one.percent:.2g} %"
        elif isfinite(one.lod):
            words = f"not detected at {one.lod:.2g} %"
        else:
            words = "not evaluable"
        parts.append(f"{one.label}: {words}")
    return "MRD over time. " + ", ".join(parts)
