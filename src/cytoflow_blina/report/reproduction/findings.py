"""Tell the discrepancies of a study, and the arithmetic of its survival rates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

from cytoflow_blina.domain.claim import Verdict
from cytoflow_blina.figures.number_format import format_count
from cytoflow_blina.report.collect import Row, number, text
from cytoflow_blina.report.reproduction.claims import (
    ClaimLine,
    chapter_of,
    claim_line,
    lay_out_claims,
)

_SIGNIFICANT = 0.05
_LONGEST_TITLE = 60
_SURVIVAL = "km."
_PRINTED = "From the other numbers"
_FITTED = "From n and events; P of the fitted cohort"


@dataclass(frozen=True)
class DiscrepancyCard:
    """One discrepancy, told once though several places print it.

    Attributes
    ----------
    title : str
        What the claim speaks of.
    chapter : str
        Part of the paper.
    places : str
        Where it is printed.
    summary : str
        What is at odds, in a sentence.
    source : str
        Where our numbers come from.
    claim : ClaimLine
        The first claim with it.
    consequence : str
        Whether the conclusion at P below 0.05 stands; empty where that is no question.
    changes_conclusion : bool
        Whether it falls.
    """

    title: str
    chapter: str
    places: str
    summary: str
    source: str
    claim: ClaimLine
    consequence: str
    changes_conclusion: bool


@dataclass(frozen=True)
class RateLine:
    """One survival rate, rebuilt.

    Attributes
    ----------
    endpoint, group : str
        Whose rate it is.
    n, n_events : str
        Patients, and those of them with the event in the first year.
    arithmetic : str
        The product that gives the rate: `9/10 × 7/8`.
    ours, published : str
        Rate and standard error in percent: `78.75 ± 13.40`.
    matches : bool
        Whether all printed digits come out.
    """

    endpoint: str
    group: str
    n: str
    n_events: str
    arithmetic: str
    ours: str
    published: str
    matches: bool


def tell_discrepancies(claims: Sequence[Row]) -> tuple[DiscrepancyCard, ...]:
    """Tell every discrepancy once.

    Parameters
    ----------
    claims : sequence of Row
        Rows of `reproduction.csv`.

    Returns
    -------
    tuple of DiscrepancyCard
        Those that change a conclusion first, then other P values, then the rest, each
        in the order of the paper. Claims of the same quantity with the same reason
        share a card.
    """
    order = {
        line.id: place
        for place, line in enumerate(
            line for chapter in lay_out_claims(claims) for line in chapter.lines
        )
    }
    rows = sorted(
        (row for row in claims if text(row, "verdict") == Verdict.DISCREPANCY),
        key=lambda row: order[text(row, "id")],
    )
    together: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        key = (text(row, "quantity"), text(row, "ours"), text(row, "reason"))
        together.setdefault(key, []).append(row)
    cards = [_card(same) for same in together.values()]
    return tuple(sorted(cards, key=_gravity))


def lay_out_rates(rates: Iterable[Row]) -> tuple[RateLine, ...]:
    """Write the arithmetic of every survival rate.

    Parameters
    ----------
    rates : iterable of Row
        Rows of `rebuilt_rates.csv`.

    Returns
    -------
    tuple of RateLine
        In the order of the table.
    """
    return tuple(
        RateLine(
            endpoint=text(row, "endpoint").upper(),
            group=text(row, "group"),
            n=format_count(number(row, "n")),
            n_events=format_count(number(row, "n_events")),
            arithmetic=arithmetic_of(text(row, "risk_sets")),
            ours=_with_error(number(row, "rate"), number(row, "se")),
            published=_printed(row),
            matches=text(row, "matches").lower() in {"1", "true"},
        )
        for row in rates
    )


def survival_claims(claims: Iterable[Row]) -> tuple[ClaimLine, ...]:
    """Choose the claims that print the P of a survival test.

    Parameters
    ----------
    claims : iterable of Row
        Rows of `reproduction.csv`.

    Returns
    -------
    tuple of ClaimLine
        In the order of the table.
    """
    return tuple(
        claim_line(row)
        for row in claims
        if text(row, "id").startswith(_SURVIVAL) and text(row, "published_p")
    )


def arithmetic_of(risk_sets: str) -> str:
    """Write the product of Kaplan and Meier.

    Parameters
    ----------
    risk_sets : str
        Those at risk and their events, in the order of time: `10:1;8:1`.

    Returns
    -------
    str
        One fraction for each: those left of those at risk. Empty where nothing can be
        read.

    Examples
    --------
    >>> arithmetic_of("10:1;8:1")
    '9/10 × 7/8'
    """
    fractions = []
    for one in risk_sets.split(";"):
        at_risk, _, events = one.partition(":")
        if not (at_risk.strip().isdigit() and events.strip().isdigit()):
            return ""
        fractions.append(f"{int(at_risk) - int(events)}/{int(at_risk)}")
    return " × ".join(fractions)


def _card(rows: Sequence[Row]) -> DiscrepancyCard:
    row = rows[0]
    line, is_p = claim_line(row), text(row, "p_verdict") == Verdict.DISCREPANCY
    consequence, changes = _consequence(row) if is_p else ("", False)
    is_fitted = is_p and line.id.startswith(_SURVIVAL)
    title = line.quantity
    if len(title) > _LONGEST_TITLE:
        title = title.partition(":")[0]
    return DiscrepancyCard(
        title=title,
        chapter=chapter_of(line.id),
        places=" and ".join(dict.fromkeys(text(one, "section") for one in rows)),
        summary=_summary(row, is_p=is_p),
        source=_FITTED if is_fitted else _PRINTED,
        claim=line,
        consequence=consequence,
        changes_conclusion=changes,
    )


def _summary(row: Row, *, is_p: bool) -> str:
    if is_p and text(row, "id").startswith(_SURVIVAL):
        return "The printed P is that of other groups than those named beside it."
    if is_p:
        return "The printed P does not follow from the printed counts."
    return "The printed number and others of the paper cannot both be right."


def _consequence(row: Row) -> tuple[str, bool]:
    """Say whether both P values lie on one side of 0.05."""
    published = text(row, "published_p")
    printed = number({"p": published.lstrip("<>")}, "p")
    ours = number(row, "our_p")
    if isnan(printed) or isnan(ours):
        return "", False
    was = published.startswith("<") or printed < _SIGNIFICANT
    if was == (ours < _SIGNIFICANT):
        side = "below" if was else "not below"
        return f"The conclusion stands: both are {side} 0.05.", False
    words = "significant" if was else "not significant"
    other = "is not" if was else "is"
    return f"The conclusion changes: printed as {words} at 0.05, ours {other}.", True


def _gravity(card: DiscrepancyCard) -> int:
    if card.changes_conclusion:
        return 0
    return 1 if card.consequence else 2


def _with_error(rate: float, error: float) -> str:
    return f"{rate:.2f} ± {error:.2f}"


def _printed(row: Row) -> str:
    error = text(row, "published_se")
    return text(row, "published_rate") + (f" ± {error}" if error else "")
