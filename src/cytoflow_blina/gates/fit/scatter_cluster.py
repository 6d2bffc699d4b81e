"""Find lymphocytes by forward and side scatter, where no CD45 was measured."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import expit

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.template import PolygonShape, Shape
from cytoflow_blina.gates.fit.cluster_border import (
    doubt_of,
    kinds_around,
    trace_border,
)
from cytoflow_blina.gates.fit.leukocyte_clusters import find_modes, fit_clusters
from cytoflow_blina.gates.fit.method import Found

SETTINGS = frozenset({"distance_squared", "min_events"})
"""Names of settings that a template may give."""

DECADE = 0.4
"""Length given to a decade of either scatter: the modes of lymphocytes and of aged
granulocytes can lie a third of a decade apart."""

FLOOR = 0.02
"""Scatter below this share of its median is taken for this, as the logarithm needs."""

NEIGHBOURHOOD = np.array([0.8, 1.2]) * DECADE
"""How far around the lymphocytes other clusters matter: forward, side scatter."""

SAME_KIND = np.array([0.15, 0.25]) * DECADE
"""How far apart the centres of lymphocytes may lie: forward, side scatter."""

SMALLER = 0.5 * DECADE
"""By how much less forward scatter than the largest cells is debris, whatever its side
scatter: lymphocytes have half of that of granulocytes."""

MONOCYTES = np.array([0.2, 0.45]) * DECADE
"""Where monocytes lie beside lymphocytes, a component even where they make no mode."""


def find_scatter_cluster(
    values: FloatArray, shape: Shape, settings: Mapping[str, float]
) -> Found[Shape] | None:
    """Draw the border between lymphocytes and all other events, by scatter alone.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events, 2)
        Forward and side scatter, display units on linear axes.
    shape : PolygonShape
        For its two markers.
    settings : mapping of str to float
        `distance_squared`: how far from the cluster's centre its border may lie, as
        squared Mahalanobis distance (default 10). `min_events`: the smallest cluster
        (default 50).

    Returns
    -------
    Found of PolygonShape, or None
        None where no cluster of `min_events` is seen. The confidence is four fifths at
        most: scatter alone does not tell lymphocytes from other small cells.

    Notes
    -----
    Both scatters are taken as logarithms, where clusters are nearly round and the gain
    of the detectors does not matter. Of all modes of the density, that of lymphocytes
    has the most forward scatter for its side scatter: monocytes and granulocytes are
    more granular. What is smaller than a third of the largest cells is debris. The
    border runs where another kind becomes as likely in a Gaussian mixture, as in
    `find_lymphocyte_cluster`.
    """
    if not isinstance(shape, PolygonShape):
        return None
    is_usable = np.isfinite(values).all(axis=1)
    usable = values[is_usable]
    min_events = settings.get("min_events", 50)
    if usable.shape[0] < 2 * min_events or np.median(usable, axis=0).min() <= 0:
        return None
    points = DECADE * np.log10(np.maximum(usable, FLOOR * np.median(usable, axis=0)))
    modes = find_modes(points)
    if not modes.size:
        return None
    cells = modes[modes[:, 0] > modes[:, 0].max() - SMALLER]
    mode = cells[np.argmax(cells[:, 0] - cells[:, 1])]
    is_near = (np.abs(points - mode) <= NEIGHBOURHOOD).all(axis=1)
    starts = modes[(np.abs(modes - mode) <= NEIGHBOURHOOD).all(axis=1)]
    if (np.abs(starts - mode - MONOCYTES) > SAME_KIND).any(axis=1).all():
        starts = np.vstack([starts, mode + MONOCYTES])
    clusters = fit_clusters(points[is_near], starts)
    border = trace_border(
        kinds_around(clusters, mode, SAME_KIND),
        least_x=-np.inf,
        distance_squared=settings.get("distance_squared", 10.0),
    )
    if border is None:
        return None
    is_inside, odds = border.judge(points[is_near])
    if np.count_nonzero(is_inside) < min_events:
        return None
    is_lymphocyte = expit(odds)
    belongs = np.zeros(values.shape[0])
    belongs[np.flatnonzero(is_usable)[is_near]] = is_lymphocyte
    return Found(
        PolygonShape(shape.markers, 10 ** (border.vertices / DECADE)),
        confidence=0.8,
        doubt=doubt_of(is_inside, is_lymphocyte),
        belongs=belongs,
    )
