"""Sums and quotients of printed numbers."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest

from cytoflow_blina.domain.claim import Claim
from cytoflow_blina.published.arithmetic import evaluate
from cytoflow_blina.published.claims import published_claims


@pytest.fixture
def claims() -> Mapping[str, Claim]:
    """Two claims: one with a share of 0.1, one with counts and a dash."""
    blank = published_claims()[0]
    first = replace(blank, id="a.b", a_value="0.1", n_b="51", a_min="")
    second = replace(blank, id="c", counts=((1, 2), (3, None)))
    return {"a.b": first, "c": second}


def test_numbers_are_added_multiplied_and_divided(claims: Mapping[str, Claim]) -> None:
    assert evaluate("100 * 9 / a.b.n_b", claims) == Fraction(900, 51)
    assert evaluate("(1 + 2) * 3 - 4", claims) == 5


def test_decimals_are_exact(claims: Mapping[str, Claim]) -> None:
    assert evaluate("a.b.a_value + 0.2", claims) == Fraction(3, 10)


def test_a_cell_of_counts_is_named_by_row_and_column(
    claims: Mapping[str, Claim],
) -> None:
    assert evaluate("c.counts[0][1] + c.counts[1][0]", claims) == 5


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("x.n_b", "there is no claim 'x'"),
        ("a.b.size", "has no column 'size'"),
        ("c.counts[2][0]", "no such cell"),
        ("c.counts[0]", "no such cell"),
        ("c.counts[1][1]", "no value is printed"),
        ("a.b.a_min", "'' is no number"),
        ("a.b.n_b +", "is no expression"),
        ("a.b.n_b / 0", "divides by 0"),
        ("a.b.n_b ** 2", "neither a number nor a printed one"),
        ("print('9')", "neither a number nor a printed one"),
        ("False", "neither a number nor a printed one"),
        ("True", "neither a number nor a printed one"),
    ],
)
def test_what_cannot_be_computed_is_named(
    claims: Mapping[str, Claim], expression: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(expression, claims)
