"""A detector, a marker or a path is found by its name, or said not to be there."""

import numpy as np
import pytest

from cytoflow_blina.domain.events import (
    Channel,
    CompensatedEvents,
    Dimension,
    RawEvents,
    ScaledEvents,
)
from cytoflow_blina.domain.spillover import Spillover

CHANNELS = (
    Channel("FSC-A", "", "scatter", 262_144.0),
    Channel("PE-A", "CD3", "fluorescence", 262_144.0),
)
VALUES = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
RAW = RawEvents(tuple(VALUES.T), CHANNELS)


@pytest.mark.parametrize(
    "events",
    [RAW, CompensatedEvents(RAW, None, {})],
    ids=["raw", "compensated"],
)
def test_a_column_is_found_by_its_detector(
    events: RawEvents | CompensatedEvents,
) -> None:
    assert events.n_events == 3
    assert events.column("PE-A").tolist() == [2, 4, 6]
    with pytest.raises(KeyError, match="CD3"):
        events.column("CD3")


def test_all_channels_stand_side_by_side() -> None:
    np.testing.assert_array_equal(RAW.values, VALUES)


def test_narrow_columns_are_given_as_wide_ones() -> None:
    narrow = RawEvents(tuple(VALUES.astype(np.float32).T), CHANNELS)

    assert narrow.column("PE-A").dtype == np.float64
    assert narrow.values.dtype == np.float64
    np.testing.assert_array_equal(narrow.values, VALUES)


def test_a_column_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        RAW.column("PE-A")[0] = 1.0
    assert RAW.columns[1].flags.writeable


def test_a_matrix_in_place_of_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="3 columns for 2 channels"):
        RawEvents(tuple(VALUES), CHANNELS)


def test_what_is_compensated_is_given_in_place_of_what_was_measured() -> None:
    light = np.array([0.5, 1.5, 2.5])
    events = CompensatedEvents(RAW, Spillover(("PE-A",), np.eye(1)), {"PE-A": light})

    assert events.column("PE-A").tolist() == [0.5, 1.5, 2.5]
    assert events.column("FSC-A").tolist() == [1, 3, 5]


def test_an_axis_is_found_by_all_that_makes_it() -> None:
    linear, scaled = Dimension("PE-A"), Dimension("PE-A", scale="log")
    events = ScaledEvents(VALUES, (linear, scaled))

    assert events.column(scaled).tolist() == [2, 4, 6]
    with pytest.raises(ValueError, match="not in tuple"):
        events.column(Dimension("PE-A", "FCS"))
