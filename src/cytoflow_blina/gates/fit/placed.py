"""Hold thresholds and shapes at their place in one tube."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.population import GateSource
from cytoflow_blina.domain.scale import Scale
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
    scale : Scale or None
        The axis that it lies on; on another axis the same value means another signal.
    """

    marker: str
    value: float
    source: GateSource
    confidence: float = 1.0
    doubt: Doubt = NO_DOUBT
    scale: Scale | None = None


@dataclass(frozen=True, eq=False)
class PlacedShape:
    """A shape in one tube.

    Attributes
    ----------
    confidence : float
        Whether its border is the edge that is meant, 0 to 1.
    n_events : int
        Events of its gate.
    doubt : Doubt
        How clear the edge is.
    belongs : ndarray of float64, shape (n_events_of_tube,), or None
        Probability of each event that it belongs; None where not known.
    """

    confidence: float
    n_events: int
    doubt: Doubt = NO_DOUBT
    belongs: FloatArray | None = None


NOTHING_LENT: Mapping[str, PlacedThreshold] = MappingProxyType({})
