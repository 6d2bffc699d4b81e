"""Draw the figures of the published study from the run of its synthetic cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, isnan, nan
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.figures.change import ChangePlot, change_figure
from cytoflow_blina.figures.number_format import format_p
from cytoflow_blina.figures.paired import PairedPlot, paired_figure
from cytoflow_blina.figures.survival import (
    SurvivalGroup,
    SurvivalPlot,
    survival_figure,
)
from cytoflow_blina.report.collect import Row, number, text
from cytoflow_blina.report.reproduction.tables import read_rows

SYNTHETIC = (
    "Synthetic cohort, calibrated to published figures; no evidence about patients"
)
"""Stands on every figure."""

_BEFORE_AFTER = "end of infusion vs baseline"
_CHANGES = "change, R/R and CR-MRDpos vs CR-MRDneg"
_CRS = "CRS onset vs baseline"

_FIGURE_1 = {
    "CD3": "CD3+ T cells",
    "CD4": "CD4+ T cells",
    "CD8": "CD8+ T cells",
    "CD3_PERCENT": "CD3+ T cells",
    "CD4_PERCENT": "CD4+ T cells",
    "CD8_PERCENT": "CD8+ T cells",
    "NK": "NK cells",
    "CD19": "B cells",
    "CD4_CD8_RATIO": "CD4/CD8 ratio",
    "NK_PERCENT": "NK cells",
    "CD19_PERCENT": "B cells",
    "LYMPH": "Lymphocytes",
}
_FIGURE_2 = {
    "CD3": "CD3+ T cells",
    "CD4": "CD4+ T cells",
    "CD8": "CD8+ T cells",
    "NK": "NK cells",
    "LYMPH": "Lymphocytes",
    "CD4_CD8_RATIO": "CD4/CD8 ratio",
    "CD19": "B cells",
}
_GROUPS_2 = {"RRPOS": "R/R + CR-MRDpos", "NEG": "CR-MRDneg"}
_FIGURE_3 = {
    "IL-10": "IL-10",
    "IL-5": "IL-5",
    "IFN-g": "IFN-γ",
    "IL-2": "IL-2",
    "IL-6": "IL-6",
    "IFN-a": "IFN-α",
    "IL-1b": "IL-1β",
    "IL-8": "IL-8",
    "IL-17": "IL-17",
    "IL-12p70": "IL-12p70",
    "TNF-a": "TNF-α",
    "IL-4": "IL-4",
}
_FIGURE_4 = (
    "EFS, R/R vs not",
    "OS, R/R vs not",
    "EFS, three groups",
    "OS, three groups",
)
_ENDPOINTS = {"efs": "Event-free survival", "os": "Overall survival"}

_CELLS, _CELLS_SHOWN, _CELLS_PER = "cells/uL", "×10⁹/L", 1000.0
_UNITS = {_CELLS: _CELLS_SHOWN, "%": "% of lymphocytes", "1": ""}
_MONTHS_APART, _MOST_TICKS = 12, 7


@dataclass(frozen=True, eq=False)
class _Run:
    """Tables of the run: tests by contrast and outcome, pairs likewise, and so on."""

    tests: Mapping[tuple[str, str], Row] = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], Sequence[Row]] = field(default_factory=dict)
    survival: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    groups: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def test(self, contrast: str, outcome: str) -> Row:
        """Look a test up; an empty row where it was not made."""
        return self.tests.get((contrast, outcome), {})


def study_figures(run_folder: Path) -> dict[str, Figure]:
    """Draw Figures 1 to 4 of the study.

    Parameters
    ----------
    run_folder : Path
        The output folder of a run of the study's analyses; its `comparisons.csv`,
        `pairs.csv`, `survival.csv` and `inputs/cycles.csv` are read.

    Returns
    -------
    dict of str to Figure
        `figure-1` to `figure-4`, each with the line that the cohort is synthetic; a
        figure of which the run has nothing is left out.

    Raises
    ------
    ConfigError
        A table was changed so that it cannot be read.
    """
    run = _read_run(run_folder)
    drawn = {
        "figure-1": _paired(run, _BEFORE_AFTER, _FIGURE_1, "end of infusion"),
        "figure-2": _changes(run),
        "figure-3": _paired(run, _CRS, _FIGURE_3, "CRS onset"),
        "figure-4": _survival(run),
    }
    return {name: figure for name, figure in drawn.items() if figure is not None}


def _read_run(folder: Path) -> _Run:
    pairs: dict[tuple[str, str], list[Row]] = {}
    for row in read_rows(folder / "pairs.csv"):
        key = text(row, "contrast"), text(row, "outcome")
        pairs.setdefault(key, []).append(row)
    survival: dict[str, list[Row]] = {}
    for row in read_rows(folder / "survival.csv"):
        survival.setdefault(text(row, "contrast"), []).append(row)
    return _Run(
        tests={
            (text(row, "contrast"), text(row, "outcome")): row
            for row in read_rows(folder / "comparisons.csv")
        },
        pairs=pairs,
        survival=survival,
        groups={
            (text(row, "subject_id"), text(row, "cycle")): text(row, "group2")
            for row in read_rows(folder / "inputs" / "cycles.csv")
        },
    )


def _paired(
    run: _Run, contrast: str, outcomes: Mapping[str, str], after: str
) -> Figure | None:
    """Draw outcomes before and after; None where the run has no such pairs."""
    if not any(key[0] == contrast for key in run.pairs):
        return None
    plots = []
    for outcome, title in outcomes.items():
        pairs = run.pairs.get((contrast, outcome), ())
        test = run.test(contrast, outcome)
        unit = text(test, "unit") or next((text(one, "unit") for one in pairs), "")
        plots.append(
            PairedPlot(
                title=title,
                unit=_UNITS.get(unit, unit),
                before=_values(pairs, "value_a", unit),
                after=_values(pairs, "value_b", unit),
                p_value=number(test, "p_value"),
                censored_before=_flags(pairs, "censored_a"),
                censored_after=_flags(pairs, "censored_b"),
            )
        )
    return paired_figure(plots, ("baseline", after), label=SYNTHETIC, letters=True)


def _changes(run: _Run) -> Figure | None:
    """Draw changes by group; None where nothing was compared by group."""
    if not any(key[0] == _CHANGES for key in run.tests):
        return None
    plots = []
    for outcome, title in _FIGURE_2.items():
        test = run.test(_CHANGES, f"change of {outcome}")
        pairs = run.pairs.get((_BEFORE_AFTER, outcome), ())
        unit = text(test, "unit")
        values = tuple(
            _values(_of_group(pairs, run, code), "difference", unit)
            for code in _GROUPS_2
        )
        # The P of other changes than those that are drawn would mislead.
        sizes = tuple(number(test, column) for column in ("n_a", "n_b"))
        is_same = sizes == tuple(one.size for one in values)
        plots.append(
            ChangePlot(
                title=title,
                unit=f"change, {_UNITS.get(unit, unit)}".removesuffix(", "),
                groups=tuple(_GROUPS_2.values()),
                values=values,
                p_value=number(test, "p_value") if is_same else nan,
                test="Mann-Whitney" if is_same else "",
            )
        )
    return change_figure(plots, label=SYNTHETIC)


def _of_group(pairs: Sequence[Row], run: _Run, code: str) -> list[Row]:
    return [
        row
        for row in pairs
        if run.groups.get((text(row, "subject_id"), text(row, "cycle"))) == code
    ]


def _survival(run: _Run) -> Figure | None:
    """Draw survival by group; None where the run has no curve."""
    contrasts = [name for name in _FIGURE_4 if name in run.survival]
    if not contrasts:
        return None
    plots = [_survival_plot(run, contrast) for contrast in contrasts]
    return survival_figure(plots, label=SYNTHETIC)


def _survival_plot(run: _Run, contrast: str) -> SurvivalPlot:
    rows = run.survival[contrast]
    endpoint = text(rows[0], "endpoint")
    test = run.test(contrast, endpoint.upper())
    named = [one for one in text(test, "groups").split(";") if one]
    groups = named or list(dict.fromkeys(text(row, "group") for row in rows))
    last = max(number(row, "months") for row in rows)
    months_apart = _MONTHS_APART * max(ceil(last / _MONTHS_APART / _MOST_TICKS), 1)
    at_months = tuple(float(one) for one in range(0, ceil(last) + 1, months_apart))
    p_value = number(test, "p_value")
    p_text = format_p(p_value)
    relation = p_text if p_text.startswith("<") else f"= {p_text}"
    return SurvivalPlot(
        title=contrast,
        y_label=_ENDPOINTS.get(endpoint, endpoint),
        groups=tuple(_group(group, rows, at_months) for group in groups),
        at_months=at_months,
        p_words="" if isnan(p_value) else f"log-rank P {relation}",
    )


def _group(
    name: str, rows: Sequence[Row], at_months: tuple[float, ...]
) -> SurvivalGroup:
    own = sorted(
        (row for row in rows if text(row, "group") == name),
        key=lambda row: number(row, "months"),
    )
    months = _column(own, "months")
    at_risk = _column(own, "n_at_risk")
    # Who is at risk at a time is whom the next step finds there.
    steps = np.searchsorted(months, at_months, side="left")
    return SurvivalGroup(
        name=name,
        months=months,
        survival=_column(own, "survival"),
        lo95=_column(own, "lo95"),
        hi95=_column(own, "hi95"),
        censored_months=months[_column(own, "n_censored") > 0],
        at_risk=tuple(int(at_risk[one]) if one < months.size else 0 for one in steps),
    )


def _values(rows: Sequence[Row], column: str, unit: str) -> FloatArray:
    return _column(rows, column) / (_CELLS_PER if unit == _CELLS else 1.0)


def _column(rows: Sequence[Row], column: str) -> FloatArray:
    return np.array([number(row, column) for row in rows], np.float64)


def _flags(rows: Sequence[Row], column: str) -> BoolArray:
    return np.array([text(row, column) == "1" for row in rows], np.bool_)
