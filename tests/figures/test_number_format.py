from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.figures.number_format import (
    format_count,
    format_interval,
    format_number,
    format_p,
    format_percent,
    format_upper_bound,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (757.3, "757"),
        (12_345.6, "12,346"),
        (54.321, "54.3"),
        (0.0624, "0.0624"),
        (0, "0"),
        (-7.76, "−7.76"),
        (0.00001234, "1.23e−05"),
        (nan, "–"),
        (inf, "∞"),
        (-inf, "−∞"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert format_number(value) == text


def test_an_unknown_number_is_never_zero() -> None:
    assert format_count(nan) == format_percent(nan) == format_p(nan) == "–"
    assert format_upper_bound(nan) == "–"
    assert format_interval(nan, nan) == ""


def test_percentages_carry_their_sign() -> None:
    assert format_percent(1.394) == "1.39\u202f%"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(710.2, 807.8, "710–808"), (-2.1, 3.5, "−2.10 to 3.50"), (0, nan, "")],
)
def test_an_interval_with_a_minus_is_written_out(
    low: float, high: float, text: str
) -> None:
    assert format_interval(low, high) == text


@pytest.mark.parametrize(
    ("p_value", "text"),
    [(0.5321, "0.532"), (0.00042, "0.0004"), (0.00009, "< 0.0001"), (1.0, "1.000")],
)
def test_p_values_are_written_as_journals_do(p_value: float, text: str) -> None:
    assert format_p(p_value) == text


@pytest.mark.parametrize(
    ("bound", "text"),
    [(3.121, "< 3.2"), (0.02, "< 0.020"), (62.0, "< 62"), (0.0, "< 0"), (inf, "< ∞")],
)
def test_an_upper_bound_has_two_digits(bound: float, text: str) -> None:
    assert format_upper_bound(bound) == text


@given(st.floats(1e-4, 1e6))
def test_an_upper_bound_is_never_rounded_down(bound: float) -> None:
    printed = float(format_upper_bound(bound).removeprefix("< ").replace(",", ""))

    assert bound * (1 - 1e-8) <= printed <= bound * 1.1001
