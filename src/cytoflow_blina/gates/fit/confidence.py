"""Say how far the count of each gate may be off, and so how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from math import sqrt

import numpy as np

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.template import PolygonShape, RectangleShape, TemplateGate
from cytoflow_blina.gates.fit.density import BANDWIDTH, robust_spread
from cytoflow_blina.gates.fit.placed import PlacedShape, PlacedThreshold
from cytoflow_blina.gates.fit.search import Search

RELATIVE_TOLERANCE = 0.05
COUNTING_TOLERANCE = 2.0
LEAST_TOLERANCE = 5.0
"""A count is right within 5 % of it, within two standard deviations of counting, or
within five events. Design choice."""

COINCIDENCE = 0.02
"""Share of doublets among the events of a lysed blood tube that nothing takes out: 1 to
2 % (professional knowledge, medium confidence)."""

LEAST_SCATTER = 1e-3
"""Side scatter, in display units, below which the logarithm is not taken."""

FEWEST_TO_COMPARE = 100
DIM, BRIGHT = 20, 50
MOST_EVENTS = 50_000
"""Of more events every k-th is looked at, so none is drawn."""

INTRUDER_DISTANCE = 3.7
"""The fifth of a population with the least of its marker is held against the brighter
half. What is no lymphocyte and yet within their gate lies near its border, which is
drawn 3.7 standard deviations from their centre (`distance_squared` 14)."""

Masks = Mapping[str, BoolArray]


def count_confidences(
    search: Search, groups: Mapping[str, tuple[str, ...]]
) -> dict[str, float]:
    """Estimate how sure counts are.

    Parameters
    ----------
    search : Search
        The gates of a tube, all placed.
    groups : mapping of str to tuple of str
        What is counted: by name, the paths of gates whose events are added.

    Returns
    -------
    dict of str to float
        By name: 1 (nobody would count otherwise) to 0. Half means that the count is
        expected to be off by as much as is tolerated. 1 for what stands on no edge that
        was sought.

    Notes
    -----
    An error is expected of each edge that a count stands on. For a threshold it is the
    number of events that the count gains or loses while the threshold moves as far as
    the density leaves it free to, and half of those that lie on its wrong side: the
    density at the threshold is taken for the tails of both sides, half of it each,
    which fall like a Gaussian's, so that beyond z standard deviations lies the density
    times the standard deviation over z (Mills' ratio). For a shape it is half of the
    events that are inside and expected to belong elsewhere, and of those that are
    missed. Doublets are expected of two populations where no gate takes them out, and
    intruders where the dim events of a population lie elsewhere than its bright ones.

    With `e` the sum of these errors, and `t` the largest of 5 % of the count, two
    standard deviations of counting, and five events, the confidence is that of the
    least certain edge over 1 + (e/t)^2. Design choice.
    """
    counts = {
        name: _Count(paths, _union(paths, search.masks, search.masks))
        for name, paths in groups.items()
    }
    errors = dict.fromkeys(counts, 0.0)
    certainty = dict.fromkeys(counts, 1.0)
    for name, edge in search.edges().items():
        opened = search.opened(name)
        for group, count in counts.items():
            if opened.keys().isdisjoint(count.paths):
                continue
            reach = _union(count.paths, opened, search.masks)
            if np.count_nonzero(reach) == count.n_events and isinstance(
                edge, PlacedThreshold
            ):
                continue
            certainty[group] = min(certainty[group], edge.confidence)
            if isinstance(edge, PlacedThreshold):
                errors[group] += _threshold_error(search, edge, reach)
            else:
                errors[group] += _shape_error(edge, count, reach)
    for group, count in counts.items():
        for path in count.paths:
            errors[group] += _doublets(search, path) + _dim_intruders(search, path)
    return {
        group: less_sure(certainty[group], errors[group], count.n_events)
        for group, count in counts.items()
    }


@dataclass(frozen=True, eq=False)
class _Count:
    """Gates that are added, and their events."""

    paths: tuple[str, ...]
    mask: BoolArray

    @property
    def n_events(self) -> int:
        return int(np.count_nonzero(self.mask))


def _union(paths: tuple[str, ...], some: Masks, others: Masks) -> BoolArray:
    """Add the events of gates, each from the first mapping that has it."""
    return reduce(np.logical_or, (some.get(path, others[path]) for path in paths))


def less_sure(certainty: float, error: float, n_events: int) -> float:
    """Lower a confidence by the error that is expected of a count.

    Parameters
    ----------
    certainty : float
        0 to 1, NaN where not known.
    error : float
        Events by which the count may be off.
    n_events : int
        The count.

    Returns
    -------
    float
        The certainty over 1 + (e/t)^2, as in `count_confidences`.
    """
    tolerated = max(
        RELATIVE_TOLERANCE * n_events,
        COUNTING_TOLERANCE * sqrt(n_events),
        LEAST_TOLERANCE,
    )
    return float(certainty / (1 + (error / tolerated) ** 2))


def _threshold_error(search: Search, edge: PlacedThreshold, reach: BoolArray) -> float:
    """Error that a threshold brings, of the events that it alone keeps in or out."""
    rows = np.flatnonzero(reach)
    every = max(-(-rows.size // MOST_EVENTS), 1)
    values = search.values(edge.marker)[rows[::every]]
    low, high = edge.doubt.low, edge.doubt.high
    moved = max(
        np.count_nonzero((values >= low) & (values < edge.value)),
        np.count_nonzero((values >= edge.value) & (values < high)),
    )
    if not edge.doubt.parts_two:
        return every * float(moved)
    return every * (float(moved) + misplaced(values, edge.value) / 2)


def misplaced(values: FloatArray, threshold: float) -> float:
    """Estimate how many events lie on the wrong side of a threshold.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    threshold : float
        Where the threshold lies.

    Returns
    -------
    float
        Events of both sides together, by Mills' ratio; 0 without events.
    """
    near = np.count_nonzero(np.abs(values - threshold) <= BANDWIDTH)
    half = near / (2 * BANDWIDTH) / 2
    distance = np.abs(values - threshold)
    is_above = values >= threshold
    return half * (_mills(distance[is_above]) + _mills(distance[~is_above]))


def _mills(distance: FloatArray) -> float:
    """Take the standard deviation over z of one side, from distances to the edge."""
    if not distance.size:
        return 0.0
    near, middle, far = np.percentile(distance, [15.87, 50, 84.13])
    spread = float(min(middle - near, far - middle))
    return spread**2 / max(float(middle), spread, 1e-9)


def _shape_error(edge: PlacedShape, count: _Count, reach: BoolArray) -> float:
    """Error that the border of a shape brings."""
    if edge.belongs is not None:
        n_foreign = float((1 - edge.belongs[count.mask]).sum())
        n_missed = float(edge.belongs[reach & ~count.mask].sum())
        return (n_foreign + n_missed) / 2
    wrong = (edge.doubt.n_foreign + edge.doubt.n_missed) / 2
    return wrong * count.n_events / max(edge.n_events, 1)


def _doublets(search: Search, path: str) -> float:
    """Doublets that a gate is expected to hold, of the two populations they are of."""
    template = search.resolved.template
    pair = _gate(search, path).doublets_of
    parent = template.lymphocytes.rpartition("/")[0]
    is_clean = any(gate.method == "singlet_band" for gate in template.gates)
    if is_clean or not pair or not parent or not set(pair) <= search.masks.keys():
        return 0.0
    one, other, everything = (
        float(np.count_nonzero(search.masks[name])) for name in (*pair, parent)
    )
    return COINCIDENCE * 2 * one * other / everything if everything else 0.0


def _gate(search: Search, path: str) -> TemplateGate:
    """Find a gate of the template."""
    return next(one for one in search.resolved.template.gates if one.path == path)


def _dim_intruders(search: Search, path: str) -> float:
    """Events among the dim ones of a gate that do not lie where the bright ones do.

    Where a few others carry a little of its marker, they are among the dim events, and
    these have less CD45 and more side scatter than the bright ones, whose place is that
    of the population itself.
    """
    shape, border = (
        search.shapes.get(one) for one in (path, search.resolved.template.lymphocytes)
    )
    is_asked = _gate(search, path).dim_like_bright
    n_events = int(np.count_nonzero(search.masks[path]))
    if (
        not is_asked
        or n_events < FEWEST_TO_COMPARE
        or not isinstance(shape, RectangleShape)
        or not isinstance(border, PolygonShape)
    ):
        return 0.0
    marker = next(one.marker for one in shape.limits if one.at_least is not None)
    values = search.values(marker)[search.masks[path]]
    place = _place(search, border)[search.masks[path]]
    dim, bright = np.percentile(values, [DIM, BRIGHT])
    shift = place[values <= dim].mean() - place[values >= bright].mean()
    n_dim = np.count_nonzero(values <= dim)
    return max(0.0, float(shift)) / INTRUDER_DISTANCE * n_dim


def _place(search: Search, border: PolygonShape) -> FloatArray:
    """Side scatter (logarithm) less CD45, in standard deviations of lymphocytes."""
    inside = search.masks[search.resolved.template.lymphocytes]
    cd45, scatter = (search.values(marker) for marker in border.markers)
    scatter = np.log10(np.maximum(scatter, LEAST_SCATTER))
    spreads = [robust_spread(axis[inside]) or 1.0 for axis in (cd45, scatter)]
    place: FloatArray = scatter / spreads[1] - cd45 / spreads[0]
    return place
