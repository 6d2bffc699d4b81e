"""Lay out the MRD of a subject over its samples."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from urllib.parse import quote

from markupsafe import Markup

from cytoflow_blina.figures.mrd_course import MrdPoint, mrd_course_svg
from cytoflow_blina.figures.number_format import MISSING, format_number
from cytoflow_blina.report.collect import Row, RunTables, number, text
from cytoflow_blina.report.mrd.words import (
    class_badge,
    is_detected,
    is_true,
    listed,
    mrd_percent,
    percent_interval,
    status_words,
)
from cytoflow_blina.report.samples import page_name
from cytoflow_blina.report.verdicts import Badge

_FEWEST = 2


@dataclass(frozen=True)
class CourseLine:
    """One sample of a subject, ready to print."""

    sample_id: str
    href: str
    is_current: bool
    visit: str
    when: str
    badge: Badge
    status: str
    mrd: str
    interval: str
    lod: str
    reduction: str
    reduction_detail: str
    shifts: tuple[str, ...]
    response: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Course:
    """The samples of a subject.

    Attributes
    ----------
    svg : Markup
        MRD over its samples.
    lines : tuple of CourseLine
        In the order of time.
    """

    svg: Markup
    lines: tuple[CourseLine, ...]


def lay_out_course(sample: Row, tables: RunTables, *, cut: float) -> Course | None:
    """Lay out what came before and after a sample.

    Parameters
    ----------
    sample : Row
        Its row of `mrd.csv`.
    tables : RunTables
        The run.
    cut : float
        What the class turns on, in percent.

    Returns
    -------
    Course or None
        None where the subject has one sample alone.
    """
    subject, current = text(sample, "subject_id"), text(sample, "sample_id")
    # What the class turns on stands with the sample.
    rule = {name: text(sample, name) for name in ("lod_events", "events_for_lod")}
    rows = [
        {**row, **rule}
        for row in tables.mrd_follow_up
        if text(row, "subject_id") == subject and subject
    ]
    if len(rows) < _FEWEST or current not in {text(row, "sample_id") for row in rows}:
        return None
    points = [_point(row, current) for row in rows]
    # The drawing comes from an escaping template, so it is markup already.
    svg = Markup(mrd_course_svg(points, cut=cut))  # noqa: S704
    return Course(svg, tuple(_line(row, current, cut) for row in rows))


def _point(row: Row, current: str) -> MrdPoint:
    return MrdPoint(
        label=text(row, "visit") or text(row, "sample_id"),
        detail=_when(row),
        percent=number(row, "mrd_percent"),
        lo95=number(row, "mrd_percent_lo95"),
        hi95=number(row, "mrd_percent_hi95"),
        lod=number(row, "lod_percent"),
        is_detected=is_detected(row),
        is_current=text(row, "sample_id") == current,
    )


def _when(row: Row) -> str:
    parts = []
    if text(row, "cycle"):
        parts.append(f"cycle {text(row, 'cycle')}")
    day = number(row, "rel_day")
    if not isnan(day):
        parts.append(f"day {day:g}".replace("-", "−"))
    return ", ".join(parts)


def _line(row: Row, current: str, cut: float) -> CourseLine:
    sample_id = text(row, "sample_id")
    return CourseLine(
        sample_id=sample_id,
        href=quote(page_name(sample_id)),
        is_current=sample_id == current,
        visit=text(row, "visit"),
        when=_when(row),
        badge=class_badge(row),
        status=status_words(row),
        mrd=_mrd(row, cut),
        interval=percent_interval(row, cut) if is_detected(row) else "",
        lod=mrd_percent(number(row, "lod_percent"), cut),
        reduction=_reduction(row),
        reduction_detail=_reduction_detail(row),
        shifts=listed(row, "marker_shifts"),
        response=text(row, "response_by_mrd").replace("_", " "),
        notes=listed(row, "note"),
    )


def _mrd(row: Row, cut: float) -> str:
    if is_detected(row):
        return mrd_percent(number(row, "mrd_percent"), cut)
    return MISSING if isnan(number(row, "mrd_percent")) else "not detected"


def _reduction(row: Row) -> str:
    value = number(row, "log10_reduction")
    if isnan(value):
        return MISSING
    words = format_number(value, 2)
    return f"≥\u202f{words}" if is_true(row, "log10_reduction_is_bound") else words


def _reduction_detail(row: Row) -> str:
    low = number(row, "log10_reduction_lo95")
    high = number(row, "log10_reduction_hi95")
    base = text(row, "baseline_sample")
    parts = []
    if not isnan(low) and not isnan(high):
        between = "–" if low >= 0 else " to "
        parts.append(f"{format_number(low, 2)}{between}{format_number(high, 2)}")
    if base and not isnan(number(row, "log10_reduction")):
        parts.append(f"from {base}")
    return ", ".join(parts)
