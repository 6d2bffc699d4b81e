"""Choose colours, type and sizes once, for every figure."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib import colormaps
from matplotlib.figure import Figure

# Okabe and Ito's colours, which people with any of the common colour blindnesses
# can tell apart; each also differs in lightness, so that print keeps the order.
BLUE = "#0072B2"
ORANGE = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
GREY = "#767676"
INK = "#1b1f24"

FONT_FAMILY = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"

_GROUP_COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
_GROUP_LINES = ("-", (0, (5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (1.2, 1.2)))
_GROUP_MARKERS = ("o", "s", "^", "D")


@dataclass(frozen=True)
class GroupStyle:
    """How one group of subjects is drawn, so that grey print tells it apart too.

    Attributes
    ----------
    colour : str
        As `#rrggbb`.
    line : str or tuple
        Line style of matplotlib.
    marker : str
        Marker of matplotlib.
    """

    colour: str
    line: str | tuple[float, tuple[float, ...]]
    marker: str


def group_style(position: int) -> GroupStyle:
    """Give the style of a group by its place among the groups of a figure.

    Parameters
    ----------
    position : int
        0 for the first group.

    Returns
    -------
    GroupStyle
        The first four differ in colour, line and marker; from the fifth on colours
        come back with another line and marker, 16 styles in all.
    """
    n_styles = len(_GROUP_COLOURS)
    shifted = (position + position // n_styles) % n_styles
    return GroupStyle(
        _GROUP_COLOURS[position % n_styles],
        _GROUP_LINES[shifted],
        _GROUP_MARKERS[shifted],
    )


def density_palette(n_colours: int = 256) -> bytes:
    """Give the colours of a density, from few events to many.

    Parameters
    ----------
    n_colours : int, default 256
        How many; the first stands for no event and is white.

    Returns
    -------
    bytes
        Red, green and blue of each colour, one byte each. Single events are dark,
        so that five cells can be seen on white paper.
    """
    steps = colormaps["viridis"].resampled(n_colours)(range(n_colours))[:, :3]
    steps[0] = 1.0
    return bytes((steps * 255).round().astype("uint8"))


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """Open an empty figure of a size in millimetres.

    Parameters
    ----------
    width_mm, height_mm : float
        Size on paper, in millimetres.

    Returns
    -------
    Figure
        Without axes, laid out so that nothing overlaps.
    """
    return Figure(figsize=(width_mm / 25.4, height_mm / 25.4), layout="constrained")
