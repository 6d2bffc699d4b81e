"""Save a figure for a paper in three formats, always the same bytes."""

from __future__ import annotations

from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

_DPI = 300
_UNDATED = {
    # matplotlib's own name is left out because it carries its version.
    "svg": dict.fromkeys(("Date", "Creator")),
    "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
    "png": dict.fromkeys(("Software",)),
}


def save_figure(figure: Figure, stem: Path) -> tuple[Path, ...]:
    """Write a figure as SVG, PDF and PNG.

    Parameters
    ----------
    figure : Figure
        The figure. Its layout is settled here, and stays so.
    stem : Path
        The files without their suffix, in a folder that is there; `Figure 1.2`
        becomes `Figure 1.2.svg`. Files of that name are replaced.

    Returns
    -------
    tuple of Path
        The SVG with text as text, the PDF with TrueType fonts, which an editor can
        change, and the PNG of 300 dots an inch. The same figure and name give the
        same bytes: no file carries a date.

    Raises
    ------
    OSError
        Where a file cannot be written.
    """
    _settle(figure)
    written = []
    with rc_context(
        {"svg.hashsalt": stem.name, "svg.fonttype": "none", "pdf.fonttype": 42}
    ):
        for suffix, undated in _UNDATED.items():
            path = stem.with_name(f"{stem.name}.{suffix}")
            figure.savefig(path, format=suffix, dpi=_DPI, metadata=undated)
            written.append(path)
    return tuple(written)


def _settle(figure: Figure) -> None:
    """Lay the figure out, then keep its places: each drawing would move them a hair."""
    if figure.get_layout_engine() is None:
        return
    for _ in range(2):
        figure.draw_without_rendering()
    figure.set_layout_engine(None)
