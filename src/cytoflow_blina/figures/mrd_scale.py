"""Draw MRD on a logarithmic scale beside what limits it, as SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from math import ceil, floor, isfinite, log10

from jinja2 import Environment, PackageLoader, StrictUndefined

from cytoflow_blina.figures import style
from cytoflow_blina.mrd.status import percent_text

_WIDTH, _HEIGHT = 620.0, 46.0
_LEAST_RANGE = (1e-3, 1.0)
_LOWEST, _HIGHEST = 1e-7, 100.0


@dataclass(frozen=True)
class MrdScale:
    """MRD of a sample, in percent of the denominator; NaN where not known.

    Attributes
    ----------
    percent, lo95, hi95 : float
        The estimate and its exact 95 % interval.
    upper : float
        What MRD lies below where it was not detected.
    lod, lloq : float
        Limit of detection and of quantification.
    cut : float
        What the class turns on.
    is_detected : bool
        Whether there are events enough for a finding; the mark is open otherwise.
    """

    percent: float
    lo95: float
    hi95: float
    upper: float
    lod: float
    lloq: float
    cut: float
    is_detected: bool


@dataclass(frozen=True)
class _Line:
    x: float
    name: str
    dash: str
    row: int


@dataclass(frozen=True)
class _Tick:
    x: float
    label: str


@dataclass(frozen=True)
class _Mark:
    x: float
    low: float
    high: float


def log_range(values: Iterable[float]) -> tuple[float, float]:
    """Choose powers of ten around percentages.

    Parameters
    ----------
    values : iterable of float
        In percent; those that are not above 0 are passed over.

    Returns
    -------
    tuple of float
        Ends of a logarithmic axis, 0.001 to 1 or wider, 100 at most.

    Examples
    --------
    >>> log_range([0.0004, 0.02])
    (0.0001, 1.0)
    """
    known = [value for value in values if isfinite(value) and value > 0]
    low = min([*known, _LEAST_RANGE[0]])
    high = max([*known, _LEAST_RANGE[1]])
    return (
        10.0 ** floor(log10(max(low, _LOWEST))),
        min(10.0 ** ceil(log10(high)), _HIGHEST),
    )


def decades(low: float, high: float) -> list[float]:
    """List the powers of ten of an axis.

    Parameters
    ----------
    low, high : float
        Its ends, powers of ten themselves.

    Returns
    -------
    list of float
        From `low` to `high`.
    """
    return [
        10.0**exponent for exponent in range(round(log10(low)), round(log10(high)) + 1)
    ]


def short_share(value: float) -> str:
    """Write a power of ten in full.

    Parameters
    ----------
    value : float
        In percent.

    Returns
    -------
    str
        Without trailing zeros: `0.001`.
    """
    return f"{value:.7f}".rstrip("0").rstrip(".")


def mrd_scale_svg(scale: MrdScale) -> str:
    """Draw MRD with its interval against its limits.

    Parameters
    ----------
    scale : MrdScale
        What to draw. Without events the interval reaches to the left end of the axis;
        without an estimate the limits stand alone.

    Returns
    -------
    str
        An `svg` element without dependencies. What lies below the limit of detection
        is hatched; the mark is open where MRD was not detected.
    """
    low, high = log_range(
        (scale.percent, scale.lo95, scale.upper, scale.lod, scale.lloq, scale.cut)
    )

    def x(value: float) -> float:
        share = log10(min(max(value, low), high) / low) / log10(high / low)
        return round(_WIDTH * share, 1)

    limits = [
        (scale.cut, "cut-off", ""),
        (scale.lod, "LOD", "6 3"),
        (scale.lloq, "LLOQ", "1.5 2.5"),
    ]
    # A label hangs to the right of its line: the next one starts a row lower.
    known = sorted((one for one in limits if one[0] > 0), key=lambda one: one[0])
    lines = [
        _Line(x(value), f"{name} {_share(value, scale.cut)}\u202f%", dash, row)
        for row, (value, name, dash) in enumerate(known)
    ]
    return (
        _environment()
        .get_template("mrd_scale.svg")
        .render(
            style=style,
            width=_WIDTH,
            height=_HEIGHT,
            lines=lines,
            ticks=[_Tick(x(value), short_share(value)) for value in decades(low, high)],
            unseen=x(scale.lod) if scale.lod > 0 else 0.0,
            mark=_mark(scale, x),
            has_events=scale.percent > 0,
            is_detected=scale.is_detected,
            summary=_in_words(scale),
        )
    )


def _mark(scale: MrdScale, x: Callable[[float], float]) -> _Mark | None:
    """Place the estimate with its interval; without events, what MRD lies below."""
    if scale.percent > 0:
        return _Mark(x(scale.percent), x(scale.lo95), x(scale.hi95))
    if scale.percent == 0 and scale.upper > 0:
        return _Mark(x(scale.upper), 0.0, x(scale.upper))
    return None


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("cytoflow_blina.figures"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _share(value: float, cut: float) -> str:
    return f"{cut:g}" if value == cut else percent_text(value, cut)


def _in_words(scale: MrdScale) -> str:
    words = [
        f"{name} {_share(value, scale.cut)} %"
        for name, value in (
            ("MRD", scale.percent),
            ("limit of detection", scale.lod),
            ("limit of quantification", scale.lloq),
            ("cut-off", scale.cut),
        )
        if isfinite(value)
    ]
    return ", ".join(words)
