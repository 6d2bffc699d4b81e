"""Lay out what else a marrow tube holds: kinds of cell, and denominators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan, nan

from cytoflow_blina.domain.exact_limits import garwood_limits, share_limits
from cytoflow_blina.figures.number_format import (
    MISSING,
    format_count,
    format_interval,
    format_percent,
)
from cytoflow_blina.mrd.status import DENOMINATOR_WORDS
from cytoflow_blina.report.collect import Row, number, text
from cytoflow_blina.report.mrd.words import (
    is_detected,
    is_evaluable,
    mrd_percent,
    percent_number,
)

_KINDS = {
    "b_lineage": "B lineage, all that was searched",
    "b19": "B lineage by CD19",
    "b_alt": "B lineage without CD19",
    "early_b": "Early B, without CD19",
    "hg1": "Hematogones, stage 1",
    "hg2": "Hematogones, stage 2",
    "hg3": "Hematogones, stage 3",
    "mature_b": "Mature B",
    "plasma": "Plasma cells",
    "t_cells": "T cells",
    "monocytes": "Monocytes",
    "granulocytes": "Granulocytes",
    "cd10_granulocytes": "Granulocytes, mature (CD10+)",
    "myeloid_window": "Immature myeloid cells",
    "cd34_progenitors": "CD34+ progenitors",
    "mast_cells": "Mast cells",
    "erythroid": "Erythroid cells",
}
_CODES = ("NUC", "MNC", "CD45P", "WBC")


@dataclass(frozen=True)
class CellLine:
    """One kind of cell, ready to print."""

    name: str
    n_events: str
    percent: str
    interval: str


@dataclass(frozen=True)
class DenominatorLine:
    """MRD in percent of one denominator, ready to print."""

    code: str
    words: str
    n_events: str
    percent: str
    interval: str
    lod: str
    is_used: bool


def cell_lines(populations: Iterable[Row], sample: Row) -> tuple[CellLine, ...]:
    """List the kinds of cell of the tube that the verdict comes from.

    Parameters
    ----------
    populations : iterable of Row
        Rows of `populations.csv` of the sample.
    sample : Row
        Its row of `mrd.csv`.

    Returns
    -------
    tuple of CellLine
        In the order of maturation, with their exact 95 % interval; those without a gate
        are left out.
    """
    tube = text(sample, "source_tube")
    counted: dict[str, float] = {}
    for row in populations:
        name = text(row, "path").rpartition("/")[2]
        if text(row, "tube") == tube and name in _KINDS:
            counted.setdefault(name, number(row, "n_events"))
    n_nucleated = number(sample, "nuc_events")
    return tuple(
        _cell_line(words, counted[name], n_nucleated)
        for name, words in _KINDS.items()
        if name in counted
    )


def _cell_line(words: str, n_events: float, n_nucleated: float) -> CellLine:
    if isnan(n_events) or not n_nucleated > 0 or n_events > n_nucleated:
        return CellLine(words, format_count(n_events), MISSING, "")
    low, high = share_limits(int(n_events), int(n_nucleated))
    return CellLine(
        words,
        format_count(n_events),
        format_percent(100 * n_events / n_nucleated),
        format_interval(100 * low, 100 * high),
    )


def denominator_lines(sample: Row, *, cut: float) -> tuple[DenominatorLine, ...]:
    """List MRD by each denominator of the tube.

    Parameters
    ----------
    sample : Row
        A row of `mrd.csv`.
    cut : float
        What the class turns on, in percent.

    Returns
    -------
    tuple of DenominatorLine
        Those that were counted; empty where there is no MRD count.
    """
    n_events = number(sample, "mrd_events")
    if isnan(n_events):
        return ()
    low, high = garwood_limits(int(n_events))
    nothing = "not detected" if is_evaluable(sample) else MISSING
    lines = []
    for code in _CODES:
        cells = number(sample, f"{code.lower()}_events")
        if not cells > 0:
            continue
        interval = [percent_number(100 * end / cells, cut) for end in (low, high)]
        share = mrd_percent(100 * n_events / cells, cut)
        lines.append(
            DenominatorLine(
                code,
                DENOMINATOR_WORDS[code],
                format_count(cells),
                share if is_detected(sample) else nothing,
                "–".join(interval) if is_detected(sample) else "",
                mrd_percent(100 * number(sample, "lod_events") / cells, cut),
                code == text(sample, "denominator"),
            )
        )
    return tuple(lines)


def straddles_cut(sample: Row, *, cut: float) -> bool:
    """Tell whether the denominators of a sample put it on both sides of the cut.

    Parameters
    ----------
    sample : Row
        A row of `mrd.csv`.
    cut : float
        What the class turns on, in percent.

    Returns
    -------
    bool
        False where fewer than two denominators were counted, or nothing detected.
    """
    n_events = number(sample, "mrd_events") if is_detected(sample) else nan
    cells = [number(sample, f"{code.lower()}_events") for code in _CODES]
    shares = [100 * n_events / one for one in cells if one > 0]
    sides = {share >= cut for share in shares}
    return len(sides) > 1
