import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.figures.words import literal, width_mm, wrap

LETTERS = st.text("abcWi $…", max_size=60)


def test_a_dollar_is_no_formula() -> None:
    assert literal("$x^2$") == r"\$x^2\$"


def test_words_are_broken_between_words_where_they_fit() -> None:
    assert wrap("one two three", 17, 10) == "one two\nthree"


def test_what_does_not_fit_is_cut_and_says_so() -> None:
    assert wrap("one two three four five six", 14, 10).endswith("…")
    assert wrap("one two three four five six", 14, 10, max_lines=9)[-3:] == "six"


def test_bold_words_are_wider() -> None:
    assert width_mm("median", 8, bold=True) > width_mm("median", 8) > 0


@pytest.mark.parametrize("words", ["", "   "])
def test_nothing_stays_nothing(words: str) -> None:
    assert wrap(words, 20, 8) == ""
    assert width_mm("", 8) == 0


@given(LETTERS)
def test_every_line_fits_and_no_letter_is_lost(words: str) -> None:
    lines = wrap(words, 12, 8, max_lines=99).split("\n")

    assert all(width_mm(line, 8) <= 12 for line in lines)
    assert "".join("".join(lines).split()) == "".join(words.split())


@given(LETTERS, st.integers(1, 3))
def test_there_are_never_more_lines_than_there_is_room_for(
    words: str, max_lines: int
) -> None:
    lines = wrap(words, 12, 8, max_lines=max_lines).split("\n")

    assert len(lines) <= max_lines
    assert all(width_mm(line, 8) <= 12 for line in lines)
