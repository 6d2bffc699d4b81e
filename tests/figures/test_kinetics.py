from math import nan

import numpy as np
import pytest
from tests.figures.drawn import (
    line_values,
    overlapping_texts,
    texts,
    texts_off_the_page,
    x_names,
)

from cytoflow_blina.figures import style
from cytoflow_blina.figures.kinetics import KineticsPlot, kinetics_figure
from cytoflow_blina.figures.svg import figure_svg

VISITS = ("D0", "D14", "D28")


def plot(rows: list[list[float]], visits: tuple[str, ...] = VISITS) -> KineticsPlot:
    return KineticsPlot("CD3", "cells/µL", visits, np.array(rows, dtype=np.float64))


def test_each_subject_is_a_line_that_breaks_at_a_missing_visit() -> None:
    (axes,) = kinetics_figure([plot([[1, 2, 3], [4, nan, 6]])]).axes

    assert line_values(axes, 0) == ([0, 1, 2], [1, 2, 3])
    np.testing.assert_array_equal(line_values(axes, 1)[1], [4, nan, 6])


def test_medians_are_of_those_who_are_there() -> None:
    (axes,) = kinetics_figure([plot([[1, 2, nan], [4, nan, nan], [9, 6, nan]])]).axes

    (median,) = [line for line in axes.lines if line.get_color() == style.INK]
    assert np.asarray(median.get_xydata()).tolist() == [[0, 4], [1, 4]]
    assert x_names(axes) == ["D0\nn = 3", "D14\nn = 2", "D28\nn = 0"]


def test_a_subject_without_any_value_has_no_line() -> None:
    (axes,) = kinetics_figure([plot([[1, 2, 3], [nan, nan, nan]])]).axes

    assert sum(line.get_color() == style.BLUE for line in axes.lines) == 1


def test_means_of_a_model_stand_beside_with_their_intervals() -> None:
    with_model = KineticsPlot(
        "CD3",
        "cells/µL",
        VISITS,
        np.array([[1.0, 2, 3]]),
        np.array([1.0, 2.0, nan]),
        np.array([0.5, 1.0, nan]),
        np.array([2.0, 40.0, nan]),
    )

    (axes,) = kinetics_figure([with_model]).axes

    (means,) = [line for line in axes.lines if line.get_marker() == "s"]
    np.testing.assert_array_equal(np.asarray(means.get_ydata()), [1, 2, nan])
    assert axes.get_ylim()[1] > 40
    assert texts(axes) == ["bold: median; squares: model, 95 % interval"]


def test_means_without_an_interval_can_be_drawn() -> None:
    without = KineticsPlot("a", "b", ("c",), np.ones((1, 1)), np.array([1.0]))

    (axes,) = kinetics_figure([without]).axes

    assert "s" in [line.get_marker() for line in axes.lines]


@pytest.mark.parametrize(
    ("rows", "scale"),
    [
        ([[1, 10, 100]], "log"),
        ([[0, 10, 100]], "symlog"),
        ([[-1, 1, 2]], "linear"),
        ([[0, 0, 0]], "linear"),
        ([[5, 5, 5]], "log"),
    ],
)
def test_the_axis_holds_every_value(rows: list[list[float]], scale: str) -> None:
    (axes,) = kinetics_figure([plot(rows)]).axes

    low, high = axes.get_ylim()
    assert axes.get_yscale() == scale
    assert all(low <= value <= high for value in rows[0])


@pytest.mark.parametrize("values", [np.empty((0, 3)), np.full((4, 3), nan)])
def test_an_outcome_without_values_says_so(values: np.ndarray) -> None:
    (axes,) = kinetics_figure([KineticsPlot("CD3", "%", VISITS, values)]).axes

    assert texts(axes) == ["no values"]
    assert x_names(axes) == ["D0\nn = 0", "D14\nn = 0", "D28\nn = 0"]


def test_values_that_do_not_fit_the_visits_are_refused() -> None:
    with pytest.raises(ValueError, match=r"visits|reshape"):
        kinetics_figure([plot([[1, 2]])])


def test_no_text_of_a_full_figure_covers_another() -> None:
    rows = np.random.default_rng(1).lognormal(0, 2, (30, 6))
    long = KineticsPlot(
        "CD16+CD56+/CD3- natural killer cells of subjects with two cycles, $x$",
        "absolute count in peripheral blood, 10⁹ cells per litre",
        tuple(f"day {14 * k} after the infusion" for k in range(6)),
        rows,
        rows.mean(axis=0),
        rows.min(axis=0),
        rows.max(axis=0),
    )

    figure = kinetics_figure([long, plot([[1, 2, 3]]), long], label="synthetic " * 40)

    assert overlapping_texts(figure) == []
    assert texts_off_the_page(figure) == []
    assert [texts(axes)[0] for axes in figure.axes] == ["A", "B", "C"]


def test_names_in_dollars_are_no_formula() -> None:
    odd = KineticsPlot("$a$", "$b$", ("$c$",), np.ones((1, 1)))

    svg = figure_svg(kinetics_figure([odd]), salt="a")

    assert all(f"${letter}$" in svg for letter in "abc")


def test_a_figure_without_plots_is_empty() -> None:
    assert kinetics_figure([]).axes == []
