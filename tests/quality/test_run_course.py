"""What changes while a tube runs: drift, settling beads, carry-over."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.quality.carry_over import early_excess, measure_carry_over
from cytoflow_blina.quality.run_course import measure_drift, measure_ratio_course

# ---- drift


def signal(n: int, decades: float, seed: int = 1) -> FloatArray:
    """Log signals of one population that move by so much from first to last."""
    generator = np.random.default_rng(seed)
    return 4.0 + 0.08 * generator.standard_normal(n) + decades * np.linspace(0, 1, n)


def test_a_steady_signal_moves_by_chance_alone() -> None:
    drift = measure_drift({"CD45": signal(5000, 0.0)})

    assert drift.decades < drift.by_chance < 0.03


def test_four_fifths_of_an_even_drift_show_between_the_fifths() -> None:
    drift = measure_drift({"CD45": signal(5000, 0.15)})

    assert drift.what == "CD45"
    assert drift.decades == pytest.approx(0.8 * 0.15, abs=0.01)
    assert drift.decades > drift.by_chance


def test_the_population_that_drifts_beyond_chance_is_named() -> None:
    drift = measure_drift({"few": signal(150, 0.0), "beads": signal(3000, 0.1)})

    assert drift.what == "beads"


def test_too_few_events_do_not_show_drift() -> None:
    drift = measure_drift({"CD45": signal(100, 0.5), "none": np.empty(0)})

    assert drift.what == ""
    assert np.isnan(drift.decades)


# ---- beads per cell


def test_beads_that_settle_are_fewer_in_the_last_third() -> None:
    generator = np.random.default_rng(1)
    is_bead = generator.random(60_000) < 0.2 * np.linspace(1.15, 0.85, 60_000)

    course = measure_ratio_course(is_bead, ~is_bead)

    assert course.difference_percent == pytest.approx(-25, abs=4)
    assert course.standard_error == pytest.approx(2.5, abs=0.2)


def test_few_beads_make_differences_by_chance() -> None:
    generator = np.random.default_rng(1)
    is_bead = generator.random(3000) < 0.1

    course = measure_ratio_course(is_bead, ~is_bead)

    assert abs(course.difference_percent) < 3 * course.standard_error


def test_beads_that_vanish_give_a_number_still() -> None:
    is_bead = np.arange(3000) < 100

    course = measure_ratio_course(is_bead, ~is_bead)

    assert course.difference_percent == -200
    # 100 beads in 2,000 events: shares of 0.05, each with an error of 0.0069.
    assert course.standard_error == pytest.approx(20 * np.sqrt(0.95), rel=1e-3)


def test_cells_that_vanish_give_a_number_still() -> None:
    is_bead = np.arange(3000) >= 100

    course = measure_ratio_course(is_bead, ~is_bead)

    assert course.difference_percent == pytest.approx(200)


def test_beads_of_the_middle_alone_have_no_course() -> None:
    is_bead = (np.arange(3000) > 1400) & (np.arange(3000) < 1500)

    assert np.isnan(measure_ratio_course(is_bead, ~is_bead).difference_percent)


def test_without_beads_there_is_no_ratio() -> None:
    none = np.zeros(100, dtype=np.bool_)

    assert np.isnan(measure_ratio_course(none, ~none).difference_percent)


# ---- carry-over

MIXTURE = np.array([0.3, 0.3, 0.25, 0.1, 0.05])
OTHER_MIXTURE = np.array([0.0, 0.5, 0.1, 0.1, 0.3])


def run(
    share: float = 0.0, seconds: float = 30.0, seed: int = 1
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Run steadily; beside it, this share of another sample comes in two seconds."""
    generator = np.random.default_rng(seed)
    n = int(1000 * seconds)
    others = int(share * n)
    time_s = np.concatenate(
        [generator.uniform(0, seconds, n), generator.uniform(0, 2, others)]
    )
    kinds = np.concatenate(
        [
            generator.choice(5, n, p=MIXTURE),
            generator.choice(5, others, p=OTHER_MIXTURE),
        ]
    )
    order = np.argsort(time_s)
    return time_s[order], kinds[order]


def test_what_another_sample_left_is_in_excess_in_the_first_seconds() -> None:
    measured = measure_carry_over(*run(0.03))

    assert not measured.by_chance
    assert 1.5 < measured.percent < 3.5


@pytest.mark.parametrize("seed", range(5))
def test_a_steady_run_has_no_excess_beyond_chance(seed: int) -> None:
    measured = measure_carry_over(*run(seed=seed))

    assert measured.by_chance


@pytest.mark.parametrize("begin", [1.0, 12.0])
def test_bubbles_are_no_carry_over(begin: float) -> None:
    time_s, kinds = run()
    bubbles = np.concatenate([begin + np.linspace(0, 0.3, 2500), np.full(2500, 20.2)])
    order = np.argsort(np.concatenate([time_s, bubbles]))
    with_air = np.concatenate([kinds, np.zeros(bubbles.size, dtype=np.intp)])[order]

    measured = measure_carry_over(np.concatenate([time_s, bubbles])[order], with_air)

    assert measured.percent < 0.5


def test_a_short_run_has_no_rest_to_compare_with() -> None:
    measured = measure_carry_over(*run(seconds=5))

    assert np.isnan(measured.percent)
    assert measured.problem == "a run of 5 s has too little rest beside its first 2 s"


def test_few_events_cannot_be_compared() -> None:
    time_s = np.linspace(0, 30, 60)

    measured = measure_carry_over(time_s, np.arange(60) % 5)

    assert measured.problem == "the first seconds hold too few events to compare"


@pytest.mark.parametrize(
    ("last_s", "problem"),
    [
        (1e8, "Time says that the run took 1e+08 s, longer than a day"),
        (8e4, "50000 events in 8e+04 s are too few to compare"),
    ],
)
def test_one_late_event_costs_no_memory(last_s: float, problem: str) -> None:
    time_s = np.append(np.linspace(0, 60, 49_999), last_s)

    measured = measure_carry_over(time_s, np.arange(50_000) % 5)

    assert measured.problem == problem
    assert np.isnan(measured.percent)
    assert early_excess(time_s, np.ones(50_000, dtype=np.bool_)) == 0
