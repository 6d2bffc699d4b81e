"""Measure how far events lie from the populations of a reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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


def nearest_population(
    events: FloatArray, populations: Sequence[NormalPopulation]
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Find the population that every event lies nearest to.

    Parameters
    ----------
    events : ndarray of float64, shape (n_events, n_markers)
        Decades.
    populations : sequence of NormalPopulation
        One or more, with the same markers.

    Returns
    -------
    squared : ndarray of float64, shape (n_events,)
        Squared Mahalanobis distance from it.
    which : ndarray of intp, shape (n_events,)
        Its place in `populations`.
    """
    squared = np.full(len(events), np.inf)
    which = np.zeros(len(events), dtype=np.intp)
    for start in range(0, len(events), _BLOCK):
        block = slice(start, start + _BLOCK)
        for place, population in enumerate(populations):
            found = squared_distances(
                events[block], population.mean, population.covariance
            )
            closer = found < squared[block]
            squared[block][closer] = found[closer]
            which[block][closer] = place
    return squared, which


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
