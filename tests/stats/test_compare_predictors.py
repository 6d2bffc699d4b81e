"""Rows of comparisons.csv for a regression."""

from math import isnan

import numpy as np
import pytest

from cytoflow_blina.domain.comparison import PredictorTable
from cytoflow_blina.stats.compare_predictors import compare_predictors


def predictors(
    columns: list[list[float]], events: list[int], n_excluded: int = 0
) -> PredictorTable:
    return PredictorTable(
        contrast="r: model",
        event="no response",
        names=tuple(f"x{n}" for n in range(len(columns))),
        predictors=np.array(columns, dtype=np.float64).T.reshape(
            len(events), len(columns)
        ),
        is_event=np.array(events, dtype=np.bool_),
        n_excluded=n_excluded,
    )


def two_by_two(a: int, b: int, c: int, d: int) -> PredictorTable:
    """Expose a with and b without the event; c and d are not exposed."""
    exposed = [1.0] * (a + b) + [0.0] * (c + d)
    return predictors([exposed], [1] * a + [0] * b + [1] * c + [0] * d)


@pytest.mark.parametrize("cells", [(5, 3, 2, 8), (4, 0, 2, 6), (0, 5, 3, 4)])
def test_one_predictor_of_two_values_has_the_odds_ratio_of_halves_added(
    cells: tuple[int, int, int, int],
) -> None:
    (row,) = compare_predictors(two_by_two(*cells))

    a, b, c, d = (cell + 0.5 for cell in cells)
    assert row.effect == pytest.approx(a * d / (b * c), rel=1e-6)
    assert row.effect_lo95 < row.effect < row.effect_hi95
    assert row.effect_kind == "odds ratio of no response for one unit more"


def test_every_n_is_told() -> None:
    table = predictors([[1, 0, 1, 0, 1, 0], [5, 1, 4, 2, 2, 6]], [1, 1, 0, 0, 0, 0], 3)

    rows = compare_predictors(table)

    assert [row.outcome for row in rows] == ["x0", "x1"]
    assert {(row.n_a, row.n_b, row.n_events, row.n_excluded) for row in rows} == {
        (2, 4, 2, 3)
    }
    assert {row.events_per_variable for row in rows} == {1.0}
    assert {(row.kind, row.family, row.contrast) for row in rows} == {
        ("model", "model", "r: model")
    }


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([1, 1, 1], "not defined: everybody is of one kind"),
        ([0, 0, 0], "not defined: everybody is of one kind"),
        ([], "not defined: nobody"),
    ],
)
def test_a_model_of_one_kind_says_why_there_is_none(
    events: list[int], why: str
) -> None:
    values = [float(n) for n in range(len(events))]

    rows = compare_predictors(predictors([values, values], events))

    assert [row.method for row in rows] == [why, why]
    assert all(isnan(row.p_value) and isnan(row.effect) for row in rows)
    assert rows[0].events_per_variable == 0


@pytest.mark.parametrize(
    "columns", [[[2.0] * 6], [[1, 2, 3, 4, 5, 6], [2, 4, 6, 8, 10, 12]]]
)
def test_a_predictor_that_tells_nothing_apart_is_said(
    columns: list[list[float]],
) -> None:
    rows = compare_predictors(predictors(columns, [1, 0, 1, 0, 0, 1]))

    assert all(isnan(row.p_value) for row in rows)
    assert all(row.method for row in rows)
