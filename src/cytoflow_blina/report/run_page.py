"""Lay out the page of a run: samples, quality, analyses, methods, provenance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cytoflow_blina.figures.number_format import (
    format_count,
    format_interval,
    format_number,
)
from cytoflow_blina.report.cohort.analyses import lay_out_analyses
from cytoflow_blina.report.cohort.outcome_words import (
    in_order,
    outcome_words,
    unit_words,
)
from cytoflow_blina.report.cohort.sections import AnalysisSection
from cytoflow_blina.report.collect import Row, RunTables, number, text
from cytoflow_blina.report.instruments import (
    InstrumentSection,
    lay_out_instruments,
    why_no_charts,
)
from cytoflow_blina.report.methods import methods_paragraph
from cytoflow_blina.report.mrd.run_lines import MrdLine, mrd_lines
from cytoflow_blina.report.provenance import ProvenanceGroup, lay_out_provenance
from cytoflow_blina.report.quality import (
    CheckSummary,
    FindingLine,
    finding_lines,
    summarise_checks,
)
from cytoflow_blina.report.reasons import RaisedCode, count_codes
from cytoflow_blina.report.samples import SampleSummary
from cytoflow_blina.report.verdicts import Badge


@dataclass(frozen=True)
class DescriptiveLine:
    """One outcome of one group at one visit, ready to print."""

    outcome: str
    unit: str
    group: str
    visit: str
    n: str
    n_missing: str
    n_no_sample: str
    n_censored: str
    median: str
    quartiles: str
    extremes: str


@dataclass(frozen=True)
class RunPage:
    """All that the page of a run prints.

    Attributes
    ----------
    title : str
        Name of the study, or of the software where it has none.
    samples : tuple of SampleSummary
        The worst first.
    tally : tuple of (Badge, int)
        How many samples stand in each class, the worst first.
    codes : tuple of RaisedCode
        In how many samples each check and flag was raised.
    checks : tuple of CheckSummary
        Every check over the run.
    batch_findings : tuple of FindingLine
        Checks of the batch, which no sample's page shows.
    instruments : tuple of InstrumentSection
        Levey-Jennings charts.
    no_instruments : str
        Why there is none; empty where there are charts.
    analyses : tuple of AnalysisSection
        Every analysis that study.toml declares.
    descriptives : tuple of DescriptiveLine
        Medians by visit.
    exclusions, failures : tuple of Row
        The tables of the same names.
    methods : str
        The methods paragraph.
    provenance : tuple of ProvenanceGroup
        What ran.
    mrd : tuple of MrdLine
        Residual leukaemia in every marrow sample, the worst first.
    """

    title: str
    samples: tuple[SampleSummary, ...]
    tally: tuple[tuple[Badge, int], ...]
    codes: tuple[RaisedCode, ...]
    checks: tuple[CheckSummary, ...]
    batch_findings: tuple[FindingLine, ...]
    instruments: tuple[InstrumentSection, ...]
    no_instruments: str
    analyses: tuple[AnalysisSection, ...]
    descriptives: tuple[DescriptiveLine, ...]
    exclusions: tuple[Row, ...]
    failures: tuple[Row, ...]
    methods: str
    provenance: tuple[ProvenanceGroup, ...]
    mrd: tuple[MrdLine, ...] = ()

    @property
    def n_released(self) -> int:
        """How many samples can go out at a glance."""
        return sum(sample.is_released for sample in self.samples)


def lay_out_run(tables: RunTables, samples: tuple[SampleSummary, ...]) -> RunPage:
    """Lay out the page of a run.

    Parameters
    ----------
    tables : RunTables
        The tables of the run.
    samples : tuple of SampleSummary
        Its samples, the worst first.

    Returns
    -------
    RunPage
        Sections of empty tables are empty, none is left out.
    """
    instruments = lay_out_instruments(tables)
    tally = Counter(sample.badge for sample in samples)
    return RunPage(
        title=_title(tables),
        samples=samples,
        tally=tuple(sorted(tally.items(), key=lambda one: (one[0].rank, one[0].word))),
        codes=count_codes((one.reasons, one.codes) for one in samples),
        checks=summarise_checks(tables),
        batch_findings=finding_lines(
            tuple(row for row in tables.qc if not text(row, "sample_id"))
        ),
        instruments=instruments,
        no_instruments="" if instruments else why_no_charts(tables),
        analyses=lay_out_analyses(tables),
        descriptives=tuple(_descriptive(row) for row in in_order(tables.descriptives)),
        exclusions=tables.exclusions,
        failures=tables.failures,
        methods=methods_paragraph(tables),
        provenance=lay_out_provenance(tables.provenance),
        mrd=mrd_lines(tables),
    )


def _title(tables: RunTables) -> str:
    settings = tables.provenance.get("settings")
    title = settings.get("title") if isinstance(settings, dict) else ""
    if title:
        return str(title)
    named = {"Lymphocyte subsets": tables.counts, "MRD in marrow": tables.mrd}
    return " and ".join(name for name, rows in named.items() if rows) or "Results"


def _descriptive(row: Row) -> DescriptiveLine:
    return DescriptiveLine(
        outcome=outcome_words(text(row, "outcome")),
        unit=unit_words(text(row, "unit")),
        group=text(row, "group"),
        visit=text(row, "visit"),
        n=format_count(number(row, "n")),
        n_missing=format_count(number(row, "n_missing")),
        n_no_sample=format_count(number(row, "n_no_sample")),
        n_censored=format_count(number(row, "n_censored")),
        median=format_number(number(row, "median")),
        quartiles=format_interval(number(row, "q1"), number(row, "q3")),
        extremes=format_interval(number(row, "min"), number(row, "max")),
    )
