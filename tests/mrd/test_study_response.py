"""The response by MRD: every row of the study's definition."""

from math import nan

import pytest

from cytoflow_blina.mrd.study_response import (
    Reading,
    read_by_class,
    read_by_paper,
    response_to,
)


@pytest.mark.parametrize(
    ("mrd_class", "status", "expected"),
    [
        ("CR", "NEG", "negative"),
        ("CR", "NEG_BELOW_LOD", "negative"),
        ("failure", "POS_QUANT", "positive"),
        ("failure", "POS_NOT_QUANT_GE_CUT", "positive"),
        ("intermediate", "POS_QUANT_LOW", "low"),
        ("intermediate", "POS_NOT_QUANT", "low"),
        ("intermediate", "INADEQUATE", "open"),
        ("intermediate", "NEG_LIMITED", "blind"),
        ("intermediate", "INADEQUATE_LIMITED", "blind"),
        ("intermediate", "POS_NOT_QUANT_LIMITED", "low"),
        ("NE", "NOT_EVALUABLE", ""),
        ("", "", ""),
    ],
)
def test_a_class_is_read_against_the_cut_off(
    mrd_class: str, status: str, expected: str
) -> None:
    assert read_by_class(mrd_class, status) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("positive", "positive"),
        ("negative", "negative"),
        ("negative_unsupported", "negative"),
        ("", ""),
    ],
)
def test_the_rule_of_the_study_asks_for_no_support(rule: str, expected: str) -> None:
    assert read_by_paper(rule) == expected


@pytest.mark.parametrize(
    ("reading", "blasts", "was_in_remission", "expected"),
    [
        ("negative", 0.0, True, "MRD_CR"),
        ("negative", 0.0, False, "MRD_CR"),
        ("negative", 0.0, None, "MRD_CR"),
        ("positive", 0.5, True, "NR"),
        ("positive", 0.5, False, "CR"),
        ("positive", 4.999, False, "CR"),
        ("positive", 5.0, False, "NR"),
        ("positive", 60.0, None, "NR"),
        ("low", 0.005, True, "CR"),
        ("low", 0.005, None, "CR"),
        ("open", 0.0, False, "CR"),
    ],
)
def test_the_response_follows_the_study(
    reading: Reading, blasts: float, was_in_remission: bool | None, expected: str
) -> None:
    found = response_to(reading, blasts, was_in_remission=was_in_remission)

    assert found == (expected, "")


@pytest.mark.parametrize(
    ("reading", "blasts", "was_in_remission", "reason"),
    [
        ("", 0.0, True, "MRD is not evaluable"),
        ("", 60.0, True, "MRD is not evaluable"),
        ("positive", nan, True, "blasts in percent of nucleated cells are not known"),
        ("positive", 0.5, None, "whether there was remission before is not known"),
        ("blind", 0.0, False, "blasts that were not seen are not excluded"),
        ("open", 0.0, True, "MRD of 0.01 % is not excluded"),
        ("open", 0.0, None, "whether there was remission before is not known"),
    ],
)
def test_what_hangs_on_the_unknown_is_not_evaluable(
    reading: Reading, blasts: float, was_in_remission: bool | None, reason: str
) -> None:
    found = response_to(reading, blasts, was_in_remission=was_in_remission)

    assert found == ("NE", reason)
