"""List the methods that a template may name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cytoflow_blina.gates.fit.bright_cluster import find_bright_cluster
from cytoflow_blina.gates.fit.lymphocyte_cluster import find_lymphocyte_cluster
from cytoflow_blina.gates.fit.method import ShapeMethod, ThresholdMethod
from cytoflow_blina.gates.fit.singlet_band import find_singlet_band
from cytoflow_blina.gates.fit.tail import find_tail
from cytoflow_blina.gates.fit.valley import find_valley

THRESHOLD_METHODS: Mapping[str, ThresholdMethod] = MappingProxyType(
    {"tail": find_tail, "valley": find_valley}
)

SHAPE_METHODS: Mapping[str, ShapeMethod] = MappingProxyType(
    {
        "bright_cluster": find_bright_cluster,
        "lymphocyte_cluster": find_lymphocyte_cluster,
        "singlet_band": find_singlet_band,
    }
)

KNOWN_METHODS = frozenset(THRESHOLD_METHODS) | frozenset(SHAPE_METHODS)
