"""Hold the events of a tube, one type for each state they can be in.

Gates act on `ScaledEvents`, median intensities are taken from `CompensatedEvents`;
using one for the other does not type-check. So that a tube of five million events fits
into little memory, raw events are kept as wide as the file has them, and what is not
compensated is not copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.columns import StoredColumn, as_float64
from cytoflow_blina.domain.spillover import Spillover

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

ChannelKind = Literal["scatter", "fluorescence", "time", "other"]


@dataclass(frozen=True)
class Channel:
    """One parameter of an FCS file.

    Attributes
    ----------
    detector : str
        `$PnN`, the wire: `FL1-H`, `PE-Cy7-A`.
    label : str
        `$PnS`, what the operator typed: often the antigen, often empty.
    kind : {"scatter", "fluorescence", "time", "other"}
        What the detector measures, judged by its name.
    range_max : float
        Largest value of the linear scale after amplification and gain are undone.
    is_logarithmic : bool
        Whether the instrument stored decades (`$PnE`), which have been linearised.
    is_integer : bool
        Whether the instrument stored whole channels.
    """

    detector: str
    label: str
    kind: ChannelKind
    range_max: float
    is_logarithmic: bool = False
    is_integer: bool = False


@dataclass(frozen=True, eq=False)
class RawEvents:
    """Events as measured, in linear units, without software compensation.

    Attributes
    ----------
    columns : tuple of ndarray of float32 or float64, shape (n_events,)
        One for each channel; read-only. Log amplification is linearised, gain divided
        out, time in seconds. 32 bits where these hold the values exactly.
    channels : tuple of Channel
        One for each column.
    """

    columns: tuple[StoredColumn, ...]
    channels: tuple[Channel, ...]

    def __post_init__(self) -> None:
        if len(self.columns) != len(self.channels):
            message = f"{len(self.columns)} columns for {len(self.channels)} channels"
            raise ValueError(message)

    @property
    def n_events(self) -> int:
        """Number of events."""
        return len(self.columns[0]) if self.columns else 0

    @property
    def values(self) -> FloatArray:
        """All channels side by side, copied: for tubes of some thousand events.

        Returns
        -------
        ndarray of float64, shape (n_events, n_channels)
            Column-major, read-only.
        """
        values = np.empty((self.n_events, len(self.columns)), np.float64, order="F")
        for position, column in enumerate(self.columns):
            values[:, position] = as_float64(column)
        values.setflags(write=False)
        return values

    def index(self, detector: str) -> int:
        """Find the column of a detector.

        Parameters
        ----------
        detector : str
            `$PnN`.

        Returns
        -------
        int
            Its place among the channels.

        Raises
        ------
        KeyError
            Where the tube does not have it.
        """
        for position, channel in enumerate(self.channels):
            if channel.detector == detector:
                return position
        raise KeyError(detector)

    def column(self, detector: str) -> FloatArray:
        """Give the values of one detector.

        Parameters
        ----------
        detector : str
            `$PnN`.

        Returns
        -------
        ndarray of float64, shape (n_events,)
            Linear units, read-only.

        Raises
        ------
        KeyError
            Where the tube does not have it.
        """
        column = as_float64(self.columns[self.index(detector)]).view()
        column.setflags(write=False)
        return column


@dataclass(frozen=True, eq=False)
class CompensatedEvents:
    """Events in linear units with spillover removed: medians are taken here.

    Attributes
    ----------
    raw : RawEvents
        The events as measured.
    spillover : Spillover or None
        The matrix that is undone; None where the cytometer compensated.
    light : mapping of str to ndarray of float64, shape (n_events,)
        Compensated values by detector of the matrix, read-only; empty where nothing is
        undone.
    """

    raw: RawEvents
    spillover: Spillover | None
    light: Mapping[str, FloatArray]

    @property
    def n_events(self) -> int:
        """Number of events."""
        return self.raw.n_events

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Channels of the tube."""
        return self.raw.channels

    def column(self, detector: str) -> FloatArray:
        """Give the values of one detector.

        Parameters
        ----------
        detector : str
            `$PnN`.

        Returns
        -------
        ndarray of float64, shape (n_events,)
            Linear units, read-only; scatter, time and what else the matrix does not
            name as measured.

        Raises
        ------
        KeyError
            Where the tube does not have it.
        """
        if detector in self.light:
            return self.light[detector]
        return self.raw.column(detector)


@dataclass(frozen=True)
class Dimension:
    """One axis of a gate: what is measured, how it is compensated and scaled.

    Attributes
    ----------
    source : str
        A detector, or the id of a ratio of two detectors.
    compensation : str
        Id of a matrix of the strategy, `FCS` for the one in the file, or
        `uncompensated`.
    scale : str or None
        Id of a scale of the strategy; None for linear units.
    is_ratio : bool
        Whether `source` names a ratio.
    """

    source: str
    compensation: str = "uncompensated"
    scale: str | None = None
    is_ratio: bool = False


@dataclass(frozen=True, eq=False)
class ScaledEvents:
    """Events on the axes that a gating strategy names: gates act here.

    Attributes
    ----------
    values : ndarray of float64, shape (n_events, n_dimensions)
        Column-major, read-only. Scaled columns are in display units, where 0 to 1
        is the axis of a plot.
    dimensions : tuple of Dimension
        One for each column.
    """

    values: FloatArray
    dimensions: tuple[Dimension, ...]

    @property
    def n_events(self) -> int:
        """Number of events."""
        return int(self.values.shape[0])

    def column(self, dimension: Dimension) -> FloatArray:
        """Give the values on one axis.

        Parameters
        ----------
        dimension : Dimension
            One of `dimensions`.

        Returns
        -------
        ndarray of float64, shape (n_events,)
            Display units; a view, read-only.

        Raises
        ------
        ValueError
            Where the events were not brought onto this axis.
        """
        column: FloatArray = self.values[:, self.dimensions.index(dimension)]
        return column


@dataclass(frozen=True)
class Acquisition:
    """What an FCS file says about itself.

    Attributes
    ----------
    file_name : str
        Name without folder.
    sha256 : str
        Hash of the whole file.
    fcs_version : str
        `2.0`, `3.0` or `3.1`.
    cytometer : str
        `$CYT`, empty where absent.
    acquired_at : datetime or None
        `$DATE` and `$BTIM`, as the instrument's clock had it (no time zone).
    n_events : int
        Number of events.
    volume_ul : float or None
        `$VOL`, from nanolitres.
    time_step_s : float or None
        `$TIMESTEP`, or BD's `TIMETICKS`; None where the file has neither.
    spillover : Spillover or None
        The matrix in the file.
    keywords : mapping of str to str
        Every keyword of TEXT, upper case, as written. Free text of a person:
        never printed.
    notes : tuple of str
        What had to be tolerated to read the file, for the report.
    settings : mapping of str to str
        How the instrument was set, as written (`read_settings`); no free text.
    """

    file_name: str
    sha256: str
    fcs_version: str
    cytometer: str
    acquired_at: datetime | None
    n_events: int
    volume_ul: float | None
    time_step_s: float | None
    spillover: Spillover | None
    keywords: Mapping[str, str]
    notes: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Tube:
    """One data set of one FCS file: what it says about itself, and its events."""

    acquisition: Acquisition
    events: RawEvents
