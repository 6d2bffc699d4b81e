"""Hold one analysis as it is shown: its figures, tables and warnings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from markupsafe import Markup
from matplotlib.figure import Figure

from cytoflow_blina.figures.svg import figure_svg
from cytoflow_blina.report.cohort.printed_table import PrintedTable

_LONGEST_SLUG = 60


@dataclass(frozen=True, eq=False)
class AnalysisFigure:
    """One figure of an analysis.

    Attributes
    ----------
    name : str
        Added to the name of the analysis in the name of its files; empty for its
        main figure.
    figure : Figure
        The figure.
    caption : str
        What it shows, in whole sentences.
    summary : str
        Where not empty, the page shows the figure folded under these words.
    """

    name: str
    figure: Figure
    caption: str
    summary: str = ""

    @cached_property
    def svg(self) -> Markup:
        """An `svg` element; its ids are made from the caption."""
        # matplotlib escapes every text it writes into the element.
        return Markup(figure_svg(self.figure, salt=f"{self.name} {self.caption}"))  # noqa: S704


@dataclass(frozen=True)
class NamedTable:
    """One table of an analysis, with what is added to the name of its files."""

    name: str
    table: PrintedTable


@dataclass(frozen=True, eq=False)
class AnalysisSection:
    """One analysis.

    Attributes
    ----------
    title : str
        Its name in study.toml.
    kind : str
        What is done, in words.
    figures : tuple of AnalysisFigure
        In order.
    tables : tuple of NamedTable
        In order.
    warnings : tuple of str
        What a reader must know before the numbers.
    same_as : str
        The analysis before it that has the very same results, so that the page does
        not show them again; empty where there is none.
    slug : str
        Its name in names of files and in links; no other has the same.
    """

    title: str
    kind: str
    figures: tuple[AnalysisFigure, ...] = ()
    tables: tuple[NamedTable, ...] = ()
    warnings: tuple[str, ...] = ()
    same_as: str = ""
    slug: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.figures or self.tables)


def slug_of(title: str) -> str:
    """Make a name for files from a title.

    Parameters
    ----------
    title : str
        Any text.

    Returns
    -------
    str
        Letters and digits, in lower case, with hyphens; never empty.

    Examples
    --------
    >>> slug_of("End of treatment / baseline (CD3+)")
    'end-of-treatment-baseline-cd3'
    """
    words = re.sub(r"[\W_]+", "-", title.casefold()).strip("-")
    return words[:_LONGEST_SLUG].strip("-") or "analysis"


def with_slugs(sections: Iterable[AnalysisSection]) -> tuple[AnalysisSection, ...]:
    """Give every section a slug of its own.

    Parameters
    ----------
    sections : iterable of AnalysisSection
        In order.

    Returns
    -------
    tuple of AnalysisSection
        The second of two that would have the same gets `-2`. No slug is another's
        with a figure's or a table's name behind it.
    """
    taken: set[str] = set()
    named = []
    for section in sections:
        base = slug_of(section.title)
        numbers = (f"{base}-{number}" for number in range(2, 10_000))
        slug = next(
            one for one in (base, *numbers) if taken.isdisjoint(stems(section, one))
        )
        taken.update(stems(section, slug))
        named.append(replace(section, slug=slug))
    return tuple(named)


def stems(section: AnalysisSection, slug: str) -> tuple[str, ...]:
    """List the names of all files of a section, without folder and suffix."""
    names = [one.name for one in section.figures]
    names += [one.name for one in section.tables]
    return (slug, *(file_stem(slug, name) for name in names))


def file_stem(slug: str, name: str) -> str:
    """Name the files of a figure or table, without folder and suffix."""
    return f"{slug}-{name}" if name else slug
