"""Judge claims by the arithmetic of printed numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import inf

from cytoflow_blina.domain.claim import Claim, ClaimVerdict, RateRow, Verdict
from cytoflow_blina.published.arithmetic import evaluate
from cytoflow_blina.published.claim_checks import check_claim
from cytoflow_blina.published.claim_routes import Route
from cytoflow_blina.published.printed_numbers import (
    printed_value,
    prints_as,
    share_words,
)
from cytoflow_blina.published.rates import survival_rates

_EVERYBODY = ("R/R", "not R/R")
_METHOD = "arithmetic of printed numbers"


def judge_arithmetic(
    claim: Claim, _route: Route, claims: Mapping[str, Claim]
) -> ClaimVerdict:
    """Judge a claim by its percentage and by sums of other printed numbers.

    Parameters
    ----------
    claim : Claim
        A count or a percentage.
    claims : mapping of str to Claim
        All claims by id.

    Returns
    -------
    ClaimVerdict
        A discrepancy where anything does not come out; otherwise reproduced, or not
        recomputable where nothing but limits could be compared.

    Raises
    ------
    ValueError
        Where there is nothing to compute: such a claim needs another route.
    """
    findings = check_claim(claim.id, claims)
    share, wrong = _share(claim)
    if not share and not findings.n_checks:
        raise ValueError(f"{claim.id}: no percentage and no check; give it a route")
    contradictions = [*wrong, *findings.contradictions]
    said = [*([f"{share}."] if share and not wrong else []), *findings.holds]
    is_computed = bool(share or findings.n_equalities)
    if not (contradictions or is_computed):
        words = "No printed number contradicts it, and none gives it."
        return ClaimVerdict(Verdict.NOT_RECOMPUTABLE, "", words, method=_METHOD)
    return ClaimVerdict(
        verdict=Verdict.DISCREPANCY if contradictions else Verdict.REPRODUCED,
        ours=share or findings.number,
        reason=" ".join([*contradictions, *said]),
        method=_METHOD,
    )


def judge_unprinted(
    _claim: Claim, route: Route, _claims: Mapping[str, Claim]
) -> ClaimVerdict:
    """Say why a claim cannot be computed from what is printed.

    Parameters
    ----------
    route : Route
        Its reason.

    Returns
    -------
    ClaimVerdict
        Not recomputable.
    """
    return ClaimVerdict(Verdict.NOT_RECOMPUTABLE, "", route.reason)


def judge_combined_median(
    claim: Claim, route: Route, claims: Mapping[str, Claim]
) -> ClaimVerdict:
    """Judge a median by those of the groups that make up the whole.

    Parameters
    ----------
    claim : Claim
        With a median.
    route : Route
        `expression` names the claim with n and median of both groups.
    claims : mapping of str to Claim
        All claims by id.

    Returns
    -------
    ClaimVerdict
        A discrepancy where no values could have these medians together; consistent
        otherwise, since many could.
    """
    groups = claims[route.expression]
    sizes = [int(n.removeprefix("<=")) for n in (groups.n_a, groups.n_b)]
    medians = [float(one) for one in (groups.a_value, groups.b_value)]
    low, high = median_bounds(list(zip(sizes, medians, strict=True)))
    is_possible = low <= printed_value(claim.a_value) <= high
    parts = " and ".join(
        f"{median:g} (n = {n})" for n, median in zip(sizes, medians, strict=True)
    )
    words = "can" if is_possible else "cannot"
    return ClaimVerdict(
        verdict=Verdict.CONSISTENT if is_possible else Verdict.DISCREPANCY,
        ours=f"median from {low:g} to {high:g} {claim.unit}",
        reason=(
            f"{groups.section} divides the same patients into groups with the medians "
            f"{parts}; together they {words} have the median {claim.a_value}."
        ),
        method="bounds of the median of groups with known medians",
    )


def judge_deaths(
    _claim: Claim, route: Route, claims: Mapping[str, Claim]
) -> ClaimVerdict:
    """Judge the deaths that are told by those that the survival rates need.

    Parameters
    ----------
    route : Route
        `expression` gives the deaths that are told.
    claims : mapping of str to Claim
        All claims by id.

    Returns
    -------
    ClaimVerdict
        A discrepancy where the rates need more deaths, consistent otherwise.
    """
    told = int(evaluate(route.expression, claims))
    rows = [
        row
        for row in survival_rates(claims.values())
        if row.endpoint == "OS" and row.group in _EVERYBODY
    ]
    needed = sum(row.n_events for row in rows)
    parts = " and ".join(f"{row.n_events} of {row.n} {row.group}" for row in rows)
    is_enough = needed <= told
    words = "has them" if is_enough else f"tells of {told}"
    return ClaimVerdict(
        verdict=Verdict.CONSISTENT if is_enough else Verdict.DISCREPANCY,
        ours=f"{needed} deaths in the first year",
        reason=(
            f"The printed overall survival at one year needs {needed} deaths ({parts});"
            f" the text {words}."
        ),
        method="events of the printed survival rates",
    )


def judge_other_rate(
    claim: Claim, route: Route, claims: Mapping[str, Claim]
) -> ClaimVerdict:
    """Judge a survival rate by the same rate elsewhere.

    Parameters
    ----------
    claim : Claim
        With a rate.
    route : Route
        `expression` names the other place: `km.os_posneg.a`.
    claims : mapping of str to Claim
        All claims by id.

    Returns
    -------
    ClaimVerdict
        Reproduced where n and events of the other place give it; otherwise a
        discrepancy that tells which n would.
    """
    row = next(
        one
        for one in survival_rates(claims.values())
        if route.expression in one.claim.split(";")
    )
    comes_out = prints_as(row.rate, claim.a_value)
    kept = share_words(row.n - row.n_events, row.n)
    words = f"{kept} without event, printed as {row.published_rate} % elsewhere"
    if not comes_out:
        words += f"; {claim.a_value} % {_other_sizes(row, claim.a_value)}"
    return ClaimVerdict(
        verdict=Verdict.REPRODUCED if comes_out else Verdict.DISCREPANCY,
        ours=kept,
        reason=f"{words}.",
        method="n and events of the same rate elsewhere",
    )


def median_bounds(groups: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """Bound the median of values whose groups have known medians.

    Parameters
    ----------
    groups : sequence of (int, float)
        Size and median of each group; sizes are not 0.

    Returns
    -------
    tuple of two float
        Lowest and highest median of the whole, infinite where nothing bounds it.

    Notes
    -----
    At least half of a group, the odd one included, is at most its median. The whole's
    median is at most m as soon as more than half of all values are.

    Examples
    --------
    >>> median_bounds([(42, 0.0), (9, 1.0)])
    (0.0, 1.0)
    """
    mirrored = [(n, -median) for n, median in groups]
    return -_highest_median(mirrored), _highest_median(groups)


def _highest_median(groups: Sequence[tuple[int, float]]) -> float:
    """Find the least value that more than half of all values cannot exceed."""
    n_needed = sum(n for n, _ in groups) // 2 + 1
    n_below = 0
    for n, median in sorted(groups, key=lambda group: group[1]):
        n_below += (n + 1) // 2
        if n_below >= n_needed:
            return median
    return inf


def _share(claim: Claim) -> tuple[str, list[str]]:
    """Write the percentage of a claim from its counts, and say where it is wrong.

    Empty where the claim prints no percentage.
    """
    if claim.summary == "percentage":
        n, total, printed = claim.n_a, claim.n_b, claim.a_value
    elif claim.summary == "count":
        n, total, printed = claim.a_value, claim.n_b, claim.b_value
    else:
        return "", []
    if not (n and total and printed):
        return "", []
    words = share_words(int(n), int(total))
    is_right = prints_as(Fraction(100 * int(n), int(total)), printed)
    return words, [] if is_right else [f"{words}, where {printed} % is printed."]


def _other_sizes(row: RateRow, printed: str) -> str:
    """Tell which sizes of a group would print another rate with the same events."""
    sizes = [
        n
        for n in range(row.n_events + 1, 2 * row.n)
        if prints_as(Fraction(100 * (n - row.n_events), n), printed)
    ]
    if not sizes:
        return "comes out of no number of patients with as many events"
    words = " or ".join(map(str, sizes))
    events = "event" if row.n_events == 1 else "events"
    return f"would need {words} patients with {row.n_events} {events}"
