"""Lay out what the page of a marrow sample says of residual leukaemia."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cytoflow_blina.figures.number_format import MISSING, format_count
from cytoflow_blina.report.collect import Row, RunTables, number, text
from cytoflow_blina.report.mrd.candidates import TubeCandidates, lay_out_candidates
from cytoflow_blina.report.mrd.course import Course, lay_out_course
from cytoflow_blina.report.mrd.marrow_cells import (
    CellLine,
    DenominatorLine,
    cell_lines,
    denominator_lines,
    straddles_cut,
)
from cytoflow_blina.report.mrd.verdict import VerdictSection, lay_out_verdict
from cytoflow_blina.report.mrd.words import (
    class_badge,
    cut_of,
    is_detected,
    is_evaluable,
    mrd_percent,
    percent_interval,
    status_words,
)
from cytoflow_blina.report.verdicts import Badge


@dataclass(frozen=True)
class MrdTubeLine:
    """One tube of a sample of several, ready to print."""

    tube: str
    is_source: bool
    badge: Badge
    status: str
    n_events: str
    n_denominator: str
    denominator: str
    mrd: str
    interval: str
    lod: str


@dataclass(frozen=True)
class MrdSection:
    """All that the page of a sample says of residual leukaemia.

    Attributes
    ----------
    verdict : VerdictSection
        Of the sample.
    tubes : tuple of MrdTubeLine
        Its tubes; empty where it has one alone.
    candidates : tuple of TubeCandidates
        By tube, that of the verdict first.
    cells : tuple of CellLine
        Kinds of cell in the tube of the verdict.
    denominators : tuple of DenominatorLine
        MRD by each of them.
    straddles_cut : bool
        Whether they put the sample on both sides of the cut.
    cut : str
        What the class turns on.
    course : Course or None
        The subject over time; None where this is its only sample.
    """

    verdict: VerdictSection
    tubes: tuple[MrdTubeLine, ...]
    candidates: tuple[TubeCandidates, ...]
    cells: tuple[CellLine, ...]
    denominators: tuple[DenominatorLine, ...]
    straddles_cut: bool
    cut: str
    course: Course | None


def lay_out_mrd(
    sample_id: str, populations: Iterable[Row], tables: RunTables
) -> MrdSection | None:
    """Lay out what is known of residual leukaemia in a sample.

    Parameters
    ----------
    sample_id : str
        The sample.
    populations : iterable of Row
        Its rows of `populations.csv`.
    tables : RunTables
        The run.

    Returns
    -------
    MrdSection or None
        None for a sample that `mrd.csv` does not name.
    """
    row = next((one for one in tables.mrd if text(one, "sample_id") == sample_id), None)
    if row is None:
        return None
    cut = cut_of(row)
    return MrdSection(
        verdict=lay_out_verdict(row),
        tubes=_tubes(row, tables),
        candidates=lay_out_candidates(row, tables, cut=cut),
        cells=cell_lines(populations, row),
        denominators=denominator_lines(row, cut=cut),
        straddles_cut=straddles_cut(row, cut=cut),
        cut=f"{cut:g}\u202f%",
        course=lay_out_course(row, tables, cut=cut),
    )


def _tubes(sample: Row, tables: RunTables) -> tuple[MrdTubeLine, ...]:
    rows = [
        row
        for row in tables.mrd_tubes
        if text(row, "sample_id") == text(sample, "sample_id")
    ]
    if len(rows) < 2:
        return ()
    return tuple(_tube(row, sample) for row in rows)


def _tube(row: Row, sample: Row) -> MrdTubeLine:
    # What the class turns on stands with the sample.
    row, cut = {**sample, **row}, cut_of(sample)
    return MrdTubeLine(
        tube=text(row, "tube"),
        is_source=text(row, "tube") == text(sample, "source_tube"),
        badge=class_badge(row),
        status=status_words(row),
        n_events=format_count(number(row, "mrd_events")),
        n_denominator=format_count(number(row, "denominator_events")),
        denominator=text(row, "denominator"),
        mrd=_mrd(row, cut),
        interval=percent_interval(row, cut) if is_detected(row) else "",
        lod=mrd_percent(number(row, "lod_percent"), cut),
    )


def _mrd(row: Row, cut: float) -> str:
    if is_detected(row):
        return mrd_percent(number(row, "mrd_percent"), cut)
    return "not detected" if is_evaluable(row) else MISSING
