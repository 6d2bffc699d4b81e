"""Clusters of B-lineage events that normal marrow does not hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.mrd import Phenotype, TubeReference
from cytoflow_blina.mrd.candidates import find_candidates
from cytoflow_blina.mrd.distance import nearest_population, on_markers
from cytoflow_blina.mrd.separation import Cluster
from tests.mrd.cells import (
    MARKERS,
    clone_cells,
    normal_cells,
    normal_marrow,
    phenotype,
    scattered_cells,
)
from tests.mrd.tubes import RULES

REFERENCE = normal_marrow()
NO_EVENTS = np.zeros((0, len(MARKERS)))
SECOND = (1.0, 1.6, 2.0, 1.9, 2.4, 0.6)
"""Another clone, as far from normal cells as the first: CD34 with CD20."""

NEAR = (2.78, 1.3, 0.1, 1.8, 2.04, 1.15)
"""Between 4 and 6 SD from the first hematogones."""


def find(
    events: FloatArray,
    *,
    known: Phenotype | None = None,
    reference: TubeReference = REFERENCE,
) -> tuple[Cluster, ...]:
    return find_candidates(events, reference, limits=RULES.candidates, phenotype=known)


def distance_of(members: FloatArray) -> float:
    squared, _ = nearest_population(members, REFERENCE.populations)
    return float(np.sqrt(np.median(squared)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_events", [5, 20, 50])
def test_few_events_of_a_distant_clone_are_proposed(n_events: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    clone = clone_cells(n_events, rng, sd=0.1)

    found = find(np.vstack([normal_cells(4_000, rng), clone]))

    assert len(found) == 1
    assert found[0].holds(clone).sum() >= 0.8 * n_events
    assert found[0].n_events <= n_events


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_events", [5, 20, 50, 1_000])
def test_as_many_scattered_events_are_not_proposed(n_events: int, seed: int) -> None:
    rng = np.random.default_rng(seed)

    found = find(np.vstack([normal_cells(4_000, rng), scattered_cells(n_events, rng)]))

    assert found == ()


def test_four_events_are_too_few_to_be_shown() -> None:
    rng = np.random.default_rng(1)
    clone = clone_cells(4, rng, sd=0.05)

    assert find(np.vstack([normal_cells(4_000, rng), clone])) == ()


def test_normal_cells_alone_give_no_candidate() -> None:
    for seed in range(20):
        events = normal_cells(5_000, np.random.default_rng(seed))

        assert find(events) == ()


def test_normal_cells_that_scatter_as_badly_stained_cells_do_give_no_candidate() -> (
    None
):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        normal = normal_cells(5_000, rng)
        center = normal_cells(150, rng)
        badly = center + 2 * rng.normal(0, 0.12, center.shape)

        assert find(np.vstack([normal, badly])) == ()


def test_two_clones_are_two_candidates_the_larger_first() -> None:
    rng = np.random.default_rng(2)
    first, second = clone_cells(60, rng), clone_cells(300, rng, at=SECOND)

    found = find(np.vstack([first, normal_cells(4_000, rng), second]))

    assert len(found) == 2
    assert found[0].holds(second).mean() > 0.9
    assert found[1].holds(first).mean() > 0.9
    assert not found[0].holds(first).any()


@pytest.mark.parametrize("apart", [0.3, 0.6, 0.9, 1.2, 1.5])
def test_clones_near_each_other_are_counted_whole_as_one_or_as_two(
    apart: float,
) -> None:
    rng = np.random.default_rng(12)
    first = clone_cells(120, rng)
    second = clone_cells(80, rng) - (0, 0, 0, apart, 0, 0)

    found = find(np.vstack([normal_cells(4_000, rng), first, second]))

    for clone in (first, second):
        held = np.logical_or.reduce([one.holds(clone) for one in found])
        assert held.mean() > 0.9
    assert 1 <= len(found) <= 2


def test_a_clone_is_found_where_hardly_any_cell_is_normal() -> None:
    rng = np.random.default_rng(3)
    clone = clone_cells(20_000, rng)

    found = find(np.vstack([clone, normal_cells(100, rng)]))

    assert found[0].holds(clone).mean() > 0.95
    assert sum(one.holds(clone).mean() > 0.5 for one in found) == 1


def test_a_clone_is_found_where_no_cell_is_normal() -> None:
    clone = clone_cells(500, np.random.default_rng(4))

    (found,) = find(clone)

    assert found.holds(clone).mean() > 0.95


def test_no_events_give_no_candidate() -> None:
    assert find(NO_EVENTS) == ()
    assert find(NO_EVENTS, known=phenotype()) == ()


def test_one_event_far_out_is_no_candidate() -> None:
    assert find(clone_cells(1, np.random.default_rng(5))) == ()


@pytest.mark.parametrize("n_events", [50, 500])
def test_a_loose_cloud_far_out_is_no_candidate(n_events: int) -> None:
    rng = np.random.default_rng(6)
    cloud = clone_cells(n_events, rng, at=(3.3, 1.6, 1.2, 1.2, 0.6, 0.2), sd=0.45)

    found = find(np.vstack([normal_cells(4_000, rng), cloud]))

    assert all(one.holds(cloud).mean() < 0.3 for one in found)


@pytest.mark.parametrize("seed", range(4))
def test_the_diagnosis_shows_a_clone_that_lies_too_near_to_be_found_without(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    clone = clone_cells(60, rng, at=NEAR, sd=0.08)
    events = np.vstack([normal_cells(4_000, rng), clone])

    without = find(events)
    known = find(events, known=phenotype(NEAR, sd=0.1))

    assert 4 < distance_of(clone) < 6
    assert without == ()
    assert len(known) == 1
    assert known[0].holds(clone).mean() > 0.7


def test_a_diagnosis_makes_no_candidate_of_normal_cells() -> None:
    for seed in range(10):
        events = normal_cells(5_000, np.random.default_rng(seed))

        assert find(events, known=phenotype(NEAR, sd=0.1)) == ()


def test_a_diagnosis_elsewhere_hides_nothing_and_doubles_nothing() -> None:
    rng = np.random.default_rng(7)
    events = np.vstack([normal_cells(4_000, rng), clone_cells(50, rng)])

    counts = [
        [one.n_events for one in find(events, known=known)]
        for known in (None, phenotype(), phenotype(SECOND))
    ]

    assert [len(one) for one in counts] == [1, 1, 1]
    assert counts[2] == counts[0]


def test_the_larger_clone_is_first_though_the_smaller_one_is_known() -> None:
    rng = np.random.default_rng(13)
    first, second = clone_cells(60, rng), clone_cells(300, rng, at=SECOND)

    found = find(
        np.vstack([first, normal_cells(4_000, rng), second]), known=phenotype()
    )

    assert [one.holds(second).any() for one in found] == [True, False]


def test_the_same_events_give_the_same_candidates() -> None:
    rng = np.random.default_rng(8)
    events = np.vstack([normal_cells(4_000, rng), clone_cells(50, rng)])

    first, again = find(events)[0], find(events.copy())[0]

    assert first.mean.tolist() == again.mean.tolist()
    assert first.covariance.tolist() == again.covariance.tolist()
    assert first.distance_squared == again.distance_squared


def test_the_order_of_events_does_not_matter() -> None:
    rng = np.random.default_rng(9)
    events = np.vstack([normal_cells(4_000, rng), clone_cells(50, rng)])

    (there,) = find(events)
    (here,) = find(rng.permutation(events))

    assert there.n_events == here.n_events
    np.testing.assert_allclose(there.mean, here.mean, atol=0.02)


def test_the_order_of_markers_does_not_matter() -> None:
    rng = np.random.default_rng(10)
    events = np.vstack([normal_cells(4_000, rng), clone_cells(50, rng)])
    turned = on_markers(REFERENCE, MARKERS[::-1])

    (there,) = find(events)
    (here,) = find(events[:, ::-1], reference=turned)

    assert there.n_events == here.n_events
    np.testing.assert_allclose(there.mean, here.mean[::-1], atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 6_000), st.integers(0, 2**32 - 1))
def test_no_number_of_normal_cells_hides_a_distant_clone(
    n_normal: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    clone = clone_cells(40, rng)

    found = find(np.vstack([normal_cells(n_normal, rng), clone]))

    assert [one.holds(clone).mean() > 0.7 for one in found] == [True]


def test_no_more_candidates_are_shown_than_the_limits_allow() -> None:
    rng = np.random.default_rng(11)
    places = [
        (0.1, 0.1, 0.1, 0.1, 0.1, 0.1),
        (3.4, 0.1, 0.1, 0.1, 0.1, 0.1),
        (0.1, 3.4, 0.1, 0.1, 0.1, 3.4),
        (0.1, 0.1, 3.4, 3.4, 0.1, 0.1),
        (0.1, 0.1, 3.4, 0.1, 3.4, 0.1),
        (3.4, 3.4, 0.1, 3.4, 0.1, 0.1),
        (3.4, 3.4, 3.4, 3.4, 3.4, 3.4),
    ]
    clones = [
        clone_cells(30 + 10 * number, rng, at=place)
        for number, place in enumerate(places)
    ]

    found = find(np.vstack([normal_cells(4_000, rng), *clones]))

    numbers = [one.n_events for one in found]
    assert len(found) == RULES.candidates.most_candidates
    assert numbers == sorted(numbers, reverse=True)
    assert found[0].holds(clones[-1]).mean() > 0.9


@pytest.mark.parametrize(
    "stricter",
    [
        {"fewest_events": 60},
        {"score_sd": 60.0},
        {"spread_decades": 0.05},
    ],
)
def test_a_lab_can_ask_more_of_a_candidate(stricter: dict[str, float]) -> None:
    rng = np.random.default_rng(14)
    events = np.vstack([normal_cells(2_000, rng), clone_cells(40, rng)])
    limits = RULES.candidates.model_copy(update=stricter)

    assert len(find(events)) == 1
    assert find_candidates(events, REFERENCE, limits=limits) == ()


def test_a_lab_can_have_fewer_candidates_shown() -> None:
    rng = np.random.default_rng(15)
    clones = (clone_cells(40, rng), clone_cells(60, rng, at=SECOND))
    events = np.vstack([normal_cells(2_000, rng), *clones])
    limits = RULES.candidates.model_copy(update={"most_candidates": 1})

    found = find_candidates(events, REFERENCE, limits=limits)

    assert [one.holds(clones[1]).any() for one in found] == [True]


def test_a_lab_can_ask_for_more_distance_where_the_diagnosis_is_known() -> None:
    rng = np.random.default_rng(0)
    clone = clone_cells(60, rng, at=NEAR, sd=0.08)
    limits = RULES.candidates.model_copy(update={"like_diagnosis_score_sd": 5.9})

    found = find_candidates(
        np.vstack([normal_cells(4_000, rng), clone]),
        REFERENCE,
        limits=limits,
        phenotype=phenotype(NEAR, sd=0.1),
    )

    assert found == ()
