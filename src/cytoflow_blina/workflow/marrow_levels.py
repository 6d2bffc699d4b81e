"""Give the events of a marrow tube in decades, as references and candidates are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sinh

import numpy as np

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.percentiles import spread_and_middle
from cytoflow_blina.domain.population import Population
from cytoflow_blina.domain.scale import ArcsinhScale
from cytoflow_blina.errors import GatingError, Problem
from cytoflow_blina.mrd.alignment import LN10
from cytoflow_blina.preprocess.rescale import scale_events
from cytoflow_blina.workflow.gating import RecognisedTube

FEWEST_FOR_AN_ANCHOR = 50
"""Events from which the median of an anchor gate tells how a tube is stained."""


def scale_of_markers(recognised: RecognisedTube) -> ArcsinhScale:
    """Give the scale that all markers of MRD share.

    Parameters
    ----------
    recognised : RecognisedTube
        A tube whose template says how MRD is sought, with a marker at least.

    Returns
    -------
    ArcsinhScale
        Of each of them.

    Raises
    ------
    GatingError
        Where the template does not gate these markers on an arcsinh axis.
    """
    resolved = recognised.resolved
    markers = resolved.template.mrd.markers if resolved.template.mrd else ()
    for marker in markers:
        scale = resolved.scales[resolved.dimensions[marker].scale or ""]
        if isinstance(scale, ArcsinhScale):
            return scale
    message = (
        "gates the markers of MRD on no arcsinh axis; give the scale of fluorescence "
        "kind = 'arcsinh'."
    )
    raise GatingError(Problem("template", message))


def cofactor_of(recognised: RecognisedTube) -> float:
    """Give the cofactor of the axes on which a tube is gated.

    Parameters
    ----------
    recognised : RecognisedTube
        A tube whose template says how MRD is sought, with a marker at least.

    Returns
    -------
    float
        Linear units: `asinh(x / cofactor) / ln 10` are decades.

    Raises
    ------
    GatingError
        As `scale_of_markers`.
    """
    scale = scale_of_markers(recognised)
    return float(scale.top / sinh(scale.total_decades * LN10))


def decades_of(
    recognised: RecognisedTube,
    markers: Sequence[str],
    parts: Sequence[BoolArray],
    *,
    cofactor: float,
) -> list[FloatArray]:
    """Give some events of a tube in decades.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube.
    markers : sequence of str
        Markers that it measures.
    parts : sequence of ndarray of bool, shape (n_events,)
        Which events are wanted, set by set.
    cofactor : float
        Of the arcsinh axis, in linear units.

    Returns
    -------
    list of ndarray of float64, shape (n_inside, n_markers)
        Compensated light of each set, `asinh(x / cofactor) / ln 10`.
    """
    rows = [np.flatnonzero(part) for part in parts]
    # One marker lies together, as an ellipsoid is sought marker by marker.
    shapes = [(wanted.size, len(markers)) for wanted in rows]
    found = [np.empty(shape, order="F") for shape in shapes]
    # Marker by marker, as a tube of millions of events is large.
    for place, marker in enumerate(markers):
        linear = linear_light(recognised, marker)
        for levels, wanted in zip(found, rows, strict=True):
            levels[:, place] = np.arcsinh(linear.take(wanted) / cofactor) / LN10
    return found


def linear_light(recognised: RecognisedTube, marker: str) -> FloatArray:
    """Give the compensated light of a marker of every event.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube.
    marker : str
        A marker that it measures.

    Returns
    -------
    ndarray of float64, shape (n_events,)
        Linear units.
    """
    dimension = replace(recognised.resolved.dimensions[marker], scale=None)
    return scale_events(
        recognised.tube.events,
        (dimension,),
        scales={},
        matrices={},
        ratios={},
        file_spillover=recognised.spillover,
    ).column(dimension)


def anchor_levels(
    recognised: RecognisedTube,
    populations: Mapping[str, Population],
    markers: Sequence[str],
    *,
    cofactor: float,
) -> dict[str, FloatArray]:
    """Take the medians of the anchor gates of a tube.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube; its template names the anchors.
    populations : mapping of str to Population
        Its populations by path.
    markers : sequence of str
        Markers that it measures.
    cofactor : float
        Of the arcsinh axis, in linear units.

    Returns
    -------
    dict of str to ndarray of float64, shape (n_markers,)
        Decades by path; gates of too few events are left out.
    """
    mrd = recognised.resolved.template.mrd
    paths = [
        path
        for path in (mrd.anchors if mrd else ())
        if populations[path].n_events >= FEWEST_FOR_AN_ANCHOR
    ]
    rows = {path: np.flatnonzero(populations[path].mask) for path in paths}
    medians = {path: np.empty(len(markers)) for path in paths}
    for place, marker in enumerate(markers):
        linear = linear_light(recognised, marker)
        for path, wanted in rows.items():
            _, median, _ = spread_and_middle(linear.take(wanted))
            medians[path][place] = np.arcsinh(median / cofactor) / LN10
    return medians
