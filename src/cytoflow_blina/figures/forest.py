"""Draw odds ratios with their intervals, a row for each predictor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, isfinite, isnan, log10

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from cytoflow_blina.figures import style
from cytoflow_blina.figures.panel_grid import (
    PAGE_MM,
    TEXT_SIZE,
    open_grid,
    say_nothing_to_draw,
)
from cytoflow_blina.figures.words import literal, wrap

_ROW_MM, _AXIS_MM = 8.0, 20.0
_NAME_MM, _WORDS_MM = 52.0, 54.0
# Beyond these ends of an interval say no more than that it is open.
_SMALLEST, _LARGEST = 1e-3, 1e3
_MOST_TICKS = 8


@dataclass(frozen=True)
class ForestRow:
    """One predictor.

    Attributes
    ----------
    name : str
        Name of the predictor.
    estimate : float
        Odds ratio, or another ratio; NaN where it is not defined.
    lo95, hi95 : float
        Its 95 % interval; 0 or infinity for an open end, NaN for an unknown one.
    words : str
        What stands beside it: the numbers, or why there are none.
    """

    name: str
    estimate: float
    lo95: float
    hi95: float
    words: str = ""


def forest_figure(
    rows: Sequence[ForestRow], *, x_label: str, label: str = ""
) -> Figure:
    """Draw ratios on a logarithmic axis, in the manner of a clinical paper.

    Parameters
    ----------
    rows : sequence of ForestRow
        The predictors, from top to bottom.
    x_label : str
        What the ratio is, and of what.
    label : str, default ""
        Small line at the top, such as that the subjects are synthetic.

    Returns
    -------
    Figure
        A square and a line for each row, an arrow where the line goes on beyond the
        axis, a line at 1, and the words of each row to the right. A row without
        estimate says `undefined`.
    """
    height = _AXIS_MM + _ROW_MM * max(len(rows), 2)
    figure, (place,) = open_grid(1, 1, (PAGE_MM, height), label)
    axes = figure.add_subplot(place)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(labelsize=TEXT_SIZE)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(literal(x_label), fontsize=TEXT_SIZE)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.set_yticks(
        range(len(rows)), [literal(wrap(row.name, _NAME_MM, TEXT_SIZE)) for row in rows]
    )
    low, high = _range(rows)
    _scale(axes, low, high)
    axes.axvline(1, color=style.GREY, lw=0.8, ls="--", zorder=1)
    for place_down, row in enumerate(rows):
        _draw_row(axes, place_down, row, (low, high))
    if not rows:
        say_nothing_to_draw(axes, "no predictors")
    return figure


def _range(rows: Sequence[ForestRow]) -> tuple[float, float]:
    """Find the ends of the axis: all estimates, and the ends of intervals near them."""
    estimates = [row.estimate for row in rows if 0 < row.estimate < inf]
    ends = [end for row in rows for end in (row.lo95, row.hi95)]
    shown = [*estimates, *(end for end in ends if _SMALLEST <= end <= _LARGEST)]
    return min([*shown, 0.5]) / 1.25, max([*shown, 2.0]) * 1.25


def _scale(axes: Axes, low: float, high: float) -> None:
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    exponents = range(floor(log10(low)), ceil(log10(high)) + 1)
    ticks = [fold * 10.0**exponent for exponent in exponents for fold in (1, 2, 5)]
    ticks = [tick for tick in ticks if low <= tick <= high]
    if len(ticks) > _MOST_TICKS:
        ticks = [10.0**k for k in exponents if low <= 10.0**k <= high]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def _draw_row(
    axes: Axes, row_place: int, row: ForestRow, limits: tuple[float, float]
) -> None:
    axes.text(
        1.03,
        row_place,
        literal(wrap(row.words, _WORDS_MM, TEXT_SIZE)),
        transform=axes.get_yaxis_transform(),
        va="center_baseline",
        fontsize=TEXT_SIZE,
    )
    if isnan(row.estimate):
        axes.text(
            (limits[0] * limits[1]) ** 0.5,
            row_place,
            "undefined",
            ha="center",
            va="center_baseline",
            fontsize=TEXT_SIZE,
            style="italic",
            color=style.GREY,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
        return
    _draw_interval(axes, row_place, row, limits)
    if isfinite(row.estimate) and row.estimate > 0:
        axes.plot(row.estimate, row_place, "s", color=style.BLUE, ms=5.5, zorder=4)


def _draw_interval(
    axes: Axes, row_place: int, row: ForestRow, limits: tuple[float, float]
) -> None:
    # An unknown end leaves its half of the line away.
    inner = min(max(row.estimate, limits[0]), limits[1])
    ends = [inner if isnan(end) else end for end in (row.lo95, row.hi95)]
    low, high = max(ends[0], limits[0]), min(ends[1], limits[1])
    axes.plot((low, high), (row_place, row_place), color=style.INK, lw=1.3, zorder=3)
    for is_open, place, marker in (
        (ends[0] < limits[0], low, "<"),
        (ends[1] > limits[1], high, ">"),
    ):
        if is_open:
            axes.plot(
                place,
                row_place,
                marker=marker,
                color=style.INK,
                ms=5,
                mew=0,
                clip_on=False,
                zorder=3,
            )
