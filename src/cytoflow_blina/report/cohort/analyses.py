"""Lay out every analysis of a run, each by its kind, in the order of study.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from cytoflow_blina.report.cohort.adverse_event_table import lay_out_adverse_events
from cytoflow_blina.report.cohort.comparison import lay_out_comparison
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.groups_section import lay_out_groups
from cytoflow_blina.report.cohort.rates_section import (
    MODEL,
    characteristics_section,
    lay_out_response,
)
from cytoflow_blina.report.cohort.sections import AnalysisSection, with_slugs
from cytoflow_blina.report.cohort.survival_section import lay_out_survival
from cytoflow_blina.report.cohort.visits_section import lay_out_visits
from cytoflow_blina.report.collect import Row, RunTables, text

_NOTHING = (
    "Declared in study.toml, but nothing could be compared: no subject has what it "
    "asks for. The exclusions say why."
)

_LAYOUTS: Mapping[str, Callable[[DeclaredAnalysis, RunTables], AnalysisSection]] = {
    "comparison": lay_out_comparison,
    "group_comparison": lay_out_groups,
    "kinetics": lay_out_visits,
    "response": lay_out_response,
    "survival": lay_out_survival,
    "adverse_events": lay_out_adverse_events,
    "characteristics": characteristics_section,
}

_BY_ROW_KIND = {
    "change": "group_comparison",
    "groups": "group_comparison",
    "visits": "kinetics",
    "survival": "survival",
    "model": "response",
}
_BY_FAMILY = {"response": "response", "adverse events": "adverse_events"}


def lay_out_analyses(tables: RunTables) -> tuple[AnalysisSection, ...]:
    """Lay out every analysis.

    Parameters
    ----------
    tables : RunTables
        The tables of the run, and what study.toml declares.

    Returns
    -------
    tuple of AnalysisSection
        In the order of study.toml, a comparison without low counts behind its own;
        then what the tables have beside. A declared analysis without any row says so,
        and one with the numbers of another names it.
    """
    sections: list[AnalysisSection] = []
    seen: dict[object, str] = {}
    for analysis in _every_analysis(tables):
        numbers = _numbers(analysis, tables)
        section = _LAYOUTS[analysis.kind](analysis, tables)
        if numbers in seen:
            section = replace(section, same_as=seen[numbers])
        elif section.is_empty:
            section = replace(section, warnings=(*section.warnings, _NOTHING))
        else:
            seen.setdefault(numbers, analysis.name)
        sections.append(section)
    return with_slugs(sections)


def _numbers(analysis: DeclaredAnalysis, tables: RunTables) -> object:
    """Take what two analyses must share to be the same."""
    return analysis.kind, tuple(
        tuple(value for column, value in row.items() if column != "contrast")
        for table in (tables.comparisons, tables.rates, tables.survival_rates)
        for row in table
        if text(row, "contrast") in (analysis.name, f"{analysis.name}{MODEL}")
    )


def _every_analysis(tables: RunTables) -> Iterator[DeclaredAnalysis]:
    """List what is declared, and behind each what the tables have under its name."""
    rows: dict[str, list[Row]] = {}
    for table in (tables.comparisons, tables.rates):
        for row in table:
            rows.setdefault(text(row, "contrast"), []).append(row)
    declared = {one.name: one for one in tables.analyses}
    others = [
        name
        for name in rows
        if name not in declared and name.removesuffix(MODEL) not in rows.keys() - {name}
    ]
    for analysis in declared.values():
        yield analysis
        for name in [one for one in others if one.startswith(f"{analysis.name}, ")]:
            others.remove(name)
            yield DeclaredAnalysis(analysis.kind, name, analysis.order)
    for name in others:
        yield DeclaredAnalysis(_kind_of(rows[name]), name.removesuffix(MODEL))


def _kind_of(rows: Sequence[Row]) -> str:
    """Tell from its rows how an analysis was declared."""
    families = {text(row, "family") for row in rows}
    for family, kind in _BY_FAMILY.items():
        if family in families:
            return kind
    kinds = [text(row, "kind") for row in rows]
    for row_kind, kind in _BY_ROW_KIND.items():
        if row_kind in kinds:
            return kind
    return "characteristics" if "table" in kinds else "comparison"
