"""Turn stored values into linear ones: undo amplification, gain and time step."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import cast

import numpy as np

from cytoflow_blina.bridge.fcs_reader import StoredArray
from cytoflow_blina.bridge.integer_decoder import UnsignedArray
from cytoflow_blina.domain.events import FloatArray

# One block of events stays in the second-level cache while it is turned around.
_EVENTS_PER_BLOCK = 4096
_LARGEST_TABLE = 1 << 20


@dataclass(frozen=True)
class Amplification:
    """What stands between a stored value and a linear one.

    Attributes
    ----------
    decades : float
        `f1` of `$PnE`; 0 for a linear parameter.
    offset : float
        `f2` of `$PnE`, the linear value of channel 0.
    value_range : float
        `$PnR`, in channels; NaN where it is not needed.
    factor : float
        What a linear value is multiplied by: the time step.
    gain : float
        `$PnG`, what a linear value is divided by.
    """

    decades: float = 0.0
    offset: float = 1.0
    value_range: float = nan
    factor: float = 1.0
    gain: float = 1.0

    @property
    def is_identity(self) -> bool:
        """Whether stored values are linear values already."""
        return not self.decades and self.factor == 1.0 and self.gain == 1.0

    def linear_value(self, stored: float) -> float:
        """Undo the amplification of one value.

        Parameters
        ----------
        stored : float
            A value as stored.

        Returns
        -------
        float
            As `linear_values` gives it.
        """
        return float(self.linear_values(np.array([stored], np.float64))[0])

    def linear_values(self, stored: FloatArray) -> FloatArray:
        """Undo the amplification of one channel.

        Parameters
        ----------
        stored : ndarray of float64, shape (n_values,)
            Values as stored.

        Returns
        -------
        ndarray of float64, shape (n_values,)
            ``offset * 10 ** (decades * stored / value_range)`` (FCS 3.1, 3.2.20),
            or ``stored * factor / gain``.
        """
        if self.decades:
            # In this order of operations, so that values equal FlowKit's to the bit.
            return (10 ** (self.decades * stored / self.value_range)) * self.offset
        scaled = stored * self.factor if self.factor != 1.0 else stored
        return scaled / self.gain if self.gain != 1.0 else scaled


def linearise(
    stored: StoredArray, amplifications: tuple[Amplification, ...]
) -> FloatArray:
    """Turn the events of a data set into linear values.

    Parameters
    ----------
    stored : ndarray, shape (n_events, n_channels)
        Events as stored; not modified.
    amplifications : tuple of Amplification
        One for each column.

    Returns
    -------
    ndarray of float64, shape (n_events, n_channels)
        Column-major and read-only.
    """
    if np.issubdtype(stored.dtype, np.floating):
        linear = _column_major(stored)
        for column, amplification in enumerate(amplifications):
            if not amplification.is_identity:
                linear[:, column] = amplification.linear_values(linear[:, column])
    else:
        whole = cast("UnsignedArray", stored)
        linear = np.empty(stored.shape, np.float64, order="F")
        for column, amplification in enumerate(amplifications):
            _fill_from_integers(linear[:, column], whole[:, column], amplification)
    linear.flags.writeable = False
    return linear


def _column_major(stored: StoredArray) -> FloatArray:
    """Copy row-major floats of any byte order, block by block."""
    linear = np.empty(stored.shape, np.float64, order="F")
    # A damaged file may hold signalling NaNs, which are counted later.
    with np.errstate(invalid="ignore"):
        for first in range(0, stored.shape[0], _EVENTS_PER_BLOCK):
            rows = slice(first, first + _EVENTS_PER_BLOCK)
            linear[rows] = stored[rows]
    return linear


def _fill_from_integers(
    linear: FloatArray, channels: UnsignedArray, amplification: Amplification
) -> None:
    """Undo the amplification of one integer column.

    Where there are more events than channels, a table of the channels is shorter
    than the events.

    Parameters
    ----------
    linear : ndarray of float64, shape (n_events,)
        Filled in place: a copy of each column would take as long as the reading.
    channels : ndarray of unsigned integers, shape (n_events,)
        Channel numbers.
    amplification : Amplification
        What is undone.
    """
    if amplification.is_identity or not channels.size:
        linear[:] = channels
        return
    n_channels = int(channels.max()) + 1
    # numpy takes no 64-bit unsigned numbers for places.
    if channels.itemsize == 8 or n_channels > min(channels.size, _LARGEST_TABLE):
        linear[:] = amplification.linear_values(channels.astype(np.float64))
        return
    table = amplification.linear_values(np.arange(n_channels, dtype=np.float64))
    # Every channel is within the table; without a check of its own numpy is twice
    # as fast.
    np.take(table, channels, out=linear, mode="clip")
