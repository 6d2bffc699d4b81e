"""Claims by the arithmetic of printed numbers."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.claim import Claim, ClaimVerdict, Verdict
from cytoflow_blina.published.claim_routes import claim_routes
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.published.descriptive import (
    judge_arithmetic,
    judge_combined_median,
    judge_deaths,
    judge_other_rate,
    judge_unprinted,
    median_bounds,
)

CLAIMS: Mapping[str, Claim] = {one.id: one for one in published_claims()}


def with_claim(claim_id: str, **changes: Any) -> dict[str, Claim]:
    """All claims, one of them printed otherwise."""
    return {**CLAIMS, claim_id: replace(CLAIMS[claim_id], **changes)}


def judged(claim_id: str, claims: Mapping[str, Claim] = CLAIMS) -> ClaimVerdict:
    return judge_arithmetic(claims[claim_id], claim_routes()[claim_id], claims)


def test_a_sum_of_printed_numbers_comes_out() -> None:
    found = judged("co.rr")

    assert found.verdict is Verdict.REPRODUCED
    assert found.ours == "30"
    assert "Relapses and induction failures add up to 30." in found.reason


def test_a_percentage_comes_out_of_its_counts() -> None:
    found = judged("co.male")

    assert found.verdict is Verdict.REPRODUCED
    assert found.ours == "64/105 = 60.95 %"


def test_a_wrong_sum_is_a_discrepancy() -> None:
    found = judged("co.rr", with_claim("co.relapse", a_value="24"))

    assert found.verdict is Verdict.DISCREPANCY
    assert found.ours == "31, not 30"
    assert found.reason.startswith(
        "Relapses and induction failures add up to 31, not to 30."
    )


def test_a_wrong_percentage_is_a_discrepancy() -> None:
    found = judged("co.male", with_claim("co.male", b_value="62"))

    assert found.verdict is Verdict.DISCREPANCY
    assert "64/105 = 60.95 %, where 62 % is printed." in found.reason


def test_totals_are_the_sums_of_their_groups() -> None:
    totals = [one for one in CLAIMS if one.startswith("t3.tot.")]

    assert len(totals) == 13
    for one in totals:
        found = judged(one)
        assert found.verdict is Verdict.REPRODUCED
        assert " %" in found.ours


def test_a_minimum_below_the_cut_off_is_a_discrepancy() -> None:
    assert judged("t1.mrd").verdict is Verdict.DISCREPANCY
    assert judged("t1.mrd").ours == "0.004, not at least 0.01"
    above = with_claim("t1.mrd", a_min="0.01")
    found = judged("t1.mrd", above)
    assert found.verdict is Verdict.NOT_RECOMPUTABLE
    assert found.reason == "No printed number contradicts it, and none gives it."


def test_a_share_outside_the_quoted_interval_is_a_discrepancy() -> None:
    found = judged("rr.failrate_disc")

    assert found.verdict is Verdict.DISCREPANCY
    assert found.ours == "17.6, not at most 15"


def test_a_claim_with_nothing_to_compute_has_the_wrong_route() -> None:
    with pytest.raises(ValueError, match=r"co\.dose: no percentage and no check"):
        judge_arithmetic(CLAIMS["co.dose"], claim_routes()["co.dose"], CLAIMS)


def test_what_is_not_printed_is_not_recomputable() -> None:
    found = judge_unprinted(CLAIMS["ext.cd19"], claim_routes()["ext.cd19"], CLAIMS)

    assert found.verdict is Verdict.NOT_RECOMPUTABLE
    assert found.reason.startswith("Quoted from another study")


def test_a_median_above_those_of_all_groups_is_impossible() -> None:
    found = judge_combined_median(
        CLAIMS["co.blast51"], claim_routes()["co.blast51"], CLAIMS
    )

    assert found.verdict is Verdict.DISCREPANCY
    assert found.ours == "median from 0 to 1 %"
    assert found.reason == (
        "Table 2 divides the same patients into groups with the medians 0 (n = 42) and "
        "1 (n = 9); together they cannot have the median 2."
    )


def test_a_median_within_the_bounds_is_possible_and_no_more() -> None:
    claims = with_claim("co.blast51", a_value="1")

    found = judge_combined_median(
        claims["co.blast51"], claim_routes()["co.blast51"], claims
    )

    assert found.verdict is Verdict.CONSISTENT


groups_of_values = st.lists(
    st.lists(st.integers(0, 9), min_size=1, max_size=9), min_size=1, max_size=4
)


@given(groups_of_values)
def test_the_median_of_the_whole_lies_within_its_bounds(
    groups: list[list[int]],
) -> None:
    whole = float(np.median([value for group in groups for value in group]))

    low, high = median_bounds([(len(one), float(np.median(one))) for one in groups])

    assert low <= whole <= high


def test_bounds_may_be_missing() -> None:
    # Of two pairs with medians 0, half of the values may be anything above.
    assert median_bounds([(2, 0.0), (2, 0.0)]) == (-inf, inf)
    assert median_bounds([(3, 5.0)]) == (5.0, 5.0)


def test_the_survival_rates_need_more_deaths_than_are_told() -> None:
    found = judge_deaths(CLAIMS["km.events"], claim_routes()["km.events"], CLAIMS)

    assert found.verdict is Verdict.DISCREPANCY
    assert found.ours == "3 deaths in the first year"
    assert "(2 of 30 R/R and 1 of 75 not R/R); the text tells of 2." in found.reason


def test_as_many_deaths_as_are_needed_are_consistent() -> None:
    told = replace(CLAIMS["km.events"], counts=((9, 4, 3),))
    claims = {**CLAIMS, told.id: told}

    found = judge_deaths(told, claim_routes()[told.id], claims)

    assert found.verdict is Verdict.CONSISTENT


def test_a_rate_printed_otherwise_elsewhere_is_a_discrepancy() -> None:
    found = judge_other_rate(CLAIMS["km.disc977"], claim_routes()["km.disc977"], CLAIMS)

    assert found.verdict is Verdict.DISCREPANCY
    assert found.reason == (
        "44/45 = 97.78 % without event, printed as 97.8 % elsewhere; 97.7 % would need "
        "43 or 44 patients with 1 event."
    )


@pytest.mark.parametrize(
    ("printed", "verdict", "words"),
    [
        ("97.8", Verdict.REPRODUCED, "without event, printed as 97.8 % elsewhere."),
        (
            "13.1",
            Verdict.DISCREPANCY,
            "13.1 % comes out of no number of patients with as many events.",
        ),
    ],
)
def test_a_rate_elsewhere_is_compared_at_its_digits(
    printed: str, verdict: Verdict, words: str
) -> None:
    claims = with_claim("km.disc977", a_value=printed)

    found = judge_other_rate(claims["km.disc977"], claim_routes()["km.disc977"], claims)

    assert found.verdict is verdict
    assert found.reason.endswith(words)
