"""Refuse a marrow tube that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from cytoflow_blina.errors import ConfigError, Problem, did_you_mean
from cytoflow_blina.simulate.marrow.populations import BLASTS
from cytoflow_blina.simulate.marrow.ranges import MarrowRanges
from cytoflow_blina.simulate.marrow.spec import MarrowSpec


def refuse_what_cannot_be(spec: MarrowSpec, ranges: MarrowRanges) -> None:
    """Tell everything that is wrong with a tube that is asked for.

    Parameters
    ----------
    spec : MarrowSpec
        The tube.
    ranges : MarrowRanges
        Panels and kinds of marrow that there are.

    Raises
    ------
    ConfigError
        Where there is no such panel, tube, marker or kind of marrow, a share is none,
        there are more than two clones, or more blasts than cells.
    """
    problems = (*_unknown(spec, ranges), *_impossible(spec))
    if problems:
        raise ConfigError(*(Problem("simulate", text) for text in problems))


def _unknown(spec: MarrowSpec, ranges: MarrowRanges) -> Iterator[str]:
    tubes = ranges.panels.get(spec.panel, {})
    if not tubes:
        there_are = ", ".join(ranges.panels)
        yield f"there is no marrow panel {spec.panel!r}; there are {there_are}."
    elif spec.tube not in tubes:
        there_are = ", ".join(repr(tube) for tube in tubes)
        yield f"{spec.panel} has no tube {spec.tube!r}; it has {there_are}."
    markers = tuple(dict.fromkeys(m for tube in tubes.values() for m in tube))
    for marker in spec.missing:
        if tubes and marker not in markers:
            yield (
                f"{spec.panel} has no marker {marker!r} that could be missing; it has "
                f"{', '.join(markers)}.{did_you_mean(marker, markers)}"
            )
    if spec.kind not in ranges.kinds:
        yield f"there is no marrow {spec.kind!r}; there are {', '.join(ranges.kinds)}."


def _impossible(spec: MarrowSpec) -> Iterator[str]:
    shares = {
        "hematogone_share": spec.hematogone_share,
        "hemodilution": spec.hemodilution,
        "dead_share": spec.dead_share,
        "debris_share": spec.debris_share,
        "doublet_share": spec.doublet_share,
    }
    for name, share in shares.items():
        if share is not None and not 0 <= share < 1:
            yield f"{name} is {share}; give 0 or more, and less than 1."
    if len(spec.clones) > len(BLASTS):
        yield f"{len(spec.clones)} clones; give {len(BLASTS)} at most."
    for clone in spec.clones:
        if not 0 <= clone.closeness <= 1:
            yield f"closeness is {clone.closeness}; give 0 to 1."
    asked = sum(clone.n_events for clone in spec.clones)
    if asked > spec.n_nucleated:
        yield (
            f"{asked} blasts among {spec.n_nucleated} nucleated cells; give no more "
            "blasts than cells."
        )
