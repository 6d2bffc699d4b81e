"""All claims for which print is enough."""

from collections import Counter
from dataclasses import replace

import pytest

from cytoflow_blina.domain.claim import ClaimResult, Kind
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.published.verdict import judge_printed, judge_survival

DISCREPANCIES = {
    # a P value that the printed counts do not give
    "t2.poor_cyto_abs",
    "t3.crs_severe",
    "t3.icans_severe",
    "t3.neutropenia_severe",
    # numbers that contradict one another
    "co.blast51",
    "t1.blasts",
    "co.mrd51",
    "t1.mrd",
    "rr.failrate_disc",
    "t3.icans_age",
    "km.events",
    "km.disc977",
}


@pytest.fixture(scope="module")
def results() -> dict[str, ClaimResult]:
    """Every judged claim by id."""
    return {one.id: one for one in judge_printed()}


def test_every_contradiction_of_the_paper_is_found_and_no_other(
    results: dict[str, ClaimResult],
) -> None:
    found = {one.id for one in results.values() if one.verdict == "discrepancy"}

    assert found == DISCREPANCIES


def test_verdicts_by_kind(results: dict[str, ClaimResult]) -> None:
    counts = Counter((one.kind, one.verdict) for one in results.values())

    assert counts == {
        ("exact", "reproduced"): 44,
        ("exact", "discrepancy"): 4,
        ("descriptive", "reproduced"): 24,
        ("descriptive", "discrepancy"): 5,
        ("descriptive", "not_recomputable"): 15,
        ("reconstructed", "consistent"): 3,
        ("reconstructed", "discrepancy"): 2,
        ("reconstructed", "not_recomputable"): 11,
        ("distribution", "discrepancy"): 1,
        ("distribution", "not_recomputable"): 1,
    }


def test_only_claims_that_need_patients_are_left_out(
    results: dict[str, ClaimResult],
) -> None:
    left = [one for one in published_claims() if one.id not in results]

    assert Counter(one.kind for one in left) == {
        Kind.DISTRIBUTION: 63,
        Kind.DESCRIPTIVE: 1,
    }


def test_every_row_says_what_is_published_and_why(
    results: dict[str, ClaimResult],
) -> None:
    for one in results.values():
        assert one.published
        assert one.reason.endswith(".")
        assert one.ours or one.verdict == "not_recomputable"
        assert bool(one.p_verdict) <= bool(one.published_p)


def test_a_number_told_beside_a_p_does_not_change_its_verdict(
    results: dict[str, ClaimResult],
) -> None:
    found = results["t2.poor_cyto"]

    assert (found.verdict, found.p_verdict) == ("reproduced", "reproduced")
    assert "Table 2 has 15 patients with poor cytogenetics" in found.reason
    assert "only 13" in found.reason


def test_ages_above_those_of_the_cohort_are_a_discrepancy(
    results: dict[str, ClaimResult],
) -> None:
    assert results["t3.icans_age"].ours == "212, not at most 210"


def test_a_paper_printed_otherwise_gets_another_verdict() -> None:
    claims = [
        replace(one, published_p="0.165") if one.id == "t3.crs_severe" else one
        for one in published_claims()
    ]

    found = {one.id: one.verdict for one in judge_printed(claims)}

    assert found["t3.crs_severe"] == "reproduced"


def test_survival_is_judged_with_the_p_of_a_cohort() -> None:
    claim = next(one for one in published_claims() if one.id == "km.efs_60")

    found = judge_survival(claim, {"km.efs_60": 4e-13})

    assert (found.verdict, found.p_verdict) == ("consistent", "consistent")
    assert found.published_p == "<0.0001"
    assert found.our_p == 4e-13


def test_what_a_reader_must_know_of_survival_is_told_with_and_without_a_cohort(
    results: dict[str, ClaimResult],
) -> None:
    claim = next(one for one in published_claims() if one.id == "km.os_60")
    words = "needs one of the 10 to be censored between the two deaths."

    assert words in results["km.os_60"].reason
    assert words in judge_survival(claim, {"km.os_60": 0.0013}).reason
