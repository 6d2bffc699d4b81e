"""Draw who was lost on the way to a comparison, as a flow diagram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from cytoflow_blina.figures import style
from cytoflow_blina.figures.number_format import format_count
from cytoflow_blina.figures.panel_grid import TEXT_SIZE
from cytoflow_blina.figures.words import literal, width_mm, wrap

_WIDTH_MM, _EDGE_MM = 160.0, 3.0
_MAIN_MM, _SIDE_MM = 74.0, 66.0
_LINE_MM, _PADDING_MM, _GAP_MM = 4.1, 2.2, 5.0
_NO_LOSS_MM = 9.0
_MOST_LINES = 8


@dataclass(frozen=True)
class AttritionStep:
    """One stage between the sample sheet and a comparison.

    Attributes
    ----------
    title : str
        Who is left at this stage.
    n_subjects, n_cycles : int
        How many subjects are left, and treatment cycles of theirs.
    lost : tuple of (str, int)
        Reason and n of those lost on the way to this stage.
    """

    title: str
    n_subjects: int
    n_cycles: int
    lost: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class _Box:
    """Lines of text in a frame; positions in mm from the top left of the page."""

    lines: tuple[str, ...]
    left: float
    top: float
    width: float
    heading: int

    @property
    def bottom(self) -> float:
        return self.top + _height(self.lines)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def attrition_figure(steps: Sequence[AttritionStep]) -> Figure:
    """Draw stages from top to bottom, and beside each arrow who was lost and why.

    Parameters
    ----------
    steps : sequence of AttritionStep
        The stages, in order.

    Returns
    -------
    Figure
        As tall as its boxes ask for, after the flow diagram of CONSORT (Schulz et al.
        2010); a line that says so where there is no stage.
    """
    main, side = _place(steps)
    height = max((box.bottom for box in (*main, *side)), default=20.0) + _EDGE_MM
    figure = style.new_figure(_WIDTH_MM, height)
    # Places are known in millimetres; nothing is left to lay out.
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, _WIDTH_MM)
    axes.set_ylim(height, 0)
    if not steps:
        axes.text(_WIDTH_MM / 2, height / 2, "no stages", ha="center", color=style.GREY)
    for box in (*main, *side):
        _draw(axes, box)
    _draw_arrows(axes, main, side)
    return figure


def _place(steps: Sequence[AttritionStep]) -> tuple[list[_Box], list[_Box]]:
    """Set the boxes of stages below each other, those of the lost between them."""
    main: list[_Box] = []
    side: list[_Box] = []
    top = _EDGE_MM
    for step in steps:
        if step.lost:
            lost = _lost_lines(step.lost)
            top += _GAP_MM if main else 0.0
            side.append(_Box(lost, _WIDTH_MM - _EDGE_MM - _SIDE_MM, top, _SIDE_MM, 1))
            top = side[-1].bottom + _GAP_MM
        elif main:
            top += _NO_LOSS_MM
        lines, n_heading = _step_lines(step)
        main.append(_Box(lines, _EDGE_MM, top, _MAIN_MM, n_heading))
        top = main[-1].bottom
    return main, side


def _step_lines(step: AttritionStep) -> tuple[tuple[str, ...], int]:
    heading = wrap(
        step.title,
        _MAIN_MM - 2 * _PADDING_MM,
        TEXT_SIZE,
        max_lines=_MOST_LINES,
        bold=True,
    ).split("\n")
    subjects = _counted(step.n_subjects, "subject")
    return (*heading, f"{subjects}, {_counted(step.n_cycles, 'cycle')}"), len(heading)


def _lost_lines(lost: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    lines = [f"Lost (n = {format_count(sum(n for _, n in lost))})"]
    for reason, n in lost:
        size = f" (n = {format_count(n)})"
        room = _SIDE_MM - 2 * _PADDING_MM - width_mm(size, TEXT_SIZE)
        words = wrap(reason, room, TEXT_SIZE, max_lines=_MOST_LINES)
        lines += f"{words}{size}".split("\n")
    return tuple(lines)


def _counted(n: int, noun: str) -> str:
    return f"{format_count(n)} {noun}" if n == 1 else f"{format_count(n)} {noun}s"


def _height(lines: Sequence[str]) -> float:
    return len(lines) * _LINE_MM + 2 * _PADDING_MM


def _draw(axes: Axes, box: _Box) -> None:
    axes.add_patch(
        Rectangle(
            (box.left, box.top),
            box.width,
            box.bottom - box.top,
            facecolor="white",
            edgecolor=style.INK,
            lw=0.9,
        )
    )
    for number, line in enumerate(box.lines):
        axes.text(
            box.left + _PADDING_MM,
            box.top + _PADDING_MM + (number + 0.5) * _LINE_MM,
            literal(line),
            va="center_baseline",
            fontsize=TEXT_SIZE,
            fontweight="bold" if number < box.heading else "normal",
        )


def _draw_arrows(axes: Axes, main: Sequence[_Box], side: Sequence[_Box]) -> None:
    centre = _EDGE_MM + _MAIN_MM / 2
    for above, below in pairwise(main):
        _arrow(axes, (centre, above.bottom), (centre, below.top))
    for box in side:
        if main and box.bottom < main[0].top:
            _arrow(axes, (centre, box.top), (centre, main[0].top))
        _arrow(axes, (centre, box.middle), (box.left, box.middle))


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=7,
            color=style.INK,
            lw=0.9,
            shrinkA=0,
            shrinkB=0,
        )
    )
