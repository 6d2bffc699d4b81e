"""Recognise a tube's markers, find its gates and apply them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cytoflow_blina.domain.events import (
    Acquisition,
    Channel,
    Dimension,
    RawEvents,
    ScaledEvents,
    Tube,
)
from cytoflow_blina.domain.gate import GatingStrategy
from cytoflow_blina.domain.panel import Panel, PanelMatch
from cytoflow_blina.domain.population import Population
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.domain.template import TubeTemplate
from cytoflow_blina.errors import PanelError, Problem
from cytoflow_blina.fcs.read import require_spillover
from cytoflow_blina.gates.apply import apply_strategy
from cytoflow_blina.gates.fit.placed import NOTHING_LENT, PlacedThreshold
from cytoflow_blina.gates.fit.strategy import FittedStrategy, fit_strategy
from cytoflow_blina.gates.resolve import ResolvedTemplate, resolve_template
from cytoflow_blina.preprocess.linear_decades import estimate_linear_decades
from cytoflow_blina.preprocess.match_panel import match_panel
from cytoflow_blina.preprocess.rescale import scale_events, scale_for_strategy

_MOST_EVENTS_TO_FIT = 1_000_000
"""Events that show where gates lie, to the width of a line."""


@dataclass(frozen=True)
class RecognisedTube:
    """A tube whose markers are known, before any gate.

    Attributes
    ----------
    tube : Tube
        The file's events.
    match : PanelMatch
        Which detector stands for which marker.
    spillover : Spillover or None
        The matrix to undo; None where the cytometer compensated.
    resolved : ResolvedTemplate
        The template in the tube's detectors.
    """

    tube: Tube
    match: PanelMatch
    spillover: Spillover | None
    resolved: ResolvedTemplate


@dataclass(frozen=True, eq=False)
class GatedTube:
    """Gates applied to a tube.

    Attributes
    ----------
    strategy : GatingStrategy
        The gates.
    events : ScaledEvents
        The tube on the strategy's dimensions.
    populations : mapping of str to Population
        By path.
    """

    strategy: GatingStrategy
    events: ScaledEvents
    populations: Mapping[str, Population]


def recognise_tube(tube: Tube, panel: Panel, template: TubeTemplate) -> RecognisedTube:
    """Find a panel's markers in a tube, and its spillover.

    Parameters
    ----------
    tube : Tube
        What was read.
    panel : Panel
        The panel; the template says which of its tubes this is.
    template : TubeTemplate
        The gates of that tube.

    Returns
    -------
    RecognisedTube
        Gates that need a marker which the tube does not measure have fallen away.

    Raises
    ------
    PanelError
        Where the file does not fit the panel.
    FcsError
        As `spillover_to_undo`.
    """
    name = tube.acquisition.file_name
    match = match_panel(panel, template.tube, tube.events.channels, where=name)
    spillover = spillover_to_undo(panel, tube.acquisition, tube.events.channels)
    resolved = resolve_template(
        template,
        match,
        tube.events.channels,
        compensation="uncompensated" if spillover is None else "FCS",
        linear_decades=linear_decades(tube, match, template, spillover),
    )
    return RecognisedTube(tube, match, spillover, resolved)


def linear_decades(
    tube: Tube, match: PanelMatch, template: TubeTemplate, spillover: Spillover | None
) -> dict[str, float]:
    """Estimate the linear part of every axis whose scale leaves it open.

    Parameters
    ----------
    tube : Tube
        What was read.
    match : PanelMatch
        Which detector stands for which marker.
    template : TubeTemplate
        Its scales say which are open: logicle or hyperlog without `linear_decades`.
    spillover : Spillover or None
        The matrix to undo.

    Returns
    -------
    dict of str to float
        By detector; as `estimate_linear_decades`.
    """
    estimates: dict[str, float] = {}
    for assignment in match.assignments:
        channel = tube.events.channels[tube.events.index(assignment.detector)]
        is_dye = channel.kind == "fluorescence"
        spec = template.scale_of(
            assignment.marker, "fluorescence" if is_dye else "scatter"
        )
        if spec.linear_decades is not None or spec.kind not in {"logicle", "hyperlog"}:
            continue
        is_compensated = is_dye and spillover is not None
        dimension = Dimension(
            channel.detector, "FCS" if is_compensated else "uncompensated"
        )
        events = scale_events(
            tube.events,
            (dimension,),
            scales={},
            matrices={},
            ratios={},
            file_spillover=spillover,
        )
        top = channel.range_max if spec.top is None else spec.top
        estimates[channel.detector] = estimate_linear_decades(
            events.column(dimension), top, spec.total_decades
        )
    return estimates


def spillover_to_undo(
    panel: Panel, acquisition: Acquisition, channels: tuple[Channel, ...]
) -> Spillover | None:
    """Say which matrix is undone by software, by what the panel says of its cytometer.

    Parameters
    ----------
    panel : Panel
        The panel.
    acquisition : Acquisition
        What the file says about itself.
    channels : tuple of Channel
        Channels of the file.

    Returns
    -------
    Spillover or None
        The matrix in the file; None for a panel that the cytometer compensates.

    Raises
    ------
    CorruptFcsError
        Where the file has no usable matrix although the panel is compensated by
        software.
    PanelError
        Where the file brings a matrix although the panel says that the cytometer
        compensated before it stored the events: undoing it would compensate twice,
        passing it over would not compensate at all.
    """
    if panel.compensation == "file":
        return require_spillover(acquisition, channels)
    found = acquisition.spillover
    if found is not None and not np.allclose(
        found.matrix, np.eye(len(found.detectors))
    ):
        raise PanelError(
            Problem(
                acquisition.file_name,
                f"brings a spillover matrix, and panel {panel.name!r} is for "
                "cytometers that compensate before they store. Name the panel of this "
                "cytometer, with compensation = 'file'.",
            )
        )
    return None


def find_gates(
    recognised: RecognisedTube,
    *,
    find: bool = True,
    lent: Mapping[str, PlacedThreshold] = NOTHING_LENT,
) -> FittedStrategy:
    """Find the gates of a tube.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube and its template.
    find : bool, default True
        False to take the template's own geometry.
    lent : mapping of str to PlacedThreshold, optional
        Thresholds of another tube, by id, as `fit_strategy` takes them.

    Returns
    -------
    FittedStrategy
        The gates, and where each comes from. Of a tube of millions of events evenly
        spaced ones are looked at; gates are applied to all.
    """
    resolved = recognised.resolved
    events = scale_events(
        _evenly_spaced(recognised.tube.events),
        tuple(resolved.dimensions.values()),
        scales=resolved.scales,
        matrices={},
        ratios={},
        file_spillover=recognised.spillover,
    )
    return fit_strategy(resolved, events, find=find, lent=lent)


def _evenly_spaced(events: RawEvents) -> RawEvents:
    """Take at most `_MOST_EVENTS_TO_FIT` events."""
    step = -(-events.n_events // _MOST_EVENTS_TO_FIT)
    if step <= 1:
        return events
    return RawEvents(
        tuple(one[::step].copy() for one in events.columns), events.channels
    )


def apply_gates(recognised: RecognisedTube, strategy: GatingStrategy) -> GatedTube:
    """Apply gates to a tube.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube.
    strategy : GatingStrategy
        Gates found in this tube, or read from a file.

    Returns
    -------
    GatedTube
        The populations.

    Raises
    ------
    GatingError
        Where the gates use a detector that the tube does not have, or a matrix of
        the file in a tube that the cytometer compensated.
    """
    events = scale_for_strategy(recognised.tube.events, strategy, recognised.spillover)
    return GatedTube(strategy, events, apply_strategy(strategy, events))


def without_axes(gated: GatedTube) -> GatedTube:
    """Let go of the axes of a tube once no gate and no plot needs them.

    Parameters
    ----------
    gated : GatedTube
        The tube.

    Returns
    -------
    GatedTube
        Its gates and populations; the events of a large tube take much memory.
    """
    return replace(gated, events=ScaledEvents(np.empty((0, 0)), ()))
