"""Read off where the thresholds of a gated tube lie."""

from __future__ import annotations

from collections.abc import Mapping

from cytoflow_blina.domain.gate import GatingStrategy, RectangleGate


def gate_positions(
    strategy: GatingStrategy, markers: Mapping[str, str]
) -> dict[str, float]:
    """List the lower limits of the gates, by population and marker.

    Parameters
    ----------
    strategy : GatingStrategy
        Gates of one tube, as they were applied.
    markers : mapping of str to str
        Marker of each detector; limits on others are left out.

    Returns
    -------
    dict of str to float
        In display units, by `cd45pos/lymph/t CD3`. Empty without rectangles.
    """
    return {
        f"{node.path} {markers[limits.dimension.source]}": limits.at_least
        for node in strategy.nodes
        if isinstance(node.gate, RectangleGate)
        for limits in node.gate.limits
        if limits.at_least is not None and limits.dimension.source in markers
    }
