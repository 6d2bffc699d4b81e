"""Lay out what was found in the simulated marrow of the synthetic cohort."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import median

from cytoflow_blina.figures.number_format import MISSING
from cytoflow_blina.report.collect import Row, number, text

_CUT_PERCENT = 0.01
_RESPONSES = {"CR", "MRD_CR"}


@dataclass(frozen=True)
class MarrowLine:
    """Marrows of one kind.

    Attributes
    ----------
    kind : str
        Which, in words.
    n : int
        How many.
    simulated, found : str
        Median and range of MRD in percent; a dash where there is none.
    n_detected, n_negative, n_open, n_unknown : int
        Those in which MRD was detected; in which it was not, and 0.01 % is excluded;
        in which it was not, and 0.01 % is not excluded; and that are not evaluable.
    """

    kind: str
    n: int
    simulated: str
    found: str
    n_detected: int
    n_negative: int
    n_open: int
    n_unknown: int


@dataclass(frozen=True)
class MarrowSection:
    """What the page prints of marrow.

    Attributes
    ----------
    n : int
        Marrows.
    lines : tuple of MarrowLine
        By kind.
    n_judged, n_responded, n_responded_by_paper, n_given : int
        Marrows after a cycle, and those that show a response: by the status table, by
        the paper's rule, and in the table of the cohort.
    """

    n: int
    lines: tuple[MarrowLine, ...]
    n_judged: int
    n_responded: int
    n_responded_by_paper: int
    n_given: int


def lay_out_marrow(rows: Sequence[Row]) -> MarrowSection | None:
    """Lay out the marrows by what was simulated.

    Parameters
    ----------
    rows : sequence of Row
        `marrow.csv`.

    Returns
    -------
    MarrowSection or None
        None where marrow was left out.
    """
    if not rows:
        return None
    judged = [row for row in rows if text(row, "response_by_mrd")]

    def responders(column: str) -> int:
        return sum(text(row, column) in _RESPONSES for row in judged)

    return MarrowSection(
        n=len(rows),
        lines=tuple(_lines(rows)),
        n_judged=len(judged),
        n_responded=responders("response_by_mrd"),
        n_responded_by_paper=responders("response_by_paper_rule"),
        n_given=responders("response_given"),
    )


def _lines(rows: Sequence[Row]) -> Iterable[MarrowLine]:
    """Part the marrows by visit and by how much was simulated."""
    for visit, when in (("D0", "before the cycle"), ("EOT", "after the cycle")):
        own = [row for row in rows if text(row, "visit") == visit]
        percents = [number(row, "simulated_percent") for row in own]
        parts = (
            (f"MRD of 0.01 % or more, {when}", _CUT_PERCENT, float("inf")),
            (f"MRD below 0.01 %, {when}", 1e-12, _CUT_PERCENT),
            (f"no leukaemic cell, {when}", 0.0, 1e-12),
        )
        for kind, low, high in parts:
            chosen = [
                row
                for row, percent in zip(own, percents, strict=True)
                if low <= percent < high
            ]
            if chosen:
                yield _line(kind, chosen)


def _line(kind: str, rows: Sequence[Row]) -> MarrowLine:
    classes = [text(row, "class") for row in rows]
    n_detected = sum(text(row, "status").startswith("POS") for row in rows)
    n_negative, n_unknown = classes.count("CR"), classes.count("NE")
    return MarrowLine(
        kind=kind,
        n=len(rows),
        simulated=_spread(number(row, "simulated_percent") for row in rows),
        found=_spread(number(row, "mrd_percent") for row in rows),
        n_detected=n_detected,
        n_negative=n_negative,
        n_open=len(rows) - n_detected - n_negative - n_unknown,
        n_unknown=n_unknown,
    )


def _spread(percents: Iterable[float]) -> str:
    """Write median and range of those that are known."""
    known = [one for one in percents if not isnan(one)]
    if not known:
        return MISSING
    return f"{median(known):.3g} ({min(known):.3g} to {max(known):.3g})"
