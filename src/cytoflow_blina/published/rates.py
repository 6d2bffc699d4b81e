"""Rebuild printed survival rates from n and events, and judge their claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite, nan
from pathlib import Path

from pydantic import Field

from cytoflow_blina.domain.claim import Claim, ClaimVerdict, RateRow, Verdict
from cytoflow_blina.domain.document_schema import Table, read_document
from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.published.printed_numbers import p_prints_as, p_words, prints_as
from cytoflow_blina.published.wording import sides
from cytoflow_blina.stats.survival import RiskSet, rate_from_risk_sets

_SIDES = "abc"
_METHOD = "rates from n and events by Kaplan and Meier, Greenwood's standard error"


class RateEntry(Table):
    """One survival rate of the document."""

    printed: list[str] = Field(min_length=1)
    group: str
    endpoint: str
    n: int
    risk_sets: list[list[int]] = Field(min_length=1)
    source: str


class WholeEntry(Table):
    """A group and the groups that it consists of."""

    group: str
    parts: list[str] = Field(min_length=2)


class RiskSetsDocument(Table):
    """Those at risk and their events for every printed survival rate."""

    rate: list[RateEntry] = Field(min_length=1)
    whole: list[WholeEntry] = Field(default_factory=list)


@dataclass(frozen=True)
class PrintedRate:
    """A rate as one place of the paper prints it; empty where nothing is printed."""

    rate: str
    se: str


def read_risk_sets(path: Path) -> RiskSetsDocument:
    """Read the risk sets of survival rates.

    Parameters
    ----------
    path : Path
        TOML with a table `rate` for each rate, and `whole` for each group that others
        make up.

    Returns
    -------
    RiskSetsDocument
        Its rates and wholes.

    Raises
    ------
    ConfigError
        With every fault: a wrong form; risk sets that do not begin with `n`, or do not
        follow one another; a whole whose patients or events are not those of its parts.
    """
    document = read_document(path, RiskSetsDocument, ConfigError).content
    problems = [
        *_set_problems(document, path.name),
        *_whole_problems(document, path.name),
    ]
    if problems:
        raise ConfigError(*problems)
    return document


def survival_rates(claims: Iterable[Claim] | None = None) -> tuple[RateRow, ...]:
    """Rebuild every printed survival rate.

    Parameters
    ----------
    claims : iterable of Claim, optional
        Where the rates are printed; the shipped ones by default.

    Returns
    -------
    tuple of RateRow
        In the order of the document. A rate that several places print matches where
        it comes out at each of them.
    """
    every = published_claims() if claims is None else claims
    by_id = {one.id: one for one in every}
    return tuple(_rate_row(entry, by_id) for entry in _shipped().rate)


def survival_verdict(
    claim: Claim,
    p_of_cohort: Mapping[str, float],
    claims: Mapping[str, Claim],
) -> ClaimVerdict:
    """Judge a claim about survival.

    Parameters
    ----------
    claim : Claim
        With rates, standard errors and a log-rank P.
    p_of_cohort : mapping of str to float
        Log-rank P by claim, from a synthetic cohort with these rates; a claim that is
        not in it, or NaN, has none.
    claims : mapping of str to Claim
        All claims by id.

    Returns
    -------
    ClaimVerdict
        A discrepancy where a rate does not come out, or where the cohort's P differs
        and the printed one is that of more groups. Consistent where the cohort's P
        prints as published, or no event at all leaves the test undefined. Not
        recomputable otherwise. Never reproduced: the paper prints no times.
    """
    rows = _rates_of(claim, claims)
    is_defined = any(row.n_events for row in rows)
    p_value = p_of_cohort.get(claim.id, nan) if is_defined else nan
    verdict, reason = _judge(claim, rows, p_of_cohort, claims)
    rates = " v ".join(
        f"{row.rate:.2f} ± {row.se:.2f} % ({row.group}, {row.n - row.n_events} of "
        f"{row.n} without event)"
        for row in rows
    )
    p_text = f"; P {p_words(p_value)}" if isfinite(p_value) or not is_defined else ""
    return ClaimVerdict(
        verdict=verdict,
        ours=rates + p_text,
        reason=reason,
        test="log-rank",
        our_p=p_value,
        p_verdict=verdict,
        method=_METHOD + ("; P from a synthetic cohort" if isfinite(p_value) else ""),
    )


def _judge(
    claim: Claim,
    rows: Sequence[RateRow],
    p_of_cohort: Mapping[str, float],
    claims: Mapping[str, Claim],
) -> tuple[Verdict, str]:
    """Decide over a claim about survival, and say why."""
    wrong = [row.group for row in rows if not row.matches]
    if wrong:
        words = f"n and events do not give the printed rate of {', '.join(wrong)}."
        return Verdict.DISCREPANCY, words
    out = "These n and events give every printed rate and standard error."
    if not any(row.n_events for row in rows):
        words = (
            "Without any event the log-rank test is not defined; programs print P = 1."
        )
        return Verdict.CONSISTENT, f"{out} {words}"
    p_value = p_of_cohort.get(claim.id, nan)
    if not isfinite(p_value):
        return Verdict.NOT_RECOMPUTABLE, f"{out} P needs each patient's time."
    if p_prints_as(p_value, claim.published_p, claim.p_op):
        words = (
            f"P {p_words(p_value)} is that of a synthetic cohort fitted to these rates "
            "and P values: it shows that they can stand together, and is no evidence."
        )
        return Verdict.CONSISTENT, f"{out} {words}"
    words = f"A synthetic cohort fitted to these rates has P {p_words(p_value)}"
    whole = _with_more_groups(claim, rows, claims)
    if whole is None:
        return Verdict.NOT_RECOMPUTABLE, f"{out} {words}; the paper prints no times."
    words += (
        f" for them. The paper prints the same P, {claim.published_p}, for these and "
        f"further groups ({whole.quantity})"
    )
    p_of_whole = p_of_cohort.get(whole.id, nan)
    if isfinite(p_of_whole):
        words += f", for which the cohort has {p_words(p_of_whole)}"
    return Verdict.DISCREPANCY, f"{out} {words}."


def _with_more_groups(
    claim: Claim, rows: Sequence[RateRow], claims: Mapping[str, Claim]
) -> Claim | None:
    """Find a claim with these rates and more that prints the same P."""
    for other in claims.values():
        has_same_p = (other.published_p, other.p_op) == (claim.published_p, claim.p_op)
        has_all = all(_prints(row, other.id) for row in rows)
        if other.id != claim.id and has_same_p and has_all:
            return other
    return None


def _rates_of(claim: Claim, claims: Mapping[str, Claim]) -> list[RateRow]:
    """Find the rates of a claim, in the order in which it prints them."""
    by_place = {
        place: row
        for row in survival_rates(claims.values())
        for place in row.claim.split(";")
    }
    places = sorted(one for one in by_place if one.rpartition(".")[0] == claim.id)
    return [by_place[place] for place in places]


def _prints(row: RateRow, claim_id: str) -> bool:
    """Whether a claim prints a rate."""
    return any(place.rpartition(".")[0] == claim_id for place in row.claim.split(";"))


@cache
def _shipped() -> RiskSetsDocument:
    """Read the risk sets that ship with the program."""
    return read_risk_sets(Path(__file__).with_name("risk_sets.toml"))


def _rate_row(entry: RateEntry, claims: Mapping[str, Claim]) -> RateRow:
    """Rebuild one rate, and compare it with every place that prints it."""
    found = rate_from_risk_sets([RiskSet(*one) for one in entry.risk_sets])
    rate, se = 100 * found.rate, 100 * found.se
    printed = [_printed(place, claims) for place in entry.printed]
    matches = all(
        prints_as(rate, one.rate) and (not one.se or prints_as(se, one.se))
        for one in printed
    )
    return RateRow(
        claim=";".join(entry.printed),
        group=entry.group,
        endpoint=entry.endpoint,
        n=found.n,
        n_events=found.n_events,
        risk_sets=";".join(":".join(map(str, one)) for one in entry.risk_sets),
        published_rate=printed[0].rate,
        published_se=printed[0].se,
        rate=rate,
        se=se,
        matches=matches,
    )


def _printed(place: str, claims: Mapping[str, Claim]) -> PrintedRate:
    """Look up the rate that a place prints: side a, b or c of a claim."""
    claim_id, _, side = place.rpartition(".")
    claim = claims[claim_id]
    rates = (*sides(claim.a_value), *sides(claim.b_value))
    errors = [
        error
        for value, error in (
            (claim.a_value, claim.se_a),
            (claim.b_value, claim.se_b),
        )
        for error in (sides(error) if error else [""] * len(sides(value)))
    ]
    number = _SIDES.index(side)
    return PrintedRate(rates[number], errors[number])


def _set_problems(document: RiskSetsDocument, name: str) -> list[Problem]:
    """Find risk sets that cannot be."""
    problems = []
    for number, entry in enumerate(document.rate):
        where = f"{name}: rate[{number}], {entry.endpoint} of {entry.group}"
        if any(len(one) != 2 for one in entry.risk_sets):
            message = "a risk set is [at risk, events]; write two whole numbers."
            problems.append(Problem(where, message))
            continue
        if entry.risk_sets[0][0] != entry.n:
            message = f"the first risk set has {entry.risk_sets[0][0]}, n is {entry.n}."
            problems.append(Problem(where, message))
        try:
            rate_from_risk_sets([RiskSet(*one) for one in entry.risk_sets])
        except ValueError as error:
            problems.append(Problem(where, f"{error}."))
    return problems


def _whole_problems(document: RiskSetsDocument, name: str) -> list[Problem]:
    """Find wholes that are not the sum of their parts."""
    numbers = {
        (one.group, one.endpoint): (one.n, sum(pair[-1] for pair in one.risk_sets))
        for one in document.rate
    }
    problems = []
    for whole in document.whole:
        where = f"{name}: whole {whole.group!r}"
        for endpoint in sorted({one.endpoint for one in document.rate}):
            keys = [(part, endpoint) for part in (whole.group, *whole.parts)]
            unknown = [group for group, _ in keys if (group, endpoint) not in numbers]
            if unknown:
                message = f"no {endpoint} is given for {', '.join(unknown)}."
                problems.append(Problem(where, message))
                continue
            (n, events), *parts = (numbers[key] for key in keys)
            if (n, events) != tuple(sum(one) for one in zip(*parts, strict=True)):
                message = (
                    f"{endpoint} has {events} events of {n}; its parts have "
                    f"{' + '.join(f'{e} of {m}' for m, e in parts)}."
                )
                problems.append(Problem(where, message))
    return problems
