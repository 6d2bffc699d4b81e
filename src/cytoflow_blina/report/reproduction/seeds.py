"""Tell how often the cytometer lets a published finding be seen again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.figures.number_format import (
    MISSING,
    format_count,
    format_interval,
    format_number,
    format_p,
)
from cytoflow_blina.report.collect import Row, number, text
from cytoflow_blina.report.reproduction.claims import ClaimLine, claim_line
from cytoflow_blina.report.reproduction.strip import PStrip, StripScale, strip_scale
from cytoflow_blina.stats.proportion import exact_proportion

TRUTH, FILES, DRAWN = "truth", "fcs", "drawn"
"""Sources of a row of `seeds.csv`."""

_FIGURES_1_AND_2 = ("f1.", "f2.")


@dataclass(frozen=True)
class Share:
    """Seeds of which something holds; all texts are empty where it was not asked.

    Attributes
    ----------
    counted : str
        `37 of 40`.
    percent, interval : str
        The percentage, and its exact 95 % interval.
    """

    counted: str = ""
    percent: str = ""
    interval: str = ""


@dataclass(frozen=True)
class SourceSummary:
    """What the seeds of one source say of one claim.

    Attributes
    ----------
    n_seeds : int
        Seeds with a row, 0 where there is none.
    holds, direction, significance, medians, extremes : Share
        Seeds with direction and significance as printed, with either, and with medians
        and extremes near the printed ones.
    p_value : str
        Median of P; of one seed or the truth just P. A dash where there is none.
    p_range : str
        Least and greatest P of more than one seed, else empty.
    before, after : str
        Median (range) of either side, each the middle one of the seeds.
    n_pairs : str
        Values behind either side: `47`, `23 v 24`; the middle of the seeds.
    comes_out : bool
        Whether at least half of the seeds have the published direction and
        significance; not so without seeds.
    """

    n_seeds: int
    holds: Share
    direction: Share
    significance: Share
    medians: Share
    extremes: Share
    p_value: str
    p_range: str
    before: str
    after: str
    n_pairs: str
    comes_out: bool


@dataclass(frozen=True)
class SeedLine:
    """One claim through the cytometer.

    Attributes
    ----------
    claim : ClaimLine
        What the paper says.
    printed : str
        Its values without P; a dash where it prints none.
    strip : PStrip
        P of every seed, to be drawn.
    truth, files, drawn : SourceSummary
        The synthetic cohort before any cytometer, simulated FCS files gated and
        counted, and errors of counting drawn without files.
    """

    claim: ClaimLine
    printed: str
    strip: PStrip
    truth: SourceSummary
    files: SourceSummary
    drawn: SourceSummary


@dataclass(frozen=True)
class SeedSection:
    """What went through the cytometer.

    Attributes
    ----------
    figures : tuple of SeedLine
        Claims of Figures 1 and 2.
    others : tuple of SeedLine
        All other claims with a row.
    scale : StripScale
        The axis of P, the same for all.
    n_files, n_drawn : int
        Seeds of either source.
    n_with_p, n_out_of_files, n_out_of_drawn : int
        Lines of `figures` of which the paper prints a P, and those of them that come
        out in at least half of the seeds of either source.
    n_elsewhere : int
        Other claims that the cohort answers, whose P no cytometer can change.
    """

    figures: tuple[SeedLine, ...]
    others: tuple[SeedLine, ...]
    scale: StripScale
    n_files: int
    n_drawn: int
    n_with_p: int
    n_out_of_files: int
    n_out_of_drawn: int
    n_elsewhere: int


def lay_out_seeds(claims: Iterable[Row], seeds: Sequence[Row]) -> SeedSection:
    """Lay out what every seed says of every claim.

    Parameters
    ----------
    claims : iterable of Row
        Rows of `reproduction.csv`.
    seeds : sequence of Row
        Rows of `seeds.csv`.

    Returns
    -------
    SeedSection
        Claims in the order of `reproduction.csv`; without lines where there is no seed.
    """
    by_claim: dict[str, list[Row]] = {}
    for row in seeds:
        by_claim.setdefault(text(row, "claim"), []).append(row)
    scale = strip_scale(_p_values(seeds))
    measured = {name for name, rows in by_claim.items() if _is_measured(rows)}
    lines = [
        _seed_line(row, by_claim[text(row, "id")], scale)
        for row in claims
        if text(row, "id") in measured
    ]
    shown = tuple(one for one in lines if one.claim.id.startswith(_FIGURES_1_AND_2))
    with_p = [one for one in shown if one.claim.published_p != MISSING]
    return SeedSection(
        figures=shown,
        others=tuple(one for one in lines if one not in shown),
        scale=scale,
        n_files=_n_seeds(seeds, FILES),
        n_drawn=_n_seeds(seeds, DRAWN),
        n_with_p=len(with_p),
        n_out_of_files=sum(one.files.comes_out for one in with_p),
        n_out_of_drawn=sum(one.drawn.comes_out for one in with_p),
        n_elsewhere=len(by_claim) - len(measured),
    )


def _is_measured(rows: Sequence[Row]) -> bool:
    """Whether the answer passes through a cytometer: ages and cytokines do not."""
    truth = {text(row, "p_value") for row in rows if text(row, "source") == TRUTH}
    measured = {text(row, "p_value") for row in rows if text(row, "source") != TRUTH}
    return not truth or bool(measured - truth)


def _seed_line(claim: Row, rows: Sequence[Row], scale: StripScale) -> SeedLine:
    of = {
        source: [row for row in rows if text(row, "source") == source]
        for source in (TRUTH, FILES, DRAWN)
    }
    strip = PStrip(
        scale=scale,
        files=_points(of[FILES]),
        drawn=_points(of[DRAWN]),
        truth=next(iter(_p_values(of[TRUTH]).tolist()), nan),
        published=text(claim, "published_p"),
    )
    line = claim_line(claim)
    printed = line.published.partition("; P ")[0]
    has_values = printed != line.quantity and not printed.startswith("P ")
    return SeedLine(
        claim=line,
        printed=printed if has_values else MISSING,
        strip=strip,
        truth=_summary(of[TRUTH]),
        files=_summary(of[FILES]),
        drawn=_summary(of[DRAWN]),
    )


def _summary(rows: Sequence[Row]) -> SourceSummary:
    held = [text(row, "holds") == "1" for row in rows]
    p_values = _p_values(rows)
    p_range = ""
    if p_values.size > 1:
        least, most = format_p(p_values.min()), format_p(p_values.max())
        p_range = least if least == most else f"{least} to {most}"
    return SourceSummary(
        n_seeds=len(rows),
        holds=_share(rows, "holds"),
        direction=_share(rows, "direction_holds"),
        significance=_share(rows, "significance_holds"),
        medians=_share(rows, "medians_hold"),
        extremes=_share(rows, "extremes_hold"),
        p_value=format_p(float(np.median(p_values))) if p_values.size else MISSING,
        p_range=p_range,
        before=_spread(rows, "a"),
        after=_spread(rows, "b"),
        n_pairs=_sizes(rows),
        comes_out=bool(held) and 2 * sum(held) >= len(held),
    )


def _share(rows: Sequence[Row], column: str) -> Share:
    asked = [text(row, column) for row in rows if text(row, column)]
    if not asked:
        return Share()
    found = exact_proportion(asked.count("1"), len(asked))
    return Share(
        counted=f"{found.events} of {found.n}",
        percent=f"{found.percent:.0f} %",
        interval=f"{found.lo95:.0f}–{found.hi95:.0f} %",
    )


def _spread(rows: Sequence[Row], side: str) -> str:
    median, low, high = (
        _middle(rows, f"{part}_{side}") for part in ("median", "min", "max")
    )
    words = format_number(median)
    between = format_interval(low, high)
    return f"{words} ({between})" if between else words


def _sizes(rows: Sequence[Row]) -> str:
    first, second = _middle(rows, "n_a"), _middle(rows, "n_b")
    if first == second or isnan(second):
        return format_count(first)
    return f"{format_count(first)} v {format_count(second)}"


def _middle(rows: Sequence[Row], column: str) -> float:
    values = [number(row, column) for row in rows]
    known = [value for value in values if not isnan(value)]
    return float(np.median(known)) if known else nan


def _points(rows: Sequence[Row]) -> tuple[tuple[float, bool], ...]:
    return tuple(
        (number(row, "p_value"), text(row, "holds") == "1")
        for row in rows
        if not isnan(number(row, "p_value"))
    )


def _p_values(rows: Iterable[Row]) -> FloatArray:
    values = [number(row, "p_value") for row in rows]
    return np.array([one for one in values if not isnan(one)], np.float64)


def _n_seeds(seeds: Iterable[Row], source: str) -> int:
    return len({text(row, "seed") for row in seeds if text(row, "source") == source})
