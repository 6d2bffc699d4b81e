"""Fit the words of a figure into the room they have."""

from __future__ import annotations

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

_POINT_MM = 25.4 / 72
_ELLIPSIS = "…"


def literal(words: str) -> str:
    r"""Take words for what they are; a dollar would begin a formula.

    Parameters
    ----------
    words : str
        Any text.

    Returns
    -------
    str
        The text for matplotlib, which then draws `words`.

    Examples
    --------
    >>> print(literal("$5"))
    \$5
    """
    return words.replace("$", r"\$")


def width_mm(words: str, size: float, *, bold: bool = False) -> float:
    """Measure a line of text.

    Parameters
    ----------
    words : str
        One line, not passed through `literal`.
    size : float
        Of the type, in points.
    bold : bool, default False
        Whether it is set in bold.

    Returns
    -------
    float
        Its width in millimetres; 0 for an empty line.
    """
    font = FontProperties(size=size, weight="bold" if bold else "normal")
    width, _, _ = text_to_path.get_text_width_height_descent(words, font, ismath=False)
    return float(width) * _POINT_MM


def wrap(
    words: str, room_mm: float, size: float, *, max_lines: int = 2, bold: bool = False
) -> str:
    """Break words into lines that fit, and cut what does not.

    Parameters
    ----------
    words : str
        Any text; runs of white space count as one space.
    room_mm : float
        Longest line, in millimetres.
    size : float
        Of the type, in points.
    max_lines : int, default 2
        Lines there is room for; an ellipsis ends the last one where words were cut.
    bold : bool, default False
        Whether the text is set in bold.

    Returns
    -------
    str
        Lines with a line break between them, for `literal`. A word longer than a line
        is broken within.
    """

    def fits(line: str) -> bool:
        return width_mm(line, size, bold=bold) <= room_mm

    lines: list[str] = []
    line = ""
    for word in words.split():
        longer = f"{line} {word}".lstrip()
        if fits(longer):
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while not fits(line) and len(line) > 1:
            n_fitting = max(k for k in range(1, len(line)) if k == 1 or fits(line[:k]))
            lines.append(line[:n_fitting])
            line = line[n_fitting:]
    lines.append(line)
    if len(lines) > max_lines:
        lines = lines[:max_lines]
        while len(lines[-1]) > 1 and not fits(lines[-1] + _ELLIPSIS):
            lines[-1] = lines[-1][:-1].rstrip()
        lines[-1] += _ELLIPSIS
    return "\n".join(lines)
