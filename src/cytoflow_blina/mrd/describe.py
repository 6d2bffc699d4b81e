"""Describe a candidate: how it differs from normal cells, and from the diagnosis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.mrd import (
    Aberrancy,
    NormalPopulation,
    Phenotype,
    TubeReference,
)
from cytoflow_blina.mrd.distance import nearest_population, squared_distances

_FEWEST_FOR_A_SHAPE = 20
"""Events from which a covariance is that of the cluster, and not of chance."""


def nearest_normal(
    members: FloatArray, reference: TubeReference
) -> tuple[float, NormalPopulation]:
    """Find the normal population that a cluster lies nearest to.

    Parameters
    ----------
    members : ndarray of float64, shape (n_events, n_markers)
        Events of the cluster, decades; one or more.
    reference : TubeReference
        Normal cells as the tube shows them, on the same markers.

    Returns
    -------
    float
        Median distance of the events from their nearest normal population, in
        standard deviations.
    NormalPopulation
        The one that is nearest to the cluster's median.
    """
    squared, _ = nearest_population(members, reference.populations)
    _, which = nearest_population(
        np.median(members, axis=0)[None, :], reference.populations
    )
    return float(np.sqrt(np.median(squared))), reference.populations[which[0]]


def aberrancies(
    median: FloatArray,
    markers: Sequence[str],
    mean: FloatArray,
    covariance: FloatArray,
    *,
    least_sd: float,
) -> tuple[Aberrancy, ...]:
    """List the markers on which a cluster differs from a population.

    Parameters
    ----------
    median : ndarray of float64, shape (n_markers,)
        Of the cluster, decades.
    markers : sequence of str
        Their names.
    mean : ndarray of float64, shape (n_markers,)
        Of the population, decades.
    covariance : ndarray of float64, shape (n_markers, n_markers)
        Of the population, squared decades.
    least_sd : float
        Differences below this many standard deviations are no aberrancies.

    Returns
    -------
    tuple of Aberrancy
        The largest first, by standard deviations.
    """
    decades = median - mean
    sd = decades / np.sqrt(np.diag(covariance))
    found = [
        Aberrancy(marker, float(decades[at]), float(sd[at]))
        for at, marker in enumerate(markers)
        if abs(sd[at]) > least_sd
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.sd)))


def diagnosis_distance(median: FloatArray, phenotype: Phenotype) -> float:
    """Measure how far a cluster lies from where the leukaemia was at diagnosis.

    Parameters
    ----------
    median : ndarray of float64, shape (n_markers,)
        Of the cluster, on the markers of the phenotype, decades.
    phenotype : Phenotype
        What the leukaemia looked like.

    Returns
    -------
    float
        Standard deviations of the diagnostic blasts.
    """
    squared = squared_distances(median[None, :], phenotype.mean, phenotype.covariance)
    return float(np.sqrt(squared[0]))


def phenotype_of(
    members: FloatArray, markers: Sequence[str], *, sample_id: str, visit: str
) -> Phenotype | None:
    """Take the phenotype of a cluster, for later samples of the subject.

    Parameters
    ----------
    members : ndarray of float64, shape (n_events, n_markers)
        Events of the cluster, decades.
    markers : sequence of str
        Their names.
    sample_id, visit : str
        Where it was seen.

    Returns
    -------
    Phenotype or None
        None where there are too few events to tell its shape.
    """
    if len(members) < _FEWEST_FOR_A_SHAPE:
        return None
    covariance = np.cov(members, rowvar=False) + 1e-4 * np.eye(len(markers))
    return Phenotype(
        sample_id,
        visit,
        tuple(markers),
        np.median(members, axis=0),
        covariance,
        len(members),
    )


def on_common_markers(phenotype: Phenotype, markers: Sequence[str]) -> Phenotype | None:
    """Reduce a phenotype to markers that a tube measures.

    Parameters
    ----------
    phenotype : Phenotype
        What the leukaemia looked like.
    markers : sequence of str
        Markers of the tube.

    Returns
    -------
    Phenotype or None
        In the order of `markers`; None where the phenotype lacks one of them.
    """
    if not set(markers) <= set(phenotype.markers):
        return None
    at = [phenotype.markers.index(marker) for marker in markers]
    return Phenotype(
        phenotype.sample_id,
        phenotype.visit,
        tuple(markers),
        phenotype.mean[at],
        phenotype.covariance[np.ix_(at, at)],
        phenotype.n_events,
    )
