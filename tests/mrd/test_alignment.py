"""Bringing a reference to the brightness of one tube."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.mrd.alignment import align_reference, brighten
from cytoflow_blina.mrd.distance import nearest_population
from tests.mrd.cells import MARKERS, clone_cells, normal_cells, normal_marrow

REFERENCE = normal_marrow()
NO_EVENTS = np.zeros((0, len(MARKERS)))
GAINS = np.array((0.25, -0.2, 0.15, -0.3, 0.1, -0.15))


def anchors(shift: FloatArray | None = None) -> Mapping[str, FloatArray]:
    """Medians of the anchor gates of a tube that is brighter by so many decades."""
    gain = np.zeros(len(MARKERS)) if shift is None else shift
    return {path: brighten(at, gain) for path, at in REFERENCE.anchors.items()}


def test_a_brighter_detector_moves_bright_cells_and_leaves_dark_ones() -> None:
    levels = np.array([0.0, 3.0, -0.001])

    moved = brighten(levels, np.full(3, 0.3))

    assert moved[0] == 0
    assert moved[1] == pytest.approx(3.3, abs=1e-6)
    assert moved[2] == pytest.approx(-0.002, rel=0.01)


@given(st.floats(-0.3, 3.5), st.floats(-1, 1))
def test_dimming_undoes_brightening(level: float, shift: float) -> None:
    there = brighten(np.array([level]), np.array([shift]))

    back = brighten(there, np.array([-shift]))

    assert back == pytest.approx([level], abs=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_full_spectrum_of_hematogones_tells_the_gain_of_every_marker(
    seed: int,
) -> None:
    events = brighten(normal_cells(4_000, np.random.default_rng(seed)), GAINS)

    aligned = align_reference(normal_marrow(between=0.3), events, {})

    np.testing.assert_allclose(aligned.shift, GAINS, atol=0.05)
    assert aligned.n_populations == len(REFERENCE.populations)


def test_a_tube_like_the_reference_moves_nothing() -> None:
    events = normal_cells(4_000, np.random.default_rng(4))

    aligned = align_reference(REFERENCE, events, anchors())

    np.testing.assert_allclose(aligned.shift, 0, atol=0.03)


def test_without_b_cells_the_anchors_tell_and_the_uncertainty_is_that_of_marrows() -> (
    None
):
    aligned = align_reference(REFERENCE, NO_EVENTS, anchors(GAINS))

    np.testing.assert_allclose(aligned.shift, GAINS, atol=1e-6)
    np.testing.assert_allclose(aligned.uncertainty, REFERENCE.between_tubes)
    assert aligned.n_populations == 0


def test_without_b_cells_and_anchors_the_reference_stays_and_grows_wider() -> None:
    aligned = align_reference(REFERENCE, NO_EVENTS, {})

    first, here = REFERENCE.populations[0], aligned.reference.populations[0]
    assert not aligned.shift.any()
    np.testing.assert_allclose(here.mean, first.mean)
    bright = first.mean > 1
    assert (np.diag(here.covariance) > np.diag(first.covariance))[bright].all()


def test_an_anchor_that_the_reference_does_not_know_tells_nothing() -> None:
    aligned = align_reference(REFERENCE, NO_EVENTS, {"other": np.full(6, 3.0)})

    assert not aligned.shift.any()


def test_an_anchor_without_the_marker_does_not_tell_its_gain() -> None:
    lit = {"t": brighten(REFERENCE.anchors["t"], GAINS)}

    shift = align_reference(REFERENCE, NO_EVENTS, lit).shift

    told = dict(zip(MARKERS, shift, strict=True))
    assert (told["CD10"], told["CD19"], told["CD34"]) == (0, 0, 0)
    assert told["CD45"] == pytest.approx(-0.15, abs=1e-6)


@pytest.mark.parametrize("station", [0, 3, 6])
def test_a_clone_near_one_station_moves_none_of_the_others(station: int) -> None:
    rng = np.random.default_rng(5)
    reference = normal_marrow(7)
    normal = normal_cells(1_000, rng, reference)
    beside = reference.populations[station].mean + np.array((0.4, -0.1, 0, 0, -0.4, 0))
    clone = clone_cells(9_000, rng, at=tuple(beside), sd=0.1)

    alone, aligned = (
        align_reference(reference, brighten(events, GAINS), anchors(GAINS))
        for events in (normal, np.vstack([normal, clone]))
    )

    np.testing.assert_allclose(aligned.shift, alone.shift, atol=0.05)


def test_a_tube_of_blasts_alone_is_aligned_by_its_anchors() -> None:
    clone = clone_cells(20_000, np.random.default_rng(6))

    aligned = align_reference(REFERENCE, brighten(clone, GAINS), anchors(GAINS))

    np.testing.assert_allclose(aligned.shift, GAINS, atol=0.1)


def test_one_station_moves_little_where_marrows_hardly_differ() -> None:
    reference = normal_marrow(5, between=0.03)
    station = tuple(reference.populations[2].mean)
    events = clone_cells(40, np.random.default_rng(12), at=station, sd=0.12)

    aligned = align_reference(reference, brighten(events, np.full(6, 0.2)), {})

    assert aligned.n_populations == 1
    assert np.abs(aligned.shift).max() < 0.1


def test_the_fewer_normal_b_cells_the_wider_normal_cells_are_taken() -> None:
    rng = np.random.default_rng(7)
    numbers = (0, 200, 4_000)

    uncertain = [
        align_reference(REFERENCE, normal_cells(n, rng), anchors()).uncertainty
        for n in numbers
    ]

    none, few, many = (one.mean() for one in uncertain)
    assert none > few > many > 0.01


@pytest.mark.parametrize("n_events", [1, 5, 14])
def test_a_handful_of_events_does_not_move_the_reference(n_events: int) -> None:
    events = normal_cells(n_events, np.random.default_rng(8)) + 0.3

    aligned = align_reference(REFERENCE, events, anchors())

    assert not aligned.shift.any()
    assert np.isfinite(aligned.uncertainty).all()


def test_equal_events_give_numbers() -> None:
    events = np.tile(REFERENCE.populations[2].mean, (500, 1))

    aligned = align_reference(REFERENCE, events, anchors())

    assert np.isfinite(aligned.shift).all()
    for one in aligned.reference.populations:
        assert np.linalg.eigvalsh(one.covariance).min() > 0


def test_normal_cells_of_another_gain_are_normal_once_aligned() -> None:
    events = brighten(normal_cells(4_000, np.random.default_rng(9)), GAINS)
    before, _ = nearest_population(events, REFERENCE.populations)

    aligned = align_reference(REFERENCE, events, {}).reference
    after, _ = nearest_population(events, aligned.populations)

    assert np.median(np.sqrt(before)) > np.median(np.sqrt(after))
    assert np.quantile(np.sqrt(after), 0.999) < 6


def test_an_alignment_of_many_events_looks_at_all_parts_of_the_tube() -> None:
    # Time goes by: the first half is empty of hematogones.
    rng = np.random.default_rng(10)
    mature = clone_cells(60_000, rng, at=tuple(REFERENCE.populations[-1].mean), sd=0.12)
    events = brighten(np.vstack([mature, normal_cells(6_000, rng)]), GAINS)

    aligned = align_reference(normal_marrow(between=0.3), events, {})

    np.testing.assert_allclose(aligned.shift, GAINS, atol=0.05)


def test_the_same_events_give_the_same_alignment() -> None:
    events = normal_cells(2_000, np.random.default_rng(11))

    first, again = (align_reference(REFERENCE, events, anchors()) for _ in range(2))

    assert first.shift.tolist() == again.shift.tolist()
    assert first.uncertainty.tolist() == again.uncertainty.tolist()
