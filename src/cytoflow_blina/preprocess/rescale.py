"""Bring raw events onto the axes that gates are drawn on.

Only what the axes ask for is computed: a compensated detector is one row of sums over
the detectors of its matrix. The sums are taken detector by detector in a fixed order,
so that an axis has the same bits whichever others are asked for, on any number of
threads and in blocks of any size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cytoflow_blina.bridge.transforms import apply_scale
from cytoflow_blina.domain.columns import as_float64
from cytoflow_blina.domain.events import (
    Channel,
    Dimension,
    FloatArray,
    RawEvents,
    ScaledEvents,
)
from cytoflow_blina.domain.gate import GatingStrategy
from cytoflow_blina.domain.scale import Ratio, Scale
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import GatingError, Problem, did_you_mean
from cytoflow_blina.preprocess.spillover_fault import spillover_fault

# One axis of a block is 128 kB, so that the work stays in the cache.
_EVENTS_PER_BLOCK = 16_384

_Block = Mapping[int, FloatArray]
"""Some events of each column that is used, by its place in the tube."""


@dataclass(frozen=True)
class _Sum:
    """A detector as a weighted sum of columns; one column of weight 1 when raw."""

    columns: tuple[int, ...]
    weights: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class _Axis:
    """How one dimension is made: a detector or a ratio of two, then a scale."""

    sums: tuple[_Sum, ...]
    ratio: Ratio | None
    scale: Scale | None


def scale_for_strategy(
    events: RawEvents, strategy: GatingStrategy, file_spillover: Spillover | None
) -> ScaledEvents:
    """Bring raw events onto every axis that a gating strategy uses.

    Parameters
    ----------
    events : RawEvents
        The events of a tube.
    strategy : GatingStrategy
        Names the dimensions, and holds their scales, matrices and ratios.
    file_spillover : Spillover or None
        As in `scale_events`.

    Returns
    -------
    ScaledEvents
        One column for each of `strategy.dimensions`.

    Raises
    ------
    GatingError
        As in `scale_events`.
    """
    return scale_events(
        events,
        strategy.dimensions,
        scales=strategy.scales,
        matrices=strategy.matrices,
        ratios=strategy.ratios,
        file_spillover=file_spillover,
    )


def scale_events(
    events: RawEvents,
    dimensions: Sequence[Dimension],
    *,
    scales: Mapping[str, Scale],
    matrices: Mapping[str, Spillover],
    ratios: Mapping[str, Ratio],
    file_spillover: Spillover | None,
) -> ScaledEvents:
    """Compensate and scale the channels that dimensions ask for.

    Parameters
    ----------
    events : RawEvents
        The events of a tube; none give columns of length 0.
    dimensions : sequence of Dimension
        The axes, each once.
    scales, matrices, ratios : mapping
        By the ids that the dimensions use.
    file_spillover : Spillover or None
        What the compensation `FCS` stands for. A matrix without detectors says that
        nothing is to be undone; None says that nothing is known, and a dimension that
        asks for it is refused.

    Returns
    -------
    ScaledEvents
        Column-major, read-only. Division by zero in a ratio gives infinity or NaN.

    Raises
    ------
    GatingError
        A detector that the tube does not have, an id that is not defined, a
        compensation that cannot be done. All such faults together.

    Notes
    -----
    A detector that is not part of the matrix stays as measured, as in FlowKit; but a
    fluorescence detector that the file's own matrix leaves out is refused, since
    nothing says that it is free of spillover. Unlike FlowKit, each dimension has its
    own compensation even within one gate, and a ratio is taken of compensated
    detectors where it says so (Gating-ML 2.0, section 6.6).
    """
    definitions = _Definitions(
        events, scales, matrices, ratios, file_spillover, inverses={}, problems=[]
    )
    axes = [definitions.axis(dimension) for dimension in dimensions]
    if definitions.problems:
        raise GatingError(*dict.fromkeys(definitions.problems))
    values = np.empty((events.n_events, len(axes)), dtype=np.float64, order="F")
    used = {column for axis in axes for part in axis.sums for column in part.columns}
    for start in range(0, events.n_events, _EVENTS_PER_BLOCK):
        rows = slice(start, start + _EVENTS_PER_BLOCK)
        block = {column: as_float64(events.columns[column][rows]) for column in used}
        for position, axis in enumerate(axes):
            values[rows, position] = _make_axis(axis, block)
    values.setflags(write=False)
    return ScaledEvents(values, tuple(dimensions))


def _make_axis(axis: _Axis, block: _Block) -> FloatArray:
    """Compute one dimension, ndarray of float64, shape (n_events,)."""
    if axis.ratio is None:
        linear = _take_sum(axis.sums[0], block)
    else:
        above, below = (_take_sum(part, block) for part in axis.sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            linear = axis.ratio.a * ((above - axis.ratio.b) / (below - axis.ratio.c))
    return linear if axis.scale is None else apply_scale(axis.scale, linear)


def _take_sum(part: _Sum, block: _Block) -> FloatArray:
    """Add weighted columns, ndarray of float64, shape (n_events,)."""
    if part.weights == (1.0,):
        return block[part.columns[0]]
    total = np.zeros_like(block[part.columns[0]])
    product = np.empty_like(total)
    for column, weight in zip(part.columns, part.weights, strict=True):
        np.multiply(block[column], weight, out=product)
        total += product
    return total


@dataclass(frozen=True, eq=False)
class _Definitions:
    """What the names of a dimension stand for in one tube; collects the faults."""

    events: RawEvents
    scales: Mapping[str, Scale]
    matrices: Mapping[str, Spillover]
    ratios: Mapping[str, Ratio]
    file_spillover: Spillover | None
    inverses: dict[str, FloatArray | None]
    problems: list[Problem]

    def axis(self, dimension: Dimension) -> _Axis:
        """Resolve a dimension; what it lacks is noted, and the axis is unusable."""
        ratio = None
        detectors: tuple[str, ...] = (dimension.source,)
        if dimension.is_ratio:
            ratio = self.ratios.get(dimension.source)
            detectors = (ratio.numerator, ratio.denominator) if ratio else ()
            if ratio is None:
                self._undefined(dimension, "ratio", dimension.source, self.ratios)
        scale = None
        if dimension.scale is not None:
            scale = self.scales.get(dimension.scale)
            if scale is None:
                self._undefined(dimension, "scale", dimension.scale, self.scales)
        sums = tuple(self._sum(dimension, detector) for detector in detectors)
        return _Axis(sums, ratio, scale)

    def _sum(self, dimension: Dimension, detector: str) -> _Sum:
        """Resolve one detector of a dimension."""
        column = self._column(dimension, detector)
        if column is None or dimension.compensation == "uncompensated":
            return _Sum((column or 0,))
        spillover = self._spillover(dimension)
        if spillover is None:
            return _Sum((column,))
        if detector not in spillover.detectors:
            self._check_uncovered(dimension, self.events.channels[column], spillover)
            return _Sum((column,))
        columns = [self._column(dimension, name) for name in spillover.detectors]
        inverse = self._inverse(dimension.compensation, spillover)
        if inverse is None or None in columns:
            return _Sum((column,))
        weights = inverse[:, spillover.detectors.index(detector)]
        return _Sum(
            tuple(index for index in columns if index is not None),
            tuple(float(weight) for weight in weights),
        )

    def _column(self, dimension: Dimension, detector: str) -> int | None:
        """Find a detector's column; FlowJo writes an underscore for a slash."""
        names = [channel.detector for channel in self.events.channels]
        if detector in names:
            return names.index(detector)
        alike = [name.replace("/", "_") for name in names]
        if alike.count(detector) == 1:
            return alike.index(detector)
        self._note(
            dimension,
            f"detector {detector!r} is not in the tube, which has "
            f"{', '.join(names)}.{did_you_mean(detector, names)}",
        )
        return None

    def _spillover(self, dimension: Dimension) -> Spillover | None:
        """Find the matrix of a dimension."""
        if dimension.compensation != "FCS":
            matrix = self.matrices.get(dimension.compensation)
            if matrix is None:
                choices = {"FCS": None, "uncompensated": None, **self.matrices}
                self._undefined(dimension, "matrix", dimension.compensation, choices)
            return matrix
        if self.file_spillover is None:
            self._note(
                dimension,
                "is to be compensated by the matrix in the FCS file, and the file has "
                "none. Name a matrix in the gates, or state that the dimension is "
                "'uncompensated'.",
            )
        return self.file_spillover

    def _check_uncovered(
        self, dimension: Dimension, channel: Channel, spillover: Spillover
    ) -> None:
        """Refuse a fluorescence detector that the file's matrix leaves out."""
        from_file = dimension.compensation == "FCS" and spillover.detectors
        if from_file and channel.kind == "fluorescence":
            self._note(
                dimension,
                "is to be compensated by the matrix in the FCS file, which covers "
                f"{', '.join(spillover.detectors)} only. State that the dimension is "
                "'uncompensated'.",
            )

    def _inverse(self, matrix_id: str, spillover: Spillover) -> FloatArray | None:
        """Invert a matrix, once; None where it cannot be inverted."""
        if matrix_id not in self.inverses:
            self.inverses[matrix_id] = None
            fault = spillover_fault(spillover)
            if fault:
                self.problems.append(Problem(f"matrix {matrix_id!r}", fault))
            else:
                inverse = np.linalg.inv(spillover.matrix)
                self.inverses[matrix_id] = np.asarray(inverse, dtype=np.float64)
        return self.inverses[matrix_id]

    def _undefined(
        self, dimension: Dimension, kind: str, name: str, choices: Mapping[str, object]
    ) -> None:
        """Note an id that nothing defines."""
        known = ", ".join(choices) or "none"
        self._note(
            dimension,
            f"uses the {kind} {name!r}, which is not defined; defined: {known}."
            f"{did_you_mean(name, choices)}",
        )

    def _note(self, dimension: Dimension, message: str) -> None:
        """Note a fault at a dimension."""
        self.problems.append(Problem(f"dimension {dimension.source!r}", message))
