"""Find counting beads: bright in every detector at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.template import RectangleShape, Shape
from cytoflow_blina.gates.fit.density import robust_spread
from cytoflow_blina.gates.fit.method import Found
from cytoflow_blina.gates.fit.valley import find_valley


def find_bright_cluster(
    values: FloatArray, shape: Shape, settings: Mapping[str, float]
) -> Found[Shape] | None:
    """Shift the template's lower limits together into the gap below the beads.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events, n_markers)
        Display units, one column for each limit of the shape.
    shape : RectangleShape
        Lower limits as numbers.
    settings : mapping of str to float
        Those of `find_valley`, and `max_spread`: the widest that a bead peak may be
        in any detector (robust standard deviation, default 0.05).

    Returns
    -------
    Found of RectangleShape, or None
        None where no tight bright cluster of at least `min_events` stands apart: a
        tube without beads must not grow a bead gate.

    Notes
    -----
    A cell is dim in at least one detector, a bead in none. So the smallest excess
    over the template's limits, taken over all detectors, has two modes, and a cut in
    it is the same as a rectangle with all its limits shifted by one amount.
    """
    if not isinstance(shape, RectangleShape):
        return None
    template = np.array([_number(limits.at_least) for limits in shape.limits])
    excess = (values - template).min(axis=1)
    valley = find_valley(excess, 0.0, {"search": 0.15, **settings})
    if valley is None:
        return None
    beads = values[excess >= valley.geometry]
    if beads.shape[0] < settings.get("min_events", 20):
        return None
    spread = max(robust_spread(column) for column in beads.T)
    if spread > settings.get("max_spread", 0.05):
        return None
    limits = tuple(
        replace(limits, at_least=_number(limits.at_least) + valley.geometry)
        for limits in shape.limits
    )
    return Found(RectangleShape(limits), valley.confidence)


def _number(bound: float | str | None) -> float:
    """Lower limit as a number; an open end lies below everything."""
    return bound if isinstance(bound, float | int) else float("-inf")
