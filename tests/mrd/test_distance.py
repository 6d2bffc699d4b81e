"""Distances of events from the populations of a reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import mahalanobis

from cytoflow_blina.domain.mrd import NormalPopulation
from cytoflow_blina.mrd.distance import (
    nearest_population,
    on_markers,
    squared_distances,
)
from tests.mrd.cells import MARKERS, normal_cells, normal_marrow

REFERENCE = normal_marrow()


def covariance_of(rng: np.random.Generator, n_markers: int) -> np.ndarray:
    roots = rng.normal(0, 0.3, (n_markers, n_markers))
    return np.asarray(roots @ roots.T + 0.01 * np.eye(n_markers))


@given(st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_the_distance_is_that_of_mahalanobis(seed: int, n_markers: int) -> None:
    rng = np.random.default_rng(seed)
    events = rng.uniform(-1, 4, (5, n_markers))
    mean, covariance = events[0] + 0.5, covariance_of(rng, n_markers)

    squared = squared_distances(events, mean, covariance)

    inverse = np.linalg.inv(covariance)
    expected = [mahalanobis(event, mean, inverse) ** 2 for event in events]
    assert squared == pytest.approx(expected, rel=1e-6)


def test_on_one_marker_it_is_the_number_of_standard_deviations() -> None:
    squared = squared_distances(
        np.array([[1.0], [1.5], [0.0]]), np.array([1.0]), np.array([[0.25]])
    )

    assert np.sqrt(squared) == pytest.approx([0, 1, 2])


def test_no_events_have_no_distance() -> None:
    none = np.zeros((0, len(MARKERS)))

    squared, which = nearest_population(none, REFERENCE.populations)

    one = REFERENCE.populations[0]
    assert squared_distances(none, one.mean, one.covariance).shape == (0,)
    assert squared.shape == which.shape == (0,)


def test_the_nearest_population_is_that_of_the_least_distance() -> None:
    # More events than are measured in one piece.
    events = normal_cells(40_000, np.random.default_rng(1))

    squared, which = nearest_population(events, REFERENCE.populations)

    every = np.array(
        [
            squared_distances(events, one.mean, one.covariance)
            for one in REFERENCE.populations
        ]
    )
    np.testing.assert_allclose(squared, every[which, np.arange(len(events))])
    # Well within a population it is enough to name one that holds the event.
    beyond = squared > len(MARKERS)
    np.testing.assert_allclose(squared[beyond], every.min(axis=0)[beyond])
    assert (which == every.argmin(axis=0))[beyond].all()
    assert beyond.sum() > 5_000


def test_between_two_populations_the_wider_one_is_nearer() -> None:
    narrow = NormalPopulation("narrow", np.array([0.0]), np.array([[0.01]]), 0.5)
    wide = NormalPopulation("wide", np.array([2.0]), np.array([[1.0]]), 0.5)

    squared, which = nearest_population(np.array([[0.8]]), (narrow, wide))

    assert which.tolist() == [1]
    assert squared == pytest.approx([1.44])


def test_of_equally_near_populations_the_first_is_taken() -> None:
    one = REFERENCE.populations[3]

    _, which = nearest_population(one.mean[None, :], (one, one))

    assert which.tolist() == [0]


def test_a_reference_on_fewer_markers_has_the_order_of_the_tube() -> None:
    reduced = on_markers(REFERENCE, ("CD45", "CD10"))

    first, whole = reduced.populations[0], REFERENCE.populations[0]
    assert reduced.markers == ("CD45", "CD10")
    assert first.mean.tolist() == [whole.mean[5], whole.mean[0]]
    assert first.covariance[0, 1] == whole.covariance[5, 0]
    assert reduced.anchors["cd34"].tolist() == [1.2, 0.1]
    assert reduced.between_tubes.shape == (2,)
    assert (first.name, first.weight) == (whole.name, whole.weight)


def test_fewer_markers_never_put_an_event_farther_away() -> None:
    events = normal_cells(200, np.random.default_rng(2))
    reduced = on_markers(REFERENCE, MARKERS[:3])

    squared, _ = nearest_population(events, REFERENCE.populations)
    on_three, _ = nearest_population(events[:, :3], reduced.populations)

    assert (on_three <= squared + 1e-9).all()


def test_a_marker_that_the_reference_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        on_markers(REFERENCE, ("CD10", "CD99"))
