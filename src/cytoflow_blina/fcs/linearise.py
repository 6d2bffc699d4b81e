"""Turn stored values into linear ones: undo amplification, gain and time step."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import cast

import numpy as np

from cytoflow_blina.bridge.fcs_reader import StoredArray
from cytoflow_blina.bridge.integer_decoder import UnsignedArray
from cytoflow_blina.domain.columns import StoredColumn, as_float64
from cytoflow_blina.domain.events import FloatArray

# One block of events stays in the second-level cache while it is turned around.
_EVENTS_PER_BLOCK = 4096
_LARGEST_TABLE = 1 << 20
_LAST_EXACT = 1 << 24  # every whole number up to here has a float of 32 bits


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
) -> tuple[StoredColumn, ...]:
    """Turn the events of a data set into linear values.

    Parameters
    ----------
    stored : ndarray, shape (n_events, n_channels)
        Events as stored; not modified.
    amplifications : tuple of Amplification
        One for each column.

    Returns
    -------
    tuple of ndarray of float32 or float64, shape (n_events,)
        One for each column; read-only. 32 bits where the file stores 32 and they are
        linear values already.
    """
    if np.issubdtype(stored.dtype, np.floating):
        columns = [
            column if one.is_identity else one.linear_values(as_float64(column))
            for column, one in zip(_columns(stored), amplifications, strict=True)
        ]
    else:
        whole = cast("UnsignedArray", stored)
        columns = [
            _from_integers(whole[:, number], one)
            for number, one in enumerate(amplifications)
        ]
    for column in columns:
        column.flags.writeable = False
    return tuple(columns)


def _columns(stored: StoredArray) -> tuple[StoredColumn, ...]:
    """Take row-major floats of any byte order apart, block by block."""
    kind = np.float32 if stored.dtype.itemsize == 4 else np.float64
    columns = np.empty(stored.shape[::-1], kind)
    # A damaged file may hold signalling NaNs, which are counted later.
    with np.errstate(invalid="ignore"):
        for first in range(0, len(stored), _EVENTS_PER_BLOCK):
            rows = slice(first, first + _EVENTS_PER_BLOCK)
            columns[:, rows] = stored[rows].T
    return tuple(columns)


def _from_integers(
    channels: UnsignedArray, amplification: Amplification
) -> StoredColumn:
    """Undo the amplification of one integer column.

    Where there are more events than channels, a table of the channels is shorter
    than the events.

    Parameters
    ----------
    channels : ndarray of unsigned integers, shape (n_events,)
        Channel numbers.
    amplification : Amplification
        What is undone.

    Returns
    -------
    ndarray of float32 or float64, shape (n_events,)
        Linear values.
    """
    highest = int(channels.max(initial=0))
    if amplification.is_identity:
        is_narrow = highest <= _LAST_EXACT
        return channels.astype(np.float32) if is_narrow else channels.astype(np.float64)
    # numpy takes no 64-bit unsigned numbers for places.
    if channels.itemsize == 8 or highest >= min(channels.size, _LARGEST_TABLE):
        return amplification.linear_values(channels.astype(np.float64))
    table = amplification.linear_values(np.arange(highest + 1, dtype=np.float64))
    # Every channel is within the table; without a check of its own numpy is twice
    # as fast.
    return table.take(channels, mode="clip")
