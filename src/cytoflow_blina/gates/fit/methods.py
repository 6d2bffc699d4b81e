"""List the methods that a template may name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.template import Threshold
from cytoflow_blina.gates.fit import (
    bright_cluster,
    lymphocyte_cluster,
    modes,
    overlap,
    scatter_cluster,
    shoulder,
    singlet_band,
    tail,
    valley,
)
from cytoflow_blina.gates.fit.method import (
    Found,
    KnownMethod,
    ShapeMethod,
    ThresholdMethod,
    UnguidedMethod,
)
from cytoflow_blina.gates.fit.modes import on_wider
from cytoflow_blina.gates.fit.negatives import (
    Reference,
    find_above_negatives,
    settle_on_floor,
)

THRESHOLD_METHODS: Mapping[str, tuple[ThresholdMethod, ...]] = MappingProxyType(
    {
        "end_of_mode": (tail.find_end_of_mode,),
        "highest_valley": (modes.find_highest_of_all,),
        "lowest_valley": (valley.find_lowest_valley,),
        "tail": (tail.find_tail, tail.raise_above_negatives),
        "valley": (
            valley.find_valley,
            overlap.find_overlap,
            valley.find_valley_beside_pile,
            tail.raise_above_negatives,
        ),
    }
)
"""What is tried for a threshold, one after the other, until one finds it."""

UNGUIDED_METHODS: Mapping[str, tuple[UnguidedMethod, ...]] = MappingProxyType(
    {
        "highest_valley": (
            modes.find_highest_valley,
            shoulder.find_shoulder,
            modes.find_end_of_negatives,
        ),
        "lowest_valley": (modes.find_lowest_valley, modes.find_start_of_cells),
        "tail": (modes.find_end_of_negatives,),
        "valley": (
            modes.find_deepest_valley,
            shoulder.find_shoulder,
            modes.find_end_of_negatives,
        ),
    }
)
"""The same, where the template does not say where the threshold lies."""

SHAPE_METHODS: Mapping[str, ShapeMethod] = MappingProxyType(
    {
        "bright_cluster": bright_cluster.find_bright_cluster,
        "lymphocyte_cluster": lymphocyte_cluster.find_lymphocyte_cluster,
        "scatter_cluster": scatter_cluster.find_scatter_cluster,
        "singlet_band": singlet_band.find_singlet_band,
    }
)

KNOWN_METHODS: Mapping[str, KnownMethod] = MappingProxyType(
    {
        "end_of_mode": KnownMethod("threshold", tail.SETTINGS),
        "highest_valley": KnownMethod("threshold", modes.SETTINGS, modes.SETTINGS),
        "lowest_valley": KnownMethod("threshold", valley.SETTINGS, modes.SETTINGS),
        "tail": KnownMethod("threshold", tail.SETTINGS, modes.TAIL_SETTINGS),
        "valley": KnownMethod("threshold", valley.SETTINGS, modes.SETTINGS),
        "bright_cluster": KnownMethod("rectangle", bright_cluster.SETTINGS),
        "lymphocyte_cluster": KnownMethod(
            "polygon",
            lymphocyte_cluster.SETTINGS,
            lymphocyte_cluster.SETTINGS,
            back_gates=True,
        ),
        "scatter_cluster": KnownMethod(
            "polygon", scatter_cluster.SETTINGS, scatter_cluster.SETTINGS
        ),
        "singlet_band": KnownMethod(
            "polygon", singlet_band.SETTINGS, singlet_band.SETTINGS
        ),
    }
)
"""What a template is checked against, before any tube is read."""


def find_threshold(
    threshold: Threshold,
    columns: Sequence[FloatArray],
    reference: Reference | None = None,
) -> Found[float] | None:
    """Try the steps of a threshold's method, one after the other, until one finds it.

    Parameters
    ----------
    threshold : Threshold
        A threshold that names a method.
    columns : sequence of ndarray of float64, shape (n_events,)
        Values of its marker in each population to look at, that which is meant first;
        each step tries all.
    reference : Reference, optional
        Events that are known to be negative, and the others among those that are meant.

    Returns
    -------
    Found of float, or None
        What the first successful step found.
    """
    settings = threshold.settings
    if threshold.at is not None:
        return _find_near(threshold, threshold.at, columns)
    first, *others = UNGUIDED_METHODS[threshold.method]
    if reference is not None:
        found = first(columns[0], settings)
        if found is not None:
            return settle_on_floor(found, columns[0], reference)
        found = find_above_negatives(reference, settings)
        if found is not None:
            return found
    attempts = (
        on_wider(method, values, columns[0], settings)
        for method in (first, *others)
        for values in columns
    )
    return next((found for found in attempts if found is not None), None)


def _find_near(
    threshold: Threshold, at: float, columns: Sequence[FloatArray]
) -> Found[float] | None:
    """Try the steps of a method near the template's threshold."""
    for method in THRESHOLD_METHODS[threshold.method]:
        for values in columns:
            found = method(values, at, threshold.settings)
            if found is not None and values is not columns[0]:
                return valley.lowest_between(columns[0], found, values)
            if found is not None:
                return found
    return None
