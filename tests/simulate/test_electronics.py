"""Channels are a little uneven, always in the same way."""

from dataclasses import replace

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.simulate.conditions import Conditions
from cytoflow_blina.simulate.electronics import store_as_channels
from cytoflow_blina.simulate.spec import TubeSpec
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube

N = 100_000


def stored(conditions: Conditions) -> FloatArray:
    """Store forward scatter that lies evenly between channels 100 and 109."""
    ramp = np.linspace(99.5, 109.5, N)
    scatter = np.column_stack((ramp, ramp))
    return store_as_channels(np.ones((N, 4)), scatter, conditions)[:, 0].astype(float)


def test_channels_differ_in_width_by_five_percent_at_most(
    calibur_tubes: list[SimulatedTube],
) -> None:
    conditions = calibur_tubes[0].conditions

    widths = np.bincount(stored(conditions).astype(int))[101:109] / (N / 10)

    assert np.all(np.abs(widths - 1) < 0.051)
    assert np.ptp(widths) > 0.01


def test_the_pattern_is_the_instruments_own(calibur_spec: TubeSpec) -> None:
    first, second, elsewhere = (
        simulate_tube(
            replace(calibur_spec, subject=subject, instrument=lab, max_events=10), 5
        ).conditions.bin_offset
        for subject, lab in (("S01", "one"), ("S02", "one"), ("S01", "other"))
    )

    assert np.array_equal(first, second)
    assert not np.array_equal(first, elsewhere)


def test_channels_can_be_even(calibur_tubes: list[SimulatedTube]) -> None:
    conditions = calibur_tubes[0].conditions
    even = replace(conditions, bin_offset=np.zeros_like(conditions.bin_offset))

    widths = np.bincount(stored(even).astype(int))[101:109] / (N / 10)

    assert np.allclose(widths, 1, atol=1e-3)
