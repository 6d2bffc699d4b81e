"""Whether the beads make one tight cluster, and the share of living cells."""

import numpy as np
import pytest

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.quality.bead_cluster import measure_bead_cv
from cytoflow_blina.quality.saturation import measure_axis_pileup
from cytoflow_blina.quality.viability import measure_viability


def tube(
    cv: float = 0.03, n_dim: int = 0, drift: float = 0.0
) -> tuple[dict[str, FloatArray], list[FloatArray], BoolArray]:
    """Cells in one detector, then beads, bright in both; a gate around the bright."""
    generator = np.random.default_rng(1)
    n_cells, n_beads = 5000, 2000
    is_bead = np.arange(n_cells + n_beads) >= n_cells
    level = np.where(is_bead, 70_000.0, 200.0)
    level[is_bead] *= np.linspace(1, 10**drift, n_beads)
    level[n_cells : n_cells + n_dim] /= 4
    generator.shuffle(level[n_cells:]) if n_dim else None
    beads = is_bead & (level > 40_000)
    signals = {
        name: level * np.exp(cv * generator.standard_normal(level.size))
        for name in ("CD3", "CD19")
    }
    signals["CD3"][:2000] = 8000.0
    scatter = np.where(is_bead, 90e3, 12e3) * np.exp(
        0.05 * generator.standard_normal(level.size)
    )
    return signals, [scatter], beads


@pytest.mark.parametrize("cv", [0.02, 0.05])
def test_the_cv_is_that_of_the_signal(cv: float) -> None:
    found = measure_bead_cv(*tube(cv))

    assert found == pytest.approx({"CD3": 100 * cv, "CD19": 100 * cv}, rel=0.1)


def test_dim_beads_that_the_gate_left_out_are_measured_with_the_others() -> None:
    found = measure_bead_cv(*tube(n_dim=300))

    assert min(found.values()) > 30


def test_drift_makes_no_wide_beads() -> None:
    found = measure_bead_cv(*tube(drift=0.1))

    assert max(found.values()) < 4


def test_few_beads_have_no_cv() -> None:
    signals, scatter, beads = tube()
    few = beads & (np.cumsum(beads) <= 99)

    assert measure_bead_cv(signals, scatter, few) == {}
    assert measure_bead_cv({}, scatter, beads) == {}


# ---- pile-up on the axis


def test_negatives_in_the_lowest_channel_pile_up() -> None:
    stored = np.array([1.0, 1.0, 1.0, 5.0, 8.0, 1.0])
    negatives = np.array([True, True, True, True, True, False])

    assert measure_axis_pileup(stored, negatives) == pytest.approx(60)


def test_without_negatives_there_is_no_pile_up() -> None:
    assert np.isnan(measure_axis_pileup(np.ones(3), np.zeros(3, dtype=np.bool_)))


# ---- viability


def test_dead_cells_take_up_the_dye() -> None:
    signal = np.concatenate([np.full(900, 100.0), np.full(100, 9000.0)])

    assert measure_viability(signal) == pytest.approx(90)


def dyed(n_living: int, n_dead: int, seed: int = 1) -> FloatArray:
    """Signals of living cells about 100 and of dead ones about 10,000."""
    generator = np.random.default_rng(seed)
    decades = np.concatenate([np.full(n_living, 2.0), np.full(n_dead, 4.0)])
    return 10 ** (decades + 0.25 * generator.standard_normal(decades.size))


@pytest.mark.parametrize("alive", [2, 10, 24, 50, 85, 98])
@pytest.mark.parametrize("n", [1000, 20_000])
def test_viability_is_told_however_many_are_dead(alive: int, n: int) -> None:
    signal = dyed(n * alive // 100, n * (100 - alive) // 100)

    assert measure_viability(signal) == pytest.approx(alive, abs=0.5)


@pytest.mark.parametrize("counts", [(10_000, 0), (0, 10_000), (10_000, 5), (60, 0)])
def test_one_mode_is_neither_living_nor_dead(counts: tuple[int, int]) -> None:
    assert np.isnan(measure_viability(dyed(*counts)))


def test_noise_about_zero_is_one_mode() -> None:
    noise = 30 * np.random.default_rng(1).standard_normal(5000)

    assert np.isnan(measure_viability(noise))
    both = np.concatenate([noise, dyed(0, 5000)])
    assert measure_viability(both) == pytest.approx(50, abs=0.5)


def test_few_leukocytes_have_no_viability() -> None:
    assert np.isnan(measure_viability(np.ones(19)))
