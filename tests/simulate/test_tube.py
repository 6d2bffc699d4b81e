"""A simulated tube keeps to physics, to its truth and to its seed."""

from dataclasses import replace

import numpy as np
import pytest

from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.populations import CELLS, LYMPHOCYTES
from cytoflow_blina.simulate.spec import Preparation, TubeSpec
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube


def count(tube: SimulatedTube, *populations: str) -> int:
    return int(np.isin(tube.labels, populations).sum())


def test_the_same_seed_gives_the_same_tube(calibur_spec: TubeSpec) -> None:
    one, other = simulate_tube(calibur_spec, 5), simulate_tube(calibur_spec, 5)

    assert one.columns.values.tobytes() == other.columns.values.tobytes()
    assert one.labels.tolist() == other.labels.tolist()


@pytest.mark.parametrize("change", ["seed", "subject", "visit", "tube"])
def test_each_part_of_the_key_gives_another_tube(
    calibur_spec: TubeSpec, change: str
) -> None:
    seed = 6 if change == "seed" else 5
    spec = {
        "seed": calibur_spec,
        "subject": replace(calibur_spec, subject="other"),
        "visit": replace(calibur_spec, visit="other"),
        "tube": replace(calibur_spec, tube="B"),
    }[change]

    one, other = simulate_tube(calibur_spec, 5), simulate_tube(spec, seed)

    assert one.columns.values.tobytes() != other.columns.values.tobytes()
    assert one.conditions.gain.tolist() != other.conditions.gain.tolist()


def test_other_tubes_before_it_do_not_change_a_tube(
    calibur_spec: TubeSpec, canto_spec: TubeSpec
) -> None:
    alone = simulate_tube(canto_spec, 5)

    simulate_tube(calibur_spec, 5)
    after = simulate_tube(canto_spec, 5)

    assert alone.columns.values.tobytes() == after.columns.values.tobytes()


def test_tubes_of_one_instrument_share_its_settings_but_not_their_staining(
    calibur_spec: TubeSpec,
) -> None:
    first, second = (
        simulate_tube(replace(calibur_spec, subject=s, instrument="lab"), 5)
        for s in ("S01", "S02")
    )

    assert np.array_equal(first.conditions.gain, second.conditions.gain)
    assert np.array_equal(first.conditions.spill, second.conditions.spill)
    assert first.conditions.debris != second.conditions.debris


def test_beads_give_back_the_true_concentration(
    calibur_tubes: list[SimulatedTube], canto_tubes: list[SimulatedTube]
) -> None:
    for tube in (*calibur_tubes, *canto_tubes):
        n_lymphocytes, n_beads = count(tube, *LYMPHOCYTES), count(tube, "bead")

        measured = n_lymphocytes / n_beads * tube.beads_per_tube / tube.blood_volume_ul

        truth = sum(
            tube.spec.concentrations[name]
            for name in LYMPHOCYTES
            if name in tube.spec.concentrations
        )
        counting_error = np.sqrt(1 / n_lymphocytes + 1 / n_beads)
        assert measured == pytest.approx(truth, rel=4 * counting_error)


def test_populations_come_in_the_proportion_of_the_blood(
    canto_tubes: list[SimulatedTube],
) -> None:
    n_b = sum(count(tube, "b") for tube in canto_tubes)
    n_cd4 = sum(count(tube, "cd4_t") for tube in canto_tubes)

    assert n_b / n_cd4 == pytest.approx(450 / 900, rel=0.04)


def test_doublets_and_debris_stay_within_their_ranges(
    calibur_tubes: list[SimulatedTube], canto_tubes: list[SimulatedTube]
) -> None:
    for tube in (*calibur_tubes, *canto_tubes):
        labels = tube.labels
        is_doublet = np.char.startswith(labels, "doublet:")
        is_debris = labels == "debris"
        share = is_doublet.sum() / (~is_debris).sum()

        assert 0.007 < share < 0.024
        assert 0.04 < is_debris.mean() < 0.52
        assert not np.any(np.char.find(labels[is_doublet], "debris") >= 0)


def test_blood_without_b_cells_gives_no_b_event(canto_spec: TubeSpec) -> None:
    blood = {**canto_spec.concentrations, "b": 0.0}

    tube = simulate_tube(replace(canto_spec, concentrations=blood), 5)

    assert count(tube, "b") == 0


def test_a_tube_without_beads_has_no_bead_event(canto_spec: TubeSpec) -> None:
    spec = replace(canto_spec, preparation=Preparation(beads_per_tube=None))

    tube = simulate_tube(spec, 5)

    assert count(tube, "bead") == 0
    assert count(tube, *CELLS) > 6_000


def test_a_tube_with_nothing_in_it_has_no_events(canto_spec: TubeSpec) -> None:
    empty = Preparation(beads_per_tube=None)

    tube = simulate_tube(replace(canto_spec, concentrations={}, preparation=empty), 5)

    assert tube.columns.values.shape == (0, 11)
    assert tube.labels.size == 0


def test_acquisition_stops_when_the_blood_is_used_up(canto_spec: TubeSpec) -> None:
    few = {"cd4_t": 20.0, "monocyte": 10.0}

    tube = simulate_tube(replace(canto_spec, concentrations=few), 5)

    assert tube.acquired_share == 0.9
    assert count(tube, "cd4_t") == pytest.approx(0.9 * 50 * 20, rel=0.15)


def test_acquisition_stops_at_the_largest_number_of_events(
    canto_spec: TubeSpec,
) -> None:
    tube = simulate_tube(replace(canto_spec, max_events=5_000), 5)

    assert tube.labels.size == pytest.approx(5_000, rel=0.05)


def test_the_stop_rule_waits_for_the_beads_too(canto_spec: TubeSpec) -> None:
    tube = simulate_tube(replace(canto_spec, n_lymphocytes=100, n_beads=4_000), 5)

    assert count(tube, "bead") == pytest.approx(4_000, rel=0.06)


def test_pipetting_and_lot_errors_change_what_is_in_the_tube(
    canto_spec: TubeSpec,
) -> None:
    exact = simulate_tube(
        replace(canto_spec, preparation=Preparation(pipetting_cv=0, bead_lot_cv=0)), 5
    )

    tubes = [
        simulate_tube(
            replace(
                canto_spec,
                subject=str(i),
                max_events=100,
                preparation=Preparation(
                    pipetting_cv=0.05, bead_lot_cv=0.02, bead_lot=f"lot {i}"
                ),
            ),
            5,
        )
        for i in range(12)
    ]

    assert (exact.blood_volume_ul, exact.beads_per_tube) == (50.0, 50_450.0)
    assert 0.5 < np.std([tube.blood_volume_ul for tube in tubes]) / (0.05 * 50) < 1.6
    assert 0.5 < np.std([tube.beads_per_tube for tube in tubes]) / (0.02 * 50_450) < 1.6


def test_tubes_of_one_lot_share_its_error_and_each_is_pipetted_by_itself(
    canto_spec: TubeSpec,
) -> None:
    first, second = (
        simulate_tube(replace(canto_spec, subject=s, max_events=100), 5) for s in "ab"
    )

    assert first.beads_per_tube == second.beads_per_tube != 50_450.0
    assert first.blood_volume_ul != second.blood_volume_ul


def test_another_set_of_ranges_is_drawn_from(canto_spec: TubeSpec) -> None:
    dirty = replace(DEFAULT_RANGES, debris=(0.7, 0.7))

    tube = simulate_tube(canto_spec, 5, ranges=dirty)

    assert count(tube, "debris") / tube.labels.size == pytest.approx(0.7, abs=0.02)


def test_time_runs_forward_and_fits_its_scale(
    calibur_tubes: list[SimulatedTube], canto_tubes: list[SimulatedTube]
) -> None:
    for tube in (*calibur_tubes, *canto_tubes):
        clock = tube.columns.values[:, -1].astype(float)

        assert np.all(np.diff(clock) >= 0)
        seconds = clock[-1] * tube.columns.time_step_s
        assert seconds == pytest.approx(tube.duration_s, abs=tube.columns.time_step_s)
    assert all(tube.columns.values[:, -1].max() < 1023 for tube in calibur_tubes)
