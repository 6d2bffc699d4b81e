"""Find counting beads: bright in every detector at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.template import RectangleShape, Shape
from cytoflow_blina.gates.fit import valley
from cytoflow_blina.gates.fit.density import robust_spread
from cytoflow_blina.gates.fit.method import Found

SETTINGS = frozenset({"max_spread", "box_spreads"}) | valley.SETTINGS
"""Names of settings that a template may give."""

SATURATED = 0.98
"""Where a sixth of the beads lie above this, the axis ends within them."""

LEAST_SPREAD = 0.002
"""Two channels of a thousand: digits hide any smaller spread."""


def find_bright_cluster(
    values: FloatArray, shape: Shape, settings: Mapping[str, float]
) -> Found[Shape] | None:
    """Shift the template's lower limits together into the gap below the beads.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events, n_markers)
        Display units, one column for each limit of the shape.
    shape : RectangleShape
        Lower limits as numbers. A limit with an upper end too, such as side scatter,
        is narrowed around the beads instead.
    settings : mapping of str to float
        Those of `find_valley`; `max_spread`: the widest that a bead peak may be in
        any detector (robust standard deviation, default 0.05); `box_spreads`: how
        far a two-ended limit reaches from the beads' median, in robust standard
        deviations (default 4); no upper end where the axis ends within
        the beads.

    Returns
    -------
    Found of RectangleShape, or None
        None where no tight bright cluster of at least `min_events` (default 20)
        stands apart: a tube without beads must not grow a bead gate.

    Notes
    -----
    A cell is dim in at least one detector, a bead in none. So the smallest excess
    over the template's limits, taken over all detectors, has two modes, and a cut in
    it is the same as a rectangle with all its limits shifted by one amount.

    A bead that passes together with a cell scatters more light than a bead alone.
    Leaving such events out loses the same share of beads as of cells, and their
    ratio, which makes the count, stays true.
    """
    values = values[np.isfinite(values).all(axis=1)]
    if not isinstance(shape, RectangleShape) or not values.shape[0]:
        return None
    is_box = np.array([limit.below is not None for limit in shape.limits])
    template = np.array([_number(limit.at_least) for limit in shape.limits])
    excess = (values - template)[:, ~is_box].min(axis=1)
    # In the middle of the axis, where the search for a valley sees both sides.
    gap = valley.find_valley(excess + 0.5, 0.5, {"search": 0.15, **settings})
    if gap is None:
        return None
    shift = gap.geometry - 0.5
    beads = values[excess >= shift]
    spreads = np.array([robust_spread(column) for column in beads.T])
    if beads.shape[0] < settings.get("min_events", 20) or spreads[
        ~is_box
    ].max() > settings.get("max_spread", 0.05):
        return None
    far, near, center, top = np.percentile(beads, [2.28, 15.87, 50, 84.13], axis=0)
    is_cut_off = top > SATURATED
    # Where the axis cuts off the upper half, the lower tail still shows the spread.
    spreads = np.maximum(np.where(is_cut_off, near - far, spreads), LEAST_SPREAD)
    reach = settings.get("box_spreads", 4.0) * spreads
    limits = tuple(
        replace(
            limit,
            at_least=float(center[i] - reach[i]),
            below=None if is_cut_off[i] else float(center[i] + reach[i]),
        )
        if is_box[i]
        else replace(limit, at_least=float(template[i] + shift))
        for i, limit in enumerate(shape.limits)
    )
    return Found(RectangleShape(limits), gap.confidence, gap.doubt)


def _number(bound: float | str | None) -> float:
    """Lower limit as a number; an open end lies below everything."""
    return bound if isinstance(bound, float | int) else float("-inf")
