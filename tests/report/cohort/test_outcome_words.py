import pytest

from cytoflow_blina.report.cohort.outcome_words import (
    in_order,
    outcome_words,
    plain_outcome,
    unit_words,
)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("CD4_CD8_RATIO", "CD4/CD8 ratio"),
        ("NK_PERCENT", "NK % of lymphocytes"),
        ("CD3_PERCENT_OF_NON_B", "CD3 % of T and NK cells"),
        ("age_months", "age"),
        ("poor_cytogenetics", "poor cytogenetics"),
        ("fusion=BCR::ABL1", "fusion: BCR::ABL1"),
        ("IL-10", "IL-10"),
        ("", ""),
    ],
)
def test_outcomes_are_put_into_words(outcome: str, said: str) -> None:
    assert outcome_words(outcome) == said


def test_a_pure_number_has_no_unit() -> None:
    assert [unit_words(unit) for unit in ("cells/uL", "1", "g/L")] == [
        "cells/µL",
        "",
        "g/L",
    ]


def test_a_row_of_visits_or_changes_is_of_its_plain_outcome() -> None:
    visit = {"kind": "visits", "outcome": "CD3 at D14", "group_b": "D14"}
    change = {"kind": "change", "outcome": "change of CD3"}

    assert plain_outcome(visit) == plain_outcome(change) == "CD3"


def test_rows_stand_as_declared_then_as_counted_with_counts_first() -> None:
    rows = [
        {"outcome": "CD3_PERCENT", "family": "percentages"},
        {"outcome": "IgG", "family": "measurements"},
        {"outcome": "NK", "family": "counts"},
        {"outcome": "CD3", "family": "counts"},
        {"outcome": "CD19", "family": "counts"},
    ]

    ordered = [row["outcome"] for row in in_order(rows, ["CD19"])]

    assert ordered == ["CD19", "CD3", "NK", "CD3_PERCENT", "IgG"]


def test_predictors_stand_as_declared_whatever_their_family() -> None:
    rows = [
        {"outcome": "CD19", "family": "counts"},
        {"outcome": "sex=F", "family": "characteristics"},
        {"outcome": "age_months", "family": "characteristics"},
    ]
    declared = ["age_months", "sex", "D0:CD19"]

    ordered = in_order(rows, declared, by_family=False)

    assert [row["outcome"] for row in ordered] == ["age_months", "sex=F", "CD19"]
