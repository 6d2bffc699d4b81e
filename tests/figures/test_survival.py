from dataclasses import replace
from math import nan

import numpy as np
import pytest
from matplotlib.axes import Axes
from tests.figures.drawn import overlapping_texts, texts, texts_off_the_page

from cytoflow_blina.figures.survival import (
    SurvivalGroup,
    SurvivalPlot,
    survival_figure,
)
from cytoflow_blina.figures.svg import figure_svg

AT = (0.0, 12.0, 24.0)


def group(name: str = "R/R", at_risk: tuple[int, ...] = (4, 2, 0)) -> SurvivalGroup:
    return SurvivalGroup(
        name,
        np.array([0.0, 3.0, 10.0, 20.0]),
        np.array([1.0, 0.75, 0.75, 0.375]),
        np.array([nan, 0.1, 0.1, 0.05]),
        np.array([nan, 0.95, 0.95, 0.8]),
        np.array([10.0, 20.0]),
        at_risk,
    )


def nobody(name: str = "nobody") -> SurvivalGroup:
    none = np.empty(0)
    return SurvivalGroup(name, none, none, none, none, none, (0, 0, 0))


def plot(*groups: SurvivalGroup, p_words: str = "log-rank P = 0.016") -> SurvivalPlot:
    return SurvivalPlot("By status", "Event-free survival", groups, AT, p_words)


def panel(*groups: SurvivalGroup) -> tuple[Axes, Axes]:
    curves, table = survival_figure([plot(*groups)]).axes
    return curves, table


def test_curves_are_steps_in_percent() -> None:
    curves, _ = panel(group())

    step = curves.lines[0]
    assert np.asarray(step.get_ydata()).tolist() == [100, 75, 75, 37.5]
    assert step.get_drawstyle() == "steps-post"
    assert curves.get_ylim()[0] == 0
    assert curves.get_yticks().tolist() == [0, 20, 40, 60, 80, 100]
    assert curves.get_ylabel() == "Event-free survival (%)"


def test_time_that_counts_from_elsewhere_says_from_where() -> None:
    named = group("mrd_negative_after = true")
    later = replace(plot(named), x_label="Months from the landmark (3 months)")

    figure = survival_figure([later])

    label = figure.axes[0].get_xlabel().replace("\n", " ")
    assert label == "Months from the landmark (3 months)"
    assert texts_off_the_page(figure) == []


def test_the_name_of_a_column_is_not_broken_within() -> None:
    _, table = panel(group("mrd_negative_after = true"))

    (name,) = [label.get_text() for label in table.get_yticklabels()]
    assert "mrd_negative_after" in name


def test_ticks_of_censoring_lie_on_the_curve() -> None:
    curves, _ = panel(group())

    (ticks,) = [line for line in curves.lines if line.get_marker() == "|"]
    assert np.asarray(ticks.get_xydata()).tolist() == [[10, 75], [20, 37.5]]


def test_the_band_is_drawn_only_where_it_is_defined() -> None:
    curves, _ = panel(group())

    (band,) = curves.collections
    vertices = np.concatenate([np.asarray(p.vertices) for p in band.get_paths()])
    assert vertices[:, 0].min() == 3
    assert vertices[:, 1].min() == 5
    assert vertices[:, 1].max() == 95


def test_numbers_at_risk_stand_beneath_the_ticks_of_the_axis() -> None:
    curves, table = panel(group(), group("CR", (30, 1200, 7)))

    numbers = [text for text in table.texts if text.get_text()]
    assert [text.get_text() for text in numbers] == ["4", "2", "0", "30", "1,200", "7"]
    assert [text.get_position() for text in numbers[:3]] == [(0, 0), (12, 0), (24, 0)]
    assert curves.get_xticks().tolist() == list(AT)
    table.figure.draw_without_rendering()  # type: ignore[union-attr]
    assert table.get_position().x0 == pytest.approx(curves.get_position().x0)
    assert table.get_position().x1 == pytest.approx(curves.get_position().x1)
    assert table.get_xlim() == curves.get_xlim()


def test_rows_of_the_table_are_the_key_to_the_lines() -> None:
    curves, table = panel(group(), group("CR"))

    assert [text.get_text() for text in table.get_yticklabels()] == ["R/R", "CR"]
    keys = [text for text in table.texts if not text.get_text()]
    assert len(keys) == 2
    assert curves.get_legend() is None
    steps = [line for line in curves.lines if line.get_marker() == "None"]
    assert len({line.get_color() for line in steps}) == 2
    assert len({line.get_linestyle() for line in steps}) == 2


def test_the_test_is_written_over_the_curves() -> None:
    curves, _ = panel(group())

    assert texts(curves) == ["log-rank P = 0.016"]


def test_a_group_without_subjects_keeps_its_row() -> None:
    curves, table = panel(group(), nobody())

    assert len(curves.collections) == 1
    assert [text.get_text() for text in table.texts][-3:] == ["0", "0", "0"]


@pytest.mark.parametrize("groups", [(), (nobody(),), (nobody(), nobody("b"))])
def test_a_plot_without_subjects_says_so(groups: tuple[SurvivalGroup, ...]) -> None:
    figure = survival_figure([plot(*groups, p_words="")])

    assert texts(figure.axes[0]) == ["no subjects"]
    assert overlapping_texts(figure) == []


def test_a_subject_without_follow_up_can_be_drawn() -> None:
    at_zero = np.zeros(1)
    alone = SurvivalGroup("a", at_zero, at_zero + 1, at_zero, at_zero, at_zero, ())

    figure = survival_figure([SurvivalPlot("a", "b", (alone,), ())])

    assert figure.axes[0].get_xlim() == (0, 1)


def test_numbers_that_do_not_fit_their_times_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        panel(group(at_risk=(4, 2)))


def test_no_text_of_a_full_figure_covers_another() -> None:
    long = plot(
        *(
            group(f"Relapsed or refractory at first cycle {k}, $x_{k}$")
            for k in range(4)
        ),
        p_words="log-rank P < 0.0001, stratified by centre, over all four groups $x$",
    )

    figure = survival_figure(
        [long, plot(group()), plot(group(), nobody()), long], label="synthetic " * 40
    )

    assert overlapping_texts(figure) == []
    assert texts_off_the_page(figure) == []


def test_curves_above_each_other_are_equally_wide() -> None:
    figure = survival_figure([plot(group("a"))] * 2 + [plot(group("a long name"))])

    figure.draw_without_rendering()

    first, third = figure.axes[0].get_position(), figure.axes[4].get_position()
    assert (first.x0, first.x1) == pytest.approx((third.x0, third.x1))


def test_names_in_dollars_are_no_formula() -> None:
    odd = SurvivalPlot("$a$", "$b$", (group("$c$"),), AT, "$d$")

    svg = figure_svg(survival_figure([odd]), salt="a")

    assert all(f"${letter}$" in svg for letter in "acd")
    assert "$b$ (%)" in svg


def test_a_figure_without_plots_is_empty() -> None:
    assert survival_figure([]).axes == []
