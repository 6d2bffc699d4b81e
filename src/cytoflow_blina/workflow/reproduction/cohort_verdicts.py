"""Judge the claims that need patients by what the synthetic cohort shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from statistics import median

from cytoflow_blina.domain.claim import Claim, ClaimResult, ClaimVerdict, Verdict
from cytoflow_blina.figures.number_format import format_number
from cytoflow_blina.published.claim_checks import check_claim
from cytoflow_blina.published.claim_routes import Route, RouteKind
from cytoflow_blina.published.printed_numbers import (
    p_prints_as,
    p_words,
    prints_as,
)
from cytoflow_blina.published.verdict import claim_result
from cytoflow_blina.workflow.reproduction.held import SeedRow
from cytoflow_blina.workflow.reproduction.sources import FCS, TRUTH

_TESTS = {
    "paired": "Wilcoxon",
    "change": "Mann-Whitney",
    "groups": "Mann-Whitney",
    "model": "Firth logistic regression",
}

CONSISTENT_SHARE = 0.5
"""Share of cytometers that must show a claim before it is called consistent."""

_METHOD = (
    "synthetic cohort, calibrated to published figures; no evidence about patients"
)


@dataclass(frozen=True)
class _Seen:
    """What the cohort shows of one claim, before and after the cytometer."""

    truth: SeedRow
    seeds: tuple[SeedRow, ...]

    @property
    def is_measured(self) -> bool:
        """Whether the answer passes through a cytometer at all."""
        return any(row.p_value != self.truth.p_value for row in self.seeds)

    @property
    def share(self) -> float:
        """Share of cytometers that show the claim; NaN without one."""
        return _share([row.holds for row in self.seeds]) if self.is_measured else nan


def judge_cohort(
    claims: Iterable[Claim],
    routes: Mapping[str, Route],
    rows: Iterable[SeedRow],
    ages: Sequence[float],
) -> dict[str, ClaimResult]:
    """Judge every claim whose route is a comparison of the cohort.

    Parameters
    ----------
    claims : iterable of Claim
        All claims.
    routes : mapping of str to Route
        By claim.
    rows : iterable of SeedRow
        What the cohort shows, before the cytometer and after; of a seed that was run
        in full and drawn, the full run counts.
    ages : sequence of float
        Ages of the cohort in months.

    Returns
    -------
    dict of str to ClaimResult
        By claim. Consistent at most: where the cohort shows the published direction and
        significance with the printed medians, and so do at least half of the
        cytometers. A claim that the paper's own numbers contradict is left to those.
    """
    by_claim: dict[str, list[SeedRow]] = {}
    for row in rows:
        by_claim.setdefault(row.claim, []).append(row)
    every = {one.id: one for one in claims}
    judged = {}
    for claim in every.values():
        route = routes[claim.id].route
        if route is RouteKind.COHORT:
            judged[claim.id] = claim_result(claim, _describe(claim, ages))
        elif route in {RouteKind.COMPARISON, RouteKind.BESIDE}:
            judged[claim.id] = _judge(
                claim, routes[claim.id], by_claim.get(claim.id, []), every
            )
    return judged


def _judge(
    claim: Claim, route: Route, rows: Sequence[SeedRow], claims: Mapping[str, Claim]
) -> ClaimResult:
    seen = _seen(rows)
    if seen is None:
        reason = " ".join((route.reason, "The synthetic cohort does not hold it."))
        verdict = ClaimVerdict(Verdict.NOT_RECOMPUTABLE, "", reason.strip())
        return claim_result(claim, verdict)
    is_beside = route.route is RouteKind.BESIDE
    sentences = [
        route.reason,
        _truth_words(claim, route, seen.truth),
        _seed_words(seen, is_beside=is_beside),
        *check_claim(claim.id, claims).told,
    ]
    verdict = ClaimVerdict(
        verdict=Verdict.NOT_RECOMPUTABLE if is_beside else _verdict(seen),
        ours=_ours(claim, seen.truth),
        reason=" ".join(one for one in sentences if one),
        test=_TESTS[route.quantity],
        our_p=seen.truth.p_value,
        p_verdict=_p_verdict(claim, seen.truth),
        method=_METHOD,
    )
    if not seen.is_measured:
        return claim_result(claim, verdict)
    p_values = [row.p_value for row in seen.seeds if not isnan(row.p_value)]
    return replace(
        claim_result(claim, verdict),
        share_of_seeds=nan if is_beside else seen.share,
        n_seeds=len(seen.seeds),
        median_p_of_seeds=median(p_values) if p_values else nan,
    )


def _seen(rows: Sequence[SeedRow]) -> _Seen | None:
    truths = [row for row in rows if row.source == TRUTH]
    if not truths:
        return None
    by_seed: dict[int | None, SeedRow] = {}
    for row in rows:
        if row.source != TRUTH and (row.source == FCS or row.seed not in by_seed):
            by_seed[row.seed] = row
    return _Seen(truths[0], tuple(by_seed.values()))


def _verdict(seen: _Seen) -> Verdict:
    is_steady = not seen.is_measured or seen.share >= CONSISTENT_SHARE
    # A median that the cohort cannot have is not consistent with it.
    is_seen = seen.truth.holds and seen.truth.medians_hold is not False and is_steady
    return Verdict.CONSISTENT if is_seen else Verdict.NOT_RECOMPUTABLE


def _p_verdict(claim: Claim, truth: SeedRow) -> Verdict | None:
    if not claim.published_p:
        return None
    prints = p_prints_as(truth.p_value, claim.published_p, claim.p_op)
    return Verdict.CONSISTENT if prints else Verdict.NOT_RECOMPUTABLE


def _truth_words(claim: Claim, route: Route, truth: SeedRow) -> str:
    """Tell what the cohort shows before any cytometer."""
    is_paired = route.quantity == "paired"
    sizes = f"{truth.n_a} pairs" if is_paired else f"{truth.n_a} v {truth.n_b}"
    found = f"the synthetic cohort ({sizes}) gives P {p_words(truth.p_value)}"
    if route.route is RouteKind.BESIDE:
        return f"Beside it, {found}."
    if truth.holds and truth.medians_hold is False:
        return f"{found[0].upper()}{found[1:]}, but not the printed medians."
    if truth.holds:
        same = "direction and significance" if claim.direction != "same" else "answer"
        return f"{found[0].upper()}{found[1:]}, with the published {same}."
    return f"{found[0].upper()}{found[1:]}, which is not what the paper says."


def _seed_words(seen: _Seen, *, is_beside: bool) -> str:
    """Tell what is left of it behind the cytometer."""
    if not seen.is_measured or is_beside:
        return ""
    n, n_fcs = len(seen.seeds), sum(row.source == FCS for row in seen.seeds)
    n_held = sum(row.holds for row in seen.seeds)
    words = (
        f"Through the cytometer it came out in {n_held} of {n} seeds ({n_fcs} of them "
        "gated from FCS files, the others drawn)"
    )
    for name, what in (("medians_hold", "medians"), ("extremes_hold", "ranges")):
        held = [getattr(row, name) for row in seen.seeds]
        if any(one is not None for one in held):
            words += f"; the printed {what} came out in {sum(map(bool, held))}"
    return f"{words}."


def _ours(claim: Claim, row: SeedRow) -> str:
    a, b = (
        _side(*(getattr(row, f"{part}_{side}") for part in ("median", "min", "max")))
        for side in "ab"
    )
    values = f"{a} v {b} {claim.unit}".strip() if a and b else ""
    p_text = f"P {p_words(row.p_value)}"
    return f"{values}; {p_text}" if values else p_text


def _side(middle: float, low: float, high: float) -> str:
    if isnan(middle):
        return ""
    return f"{format_number(middle)} ({format_number(low)} to {format_number(high)})"


def _share(held: Sequence[bool]) -> float:
    return sum(held) / len(held) if held else nan


def _describe(claim: Claim, ages: Sequence[float]) -> ClaimVerdict:
    """Compare the ages of the cohort with the printed ones."""
    found = (median(ages), min(ages), max(ages)) if ages else (nan, nan, nan)
    printed = (claim.a_value, claim.a_min, claim.a_max)
    is_same = all(
        prints_as(ours, text) for ours, text in zip(found, printed, strict=True)
    )
    return ClaimVerdict(
        verdict=Verdict.CONSISTENT if is_same else Verdict.NOT_RECOMPUTABLE,
        ours=f"{_side(*found)} {claim.unit} (n = {len(ages)})",
        reason="The ages themselves are not printed; the synthetic cohort has these.",
        method=_METHOD,
    )
