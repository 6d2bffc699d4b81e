"""Lymphocytes are found among leukocytes by CD45 and side scatter."""

import numpy as np
import pytest
from matplotlib.path import Path as Outline

from cytoflow_blina.domain.template import PolygonShape
from cytoflow_blina.gates.fit.lymphocyte_cluster import find_lymphocyte_cluster

TEMPLATE = PolygonShape(("CD45", "SSC"), np.array([[0.5, 0], [1, 0], [1, 0.2]]))


def leukocytes(
    n_lymphocytes: int, n_monocytes: int, n_granulocytes: int, *, shift: float = 0.0
) -> np.ndarray:
    """Clusters at typical places: monocytes dimmer, granulocytes dimmer still."""
    rng = np.random.default_rng(11)

    def cluster(n: int, cd45: float, scatter: float, spread: float) -> np.ndarray:
        return np.column_stack(
            [
                rng.normal(cd45 + shift, 0.02, n),
                scatter * np.exp(rng.normal(0, spread, n)),
            ]
        )

    return np.vstack(
        [
            cluster(n_lymphocytes, 0.62, 0.06, 0.22),
            cluster(n_monocytes, 0.57, 0.18, 0.22),
            cluster(n_granulocytes, 0.47, 0.45, 0.25),
        ]
    )


def inside(values: np.ndarray) -> np.ndarray:
    found = find_lymphocyte_cluster(values, TEMPLATE, {})
    assert found is not None
    assert isinstance(found.geometry, PolygonShape)
    return Outline(found.geometry.vertices).contains_points(values)


@pytest.mark.parametrize(
    ("n_lymphocytes", "n_monocytes", "n_granulocytes"),
    [(4000, 700, 5000), (300, 700, 9000), (9000, 100, 100), (120, 100, 4000)],
)
@pytest.mark.parametrize("shift", [-0.05, 0.0, 0.05])
def test_nearly_all_lymphocytes_and_hardly_anything_else_are_inside(
    n_lymphocytes: int, n_monocytes: int, n_granulocytes: int, shift: float
) -> None:
    values = leukocytes(n_lymphocytes, n_monocytes, n_granulocytes, shift=shift)

    gate = inside(values)

    assert gate[:n_lymphocytes].mean() > 0.95
    assert gate[:n_lymphocytes].sum() / gate.sum() > 0.9


def test_two_lymphocytes_at_once_do_not_win_the_gate() -> None:
    single = leukocytes(4000, 500, 3000)
    pairs = single[:100] * [1, 2] + [0.075, 0]
    values = np.vstack([single, pairs])

    gate = inside(values)

    assert gate[:4000].mean() > 0.95


def test_the_same_tube_gives_the_same_gate() -> None:
    values = leukocytes(4000, 500, 3000)

    assert (inside(values) == inside(values.copy())).all()


@pytest.mark.parametrize("n_events", [0, 1, 30])
def test_too_few_events_leave_the_template(n_events: int) -> None:
    values = leukocytes(n_events, 0, 0)

    assert find_lymphocyte_cluster(values, TEMPLATE, {}) is None
