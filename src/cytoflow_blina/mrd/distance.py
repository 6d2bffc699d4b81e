"""Measure how far events lie from the populations of a reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.mrd import NormalPopulation, TubeReference

_BLOCK = 16_384


def squared_distances(
    events: FloatArray, mean: FloatArray, covariance: FloatArray
) -> FloatArray:
    """Take the squared Mahalanobis distance of every event from one population.

    Parameters
    ----------
    events : ndarray of float64, shape (n_events, n_markers)
        Decades.
    mean : ndarray of float64, shape (n_markers,)
        Decades.
    covariance : ndarray of float64, shape (n_markers, n_markers)
        Squared decades, positive definite.

    Returns
    -------
    ndarray of float64, shape (n_events,)
        Squared standard deviations; of length 0 without events.
    """
    whitening = np.linalg.inv(np.linalg.cholesky(covariance))
    whitened = (events - mean) @ whitening.T
    squared: FloatArray = np.einsum("ij,ij->i", whitened, whitened)
    return squared


def rows_within(
    events: FloatArray, mean: FloatArray, covariance: FloatArray, squared: float
) -> tuple[NDArray[np.intp], FloatArray]:
    """Find the events within a Mahalanobis distance of a population.

    Parameters
    ----------
    events : ndarray of float64, shape (n_events, n_markers)
        Decades.
    mean : ndarray of float64, shape (n_markers,)
        Decades.
    covariance : ndarray of float64, shape (n_markers, n_markers)
        Squared decades, positive definite.
    squared : float
        Squared distance of the surface, which belongs to the inside.

    Returns
    -------
    rows : ndarray of intp, shape (n_inside,)
        Which events, in order.
    distances : ndarray of float64, shape (n_inside,)
        Their squared distances.

    Notes
    -----
    The box around the ellipsoid is looked at first, marker by marker: few of the events
    of a tube lie in it.
    """
    reach = np.sqrt(squared * np.diag(covariance))
    first, *others = range(len(mean))
    rows = np.flatnonzero(np.abs(events[:, first] - mean[first]) <= reach[first])
    for marker in others:
        rows = rows[np.abs(events[rows, marker] - mean[marker]) <= reach[marker]]
    distances = squared_distances(events[rows], mean, covariance)
    is_inside = distances <= squared
    return rows[is_inside], distances[is_inside]


def nearest_population(
    events: FloatArray, populations: Sequence[NormalPopulation]
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Find the population that every event lies nearest to.

    Parameters
    ----------
    events : ndarray of float64, shape (n_events, n_markers)
        Decades.
    populations : sequence of NormalPopulation
        With the same markers.

    Returns
    -------
    squared : ndarray of float64, shape (n_events,)
        Squared Mahalanobis distance from it; infinite without a population.
    which : ndarray of intp, shape (n_events,)
        Its place in `populations`.

    Notes
    -----
    An event within the typical distance of the population whose mean is nearest is not
    compared with the others: it is normal whichever of them it belongs to.
    """
    if not populations:
        return np.full(len(events), np.inf), np.zeros(len(events), dtype=np.intp)
    squared, which = _nearest_of_few(events, populations)
    # Whatever lies well within one of the nearest means needs no other.
    left = np.flatnonzero(squared > events.shape[1])
    for start in range(0, left.size, _BLOCK):
        rows = left[start : start + _BLOCK]
        block = events[rows]
        for place, population in enumerate(populations):
            found = squared_distances(block, population.mean, population.covariance)
            closer = found < squared[rows]
            squared[rows[closer]] = found[closer]
            which[rows[closer]] = place
    return squared, which


def _nearest_of_few(
    events: FloatArray, populations: Sequence[NormalPopulation]
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Measure the distance from the population whose mean is nearest, spreads aside."""
    means = np.array([one.mean for one in populations])
    scale = np.sqrt(np.mean([np.diag(one.covariance) for one in populations], axis=0))
    _, which = cKDTree(means / scale).query(events / scale)
    squared = np.empty(len(events))
    for place, population in enumerate(populations):
        rows = np.flatnonzero(which == place)
        squared[rows] = squared_distances(
            events[rows], population.mean, population.covariance
        )
    return squared, np.asarray(which, dtype=np.intp)


def on_markers(reference: TubeReference, markers: Sequence[str]) -> TubeReference:
    """Reduce a reference to some of its markers.

    Parameters
    ----------
    reference : TubeReference
        The reference.
    markers : sequence of str
        Those that a tube measures, each among the reference's own.

    Returns
    -------
    TubeReference
        On these axes, in this order.
    """
    at = [reference.markers.index(marker) for marker in markers]
    return TubeReference(
        tube=reference.tube,
        markers=tuple(markers),
        cofactor=reference.cofactor,
        populations=tuple(
            NormalPopulation(
                one.name, one.mean[at], one.covariance[np.ix_(at, at)], one.weight
            )
            for one in reference.populations
        ),
        anchors={path: levels[at] for path, levels in reference.anchors.items()},
        between_tubes=reference.between_tubes[at],
    )
