"""Lay out the columns of an event as each kind of cytometer stores them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.simulate.conditions import Conditions
from cytoflow_blina.simulate.electronics import store_as_channels, store_as_floats
from cytoflow_blina.simulate.particles import Light

_TICKS_MS = (50, 100, 200, 500, 1000)
_FL2_AREA_PER_UNIT = 1 / 40
_HEIGHT_CV = 0.05
_WIDTH_OF_SINGLETS = 65_536
_DIGITAL_STEP_S = 0.01
_CLOCK_SCALE = {"uint16": 1024, "float32": 262_144, "uint32": 2**20}


@dataclass(frozen=True, eq=False)
class Columns:
    """Stored events: their columns, and the unit of the time channel.

    Attributes
    ----------
    detectors : tuple of str
        Name of each column.
    values : ndarray of uint16 or uint32 or float32, shape (n_events, n_channels)
        As stored.
    time_step_s : float
        Seconds in one unit of the column of time.
    """

    detectors: tuple[str, ...]
    values: NDArray[np.uint16] | NDArray[np.uint32] | NDArray[np.float32]
    time_step_s: float


def calibur_columns(
    light: Light, raw: FloatArray, time_s: FloatArray, conditions: Conditions
) -> Columns:
    """Store events as CellQuest does, 10 bits each.

    Parameters
    ----------
    light : Light
        Scatter of the events.
    raw : ndarray of float64, shape (n_events, 4)
        Uncompensated fluorescence.
    time_s : ndarray of float64, shape (n_events,)
        Seconds since the start.
    conditions : Conditions
        The compensation that the operator set.

    Returns
    -------
    Columns
        Eight of them. `FL4-H` is the seventh: the linear area of FL2 stands between.
        The clock ticks as finely as lets the tube end before the scale does.
    """
    digits = store_as_channels(raw, light.scatter, conditions)
    area = np.clip(np.rint(raw[:, 1] * _FL2_AREA_PER_UNIT), 0, 1023)
    last_ms = 1000 * float(time_s[-1]) if time_s.size else 0.0
    ticks = next((t for t in _TICKS_MS if last_ms < 1023 * t), _TICKS_MS[-1])
    clock = np.minimum(np.floor(1000 * time_s / ticks), 1023)
    values = np.column_stack((digits[:, :5], area, digits[:, 5], clock))
    names = ("FSC-H", "SSC-H", "FL1-H", "FL2-H", "FL3-H", "FL2-A", "FL4-H", "Time")
    return Columns(names, values.astype(np.uint16), ticks / 1000)


def canto_columns(
    light: Light,
    raw: FloatArray,
    time_s: FloatArray,
    fluorescence: tuple[str, ...],
    rng: np.random.Generator,
) -> Columns:
    """Store events as a digital cytometer does, raw and uncompensated.

    Parameters
    ----------
    light : Light
        Scatter of the events.
    raw : ndarray of float64, shape (n_events, n_detectors)
        Uncompensated fluorescence.
    time_s : ndarray of float64, shape (n_events,)
        Seconds since the start.
    fluorescence : tuple of str
        Names of the fluorescence detectors.
    rng : numpy.random.Generator
        Where the noise of the pulse height comes from.

    Returns
    -------
    Columns
        Forward area, height and width, side scatter area, fluorescence, time.
    """
    area = light.scatter[:, 0]
    height = light.forward_height * (1 + _HEIGHT_CV * rng.standard_normal(area.size))
    width = _WIDTH_OF_SINGLETS * area / height
    values = np.column_stack(
        (area, height, width, light.scatter[:, 1], raw, time_s / _DIGITAL_STEP_S)
    )
    names = ("FSC-A", "FSC-H", "FSC-W", "SSC-A", *fluorescence, "Time")
    return Columns(names, store_as_floats(values), _DIGITAL_STEP_S)


def clock_runs_over(columns: Columns) -> Columns:
    """Start the clock so late on its scale that it runs over within the tube.

    Parameters
    ----------
    columns : Columns
        With a clock that runs forward.

    Returns
    -------
    Columns
        With a clock that starts again after three fifths of the time.
    """
    scale = _CLOCK_SCALE[columns.values.dtype.name]
    values = columns.values.copy()
    clock = values[:, -1].astype(float)
    late = scale - 0.6 * (clock[-1] if clock.size else 0.0)
    values[:, -1] = (np.floor(clock + late) % scale).astype(values.dtype)
    return replace(columns, values=values)
