"""Draw values over the visits of a treatment, a line for each subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.figures import style
from cytoflow_blina.figures.panel_grid import (
    NOTE_SIZE,
    PAGE_MM,
    TEXT_SIZE,
    note_panel,
    open_grid,
    panel_letters,
    say_nothing_to_draw,
    title_panel,
)
from cytoflow_blina.figures.value_axis import scale_amounts
from cytoflow_blina.figures.words import literal, wrap

_COLUMNS = 2
_PLOT_MM = (PAGE_MM / _COLUMNS, 66.0)
_MARGIN_MM = 20.0
_TITLE_PAD = 18.0
# Estimates stand beside the median, not upon it.
_BESIDE = 0.12


@dataclass(frozen=True, eq=False)
class KineticsPlot:
    """One outcome of subjects over visits.

    Attributes
    ----------
    title, unit : str
        Name of the outcome and the unit of its values.
    visits : tuple of str
        Names of the visits, in order of time.
    values : ndarray of float64, shape (n_subjects, n_visits)
        NaN where a subject has no value at a visit.
    estimates, lo95, hi95 : ndarray of float64, shape (n_visits,), optional
        Means of a model with their 95 % intervals, in the unit of the values; None
        without a model, NaN where it has no estimate.
    """

    title: str
    unit: str
    visits: tuple[str, ...]
    values: FloatArray
    estimates: FloatArray | None = None
    lo95: FloatArray | None = None
    hi95: FloatArray | None = None


def kinetics_figure(plots: Sequence[KineticsPlot], *, label: str = "") -> Figure:
    """Draw outcomes over visits, in the manner of a clinical paper.

    Parameters
    ----------
    plots : sequence of KineticsPlot
        The outcomes, in reading order.
    label : str, default ""
        Small line at the top, such as that the subjects are synthetic.

    Returns
    -------
    Figure
        One plot for each outcome: a thin line for each subject, broken where a visit
        is missing, the median of those there at each visit, and their n. Logarithmic,
        and linear below the smallest value where there are zeros.
    """
    figure, places = open_grid(len(plots), _COLUMNS, _PLOT_MM, label)
    letters = panel_letters(len(plots))
    for place, plot, letter in zip(places, plots, letters, strict=True):
        axes = figure.add_subplot(place)
        room = _PLOT_MM[0] - _MARGIN_MM
        title_panel(axes, plot.title, room, pad=_TITLE_PAD, letter=letter)
        _draw(axes, plot)
    return figure


def _draw(axes: Axes, plot: KineticsPlot) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=TEXT_SIZE)
    axes.set_ylabel(literal(wrap(plot.unit, 46, TEXT_SIZE)), fontsize=TEXT_SIZE)
    n_visits = len(plot.visits)
    axes.set_xlim(-0.4, max(n_visits, 1) - 0.6)
    values = plot.values.reshape(-1, n_visits)
    values = np.where(np.isfinite(values), values, np.nan)
    known = np.isfinite(values)
    room = (_PLOT_MM[0] - _MARGIN_MM) / max(n_visits, 1) - 1.5
    names = [
        literal(f"{wrap(visit, room, NOTE_SIZE)}\nn = {n}")
        for visit, n in zip(plot.visits, known.sum(axis=0), strict=True)
    ]
    axes.set_xticks(range(n_visits), names, fontsize=NOTE_SIZE)
    if not known.any():
        say_nothing_to_draw(axes, "no values")
        return
    _draw_subjects(axes, values[known.any(axis=1)])
    _draw_medians(axes, values)
    shown = [values[known]]
    if plot.estimates is not None:
        shown += _draw_estimates(axes, plot, plot.estimates)
    scale_amounts(axes, np.concatenate(shown))
    words = "bold: median"
    if plot.estimates is not None:
        words += "; squares: model, 95 % interval"
    note_panel(axes, words)


def _draw_subjects(axes: Axes, values: FloatArray) -> None:
    # Many subjects: thin lines, lest they become a wall.
    alpha = max(0.25, min(0.8, 12 / len(values)))
    for row in values:
        axes.plot(
            np.arange(row.size),
            row,
            color=style.BLUE,
            alpha=alpha,
            lw=0.7,
            marker="o",
            ms=2.2,
            mew=0,
            clip_on=False,
            zorder=2,
        )


def _draw_medians(axes: Axes, values: FloatArray) -> None:
    there = np.flatnonzero(np.isfinite(values).any(axis=0))
    axes.plot(
        there,
        np.nanmedian(values[:, there], axis=0),
        color=style.INK,
        lw=2.2,
        marker="o",
        ms=5,
        clip_on=False,
        zorder=4,
    )


def _draw_estimates(
    axes: Axes, plot: KineticsPlot, estimates: FloatArray
) -> list[FloatArray]:
    """Draw the means of the model; give what the axis must hold."""
    unknown = np.full(estimates.size, np.nan)
    low = unknown if plot.lo95 is None else plot.lo95
    high = unknown if plot.hi95 is None else plot.hi95
    places = np.arange(estimates.size) + _BESIDE
    axes.vlines(places, low, high, color=style.ORANGE, lw=1.4, zorder=5)
    axes.plot(
        places,
        estimates,
        color=style.ORANGE,
        ls="none",
        marker="s",
        ms=4.5,
        mec="white",
        mew=0.6,
        clip_on=False,
        zorder=6,
    )
    return [estimates, low, high]
