"""The call of CD19 on a candidate, at every border."""

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.mrd.cd19_expression import Cd19Limits, call_cd19

B_LEVEL, POSITIVE = 3.0, 1.5


def candidate(n_positive: int, n_negative: int, level: float = 3.0) -> FloatArray:
    return np.array([level] * n_positive + [0.2] * n_negative)


@pytest.mark.parametrize(
    ("n_positive", "n_negative", "expected"),
    [
        (100, 0, "positive"),
        (80, 20, "positive"),
        (79, 21, "mixed"),
        (20, 80, "mixed"),
        (19, 81, "negative"),
        (0, 5, "negative"),
        (1, 0, "positive"),
    ],
)
def test_the_share_of_positive_events_parts_positive_mixed_and_negative(
    n_positive: int, n_negative: int, expected: str
) -> None:
    called = call_cd19(candidate(n_positive, n_negative), B_LEVEL, POSITIVE)

    assert called.cd19 == expected
    assert called.positive_percent == 100 * n_positive / (n_positive + n_negative)


@pytest.mark.parametrize(
    ("level", "expected"), [(2.5, "positive"), (2.49, "dim"), (3.4, "positive")]
)
def test_more_than_half_a_decade_below_mature_b_is_dim(
    level: float, expected: str
) -> None:
    called = call_cd19(candidate(10, 0, level), B_LEVEL, POSITIVE)

    assert called.cd19 == expected
    assert called.decades_below_b == pytest.approx(B_LEVEL - level)


def test_an_event_on_the_threshold_is_positive() -> None:
    assert call_cd19(np.array([POSITIVE]), B_LEVEL, POSITIVE).positive_percent == 100


def test_without_mature_b_cells_dim_is_not_told_from_positive() -> None:
    called = call_cd19(candidate(10, 0, 1.6), nan, POSITIVE)

    assert called.cd19 == "positive"
    assert isnan(called.decades_below_b)


def test_without_a_threshold_nothing_is_called() -> None:
    called = call_cd19(candidate(10, 0, 2.0), B_LEVEL, nan)

    assert called.cd19 == ""
    assert called.decades_below_b == 1.0
    assert isnan(called.positive_percent)


def test_a_candidate_without_events_is_not_called() -> None:
    called = call_cd19(np.empty(0), B_LEVEL, POSITIVE)

    assert called.cd19 == ""
    assert isnan(called.decades_below_b)
    assert isnan(called.positive_percent)


def test_a_lab_can_set_its_own_limits() -> None:
    limits = Cd19Limits(dim_decades=0.3, negative_percent=5, positive_percent=95)

    assert call_cd19(candidate(10, 0, 2.6), B_LEVEL, POSITIVE, limits=limits)[0] == (
        "dim"
    )
    assert call_cd19(candidate(9, 1), B_LEVEL, POSITIVE, limits=limits).cd19 == "mixed"


@given(st.lists(st.floats(-1, 5), min_size=1, max_size=40))
def test_the_order_of_events_does_not_matter(values: list[float]) -> None:
    called = call_cd19(np.array(values), B_LEVEL, POSITIVE)

    assert call_cd19(np.array(sorted(values)), B_LEVEL, POSITIVE) == called
