import numpy as np
import pytest

from cytoflow_blina.report.cohort.analysis_figures import (
    MOST_PANELS,
    paired_plot,
    survival_plot,
)
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.collect import Row

SURVIVAL = DeclaredAnalysis("survival", "EFS")


def pair(outcome: str, **fields: str) -> Row:
    return {
        "outcome": outcome,
        "visit_a": "D0",
        "visit_b": "EOT",
        "value_a": "1",
        "value_b": "2",
        **fields,
    }


@pytest.mark.parametrize(("n_outcomes", "names"), [(12, [""]), (13, ["", "2"])])
def test_more_panels_than_a_page_holds_make_a_second_figure(
    n_outcomes: int, names: list[str]
) -> None:
    assert MOST_PANELS == 12
    rows = [{"outcome": f"IL-{number}"} for number in range(n_outcomes)]

    figures = list(paired_plot("CRS", rows, [pair(row["outcome"]) for row in rows]))

    assert [figure.name for figure in figures] == names


def test_a_check_on_another_outcome_is_not_drawn() -> None:
    rows = [{"outcome": "CD3_PERCENT"}, {"outcome": "CD3_PERCENT_OF_NON_B"}]

    (figure,) = paired_plot("x", rows, [pair(row["outcome"]) for row in rows])

    assert len(figure.figure.axes) == 1


def test_without_pairs_there_is_no_figure() -> None:
    assert list(paired_plot("x", [{"outcome": "CD3"}], [])) == []


def test_values_at_a_limit_are_drawn_hollow() -> None:
    row = {"outcome": "IL-10", "n_censored_a": "1", "n_censored_b": "0"}

    (figure,) = paired_plot("x", [row], [pair("IL-10", censored_a="1")])

    assert "Hollow points" in figure.svg


def test_those_at_risk_are_counted_just_before_each_month() -> None:
    curve = [
        {"group": "A", "months": months, "n_at_risk": at_risk, "survival": "1"}
        for months, at_risk in (("0", "9"), ("6", "9"), ("13", "4"))
    ]

    words = ("event-free survival", "no test")
    (figure,) = survival_plot(SURVIVAL, curve, ["A", "B"], words)

    svg = figure.svg
    assert [f">{n}<" in svg for n in (9, 4)] == [True, True]
    assert ">B<" in svg
    assert "Event-free survival" in svg


def test_nobody_followed_has_no_curve() -> None:
    assert list(survival_plot(SURVIVAL, [], ["A"], ("survival", ""))) == []


def test_figures_of_the_same_rows_give_the_same_svg() -> None:
    rows = [{"outcome": "CD3"}]

    (first,) = paired_plot("x", rows, [pair("CD3")])
    (second,) = paired_plot("x", rows, [pair("CD3")])

    assert first.svg == second.svg
    assert np.all(first.figure.get_size_inches() == second.figure.get_size_inches())
