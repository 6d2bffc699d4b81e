"""Reduce the events of a tube to the small histograms that its plots need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import Dimension, FloatArray, ScaledEvents
from cytoflow_blina.domain.gate import (
    BooleanGate,
    Gate,
    GatingStrategy,
    Operand,
    gate_dimensions,
)
from cytoflow_blina.domain.population import Population, percent
from cytoflow_blina.figures.axes import Axis, axis_label, lay_out_axis
from cytoflow_blina.figures.gate_outline import gate_outline
from cytoflow_blina.figures.panels import PlotPanel, plan_panels

# A power of two, so that the bins of a 1024-channel instrument hold equal numbers
# of channels and draw no comb.
N_BINS = 128


@dataclass(frozen=True, eq=False)
class DrawnGate:
    """One gate of a plot: its outline, and how many events it caught.

    Attributes
    ----------
    path : str
        Path of the gate.
    outline : ndarray of float64, shape (n_vertices, 2)
        Corners in display units, not closed; empty where the gate has no geometry
        on these axes.
    n_events, n_parent : int
        Events of the population and of its parent.
    note : str
        What else limits the gate, in words; empty where the plot shows it whole.
    """

    path: str
    outline: FloatArray
    n_events: int
    n_parent: int
    note: str = ""

    @property
    def name(self) -> str:
        """Own id, the last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def percent(self) -> float:
        """Share of the parent, in percent; NaN when the parent is empty."""
        return percent(self.n_events, self.n_parent)


@dataclass(frozen=True, eq=False)
class GateHistogram:
    """One gate plot, reduced to what is needed to draw it without the events.

    Attributes
    ----------
    parent : str
        Path of the population whose events are counted; empty for all events.
    x, y : Axis
        The axes.
    counts : ndarray of uint32, shape (n_bins, n_bins)
        Events of the parent, horizontal bin first. Events beyond an axis lie in
        its outermost bin; events without a value are left out.
    gates : tuple of DrawnGate
        The gates drawn.
    """

    parent: str
    x: Axis
    y: Axis
    counts: NDArray[np.uint32]
    gates: tuple[DrawnGate, ...]


@dataclass(frozen=True, eq=False)
class TubeHistograms:
    """Every gate plot of one tube.

    Attributes
    ----------
    sample_id, tube : str
        Which tube; `tube` is empty in a panel of one.
    plots : tuple of GateHistogram
        In the order of the strategy.
    """

    sample_id: str
    tube: str
    plots: tuple[GateHistogram, ...]


def gate_histograms(
    strategy: GatingStrategy,
    events: ScaledEvents,
    populations: Mapping[str, Population],
    markers: Mapping[str, str],
) -> tuple[GateHistogram, ...]:
    """Make the histogram of every plot of a tube.

    Parameters
    ----------
    strategy : GatingStrategy
        The gates, as they were applied.
    events : ScaledEvents
        The tube on the dimensions of the strategy.
    populations : mapping of str to Population
        What the gates caught, by path.
    markers : mapping of str to str
        Marker of a detector, for the axes.

    Returns
    -------
    tuple of GateHistogram
        One for each panel of `plan_panels`; an empty parent gives an empty
        histogram.
    """
    panels = plan_panels(strategy)
    shown = dict.fromkeys(side for panel in panels for side in (panel.x, panel.y))
    axes = {
        dimension: lay_out_axis(
            axis_label(dimension, markers),
            strategy.scales[dimension.scale] if dimension.scale else None,
            events.column(dimension),
        )
        for dimension in shown
    }
    bins = {side: _bin(events.column(side), axes[side]) for side in shown}
    gates = {node.path: node.gate for node in strategy.nodes}
    histograms = []
    for panel in panels:
        parent = populations.get(panel.parent) if panel.parent else None
        histograms.append(
            GateHistogram(
                panel.parent,
                axes[panel.x],
                axes[panel.y],
                _count(bins[panel.x], bins[panel.y], parent),
                tuple(
                    _drawn(path, gates[path], panel, axes, populations[path], markers)
                    for path in panel.children
                ),
            )
        )
    return tuple(histograms)


def _bin(values: FloatArray, axis: Axis) -> NDArray[np.int32]:
    """Find the bin of each event; -1 where it has no value on this axis."""
    position = (values - axis.low) * (N_BINS / (axis.high - axis.low))
    return np.nan_to_num(np.clip(position, 0, N_BINS - 1), nan=-1).astype(np.int32)


def _count(
    x: NDArray[np.int32], y: NDArray[np.int32], parent: Population | None
) -> NDArray[np.uint32]:
    if parent is not None:
        x, y = x[parent.mask], y[parent.mask]
    cell = x * N_BINS + y
    cell = cell[(x >= 0) & (y >= 0)]
    counts = np.bincount(cell, minlength=N_BINS * N_BINS).astype(np.uint32)
    return counts.reshape(N_BINS, N_BINS)


def _drawn(
    path: str,
    gate: Gate,
    panel: PlotPanel,
    axes: Mapping[Dimension, Axis],
    population: Population,
    markers: Mapping[str, str],
) -> DrawnGate:
    return DrawnGate(
        path,
        gate_outline(gate, (panel.x, panel.y), (axes[panel.x], axes[panel.y])),
        population.n_events,
        population.n_parent,
        _note(gate, panel, markers),
    )


def _note(gate: Gate, panel: PlotPanel, markers: Mapping[str, str]) -> str:
    if isinstance(gate, BooleanGate):
        joint = f" {gate.operator} " if gate.operator != "not" else " "
        words = joint.join(_operand(operand) for operand in gate.operands)
        return f"not {words}" if gate.operator == "not" else words
    hidden = [
        markers.get(dimension.source, dimension.source)
        for dimension in gate_dimensions(gate)
        if dimension not in (panel.x, panel.y)
    ]
    return f"limited by {', '.join(hidden)} too" if hidden else ""


def _operand(operand: Operand) -> str:
    return f"not {operand.path}" if operand.complement else operand.path
