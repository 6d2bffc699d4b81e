"""Print results on stdout, and progress and problems on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from cytoflow_blina.errors import Problem

if TYPE_CHECKING:
    from cytoflow_blina.workflow.inspect import Inspection

Advance = Callable[[int, int, str], None]
"""Called with tubes done, tubes in all, and the tube that was done last."""


def say(text: str) -> None:
    """Tell the person something, on stderr."""
    typer.echo(text, err=True)


def print_json(value: Any) -> None:
    """Print a value for a machine."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_problems(problems: Sequence[Problem]) -> None:
    """Print every problem, one a line."""
    for problem in problems:
        say(str(problem))
    count = len(problems)
    say(f"{count} problem{'' if count == 1 else 's'} to correct.")


@contextmanager
def progress_bar() -> Iterator[Advance]:
    """Show a bar on a terminal, and nothing in a log.

    Yields
    ------
    Advance
        To be called after each tube.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total, _name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("tubes", total=None)

        def advance(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=name)

        yield advance


def print_inspection(inspection: Inspection) -> None:
    """Print what one file holds as tables."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(inspection.title, markup=False, highlight=False)
    table = Table("detector", "$PnS", "kind", "marker", "why")
    for row in inspection.channels:
        table.add_row(*(_plain(cell) for cell in row))
    if inspection.channels:
        console.print(table)
    for note in (*inspection.notes, *map(str, inspection.problems)):
        console.print(note, markup=False, highlight=False)


def _plain(text: str) -> str:
    """Keep brackets of a file's text from being read as markup."""
    from rich.markup import escape

    return escape(text)
