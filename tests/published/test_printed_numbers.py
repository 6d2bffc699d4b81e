"""Computed numbers against printed ones, at the printed digits."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.published.printed_numbers import (
    p_prints_as,
    p_words,
    printed_value,
    prints_as,
    share_words,
)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.00141, "0.001"),
        (0.35025, "0.350"),
        (78.75, "78.8"),
        (100.0, "100"),
        (-0.004, "-0.00"),
        (-1.08, "\N{MINUS SIGN}1.08"),
        (0.0, "0"),
    ],
)
def test_a_number_prints_with_as_many_decimals_as_are_printed(
    value: float, printed: str
) -> None:
    assert prints_as(value, printed)


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0.00141, "0.0001"), (16.33, "16.4"), (98.67, "98.6"), (0.16452, "0.146")],
)
def test_another_last_digit_is_another_number(value: float, printed: str) -> None:
    assert not prints_as(value, printed)


def test_a_tie_may_be_rounded_either_way() -> None:
    # 2.5 is 3 in one program and 2 in another; the binary 8.35 is below the half.
    assert prints_as(2.5, "3")
    assert prints_as(2.5, "2")
    assert f"{8.35:.1f}" == "8.3"
    assert prints_as(8.35, "8.3")
    assert prints_as(8.35, "8.4")
    assert not prints_as(8.36, "8.3")


def test_a_tie_is_seen_through_the_noise_of_its_computation() -> None:
    noisy = 100 * 0.145

    assert noisy < 14.5
    assert prints_as(noisy, "15")
    assert prints_as(noisy, "14")


def test_a_fraction_is_taken_as_it_is() -> None:
    assert prints_as(Fraction(4400, 45), "97.8")
    assert not prints_as(Fraction(4400, 45), "97.7")


@pytest.mark.parametrize("value", [nan, inf])
def test_what_is_not_known_prints_as_nothing(value: float) -> None:
    assert not prints_as(value, "0")


@pytest.mark.parametrize("text", ["", "n.s.", "<0.001", "nan", "inf"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        printed_value(text)


@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_whatever_a_program_prints_is_recognised(units: int, decimals: int) -> None:
    value = float(Decimal(units).scaleb(-7))
    step = Decimal(1).scaleb(-decimals)

    for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN):
        printed = Decimal(units).scaleb(-7).quantize(step, rounding)
        assert prints_as(value, f"{printed:f}")


@given(st.integers(0, 10**6), st.integers(0, 5))
def test_the_neighbouring_digit_never_matches_far_from_a_tie(
    units: int, decimals: int
) -> None:
    step = Decimal(1).scaleb(-decimals)
    value = Decimal(units) * step

    assert not prints_as(float(value), f"{value + step:f}")


def test_a_p_value_below_a_printed_bound_matches_it() -> None:
    assert p_prints_as(4e-13, "0.0001", "<")
    assert not p_prints_as(0.0001, "0.0001", "<")
    assert not p_prints_as(nan, "0.0001", "<")
    assert p_prints_as(0.00033, "0.0003")


def test_an_unknown_sign_before_p_is_refused() -> None:
    with pytest.raises(ValueError, match="found '>'"):
        p_prints_as(0.5, "0.05", ">")


@pytest.mark.parametrize(
    ("p_value", "words"),
    [
        (0.31735, "0.3174"),
        (1.0, "1.0000"),
        (0.001, "0.0010"),
        (0.00033, "0.00033"),
        (4.3e-13, "4.3e-13"),
        (nan, "not defined"),
    ],
)
def test_a_p_value_is_written_with_enough_digits(p_value: float, words: str) -> None:
    assert p_words(p_value) == words


def test_a_percentage_stands_beside_its_counts() -> None:
    assert share_words(9, 11) == "9/11 = 81.82 %"
    assert share_words(0, 0) == "0/0"
