from collections.abc import Callable
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cytoflow_blina.figures.value_axis import scale_amounts, scale_changes


def scaled(scale: Callable[[Axes, np.ndarray], None], values: list[float]) -> Axes:
    axes = Figure().add_subplot()
    scale(axes, np.array(values, dtype=np.float64))
    return axes


def labels(axes: Axes) -> list[str]:
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]
    low, high = axes.get_ylim()
    return [
        tick.label1.get_text()
        for tick in axes.yaxis.get_major_ticks()
        if low <= tick.get_loc() <= high
    ]


def test_amounts_of_a_few_decades_are_marked_at_one_two_and_five() -> None:
    assert labels(scaled(scale_amounts, [1, 100]))[:4] == ["1", "2", "5", "10"]


def test_amounts_of_many_decades_are_marked_in_powers_of_ten() -> None:
    assert labels(scaled(scale_amounts, [1, 9e4])) == [
        "1",
        "10",
        "100",
        "1,000",
        "10,000",
        "100,000",
    ]


@pytest.mark.parametrize("value", [7.0, 3e-5, 99.0, 1e6])
def test_one_amount_has_two_marks_around_it(value: float) -> None:
    assert len(labels(scaled(scale_amounts, [value]))) >= 2


def test_marks_can_be_left_as_they_are() -> None:
    axes = Figure().add_subplot()

    scale_amounts(axes, np.array([7.0]), adapt_marks=False)

    assert axes.get_ylim() == pytest.approx((7 / 1.3, 7 * 1.3))


def test_negative_amounts_are_taken_for_changes() -> None:
    axes = scaled(scale_amounts, [-3, 5, nan])

    assert axes.get_yscale() == "linear"
    assert "0" in labels(axes)


def test_changes_are_written_with_a_true_minus() -> None:
    assert labels(scaled(scale_changes, [-0.3, 0.3])) == ["−0.2", "0", "0.2"]


def test_decades_of_changes_are_mirrored_at_zero() -> None:
    axes = scaled(scale_changes, [-100, -1, -1, 0, 1, 1, 100])

    assert labels(axes) == ["−100", "−10", "−1", "0", "1", "10", "100"]


def test_many_decades_of_changes_have_few_marks() -> None:
    assert len(labels(scaled(scale_changes, [-1e9, -1, 1, 1, 1, 1e9]))) <= 9


@pytest.mark.parametrize("scale", [scale_amounts, scale_changes])
@pytest.mark.parametrize("values", [[], [nan], [0.0, 0.0]])
def test_nothing_to_scale_gives_an_axis_with_zero(
    scale: Callable[[Axes, np.ndarray], None], values: list[float]
) -> None:
    low, high = scaled(scale, values).get_ylim()

    assert low < 0 < high


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from([scale_amounts, scale_changes]),
    st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=20),
)
def test_every_value_lies_on_the_axis(
    scale: Callable[[Axes, np.ndarray], None], values: list[float]
) -> None:
    low, high = scaled(scale, values).get_ylim()

    assert low < high
    assert all(low <= value <= high for value in values)
