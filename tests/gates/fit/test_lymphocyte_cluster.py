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
    return Outline(found.geometry.vertices).contains_points(values[:, :2])


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


@pytest.mark.parametrize("gain", [0.02, 0.3, 2.5])
def test_the_gain_of_side_scatter_does_not_matter(gain: float) -> None:
    values = leukocytes(3000, 600, 5000) * np.array([1.0, gain])

    gate = inside(values)

    assert gate[:3000].mean() > 0.95
    assert gate[:3000].sum() / gate.sum() > 0.95


def test_a_hundred_lymphocytes_among_fifty_thousand_others_are_found() -> None:
    values = leukocytes(150, 4000, 46000)

    gate = inside(values)

    assert gate[:150].mean() > 0.9
    assert gate[:150].sum() / gate.sum() > 0.8


def test_basophils_too_few_for_a_mode_stay_out() -> None:
    rng = np.random.default_rng(3)
    basophils = np.column_stack(
        [rng.normal(0.53, 0.02, 90), 0.075 * np.exp(rng.normal(0, 0.2, 90))]
    )
    values = np.vstack([leukocytes(400, 2000, 20000), basophils])

    gate = inside(values)

    assert gate[:400].mean() > 0.95
    assert gate[-90:].mean() < 0.2


def test_b_cells_with_less_and_nk_cells_with_more_cd45_belong_to_lymphocytes() -> None:
    t_cells = leukocytes(6000, 500, 3000)
    b_cells = leukocytes(1500, 0, 0, shift=-0.035)
    nk_cells = leukocytes(1500, 0, 0, shift=0.015)
    values = np.vstack([t_cells, b_cells, nk_cells])

    gate = inside(values)

    assert gate[9500:11000].mean() > 0.85
    assert gate[11000:].mean() > 0.95


def test_granulocytes_alone_are_not_taken_for_lymphocytes() -> None:
    values = leukocytes(0, 0, 5000)

    assert find_lymphocyte_cluster(values, TEMPLATE, {}) is None


def test_a_wide_cluster_of_lymphocytes_is_not_cut_down_to_its_middle() -> None:
    rng = np.random.default_rng(12)
    scatter = 0.23 * np.exp(0.35 * rng.standard_t(4, 3000))
    values = np.column_stack([rng.normal(0.62, 0.03, 3000), np.clip(scatter, 0.01, 1)])

    gate = inside(values)

    assert gate.mean() > 0.9


def with_cd3(values: np.ndarray, is_t: np.ndarray) -> np.ndarray:
    """Add CD3: T cells bright, all others dim."""
    rng = np.random.default_rng(5)
    cd3 = np.where(
        is_t, rng.normal(0.7, 0.03, is_t.size), rng.normal(0.3, 0.03, is_t.size)
    )
    return np.column_stack([values, cd3])


def test_back_gating_keeps_stimulated_t_cells_and_leaves_monocytes_out() -> None:
    rng = np.random.default_rng(3)
    resting = leukocytes(4000, 1500, 3000)
    stimulated = np.column_stack(
        [rng.normal(0.64, 0.02, 2000), 0.11 * np.exp(rng.normal(0, 0.28, 2000))]
    )
    values = np.vstack([resting, stimulated])
    is_t = np.zeros(len(values), dtype=bool)
    is_t[:3000] = True
    is_t[-2000:] = True
    is_monocyte = np.zeros(len(values), dtype=bool)
    is_monocyte[4000:5500] = True

    blind, seeing = inside(values), inside(with_cd3(values, is_t))

    assert seeing[-2000:].mean() > max(0.96, blind[-2000:].mean())
    assert seeing[is_monocyte].mean() < 0.15


def test_a_marker_that_others_carry_is_no_help() -> None:
    values = leukocytes(3000, 700, 5000)
    is_granulocyte = np.arange(len(values)) >= 3700

    blind, misled = inside(values), inside(with_cd3(values, is_granulocyte))

    assert (blind == misled).all()


def test_each_event_has_a_probability_to_belong() -> None:
    values = leukocytes(3000, 700, 5000)

    found = find_lymphocyte_cluster(values, TEMPLATE, {})

    assert found is not None
    assert found.belongs is not None
    assert found.belongs.shape == (8700,)
    assert found.belongs[:3000].mean() > 0.97
    assert found.belongs[3700:].mean() < 0.01
