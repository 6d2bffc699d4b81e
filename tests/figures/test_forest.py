from math import inf, nan

import numpy as np
import pytest
from matplotlib.axes import Axes
from tests.figures.drawn import overlapping_texts, texts, texts_off_the_page

from cytoflow_blina.figures.forest import ForestRow, forest_figure
from cytoflow_blina.figures.svg import figure_svg


def drawn(*rows: ForestRow) -> Axes:
    (axes,) = forest_figure(rows, x_label="Odds ratio").axes
    return axes


def markers(axes: Axes) -> list[str]:
    return [
        str(line.get_marker()) for line in axes.lines if line.get_marker() != "None"
    ]


def interval(axes: Axes) -> list[float]:
    """Give the ends of the first interval; the line before it marks 1."""
    return [float(x) for x in np.asarray(axes.lines[1].get_xdata())]


def test_a_row_is_a_square_on_its_interval_with_its_words() -> None:
    axes = drawn(ForestRow("Age", 2.0, 0.8, 5.0, "2.0 (0.8–5.0)"))

    assert interval(axes) == [0.8, 5.0]
    assert markers(axes) == ["s"]
    assert axes.lines[2].get_xdata()[0] == 2.0  # type: ignore[index]
    assert texts(axes) == ["2.0 (0.8–5.0)"]
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "Odds ratio"


def test_rows_stand_from_top_to_bottom() -> None:
    axes = drawn(ForestRow("first", 1, 0.5, 2), ForestRow("second", 1, 0.5, 2))

    assert [text.get_text() for text in axes.get_yticklabels()] == ["first", "second"]
    bottom, top = axes.get_ylim()
    assert bottom > 1
    assert top < 0


@pytest.mark.parametrize(
    ("low", "high", "arrows"),
    [
        (0.5, inf, [">"]),
        (0.0, 4.0, ["<"]),
        (0.0, inf, ["<", ">"]),
        (1e-9, 1e9, ["<", ">"]),
        (0.5, 4.0, []),
    ],
)
def test_an_end_beyond_the_axis_is_an_arrow(
    low: float, high: float, arrows: list[str]
) -> None:
    axes = drawn(ForestRow("Fusion", 2.0, low, high))

    assert [mark for mark in markers(axes) if mark != "s"] == arrows
    left, right = axes.get_xlim()
    assert all(left <= end <= right for end in interval(axes))


def test_a_row_without_estimate_says_so() -> None:
    axes = drawn(ForestRow("Fusion", nan, nan, nan, "no events"))

    assert texts(axes) == ["no events", "undefined"]
    assert markers(axes) == []


def test_an_unknown_end_leaves_its_half_away() -> None:
    assert interval(drawn(ForestRow("Age", 2.0, nan, 5.0))) == [2.0, 5.0]


def test_an_infinite_estimate_has_an_interval_and_no_square() -> None:
    axes = drawn(ForestRow("Age", inf, 3.0, inf))

    assert markers(axes) == [">"]
    assert interval(axes)[0] == 3.0


def test_one_is_always_on_the_axis() -> None:
    left, right = drawn(ForestRow("Age", 20.0, 10.0, 40.0)).get_xlim()

    assert left < 1
    assert right > 40


def test_a_wide_axis_is_labelled_in_decades() -> None:
    ticks = drawn(ForestRow("Age", 1.0, 0.002, 500.0)).get_xticks()

    assert ticks.tolist() == pytest.approx([0.01, 0.1, 1, 10, 100])


def test_no_text_of_a_full_figure_covers_another() -> None:
    long = ForestRow(
        "Bridging chemotherapy with cyclophosphamide before the first cycle, $x$",
        2.0,
        0.0,
        inf,
        "2.00 (0.00012–∞), P < 0.0001, penalised likelihood did not converge",
    )
    rows = [long, ForestRow("Age", nan, nan, nan, "undefined: no events"), long]

    figure = forest_figure(rows, x_label="Odds ratio", label="synthetic " * 40)

    assert overlapping_texts(figure) == []
    assert texts_off_the_page(figure) == []


def test_names_in_dollars_are_no_formula() -> None:
    figure = forest_figure([ForestRow("$a$", 1, 1, 1, "$b$")], x_label="$c$")

    assert all(f"${letter}$" in figure_svg(figure, salt="a") for letter in "abc")


def test_a_figure_without_rows_says_so() -> None:
    assert texts(drawn()) == ["no predictors"]
