"""Check that what a template says of MRD fits its gates, markers and scales."""

from __future__ import annotations

from collections.abc import Iterator

from cytoflow_blina.domain.panel import PanelTube
from cytoflow_blina.domain.template import MrdTemplate, TubeTemplate
from cytoflow_blina.errors import Problem, did_you_mean


def mrd_problems(
    template: TubeTemplate, panel: PanelTube, place: str
) -> Iterator[Problem]:
    """Find every problem of the table `mrd` of a tube.

    Parameters
    ----------
    template : TubeTemplate
        The gates of the tube.
    panel : PanelTube
        What the tube measures.
    place : str
        Where the tube stands in the document, for messages.

    Yields
    ------
    Problem
        Gates that are not there, a denominator without a gate, markers that the panel
        lacks, that are scatter or stand twice, and markers that are not on one and the
        same arcsinh scale. None for a tube without the table.
    """
    mrd = template.mrd
    if mrd is None:
        return
    where = f"{place}.mrd"
    paths = [gate.path for gate in template.gates]
    for key, path in _paths(mrd):
        if path not in paths:
            message = f"{key} refers to {path!r}, which is no gate of this tube."
            yield Problem(where, message + did_you_mean(path, paths))
    if mrd.denominator not in mrd.denominators:
        message = f"denominator {mrd.denominator!r} has no gate; add it to "
        yield Problem(where, f"{message}'denominators', which has {_given(mrd)}.")
    stained = [one.marker for one in panel.channels if one.kind == "fluorescence"]
    for marker in dict.fromkeys(filter(None, (*mrd.markers, mrd.nuclear_dye))):
        if marker not in stained:
            message = f"uses marker {marker!r}; stains of the panel are "
            message += f"{', '.join(stained)}.{did_you_mean(marker, stained)}"
            yield Problem(where, message)
    for marker in sorted({one for one in mrd.markers if mrd.markers.count(one) > 1}):
        yield Problem(where, f"names marker {marker!r} twice; remove one.")
    yield from _scale_problems(template, mrd, where)


def _paths(mrd: MrdTemplate) -> Iterator[tuple[str, str]]:
    """Give every path that is named, after the key that names it."""
    yield "b_lineage", mrd.b_lineage
    yield "b19", mrd.b19
    if mrd.b_alt:
        yield "b_alt", mrd.b_alt
    for code, path in mrd.denominators.items():
        yield f"denominators.{code}", path
    for path in mrd.anchors:
        yield "anchors", path
    for name, path in mrd.stages.items():
        yield f"stages.{name}", path


def _given(mrd: MrdTemplate) -> str:
    """Write the codes of the denominators for a sentence."""
    return ", ".join(map(repr, mrd.denominators)) or "none"


def _scale_problems(
    template: TubeTemplate, mrd: MrdTemplate, where: str
) -> Iterator[Problem]:
    """Find markers whose distances from normal cells could not be compared."""
    scales = {
        marker: scale
        for marker in mrd.markers
        if (scale := template.scales.get(marker, template.scales.get("fluorescence")))
    }
    for marker, scale in scales.items():
        if scale.kind != "arcsinh":
            message = f"compares marker {marker!r}, whose scale is {scale.kind!r}; "
            message += "distances are measured on 'arcsinh'. Change the scale."
            yield Problem(where, message)
    shared = next(iter(scales.values()), None)
    others = [marker for marker, scale in scales.items() if scale != shared]
    if shared is not None and shared.kind == "arcsinh" and others:
        message = f"compares {', '.join(map(repr, others))} on another scale than "
        message += f"{next(iter(scales))!r}; give all markers the same."
        yield Problem(where, message)
