"""Lay out the verdict on a marrow sample, and what would be needed to say more."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

from markupsafe import Markup

from cytoflow_blina.figures.mrd_scale import MrdScale, mrd_scale_svg
from cytoflow_blina.figures.number_format import (
    MISSING,
    format_count,
    format_number,
    format_percent,
)
from cytoflow_blina.mrd.status import DENOMINATOR_WORDS
from cytoflow_blina.report.collect import Row, number, text
from cytoflow_blina.report.mrd.advice import (
    Advice,
    advice_on_limitations,
    flag_advice,
)
from cytoflow_blina.report.mrd.words import (
    CD19_WORDS,
    class_badge,
    class_words,
    cut_of,
    is_detected,
    is_evaluable,
    listed,
    mrd_percent,
    paper_rule_words,
    percent_interval,
    sentence,
    status_words,
)
from cytoflow_blina.report.verdicts import Badge


@dataclass(frozen=True)
class VerdictSection:
    """The verdict on a sample, ready to print.

    Attributes
    ----------
    badge : Badge
        Of its class.
    headline : str
        The status in words.
    code : str
        The status as the table has it.
    sentence : str
        With counts, percentage, interval and limit.
    review_status : str
        As in the table.
    scale : Markup
        MRD against its limits; empty where not evaluable.
    facts : tuple of (str, str)
        What the verdict rests on: name and value.
    limitations, flags : tuple of Advice
        What it cannot see, and what to know besides.
    needed : tuple of str
        What more sensitivity would take, in sentences.
    """

    badge: Badge
    headline: str
    code: str
    sentence: str
    review_status: str
    scale: Markup
    facts: tuple[tuple[str, str], ...]
    limitations: tuple[Advice, ...]
    flags: tuple[Advice, ...]
    needed: tuple[str, ...]


def lay_out_verdict(row: Row) -> VerdictSection:
    """Lay out the verdict on a sample.

    Parameters
    ----------
    row : Row
        Its row of `mrd.csv`.

    Returns
    -------
    VerdictSection
        Of a sample that is not evaluable: the reason, and what to do.
    """
    return VerdictSection(
        badge=class_badge(row),
        headline=status_words(row),
        code=text(row, "status"),
        sentence=text(row, "sentence") or _reason(row),
        review_status=text(row, "review_status"),
        scale=_scale(row) if is_evaluable(row) else Markup(),
        facts=tuple(one for one in _facts(row) if one[1] not in {"", MISSING}),
        limitations=advice_on_limitations(row),
        flags=tuple(flag_advice(one) for one in listed(row, "flags")),
        needed=_needed(row) if is_evaluable(row) else (_MEND,),
    )


_MEND = (
    "Nothing may be said of MRD from this sample, neither positive nor negative. Mend "
    "the reason and run the study again, or ask for another sample."
)

_BLANKS = (
    "Blank samples show as much as the limit of detection: more cells would not lower "
    "it, a cleaner background would."
)


def _reason(row: Row) -> str:
    reason = text(row, "reason")
    return f"Not evaluable: {sentence(reason)}" if reason else ""


def _scale(row: Row) -> Markup:
    scale = MrdScale(
        percent=number(row, "mrd_percent"),
        lo95=number(row, "mrd_percent_lo95"),
        hi95=number(row, "mrd_percent_hi95"),
        upper=number(row, "mrd_upper_percent"),
        lod=number(row, "lod_percent"),
        lloq=number(row, "lloq_percent"),
        cut=cut_of(row),
        is_detected=is_detected(row),
    )
    # The drawing comes from an escaping template, so it is markup already.
    return Markup(mrd_scale_svg(scale))  # noqa: S704


def _facts(row: Row) -> tuple[tuple[str, str], ...]:
    cut = cut_of(row)
    # Nothing was found where nothing was sought.
    n_events = number(row, "mrd_events") if is_evaluable(row) else nan
    return (
        ("MRD", _mrd(row, cut)),
        ("MRD events", format_count(n_events)),
        ("Of", _denominator(row)),
        ("Limit of detection", _limit(row, "lod", cut)),
        ("Limit of quantification", _limit(row, "lloq", cut)),
        ("Event rule", text(row, "profile")),
        ("Class", _class(row)),
        ("Rule of the study", paper_rule_words(row)),
        ("CD19 of the MRD", _cd19(row)),
        ("Hematogones", _share(row, "hematogone_percent", "of nucleated cells")),
        ("Viable", _share(row, "viable_percent", "of all cells")),
        ("Normal cells", _reference(row)),
        ("Compared with diagnosis", text(row, "compared_with")),
        ("Tube", text(row, "source_tube")),
        ("Gates", "drawn by a person" if text(row, "gate_source") == "manual" else ""),
    )


def _mrd(row: Row, cut: float) -> str:
    """Write MRD with its interval, or what it lies below."""
    if not is_evaluable(row):
        return MISSING
    if not is_detected(row):
        upper = number(row, "mrd_upper_percent")
        said = "not detected"
        return said if isnan(upper) else f"{said}: below {mrd_percent(upper, cut)}"
    value = mrd_percent(number(row, "mrd_percent"), cut)
    interval = percent_interval(row, cut)
    return f"{value} (95\u202f% interval {interval})" if interval else value


def _denominator(row: Row) -> str:
    events = number(row, "denominator_events")
    if isnan(events):
        return MISSING
    code = text(row, "denominator")
    words = f"{format_count(events)} {DENOMINATOR_WORDS.get(code, code)} ({code})"
    if text(row, "denominator_quality") == "approx":
        words += ", approximately: no dye"
    return words


def _limit(row: Row, limit: str, cut: float) -> str:
    """Write a limit with the events behind it."""
    value = number(row, f"{limit}_percent")
    if isnan(value):
        return MISSING
    words = mrd_percent(value, cut)
    if text(row, "lod_source") == "blank" and limit == "lod":
        return f"{words}, by blank samples"
    events = number(row, f"{limit}_events")
    return words if isnan(events) else f"{words}, {format_count(events)} events"


def _class(row: Row) -> str:
    words = class_words(row)
    return f"{class_badge(row).word}: {words}" if words else class_badge(row).word


def _cd19(row: Row) -> str:
    call = text(row, "cd19_on_mrd")
    if not call:
        return ""
    parts = [CD19_WORDS.get(call, call)]
    positive = number(row, "cd19_positive_percent")
    if not isnan(positive):
        parts.append(f"{format_percent(positive)} of its events positive")
    below = number(row, "cd19_decades_below_b")
    if not isnan(below):
        side = "below" if below >= 0 else "above"
        size = format_number(abs(below), 2)
        unit = "decades" if abs(below) > 1 else "decade"
        parts.append(f"{size} {unit} {side} mature B cells")
    return "; ".join(parts)


def _reference(row: Row) -> str:
    """Name the normal cells, and say where they are not the laboratory's own."""
    words = f"{text(row, 'reference')} {text(row, 'reference_version')}".strip()
    is_shipped = "shipped_reference" in listed(row, "limitation_codes")
    return f"{words}, of simulated marrows" if words and is_shipped else words


def _share(row: Row, column: str, of_what: str) -> str:
    value = number(row, column)
    return MISSING if isnan(value) else f"{format_percent(value)} {of_what}"


def _needed(row: Row) -> tuple[str, ...]:
    """Say what a lower limit of detection would take."""
    cut, events = cut_of(row), number(row, "lod_events")
    here = number(row, "denominator_events")
    cells = DENOMINATOR_WORDS.get(text(row, "denominator"), "cells")
    needed, to_detect = number(row, "events_for_lod"), number(row, "events_to_detect")
    if text(row, "lod_source") == "blank" and isnan(needed):
        return (_BLANKS,)
    if isnan(needed) or isnan(here) or isnan(events):
        return ()
    share = f"{cut:g}\u202f%"
    if here < needed:
        words = (
            f"With {format_count(needed)} {cells}, {format_count(needed - here)} more "
            f"than here, the limit of detection would be {share}"
        )
    else:
        words = (
            f"The {format_count(here)} {cells} suffice for a limit of detection of "
            f"{share}; ten times less, {cut / 10:g}\u202f%, would take "
            f"{format_count(10 * needed)}"
        )
    said = [f"{words} ({format_count(events)} events)."]
    if not isnan(to_detect):
        said.append(
            f"For MRD of {share} to show {format_count(events)} events in 95\u202f% of "
            f"samples it takes {format_count(to_detect)} {cells}."
        )
    return tuple(said)
