"""The fall of MRD in powers of ten, with its interval or as a bound."""

from math import isnan, log10, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.exact_limits import garwood_limits
from cytoflow_blina.mrd.log_reduction import MrdPercent, log_reduction


def counted(n_events: int, n_all: int = 1_000_000, limit: float = nan) -> MrdPercent:
    low, high = garwood_limits(n_events)
    return MrdPercent(
        100 * n_events / n_all, 100 * low / n_all, 100 * high / n_all, limit
    )


def test_a_hundredth_is_a_fall_of_two() -> None:
    assert log_reduction(counted(10_000), counted(100)).log10 == pytest.approx(2)


def test_a_rise_is_below_zero() -> None:
    found = log_reduction(counted(100), counted(1_000))

    assert found.log10 == pytest.approx(-1)
    assert found.hi95 < 0


def test_below_the_limit_the_fall_is_at_least_that_to_the_limit() -> None:
    found = log_reduction(counted(10_000), counted(3, limit=0.002))

    assert found.is_bound
    assert found.log10 == pytest.approx(log10(1 / 0.002))
    assert found.lo95 < found.log10
    assert isnan(found.hi95)


@pytest.mark.parametrize("before", [counted(0, limit=0.002), counted(12, limit=0.002)])
def test_nothing_falls_from_where_nothing_was_detected(before: MrdPercent) -> None:
    found = log_reduction(before, counted(500))

    assert isnan(found.log10)
    assert found.problem == "the first sample is below its limit of detection"


@pytest.mark.parametrize("is_first", [True, False])
def test_what_is_not_known_has_no_fall(is_first: bool) -> None:
    unknown, known = MrdPercent(nan, nan, nan), counted(100)
    pair = (unknown, known) if is_first else (known, unknown)

    found = log_reduction(*pair)

    assert isnan(found.log10)
    assert found.problem == "MRD is not known"


def test_the_interval_holds_the_true_fall_as_often_as_it_says() -> None:
    # Poisson counts around 200 and 30 events: truth is log10(200 / 30).
    rng = np.random.default_rng(5)
    truth = log10(200 / 30)
    draws = zip(rng.poisson(200, 2_000), rng.poisson(30, 2_000), strict=True)

    found = [log_reduction(counted(int(b)), counted(int(a))) for b, a in draws]

    held = np.mean([one.lo95 <= truth <= one.hi95 for one in found])
    assert 0.945 <= held <= 0.985  # Garwood's limits are conservative


@given(st.integers(50, 100_000), st.integers(50, 100_000))
def test_the_way_back_is_as_long(first: int, second: int) -> None:
    there, back = (
        log_reduction(counted(first), counted(second)),
        log_reduction(counted(second), counted(first)),
    )

    assert there.log10 == pytest.approx(-back.log10)
    assert there.lo95 == pytest.approx(-back.hi95)
    assert there.lo95 <= there.log10 <= there.hi95
