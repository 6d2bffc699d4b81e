"""The middle and the spread are numpy's, to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cytoflow_blina.domain.percentiles import spread_and_middle


def expected(values: np.ndarray) -> tuple[float, float, float]:
    """Ask numpy."""
    low, high = np.percentile(values, [15.87, 84.13])
    return float(low), float(np.median(values)), float(high)


@given(
    arrays(
        np.float64,
        st.integers(1, 60),
        elements=st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, 2.0]),
    )
)
def test_percentiles_are_those_of_numpy(values: np.ndarray) -> None:
    assert spread_and_middle(values.copy()) == expected(values)


@pytest.mark.parametrize("n_values", [10_007, 20_000, 50_001])
def test_percentiles_of_many_values_are_those_of_numpy(n_values: int) -> None:
    values = np.random.default_rng(n_values).lognormal(3, 2, n_values)

    assert spread_and_middle(values.copy()) == expected(values)


def test_what_is_no_number_and_no_values_give_nan() -> None:
    assert np.isnan(spread_and_middle(np.array([1.0, np.nan, 2.0]))).all()
    assert np.isnan(spread_and_middle(np.empty(0))).all()


def test_infinity_is_a_value_like_others() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, np.inf])

    assert spread_and_middle(values)[1] == 4.5
