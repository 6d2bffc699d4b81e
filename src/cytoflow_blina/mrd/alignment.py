"""Bring a reference to the brightness of one tube.

Instruments and lots of reagents differ in how brightly they show the same cell. What
all marrows hold, T cells and granulocytes, tells how a tube is set; its own normal B
cells, as far as it has any, tell the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.mrd import NormalPopulation, TubeReference
from cytoflow_blina.mrd.distance import nearest_population

LN10 = log(10)

_MOST_EVENTS = 20_000
"""Events that an alignment looks at, evenly spaced."""

_ENOUGH = 15
"""Events near a population for it to tell how brightly the tube is stained."""

_ERROR_OF_ONE = 0.15
"""Decades by which what a single population tells may be wrong: it may be a clone."""

_LEAST_BETWEEN = 0.1
"""Decades by which marrows differ at least, however well few of them agreed."""

_FEWEST_SHOWN = 0.2
"""Share of the reference's populations that a tube must show to be believed."""

_ROUNDS = 8
_NARROWEST, _WIDEST = 0.75, 1.6
"""Factors within which the spread of a tube may differ from the reference's."""

_TOLD_BY_NEGATIVES = 0.15
"""Decades above zero from which unstained cells tell a detector's gain."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """A reference as one tube would show it.

    Attributes
    ----------
    reference : TubeReference
        Moved to the tube's brightness, its populations as wide as the tube shows them
        plus what is not known of their place.
    shift : ndarray of float64, shape (n_markers,)
        How much brighter than in the reference bright cells are, decades.
    uncertainty : ndarray of float64, shape (n_markers,)
        Standard deviation of that, decades.
    n_populations : int
        Populations of the reference that the tube showed.
    shows_maturation : bool
        Whether those are enough to be normal maturation, and not a clone alone.
    """

    reference: TubeReference
    shift: FloatArray
    uncertainty: FloatArray
    n_populations: int
    shows_maturation: bool


def brighten(levels: FloatArray, shift: FloatArray) -> FloatArray:
    """Multiply light by `10**shift`, on the axis of decades.

    Parameters
    ----------
    levels : ndarray of float64, shape (..., n_markers)
        Decades on the arcsinh axis.
    shift : ndarray of float64, shape (n_markers,)
        Decades of light.

    Returns
    -------
    ndarray of float64, shape (..., n_markers)
        Decades: bright levels move by the shift, zero stays where it is.
    """
    brighter: FloatArray = np.arcsinh(10**shift * np.sinh(levels * LN10)) / LN10
    return brighter


def align_reference(
    reference: TubeReference,
    events: FloatArray,
    anchors: Mapping[str, FloatArray],
) -> Alignment:
    """Move a reference to the brightness of a tube.

    Parameters
    ----------
    reference : TubeReference
        On the markers of `events`.
    events : ndarray of float64, shape (n_events, n_markers)
        Events of B lineage, decades; may be none, and may be blasts for the most part.
    anchors : mapping of str to ndarray of float64, shape (n_markers,)
        Medians of the tube's anchor gates by path, decades; gates without enough
        events are left out.

    Returns
    -------
    Alignment
        Without events near any population, by the anchors alone, and as uncertain as
        marrows differ.

    Notes
    -----
    Each population that the tube shows tells a shift, whatever its number of events,
    and of these the median is taken: a clone that lies near one station of normal
    maturation does not move the others.
    """
    prior = _shift_of_anchors(reference, anchors)
    between = np.maximum(reference.between_tubes, _LEAST_BETWEEN)
    shift, uncertainty = prior, between
    seen = events[:: max(1, len(events) // _MOST_EVENTS)]
    factor = np.ones(len(reference.markers))
    n_shown = 0
    shows_maturation = False
    for _ in range(_ROUNDS):
        moved = _moved(reference, shift, uncertainty, factor)
        told = _told_shifts(moved, seen)
        n_shown = len(told.residuals)
        shows_maturation = n_shown >= max(1, _FEWEST_SHOWN * len(moved.populations))
        if not shows_maturation:
            # A few crowds are no maturation, and may be a clone: the anchors stand.
            shift, uncertainty, factor = prior, between, np.ones_like(factor)
            break
        shift = shift + told.median()
        # Towards the prior, the more so the fewer populations were seen.
        own_variance = told.variance_of_median()
        weight = between**2 / (between**2 + own_variance)
        shift = prior + weight * (shift - prior)
        uncertainty = np.sqrt(weight * own_variance)
        factor = np.clip(told.factor() * factor, _NARROWEST, _WIDEST)
    return Alignment(
        _moved(reference, shift, uncertainty, factor),
        shift,
        uncertainty,
        n_shown,
        shows_maturation,
    )


def _shift_of_anchors(
    reference: TubeReference, anchors: Mapping[str, FloatArray]
) -> FloatArray:
    """Find how much brighter the anchors are than in the reference, decades."""
    shift = np.zeros(len(reference.markers))
    for column in range(shift.size):
        told = [
            (here[column], there[column])
            for path, there in reference.anchors.items()
            if (here := anchors.get(path)) is not None
            and min(here[column], there[column]) > _TOLD_BY_NEGATIVES
        ]
        if told:
            here_light, there_light = np.sinh(np.array(told).T * LN10)
            weights = np.array([min(pair) for pair in told])
            shift[column] = _weighted_median(
                np.log10(here_light / there_light), weights
            )
    return shift


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """Take the value at half of the weight; between two, their mean by weight."""
    order = np.argsort(values, kind="stable")
    position = np.cumsum(weights[order]) - weights[order] / 2
    return float(np.interp(weights.sum() / 2, position, values[order]))


def _moved(
    reference: TubeReference,
    shift: FloatArray,
    uncertainty: FloatArray,
    factor: FloatArray,
) -> TubeReference:
    """Move every population, stretch it, and widen it by what is not known."""
    return replace(
        reference,
        populations=tuple(
            _moved_population(one, shift, uncertainty, factor)
            for one in reference.populations
        ),
    )


def _moved_population(
    population: NormalPopulation,
    shift: FloatArray,
    uncertainty: FloatArray,
    factor: FloatArray,
) -> NormalPopulation:
    mean = brighten(population.mean, shift)
    slope = np.tanh(mean * LN10)
    covariance = population.covariance * np.outer(factor, factor)
    covariance = covariance + np.diag((slope * uncertainty) ** 2)
    return NormalPopulation(population.name, mean, covariance, population.weight)


@dataclass(frozen=True, eq=False)
class _Told:
    """What populations of the reference that a tube shows tell of its brightness.

    Attributes
    ----------
    residuals : ndarray of float64, shape (n_populations, n_markers)
        Median of the events less the population's mean, decades.
    slopes : ndarray of float64, shape (n_populations, n_markers)
        By how much that grows with a decade of light.
    spread : ndarray of float64, shape (n_populations, n_markers)
        Robust spread of the events over the population's own.
    """

    residuals: FloatArray
    slopes: FloatArray
    spread: FloatArray

    def median(self) -> FloatArray:
        """Shift of every marker, ndarray of float64, shape (n_markers,)."""
        return np.array(
            [
                _weighted_median(self._shifts(column), self.slopes[:, column] ** 2)
                for column in range(self.slopes.shape[1])
            ]
        )

    def variance_of_median(self) -> FloatArray:
        """Squared standard error of that, ndarray of float64, shape (n_markers,)."""
        variances = []
        for column in range(self.slopes.shape[1]):
            weights = self.slopes[:, column] ** 2
            apart = np.abs(self._shifts(column) - self.median()[column])
            spread = 1.4826 * _weighted_median(apart, weights)
            error = spread**2 + _ERROR_OF_ONE**2
            variances.append(error / max(weights.sum(), 0.05))
        return np.array(variances)

    def factor(self) -> FloatArray:
        """Spread beside the reference's, ndarray of float64, shape (n_markers,)."""
        middle: FloatArray = np.median(self.spread, axis=0)
        return middle

    def _shifts(self, column: int) -> FloatArray:
        shifts: FloatArray = self.residuals[:, column] / self.slopes[:, column]
        return shifts


def _told_shifts(moved: TubeReference, events: FloatArray) -> _Told:
    """See which populations the tube shows, and how far beside their place."""
    n_markers = len(moved.markers)
    squared, which = nearest_population(events, moved.populations)
    near = squared < (np.sqrt(n_markers) + 3) ** 2
    residuals, slopes, spreads = [], [], []
    counted: NDArray[np.intp] = np.bincount(
        which[near], minlength=len(moved.populations)
    )
    for place in np.flatnonzero(counted >= _ENOUGH):
        population = moved.populations[place]
        own = events[near & (which == place)] - population.mean
        low, middle, high = np.quantile(own, (0.16, 0.5, 0.84), axis=0)
        residuals.append(middle)
        slopes.append(np.clip(np.tanh(population.mean * LN10), 0.05, None))
        spreads.append((high - low) / 2 / np.sqrt(np.diag(population.covariance)))
    empty = np.zeros((0, n_markers))
    if not residuals:
        return _Told(empty, empty, empty)
    return _Told(np.array(residuals), np.array(slopes), np.array(spreads))
