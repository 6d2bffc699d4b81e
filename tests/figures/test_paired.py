from math import nan

import numpy as np
import pytest
from tests.figures.drawn import overlapping_texts, texts_off_the_page

from cytoflow_blina.figures.paired import PairedPlot, paired_figure
from cytoflow_blina.figures.svg import figure_svg

VISITS = ("D0", "EOT")


def plot(
    before: list[float],
    after: list[float],
    *,
    p_value: float = nan,
    p_adjusted: float = nan,
) -> PairedPlot:
    values = np.array(before), np.array(after)
    return PairedPlot("CD3", "cells/µL", *values, p_value, p_adjusted)


def test_each_pair_is_a_line_between_its_two_values() -> None:
    figure = paired_figure([plot([100, 200], [150, 90])], VISITS)

    (axes,) = figure.axes
    lines = [[float(y) for y in np.asarray(line.get_ydata())] for line in axes.lines]
    assert lines == [[100, 150], [200, 90]]


def test_rising_falling_and_unchanged_subjects_differ_in_colour() -> None:
    figure = paired_figure([plot([1, 2, 3], [2, 1, 3])], VISITS)

    colours = [line.get_color() for line in figure.axes[0].lines]
    assert len(set(colours)) == 3


def test_n_p_and_medians_are_printed() -> None:
    figure = paired_figure(
        [plot([100, 200, 400], [150, 250, 900], p_value=0.016, p_adjusted=0.048)],
        VISITS,
    )

    (axes,) = figure.axes
    assert axes.texts[0].get_text() == "n = 3, P = 0.016 (Holm = 0.048)"
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "D0\nmedian 200",
        "EOT\nmedian 250",
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "n = 1"),
        ({"p_value": 1e-9}, "n = 1, P < 0.0001"),
        ({"p_value": 0.5, "p_adjusted": nan}, "n = 1, P = 0.500"),
    ],
)
def test_a_p_that_is_not_known_is_not_printed(
    fields: dict[str, float], words: str
) -> None:
    figure = paired_figure([plot([1], [2], **fields)], VISITS)

    assert figure.axes[0].texts[0].get_text() == words


@pytest.mark.parametrize(
    ("after", "scale"), [([5.0, 3.0], "log"), ([0.0, 3.0], "symlog")]
)
def test_zeros_are_shown_on_an_axis_that_has_a_zero(
    after: list[float], scale: str
) -> None:
    (axes,) = paired_figure([plot([7.0, 9.0], after)], VISITS).axes

    assert axes.get_yscale() == scale
    low, high = axes.get_ylim()
    assert all(low <= value <= high for value in (7.0, 9.0, *after))


def test_nothing_but_zeros_can_be_drawn() -> None:
    (axes,) = paired_figure([plot([0.0, 0.0], [0.0, 0.0])], VISITS).axes

    assert axes.get_ylim() == (-0.05, 1)


def test_an_outcome_without_pairs_says_so() -> None:
    (axes,) = paired_figure([plot([], [])], VISITS).axes

    assert [text.get_text() for text in axes.texts] == ["n = 0", "no pairs"]


def test_three_plots_stand_in_a_row() -> None:
    figure = paired_figure([plot([1], [2])] * 4, VISITS)

    places = [axes.get_subplotspec() for axes in figure.axes]
    rows = [place.rowspan.start for place in places if place is not None]
    assert rows == [0, 0, 0, 1]


def test_a_figure_without_plots_is_empty() -> None:
    assert paired_figure([], VISITS).axes == []


def test_a_visit_named_in_dollars_is_no_formula() -> None:
    svg = figure_svg(paired_figure([plot([1], [2])], ("$x^2$", "<b>")), salt="a")

    assert "$x^2$" in svg
    assert "&lt;b&gt;" in svg


def test_the_same_figure_gives_the_same_svg() -> None:
    first, second = (
        figure_svg(paired_figure([plot([1, 2], [3, 0])], VISITS), salt="a")
        for _ in range(2)
    )

    assert first == second
    assert first.startswith("<svg")
    assert "dc:date" not in first


def test_two_figures_of_a_page_share_no_id() -> None:
    def ids(salt: str) -> set[str]:
        svg = figure_svg(paired_figure([plot([1, 2], [3, 4])], VISITS), salt=salt)
        return {part.split('"')[0] for part in svg.split(' id="')[1:]}

    assert ids("a")
    assert not ids("a") & ids("b")


def test_values_below_a_limit_are_hollow_and_explained() -> None:
    before, after = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    limits = np.array([True, False])
    censored = PairedPlot("B", "%", before, after, censored_before=limits)

    figure = paired_figure([censored], VISITS)

    hollow = [
        line for line in figure.axes[0].lines if line.get_markerfacecolor() == "white"
    ]
    assert [np.asarray(line.get_xydata()).tolist() for line in hollow] == [[[0, 1]]]
    assert figure.get_supxlabel().startswith("Hollow points")
    assert paired_figure([plot([1], [2])], VISITS).get_supxlabel() == ""


def test_a_pair_with_a_missing_value_is_not_counted() -> None:
    censored = PairedPlot(
        "B",
        "%",
        np.array([nan, 2.0]),
        np.array([3.0, 4.0]),
        censored_after=np.array([True, False]),
    )

    (axes,) = paired_figure([censored], VISITS).axes

    assert len(axes.lines) == 1
    assert axes.texts[0].get_text() == "n = 1"


def test_letters_and_a_label_are_drawn_where_asked_for() -> None:
    rows = [plot([1000, 2], [3, 4], p_value=1e-9, p_adjusted=1e-9)] * 4

    figure = paired_figure(rows, VISITS, label="Synthetic cohort", letters=True)

    letters = [axes.texts[-1].get_text() for axes in figure.axes]
    assert letters == ["A", "B", "C", "D"]
    assert figure.get_suptitle() == "Synthetic cohort"
    assert overlapping_texts(figure) == []
    assert texts_off_the_page(figure) == []
