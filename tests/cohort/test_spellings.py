"""Spellings of one word are found, and values that differ are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.cohort.spellings import (
    plain_spelling,
    spelling_message,
    spelt_twice,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IL6", "IL-6"),
        ("IL-6", "il 6"),
        ("IL-6", "IL\N{EN DASH}6"),
        ("RRpos", "RRPOS"),
        ("RR pos", "RR_POS"),
        ("CRS.", "crs"),
        ("BCR::ABL1", "BCR-ABL1"),
        ("neurotoxicity (ICANS)", "Neurotoxicity ICANS"),
    ],
)
def test_case_blanks_and_punctuation_make_no_other_word(one: str, other: str) -> None:
    assert plain_spelling(one) == plain_spelling(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MRD-", "MRD+"),
        ("MRD-", "MRD"),
        ("MRD- CR", "MRD CR"),
        ("1.5", "15"),
        ("1-2", "12"),
        ("-5", "5"),
        ("<1", ">1"),
        ("IL-6", "IL-8"),
    ],
)
def test_signs_that_tell_values_apart_are_kept(one: str, other: str) -> None:
    assert plain_spelling(one) != plain_spelling(other)


def test_the_rarer_spelling_is_told_beside_the_usual_one() -> None:
    assert spelt_twice({"IL6": 2, "IL-6": 9, "IL-8": 1}) == (("IL6", "IL-6"),)


def test_the_spelling_of_the_plan_is_right_however_rare() -> None:
    counts = {"RRpos": 9, "RRPOS": 1, "Rrpos": 2}

    assert spelt_twice(counts, ["RRPOS"]) == (("RRpos", "RRPOS"), ("Rrpos", "RRPOS"))


def test_without_words_there_is_no_other_spelling() -> None:
    assert spelt_twice({}) == ()


def test_both_spellings_are_told_with_their_rows() -> None:
    assert spelling_message(("IL6", 1), ("IL-6", 9)) == (
        "'IL6' (1 row) stands beside 'IL-6' (9 rows); write one."
    )


@given(st.text(max_size=12))
def test_a_plain_spelling_does_not_depend_on_case_or_outer_blanks(text: str) -> None:
    assert plain_spelling(f" {text} ") == plain_spelling(text)
