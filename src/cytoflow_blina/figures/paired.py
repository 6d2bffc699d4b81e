"""Draw each subject before and after, one plot for each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isnan, log10, nan

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.figures import style
from cytoflow_blina.figures.number_format import format_number, format_p

_COLUMNS = 3
_PLOT_MM = (62.0, 66.0)
_BEFORE, _AFTER = 0.0, 1.0
_LONGEST_NAME = 24


@dataclass(frozen=True, eq=False)
class PairedPlot:
    """One outcome of the same subjects at two visits, and its test.

    Attributes
    ----------
    title, unit : str
        Name of the outcome and the unit of its values.
    before, after : ndarray of float64, shape (n_pairs,)
        Values of each subject; none is NaN.
    p_value, p_adjusted : float
        Of the paired test, alone and within its family; NaN where not tested.
    adjustment : str
        Name of the adjustment, `Holm`.
    """

    title: str
    unit: str
    before: FloatArray
    after: FloatArray
    p_value: float = nan
    p_adjusted: float = nan
    adjustment: str = "Holm"


def paired_figure(plots: Sequence[PairedPlot], visits: tuple[str, str]) -> Figure:
    """Draw outcomes before and after, in the manner of a clinical paper.

    Parameters
    ----------
    plots : sequence of PairedPlot
        The outcomes, in reading order.
    visits : tuple of two str
        Names of the visits, for the horizontal axes.

    Returns
    -------
    Figure
        One small plot for each outcome: a line for each subject, medians, n and P.
        Logarithmic, and linear below the smallest value where there are zeros. An
        outcome without pairs says so.
    """
    n_rows = max(ceil(len(plots) / _COLUMNS), 1)
    literal = tuple(_literal(visit) for visit in visits)
    figure = style.new_figure(_PLOT_MM[0] * _COLUMNS, _PLOT_MM[1] * n_rows)
    grid = figure.add_gridspec(n_rows, _COLUMNS)
    for position, plot in enumerate(plots):
        axes = figure.add_subplot(grid[position // _COLUMNS, position % _COLUMNS])
        _draw(axes, plot, literal[0], literal[1])
    return figure


def _draw(axes: Axes, plot: PairedPlot, *visits: str) -> None:
    axes.set_title(
        _literal(plot.title), fontsize=10, fontweight="bold", loc="left", pad=18
    )
    axes.text(0, 1.035, _verdict(plot), transform=axes.transAxes, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.set_xlim(-0.35, 1.35)
    axes.set_ylabel(_literal(plot.unit), fontsize=8)
    if not plot.before.size:
        axes.set_xticks((_BEFORE, _AFTER), visits)
        axes.set_yticks(())
        axes.text(0.5, 0.5, "no pairs", transform=axes.transAxes, ha="center")
        return
    _draw_pairs(axes, plot)
    medians = float(np.median(plot.before)), float(np.median(plot.after))
    for place, median in zip((_BEFORE, _AFTER), medians, strict=True):
        axes.hlines(median, place - 0.2, place + 0.2, color=style.INK, lw=2.2, zorder=4)
    labels = [
        f"{visit}\nmedian {format_number(median)}"
        for visit, median in zip(visits, medians, strict=True)
    ]
    axes.set_xticks((_BEFORE, _AFTER), labels)
    _scale(axes, np.concatenate((plot.before, plot.after)))


def _literal(words: str) -> str:
    """Cut words that would push the axes away; a dollar would begin a formula."""
    if len(words) > _LONGEST_NAME:
        words = f"{words[: _LONGEST_NAME - 1]}…"
    return words.replace("$", r"\$")


def _draw_pairs(axes: Axes, plot: PairedPlot) -> None:
    # Many subjects: thin lines, lest they become a wall.
    alpha = max(0.25, min(0.85, 12 / plot.before.size))
    for before, after in zip(plot.before, plot.after, strict=True):
        colour = style.GREY
        if before != after:
            colour = style.BLUE if after > before else style.ORANGE
        axes.plot(
            (_BEFORE, _AFTER),
            (before, after),
            color=colour,
            alpha=alpha,
            lw=1,
            marker="o",
            ms=3.2,
            mew=0,
            clip_on=False,
        )


def _scale(axes: Axes, values: FloatArray) -> None:
    positive = values[values > 0]
    if not positive.size:
        axes.set_ylim(-0.05, 1)
        return
    lowest = 10.0 ** floor(log10(float(positive.min())))
    highest = float(positive.max()) * 1.3
    if positive.size < values.size:
        axes.set_yscale("symlog", linthresh=lowest, linscale=0.5)
        axes.set_ylim(-0.12 * lowest, highest)
    else:
        axes.set_yscale("log")
        axes.set_ylim(float(positive.min()) / 1.3, highest)
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=6))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _verdict(plot: PairedPlot) -> str:
    words = f"n = {plot.before.size}"
    if isnan(plot.p_value):
        return words
    words += f", P {_relation(plot.p_value)}"
    if not isnan(plot.p_adjusted):
        words += f" ({plot.adjustment} {_relation(plot.p_adjusted)})"
    return words


def _relation(p_value: float) -> str:
    text = format_p(p_value)
    return text if text.startswith("<") else f"= {text}"
