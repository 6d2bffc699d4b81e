"""Draw the change of each subject, groups side by side, one plot for each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.figures import style
from cytoflow_blina.figures.number_format import format_number, format_p
from cytoflow_blina.figures.panel_grid import (
    NOTE_SIZE,
    PAGE_MM,
    TEXT_SIZE,
    open_grid,
    panel_letters,
    say_nothing_to_draw,
    title_panel,
)
from cytoflow_blina.figures.value_axis import scale_changes
from cytoflow_blina.figures.words import literal, wrap

_PLOT_HEIGHT_MM = 70.0
# About what remains of a panel for its axes, from which dots are kept apart.
_AXES_HEIGHT_MM, _MARGIN_MM = 42.0, 20.0
_DOT_MM = 1.25
_HALF_WIDTH = 0.4
_BRACKET = (1.015, 1.04)
_LINE_POINTS = 10.0


@dataclass(frozen=True, eq=False)
class ChangePlot:
    """Changes of one outcome in groups of subjects, and the test between them.

    Attributes
    ----------
    title, unit : str
        Name of the outcome and the unit of its values.
    groups : tuple of str
        Names of the groups; one to four can be told apart well.
    values : tuple of ndarray of float64, shape (n_subjects,)
        After less before, of each group; NaN is not drawn and not counted.
    p_value, p_adjusted : float
        Of the test, alone and within its family; NaN where not tested.
    adjustment : str
        Name of the adjustment, `Holm`.
    test : str
        Name of the test; empty where not tested.
    """

    title: str
    unit: str
    groups: tuple[str, ...]
    values: tuple[FloatArray, ...]
    p_value: float = nan
    p_adjusted: float = nan
    adjustment: str = "Holm"
    test: str = ""


def change_figure(plots: Sequence[ChangePlot], *, label: str = "") -> Figure:
    """Draw changes by group, in the manner of a clinical paper.

    Parameters
    ----------
    plots : sequence of ChangePlot
        The outcomes, in reading order.
    label : str, default ""
        Small line at the top, such as that the subjects are synthetic.

    Returns
    -------
    Figure
        One plot for each outcome: a dot for each subject, a bar at the median, n, a
        line at no change, and P over the groups compared. Where few changes are far
        larger than the rest the axis is logarithmic on both sides of zero.

    Raises
    ------
    ValueError
        Where an outcome has not as many groups as arrays of values.
    """
    n_columns = 3 if all(len(plot.groups) <= 2 for plot in plots) else 2
    width = PAGE_MM / n_columns
    figure, places = open_grid(len(plots), n_columns, (width, _PLOT_HEIGHT_MM), label)
    letters = panel_letters(len(plots))
    room = width - _MARGIN_MM
    verdicts = [_verdict(plot, room) for plot in plots]
    n_lines = max((words.count("\n") + 1 for words in verdicts if words), default=0)
    pad = 8.0 + _LINE_POINTS * n_lines + (6.0 if n_lines else 0.0)
    for place, plot, words, letter in zip(
        places, plots, verdicts, letters, strict=True
    ):
        axes = figure.add_subplot(place)
        title_panel(axes, plot.title, room, pad=pad, letter=letter)
        _draw(axes, plot, room)
        if words:
            _write_verdict(axes, words, len(plot.groups))
    return figure


def _draw(axes: Axes, plot: ChangePlot, room_mm: float) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=TEXT_SIZE)
    axes.set_ylabel(literal(wrap(plot.unit, _AXES_HEIGHT_MM, TEXT_SIZE)), fontsize=8)
    axes.set_xlim(-0.5, max(len(plot.groups), 1) - 0.5)
    known = [values[np.isfinite(values)] for values in plot.values]
    _name_groups(axes, plot.groups, known, room_mm)
    if not sum(values.size for values in known):
        say_nothing_to_draw(axes, "no values")
        return
    scale_changes(axes, np.concatenate(known))
    axes.axhline(0, color=style.GREY, lw=0.8, ls="--", zorder=1)
    group_mm = room_mm / len(known)
    for place, values in enumerate(known):
        if values.size:
            _draw_group(axes, place, values, group_mm)


def _name_groups(
    axes: Axes, groups: Sequence[str], known: Sequence[FloatArray], room_mm: float
) -> None:
    room = room_mm / max(len(groups), 1) - 1.5
    names = []
    for group, values in zip(groups, known, strict=True):
        lines = f"{wrap(group, room, NOTE_SIZE, max_lines=3)}\nn = {values.size}"
        if values.size:
            median = format_number(float(np.median(values)))
            lines += f"\n{wrap(f'median {median}', room, NOTE_SIZE)}"
        names.append(literal(lines))
    axes.set_xticks(range(len(groups)), names, fontsize=NOTE_SIZE)


def _draw_group(axes: Axes, place: int, values: FloatArray, group_mm: float) -> None:
    look = style.group_style(place)
    values = np.sort(values)
    axes.plot(
        place + _spread_out(axes, values, _HALF_WIDTH * group_mm) / group_mm,
        values,
        ls="none",
        marker=look.marker,
        ms=_DOT_MM / 25.4 * 72,
        mfc=look.colour,
        mec="white",
        mew=0.3,
        alpha=0.85,
        clip_on=False,
        zorder=2,
    )
    median = float(np.median(values))
    axes.hlines(median, place - 0.3, place + 0.3, color=style.INK, lw=1.5, zorder=4)


def _spread_out(axes: Axes, values: FloatArray, room_mm: float) -> FloatArray:
    """Move dots sideways, in mm, in order of their values, until none hides another.

    Where there is no room left they hide each other as little as can be.
    """
    to_scale = axes.yaxis.get_transform().transform
    low, high = (float(end) for end in to_scale(np.array(axes.get_ylim())))
    heights = (to_scale(values) - low) / (high - low) * _AXES_HEIGHT_MM
    # To the right and to the left by turns, from the middle outwards.
    step = _DOT_MM / 2
    steps = np.arange(1, 2 * max(int(room_mm / step), 1)) // 2 * step
    steps[1::2] *= -1
    sides = np.zeros(values.size)
    for k in range(1, values.size):
        near = np.flatnonzero(heights[k] - heights[:k] < _DOT_MM)
        distances = np.hypot(
            heights[k] - heights[near], steps[:, np.newaxis] - sides[near]
        )
        nearest = distances.min(axis=1, initial=_DOT_MM * 0.999)
        sides[k] = steps[np.argmax(nearest)]
    return sides


def _verdict(plot: ChangePlot, room_mm: float) -> str:
    """Name the test, then P alone and adjusted; nothing where P is not known."""
    if isnan(plot.p_value):
        return ""
    words = f"P {_relation(plot.p_value)}"
    if not isnan(plot.p_adjusted):
        words += f" ({plot.adjustment} {_relation(plot.p_adjusted)})"
    test = f"{wrap(plot.test, room_mm, TEXT_SIZE)}\n" if plot.test else ""
    return test + wrap(words, room_mm, TEXT_SIZE)


def _write_verdict(axes: Axes, words: str, n_groups: int) -> None:
    """Write above the axes, over a bracket where there are groups to compare."""
    low, high = _BRACKET
    if n_groups > 1:
        last = n_groups - 1
        axes.plot(
            (0, 0, last, last),
            (low, high, high, low),
            transform=axes.get_xaxis_transform(),
            color=style.INK,
            lw=0.8,
            clip_on=False,
        )
    axes.annotate(
        literal(words),
        (0.5, high),
        (0, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        fontsize=TEXT_SIZE,
    )


def _relation(p_value: float) -> str:
    text = format_p(p_value)
    return text if text.startswith("<") else f"= {text}"
