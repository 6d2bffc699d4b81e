"""Verdicts of claims that need patients."""

from dataclasses import replace
from math import isnan, nan

from cytoflow_blina.domain.claim import ClaimResult
from cytoflow_blina.published.claim_routes import claim_routes
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.workflow.reproduction.cohort_verdicts import judge_cohort
from cytoflow_blina.workflow.reproduction.held import SeedRow

TRUTH = SeedRow(
    claim="f1.cd3_abs",
    source="truth",
    seed=None,
    contrast="end of infusion vs baseline",
    outcome="CD3",
    n_a=47,
    n_b=47,
    n_excluded=0,
    median_a=0.96,
    min_a=0.03,
    max_a=3.79,
    median_b=1.13,
    min_b=0.26,
    max_b=7.74,
    effect=0.2,
    p_value=0.0161,
    direction_holds=True,
    significance_holds=True,
    holds=True,
    medians_hold=True,
    extremes_hold=True,
)


def drawn(seed: int, *, holds: bool = True, p_value: float = 0.02) -> SeedRow:
    return replace(TRUTH, source="drawn", seed=seed, holds=holds, p_value=p_value)


def verdict(*rows: SeedRow, claim: str = "f1.cd3_abs") -> ClaimResult:
    judged = judge_cohort(published_claims(), claim_routes(), rows, [60.0, 72.0])
    return judged[claim]


def test_a_claim_that_the_cohort_and_most_cytometers_show_is_consistent() -> None:
    found = verdict(TRUTH, drawn(1), drawn(2), drawn(3, holds=False))

    assert found.verdict == "consistent"
    assert found.share_of_seeds == 2 / 3
    assert (found.n_seeds, found.median_p_of_seeds) == (3, 0.02)
    assert found.our_p == 0.0161
    assert found.p_verdict == "consistent"
    assert "(47 pairs) gives P 0.0161" in found.reason
    assert "came out in 2 of 3 seeds (0 of them gated from FCS files" in found.reason


def test_a_claim_that_most_cytometers_lose_is_not() -> None:
    found = verdict(TRUTH, drawn(1), drawn(2, holds=False), drawn(3, holds=False))

    assert found.verdict == "not_recomputable"


def test_a_claim_that_the_cohort_itself_does_not_show_is_not() -> None:
    found = verdict(replace(TRUTH, holds=False, p_value=0.2), drawn(1))

    assert found.verdict == "not_recomputable"
    assert found.p_verdict == "not_recomputable"
    assert "which is not what the paper says" in found.reason


def test_a_claim_whose_medians_the_cohort_cannot_have_is_not() -> None:
    found = verdict(replace(TRUTH, medians_hold=False), drawn(1))

    assert found.verdict == "not_recomputable"
    assert "but not the printed medians" in found.reason


def test_no_claim_is_ever_reproduced_by_a_cohort() -> None:
    judged = judge_cohort(published_claims(), claim_routes(), [TRUTH, drawn(1)], [])

    assert "reproduced" not in {one.verdict for one in judged.values()}


def test_a_seed_that_was_gated_counts_once() -> None:
    found = verdict(TRUTH, drawn(1), replace(drawn(1, holds=False), source="fcs"))

    assert (found.n_seeds, found.share_of_seeds) == (1, 0.0)


def test_what_no_cytometer_touches_has_no_share() -> None:
    table = replace(TRUTH, claim="ig.g", outcome="IgG")

    found = verdict(table, replace(table, source="drawn", seed=1), claim="ig.g")

    assert found.verdict == "consistent"
    assert isnan(found.share_of_seeds)
    assert found.n_seeds is None


def test_what_the_paper_does_not_print_stays_not_recomputable() -> None:
    row = replace(TRUTH, claim="f1.nk_pct", outcome="NK_PERCENT", p_value=0.7)

    found = verdict(row, replace(row, source="drawn", seed=1), claim="f1.nk_pct")

    assert found.verdict == "not_recomputable"
    assert "Beside it, the synthetic cohort (47 pairs) gives P 0.7" in found.reason


def test_a_claim_without_an_analysis_says_so() -> None:
    found = verdict(TRUTH, claim="f2.platelets")

    assert found.verdict == "not_recomputable"
    assert "The synthetic cohort does not hold it." in found.reason


def test_a_test_that_is_not_defined_in_any_seed_has_no_median_p() -> None:
    found = verdict(TRUTH, drawn(1, holds=False, p_value=nan))

    assert isnan(found.median_p_of_seeds)
