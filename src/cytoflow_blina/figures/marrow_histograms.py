"""Reduce the events of a marrow tube to what its MRD plots need.

The worker that has the events calls `marrow_histograms`, and `marrow_file.save_marrow`
writes the value to `plots/<sample_id>.<tube>.mrd.npz`, without a tube to
`plots/<sample_id>.mrd.npz`:

    marrow_histograms(
        events: MarrowEvents,
        gates: Sequence[CandidateGate],
        *,
        reference: TubeReference | None,
        phenotype: Phenotype | None,
    ) -> MarrowHistograms
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.mrd import Phenotype, TubeReference
from cytoflow_blina.domain.scale import ArcsinhScale, LinearScale
from cytoflow_blina.figures.axes import Axis, lay_out_axis
from cytoflow_blina.figures.density import N_BINS

SIDE_SCATTER = "SSC"
"""Name of the side scatter among the columns."""

MOST_DOTS = 2_000
"""Events of a candidate that are drawn; of more, evenly spaced ones."""

B_LINEAGE, NUCLEATED = "cells of B lineage", "nucleated cells"

_PAIRS = (
    ("CD45", SIDE_SCATTER),
    ("CD19", SIDE_SCATTER),
    ("CD10", "CD38"),
    ("CD10", "CD20"),
    ("CD34", "CD38"),
    ("CD58", "CD38"),
    ("CD81", "CD38"),
    ("CD45", "CD34"),
    ("CD22", "CD19"),
    ("CD24", "CD19"),
)
_INSTEAD = {("CD81", "CD38"): ("CD58", "CD38")}
"""Pairs that are drawn only where the other cannot be."""


@dataclass(frozen=True, eq=False)
class MarrowEvents:
    """Events of a marrow tube, as its plots need them.

    Attributes
    ----------
    sample_id, tube : str
        Which tube; `tube` is empty in a panel of one.
    markers : tuple of str
        Every marker of B lineage that is measured, those that no reference has as well.
    b_lineage : ndarray of float64, shape (n_b_lineage, n_markers)
        Events in which candidates were sought, decades; may be none.
    side_scatter : ndarray of float64, shape (n_b_lineage,), or None
        The same events, in display units of `side_scatter_scale`; None where the panel
        has no side scatter, and there are no plots of it then.
    nucleated : mapping of str to ndarray of float64, shape (n_nucleated,)
        Every nucleated event: `CD45` and `CD19` in decades, `SSC` in display units. One
        that is not measured is left out; B lineage stands in where it is empty.
    scale : ArcsinhScale
        Of every marker.
    side_scatter_scale : LinearScale or None
        Of the side scatter; None without it.
    """

    sample_id: str
    tube: str
    markers: tuple[str, ...]
    b_lineage: FloatArray
    side_scatter: FloatArray | None
    nucleated: Mapping[str, FloatArray]
    scale: ArcsinhScale
    side_scatter_scale: LinearScale | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Markers, and the side scatter last where there is one."""
        has_side = self.side_scatter is not None and self.side_scatter_scale is not None
        return (*self.markers, SIDE_SCATTER) if has_side else self.markers


@dataclass(frozen=True, eq=False)
class CandidateGate:
    """The gate of one candidate, and the events that it caught.

    Attributes
    ----------
    path : str
        Path of the gate.
    mask : ndarray of bool, shape (n_b_lineage,)
        Its events among those of B lineage.
    markers : tuple of str
        Axes of the ellipsoid.
    mean : ndarray of float64, shape (n_gate_markers,)
        Its centre, decades.
    covariance : ndarray of float64, shape (n_gate_markers, n_gate_markers)
        Its shape, squared decades.
    distance_squared : float
        Its size; NaN for a gate that is no ellipsoid, which then has no outline.
    """

    path: str
    mask: BoolArray
    markers: tuple[str, ...]
    mean: FloatArray
    covariance: FloatArray
    distance_squared: float


@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """A population or a gate in marker space.

    Attributes
    ----------
    name : str
        Name of the population, or path of the gate.
    columns : tuple of str
        Its axes.
    center : ndarray of float64, shape (n_columns,)
        In display units.
    covariance : ndarray of float64, shape (n_columns, n_columns)
        Squared display units.
    distance_squared : float
        Where a gate ends; 1 for a population.
    """

    name: str
    columns: tuple[str, ...]
    center: FloatArray
    covariance: FloatArray
    distance_squared: float = 1.0


@dataclass(frozen=True, eq=False)
class CandidateDots:
    """Events of one candidate.

    Attributes
    ----------
    path : str
        Path of its gate.
    n_events : int
        How many it has.
    dots : ndarray of float32, shape (n_dots, n_columns)
        At most `MOST_DOTS` of them, in display units of the columns.
    gate : Ellipsoid or None
        Its gate; None where that is no ellipsoid.
    """

    path: str
    n_events: int
    dots: NDArray[np.float32]
    gate: Ellipsoid | None


@dataclass(frozen=True, eq=False)
class MarrowPlot:
    """The background of one plot.

    Attributes
    ----------
    x, y : str
        Its columns.
    background : str
        Whose events are counted: `B_LINEAGE` or `NUCLEATED`.
    n_events : int
        How many those are.
    counts : ndarray of uint32, shape (n_bins, n_bins)
        Events, horizontal bin first; those beyond an axis lie in its outermost bin.
    """

    x: str
    y: str
    background: str
    n_events: int
    counts: NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class MarrowHistograms:
    """The MRD plots of one tube, without its events.

    Attributes
    ----------
    sample_id, tube : str
        Which tube.
    columns : tuple of str
        Markers, and the side scatter last where there is one.
    axes : tuple of Axis
        One for each column.
    plots : tuple of MarrowPlot
        As far as measured, in the usual order.
    candidates : tuple of CandidateDots
        In the order of their gates.
    normal : tuple of Ellipsoid
        Normal populations as this tube shows them; empty without a reference.
    diagnosis : Ellipsoid or None
        Phenotype at diagnosis, named by its sample; None where none is known.
    """

    sample_id: str
    tube: str
    columns: tuple[str, ...]
    axes: tuple[Axis, ...]
    plots: tuple[MarrowPlot, ...]
    candidates: tuple[CandidateDots, ...] = ()
    normal: tuple[Ellipsoid, ...] = ()
    diagnosis: Ellipsoid | None = None

    def axis(self, column: str) -> Axis:
        """Give the axis of a column.

        Parameters
        ----------
        column : str
            One of `columns`.

        Returns
        -------
        Axis
            In display units.
        """
        return self.axes[self.columns.index(column)]


def marrow_histograms(
    events: MarrowEvents,
    gates: Sequence[CandidateGate],
    *,
    reference: TubeReference | None,
    phenotype: Phenotype | None,
) -> MarrowHistograms:
    """Reduce a marrow tube to its plots.

    Parameters
    ----------
    events : MarrowEvents
        The events; where there are none, the plots are empty.
    gates : sequence of CandidateGate
        Candidates, most events first; may be none.
    reference : TubeReference or None
        Normal cells, aligned to this tube; None where none are known.
    phenotype : Phenotype or None
        Of the subject's leukaemia at diagnosis; None where it is not known.

    Returns
    -------
    MarrowHistograms
        Every event is counted in the backgrounds. A candidate is never thinned out
        below `MOST_DOTS`, and the same events give the same dots.
    """
    columns = events.columns
    scale = events.scale
    nothing = np.empty(0)
    axes = [lay_out_axis(marker, scale, nothing) for marker in events.markers]
    values = _display(events.b_lineage, scale)
    if events.side_scatter is not None and events.side_scatter_scale is not None:
        axes.append(lay_out_axis(SIDE_SCATTER, events.side_scatter_scale, nothing))
        values = np.column_stack((values, events.side_scatter.reshape(-1)))
    populations = reference.populations if reference else ()
    return MarrowHistograms(
        events.sample_id,
        events.tube,
        columns,
        tuple(axes),
        tuple(_plot(x, y, events, values) for x, y in _pairs(columns)),
        tuple(_candidate(gate, values, events) for gate in gates),
        tuple(
            _ellipsoid(one.name, reference.markers, one.mean, one.covariance, scale)
            for one in populations
            if reference
        ),
        _diagnosis(phenotype, scale),
    )


def _pairs(columns: Sequence[str]) -> list[tuple[str, str]]:
    """Choose the plots that can be drawn."""
    measured = [pair for pair in _PAIRS if set(pair) <= set(columns)]
    return [pair for pair in measured if _INSTEAD.get(pair) not in measured]


def _display(decades: FloatArray, scale: ArcsinhScale) -> FloatArray:
    """Turn decades into display units, 0 to 1 on the axis."""
    shown: FloatArray = (decades + scale.negative_decades) / scale.span_decades
    return shown


def _plot(x: str, y: str, events: MarrowEvents, values: FloatArray) -> MarrowPlot:
    nucleated = events.nucleated
    if {x, y} <= nucleated.keys() and len(nucleated[x]):
        shown = [
            nucleated[one]
            if one == SIDE_SCATTER
            else _display(nucleated[one], events.scale)
            for one in (x, y)
        ]
        return MarrowPlot(x, y, NUCLEATED, len(shown[0]), _count(*shown))
    columns = events.columns
    shown = [values[:, columns.index(one)] for one in (x, y)]
    return MarrowPlot(x, y, B_LINEAGE, len(values), _count(*shown))


def _count(x: FloatArray, y: FloatArray) -> NDArray[np.uint32]:
    cell = _bin(x) * N_BINS + _bin(y)
    cell = cell[np.isfinite(x) & np.isfinite(y)]
    counts = np.bincount(cell, minlength=N_BINS * N_BINS).astype(np.uint32)
    return counts.reshape(N_BINS, N_BINS)


def _bin(values: FloatArray) -> NDArray[np.int32]:
    position = np.clip(values * N_BINS, 0, N_BINS - 1)
    return np.nan_to_num(position, nan=0).astype(np.int32)


def _candidate(
    gate: CandidateGate, values: FloatArray, events: MarrowEvents
) -> CandidateDots:
    inside = np.flatnonzero(gate.mask)
    n_dots = min(inside.size, MOST_DOTS)
    drawn = inside[np.linspace(0, inside.size - 1, n_dots).astype(np.intp)]
    outline = None
    if np.isfinite(gate.distance_squared):
        outline = _ellipsoid(
            gate.path,
            gate.markers,
            gate.mean,
            gate.covariance,
            events.scale,
            gate.distance_squared,
        )
    dots = values[drawn].astype(np.float32)
    return CandidateDots(gate.path, int(inside.size), dots, outline)


def _diagnosis(phenotype: Phenotype | None, scale: ArcsinhScale) -> Ellipsoid | None:
    if phenotype is None:
        return None
    return _ellipsoid(
        phenotype.sample_id,
        phenotype.markers,
        phenotype.mean,
        phenotype.covariance,
        scale,
    )


def _ellipsoid(
    name: str,
    markers: tuple[str, ...],
    mean: FloatArray,
    covariance: FloatArray,
    scale: ArcsinhScale,
    distance_squared: float = 1.0,
) -> Ellipsoid:
    return Ellipsoid(
        name,
        markers,
        _display(mean, scale),
        covariance / scale.span_decades**2,
        distance_squared,
    )
