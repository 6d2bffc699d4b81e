"""Marrows of different gains become one reference of what is normal in all of them."""

import numpy as np
import pytest

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.mrd import TubeReference
from cytoflow_blina.mrd.alignment import align_reference, brighten
from cytoflow_blina.mrd.distance import nearest_population
from cytoflow_blina.mrd.learn_reference import (
    NormalMarrow,
    hold_out,
    learn_marrows,
    learn_tube,
)
from cytoflow_blina.mrd.normal_stations import find_stations

MARKERS = ("CD10", "CD19", "CD38", "CD45")
COFACTOR = 165.8
T_CELL = (2.0, 2.0, 3.0, 4.3)
PATH = np.array([(4.4, 3.4, 4.4, 3.3), (3.9, 3.7, 4.3, 3.9), (2.0, 3.9, 3.0, 4.3)])
PLASMA = (2.0, 3.3, 5.0, 3.2)
BLAST = (4.9, 3.8, 3.2, 3.0)


def _decades(log_light: FloatArray) -> FloatArray:
    return np.asarray(np.arcsinh(10**log_light / COFACTOR) / np.log(10))


def _cells(
    centre: FloatArray | tuple[float, ...], n_events: int, rng: np.random.Generator
) -> FloatArray:
    """Draw cells around one place, decades."""
    log_light = np.asarray(centre) + rng.normal(0, 0.15, (n_events, len(MARKERS)))
    return _decades(log_light)


def _maturing(n_events: int, rng: np.random.Generator) -> FloatArray:
    """Draw cells along the path of maturation, decades."""
    stage = rng.uniform(0, 2, n_events)
    before = np.minimum(stage.astype(int), 1)
    share = (stage - before)[:, None]
    centre = (1 - share) * PATH[before] + share * PATH[before + 1]
    return _cells(centre, n_events, rng)


def _marrow(
    seed: int, gain: FloatArray, *, n_events: int = 2_000, n_plasma: int = 20
) -> NormalMarrow:
    rng = np.random.default_rng(seed)
    cells = [_maturing(n_events, rng), _cells(PLASMA, n_plasma, rng)]
    events = brighten(np.vstack(cells), gain)
    is_plasma = np.arange(len(events)) >= n_events
    t_cells = brighten(_cells(T_CELL, 500, rng), gain)
    return NormalMarrow(
        sample_id=f"N{seed}",
        events=events,
        anchors={"t": np.median(t_cells, axis=0)},
        stages={"plasma": is_plasma, "b": np.ones(len(events), dtype=np.bool_)},
    )


def _gains(n_marrows: int) -> FloatArray:
    gains = np.random.default_rng(3).normal(0, 0.12, (n_marrows, len(MARKERS)))
    return np.asarray(gains - np.median(gains, axis=0))


@pytest.fixture(scope="module")
def marrows() -> tuple[NormalMarrow, ...]:
    """Draw eight marrows of known gains."""
    return tuple(_marrow(seed, gain) for seed, gain in enumerate(_gains(8)))


@pytest.fixture(scope="module")
def reference(marrows: tuple[NormalMarrow, ...]) -> TubeReference:
    """Learn from all of them."""
    return learn_tube(marrows, MARKERS, cofactor=COFACTOR)


def test_known_gains_are_taken_out(
    marrows: tuple[NormalMarrow, ...], reference: TubeReference
) -> None:
    shifts = [
        align_reference(reference, one.events, one.anchors).shift for one in marrows
    ]

    found = np.array(shifts) - np.median(shifts, axis=0)
    assert np.abs(found - _gains(8)).max() < 0.04
    # Were the gains left in, they would widen the stations.
    spread = [np.sqrt(np.diag(one.covariance)) for one in reference.populations]
    assert np.median(spread) < 0.18


def test_gains_that_no_anchor_tells_stand_between_tubes(
    marrows: tuple[NormalMarrow, ...], reference: TubeReference
) -> None:
    bare = [NormalMarrow(one.sample_id, one.events, {}, one.stages) for one in marrows]

    without = learn_tube(bare, MARKERS, cofactor=COFACTOR)

    assert without.anchors == {}
    # T cells are bright with CD38 and CD45, and tell their gains.
    assert reference.between_tubes[2:].max() < 0.06
    # Drawn to 0.06, which is worth three marrows.
    expected = np.sqrt(((_gains(8) ** 2).sum(axis=0) + 3 * 0.06**2) / 10)
    assert expected.max() > 0.1
    assert np.allclose(without.between_tubes, expected, rtol=0.25)


def test_normal_cells_of_a_marrow_left_out_lie_near_and_blasts_far(
    marrows: tuple[NormalMarrow, ...],
) -> None:
    reference = learn_tube(marrows[:6], MARKERS, cofactor=COFACTOR)
    new, gain = marrows[7], _gains(8)[7]
    blasts = brighten(_cells(BLAST, 200, np.random.default_rng(1)), gain)

    aligned = align_reference(reference, new.events, new.anchors)
    normal, _ = nearest_population(new.events, aligned.reference.populations)
    leukaemic, _ = nearest_population(blasts, aligned.reference.populations)

    assert np.sqrt(np.quantile(normal, 0.999)) < 6
    assert np.sqrt(np.median(leukaemic)) > 7


def test_marrows_are_left_out_in_turn(marrows: tuple[NormalMarrow, ...]) -> None:
    held_out = hold_out(marrows[:4], MARKERS, cofactor=COFACTOR)

    assert held_out.n_events == 4 * 2_020
    assert list(held_out.quantiles_sd) == sorted(held_out.quantiles_sd)
    assert held_out.quantiles_sd[0] < 5


def test_rare_cells_have_a_station_of_their_own(
    reference: TubeReference,
) -> None:
    plasma = [one for one in reference.populations if one.name == "plasma"]

    assert plasma
    assert sum(one.weight for one in plasma) == pytest.approx(0.01, abs=0.005)
    assert plasma[0].mean[2] == pytest.approx(3.08, abs=0.15)


def test_the_same_marrows_give_the_same_reference(
    marrows: tuple[NormalMarrow, ...],
) -> None:
    np.random.seed(1)  # noqa: NPY002 - no global state may matter
    first = learn_tube(marrows[:3], MARKERS, cofactor=COFACTOR)
    np.random.seed(2)  # noqa: NPY002
    second = learn_tube(marrows[:3], MARKERS, cofactor=COFACTOR)

    assert len(first.populations) == len(second.populations)
    for one, other in zip(first.populations, second.populations, strict=True):
        assert np.array_equal(one.mean, other.mean)
        assert np.array_equal(one.covariance, other.covariance)


def test_cells_of_one_marrow_are_no_station(marrows: tuple[NormalMarrow, ...]) -> None:
    events = [one.events for one in marrows]
    blasts = _cells(BLAST, 300, np.random.default_rng(1))

    alone = find_stations([np.vstack([events[0], blasts]), *events[1:]])
    shared = find_stations([np.vstack([one, blasts]) for one in events])

    assert _nearest_sd(BLAST, alone.populations) > 4
    assert _nearest_sd(BLAST, shared.populations) < 1.5


def test_doublets_with_an_anchor_are_no_station(
    marrows: tuple[NormalMarrow, ...],
) -> None:
    rng = np.random.default_rng(5)
    stuck = np.log10(10 ** PATH[1] + 10 ** np.array([5.0, 2.0, 2.0, 4.6]))
    partner = _decades(np.array([5.0, 2.0, 2.0, 4.6]))
    events = [np.vstack([one.events, _cells(stuck, 40, rng)]) for one in marrows]

    taken = find_stations(events)
    refused = find_stations(events, [partner])

    assert _nearest_sd(stuck, taken.populations) < 1.5
    assert _nearest_sd(stuck, refused.populations) > 2.5


def test_neighbours_along_maturation_overlap(reference: TubeReference) -> None:
    stages = np.linspace(0, 2, 41)
    path = [
        [np.interp(stage, (0, 1, 2), PATH[:, column]) for column in range(4)]
        for stage in stages
    ]

    gaps = [_nearest_sd(place, reference.populations) for place in path]
    assert max(gaps) < 1.5


def _nearest_sd(log_light, populations) -> float:  # type: ignore[no-untyped-def]
    """Distance of a place from the nearest station, in standard deviations."""
    place = _decades(np.asarray(log_light, dtype=np.float64))[None]
    return float(np.sqrt(nearest_population(place, populations)[0][0]))


def test_marrows_that_have_nothing_in_common_give_no_stations() -> None:
    rng = np.random.default_rng(0)
    places = rng.uniform(2, 5, (3, 4))

    stations = find_stations([_cells(place, 500, rng) for place in places])

    assert stations.populations == ()
    assert stations.events.shape == (3, 0)


def test_a_marrow_without_b_lineage_does_not_matter(
    marrows: tuple[NormalMarrow, ...],
) -> None:
    empty = NormalMarrow("aplasia", np.zeros((0, 4)), marrows[0].anchors, {})

    reference = learn_tube([*marrows[:3], empty], MARKERS, cofactor=COFACTOR)

    assert {"b"} <= {one.name for one in reference.populations}


def _in_aplasia(seed: int, n_plasma: int) -> NormalMarrow:
    """Make a marrow with nothing but plasma cells, dim with everything."""
    rng = np.random.default_rng(seed)
    events = brighten(_cells(PLASMA, n_plasma, rng), np.full(len(MARKERS), -0.4))
    stages = {"plasma": np.ones(n_plasma, dtype=np.bool_)}
    return NormalMarrow(f"A{seed}", events, {}, stages)


@pytest.mark.parametrize("n_plasma", [0, 1, 200])
def test_marrows_in_aplasia_say_nothing_of_brightness_between_marrows(
    marrows: tuple[NormalMarrow, ...], n_plasma: int
) -> None:
    bare = [
        NormalMarrow(one.sample_id, one.events, {}, one.stages) for one in marrows[:4]
    ]
    aplasia = [_in_aplasia(seed, n_plasma) for seed in (20, 21)]

    alone = learn_marrows(bare, MARKERS, cofactor=COFACTOR)
    among = learn_marrows([*bare, *aplasia], MARKERS, cofactor=COFACTOR)

    assert alone.without_maturation == ()
    assert among.without_maturation == ("A20", "A21")
    assert np.allclose(
        among.reference.between_tubes, alone.reference.between_tubes, rtol=0.15
    )


def test_marrows_that_have_nothing_in_common_keep_the_usual_difference() -> None:
    rng = np.random.default_rng(0)
    places = rng.uniform(2, 5, (3, 4))
    strangers = [
        NormalMarrow(f"N{number}", _cells(place, 500, rng), {}, {})
        for number, place in enumerate(places)
    ]

    learnt = learn_marrows(strangers, MARKERS, cofactor=COFACTOR)

    assert np.isfinite(learnt.reference.between_tubes).all()
