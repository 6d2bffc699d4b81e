from math import nan

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.figures.drawn import (
    overlapping_texts,
    texts,
    texts_off_the_page,
    x_names,
)

from cytoflow_blina.figures.change import ChangePlot, change_figure
from cytoflow_blina.figures.svg import figure_svg


def plot(
    *groups: list[float], p_value: float = nan, p_adjusted: float = nan
) -> ChangePlot:
    return ChangePlot(
        "CD3",
        "change, cells/µL",
        tuple(f"group {k}" for k in range(len(groups))),
        tuple(np.array(group, dtype=np.float64) for group in groups),
        p_value,
        p_adjusted,
        test="Mann–Whitney",
    )


def dots(plot_drawn: ChangePlot) -> list[np.ndarray]:
    (axes,) = change_figure([plot_drawn]).axes
    return [
        np.array(line.get_xydata())
        for line in axes.lines
        if line.get_marker() not in ("None", "", None)
    ]


def test_each_subject_is_a_dot_at_its_change() -> None:
    first, second = dots(plot([3, -1, 2], [5, nan]))

    assert sorted(first[:, 1]) == [-1, 2, 3]
    assert second.tolist() == [[1, 5]]


def test_n_and_median_of_the_known_values_stand_under_the_name() -> None:
    (axes,) = change_figure([plot([1, 2, 9, nan], [-3], [])]).axes

    assert x_names(axes) == [
        "group 0\nn = 3\nmedian 2.00",
        "group 1\nn = 1\nmedian −3.00",
        "group 2\nn = 0",
    ]


def test_a_bar_lies_at_the_median_of_each_group() -> None:
    (axes,) = change_figure([plot([1, 2, 9], [-3])]).axes

    bars = [bar.get_paths()[0].vertices for bar in axes.collections]
    assert [float(np.asarray(bar)[0, 1]) for bar in bars] == [2, -3]


def test_a_line_marks_no_change() -> None:
    (axes,) = change_figure([plot([100, 120])]).axes

    assert [0, 0] in [list(np.asarray(line.get_ydata())) for line in axes.lines]
    low, high = axes.get_ylim()
    assert low < 0
    assert high > 120


def test_equal_values_lie_side_by_side() -> None:
    (group,) = dots(plot([0.3] * 12))

    assert np.unique(group[:, 0].round(6)).size == 12
    assert group[:, 0].min() >= -0.4
    assert group[:, 0].max() <= 0.4


def test_the_same_values_in_another_order_give_the_same_dots() -> None:
    values = [float(value) for value in np.random.default_rng(1).normal(size=40)]

    (first,), (second,) = dots(plot(values)), dots(plot(values[::-1]))

    assert first.tolist() == second.tolist()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_every_value_is_drawn_once_and_on_the_axis(values: list[float]) -> None:
    (axes,) = change_figure([plot(values)]).axes

    (group,) = [line for line in axes.lines if line.get_marker() == "o"]
    drawn = np.asarray(group.get_ydata())
    assert sorted(drawn.tolist()) == sorted(values)
    low, high = axes.get_ylim()
    assert ((drawn >= low) & (drawn <= high)).all()
    assert np.abs(np.asarray(group.get_xdata())).max() <= 0.45


def test_p_stands_over_a_bracket_from_the_first_to_the_last_group() -> None:
    (axes,) = change_figure([plot([1], [2], [3], p_value=0.016, p_adjusted=0.048)]).axes

    assert texts(axes) == ["Mann–Whitney\nP = 0.016 (Holm = 0.048)"]
    assert [0, 0, 2, 2] in [list(np.asarray(line.get_xdata())) for line in axes.lines]


def test_one_group_has_a_p_and_no_bracket() -> None:
    (axes,) = change_figure([plot([1, 2], p_value=1e-9)]).axes

    assert texts(axes) == ["Mann–Whitney\nP < 0.0001"]
    assert max(len(np.asarray(line.get_xdata())) for line in axes.lines) == 2


def test_a_p_that_is_not_known_is_not_printed() -> None:
    (axes,) = change_figure([plot([1], [2])]).axes

    assert texts(axes) == []


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([-2, -1, 1, 2], "linear"),
        ([-1.12, -0.03, -0.004, 0.0, 0.01, 0.02, 0.08], "symlog"),
        ([0, 0, 0], "linear"),
    ],
)
def test_a_heavy_tail_is_drawn_in_decades_of_both_signs(
    values: list[float], scale: str
) -> None:
    (axes,) = change_figure([plot(values)]).axes

    assert axes.get_yscale() == scale
    assert 0 in axes.get_yticks()


@pytest.mark.parametrize("groups", [(), ([],), ([nan], [])])
def test_an_outcome_without_values_says_so(groups: tuple[list[float], ...]) -> None:
    (axes,) = change_figure([plot(*groups)]).axes

    assert texts(axes) == ["no values"]


def test_groups_differ_in_colour_and_in_marker() -> None:
    (axes,) = change_figure([plot([1], [2], [3], [4])]).axes

    drawn = [line for line in axes.lines if line.get_marker() != "None"]
    assert len({line.get_markerfacecolor() for line in drawn}) == 4
    assert len({line.get_marker() for line in drawn}) == 4


def test_names_without_values_are_refused() -> None:
    odd = ChangePlot("CD3", "%", ("a", "b"), (np.ones(2),))

    with pytest.raises(ValueError, match="zip"):
        change_figure([odd])


def test_no_text_of_a_full_figure_covers_another() -> None:
    rng = np.random.default_rng(2)
    long = ChangePlot(
        "NK cells (CD16+CD56+/CD3-) of every subject with both visits on record",
        "change of the absolute count, 10⁹/L",
        tuple(f"Relapsed or refractory, stratum {k}, $x_{k}$" for k in range(4)),
        tuple(rng.normal(-1000, 5, 20) for _ in range(4)),
        1e-9,
        1e-9,
        "Benjamini–Hochberg",
        "Kruskal–Wallis test, asymptotic, with correction for ties",
    )

    figure = change_figure([long, long, plot([1], [2])], label="synthetic " * 40)

    assert overlapping_texts(figure) == []
    assert texts_off_the_page(figure) == []


def test_two_groups_stand_three_plots_in_a_row_with_letters() -> None:
    figure = change_figure([plot([1, 2], [3, 4], p_value=0.5)] * 4, label="Synthetic")

    places = [axes.get_subplotspec() for axes in figure.axes]
    assert [p.rowspan.start for p in places if p is not None] == [0, 0, 0, 1]
    assert [texts(axes)[0] for axes in figure.axes] == ["A", "B", "C", "D"]
    assert figure.get_suptitle() == "Synthetic"
    assert overlapping_texts(figure) == []


def test_names_in_dollars_are_no_formula() -> None:
    odd = ChangePlot("$a$", "$b$", ("$c$",), (np.ones(2),), 0.5, test="$d$")

    svg = figure_svg(change_figure([odd], label="$e$"), salt="a")

    assert all(f"${letter}$" in svg for letter in "abcde")


def test_nothing_but_the_figure_is_changed() -> None:
    before = dict(mpl.rcParams)

    change_figure([plot([1], [2])])

    assert dict(mpl.rcParams) == before


def test_a_figure_without_plots_is_empty() -> None:
    assert change_figure([]).axes == []
