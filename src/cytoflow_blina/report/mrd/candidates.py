"""Lay out the candidates of a marrow sample: what they are, and where they lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan

from markupsafe import Markup

from cytoflow_blina.domain.exact_limits import garwood_limits
from cytoflow_blina.figures.marrow_file import load_marrow
from cytoflow_blina.figures.marrow_histograms import MarrowHistograms
from cytoflow_blina.figures.marrow_plots import (
    CandidateStyle,
    candidate_style,
    marrow_plot_svg,
)
from cytoflow_blina.figures.number_format import (
    MISSING,
    format_count,
    format_number,
    format_percent,
)
from cytoflow_blina.report.collect import Row, RunTables, number, text
from cytoflow_blina.report.mrd.words import (
    CD19_WORDS,
    is_evaluable,
    is_true,
    listed,
    mrd_percent,
    percent_number,
)

LIKE_DIAGNOSIS_SD = 4.0
"""Standard deviations of diagnostic blasts within which a candidate is like them."""

_STAGE_WORDS = {
    "hg1": "hematogones, stage 1",
    "hg2": "hematogones, stage 2",
    "hg3": "hematogones, stage 3",
    "mature_b": "mature B cells",
    "plasma": "plasma cells",
    "early_b": "early B cells without CD19",
}
_NUMBER = re.compile(r"[0-9]+\.[0-9]+")


@dataclass(frozen=True)
class CandidateLine:
    """One candidate, ready to print.

    Attributes
    ----------
    style : CandidateStyle
        Its number and how it is drawn.
    path : str
        Path of its gate.
    n_events, percent, interval : str
        Events, and what they are in percent of the denominator of its tube.
    is_few : bool
        Whether it has fewer events than a finding takes.
    score, nearest : str
        How far it lies from which normal cells.
    aberrancies : tuple of str
        What sets it apart, in words.
    cd19 : str
        How it carries CD19.
    diagnosis : str
        Whether it is like the diagnosis, and how far from it.
    shifts : tuple of str
        Differences from the diagnosis, in words.
    spread : str
        Its widest marker, and on how many it was measured.
    source : str
        Who drew its gate.
    """

    style: CandidateStyle
    path: str
    n_events: str
    percent: str
    interval: str
    is_few: bool
    score: str
    nearest: str
    aberrancies: tuple[str, ...]
    cd19: str
    diagnosis: str
    shifts: tuple[str, ...]
    spread: str
    source: str


@dataclass(frozen=True)
class TubeCandidates:
    """The candidates of one tube.

    Attributes
    ----------
    tube : str
        Its id; empty in a panel of one.
    is_source : bool
        Whether the verdict comes from it.
    lines : tuple of CandidateLine
        In the order of the table.
    nothing : str
        Why there is none; empty where there are some.
    plots : tuple of Markup
        Empty where none were stored.
    drawn : tuple of str
        What the plots show, in sentences.
    """

    tube: str
    is_source: bool
    lines: tuple[CandidateLine, ...]
    nothing: str
    plots: tuple[Markup, ...]
    drawn: tuple[str, ...]


def lay_out_candidates(
    sample: Row, tables: RunTables, *, cut: float
) -> tuple[TubeCandidates, ...]:
    """Lay out the candidates of a sample, by tube.

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
    tuple of TubeCandidates
        The tube of the verdict first; one without candidates says why.
    """
    sample_id, source = text(sample, "sample_id"), text(sample, "source_tube")
    tubes = {
        text(row, "tube"): row
        for row in tables.mrd_tubes
        if text(row, "sample_id") == sample_id
    } or {source: sample}
    order = sorted(tubes, key=lambda tube: (tube != source, tube))
    return tuple(
        _tube(tube, {**sample, **tubes[tube]}, tables, cut=cut) for tube in order
    )


def _tube(tube: str, row: Row, tables: RunTables, *, cut: float) -> TubeCandidates:
    sample_id = text(row, "sample_id")
    rows = [
        one
        for one in tables.mrd_candidates
        if (text(one, "sample_id"), text(one, "tube")) == (sample_id, tube)
    ]
    file = tables.marrow_plots.get((sample_id, tube))
    stored = load_marrow(file) if file else None
    return TubeCandidates(
        tube=tube,
        is_source=tube == text(row, "source_tube") or is_true(row, "is_source"),
        lines=tuple(_line(one, row, cut) for one in rows),
        nothing="" if rows else _why_none(row),
        plots=_plots(stored) if stored else (),
        drawn=_drawn(stored) if stored else (),
    )


def _line(candidate: Row, tube: Row, cut: float) -> CandidateLine:
    n_events = number(candidate, "n_events")
    path = text(candidate, "path")
    return CandidateLine(
        style=candidate_style(path),
        path=path,
        n_events=format_count(n_events),
        percent=mrd_percent(number(candidate, "percent_of_denominator"), cut),
        interval=_interval(n_events, number(tube, "denominator_events"), cut),
        is_few=n_events < number(tube, "lod_events"),
        score=format_number(number(candidate, "score_sd"), 2),
        nearest=stage_words(text(candidate, "nearest_normal")),
        aberrancies=listed(candidate, "aberrancies"),
        cd19=_cd19(candidate),
        diagnosis=_diagnosis(candidate),
        shifts=listed(candidate, "shifts"),
        spread=_spread(listed(candidate, "spread_decades")),
        source=_source(candidate),
    )


def _source(candidate: Row) -> str:
    """Say who drew the gate of a candidate, and where it is not counted."""
    if text(candidate, "gate_source") == "manual":
        return "drawn by a person"
    if text(candidate, "is_counted") and not is_true(candidate, "is_counted"):
        return "proposed, not counted: like normal CD19-negative precursors"
    return "proposed"


def stage_words(name: str) -> str:
    """Name a kind of normal cell.

    Parameters
    ----------
    name : str
        As a reference has it; a number where it bears no name.

    Returns
    -------
    str
        In words; a dash for none.
    """
    if name.isdigit():
        return f"station {name} of normal maturation"
    return _STAGE_WORDS.get(name, name.replace("_", " ")) or MISSING


def _interval(n_events: float, n_denominator: float, cut: float) -> str:
    if isnan(n_events) or not n_denominator > 0:
        return ""
    low, high = (
        percent_number(100 * limit / n_denominator, cut)
        for limit in garwood_limits(int(n_events))
    )
    return f"{low}–{high}"


def _cd19(candidate: Row) -> str:
    call = text(candidate, "cd19")
    if not call:
        return "not called"
    words = [CD19_WORDS.get(call, call)]
    positive = number(candidate, "cd19_positive_percent")
    if not isnan(positive):
        words.append(f"{format_percent(positive)} positive")
    return ", ".join(words)


def _diagnosis(candidate: Row) -> str:
    distance = number(candidate, "diagnosis_sd")
    if isnan(distance):
        return "phenotype at diagnosis not known"
    how = "like the diagnosis" if distance <= LIKE_DIAGNOSIS_SD else "shifted"
    return f"{how}, {format_number(distance, 2)} SD away"


def _spread(spreads: Sequence[str]) -> str:
    """Name the marker that spreads widest: `CD10 0.31`."""
    known = [
        (float(found[0]), one)
        for one in spreads
        if (found := _NUMBER.search(one.rpartition(" ")[2]))
    ]
    if not known:
        return MISSING
    value, words = max(known, key=lambda one: one[0])
    marker = words.rpartition(" ")[0]
    return f"at most {value:.2f} decade ({marker})" if marker else f"{value:.2f}"


def _why_none(row: Row) -> str:
    """Say why a tube has no candidate."""
    if "no_reference" in listed(row, "limitation_codes"):
        return "No candidates were sought: there is no reference of normal cells."
    if not is_evaluable(row):
        return "No candidates: this tube is not evaluable."
    if row.get("gate_source") == "manual":
        return "No candidates: the gates that a person gave for this tube hold none."
    n_lineage = number(row, "b_lineage_events")
    if n_lineage == 0:
        return (
            "No candidates: the tube holds no cells of B lineage, neither normal nor "
            " leukaemic, as is usual during treatment against CD19. What the gates "
            "of B lineage do not find cannot be seen here."
        )
    words = "" if isnan(n_lineage) else f"{format_count(n_lineage)} "
    return (
        f"No candidates: among {words}cells of B lineage no cluster lies outside the "
        "normal ones."
    )


def _plots(stored: MarrowHistograms) -> tuple[Markup, ...]:
    # The drawings come from an escaping template, so they are markup already.
    return tuple(
        Markup(marrow_plot_svg(stored, plot))  # noqa: S704
        for plot in stored.plots
    )


def _drawn(stored: MarrowHistograms) -> tuple[str, ...]:
    """Say what the plots show, and how much of it."""
    n_lineage = next(
        (plot.n_events for plot in stored.plots if plot.background.endswith("lineage")),
        nan,
    )
    said = []
    if n_lineage > 0:
        said.append(f"Grey: all {format_count(n_lineage)} cells of B lineage.")
    n_nucleated = next(
        (
            plot.n_events
            for plot in stored.plots
            if plot.background.startswith("nucleated")
        ),
        nan,
    )
    if not isnan(n_nucleated):
        said.append(
            "With side scatter, grey shows all "
            f"{format_count(n_nucleated)} nucleated cells."
        )
    if stored.normal:
        said.append(
            "Blue: normal maturation, within 1 and 2.5 standard deviations of each of "
            "its stations."
        )
    else:
        said.append("No normal reference is known for this tube.")
    said += [
        f"Candidate {candidate_style(one.path).number}: {format_count(len(one.dots))} "
        f"of its {format_count(one.n_events)} events drawn."
        for one in stored.candidates
    ]
    if any(one.gate for one in stored.candidates):
        said.append("Ring: the shadow of its gate, which has more axes than two.")
    if stored.diagnosis:
        said.append(
            f"Dashed: the phenotype at diagnosis ({stored.diagnosis.name}), within 2.5 "
            "standard deviations."
        )
    return tuple(said)
