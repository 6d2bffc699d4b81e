"""Ask a figure what a reader would see."""

from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

# Boxes of text hold room above and below the letters.
TOUCH = 1.0


def boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    """Give each text that can be seen, with its frame in pixels."""
    figure.draw_without_rendering()
    figure.draw_without_rendering()
    beyond = {id(label) for axes in figure.axes for label in _labels_beyond(axes)}
    unique = {
        id(text): text
        for text in figure.findobj(lambda artist: isinstance(artist, Text))
        if isinstance(text, Text) and text.get_visible() and id(text) not in beyond
    }
    return [
        (text.get_text(), text.get_window_extent())
        for text in unique.values()
        if text.get_text().strip()
    ]


def _labels_beyond(axes: Axes) -> list[Text]:
    """Give the labels of ticks that are not on the axis, which nobody sees."""
    return [
        label
        for axis in (axes.xaxis, axes.yaxis)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        if not min(axis.get_view_interval())
        <= tick.get_loc()
        <= max(axis.get_view_interval())
        for label in (tick.label1, tick.label2)
    ]


def overlapping_texts(figure: Figure) -> list[tuple[str, str]]:
    """Give pairs of texts that are printed upon each other."""
    return [
        (first, second)
        for (first, a), (second, b) in combinations(boxes(figure), 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > TOUCH
        and min(a.y1, b.y1) - max(a.y0, b.y0) > TOUCH
    ]


def texts_off_the_page(figure: Figure) -> list[str]:
    """Give the texts that the edge of the page cuts."""
    page = figure.bbox
    return [
        words
        for words, box in boxes(figure)
        if box.x0 < page.x0 - TOUCH
        or box.x1 > page.x1 + TOUCH
        or box.y0 < page.y0 - TOUCH
        or box.y1 > page.y1 + TOUCH
    ]


def texts(axes: Axes) -> list[str]:
    """Give the texts of a panel beside its title and ticks."""
    return [text.get_text() for text in axes.texts if text.get_text()]


def x_names(axes: Axes) -> list[str]:
    """Give the texts beneath the horizontal axis."""
    return [text.get_text() for text in axes.get_xticklabels()]


def line_values(axes: Axes, place: int) -> tuple[list[float], list[float]]:
    """Give the points of one line."""
    line = axes.lines[place]
    return (
        [float(x) for x in np.asarray(line.get_xdata())],
        [float(y) for y in np.asarray(line.get_ydata())],
    )
