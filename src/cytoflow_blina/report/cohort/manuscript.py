"""Write figures and tables of the analyses as files for a manuscript."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from cytoflow_blina.figures.save import save_figure
from cytoflow_blina.report.cohort.printed_table import BOLD, PrintedTable
from cytoflow_blina.report.cohort.sections import AnalysisSection, file_stem

FIGURES, TABLES = "figures", "tables"
CONTENTS = "contents.csv"
"""List of the files, in the folder of the tables."""

_ENDINGS = (".html", ".csv")


def write_manuscript(
    sections: Iterable[AnalysisSection],
    run_folder: Path,
    render: Callable[[PrintedTable], str],
) -> None:
    """Write each figure as SVG, PDF and PNG, each table as HTML and CSV.

    Parameters
    ----------
    sections : iterable of AnalysisSection
        The analyses; one that is the same as another has its own files too.
    run_folder : Path
        Folder of the run; the files go to `figures/` and `tables/` in it, which are
        made where there is something to write. Files of the same name are replaced.
    render : callable
        Writes a table as a whole HTML document.

    Notes
    -----
    The same sections give the same bytes. A cell of the CSV is what the page prints;
    the machine's digits stand in the tables of the run. `tables/contents.csv` lists
    the files; those that it listed before and are no longer written are deleted, and
    no others.
    """
    before = _listed_files(run_folder)
    contents: list[tuple[str, str, str]] = []
    for section in sections:
        written: list[Path] = []
        for figure in section.figures:
            _settle(figure.figure)
            stem = _place(run_folder, FIGURES) / file_stem(section.slug, figure.name)
            written += save_figure(figure.figure, stem)
        for part in section.tables:
            stem = _place(run_folder, TABLES) / file_stem(section.slug, part.name)
            html, plain = (stem.with_name(f"{stem.name}{end}") for end in _ENDINGS)
            _write(html, render(part.table))
            _write(plain, table_csv(part.table))
            written += [html, plain]
        contents += [
            (path.relative_to(run_folder).as_posix(), section.title, section.kind)
            for path in written
        ]
    stale = before - {name for name, _, _ in contents}
    for path in (*(run_folder / FIGURES).glob("*"), *(run_folder / TABLES).glob("*")):
        if path.relative_to(run_folder).as_posix() in stale:
            path.unlink()
    if contents or before:
        lines = [("file", "analysis", "kind"), *contents]
        _write(_place(run_folder, TABLES) / CONTENTS, _csv(lines))


def _place(run_folder: Path, name: str) -> Path:
    """Give a folder, made where it is missing."""
    folder = run_folder / name
    folder.mkdir(exist_ok=True)
    return folder


def _listed_files(run_folder: Path) -> set[str]:
    """List what was written before."""
    path = run_folder / TABLES / CONTENTS
    if not path.is_file():
        return set()
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {line.partition(",")[0] for line in lines}


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
        moved in begins with two spaces. The notes follow an empty line, each in the
        first cell of a line of its own; that on bold is left out.
    """
    lines = [table.header]
    for line in table.lines:
        first, *others = line.cells
        missing = len(table.header) - len(line.cells)
        lines.append(("  " * line.level + first, *others, *[""] * missing))
    printed = _csv(lines)
    notes = [note for note in table.notes if note != BOLD]
    if not notes:
        return printed
    empty = ("",) * (len(table.header) - 1)
    return f"{printed}\n{_csv((note, *empty) for note in notes)}"


def _csv(lines: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(lines)
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
