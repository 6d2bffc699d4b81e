"""Set out the panels of a figure for a paper: grid, titles and letters."""

from __future__ import annotations

from math import ceil
from string import ascii_uppercase

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec

from cytoflow_blina.figures import style
from cytoflow_blina.figures.words import literal, wrap

TITLE_SIZE = 10.0
TEXT_SIZE = 8.0
NOTE_SIZE = 7.0
PAGE_MM = 186.0
"""Width of the type area of a journal page."""

_LETTER_SHIFT = -30.0


def open_grid(
    n_panels: int, n_columns: int, size_mm: tuple[float, float], label: str
) -> tuple[Figure, list[SubplotSpec]]:
    """Open a figure with a place for each panel, row by row.

    Parameters
    ----------
    n_panels : int
        How many panels; 0 gives a figure of one empty place.
    n_columns : int
        Panels side by side at most.
    size_mm : tuple of (float, float)
        Width and height of a panel, in millimetres.
    label : str
        Small line above all panels; empty for none.

    Returns
    -------
    tuple of (Figure, list of SubplotSpec)
        The figure, and the places of its panels in reading order.
    """
    n_columns = max(min(n_columns, n_panels), 1)
    n_rows = max(ceil(n_panels / n_columns), 1)
    figure = style.new_figure(size_mm[0] * n_columns, size_mm[1] * n_rows)
    label_figure(figure, label)
    grid = GridSpec(n_rows, n_columns, figure=figure)
    return figure, [
        grid[position // n_columns, position % n_columns]
        for position in range(n_panels)
    ]


def label_figure(figure: Figure, label: str) -> None:
    """Write a small line above all panels.

    Parameters
    ----------
    figure : Figure
        The figure.
    label : str
        What a reader must know before anything else, such as that the subjects are
        synthetic; empty for none. The figure grows by its height.
    """
    if label:
        room = float(figure.get_figwidth()) * 25.4 - 6
        lines = wrap(label, room, NOTE_SIZE, max_lines=3)
        points = (lines.count("\n") + 1) * NOTE_SIZE * 1.2 + 4
        figure.set_figheight(figure.get_figheight() + points / 72)
        figure.suptitle(
            literal(lines), x=0.01, ha="left", fontsize=NOTE_SIZE, color=style.GREY
        )


def title_panel(
    axes: Axes, title: str, room_mm: float, *, pad: float = 6.0, letter: str = ""
) -> None:
    """Write the title of a panel, and its letter to the left of it.

    Parameters
    ----------
    axes : Axes
        The panel.
    title : str
        Two lines at most; what does not fit is cut.
    room_mm : float
        Width there is for it, in millimetres.
    pad : float, default 6.0
        Distance from the axes, in points.
    letter : str, default ""
        Letter of the panel; empty for none.
    """
    lines = wrap(title, room_mm, TITLE_SIZE, bold=True)
    axes.set_title(
        literal(lines), fontsize=TITLE_SIZE, fontweight="bold", loc="left", pad=pad
    )
    if letter:
        axes.annotate(
            letter,
            (0, 1),
            (_LETTER_SHIFT, pad),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=TITLE_SIZE + 2,
            fontweight="bold",
        )


def note_panel(axes: Axes, note: str, *, above: float = 4.5) -> None:
    """Write a small line between the title of a panel and its axes.

    Parameters
    ----------
    axes : Axes
        The panel.
    note : str
        The line; empty for none.
    above : float, default 4.5
        Distance from the axes, in points.
    """
    if note:
        axes.annotate(
            literal(note),
            (0, 1),
            (0, above),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=TEXT_SIZE,
        )


def say_nothing_to_draw(axes: Axes, words: str) -> None:
    """Write into an empty panel why it is empty.

    Parameters
    ----------
    axes : Axes
        The panel; loses its vertical ticks.
    words : str
        Such as `no values`.
    """
    axes.set_yticks(())
    axes.text(
        0.5,
        0.5,
        words,
        transform=axes.transAxes,
        ha="center",
        va="center",
        color=style.GREY,
    )


def panel_letters(n_panels: int) -> tuple[str, ...]:
    """Name panels A, B, C; after Z come AA, AB.

    Parameters
    ----------
    n_panels : int
        How many.

    Returns
    -------
    tuple of str
        One a panel; empty where a figure has one panel alone, which needs none.

    Examples
    --------
    >>> panel_letters(3)
    ('A', 'B', 'C')
    """
    if n_panels == 1:
        return ("",)
    n_letters = len(ascii_uppercase)
    return tuple(
        (ascii_uppercase[k // n_letters - 1] if k >= n_letters else "")
        + ascii_uppercase[k % n_letters]
        for k in range(n_panels)
    )
