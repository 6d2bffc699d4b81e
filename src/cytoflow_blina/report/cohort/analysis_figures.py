"""Draw the figures of analyses from the tables of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isnan
from typing import TypeVar

import numpy as np

from cytoflow_blina.domain.comparison import GroupedOutcome, RepeatedOutcome
from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.figures.change import ChangePlot, change_figure
from cytoflow_blina.figures.forest import ForestRow, forest_figure
from cytoflow_blina.figures.kinetics import KineticsPlot, kinetics_figure
from cytoflow_blina.figures.number_format import (
    format_interval,
    format_number,
    format_p,
)
from cytoflow_blina.figures.paired import PairedPlot, paired_figure
from cytoflow_blina.figures.survival import (
    SurvivalGroup,
    SurvivalPlot,
    survival_figure,
)
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.outcome_words import (
    in_order,
    outcome_words,
    plain_outcome,
    unit_words,
)
from cytoflow_blina.report.cohort.printed_table import why_no_p
from cytoflow_blina.report.cohort.sections import AnalysisFigure
from cytoflow_blina.report.collect import (
    Row,
    number,
    text,
    whole_number,
)

Panel = TypeVar("Panel")

MOST_PANELS = 12
"""Panels that one page of a journal holds; more make a second figure."""

_CHECKS = ("CD3_PERCENT_OF_NON_B",)
"""Outcomes that check another, and are in the table alone."""

_PAIRED = (
    "One line for each subject; blue rises, orange falls. Black bars are medians. "
    "Logarithmic axes, linear below the lowest label where there are zeros. P of the "
    "paired test, and in brackets adjusted within the family."
)
_CHANGE = (
    "One dot for each subject: later minus earlier. Bars are medians. P of the test "
    "between the groups, and adjusted within the family."
)
_VALUE = "One dot for each subject. Bars are medians. P of the test between the groups."
_COURSE = (
    "One thin line for each subject, broken where a visit is missing; the thick line "
    "joins the medians of those who are there. Logarithmic axes, linear below the "
    "lowest label where there are zeros."
)
_SURVIVAL = (
    "Kaplan-Meier curves with their pointwise 95 % bands (log-log); small strokes are "
    "subjects last seen then. Beneath, the numbers at risk."
)
_FOREST = (
    "Odds ratios with their 95 % profile intervals, from Firth's penalised logistic "
    "regression, on a logarithmic axis."
)
_TICKS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
_MOST_TICKS = 6


def paired_plot(
    contrast: str, rows: Sequence[Row], pairs: Sequence[Row]
) -> Iterator[AnalysisFigure]:
    """Draw the pairs of a comparison, twelve outcomes on a figure.

    Parameters
    ----------
    contrast : str
        Its name.
    rows : sequence of Row
        Its rows of `comparisons.csv`, in order.
    pairs : sequence of Row
        Its rows of `pairs.csv`.

    Yields
    ------
    AnalysisFigure
        None without pairs.
    """
    if not pairs:
        return
    by_outcome: dict[str, list[Row]] = {}
    for pair in pairs:
        by_outcome.setdefault(text(pair, "outcome"), []).append(pair)
    plots = [
        _paired_panel(row, by_outcome.get(text(row, "outcome"), []))
        for row in rows
        if text(row, "outcome") not in _CHECKS
    ]
    visits = (_visits(pairs, "visit_a"), _visits(pairs, "visit_b"))
    for name, part in _pages(plots):
        yield AnalysisFigure(
            name, paired_figure(part, visits, letters=True), f"{contrast}. {_PAIRED}"
        )


def _visits(pairs: Iterable[Row], column: str) -> str:
    """Name the visits of one side: not every subject's last visit is the same."""
    found = sorted({text(pair, column) for pair in pairs} - {""})
    return "/".join(found) or {"visit_a": "before"}.get(column, "after")


def _pages(plots: Sequence[Panel]) -> Iterator[tuple[str, Sequence[Panel]]]:
    for start in range(0, len(plots), MOST_PANELS):
        page = start // MOST_PANELS
        yield str(page + 1) if page else "", plots[start : start + MOST_PANELS]


def _paired_panel(test: Row, pairs: Sequence[Row]) -> PairedPlot:
    return PairedPlot(
        outcome_words(text(test, "outcome")),
        unit_words(text(test, "unit")),
        _numbers(pairs, "value_a"),
        _numbers(pairs, "value_b"),
        number(test, "p_value"),
        number(test, "p_adjusted"),
        text(test, "adjustment"),
        *(_below_limit(test, pairs, side) for side in "ab"),
    )


def _below_limit(test: Row, pairs: Sequence[Row], side: str) -> BoolArray | None:
    """Tell which values stand at a limit; 0 of no event is drawn as the 0 it is."""
    if not number(test, f"n_censored_{side}") > 0:
        return None
    return np.array([text(pair, f"censored_{side}") == "1" for pair in pairs])


def _numbers(rows: Iterable[Row], column: str) -> FloatArray:
    return np.array([number(row, column) for row in rows], dtype=np.float64)


def group_plot(
    analysis: DeclaredAnalysis, rows: Sequence[Row]
) -> Iterator[AnalysisFigure]:
    """Draw the values of two groups, twelve outcomes on a figure.

    Parameters
    ----------
    analysis : DeclaredAnalysis
        With the single values.
    rows : sequence of Row
        Its rows of `comparisons.csv` that are tested by rank, in order.

    Yields
    ------
    AnalysisFigure
        None without single values.
    """
    values = {one.outcome.name: one for one in analysis.grouped}
    plots = [
        _group_panel(row, values[plain_outcome(row)])
        for row in rows
        if plain_outcome(row) in values and plain_outcome(row) not in _CHECKS
    ]
    is_change = any(one.is_change for one in analysis.grouped)
    for name, part in _pages(plots):
        caption = f"{analysis.name}. {_CHANGE if is_change else _VALUE}"
        yield AnalysisFigure(name, change_figure(part), caption)


def _group_panel(test: Row, values: GroupedOutcome) -> ChangePlot:
    return ChangePlot(
        outcome_words(values.outcome.name),
        unit_words(values.outcome.unit),
        values.labels,
        (values.a, values.b),
        number(test, "p_value"),
        number(test, "p_adjusted"),
        text(test, "adjustment"),
        text(test, "test").partition(",")[0],
    )


def course_plot(analysis: DeclaredAnalysis) -> Iterator[AnalysisFigure]:
    """Draw the course of every outcome, twelve on a figure.

    Parameters
    ----------
    analysis : DeclaredAnalysis
        With the single values.

    Yields
    ------
    AnalysisFigure
        None without single values.
    """
    ranked = in_order(
        ({"outcome": one.outcome.name} for one in analysis.repeated), analysis.order
    )
    by_name = {one.outcome.name: one for one in analysis.repeated}
    plots = [
        _course_panel(by_name[row["outcome"]])
        for row in ranked
        if by_name[row["outcome"]].values.size
    ]
    for name, part in _pages(plots):
        caption = f"{analysis.name}. {_COURSE}"
        yield AnalysisFigure(name, kinetics_figure(part), caption)


def _course_panel(repeated: RepeatedOutcome) -> KineticsPlot:
    there = set(repeated.value_visits)
    visits = tuple(
        visit for visit in (repeated.baseline, *repeated.visits) if visit in there
    )
    subjects = sorted(set(repeated.subject_ids))
    values = np.full((len(subjects), len(visits)), np.nan)
    places = zip(repeated.subject_ids, repeated.value_visits, strict=True)
    for (subject, visit), value in zip(places, repeated.values, strict=True):
        values[subjects.index(subject), visits.index(visit)] = value
    return KineticsPlot(
        outcome_words(repeated.outcome.name),
        unit_words(repeated.outcome.unit),
        visits,
        values,
    )


def months_words(analysis: DeclaredAnalysis) -> str:
    """Name the time of survival: `Months from the landmark (3 months)`."""
    landmark = analysis.landmark_months
    return f"Months from the landmark ({landmark:g} months)" if landmark else "Months"


def group_words(analysis: DeclaredAnalysis, group: str) -> str:
    """Name a group: `mrd_negative_after = true`, or by its label alone."""
    column = analysis.group_column
    return f"{column} = {group}" if column else group


def survival_plot(
    analysis: DeclaredAnalysis,
    curves: Sequence[Row],
    groups: Sequence[str],
    words: tuple[str, str],
) -> Iterator[AnalysisFigure]:
    """Draw the survival of groups.

    Parameters
    ----------
    analysis : DeclaredAnalysis
        What its groups are values of, and its landmark.
    curves : sequence of Row
        Rows of `survival.csv` of one analysis.
    groups : sequence of str
        Names of the groups, in order.
    words : tuple of two str
        Name of the endpoint, and the test in words.

    Yields
    ------
    AnalysisFigure
        None where nobody was followed.
    """
    if not curves:
        return
    endpoint, p_words = words
    followed = [number(row, "months") for row in curves]
    ticks = _ticks(max((one for one in followed if not isnan(one)), default=0.0))
    names = dict.fromkeys((*groups, *(text(row, "group") for row in curves)))
    drawn = tuple(
        _survival_group(
            group_words(analysis, name),
            [row for row in curves if text(row, "group") == name],
            ticks,
        )
        for name in names
        if name
    )
    title = f"{endpoint[:1].upper()}{endpoint[1:]}"
    plot = SurvivalPlot(title, title, drawn, ticks, p_words, months_words(analysis))
    caption = f"{text(curves[0], 'contrast')}. {_SURVIVAL} {p_words[:1].upper()}"
    yield AnalysisFigure("", survival_figure([plot]), f"{caption}{p_words[1:]}.")


def _survival_group(
    name: str, rows: Sequence[Row], ticks: Sequence[float]
) -> SurvivalGroup:
    months = _numbers(rows, "months")
    at_risk = [whole_number(row, "n_at_risk") for row in rows]
    is_censored = _numbers(rows, "n_censored") > 0
    later = [np.flatnonzero(months >= tick) for tick in ticks]
    return SurvivalGroup(
        name,
        months,
        _numbers(rows, "survival"),
        _numbers(rows, "lo95"),
        _numbers(rows, "hi95"),
        months[is_censored],
        tuple(at_risk[steps[0]] if steps.size else 0 for steps in later),
    )


def _ticks(longest: float) -> tuple[float, ...]:
    """Choose round months for the axis, 0 first and none beyond the last follow-up."""
    step = next((one for one in _TICKS if longest <= one * _MOST_TICKS), _TICKS[-1])
    return tuple(float(tick) for tick in range(0, int(longest) + 1, step))


def model_plot(rows: Sequence[Row]) -> Iterator[AnalysisFigure]:
    """Draw the odds ratios of a regression.

    Parameters
    ----------
    rows : sequence of Row
        Its rows of `comparisons.csv`, in order.

    Yields
    ------
    AnalysisFigure
        None where no odds ratio could be had.
    """
    if all(isnan(number(row, "effect")) for row in rows):
        return
    drawn = [
        ForestRow(
            outcome_words(text(row, "outcome")),
            number(row, "effect"),
            number(row, "effect_lo95"),
            number(row, "effect_hi95"),
            _odds_words(row),
        )
        for row in rows
    ]
    label = f"Odds ratio of {text(rows[0], 'group_a')}"
    yield AnalysisFigure(
        "model", forest_figure(drawn, x_label=label), _FOREST, "The regression, drawn"
    )


def _odds_words(row: Row) -> str:
    reason = why_no_p(row)
    if reason:
        return reason
    interval = format_interval(number(row, "effect_lo95"), number(row, "effect_hi95"))
    p_value = format_p(number(row, "p_value"))
    relation = p_value if p_value.startswith("<") else f"= {p_value}"
    return f"{format_number(number(row, 'effect'))} ({interval}), P {relation}"
