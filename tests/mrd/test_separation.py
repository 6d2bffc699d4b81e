"""The border between a cluster and the normal cells beside it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.mrd import TubeReference
from cytoflow_blina.mrd.distance import nearest_population, on_markers
from cytoflow_blina.mrd.separation import (
    Cluster,
    NormalCells,
    count_normal,
    robust_spread,
    separate_from_normal,
)
from tests.mrd.cells import (
    CLONE,
    MARKERS,
    SD,
    clone_cells,
    normal_cells,
    normal_marrow,
)

REFERENCE = normal_marrow()
SCALE = np.full(len(MARKERS), 0.18)
NEAR_HG1 = (2.75, 1.3, 0.1, 1.8, 1.7, 0.9)
"""About 6 SD from the first hematogones: brighter CD10, dimmer CD38."""


def separate(
    normal: FloatArray,
    clone: FloatArray,
    *,
    n_seeds: int = 0,
    reference: TubeReference = REFERENCE,
) -> Cluster:
    """Part the events of a clone from normal cells, grown from some of them."""
    events = np.vstack([normal, clone])
    squared, which = nearest_population(events, reference.populations)
    seeds = clone[: n_seeds or len(clone)]
    return separate_from_normal(
        events, squared, seeds, count_normal(reference, squared, which), SCALE
    )


def f1(cluster: Cluster, normal: FloatArray, clone: FloatArray) -> float:
    held, foreign = cluster.holds(clone).sum(), cluster.holds(normal).sum()
    return float(2 * held / (len(clone) + held + foreign))


def test_the_ellipsoid_of_a_gaussian_has_its_mean_and_spread_and_holds_it() -> None:
    rng = np.random.default_rng(1)
    clone = clone_cells(4_000, rng, sd=0.2)

    cluster = separate(normal_cells(2_000, rng), clone)

    np.testing.assert_allclose(cluster.mean, CLONE, atol=0.02)
    np.testing.assert_allclose(np.sqrt(np.diag(cluster.covariance)), 0.2, atol=0.02)
    assert cluster.holds(clone).mean() > 0.98


def test_normal_cells_stay_outside_of_a_distant_cluster() -> None:
    rng = np.random.default_rng(2)
    normal = normal_cells(20_000, rng)

    cluster = separate(normal, clone_cells(100, rng))

    assert cluster.holds(normal).sum() == 0
    assert cluster.n_foreign < 1


@pytest.mark.parametrize("n_clone", [20, 200, 5_000])
def test_a_distant_clone_is_parted_all_but_wholly(n_clone: int) -> None:
    rng = np.random.default_rng(3)
    normal, clone = normal_cells(20_000, rng), clone_cells(n_clone, rng)

    assert f1(separate(normal, clone), normal, clone) > 0.94


@pytest.mark.parametrize("n_clone", [200, 5_000])
def test_beside_normal_cells_the_border_weighs_loss_against_foreign_events(
    n_clone: int,
) -> None:
    rng = np.random.default_rng(4)
    normal, clone = normal_cells(20_000, rng), clone_cells(n_clone, rng, at=NEAR_HG1)

    cluster = separate(normal, clone)

    n_foreign = cluster.holds(normal).sum()
    assert f1(cluster, normal, clone) > 0.85
    assert cluster.n_foreign == pytest.approx(n_foreign, abs=0.05 * n_clone + 5)


def test_a_part_of_the_clone_is_enough_to_grow_the_whole() -> None:
    rng = np.random.default_rng(5)
    normal, clone = normal_cells(5_000, rng), clone_cells(3_000, rng)
    from_center = np.abs(clone - CLONE).max(axis=1)
    clone = clone[np.argsort(from_center)]

    cluster = separate(normal, clone, n_seeds=40)

    assert cluster.holds(clone).mean() > 0.95


def test_the_events_inside_are_counted_on_all_events() -> None:
    rng = np.random.default_rng(6)
    normal, clone = normal_cells(5_000, rng), clone_cells(300, rng)

    cluster = separate(normal, clone, n_seeds=50)

    assert cluster.n_events == cluster.holds(np.vstack([normal, clone])).sum()


def test_five_events_make_no_narrower_gate_than_cells_of_one_kind_spread() -> None:
    rng = np.random.default_rng(7)
    clone = clone_cells(5, rng, sd=0.001)

    cluster = separate(normal_cells(1_000, rng), clone)

    assert (np.sqrt(np.diag(cluster.covariance)) > 0.08).all()
    assert cluster.n_events == 5


def test_without_normal_cells_a_clone_is_held() -> None:
    clone = clone_cells(500, np.random.default_rng(8))

    cluster = separate(np.zeros((0, len(MARKERS))), clone)

    assert cluster.holds(clone).mean() > 0.95


def test_an_event_on_the_surface_is_inside() -> None:
    cluster = Cluster(np.zeros(2), np.eye(2), 4.0)

    inside = cluster.holds(np.array([[2.0, 0.0], [0.0, -2.0], [2.001, 0.0]]))

    assert inside.tolist() == [True, True, False]


def test_a_cluster_holds_none_of_no_events() -> None:
    assert Cluster(np.zeros(2), np.eye(2), 4.0).holds(np.zeros((0, 2))).shape == (0,)


def test_the_robust_spread_is_the_standard_deviation_of_a_gaussian() -> None:
    members = np.random.default_rng(9).normal(0, (0.1, 0.4), (20_000, 2))

    assert robust_spread(members) == pytest.approx((0.1, 0.4), rel=0.03)


def test_one_event_in_ten_elsewhere_does_not_blow_up_the_robust_spread() -> None:
    members = np.random.default_rng(10).normal(0, 0.1, (200, 1))
    members[:20] += 50

    assert robust_spread(members)[0] < 0.2


def test_the_spread_of_one_event_is_zero_and_of_none_unknown() -> None:
    assert robust_spread(np.ones((1, 3))).tolist() == [0, 0, 0]
    assert np.isnan(robust_spread(np.zeros((0, 3)))).tolist() == [True] * 3


def test_normal_cells_are_counted_at_their_stations_and_distant_ones_at_none() -> None:
    at = REFERENCE.populations[4].mean
    events = np.vstack([np.tile(at, (7, 1)), np.full((3, len(MARKERS)), 9.0)])
    squared, which = nearest_population(events, REFERENCE.populations)

    counted = count_normal(REFERENCE, squared, which)

    assert counted.n_events[4] == 7
    assert counted.n_events.sum() == 7


def test_no_events_are_no_normal_cells() -> None:
    counted = count_normal(REFERENCE, np.zeros(0), np.zeros(0, dtype=np.intp))

    assert counted.n_events.tolist() == [0] * len(REFERENCE.populations)


@given(st.floats(-5, 9), st.integers(0, 10**6))
def test_the_density_of_normal_cells_is_never_zero(level: float, number: int) -> None:
    numbers = np.full(len(REFERENCE.populations), float(number))
    cells = NormalCells(REFERENCE.populations, numbers)

    density = cells.density(np.full((1, len(MARKERS)), level))

    assert density[0] > 0
    assert np.isfinite(density[0])


def test_the_density_over_all_places_is_the_number_of_events() -> None:
    # One station on two markers: a Gaussian, a small part of it twice as wide.
    one = on_markers(REFERENCE, MARKERS[:2]).populations[4]
    cells = NormalCells((one,), np.array([1_000.0]))
    step = SD / 10
    offsets = np.arange(-10 * SD, 10 * SD, step)
    grid = np.stack(np.meshgrid(offsets, offsets), axis=-1).reshape(-1, 2)

    total = cells.density(one.mean + grid).sum() * step**2

    assert total == pytest.approx(1_000, rel=1e-3)


def test_normal_cells_that_a_tube_does_not_show_may_still_be_there() -> None:
    cells = NormalCells(REFERENCE.populations, np.zeros(len(REFERENCE.populations)))
    at = REFERENCE.populations[0].mean

    here, elsewhere = cells.density(np.array([at, at + 3]))

    assert here > 1 > elsewhere


def test_twice_as_many_normal_cells_lie_twice_as_dense() -> None:
    at = REFERENCE.populations[2].mean[None, :]
    numbers = np.full(len(REFERENCE.populations), 1_000.0)

    once = NormalCells(REFERENCE.populations, numbers).density(at)
    twice = NormalCells(REFERENCE.populations, 2 * numbers).density(at)

    assert twice == pytest.approx(2 * once)


def test_the_border_does_not_depend_on_the_order_of_markers() -> None:
    rng = np.random.default_rng(12)
    normal, clone = normal_cells(3_000, rng), clone_cells(200, rng)
    turned = on_markers(REFERENCE, MARKERS[::-1])

    there = separate(normal, clone)
    here = separate(normal[:, ::-1], clone[:, ::-1], reference=turned)

    assert there.n_events == here.n_events
    np.testing.assert_allclose(there.mean, here.mean[::-1])
    assert there.distance_squared == pytest.approx(here.distance_squared)
