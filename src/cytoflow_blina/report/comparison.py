"""Lay out the paired comparisons: one figure and one table for each contrast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from markupsafe import Markup

from cytoflow_blina.figures.number_format import (
    format_count,
    format_interval,
    format_number,
    format_p,
)
from cytoflow_blina.figures.paired import PairedPlot, paired_figure
from cytoflow_blina.figures.svg import figure_svg
from cytoflow_blina.report.collect import Row, RunTables, number, text

# The outcomes of the figure, in the order of the published one.
_DRAWN = ("CD3", "CD4", "CD8", "NK", "CD19", "CD4_CD8_RATIO")

_UNITS = {"cells/uL": "cells/µL", "1": ""}


@dataclass(frozen=True)
class ComparisonLine:
    """One outcome of a contrast, ready to print.

    Attributes
    ----------
    outcome, unit, family : str
        What was compared.
    n_pairs, n_zero, n_excluded : str
        Pairs tested, those of them without any change, and pairs left out.
    before, after : str
        Median and range at either visit.
    effect, interval : str
        The effect with its 95 % interval.
    p_value, p_adjusted : str
        P alone and within the family.
    is_significant : bool
        Whether the adjusted P, or P where none is adjusted, is below 0.05.
    """

    outcome: str
    unit: str
    family: str
    n_pairs: str
    n_zero: str
    n_excluded: str
    before: str
    after: str
    effect: str
    interval: str
    p_value: str
    p_adjusted: str
    is_significant: bool


@dataclass(frozen=True)
class ContrastSection:
    """One contrast.

    Attributes
    ----------
    contrast : str
        What is compared: `EOT vs D0`.
    figure : Markup
        An `svg` element; empty where no pair was stored.
    lines : tuple of ComparisonLine
        One for each outcome.
    notes : tuple of str
        What the effect is, how P was had; each said once.
    same_as : str
        The contrast before it that has the very same results, so that they are not
        shown again; empty where there is none.
    """

    contrast: str
    figure: Markup
    lines: tuple[ComparisonLine, ...]
    notes: tuple[str, ...]
    same_as: str = ""


def lay_out_comparisons(tables: RunTables) -> tuple[ContrastSection, ...]:
    """Lay out every contrast of `comparisons.csv`, in the order of the table.

    Parameters
    ----------
    tables : RunTables
        The tables of the run.

    Returns
    -------
    tuple of ContrastSection
        Empty where nothing was compared.
    """
    contrasts: dict[str, list[Row]] = {}
    for row in tables.comparisons:
        contrasts.setdefault(text(row, "contrast"), []).append(row)
    sections: list[ContrastSection] = []
    for contrast, rows in contrasts.items():
        lines = tuple(_line(row) for row in rows)
        same = [one.contrast for one in sections if one.lines == lines]
        figure = Markup() if same else _figure(contrast, rows, tables.pairs)
        sections.append(
            ContrastSection(contrast, figure, lines, _notes(rows), "".join(same[:1]))
        )
    return tuple(sections)


def _notes(rows: Sequence[Row]) -> tuple[str, ...]:
    labels = {
        "effect_kind": "Effect",
        "test": "Test",
        "method": "P value",
        "zero_rule": "Zero differences",
        "adjustment": "Adjustment, within each family",
    }
    said = {
        label: dict.fromkeys(text(row, column) for row in rows if text(row, column))
        for column, label in labels.items()
    }
    return tuple(
        f"{label}: {' or '.join(words)}." for label, words in said.items() if words
    )


def outcome_words(outcome: str) -> str:
    """Name an outcome for people.

    Parameters
    ----------
    outcome : str
        As `comparisons.csv` has it.

    Returns
    -------
    str
        `CD3_PERCENT` becomes `CD3 % of lymphocytes`; most names stay.
    """
    if outcome == "CD4_CD8_RATIO":
        return "CD4/CD8 ratio"
    if outcome.endswith("_PERCENT"):
        return f"{outcome.removesuffix('_PERCENT')} % of lymphocytes"
    return outcome


def unit_words(unit: str) -> str:
    """Name a unit for people.

    Parameters
    ----------
    unit : str
        As `comparisons.csv` has it.

    Returns
    -------
    str
        Empty for a pure number.
    """
    return _UNITS.get(unit, unit)


def _line(row: Row) -> ComparisonLine:
    p_value, p_adjusted = number(row, "p_value"), number(row, "p_adjusted")
    decisive = p_value if isnan(p_adjusted) else p_adjusted
    return ComparisonLine(
        outcome=outcome_words(text(row, "outcome")),
        unit=unit_words(text(row, "unit")),
        family=text(row, "family"),
        n_pairs=format_count(number(row, "n_pairs")),
        n_zero=format_count(number(row, "n_zero")),
        n_excluded=format_count(number(row, "n_excluded")),
        before=_spread(row, "a"),
        after=_spread(row, "b"),
        effect=format_number(number(row, "effect")),
        interval=format_interval(
            number(row, "effect_lo95"), number(row, "effect_hi95")
        ),
        p_value=format_p(p_value),
        p_adjusted=format_p(p_adjusted),
        is_significant=decisive < 0.05,
    )


def _spread(row: Row, visit: str) -> str:
    median = number(row, f"median_{visit}")
    lowest, highest = number(row, f"min_{visit}"), number(row, f"max_{visit}")
    if isnan(lowest):
        return format_number(median)
    return f"{format_number(median)} ({format_interval(lowest, highest)})"


def _figure(contrast: str, rows: Sequence[Row], pairs: Sequence[Row]) -> Markup:
    stored = [row for row in pairs if text(row, "contrast") == contrast]
    if not stored:
        return Markup()
    tests = {text(row, "outcome"): row for row in rows}
    plots = [
        _plot(
            name, tests[name], [row for row in stored if text(row, "outcome") == name]
        )
        for name in _DRAWN
        if name in tests
    ]
    if not plots:
        return Markup()
    visits = (
        _visits(stored, "visit_a") or "before",
        _visits(stored, "visit_b") or "after",
    )
    figure = paired_figure(plots, visits)
    # matplotlib escapes every text it writes into the element.
    return Markup(figure_svg(figure, salt=contrast))  # noqa: S704


def _visits(pairs: Sequence[Row], column: str) -> str:
    """Name the visits of one side: not every subject's last visit is the same."""
    names = dict.fromkeys(text(pair, column) for pair in pairs)
    return "/".join(sorted(name for name in names if name))


def _plot(outcome: str, test: Row, pairs: Sequence[Row]) -> PairedPlot:
    return PairedPlot(
        outcome_words(outcome),
        unit_words(text(test, "unit")),
        np.array([number(pair, "value_a") for pair in pairs]),
        np.array([number(pair, "value_b") for pair in pairs]),
        number(test, "p_value"),
        number(test, "p_adjusted"),
        text(test, "adjustment"),
    )
