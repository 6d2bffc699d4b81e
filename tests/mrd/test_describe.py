"""What is said of a candidate, beside normal cells and beside the diagnosis."""

import numpy as np
import pytest

from cytoflow_blina.mrd.describe import (
    aberrancies,
    diagnosis_distance,
    nearest_normal,
    on_common_markers,
    phenotype_of,
)
from cytoflow_blina.mrd.distance import squared_distances
from tests.mrd.cells import (
    CLONE,
    MARKERS,
    clone_cells,
    normal_marrow,
    phenotype,
)

REFERENCE = normal_marrow()


def test_a_clone_is_far_from_the_first_hematogones_which_are_nearest_to_it() -> None:
    members = clone_cells(200, np.random.default_rng(1))

    score, nearest = nearest_normal(members, REFERENCE)

    expected = np.sqrt(
        min(
            np.median(squared_distances(members, one.mean, one.covariance))
            for one in REFERENCE.populations
        )
    )
    assert score == pytest.approx(expected, rel=0.05)
    assert score > 6
    assert nearest.mean[0] > 2


def test_normal_cells_are_near_their_own_station() -> None:
    at = tuple(REFERENCE.populations[-1].mean)
    members = clone_cells(500, np.random.default_rng(2), at=at, sd=0.12)

    score, nearest = nearest_normal(members, REFERENCE)

    assert nearest.name == "mature_b"
    assert score < 3


def test_one_event_has_a_score() -> None:
    score, nearest = nearest_normal(REFERENCE.populations[0].mean[None, :], REFERENCE)

    assert score == 0
    assert nearest.name == "hg1"


def test_aberrancies_are_those_beyond_the_limit_the_largest_first() -> None:
    found = aberrancies(
        np.array((3.0, 1.0, 0.6, 1.0)),
        ("CD10", "CD19", "CD38", "CD45"),
        np.array((2.2, 1.05, 1.2, 1.0)),
        np.diag((0.2, 0.1, 0.1, 0.1)) ** 2,
        least_sd=2.5,
    )

    assert [one.marker for one in found] == ["CD38", "CD10"]
    assert [one.decades for one in found] == pytest.approx([-0.6, 0.8])
    assert [one.sd for one in found] == pytest.approx([-6, 4])


def test_a_difference_at_the_limit_is_none() -> None:
    found = aberrancies(
        np.array([1.5]), ("CD10",), np.array([1.0]), np.array([[0.0625]]), least_sd=2.0
    )

    assert found == ()


def test_a_candidate_like_normal_cells_has_no_aberrancies() -> None:
    one = REFERENCE.populations[3]

    assert aberrancies(one.mean, MARKERS, one.mean, one.covariance, least_sd=1.0) == ()


def test_the_distance_from_the_diagnosis_is_in_its_standard_deviations() -> None:
    moved = np.array(CLONE)
    moved[0] -= 0.42

    assert diagnosis_distance(np.array(CLONE), phenotype()) == 0
    assert diagnosis_distance(moved, phenotype(sd=0.14)) == pytest.approx(3)


def test_the_phenotype_of_a_clone_is_its_median_and_its_shape() -> None:
    members = clone_cells(5_000, np.random.default_rng(3), sd=0.2)

    found = phenotype_of(members, MARKERS, sample_id="P1-DX", visit="DX")

    assert found is not None
    assert (found.sample_id, found.visit, found.n_events) == ("P1-DX", "DX", 5_000)
    assert found.markers == MARKERS
    np.testing.assert_allclose(found.mean, CLONE, atol=0.02)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), 0.2, atol=0.02)


@pytest.mark.parametrize("n_events", [0, 1, 5])
def test_a_handful_of_events_has_no_shape(n_events: int) -> None:
    members = clone_cells(n_events, np.random.default_rng(4))

    assert phenotype_of(members, MARKERS, sample_id="P1", visit="DX") is None


def test_equal_events_have_a_shape_that_can_be_measured_by() -> None:
    members = np.tile(CLONE, (50, 1))

    found = phenotype_of(members, MARKERS, sample_id="P1", visit="DX")

    assert found is not None
    assert diagnosis_distance(np.array(CLONE), found) == 0
    assert np.isfinite(diagnosis_distance(np.array(CLONE) + 0.1, found))


def test_a_phenotype_is_read_on_the_markers_of_the_tube() -> None:
    known = phenotype()

    found = on_common_markers(known, ("CD45", "CD10"))

    assert found is not None
    assert found.markers == ("CD45", "CD10")
    assert found.mean.tolist() == [CLONE[5], CLONE[0]]
    assert found.covariance.shape == (2, 2)
    assert (found.sample_id, found.n_events) == (known.sample_id, known.n_events)


def test_a_phenotype_that_lacks_a_marker_of_the_tube_says_nothing() -> None:
    assert on_common_markers(phenotype(), ("CD10", "CD58")) is None
