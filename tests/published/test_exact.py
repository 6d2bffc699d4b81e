"""Claims by printed counts."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cytoflow_blina.domain.claim import Claim, ClaimVerdict, Counts, Verdict
from cytoflow_blina.published.claim_routes import Route, RouteKind, claim_routes
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.published.exact import judge_cases, judge_split, judge_table

CLAIMS: Mapping[str, Claim] = {one.id: one for one in published_claims()}

CONTRADICTED = {
    "t2.poor_cyto_abs",
    "t3.crs_severe",
    "t3.icans_severe",
    "t3.neutropenia_severe",
}


def table_ids(*, with_p: bool) -> list[str]:
    """Claims that are judged by a table."""
    return [
        one.id
        for one in claim_routes().values()
        if one.route is RouteKind.TABLE and bool(CLAIMS[one.id].published_p) == with_p
    ]


def judged(claim_id: str) -> ClaimVerdict:
    return judge_table(CLAIMS[claim_id], claim_routes()[claim_id], CLAIMS)


def test_of_25_printed_p_values_21_come_out() -> None:
    verdicts = {one: judged(one).verdict for one in table_ids(with_p=True)}

    assert len(verdicts) == 25
    failed = {one for one, verdict in verdicts.items() if verdict == "discrepancy"}
    assert failed == CONTRADICTED
    assert set(verdicts.values()) == {Verdict.REPRODUCED, Verdict.DISCREPANCY}


def test_percentages_alone_decide_where_no_p_is_printed() -> None:
    ids = table_ids(with_p=False)

    assert set(ids) == {"rr.mrdcr_rr", "rr.regimen", "ext.locatelli"}
    for one in ids:
        found = judged(one)
        assert found.verdict is Verdict.REPRODUCED
        assert found.p_verdict is None
        assert 0 < found.our_p < 1


def test_our_numbers_carry_their_n() -> None:
    assert judged("rr.cr").ours == "9/11 = 81.82 % v 33/40 = 82.50 %; P 1.0000"


def test_a_p_that_does_not_come_out_lists_every_test_and_where_it_belongs() -> None:
    found = judged("t3.crs_severe")

    assert found.our_p == pytest.approx(0.16452, abs=5e-6)
    assert found.reason == (
        "The printed counts give P 0.1645 by Fisher's exact test, 0.0859 by the "
        "chi-squared test, 0.3212 with Yates's correction; none of them prints as "
        "0.146. The same P is printed for CRS any grade (Table 3), whose counts do "
        "give it."
    )


def test_another_p_of_the_same_counts_is_told() -> None:
    found = judged("t2.poor_cyto_abs")

    assert "Table 2 prints 0.001 for the same counts." in found.reason
    assert "for the same counts" not in judged("t2.poor_cyto").reason


def test_a_difference_that_is_no_longer_significant_is_told() -> None:
    assert "not significant at 0.05" in judged("t3.neutropenia_severe").reason
    assert "significant" not in judged("t3.crs_severe").reason
    made_significant = replace(CLAIMS["t1.etv6runx1"], published_p="0.140")

    found = judge_table(made_significant, claim_routes()["t1.etv6runx1"], CLAIMS)

    assert "The difference is significant at 0.05." in found.reason


def test_a_percentage_that_the_counts_do_not_give_is_told_beside_its_p() -> None:
    found = judged("t3.thrombocytopenia")

    assert found.verdict is Verdict.REPRODUCED
    assert "8/49 = 16.33 %, where 16.4 % is printed." in found.reason


def test_a_cell_printed_otherwise_is_told_with_what_it_would_mean() -> None:
    found = judged("t3.neutropenia")

    assert found.verdict is Verdict.REPRODUCED
    assert found.our_p == pytest.approx(0.00413, abs=5e-6)
    assert "would have 78 instead of 74 and P would be 0.0029." in found.reason


def test_wrong_percentages_without_p_are_a_discrepancy() -> None:
    claim = replace(CLAIMS["ext.locatelli"], a_value="91")

    found = judge_table(claim, claim_routes()[claim.id], CLAIMS)

    assert found.verdict is Verdict.DISCREPANCY
    assert found.reason == "44/49 = 89.80 %, where 91 % is printed."


def test_a_group_of_another_size_is_told() -> None:
    claim = replace(CLAIMS["rr.cr"], n_a="12")

    found = judge_table(claim, claim_routes()[claim.id], CLAIMS)

    assert "The counts add up to 11, where 12 is printed." in found.reason


def test_a_test_that_fits_though_it_is_not_ours_does_not_save_a_claim() -> None:
    # 0.086 is chi-squared of these counts; two by two is tested by Fisher.
    claim = replace(CLAIMS["t3.crs_severe"], published_p="0.086")

    found = judge_table(claim, claim_routes()[claim.id], CLAIMS)

    assert found.verdict is Verdict.DISCREPANCY
    assert "only one of them prints as 0.086" in found.reason


def test_counts_without_any_event_have_no_p() -> None:
    nobody: Counts = ((0, 74), (0, 51))
    claim = replace(CLAIMS["t3.crs_severe"], counts=nobody, b_value="0")

    found = judge_table(claim, claim_routes()[claim.id], CLAIMS)

    assert found.p_verdict is Verdict.DISCREPANCY
    assert found.ours.endswith("P not defined")


CASES = [one for one in CLAIMS if one.startswith("t4.") and one != "t4.csf"]


@pytest.mark.parametrize("claim_id", CASES)
def test_medians_and_ranges_are_those_of_the_printed_cases(claim_id: str) -> None:
    found = judge_cases(CLAIMS[claim_id], claim_routes()[claim_id], CLAIMS)

    assert found.verdict is Verdict.REPRODUCED
    assert found.p_verdict is None


def test_four_pairs_are_tested_exactly() -> None:
    found = judge_cases(CLAIMS["t4.il8"], claim_routes()["t4.il8"], CLAIMS)

    assert found.our_p == 0.125
    assert found.ours == "3.02 (1.93 to 7.83) v 14.715 (12.3 to 41.9) pg/mL; P 0.1250"


def test_cases_with_another_median_are_a_discrepancy() -> None:
    claim = replace(CLAIMS["t4.il8"], a_value="3.20")

    found = judge_cases(claim, claim_routes()["t4.il8"], CLAIMS)

    assert found.verdict is Verdict.DISCREPANCY
    assert found.reason == "The cases give 3.02, not 3.20."


@pytest.mark.parametrize(
    ("claim_id", "ours"),
    [
        ("s3.poor_cyto", "7/41 = 17.07 % v 8/10 = 80.00 %; P 0.00033"),
        ("s3.bcrabl1", "1/41 = 2.44 % v 4/10 = 40.00 %; P 0.0038"),
    ],
)
def test_inferred_counts_are_consistent_and_never_reproduced(
    claim_id: str, ours: str
) -> None:
    found = judge_split(CLAIMS[claim_id], claim_routes()[claim_id], CLAIMS)

    assert found.verdict is found.p_verdict is Verdict.CONSISTENT
    assert found.ours == ours
    assert "the only one" in found.reason


def test_margins_that_cannot_give_the_p_are_a_discrepancy() -> None:
    claim = replace(CLAIMS["s3.poor_cyto"], published_p="0.0123")

    found = judge_split(claim, claim_routes()[claim.id], CLAIMS)

    assert found.verdict is Verdict.DISCREPANCY
    assert found.reason == (
        "No way to have 15 patients with the feature in groups of 41 and 10 gives the "
        "printed P."
    )


def test_several_divisions_with_the_same_p_are_all_told() -> None:
    # Groups of equal size: a division and its mirror have the same P.
    claim = replace(
        CLAIMS["s3.poor_cyto"], n_a="10", n_b="10", published_p="0.070", p_op="="
    )
    route = Route("x", RouteKind.SPLIT, "fisher", "", "", "", "10", "", "")

    found = judge_split(claim, route, CLAIMS)

    assert "7/10 = 70.00 % v 3/10" not in found.ours
    assert found.verdict is Verdict.DISCREPANCY

    found = judge_split(replace(claim, published_p="0.179"), route, CLAIMS)

    assert found.verdict is Verdict.CONSISTENT
    assert "one of 2" in found.reason
    assert found.ours.count(" or ") == 1
