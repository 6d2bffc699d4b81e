"""Lymphocytes are found by scatter alone."""

import numpy as np
import pytest

from cytoflow_blina.bridge.polygon import points_in_polygon
from cytoflow_blina.domain.template import PolygonShape, RectangleShape
from cytoflow_blina.gates.fit.scatter_cluster import find_scatter_cluster

EVERYWHERE = PolygonShape(("FSC", "SSC"), np.empty((0, 2)))


def cells(n: int, fsc: float, ssc: float, seed: int) -> np.ndarray:
    """Cells of one kind, log-normal in either scatter."""
    rng = np.random.default_rng(seed)
    return np.array([fsc, ssc]) * np.exp(rng.normal(0, [0.1, 0.2], (n, 2)))


def blood(*, n_debris: int = 2000, gain: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Events, and which of them are lymphocytes."""
    kinds = [
        cells(3000, 0.30, 0.06, 1),
        cells(600, 0.45, 0.16, 2),
        cells(6000, 0.48, 0.45, 3),
        cells(n_debris, 0.05, 0.03, 4),
    ]
    events = np.vstack(kinds) * np.array([1.0, gain])
    return events, np.arange(len(events)) < 3000


@pytest.mark.parametrize("n_debris", [0, 2000, 30_000])
@pytest.mark.parametrize("gain", [0.3, 1.0, 2.0])
def test_lymphocytes_are_gated_at_any_gain_and_beside_any_debris(
    n_debris: int, gain: float
) -> None:
    events, is_lymphocyte = blood(n_debris=n_debris, gain=gain)

    found = find_scatter_cluster(events, EVERYWHERE, {})

    assert found is not None
    assert isinstance(found.geometry, PolygonShape)
    inside = points_in_polygon(found.geometry.vertices, events)
    assert inside[is_lymphocyte].mean() > 0.97
    assert is_lymphocyte[inside].mean() > 0.97
    assert found.belongs is not None
    assert found.belongs.shape == (len(events),)


def test_debris_without_any_side_scatter_is_no_lymphocyte() -> None:
    events, is_lymphocyte = blood(n_debris=0)
    events = np.vstack([events, cells(4000, 0.02, 0.001, 5)])

    found = find_scatter_cluster(events, EVERYWHERE, {})

    assert found is not None
    assert isinstance(found.geometry, PolygonShape)
    inside = points_in_polygon(found.geometry.vertices, events)
    assert inside[: is_lymphocyte.size][is_lymphocyte].mean() > 0.97
    assert not inside[is_lymphocyte.size :].any()


def test_a_few_events_have_no_cluster() -> None:
    assert find_scatter_cluster(cells(40, 0.3, 0.06, 1), EVERYWHERE, {}) is None
    assert find_scatter_cluster(np.empty((0, 2)), EVERYWHERE, {}) is None


def test_events_without_scatter_have_no_cluster() -> None:
    assert find_scatter_cluster(np.zeros((500, 2)), EVERYWHERE, {}) is None


def test_only_a_polygon_is_found() -> None:
    assert find_scatter_cluster(blood()[0], RectangleShape(()), {}) is None
