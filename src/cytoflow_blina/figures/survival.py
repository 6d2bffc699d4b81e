"""Draw survival curves of groups with the numbers at risk beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.figures import style
from cytoflow_blina.figures.number_format import format_count
from cytoflow_blina.figures.panel_grid import (
    NOTE_SIZE,
    PAGE_MM,
    TEXT_SIZE,
    label_figure,
    note_panel,
    panel_letters,
    say_nothing_to_draw,
    title_panel,
)
from cytoflow_blina.figures.words import literal, wrap

_COLUMNS = 2
_WIDTH_MM = PAGE_MM / _COLUMNS
_CURVES_MM = 68.0
_ROW_MM, _TABLE_HEAD_MM = 6.8, 6.0
# Room for the names of groups; curves side by side have less.
_NAME_MM, _NAME_MM_ALONE = 20.0, 28.0
_ROOM_MM = _WIDTH_MM - 34.0
# A label lies below the middle of the curves, and may reach over neither end.
_LABEL_MM = _WIDTH_MM - 46.0
# From the left end of the table, in points: the line of a group, then its name.
_LINE_POINTS = (-30.0, -11.0)
_NAME_PAD = 33.0


@dataclass(frozen=True, eq=False)
class SurvivalGroup:
    """The Kaplan-Meier curve of one group.

    Attributes
    ----------
    name : str
        Name of the group.
    months : ndarray of float64, shape (n_times,)
        0 and the times of events and censorings, ascending; empty without subjects.
    survival : ndarray of float64, shape (n_times,)
        Share without event from each time on, 0 to 1.
    lo95, hi95 : ndarray of float64, shape (n_times,)
        Pointwise 95 % band, 0 to 1; NaN where it is not defined.
    censored_months : ndarray of float64, shape (n_censored,)
        Times at which subjects were lost from sight.
    at_risk : tuple of int
        Subjects at risk at each of `SurvivalPlot.at_months`.
    """

    name: str
    months: FloatArray
    survival: FloatArray
    lo95: FloatArray
    hi95: FloatArray
    censored_months: FloatArray
    at_risk: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class SurvivalPlot:
    """One outcome over time in groups of subjects.

    Attributes
    ----------
    title, y_label : str
        Name of the comparison, and of the share: `Event-free survival`.
    groups : tuple of SurvivalGroup
        One to four can be told apart well.
    at_months : tuple of float
        Ticks of the axis, and times of the numbers at risk.
    p_words : str
        Test and P in words; empty where not tested.
    x_label : str
        Name of the time, where it does not count from the start.
    """

    title: str
    y_label: str
    groups: tuple[SurvivalGroup, ...]
    at_months: tuple[float, ...]
    p_words: str = ""
    x_label: str = "Months"


def survival_figure(plots: Sequence[SurvivalPlot], *, label: str = "") -> Figure:
    """Draw survival curves, in the manner of a clinical paper.

    Parameters
    ----------
    plots : sequence of SurvivalPlot
        The outcomes, in reading order.
    label : str, default ""
        Small line at the top, such as that the subjects are synthetic.

    Returns
    -------
    Figure
        One plot for each outcome: curves in percent with a tick at each censoring and
        a light 95 % band, and beneath it a table of the numbers at risk, whose row
        heads are the key to the lines.

    Raises
    ------
    ValueError
        Where a group has not as many numbers at risk as there are times for them.
    """
    notes = [wrap(plot.p_words, _ROOM_MM, TEXT_SIZE) for plot in plots]
    pad = 8.0 + 10.0 * max((note.count("\n") + 1 for note in notes if note), default=0)
    figure, grid = _open(plots, label)
    for position, (plot, note, letter) in enumerate(
        zip(plots, notes, panel_letters(len(plots)), strict=True)
    ):
        row, column = divmod(position, _COLUMNS)
        axes = figure.add_subplot(grid[2 * row, column])
        title_panel(axes, plot.title, _ROOM_MM, pad=pad, letter=letter)
        note_panel(axes, note)
        _draw_curves(axes, plot)
        table = figure.add_subplot(grid[2 * row + 1, column], sharex=axes)
        _write_numbers(
            table,
            plot,
            n_rows=_most_groups(plots, row),
            name_mm=_NAME_MM if len(plots) > 1 else _NAME_MM_ALONE,
        )
    return figure


def _most_groups(plots: Sequence[SurvivalPlot], row: int) -> int:
    side_by_side = plots[row * _COLUMNS : (row + 1) * _COLUMNS]
    return max((len(plot.groups) for plot in side_by_side), default=1)


def _open(plots: Sequence[SurvivalPlot], label: str) -> tuple[Figure, GridSpec]:
    """Open a grid of two rows for each row of panels: curves and table.

    One grid for all: curves one above the other are then equally wide.
    """
    n_columns = max(min(_COLUMNS, len(plots)), 1)
    n_rows = max(ceil(len(plots) / _COLUMNS), 1)
    tables = [_ROW_MM * max(_most_groups(plots, row), 1) for row in range(n_rows)]
    heights = [mm for table in tables for mm in (_CURVES_MM, table + _TABLE_HEAD_MM)]
    more = _NAME_MM_ALONE - _NAME_MM if len(plots) < 2 else 0.0
    figure = style.new_figure(_WIDTH_MM * n_columns + more, sum(heights))
    label_figure(figure, label)
    return figure, GridSpec(
        2 * n_rows,
        n_columns,
        figure=figure,
        # What titles and ticks take belongs to the curves.
        height_ratios=[mm for table in tables for mm in (_CURVES_MM - 28, table)],
    )


def _draw_curves(axes: Axes, plot: SurvivalPlot) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=TEXT_SIZE)
    words = wrap(f"{plot.y_label} (%)", _CURVES_MM - 28, TEXT_SIZE)
    axes.set_ylabel(literal(words), fontsize=TEXT_SIZE)
    axes.set_xlabel(
        literal(wrap(plot.x_label, _LABEL_MM, TEXT_SIZE)), fontsize=TEXT_SIZE
    )
    axes.set_ylim(0, 102)
    axes.set_yticks(range(0, 101, 20))
    axes.spines["left"].set_bounds(0, 100)
    last = max((float(m) for g in plot.groups for m in g.months), default=0.0)
    axes.set_xlim(0, 1.02 * max(last, *plot.at_months, 0.0) or 1.0)
    if plot.at_months:
        axes.set_xticks(plot.at_months, [f"{month:g}" for month in plot.at_months])
    for position, group in enumerate(plot.groups):
        if group.months.size:
            _draw_curve(axes, group, style.group_style(position))
    if not any(group.months.size for group in plot.groups):
        say_nothing_to_draw(axes, "no subjects")


def _draw_curve(axes: Axes, group: SurvivalGroup, look: style.GroupStyle) -> None:
    percent = 100 * group.survival
    axes.fill_between(
        group.months,
        100 * group.lo95,
        100 * group.hi95,
        step="post",
        color=look.colour,
        alpha=0.13,
        lw=0,
    )
    axes.step(
        group.months,
        percent,
        where="post",
        color=look.colour,
        ls=look.line,
        lw=1.6,
        clip_on=False,
        zorder=3,
    )
    before = np.searchsorted(group.months, group.censored_months, side="right") - 1
    axes.plot(
        group.censored_months,
        percent[before],
        ls="none",
        marker="|",
        ms=5,
        mew=0.9,
        color=look.colour,
        clip_on=False,
        zorder=4,
    )


def _write_numbers(
    axes: Axes, plot: SurvivalPlot, *, n_rows: int, name_mm: float
) -> None:
    axes.spines[:].set_visible(False)
    axes.tick_params(bottom=False, labelbottom=False, left=False, pad=_NAME_PAD)
    axes.set_title("Number at risk", fontsize=NOTE_SIZE, loc="left", pad=2)
    axes.set_ylim(max(n_rows, 1) - 0.5, -0.5)
    names = [
        literal(wrap(group.name, name_mm, NOTE_SIZE, max_lines=2))
        for group in plot.groups
    ]
    axes.set_yticks(range(len(names)), names, fontsize=NOTE_SIZE)
    for row, group in enumerate(plot.groups):
        look = style.group_style(row)
        axes.annotate(
            "",
            (0, row),
            (_LINE_POINTS[0], 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            arrowprops={
                "arrowstyle": "-",
                "color": look.colour,
                "ls": look.line,
                "lw": 1.6,
                "shrinkA": 0,
                "shrinkB": -_LINE_POINTS[1],
            },
            annotation_clip=False,
        )
        for month, n_at_risk in zip(plot.at_months, group.at_risk, strict=True):
            axes.text(
                month,
                row,
                format_count(n_at_risk),
                ha="center",
                va="center",
                fontsize=NOTE_SIZE,
            )
