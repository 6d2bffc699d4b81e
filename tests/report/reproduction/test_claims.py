"""Lay out claims: chapters, badges, tallies, P side by side."""

from math import nan

import pytest

from cytoflow_blina.report.reproduction.claims import (
    chapter_of,
    claim_badge,
    claim_line,
    in_units,
    lay_out_claims,
    p_beside,
    tally,
    tally_of_p,
)


def claim(claim_id: str, verdict: str = "reproduced", **fields: str) -> dict[str, str]:
    """Give one row of `reproduction.csv`."""
    return {
        "id": claim_id,
        "section": "Table 1",
        "kind": "exact",
        "quantity": "male sex",
        "published": "0.96 v 1.13 1e9/L; P = 0.016",
        "ours": "0.9561 v 1.1302 1e9/L; P 0.0163",
        "verdict": verdict,
        **fields,
    }


def test_chapters_follow_the_paper_and_not_the_table() -> None:
    rows = [claim("t3.crs"), claim("ext.ae"), claim("f1.cd3_abs"), claim("co.n")]

    chapters = lay_out_claims(rows)

    assert [one.lines[0].id for one in chapters] == [
        "co.n",
        "f1.cd3_abs",
        "t3.crs",
        "ext.ae",
    ]


def test_within_a_chapter_claims_stand_as_in_the_table() -> None:
    chapters = lay_out_claims([claim("t2.b"), claim("cox.mrd"), claim("t2.age")])

    (chapter,) = chapters
    assert [line.id for line in chapter.lines] == ["t2.b", "cox.mrd", "t2.age"]


def test_a_claim_of_no_known_chapter_is_shown_at_the_end() -> None:
    chapters = lay_out_claims([claim("new.claim"), claim("ext.ae")])

    assert [one.title for one in chapters][-1] == "Other claims"
    assert chapter_of("new.claim") == "Other claims"


def test_no_claim_makes_no_chapter() -> None:
    assert lay_out_claims([]) == ()


def test_each_verdict_has_its_own_mark_and_word() -> None:
    verdicts = ("reproduced", "consistent", "not_recomputable", "discrepancy")
    badges = [claim_badge(one) for one in verdicts]

    assert len({one.kind for one in badges}) == 4
    assert [one.word for one in badges] == [
        "Reproduced",
        "Consistent",
        "Not recomputable",
        "Discrepancy",
    ]


def test_a_verdict_that_nobody_knows_stays_as_it_is() -> None:
    assert claim_badge("doubtful").word == "doubtful"
    assert claim_badge("").word == "No verdict"


def test_the_tally_counts_every_claim_once_in_all_and_once_in_its_kind() -> None:
    rows = [
        claim("a.a"),
        claim("a.b", "discrepancy"),
        claim("a.c", "consistent", kind="distribution"),
    ]

    every, *kinds = tally(rows)

    assert [part.n_claims for part in every.parts] == [1, 1, 0, 1]
    assert [(line.kind, line.n_claims) for line in kinds] == [
        ("exact", 2),
        ("distribution", 1),
    ]


def test_an_unknown_verdict_is_counted_too() -> None:
    every = tally([claim("a.a", "doubtful")])[0]

    assert sum(part.n_claims for part in every.parts) == every.n_claims == 1


def test_a_kind_without_claims_is_left_out_of_the_tally() -> None:
    assert [line.kind for line in tally([])] == ["all"]


def test_only_printed_p_values_are_counted() -> None:
    rows = [
        claim("a.a", published_p="0.016", p_verdict="reproduced"),
        claim("a.b", published_p="<0.0001", p_verdict=""),
        claim("a.c", published_p="", p_verdict="consistent"),
    ]

    assert [(one.badge.word, one.n_claims) for one in tally_of_p(rows)] == [
        ("Reproduced", 1),
        ("No verdict", 1),
    ]


def test_a_p_that_agrees_alone_is_not_counted_with_claims_that_come_out() -> None:
    p_value = {"published_p": "0.047", "p_verdict": "consistent"}
    rows = [
        claim("f2.cd3", "not_recomputable", **p_value),
        claim("f2.cd4", "consistent", **p_value),
    ]

    assert [(one.badge.word, one.n_claims) for one in tally_of_p(rows)] == [
        ("Consistent", 1),
        ("Consistent while its claim is not", 1),
    ]


@pytest.mark.parametrize(
    ("p_value", "published", "words"),
    [
        (0.01634, "0.016", "0.0163"),
        (0.00044, "0.0004", "0.00044"),
        (0.4221, "", "0.4221"),
        (3e-7, "<0.0001", "< 0.0001"),
        (1.0, "1.000", "1.0000"),
        (nan, "0.5", "–"),
    ],
)
def test_our_p_has_one_digit_more_than_the_printed(
    p_value: float, published: str, words: str
) -> None:
    assert p_beside(p_value, published) == words


def test_units_are_written_for_people() -> None:
    assert in_units("0.96 1e9/L, 3 /uL") == "0.96 ×10⁹/L, 3 /µL"


def test_a_share_of_seeds_names_how_many_there_were() -> None:
    line = claim_line(claim("f1.cd3_abs", share_of_seeds="0.925", n_seeds="40"))

    assert line.share_of_seeds == "92.5 % of 40"


def test_without_seeds_there_is_no_share() -> None:
    assert claim_line(claim("t1.gender")).share_of_seeds == ""
    assert claim_line(claim("t1.gender", share_of_seeds="")).share_of_seeds == ""


def test_a_printed_bound_keeps_its_sign() -> None:
    assert claim_line(claim("f1.b", published_p="<0.0001")).published_p == "< 0.0001"
    assert claim_line(claim("f1.b")).published_p == "–"
