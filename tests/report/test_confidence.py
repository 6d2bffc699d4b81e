"""How sure a count or a gate is, for people."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.report.confidence import (
    ConfidenceCell,
    confidence_cell,
    least_sure,
)


@pytest.mark.parametrize(
    ("confidence", "figure", "word"),
    [
        (1.0, "1.00", "sure"),
        (0.8, "0.80", "sure"),
        (0.799, "0.79", "fair"),
        (0.5, "0.50", "fair"),
        (0.499, "0.49", "look"),
        (0.0, "0.00", "look"),
        (nan, "–", ""),
    ],
)
def test_a_confidence_is_a_figure_and_a_word(
    confidence: float, figure: str, word: str
) -> None:
    assert confidence_cell(confidence) == ConfidenceCell(figure, word)


@given(st.floats(0, 1))
def test_the_printed_figure_means_the_printed_word(confidence: float) -> None:
    cell = confidence_cell(confidence)

    assert confidence_cell(float(cell.figure)) == cell
    assert abs(float(cell.figure) - confidence) <= 0.01


def test_only_low_confidence_is_doubtful() -> None:
    doubtful = [confidence_cell(value).is_doubtful for value in (0.4, 0.6, 0.9, nan)]

    assert doubtful == [True, False, False, False]


def test_the_least_sure_is_sought_among_the_populations_named() -> None:
    rows = [
        {"population": "CD3", "confidence": "0.97"},
        {"population": "NK", "confidence": "0.61"},
        {"population": "CD19", "confidence": ""},
        {"population": "DPT", "confidence": "0.02"},
    ]

    found = least_sure(rows, ("CD3", "NK", "CD19"))

    assert found is not None
    assert (found.population, found.confidence.figure) == ("NK", "0.61")
    assert least_sure(rows, ("CD19",)) is None
    assert least_sure([], ("CD3",)) is None
