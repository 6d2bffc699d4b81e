"""List the methods that a template may name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cytoflow_blina.gates.fit import (
    bright_cluster,
    lymphocyte_cluster,
    overlap,
    singlet_band,
    tail,
    valley,
)
from cytoflow_blina.gates.fit.method import KnownMethod, ShapeMethod, ThresholdMethod

THRESHOLD_METHODS: Mapping[str, tuple[ThresholdMethod, ...]] = MappingProxyType(
    {
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

SHAPE_METHODS: Mapping[str, ShapeMethod] = MappingProxyType(
    {
        "bright_cluster": bright_cluster.find_bright_cluster,
        "lymphocyte_cluster": lymphocyte_cluster.find_lymphocyte_cluster,
        "singlet_band": singlet_band.find_singlet_band,
    }
)

KNOWN_METHODS: Mapping[str, KnownMethod] = MappingProxyType(
    {
        "lowest_valley": KnownMethod("threshold", valley.SETTINGS),
        "tail": KnownMethod("threshold", tail.SETTINGS),
        "valley": KnownMethod("threshold", valley.SETTINGS),
        "bright_cluster": KnownMethod("rectangle", bright_cluster.SETTINGS),
        "lymphocyte_cluster": KnownMethod("polygon", lymphocyte_cluster.SETTINGS),
        "singlet_band": KnownMethod("polygon", singlet_band.SETTINGS),
    }
)
"""What a template is checked against, before any tube is read."""
