"""Judge the claims of the published study by what it prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from cytoflow_blina.domain.claim import (
    Claim,
    ClaimResult,
    ClaimVerdict,
    Verdict,
)
from cytoflow_blina.published.claim_checks import check_claim
from cytoflow_blina.published.claim_routes import (
    PRINTED_ROUTES,
    Route,
    RouteKind,
    claim_routes,
)
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.published.descriptive import (
    judge_arithmetic,
    judge_combined_median,
    judge_deaths,
    judge_other_rate,
    judge_unprinted,
)
from cytoflow_blina.published.exact import judge_cases, judge_split, judge_table
from cytoflow_blina.published.rates import survival_verdict
from cytoflow_blina.published.wording import published_p, published_text

_METHOD = "comparison of printed numbers"

Judge = Callable[[Claim, Route, Mapping[str, Claim]], ClaimVerdict]


def judge_printed(claims: Iterable[Claim] | None = None) -> tuple[ClaimResult, ...]:
    """Judge every claim for which print is enough.

    Parameters
    ----------
    claims : iterable of Claim, optional
        All claims; the shipped ones by default.

    Returns
    -------
    tuple of ClaimResult
        In the order of the claims: those that are exact, descriptive or rebuilt, with
        survival as far as its rates (`judge_survival` adds P), and any other claim
        that the paper's own numbers contradict. Claims that need patients are left
        out.
    """
    by_id = _by_id(claims)
    routes = claim_routes()
    results = []
    for claim in by_id.values():
        route = routes[claim.id]
        if route.route in PRINTED_ROUTES:
            verdict = _JUDGES[route.route](claim, route, by_id)
            results.append(claim_result(claim, _with_checks(verdict, route, by_id)))
        elif check_claim(claim.id, by_id).contradictions:
            number = check_claim(claim.id, by_id).number
            bare = ClaimVerdict(Verdict.DISCREPANCY, number, "", method=_METHOD)
            results.append(claim_result(claim, _with_checks(bare, route, by_id)))
    return tuple(results)


def judge_survival(
    claim: Claim,
    p_of_cohort: Mapping[str, float],
    claims: Iterable[Claim] | None = None,
) -> ClaimResult:
    """Judge a claim about survival with the P of a synthetic cohort.

    Parameters
    ----------
    claim : Claim
        Its route is `survival`.
    p_of_cohort : mapping of str to float
        Log-rank P by claim; of all survival claims, since a P that is printed with two
        groups may be that of three.
    claims : iterable of Claim, optional
        All claims; the shipped ones by default.

    Returns
    -------
    ClaimResult
        Consistent, not recomputable or a discrepancy, never reproduced.
    """
    by_id = _by_id(claims)
    verdict = survival_verdict(claim, p_of_cohort, by_id)
    return claim_result(claim, _with_checks(verdict, claim_routes()[claim.id], by_id))


def claim_result(claim: Claim, verdict: ClaimVerdict) -> ClaimResult:
    """Write the row of `reproduction.csv` of one claim.

    Parameters
    ----------
    claim : Claim
        What the paper prints.
    verdict : ClaimVerdict
        What was found of it.

    Returns
    -------
    ClaimResult
        The row.
    """
    return ClaimResult(
        id=claim.id,
        section=claim.section,
        kind=claim.kind.value,
        quantity=claim.quantity,
        published=published_text(claim),
        ours=verdict.ours,
        test=verdict.test,
        verdict=verdict.verdict.value,
        reason=verdict.reason,
        published_p=published_p(claim),
        our_p=verdict.our_p,
        p_verdict=verdict.p_verdict.value if verdict.p_verdict else "",
        method=verdict.method,
    )


def _by_id(claims: Iterable[Claim] | None) -> dict[str, Claim]:
    """Take the given claims, or the shipped ones, by id."""
    every = published_claims() if claims is None else claims
    return {one.id: one for one in every}


def _with_checks(
    verdict: ClaimVerdict, route: Route, claims: Mapping[str, Claim]
) -> ClaimVerdict:
    """Add to a verdict what its checks found, and what a reader must know."""
    findings = check_claim(route.id, claims)
    sentences = [verdict.reason]
    if route.route is not RouteKind.ARITHMETIC:
        sentences += [*findings.contradictions, *findings.holds]
        if findings.contradictions:
            verdict = replace(verdict, verdict=Verdict.DISCREPANCY)
    sentences += findings.told
    if route.route is not RouteKind.UNPRINTED:
        sentences.append(route.reason)
    return replace(verdict, reason=" ".join(one for one in sentences if one))


def _judge_rates(
    claim: Claim, _route: Route, claims: Mapping[str, Claim]
) -> ClaimVerdict:
    """Judge a claim about survival without patients."""
    return survival_verdict(claim, {}, claims)


_JUDGES: Mapping[RouteKind, Judge] = MappingProxyType(
    {
        RouteKind.TABLE: judge_table,
        RouteKind.CASES: judge_cases,
        RouteKind.ARITHMETIC: judge_arithmetic,
        RouteKind.SPLIT: judge_split,
        RouteKind.SURVIVAL: _judge_rates,
        RouteKind.DEATHS: judge_deaths,
        RouteKind.OTHER_RATE: judge_other_rate,
        RouteKind.COMBINED_MEDIAN: judge_combined_median,
        RouteKind.UNPRINTED: judge_unprinted,
    }
)
