"""Find the gates of one tube, parents first, and write them as a strategy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan

from cytoflow_blina.domain.events import ScaledEvents
from cytoflow_blina.domain.gate import GateNode, GatingStrategy
from cytoflow_blina.domain.population import GateSource
from cytoflow_blina.gates.fit.confidence import count_confidences
from cytoflow_blina.gates.fit.placed import NOTHING_LENT, PlacedThreshold
from cytoflow_blina.gates.fit.search import Search
from cytoflow_blina.gates.resolve import ResolvedTemplate


@dataclass(frozen=True)
class GateOrigin:
    """Where a gate's geometry comes from.

    Attributes
    ----------
    source : {"fitted", "template", "borrowed", "manual"}
        Found in this tube, or the template's own, or another tube's.
    confidence : float
        How sure the count is, 0 to 1 (`count_confidences`); NaN where gates were not
        sought.
    """

    source: GateSource
    confidence: float = nan


@dataclass(frozen=True, eq=False)
class FittedStrategy:
    """Concrete gates of one tube.

    Attributes
    ----------
    strategy : GatingStrategy
        The gates.
    origins : mapping of str to GateOrigin
        Where each gate comes from, by path.
    thresholds : mapping of str to PlacedThreshold
        By id, for other tubes to borrow.
    confidences : mapping of str to float
        How sure the count of each reported population is, 0 to 1, by its name; NaN
        where gates were not sought.
    """

    strategy: GatingStrategy
    origins: Mapping[str, GateOrigin]
    thresholds: Mapping[str, PlacedThreshold] = field(default_factory=dict)
    confidences: Mapping[str, float] = field(default_factory=dict)


def fit_strategy(
    resolved: ResolvedTemplate,
    events: ScaledEvents,
    *,
    find: bool = True,
    lent: Mapping[str, PlacedThreshold] = NOTHING_LENT,
) -> FittedStrategy:
    """Find every gate of a template in one tube.

    Parameters
    ----------
    resolved : ResolvedTemplate
        The template in the tube's detectors.
    events : ScaledEvents
        The tube on the template's axes.
    find : bool, default True
        False to take the template's own geometry for every gate.
    lent : mapping of str to PlacedThreshold, optional
        Thresholds of another tube with the same settings, by id. One is taken where
        this tube does not show the edge, or where it counts the same as the tube's own.

    Returns
    -------
    FittedStrategy
        With one node for each gate of the template, in its order. A tube without
        events gets the template's geometry.

    Notes
    -----
    A threshold is found when the first gate needs it, on the events of the
    population that the template names, so that a gate found earlier narrows what
    later ones look at. Whole channels are spread evenly over their width while a
    gate is sought, against comb artefacts in the density; gates are applied to the
    events as stored, so thresholds on whole channels lie halfway between two.
    """
    search = Search(resolved, events, find=find, lent=lent)
    for gate in resolved.template.gates:
        search.place(gate)
    nodes = tuple(GateNode(path, gate) for path, gate in search.gates.items())
    groups: dict[str, tuple[str, ...]] = {path: (path,) for path in search.gates}
    groups |= {one.name: one.paths for one in resolved.template.populations}
    confidences = dict.fromkeys(groups, nan)
    if find:
        confidences = count_confidences(search, groups)
    return FittedStrategy(
        GatingStrategy(nodes, scales=dict(resolved.scales)),
        {
            path: GateOrigin(search.sources[path], confidences[path])
            for path in search.gates
        },
        dict(search.thresholds),
        {one.name: confidences[one.name] for one in resolved.template.populations},
    )
