"""Tell discrepancies, and write the arithmetic of survival rates."""

import pytest

from cytoflow_blina.report.reproduction.findings import (
    arithmetic_of,
    lay_out_rates,
    survival_claims,
    tell_discrepancies,
)


def discrepancy(claim_id: str, **fields: str) -> dict[str, str]:
    """Give a row of `reproduction.csv` that the paper contradicts."""
    return {
        "id": claim_id,
        "section": "Text",
        "quantity": claim_id,
        "published": "2 %",
        "ours": "0 %",
        "verdict": "discrepancy",
        "reason": f"Why {claim_id}.",
        **fields,
    }


def of_p(claim_id: str, published: str, ours: str) -> dict[str, str]:
    """Give a row whose P does not come out."""
    return discrepancy(
        claim_id, published_p=published, our_p=ours, p_verdict="discrepancy"
    )


def test_what_changes_a_conclusion_comes_first_then_p_then_the_rest() -> None:
    rows = [
        discrepancy("co.blasts"),
        of_p("t3.crs_severe", "0.146", "0.1645"),
        of_p("t3.neutropenia_severe", "0.003", "0.09"),
    ]

    cards = tell_discrepancies(rows)

    assert [card.claim.id for card in cards] == [
        "t3.neutropenia_severe",
        "t3.crs_severe",
        "co.blasts",
    ]


@pytest.mark.parametrize(
    ("published", "ours", "changes", "words"),
    [
        ("0.003", "0.09", True, "printed as significant at 0.05, ours is not"),
        ("0.2", "0.01", True, "printed as not significant at 0.05, ours is"),
        ("<0.0001", "0.0014", False, "both are below 0.05"),
        ("0.146", "0.05", False, "both are not below 0.05"),
    ],
)
def test_a_p_says_whether_the_conclusion_stands(
    published: str, ours: str, changes: bool, words: str
) -> None:
    (card,) = tell_discrepancies([of_p("t3.crs", published, ours)])

    assert card.changes_conclusion is changes
    assert words in card.consequence


def test_without_our_p_no_conclusion_is_drawn() -> None:
    (card,) = tell_discrepancies([of_p("t3.icans_age", "0.014", "")])

    assert card.consequence == ""
    assert not card.changes_conclusion


def test_the_same_number_in_two_places_is_told_once_with_both() -> None:
    shared = {"quantity": "BM blasts", "reason": "It cannot be."}
    rows = [
        discrepancy("co.blast51", section="Patients", **shared),
        discrepancy("t1.blasts", section="Table 1", **shared),
    ]

    (card,) = tell_discrepancies(rows)

    assert card.places == "Patients and Table 1"


def test_other_verdicts_are_no_discrepancies() -> None:
    assert tell_discrepancies([discrepancy("co.n", verdict="reproduced")]) == ()


def test_a_long_quantity_is_cut_to_what_it_speaks_of() -> None:
    words = "events in follow-up: " + "9 NR, 4 relapses, " * 5

    (card,) = tell_discrepancies([discrepancy("km.events", quantity=words)])

    assert card.title == "events in follow-up"


def test_a_log_rank_p_is_told_as_one_of_other_groups() -> None:
    (card,) = tell_discrepancies([of_p("km.os_posneg", "0.029", "0.42")])

    assert "other groups" in card.summary
    assert "fitted" in card.source


@pytest.mark.parametrize(
    ("risk_sets", "product"),
    [
        ("10:1;8:1", "9/10 × 7/8"),
        ("4:4", "0/4"),
        ("26:0", "26/26"),
        ("", ""),
        ("ten:1", ""),
    ],
)
def test_a_rate_is_the_product_of_those_left(risk_sets: str, product: str) -> None:
    assert arithmetic_of(risk_sets) == product


def test_a_rate_stands_beside_the_printed_one() -> None:
    row = {
        "group": "R/R",
        "endpoint": "OS",
        "n": "10",
        "n_events": "2",
        "risk_sets": "10:1;8:1",
        "rate": "78.75",
        "se": "13.4033",
        "published_rate": "78.8",
        "published_se": "13.4",
        "matches": "1",
    }

    (line,) = lay_out_rates([row])
    (bare,) = lay_out_rates([{**row, "published_se": "", "matches": "0"}])

    assert (line.ours, line.published, line.matches) == (
        "78.75 ± 13.40",
        "78.8 ± 13.4",
        True,
    )
    assert (bare.published, bare.matches) == ("78.8", False)


def test_only_survival_claims_with_a_p_are_listed() -> None:
    rows = [
        discrepancy("km.efs_rr", published_p="0.0004"),
        discrepancy("km.events"),
        discrepancy("t1.gender", published_p="0.317"),
    ]

    assert [line.id for line in survival_claims(rows)] == ["km.efs_rr"]
