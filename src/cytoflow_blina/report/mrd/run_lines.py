"""List the marrow samples of a run by what is said of residual leukaemia."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from urllib.parse import quote

from cytoflow_blina.figures.number_format import MISSING, format_count
from cytoflow_blina.report.collect import Row, RunTables, number, text
from cytoflow_blina.report.mrd.advice import (
    Advice,
    advice_on_limitations,
    flag_advice,
    limitation_advice,
)
from cytoflow_blina.report.mrd.words import (
    class_badge,
    cut_of,
    is_detected,
    is_evaluable,
    listed,
    mrd_percent,
    paper_rule_words,
    percent_interval,
    status_words,
)
from cytoflow_blina.report.samples import page_name
from cytoflow_blina.report.verdicts import Badge


@dataclass(frozen=True)
class MrdLine:
    """One marrow sample, ready to print; `sort_key` is MRD in full."""

    sample_id: str
    href: str
    subject_id: str
    visit: str
    badge: Badge
    status: str
    code: str
    mrd: str
    detail: str
    sort_key: str
    n_events: str
    of_what: str
    lod: str
    paper_rule: str
    cd19: str
    advice: tuple[Advice, ...]
    review_status: str


def mrd_lines(tables: RunTables) -> tuple[MrdLine, ...]:
    """List the marrow samples of a run.

    Parameters
    ----------
    tables : RunTables
        The run.

    Returns
    -------
    tuple of MrdLine
        Failure first, then not evaluable, intermediate, complete response; within a
        class the most MRD first, then by id. Empty without marrow.
    """
    return tuple(_line(row) for row in sorted(tables.mrd, key=_worst_first))


def _worst_first(row: Row) -> tuple[int, float, str]:
    value = number(row, "mrd_percent")
    return (
        class_badge(row).rank,
        0.0 if isnan(value) else -value,
        text(row, "sample_id"),
    )


def _line(row: Row) -> MrdLine:
    cut, value = cut_of(row), number(row, "mrd_percent")
    sample_id = text(row, "sample_id")
    return MrdLine(
        sample_id=sample_id,
        href=f"samples/{quote(page_name(sample_id))}#mrd",
        subject_id=text(row, "subject_id"),
        visit=text(row, "visit"),
        badge=class_badge(row),
        status=status_words(row),
        code=text(row, "status"),
        mrd=_mrd(row, cut),
        detail=percent_interval(row, cut) if is_detected(row) else "",
        sort_key="" if isnan(value) else repr(value),
        n_events=_events(row),
        of_what=_of(row),
        lod=mrd_percent(number(row, "lod_percent"), cut),
        paper_rule=paper_rule_words(row),
        cd19=text(row, "cd19_on_mrd") or MISSING,
        advice=(
            *_reason(row),
            *advice_on_limitations(row),
            *(flag_advice(one) for one in listed(row, "flags")),
        ),
        review_status=text(row, "review_status"),
    )


def _reason(row: Row) -> tuple[Advice, ...]:
    reason = text(row, "reason")
    return (limitation_advice(reason),) if reason else ()


def _events(row: Row) -> str:
    """Write MRD events of a denominator; a dash where nothing was judged."""
    if not is_evaluable(row):
        return MISSING
    return format_count(number(row, "mrd_events"))


def _of(row: Row) -> str:
    """Write what is 100 %; empty where nothing was judged."""
    cells = number(row, "denominator_events")
    if isnan(cells):
        return ""
    return f"of {format_count(cells)} {text(row, 'denominator')}"


def _mrd(row: Row, cut: float) -> str:
    """Write MRD, or what it lies below."""
    if is_detected(row):
        return mrd_percent(number(row, "mrd_percent"), cut)
    upper = number(row, "mrd_upper_percent")
    return MISSING if isnan(upper) else f"< {mrd_percent(upper, cut)}"
