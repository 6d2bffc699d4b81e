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

CHANNELS = (
    Channel("FSC-A", "", "scatter", 262_144.0),
    Channel("PE-A", "CD3", "fluorescence", 262_144.0),
)
VALUES = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@pytest.mark.parametrize(
    "events",
    [RawEvents(VALUES, CHANNELS), CompensatedEvents(VALUES, CHANNELS, None)],
    ids=["raw", "compensated"],
)
def test_a_column_is_found_by_its_detector(
    events: RawEvents | CompensatedEvents,
) -> None:
    assert events.n_events == 3
    assert events.column("PE-A").tolist() == [2, 4, 6]
    with pytest.raises(KeyError, match="CD3"):
        events.column("CD3")


def test_an_axis_is_found_by_all_that_makes_it() -> None:
    linear, scaled = Dimension("PE-A"), Dimension("PE-A", scale="log")
    events = ScaledEvents(VALUES, (linear, scaled))

    assert events.column(scaled).tolist() == [2, 4, 6]
    with pytest.raises(ValueError, match="not in tuple"):
        events.column(Dimension("PE-A", "FCS"))
