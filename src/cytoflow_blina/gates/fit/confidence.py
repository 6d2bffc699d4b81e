"""Say how far the count of each gate may be off, and so how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
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
    n_wrong : mapping of str to float
        Error of the count that it brings, by gate at or below it, where that is known
        event by event.
    """

    certainty: float
    doubt: Doubt
    paths: frozenset[str]
    n_wrong: Mapping[str, float] = field(default_factory=dict)


def count_confidences(
    groups: Mapping[str, tuple[str, ...]],
    nodes: Iterable[GateNode],
    edges: Mapping[str, Edge],
    counts: Counts,
    counts_at: Callable[[str, float], Counts],
) -> dict[str, float]:
    """Estimate how sure counts are.

    Parameters
    ----------
    groups : mapping of str to tuple of str
        What is counted: by name, the paths of gates whose events are added.
    nodes : iterable of GateNode
        All gates, parents and operands first.
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
        By name: 1 (nobody would count otherwise) to 0. Half means that the count is
        expected to be off by as much as is tolerated. 1 for what stands on no edge that
        was sought.

    Notes
    -----
    An error is expected of each edge that a gate or one of its ancestors stands on: the
    change of the count when a threshold moves as far as the density leaves it free to,
    and the gate's share of half the events on the wrong side. With `e` the sum of
    these, and `t` the largest of 5 % of the count, two standard deviations of counting,
    and three events, the confidence is that of the least certain edge over
    1 + (e/t)^2. Design choice.
    """
    used = _edges_below(tuple(nodes), edges)
    errors = {
        name: _errors(name, edge, counts, counts_at) for name, edge in edges.items()
    }
    confidences = {}
    for group, paths in groups.items():
        n = sum(counts[path] for path in paths)
        own = frozenset[str]().union(*(used[path] for path in paths))
        error = sum(errors[name](paths, n) for name in own)
        tolerated = max(
            RELATIVE_TOLERANCE * n, COUNTING_TOLERANCE * sqrt(n), LEAST_TOLERANCE
        )
        certainty = min((edges[name].certainty for name in own), default=1.0)
        confidences[group] = float(certainty / (1 + (error / tolerated) ** 2))
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


def _errors(
    name: str, edge: Edge, counts: Counts, counts_at: Callable[[str, float], Counts]
) -> Callable[[tuple[str, ...], int], float]:
    """Say what error of a count one edge brings, by the gates and events of the count.

    A shape has the same share of its events wrong in every gate below it. What lies
    near a threshold is told by the events that pass it as it moves: the gates they
    come to or leave are those that bear the ones on its wrong side.
    """
    if edge.n_wrong:
        return lambda paths, _n: sum(edge.n_wrong.get(path, 0.0) for path in paths)
    misplaced = (edge.doubt.n_foreign + edge.doubt.n_missed) / 2
    if isnan(edge.doubt.low):
        n_own = max(max((counts[path] for path in edge.paths), default=0), 1)
        return lambda _paths, n: misplaced * n / n_own
    moved = [
        {path: n - counts[path] for path, n in counts_at(name, value).items()}
        for value in (edge.doubt.low, edge.doubt.high)
    ]
    most = max((abs(n) for one in moved for n in one.values()), default=0)

    def error(paths: tuple[str, ...], _n: int) -> float:
        change = max(abs(sum(one.get(path, 0) for path in paths)) for one in moved)
        return change * (1 + misplaced / max(most, 1))

    return error
