import re

import numpy as np
import pytest
from flowutils.compensate import (
    compensate as flowutils_compensate,
)
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.events import Channel, RawEvents
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import PanelError
from cytoflow_blina.preprocess.compensate import compensate


def raw_events(n_events: int, seed: int) -> RawEvents:
    """Draw five channels of values."""
    values = np.random.default_rng(seed).normal(1_000, 5_000, (n_events, 5))
    names = ("FSC-A", "FITC-A", "PE-A", "APC-A", "Time")
    channels = tuple(Channel(name, "", "fluorescence", 262_144) for name in names)
    return RawEvents(tuple(values.T), channels)


def compensated_values(events: RawEvents, spillover: Spillover) -> np.ndarray:
    """Compensate every channel, side by side."""
    compensated = compensate(events, spillover)
    names = (channel.detector for channel in events.channels)
    return np.column_stack([compensated.column(name) for name in names])


def spillover(*detectors: str, seed: int = 1) -> Spillover:
    """Draw a matrix with up to 30 % spill."""
    spill = np.random.default_rng(seed).uniform(0, 0.3, (len(detectors),) * 2)
    np.fill_diagonal(spill, 1)
    return Spillover(detectors, spill)


@pytest.mark.parametrize("n_events", [1, 1_000, 40_000])
def test_values_equal_those_of_flowutils(n_events: int) -> None:
    events = raw_events(n_events, seed=7)
    matrix = spillover("APC-A", "FITC-A", "PE-A")

    compensated = compensated_values(events, matrix)

    oracle = flowutils_compensate(events.values, matrix.matrix, [3, 1, 2])
    np.testing.assert_allclose(compensated, oracle, rtol=1e-9, atol=1e-9)


@given(seed=st.integers(0, 1_000))
def test_what_was_spilled_is_put_back(seed: int) -> None:
    true = raw_events(20, seed)
    matrix = spillover("FITC-A", "PE-A", "APC-A", seed=seed)
    measured = np.array(true.values)
    measured[:, 1:4] = true.values[:, 1:4] @ matrix.matrix

    events = RawEvents(tuple(measured.T), true.channels)
    compensated = compensated_values(events, matrix)

    np.testing.assert_allclose(compensated, true.values, rtol=1e-9, atol=1e-6)


def test_other_channels_and_the_raw_events_are_untouched() -> None:
    events = raw_events(100, seed=3)
    before = events.values.copy()

    compensated = compensate(events, spillover("FITC-A", "PE-A"))

    np.testing.assert_array_equal(events.values, before)
    np.testing.assert_array_equal(compensated.column("APC-A"), before[:, 3])
    np.testing.assert_array_equal(compensated.column("Time"), before[:, 4])


def test_without_a_matrix_values_stay_as_they_are() -> None:
    events = raw_events(10, seed=3)

    compensated = compensate(events, None)

    np.testing.assert_array_equal(compensated.column("PE-A"), events.column("PE-A"))
    assert compensated.spillover is None


def test_a_matrix_without_detectors_leaves_values_as_they_are() -> None:
    events = raw_events(10, seed=3)

    compensated = compensated_values(events, Spillover((), np.zeros((0, 0))))

    np.testing.assert_array_equal(compensated, events.values)


def test_no_events_compensate_to_none() -> None:
    compensated = compensate(raw_events(0, seed=1), spillover("PE-A"))

    assert compensated.n_events == 0
    assert compensated.column("PE-A").size == 0


def test_narrow_columns_are_compensated_as_wide_ones() -> None:
    wide, matrix = raw_events(1_000, seed=2), spillover("APC-A", "FITC-A", "PE-A")
    narrow = tuple(column.astype(np.float32) for column in wide.columns)
    same = tuple(column.astype(np.float64) for column in narrow)

    found = compensated_values(RawEvents(narrow, wide.channels), matrix)

    expected = compensated_values(RawEvents(same, wide.channels), matrix)
    np.testing.assert_array_equal(found, expected)


def test_a_compensated_column_cannot_be_changed() -> None:
    column = compensate(raw_events(10, seed=1), spillover("PE-A")).column("PE-A")

    with pytest.raises(ValueError, match="read-only"):
        column[0] = 1.0


def test_an_unknown_detector_is_refused_with_a_suggestion() -> None:
    message = (
        "spillover: detector 'FITC' of the matrix is not among those of the tube: "
        "FSC-A, FITC-A, PE-A, APC-A, Time. Did you mean 'FITC-A'?"
    )

    with pytest.raises(PanelError, match=re.escape(message)):
        compensate(raw_events(10, seed=1), spillover("FITC", "PE-A"))


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1, 1], [1, 1]], "cannot be inverted: two of its detectors (PE-A, APC-A)"),
        ([[1, 1], [1, 1 + 1e-9]], "cannot be inverted"),
        ([[1, np.nan], [0, 1]], "the matrix holds what is no number"),
        ([[1, 0, 0], [0, 1, 0]], "the matrix has the shape (2, 3) for 2 detectors"),
    ],
)
def test_a_matrix_that_cannot_be_undone_is_refused(
    matrix: list[list[float]], message: str
) -> None:
    wrong = Spillover(("PE-A", "APC-A"), np.array(matrix))

    with pytest.raises(PanelError, match=re.escape(message)):
        compensate(raw_events(10, seed=1), wrong)
