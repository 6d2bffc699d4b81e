"""Single cells stay, two at once go."""

import numpy as np
import pytest
from matplotlib.path import Path as Outline

from cytoflow_blina.domain.template import PolygonShape
from cytoflow_blina.gates.fit.singlet_band import find_singlet_band

WHOLE = PolygonShape(("FSC", "FSC-H"), np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]]))


def pulses(n_single: int, n_double: int, offset: float = 0.0) -> np.ndarray:
    """Area and height of single cells and of pairs, whose areas add."""
    rng = np.random.default_rng(3)
    height = rng.uniform(0.12, 0.45, (n_single + n_double, 2))
    area = height.copy()
    area[:n_single, 1] = 0
    pairs = height.max(axis=1)
    pairs[:n_single] = height[:n_single, 0]
    noise = rng.normal(1, 0.02, pairs.size)
    return np.column_stack([area.sum(axis=1), offset + pairs * noise])


@pytest.mark.parametrize("offset", [0.0, 0.25])
def test_single_cells_stay_and_pairs_go(offset: float) -> None:
    values = pulses(5000, 150, offset)

    found = find_singlet_band(values, WHOLE, {"max_drop": 0.1})

    assert found is not None
    assert isinstance(found.geometry, PolygonShape)
    inside = Outline(found.geometry.vertices).contains_points(values)
    assert inside[:5000].mean() > 0.99
    assert inside[5000:].mean() < 0.25


def test_few_events_leave_the_template() -> None:
    assert find_singlet_band(pulses(40, 0), WHOLE, {}) is None


def test_height_that_does_not_rise_with_area_leaves_the_template() -> None:
    values = pulses(5000, 0)
    values[:, 1] = 0.6 - values[:, 1]

    assert find_singlet_band(values, WHOLE, {}) is None


def test_no_events_leave_the_template() -> None:
    assert find_singlet_band(np.empty((0, 2)), WHOLE, {}) is None


@pytest.mark.parametrize("gain", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("ratio", [0.2, 0.6, 1.5])
def test_single_cells_stay_whatever_the_gain_of_area_and_height(
    gain: float, ratio: float
) -> None:
    values = pulses(5000, 150) * np.array([gain, gain * min(ratio, 1 / gain)]) * 0.6

    found = find_singlet_band(values, WHOLE, {})

    assert found is not None
    assert isinstance(found.geometry, PolygonShape)
    inside = Outline(found.geometry.vertices).contains_points(values)
    assert inside[:5000].mean() > 0.99


def test_small_cells_among_many_large_ones_stay() -> None:
    rng = np.random.default_rng(7)
    large, small = rng.uniform(0.4, 0.6, 5000), rng.uniform(0.05, 0.09, 300)
    # Large cells are longer than the laser beam is high: their height lags behind.
    values = np.vstack(
        [
            np.column_stack([large, 0.25 + 0.4 * large]),
            np.column_stack([small, 0.9 * small]),
        ]
    ) * rng.normal(1, 0.02, (5300, 1))

    found = find_singlet_band(values, WHOLE, {})

    assert found is not None
    assert isinstance(found.geometry, PolygonShape)
    inside = Outline(found.geometry.vertices).contains_points(values)
    assert inside[5000:].all()
