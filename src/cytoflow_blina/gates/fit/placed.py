"""Hold a threshold at its place in one tube."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cytoflow_blina.domain.population import GateSource
from cytoflow_blina.gates.fit.method import NO_DOUBT, Doubt


@dataclass(frozen=True)
class PlacedThreshold:
    """A threshold in one tube.

    Attributes
    ----------
    marker : str
        The marker it cuts.
    value : float
        Where it lies, display units.
    source : {"fitted", "template", "borrowed"}
        Where it comes from.
    confidence : float
        Whether it is the edge that is meant, 0 to 1.
    doubt : Doubt
        How clear the edge is.
    """

    marker: str
    value: float
    source: GateSource
    confidence: float = 1.0
    doubt: Doubt = NO_DOUBT


NOTHING_LENT: Mapping[str, PlacedThreshold] = MappingProxyType({})
