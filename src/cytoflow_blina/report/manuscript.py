"""Write figures and tables of the analyses as files for a manuscript."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

from matplotlib.figure import Figure

from cytoflow_blina.figures.save import save_figure
from cytoflow_blina.report.printed_table import PrintedTable
from cytoflow_blina.report.sections import AnalysisSection, file_stem

FIGURES, TABLES = "figures", "tables"


def write_manuscript(
    sections: Iterable[AnalysisSection],
    run_folder: Path,
    render: Callable[[PrintedTable], str],
) -> None:
    """Write each figure as SVG, PDF and PNG, each table as HTML and CSV.

    Parameters
    ----------
    sections : iterable of AnalysisSection
        The analyses; one that is the same as another has no files of its own.
    run_folder : Path
        Folder of the run; the files go to `figures/` and `tables/` in it, which are
        made where there is something to write. Files of the same name are replaced.
    render : callable
        Writes a table as a whole HTML document.

    Notes
    -----
    The same sections give the same bytes. A cell of the CSV is what the page prints;
    the machine's digits stand in the tables of the run.
    """
    for section in sections:
        for figure in section.figures:
            folder = run_folder / FIGURES
            folder.mkdir(exist_ok=True)
            _settle(figure.figure)
            save_figure(figure.figure, folder / file_stem(section.slug, figure.name))
        for part in section.tables:
            folder = run_folder / TABLES
            folder.mkdir(exist_ok=True)
            stem = file_stem(section.slug, part.name)
            _write(folder / f"{stem}.html", render(part.table))
            _write(folder / f"{stem}.csv", table_csv(part.table))


def table_csv(table: PrintedTable) -> str:
    """Write a table as CSV, as printed.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Returns
    -------
    str
        A header and a line for each line, all of the same length; a line that is
        moved in begins with two spaces.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table.header)
    for line in table.lines:
        first, *others = line.cells
        filled = [*others, *[""] * (len(table.header) - len(line.cells))]
        writer.writerow(("  " * line.level + first, *filled))
    return stream.getvalue()


def _settle(figure: Figure) -> None:
    """Lay a figure out, and keep its places.

    A figure that has a layout engine, be it one that does nothing, is drawn twice for
    every file.
    """
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
        figure.set_layout_engine(None)


def _write(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8", newline="\n")
