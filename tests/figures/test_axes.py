import numpy as np
import pytest

from cytoflow_blina.bridge.transforms import apply_scale
from cytoflow_blina.domain.events import Dimension
from cytoflow_blina.domain.scale import (
    ArcsinhScale,
    FlowJoBiexScale,
    FlowJoLogScale,
    HyperlogScale,
    LinearScale,
    LogicleScale,
    LogScale,
    Scale,
)
from cytoflow_blina.figures.axes import Axis, axis_label, lay_out_axis

NO_EVENTS = np.empty(0)


def labels(axis: Axis) -> list[str]:
    return [tick.label for tick in axis.ticks if tick.label]


def test_a_marker_stands_before_its_detector() -> None:
    assert axis_label(Dimension("FL1-H"), {"FL1-H": "CD3"}) == "CD3 · FL1-H"


@pytest.mark.parametrize("markers", [{}, {"FSC": "FSC"}, {"FSC": ""}])
def test_a_detector_without_a_marker_of_its_own_stands_alone(
    markers: dict[str, str],
) -> None:
    assert axis_label(Dimension("FSC"), markers) == "FSC"


def test_decades_of_a_log_axis_are_evenly_spaced() -> None:
    axis = lay_out_axis("CD3", LogScale(10_000.0, 4.0), NO_EVENTS)

    assert labels(axis) == ["10⁰", "10¹", "10²", "10³", "10⁴"]
    places = [tick.position for tick in axis.ticks if tick.label]
    assert places == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_a_logicle_axis_shows_zero_and_what_lies_below() -> None:
    scale = LogicleScale(262144.0, 0.5, 4.5)

    axis = lay_out_axis("CD3", scale, NO_EVENTS)

    assert labels(axis) == ["−10²", "0", "10²", "10³", "10⁴", "10⁵"]
    zero = next(tick for tick in axis.ticks if tick.label == "0")
    assert zero.position == pytest.approx(apply_scale(scale, np.zeros(1))[0], abs=1e-6)


def test_a_linear_axis_is_labelled_in_round_numbers() -> None:
    axis = lay_out_axis("SSC", LinearScale(262144.0), NO_EVENTS)

    assert labels(axis) == ["0", "50k", "100k", "150k", "200k", "250k"]


@pytest.mark.parametrize(
    "scale",
    [
        ArcsinhScale(262144.0, 4.5, 1.0),
        HyperlogScale(262144.0, 0.5, 4.5),
        LogicleScale(10_000.0, 0.5, 4.0),
        FlowJoBiexScale(0.0, -10.0, 4.4, 262144.0),
        FlowJoLogScale(1.0, 5.0),
    ],
)
def test_labels_of_every_scale_lie_on_the_axis_and_apart(scale: Scale) -> None:
    axis = lay_out_axis("CD3", scale, NO_EVENTS)

    places = np.array([tick.position for tick in axis.ticks if tick.label])
    assert places.size >= 3
    assert (places >= axis.low).all()
    assert (places <= axis.high + 1e-6).all()
    assert (np.diff(places) > 0.05 * (axis.high - axis.low)).all()


def test_without_a_scale_the_axis_holds_nearly_all_events() -> None:
    values = np.concatenate((np.linspace(10, 900, 10_000), [1e9, np.nan]))

    axis = lay_out_axis("Time", None, values)

    assert axis.low == 0
    assert 900 < axis.high < 1000
    assert labels(axis) == ["0", "200", "400", "600", "800"]


@pytest.mark.parametrize("values", [NO_EVENTS, np.full(5, np.nan), np.zeros(5)])
def test_without_a_scale_and_without_a_spread_the_axis_is_one_long(
    values: np.ndarray,
) -> None:
    axis = lay_out_axis("Time", None, values)

    assert (axis.low, axis.high) == (0.0, 1.0)
