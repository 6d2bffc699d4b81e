"""Lay out the claims of a study: their verdicts, how many of each, and all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from types import MappingProxyType

from cytoflow_blina.domain.claim import Kind, Verdict
from cytoflow_blina.figures.number_format import format_number, format_p
from cytoflow_blina.report.collect import Row, number, text
from cytoflow_blina.report.verdicts import Badge

VERDICT_BADGES: Mapping[str, Badge] = MappingProxyType(
    {
        Verdict.DISCREPANCY: Badge("bad", "Discrepancy", 0),
        Verdict.NOT_RECOMPUTABLE: Badge("none", "Not recomputable", 1),
        Verdict.CONSISTENT: Badge("seen", "Consistent", 2),
        Verdict.REPRODUCED: Badge("good", "Reproduced", 3),
    }
)

KIND_WORDS: Mapping[str, str] = MappingProxyType(
    {
        Kind.EXACT: "recomputed from printed counts",
        Kind.RECONSTRUCTED: "rebuilt from printed n and events",
        Kind.DISTRIBUTION: "needs the patients' own values",
        Kind.DESCRIPTIVE: "counted, not tested",
    }
)

_CHAPTERS = (
    ("Patients and treatment", ("co",)),
    ("Characteristics of the patients (Table 1)", ("t1",)),
    ("Response", ("rr",)),
    ("Lymphocyte subsets and immunoglobulins (Figure 1)", ("f1", "d14", "d21", "ig")),
    ("Changes by group (Figure 2)", ("f2",)),
    ("Cytokines at the onset of CRS (Figure 3)", ("f3",)),
    ("Survival (Figure 4)", ("km",)),
    ("Risk factors of treatment failure (Table 2)", ("t2", "s3", "cox", "cox2")),
    ("Bridging", ("br",)),
    ("Adverse events (Table 3)", ("t3",)),
    ("ICANS (Table 4)", ("t4", "s5")),
    ("Other studies that the paper quotes", ("ext",)),
)
_OTHER_CHAPTER = "Other claims"
_NO_VERDICT = "No verdict"
P_ALONE = Badge("none", "Consistent while its claim is not", 1)
"""A P that prints as published, of a claim that cannot be recomputed all the same."""


@dataclass(frozen=True)
class TallyPart:
    """Claims of one kind with one verdict."""

    badge: Badge
    n_claims: int


@dataclass(frozen=True)
class TallyLine:
    """Claims of one kind.

    Attributes
    ----------
    kind, words : str
        Its name, and what can be asked of it.
    n_claims : int
        How many there are.
    parts : tuple of TallyPart
        By verdict, reproduced first; every verdict, also where it has none.
    """

    kind: str
    words: str
    n_claims: int
    parts: tuple[TallyPart, ...]


@dataclass(frozen=True)
class ClaimLine:
    """One claim, ready to print.

    Attributes
    ----------
    id, section, kind, quantity, published, ours, reason, test, method : str
        As `reproduction.csv` has them, with units for people.
    badge : Badge
        What became of it.
    published_p, our_p : str
        The printed P, and ours to the digits of the printed one and one more; a dash
        where there is none.
    p_badge : Badge or None
        What became of the printed P.
    share_of_seeds : str
        Seeds with the published direction and significance: `92 % of 40`; empty where
        none was run.
    p_key : float
        Our P, to sort by; NaN where there is none.
    """

    id: str
    section: str
    kind: str
    quantity: str
    published: str
    ours: str
    reason: str
    test: str
    method: str
    badge: Badge
    published_p: str
    our_p: str
    p_badge: Badge | None
    share_of_seeds: str
    p_key: float


@dataclass(frozen=True)
class Chapter:
    """Claims of one part of the paper."""

    title: str
    lines: tuple[ClaimLine, ...]


def claim_badge(verdict: str) -> Badge:
    """Give the badge of a verdict on a claim.

    Parameters
    ----------
    verdict : str
        As `reproduction.csv` has it.

    Returns
    -------
    Badge
        An unknown word stays as it is, and an empty one says so.
    """
    found = VERDICT_BADGES.get(verdict)
    return found or Badge("none", verdict or _NO_VERDICT, 1)


def chapter_of(claim_id: str) -> str:
    """Name the part of the paper that a claim belongs to.

    Parameters
    ----------
    claim_id : str
        Its short name: `t1.gender`.

    Returns
    -------
    str
        Title of the chapter.
    """
    prefix = claim_id.partition(".")[0]
    for title, prefixes in _CHAPTERS:
        if prefix in prefixes:
            return title
    return _OTHER_CHAPTER


def tally(claims: Sequence[Row]) -> tuple[TallyLine, ...]:
    """Count the verdicts.

    Parameters
    ----------
    claims : sequence of Row
        Rows of `reproduction.csv`.

    Returns
    -------
    tuple of TallyLine
        All claims first, then each kind that has any.
    """
    lines = [_tally_line("all", "claims of the study", claims)]
    for kind, words in KIND_WORDS.items():
        own = [row for row in claims if text(row, "kind") == kind]
        if own:
            lines.append(_tally_line(kind, words, own))
    return tuple(lines)


def tally_of_p(claims: Iterable[Row]) -> tuple[TallyPart, ...]:
    """Count what became of the printed P values.

    Parameters
    ----------
    claims : iterable of Row
        Rows of `reproduction.csv`.

    Returns
    -------
    tuple of TallyPart
        By verdict, reproduced first, of claims that print a P; a P that was not judged
        has the badge of no verdict. Verdicts without any are left out. A P that is
        consistent though its claim is not recomputable is counted last, by itself.
    """
    printed = [row for row in claims if text(row, "published_p")]
    alone = [row for row in printed if _is_p_alone(row)]
    found = Counter(text(row, "p_verdict") for row in printed if row not in alone)
    parts = [
        TallyPart(claim_badge(verdict), found[verdict])
        for verdict in _verdicts(found)
        if found[verdict]
    ]
    return (*parts, TallyPart(P_ALONE, len(alone))) if alone else tuple(parts)


def _is_p_alone(row: Row) -> bool:
    return (text(row, "p_verdict"), text(row, "verdict")) == (
        Verdict.CONSISTENT,
        Verdict.NOT_RECOMPUTABLE,
    )


def lay_out_claims(claims: Iterable[Row]) -> tuple[Chapter, ...]:
    """Lay out all claims, by the parts of the paper.

    Parameters
    ----------
    claims : iterable of Row
        Rows of `reproduction.csv`.

    Returns
    -------
    tuple of Chapter
        In the order of the paper; within a chapter in that of the table.
    """
    by_chapter: dict[str, list[ClaimLine]] = {}
    for row in claims:
        title = chapter_of(text(row, "id"))
        by_chapter.setdefault(title, []).append(claim_line(row))
    titles = [*(title for title, _ in _CHAPTERS), _OTHER_CHAPTER]
    return tuple(
        Chapter(title, tuple(by_chapter[title]))
        for title in titles
        if title in by_chapter
    )


def claim_line(row: Row) -> ClaimLine:
    """Make one claim ready to print.

    Parameters
    ----------
    row : Row
        Of `reproduction.csv`.

    Returns
    -------
    ClaimLine
        Text as it is, P rounded for people.
    """
    p_value, p_verdict = number(row, "our_p"), text(row, "p_verdict")
    return ClaimLine(
        id=text(row, "id"),
        section=text(row, "section"),
        kind=text(row, "kind"),
        quantity=text(row, "quantity"),
        published=in_units(text(row, "published")),
        ours=in_units(text(row, "ours")),
        reason=text(row, "reason"),
        test=text(row, "test"),
        method=text(row, "method"),
        badge=claim_badge(text(row, "verdict")),
        published_p=text(row, "published_p").replace("<", "< ") or "–",
        our_p=p_beside(p_value, text(row, "published_p")),
        p_badge=claim_badge(p_verdict) if p_verdict else None,
        share_of_seeds=_share(row),
        p_key=p_value,
    )


def in_units(words: str) -> str:
    """Write units for people.

    Parameters
    ----------
    words : str
        With units as the tables have them.

    Returns
    -------
    str
        `1e9/L` becomes `×10⁹/L`.
    """
    return words.replace("1e9/L", "×10⁹/L").replace("/uL", "/µL")


def p_beside(p_value: float, published: str) -> str:
    """Write our P so that it can be compared with a printed one.

    Parameters
    ----------
    p_value : float
        Our P; NaN gives a dash.
    published : str
        The printed P, with its sign where that is not `=`; may be empty.

    Returns
    -------
    str
        With one digit more than the printed one, four at least, so that rounding can be
        followed; `< 0.0001` below.

    Examples
    --------
    >>> p_beside(0.01634, "0.016"), p_beside(0.00042, "0.0004"), p_beside(1e-7, "0.001")
    ('0.0163', '0.00042', '< 0.0001')
    """
    if isnan(p_value) or p_value < 0.0001:
        return format_p(p_value)
    printed = len(published.partition(".")[2])
    return f"{p_value:.{max(printed + 1, 4)}f}"


def _verdicts(found: Iterable[str]) -> list[str]:
    """List every verdict, the best first, and whatever else was found."""
    return [*tuple(VERDICT_BADGES)[::-1], *sorted(set(found) - set(VERDICT_BADGES))]


def _tally_line(kind: str, words: str, claims: Sequence[Row]) -> TallyLine:
    found = Counter(text(row, "verdict") for row in claims)
    order = _verdicts(found)
    parts = tuple(TallyPart(claim_badge(one), found[one]) for one in order)
    return TallyLine(kind, words, len(claims), parts)


def _share(row: Row) -> str:
    share, n_seeds = number(row, "share_of_seeds"), number(row, "n_seeds")
    if isnan(share) or isnan(n_seeds):
        return ""
    return f"{format_number(100 * share)} % of {n_seeds:,.0f}"
