"""Lay out the page of one sample: counts, checks, and every gate of its tubes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

from markupsafe import Markup

from cytoflow_blina.figures.density import DrawnGate, GateHistogram
from cytoflow_blina.figures.gate_plot import gate_plot_svg
from cytoflow_blina.figures.histogram_file import load_histograms
from cytoflow_blina.figures.number_format import (
    MISSING,
    format_count,
    format_percent,
)
from cytoflow_blina.report.collect import Row, RunTables, number, text
from cytoflow_blina.report.confidence import ConfidenceCell, confidence_cell
from cytoflow_blina.report.count_cells import (
    RATIO,
    CountCell,
    count_cell,
    formula,
    giga_per_litre,
    percent_cell,
)
from cytoflow_blina.report.mrd.section import MrdSection, lay_out_mrd
from cytoflow_blina.report.provenance import lay_out_provenance
from cytoflow_blina.report.quality import (
    GroupedFindings,
    finding_lines,
    group_findings,
)
from cytoflow_blina.report.reasons import Reason, gather_notes
from cytoflow_blina.report.reference import (
    ReferenceCell,
    reference_cell,
    reference_sources,
)
from cytoflow_blina.report.samples import COUNT_COLUMNS, SampleSummary

_SOURCES = {"borrowed": "borrowed from another tube of the same settings"}


@dataclass(frozen=True)
class CountLine:
    """One population of the sample, ready to print.

    `formula` has the numbers alone; `flags` are those that no reason of the sample
    names; `is_held` where it is not released by its own confidence.
    """

    population: str
    definition: str
    formula: str
    n_events: str
    n_parent: str
    percent_of_parent: str
    percent: CountCell
    cells: CountCell
    cells_1e9_per_l: str
    source_tube: str
    flags: tuple[str, ...]
    reference: ReferenceCell
    confidence: ConfidenceCell
    is_held: bool


@dataclass(frozen=True)
class GateLine:
    """One gate of a tube, ready to print; `note` says what the plot cannot show."""

    path: str
    depth: int
    n_events: str
    n_parent: str
    percent: str
    source: str
    confidence: ConfidenceCell
    note: str = ""

    @property
    def name(self) -> str:
        """Own id, the last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def source_words(self) -> str:
        """Where the gate comes from, in words."""
        return _SOURCES.get(self.source, self.source)


@dataclass(frozen=True)
class PlotSection:
    """One gate plot: the drawing, whose events it shows, and the gates in it."""

    svg: Markup
    parent: str
    gates: tuple[GateLine, ...]


@dataclass(frozen=True)
class TubeSection:
    """One tube of the sample.

    Attributes
    ----------
    tube : str
        Its id, empty in a panel of one.
    fcs_file : str
        Its file, as the sample sheet names it.
    recorded : tuple of (str, str)
        What was recorded of the file: hash, cytometer, what had to be tolerated.
    plots : tuple of PlotSection
        In the order of the tree; empty where none was stored.
    gates : tuple of GateLine
        Every gate, those without a plot as well.
    failures : tuple of Row
        Why it could not be processed.
    """

    tube: str
    fcs_file: str
    recorded: tuple[tuple[str, str], ...]
    plots: tuple[PlotSection, ...]
    gates: tuple[GateLine, ...]
    failures: tuple[Row, ...]

    @property
    def borrowed(self) -> tuple[str, ...]:
        """Names of the gates that were borrowed from another tube."""
        return tuple(gate.name for gate in self.gates if gate.source == "borrowed")


@dataclass(frozen=True)
class SamplePage:
    """All that the page of a sample prints; formulas say how cells/µL are had."""

    summary: SampleSummary
    notes: tuple[Reason, ...]
    counts: tuple[CountLine, ...]
    formulas: tuple[str, ...]
    reference_sources: tuple[str, ...]
    findings: GroupedFindings
    tubes: tuple[TubeSection, ...]
    mrd: MrdSection | None = None


def lay_out_sample(summary: SampleSummary, tables: RunTables) -> SamplePage:
    """Lay out the page of a sample.

    Parameters
    ----------
    summary : SampleSummary
        What is known of the sample.
    tables : RunTables
        The run, for the stored plots and what was recorded of each file.

    Returns
    -------
    SamplePage
        With a section for each tube that the tables or the sample sheet name.
    """
    tubes = {
        text(row, "tube"): None
        for rows in (summary.tubes, summary.populations, summary.failures)
        for row in rows
    }
    counts = sorted(summary.counts, key=_usual_order)
    counted = [row for row in counts if text(row, "population") != RATIO]
    words = dict.fromkeys(_formula(row, summary)[0] for row in counted)
    return SamplePage(
        summary,
        gather_notes(counts, summary.reasons),
        tuple(_count_line(row, summary) for row in counts),
        tuple(one for one in words if one),
        reference_sources(summary.counts),
        group_findings(finding_lines(summary.findings)),
        tuple(_tube_section(tube, summary, tables) for tube in sorted(tubes)),
        lay_out_mrd(summary.sample_id, summary.populations, tables),
    )


def _usual_order(row: Row) -> int:
    """Put populations in the order of the list of samples, the others below."""
    population = text(row, "population")
    if population not in COUNT_COLUMNS:
        return len(COUNT_COLUMNS)
    return COUNT_COLUMNS.index(population)


def _formula(row: Row, summary: SampleSummary) -> tuple[str, str]:
    """Part a formula into its words and its numbers, which may be missing."""
    words, _, numbers = formula(row, summary.tubes).partition(" = ")
    return words, numbers


def _count_line(row: Row, summary: SampleSummary) -> CountLine:
    # The ratio's events are those of two populations; its formula shows them.
    counted = {} if text(row, "population") == RATIO else row
    said = {reason.check for reason in summary.reasons}
    return CountLine(
        population=text(row, "population"),
        definition=text(row, "definition"),
        formula=_formula(row, summary)[1],
        n_events=format_count(number(counted, "n_events")),
        n_parent=format_count(number(counted, "n_parent")),
        percent_of_parent=format_percent(number(counted, "percent_of_parent")),
        percent=percent_cell(counted),
        cells=count_cell(row) if _is_counted(row) else CountCell(MISSING),
        cells_1e9_per_l=giga_per_litre(row),
        source_tube=text(row, "source_tube").replace(";", " + "),
        flags=tuple(
            flag
            for flag in text(row, "qc_flags").split(";")
            if flag and flag not in said
        ),
        reference=reference_cell(row),
        confidence=confidence_cell(number(row, "confidence")),
        is_held=text(row, "population") in summary.held,
    )


def _is_counted(row: Row) -> bool:
    return not (isnan(number(row, "cells_per_ul")) and isnan(number(row, "ratio")))


def _tube_section(tube: str, summary: SampleSummary, tables: RunTables) -> TubeSection:
    gates = {
        text(row, "path"): _gate_line(row)
        for row in summary.populations
        if text(row, "tube") == tube
    }
    file = tables.plots.get((summary.sample_id, tube))
    stored = load_histograms(file).plots if file else ()
    sheet = [row for row in summary.tubes if text(row, "tube") == tube]
    failures = tuple(row for row in summary.failures if text(row, "tube") == tube)
    return TubeSection(
        tube,
        text((*sheet, *failures, {})[0], "fcs_file"),
        _recorded(tables.provenance, summary.sample_id, tube),
        tuple(_plot_section(plot, gates) for plot in stored),
        tuple(gates.values()),
        failures,
    )


def _recorded(
    provenance: Mapping[str, Any], sample_id: str, tube: str
) -> tuple[tuple[str, str], ...]:
    tubes = provenance.get("tubes")
    for one in tubes if isinstance(tubes, list) else ():
        if isinstance(one, dict) and (one.get("sample_id"), one.get("tube")) == (
            sample_id,
            tube,
        ):
            (group,) = lay_out_provenance({"tube": one})
            return tuple(
                (name, value)
                for name, value in group.rows
                if value and name not in {"sample_id", "tube", "fcs_file"}
            )
    return ()


def _gate_line(row: Row) -> GateLine:
    path = text(row, "path")
    return GateLine(
        path=path,
        depth=path.count("/"),
        n_events=format_count(number(row, "n_events")),
        n_parent=format_count(number(row, "n_parent")),
        percent=format_percent(number(row, "percent_of_parent")),
        source=text(row, "gate_source"),
        confidence=confidence_cell(number(row, "confidence")),
    )


def _plot_section(plot: GateHistogram, gates: Mapping[str, GateLine]) -> PlotSection:
    # The drawing comes from an escaping template, so it is markup already.
    svg = Markup(gate_plot_svg(plot))  # noqa: S704
    lines = tuple(_drawn_line(gate, gates.get(gate.path)) for gate in plot.gates)
    return PlotSection(svg, plot.parent, lines)


def _drawn_line(gate: DrawnGate, known: GateLine | None) -> GateLine:
    return GateLine(
        path=gate.path,
        depth=gate.path.count("/"),
        n_events=format_count(gate.n_events),
        n_parent=format_count(gate.n_parent),
        percent=format_percent(gate.percent),
        source=known.source if known else "",
        confidence=known.confidence if known else ConfidenceCell(),
        note=gate.note,
    )
