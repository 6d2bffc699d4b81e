"""Write a matplotlib figure as SVG for a page."""

from __future__ import annotations

import io
import re

from matplotlib import rc_context
from matplotlib.figure import Figure

# Names of groups (figure_1, xtick_3), to which nothing refers; they would collide with
# those of another figure on the page.
_UNUSED_ID = re.compile(r' id="[A-Za-z0-9.]+_\d+"')


def figure_svg(figure: Figure, *, salt: str) -> str:
    """Write a figure as an `svg` element that can stand in an HTML page.

    Parameters
    ----------
    figure : Figure
        The figure.
    salt : str
        Text from which the ids within the element are made; two figures of a page
        need two.

    Returns
    -------
    str
        The element alone, text as text. The same figure and salt give the same
        characters.
    """
    stream = io.StringIO()
    undated = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", metadata=undated, transparent=True)
    text = stream.getvalue()
    return _UNUSED_ID.sub("", text[text.index("<svg") :])
