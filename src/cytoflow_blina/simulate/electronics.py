"""Detect light as the two kinds of cytometer do, noise and limits included."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.simulate.conditions import Conditions
from cytoflow_blina.simulate.particles import Light
from cytoflow_blina.simulate.ranges import Cytometer

_TOP_CHANNEL = 1023
_CHANNELS_PER_DECADE = 256
_TOP_FLOAT = 262_143.0


def detect(
    light: Light,
    strength: FloatArray,
    cytometer: Cytometer,
    conditions: Conditions,
    rng: np.random.Generator,
) -> FloatArray:
    """Mix the dyes into the detectors and count photoelectrons.

    Parameters
    ----------
    light : Light
        The events.
    strength : ndarray of float64, shape (n_events,)
        Factor on all signals of the event: gains drift while the tube runs.
    cytometer : Cytometer
        Its photoelectrons per unit and its electronic noise.
    conditions : Conditions
        What the tube drew.
    rng : numpy.random.Generator
        Where the noise comes from.

    Returns
    -------
    ndarray of float64, shape (n_events, n_detectors)
        Raw signals in linear units, uncompensated, perhaps negative.
    """
    signal = light.dyes @ conditions.spill + light.unstained
    signal *= strength[:, None]
    # A higher voltage multiplies the electrons later; it makes no more of them.
    nominal = np.array([d.photoelectrons for d in cytometer.detectors])
    per_unit = nominal / conditions.gain
    counted = rng.poisson(signal * per_unit) / per_unit
    noise = rng.standard_normal(signal.shape)
    detected: FloatArray = counted + cytometer.electronic_noise * noise
    return detected


def store_as_channels(
    raw: FloatArray, scatter: FloatArray, conditions: Conditions
) -> NDArray[np.uint16]:
    """Compensate, take the logarithm and digitise to 1,024 channels.

    Parameters
    ----------
    raw : ndarray of float64, shape (n_events, n_detectors)
        Raw fluorescence in linear units.
    scatter : ndarray of float64, shape (n_events, 2)
        Scatter in channels.
    conditions : Conditions
        The compensation that the operator set.

    Returns
    -------
    ndarray of uint16, shape (n_events, 2 + n_detectors)
        Forward scatter, side scatter, fluorescence; all from 0 to 1023.

    Notes
    -----
    The network of a FACSCalibur subtracts neighbouring detectors alone, in 0.1 %
    steps, from signals that are compensated themselves; what dyes spill further
    stays. A signal at or below one unit cannot leave the logarithmic amplifier: it
    lies in channel 0.
    """
    n = raw.shape[1]
    neighbours = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) == 1
    network = np.eye(n) + np.where(
        neighbours, np.round(conditions.believed_spill, 3), 0
    )
    compensated = raw @ np.linalg.inv(network)
    decades = np.log10(np.maximum(compensated, 1.0))
    channels = np.column_stack((scatter, _CHANNELS_PER_DECADE * decades))
    return _digitise(np.clip(channels, 0, _TOP_CHANNEL), conditions.bin_offset)


def _digitise(channels: FloatArray, bin_offset: FloatArray) -> NDArray[np.uint16]:
    """Put signals in channels whose widths differ a little.

    The error of a converter is a pattern of its own: each channel begins a little
    above or below half a channel before its middle.
    """
    nearest = np.rint(channels).astype(np.intp)
    column = np.arange(channels.shape[1])
    below = channels < nearest - 0.5 + bin_offset[column, nearest]
    above = channels >= nearest + 0.5 + bin_offset[column, nearest + 1]
    digits: NDArray[np.uint16] = np.clip(
        nearest - below + above, 0, _TOP_CHANNEL
    ).astype(np.uint16)
    return digits


def store_as_floats(values: FloatArray) -> NDArray[np.float32]:
    """Clip raw signals at the top of an 18-bit scale; negatives stay.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events, n_channels)
        Raw signals.

    Returns
    -------
    ndarray of float32, shape (n_events, n_channels)
        The same, at most 262,143.
    """
    return np.minimum(values, _TOP_FLOAT).astype(np.float32)
