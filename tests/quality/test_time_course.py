"""How steadily a tube ran, from Time alone."""

import numpy as np
import pytest

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.quality.time_course import measure_time, sentence


def steady(seconds: float = 60.0, per_second: int = 500, seed: int = 1) -> FloatArray:
    """Arrivals of a Poisson process, sorted."""
    generator = np.random.default_rng(seed)
    return np.sort(generator.uniform(0, seconds, int(seconds * per_second)))


@pytest.mark.parametrize("per_second", [5, 20, 500])
def test_a_steady_run_is_kept_whole_however_slow(per_second: int) -> None:
    measured = measure_time(steady(seconds=200, per_second=per_second))

    assert measured.kept_percent == 100
    assert measured.rate_cv_percent < 20
    assert measured.problem == ""


def test_a_clog_of_six_seconds_in_a_minute_costs_a_tenth_of_the_time() -> None:
    time_s = steady()
    clogged = time_s[(time_s < 20) | (time_s > 26)]

    measured = measure_time(clogged)

    assert measured.kept_percent == pytest.approx(90, abs=2)


def test_a_pause_longer_than_the_run_is_not_steady() -> None:
    time_s = steady(20)
    paused = np.where(time_s > 10, time_s + 100, time_s)

    measured = measure_time(paused)

    assert measured.problem == ""
    assert measured.kept_percent < 30


def test_a_burst_is_not_steady() -> None:
    time_s = steady()
    burst = np.sort(np.concatenate([time_s, steady(3, 2000, seed=2) + 30]))

    assert measure_time(burst).kept_percent == pytest.approx(95, abs=2)


@pytest.mark.parametrize("tick", [0.01, 0.2, 0.7, 1.3])
def test_a_coarse_clock_makes_no_gaps(tick: float) -> None:
    time_s = np.floor(steady(120) / tick) * tick

    assert measure_time(time_s).kept_percent == 100


def test_the_scale_of_the_start_does_not_matter() -> None:
    time_s = steady()

    assert measure_time(time_s) == measure_time(time_s + 4096)


@pytest.mark.parametrize(
    ("time_s", "problem"),
    [
        (None, "the file has no Time"),
        (np.empty(0), "there are no events"),
        (np.full(1000, 3.0), "Time is the same for all events"),
        (np.array([0.0, np.nan, 2.0]), "Time holds values that are not numbers"),
        (np.mod(steady(), 25), "Time wrapped: it starts again within the file"),
        (np.minimum(steady(), 40), "Time was clipped at its end"),
        (
            np.random.default_rng(3).permutation(steady()) * 0.4 + 10,
            "Time wrapped: it starts again within the file",
        ),
        (steady(0.8), "400 events in 0.797 s are too few for a rate"),
        (np.array([1.0]), "Time is the same for all events"),
    ],
)
def test_time_that_cannot_be_used_says_why(
    time_s: FloatArray | None, problem: str
) -> None:
    measured = measure_time(time_s)

    assert measured.problem == problem
    assert np.isnan(measured.kept_percent)
    assert sentence(measured) == f"{problem}."


def test_time_that_jitters_backwards_is_not_usable() -> None:
    time_s = steady()
    jittered = time_s + np.random.default_rng(4).uniform(-1, 1, time_s.size)

    assert measure_time(jittered).problem == "Time runs backwards"


def test_a_single_step_back_by_rounding_is_tolerated() -> None:
    time_s = steady()
    time_s[[500, 501]] = time_s[[501, 500]]

    assert measure_time(time_s).kept_percent == 100


def test_one_event_years_later_is_not_steady_and_costs_no_memory() -> None:
    measured = measure_time(np.append(steady(), 1e8))

    assert measured.kept_percent < 5
