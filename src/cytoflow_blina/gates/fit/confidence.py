"""Say how far the count of each gate may be off, and so how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isnan, sqrt

from cytoflow_blina.domain.gate import BooleanGate, GateNode
from cytoflow_blina.gates.fit.method import Doubt

RELATIVE_TOLERANCE = 0.05
COUNTING_TOLERANCE = 2.0
LEAST_TOLERANCE = 3.0
"""A count is right within 5 % of it, within two standard deviations of counting, or
within three events. Design choice."""

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Edge:
    """A threshold, or the border of a shape, that gates stand on.

    Attributes
    ----------
    certainty : float
        Whether it is the edge that is meant, 0 to 1.
    doubt : Doubt
        How clear it is.
    paths : frozenset of str
        Gates that use it themselves.
    """

    certainty: float
    doubt: Doubt
    paths: frozenset[str]


def gate_confidences(
    nodes: Iterable[GateNode],
    edges: Mapping[str, Edge],
    counts: Counts,
    counts_at: Callable[[str, float], Counts],
) -> dict[str, float]:
    """Estimate for each gate how sure its count is.

    Parameters
    ----------
    nodes : iterable of GateNode
        The gates, parents and operands first.
    edges : mapping of str to Edge
        Every edge that was sought, by the threshold's id or the gate's path.
    counts : mapping of str to int
        Events of each gate.
    counts_at : callable
        Takes the id of a threshold and another value of it; returns the events of each
        gate that would then change.

    Returns
    -------
    dict of str to float
        By path: 1 (nobody would count otherwise) to 0. Half means that the count is
        expected to be off by as much as is tolerated. 1 for a gate that stands on no
        edge that was sought.

    Notes
    -----
    An error is expected of each edge that a gate or one of its ancestors stands on: the
    change of the count when a threshold moves as far as the density leaves it free to,
    and half of the events on the wrong side of it. With `e` the sum of these, and `t`
    the largest of 5 % of the count, two standard deviations of counting, and three
    events, the confidence is that of the least certain edge over 1 + (e/t)^2. Design
    choice.
    """
    nodes = tuple(nodes)
    used = _edges_below(nodes, edges)
    moved = {
        name: _largest_changes(name, edge.doubt, counts, counts_at)
        for name, edge in edges.items()
    }
    confidences = {}
    for node in nodes:
        n = counts[node.path]
        error = sum(
            moved[name].get(node.path, 0)
            + (edges[name].doubt.n_foreign + edges[name].doubt.n_missed) / 2
            for name in used[node.path]
        )
        tolerated = max(
            RELATIVE_TOLERANCE * n, COUNTING_TOLERANCE * sqrt(n), LEAST_TOLERANCE
        )
        certainty = min((edges[name].certainty for name in used[node.path]), default=1)
        confidences[node.path] = certainty / (1 + (error / tolerated) ** 2)
    return confidences


def _edges_below(
    nodes: Iterable[GateNode], edges: Mapping[str, Edge]
) -> dict[str, frozenset[str]]:
    """Name the edges that each gate stands on, itself or through others."""
    used: dict[str, frozenset[str]] = {}
    for node in nodes:
        own = frozenset(name for name, edge in edges.items() if node.path in edge.paths)
        others = [node.parent] if node.parent else []
        if isinstance(node.gate, BooleanGate):
            others += [operand.path for operand in node.gate.operands]
        used[node.path] = own.union(*(used[path] for path in others))
    return used


def _largest_changes(
    name: str, doubt: Doubt, counts: Counts, counts_at: Callable[[str, float], Counts]
) -> dict[str, int]:
    """How far each count moves when a threshold moves to either end of its doubt."""
    changes: dict[str, int] = {}
    for value in (doubt.low, doubt.high):
        if isnan(value):
            continue
        for path, n in counts_at(name, value).items():
            changes[path] = max(changes.get(path, 0), abs(n - counts[path]))
    return changes
