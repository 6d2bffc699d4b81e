"""Draw each subject before and after, one plot for each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, isnan, nan

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.figures import style
from cytoflow_blina.figures.number_format import format_number, format_p
from cytoflow_blina.figures.panel_grid import (
    NOTE_SIZE,
    label_figure,
    panel_letters,
    title_panel,
)
from cytoflow_blina.figures.value_axis import scale_amounts
from cytoflow_blina.figures.words import literal

_COLUMNS = 3
_PLOT_MM = (62.0, 66.0)
_BEFORE, _AFTER = 0.0, 1.0
_LONGEST_NAME = 24
_TITLE_PAD = 18.0
_ROOM_MM = 43.0
_HOLLOW = "Hollow points: below the limit at which they stand."


@dataclass(frozen=True, eq=False)
class PairedPlot:
    """One outcome of the same subjects at two visits, and its test.

    Attributes
    ----------
    title, unit : str
        Name of the outcome and the unit of its values.
    before, after : ndarray of float64, shape (n_pairs,)
        Values of each subject; a pair with a NaN is not drawn and not counted.
    p_value, p_adjusted : float
        Of the paired test, alone and within its family; NaN where not tested.
    adjustment : str
        Name of the adjustment, `Holm`.
    censored_before, censored_after : ndarray of bool, shape (n_pairs,), optional
        Where the value is a limit that the true one lies below, drawn hollow; None
        where every value was measured.
    """

    title: str
    unit: str
    before: FloatArray
    after: FloatArray
    p_value: float = nan
    p_adjusted: float = nan
    adjustment: str = "Holm"
    censored_before: BoolArray | None = None
    censored_after: BoolArray | None = None


def paired_figure(
    plots: Sequence[PairedPlot],
    visits: tuple[str, str],
    *,
    label: str = "",
    letters: bool = False,
) -> Figure:
    """Draw outcomes before and after, in the manner of a clinical paper.

    Parameters
    ----------
    plots : sequence of PairedPlot
        The outcomes, in reading order.
    visits : tuple of two str
        Names of the visits, for the horizontal axes.
    label : str, default ""
        Small line at the top, such as that the subjects are synthetic.
    letters : bool, default False
        Whether the plots are named A, B, C.

    Returns
    -------
    Figure
        One small plot for each outcome: a line for each subject, medians, n and P.
        Logarithmic, and linear below the smallest value where there are zeros. An
        outcome without pairs says so, and so does a figure with hollow points.
    """
    n_rows = max(ceil(len(plots) / _COLUMNS), 1)
    names = _short(visits[0]), _short(visits[1])
    figure = style.new_figure(_PLOT_MM[0] * _COLUMNS, _PLOT_MM[1] * n_rows)
    label_figure(figure, label)
    grid = figure.add_gridspec(n_rows, _COLUMNS)
    letter = panel_letters(len(plots))
    for position, plot in enumerate(plots):
        axes = figure.add_subplot(grid[position // _COLUMNS, position % _COLUMNS])
        _draw(axes, _complete(plot), *names)
        if letters:
            title_panel(
                axes, plot.title, _ROOM_MM, pad=_TITLE_PAD, letter=letter[position]
            )
            _make_room(axes, _complete(plot))
    if any(_censored(plot).any() for plot in plots):
        figure.supxlabel(_HOLLOW, fontsize=NOTE_SIZE, color=style.GREY)
    return figure


def _make_room(axes: Axes, plot: PairedPlot) -> None:
    """Set the small texts smaller, so that a letter leaves the axes their width."""
    if plot.before.size:
        scale_amounts(axes, np.concatenate((plot.before, plot.after)))
    axes.tick_params(axis="x", labelsize=NOTE_SIZE)
    for text in axes.texts:
        if text.get_text().startswith("n = "):
            text.set_fontsize(NOTE_SIZE)


def _complete(plot: PairedPlot) -> PairedPlot:
    """Leave out pairs with a value missing."""
    known = np.isfinite(plot.before) & np.isfinite(plot.after)
    censored = _censored(plot)[:, known]
    return replace(
        plot,
        before=plot.before[known],
        after=plot.after[known],
        censored_before=censored[0],
        censored_after=censored[1],
    )


def _censored(plot: PairedPlot) -> BoolArray:
    """Tell which values are limits: before, then after."""
    marked = (plot.censored_before, plot.censored_after)
    return np.array(
        [np.zeros(plot.before.size, np.bool_) if one is None else one for one in marked]
    )


def _draw(axes: Axes, plot: PairedPlot, *visits: str) -> None:
    axes.set_title(
        _short(plot.title),
        fontsize=10,
        fontweight="bold",
        loc="left",
        pad=_TITLE_PAD,
    )
    axes.text(0, 1.035, _verdict(plot), transform=axes.transAxes, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.set_xlim(-0.35, 1.35)
    axes.set_ylabel(_short(plot.unit), fontsize=8)
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
    scale_amounts(axes, np.concatenate((plot.before, plot.after)), adapt_marks=False)


def _short(words: str) -> str:
    """Cut words that would push the axes away."""
    if len(words) > _LONGEST_NAME:
        words = f"{words[: _LONGEST_NAME - 1]}…"
    return literal(words)


def _draw_pairs(axes: Axes, plot: PairedPlot) -> None:
    # Many subjects: thin lines, lest they become a wall.
    alpha = max(0.25, min(0.85, 12 / plot.before.size))
    places = np.array((_BEFORE, _AFTER))
    pairs = np.column_stack((plot.before, plot.after))
    for pair, censored in zip(pairs, _censored(plot).T, strict=True):
        before, after = pair
        colour = style.GREY
        if before != after:
            colour = style.BLUE if after > before else style.ORANGE
        axes.plot(
            places,
            pair,
            color=colour,
            alpha=alpha,
            lw=1,
            marker="o",
            ms=3.2,
            mew=0,
            clip_on=False,
        )
        if censored.any():
            axes.plot(
                places[censored],
                pair[censored],
                color=colour,
                ls="none",
                marker="o",
                ms=3.6,
                mfc="white",
                mew=0.9,
                clip_on=False,
            )


def _verdict(plot: PairedPlot) -> str:
    words = f"n = {plot.before.size}"
    if isnan(plot.p_value):
        return words
    words += f", P {_relation(plot.p_value)}"
    if not isnan(plot.p_adjusted):
        words += f" ({literal(plot.adjustment)} {_relation(plot.p_adjusted)})"
    return words


def _relation(p_value: float) -> str:
    text = format_p(p_value)
    return text if text.startswith("<") else f"= {text}"
