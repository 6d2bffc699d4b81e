"""Measure in the events of a gated tube what the quality checks look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from cytoflow_blina.domain.events import BoolArray, CompensatedEvents, FloatArray
from cytoflow_blina.domain.gate import BooleanGate, gate_dimensions
from cytoflow_blina.domain.panel import Panel
from cytoflow_blina.gates.apply import gate_mask
from cytoflow_blina.preprocess.rescale import scale_events
from cytoflow_blina.quality.back_gating import (
    GateQuality,
    Leukocytes,
    measure_gate_quality,
)
from cytoflow_blina.quality.bead_cluster import measure_bead_cv
from cytoflow_blina.quality.carry_over import (
    CarryOver,
    early_excess,
    measure_carry_over,
)
from cytoflow_blina.quality.lymphocyte_kinds import (
    KINDS_WITHOUT,
    events_of,
    lymphocyte_kinds,
)
from cytoflow_blina.quality.measurements import EventQuality
from cytoflow_blina.quality.residual_spill import (
    Stain,
    has_tandem_and_donor,
    measure_residual_spill,
)
from cytoflow_blina.quality.run_course import (
    Drift,
    RatioCourse,
    measure_drift,
    measure_ratio_course,
)
from cytoflow_blina.quality.saturation import measure_axis_pileup, measure_saturation
from cytoflow_blina.quality.time_course import TimeMeasurement, measure_time
from cytoflow_blina.quality.viability import MARKER as VIABILITY_MARKER
from cytoflow_blina.quality.viability import measure_viability
from cytoflow_blina.workflow.gating import GatedTube, RecognisedTube

QC_MONOCYTES = "qc_mono"
"""Gate, below the lymphocyte gate, of monocytes that slipped into it."""

QC_CD45DIM = "b_cd45dim"
"""Gate, beside the lymphocyte gate, of CD19+ events with less CD45."""

_TYPICAL_RUN_S = 20.0

CD3_NEGATIVE = "cd3_negative"
"""Gate, below the lymphocyte gate, of what carries no CD3."""

LINEAGES = ("CD3", "CD19", "NK")
"""Populations that make up the lymphocytes, by their names in `counts.csv`."""


def measure_events(
    recognised: RecognisedTube,
    gated: GatedTube,
    compensated: CompensatedEvents,
    panel: Panel,
) -> EventQuality:
    """Measure the quality of a gated tube.

    Parameters
    ----------
    recognised : RecognisedTube
        The tube, its markers and its template.
    gated : GatedTube
        Its populations.
    compensated : CompensatedEvents
        Its events in linear units.
    panel : Panel
        The panel, for its dyes.

    Returns
    -------
    EventQuality
        Plain numbers. What the template has no gate for is not measured.
    """
    tube = _Gated(recognised, gated, compensated, _stains(recognised, panel))
    time = measure_time(tube.time_s)
    without_lymphocytes = EventQuality(
        saturation_percent=_saturation(tube),
        time=time,
        carry_over=_carry_over(tube, time),
        early_excess=_early_excess(tube, time),
        bead_cv_percent=_bead_cv(tube),
        bead_course=_bead_course(tube),
        has_tandem=has_tandem_and_donor(tube.stains),
        viable_percent=_viability(tube),
        n_leukocytes=int(np.count_nonzero(tube.leukocytes)),
        n_cd45dim_cd19pos=tube.count(QC_CD45DIM),
    )
    if tube.lymphocytes is None:
        return without_lymphocytes
    return replace(
        without_lymphocytes,
        gate=_gate_quality(tube, tube.lymphocytes),
        spill=measure_residual_spill(tube.signals, tube.kinds),
        axis_percent=_axis(tube),
        drift=_drift(tube, tube.lymphocytes),
        n_doublets=_doublets(tube, tube.lymphocytes),
    )


class _Gated:
    """A gated tube, with what several measurements need worked out once."""

    def __init__(
        self,
        recognised: RecognisedTube,
        gated: GatedTube,
        compensated: CompensatedEvents,
        stains: Mapping[Stain, str],
    ) -> None:
        self.raw = recognised.tube.events
        self.is_time_in_s = recognised.tube.acquisition.time_step_s is not None
        self.compensated = compensated
        self.template = recognised.resolved.template
        self.gated = gated
        self.stains = stains
        self.detectors = {
            one.marker: one.detector for one in recognised.match.assignments
        }

    def mask(self, path: str) -> BoolArray | None:
        """Events of a gate, None where there is no such gate."""
        found = self.gated.populations.get(path)
        return None if found is None else found.mask

    def count(self, name: str) -> int | None:
        """Count the events of a gate beside the lymphocyte gate; None without it."""
        parent = self.template.lymphocytes.rpartition("/")[0]
        mask = self.mask(f"{parent}/{name}" if parent else name)
        return None if mask is None else int(np.count_nonzero(mask))

    @cached_property
    def lymphocytes(self) -> BoolArray | None:
        """Events of the lymphocyte gate."""
        return self.mask(self.template.lymphocytes)

    @cached_property
    def leukocytes(self) -> BoolArray:
        """Parent of the lymphocyte gate; all events without such a gate."""
        mask = self.mask(self.template.lymphocytes.rpartition("/")[0])
        return np.ones(self.raw.n_events, dtype=np.bool_) if mask is None else mask

    @cached_property
    def beads(self) -> BoolArray | None:
        """Events of the bead gate; None without such a gate, or where it is empty."""
        mask = self.mask(self.template.beads)
        return mask if mask is not None and mask.any() else None

    @cached_property
    def monocytes(self) -> BoolArray | None:
        """Events of the lymphocyte gate that are monocytes; None where not told."""
        return self.mask(f"{self.template.lymphocytes}/{QC_MONOCYTES}")

    @cached_property
    def time_s(self) -> FloatArray | None:
        """Time of each event; None where the file has none."""
        for channel in self.raw.channels:
            if channel.kind == "time":
                return self.raw.column(channel.detector)
        return None

    @cached_property
    def signals(self) -> dict[Stain, FloatArray]:
        """Compensated fluorescence in linear units."""
        return {
            stain: self.compensated.column(detector)
            for stain, detector in self.stains.items()
        }

    @cached_property
    def kinds(self) -> dict[str, BoolArray]:
        """Kinds of lymphocytes by the populations that the template reports."""
        if self.lymphocytes is None:
            return {}
        populations = self.gated.populations
        reported = {
            one.name: np.logical_or.reduce([populations[p].mask for p in one.paths])
            for one in self.template.populations
        }
        return lymphocyte_kinds(self.lymphocytes, reported, self.monocytes)


def _stains(recognised: RecognisedTube, panel: Panel) -> dict[Stain, str]:
    """Marker and dye of each fluorescence of the panel, with its detector."""
    tube = panel.tube(recognised.match.tube)
    dyes = {channel.marker: channel.fluorochrome for channel in tube.channels}
    channels = recognised.tube.events.channels
    kinds = {channel.detector: channel.kind for channel in channels}
    return {
        Stain(one.marker, dyes.get(one.marker, "")): one.detector
        for one in recognised.match.assignments
        if kinds[one.detector] == "fluorescence"
    }


def _saturation(tube: _Gated) -> dict[str, float]:
    """Measure how many leukocytes lie at the top of each fluorescence, as measured.

    Leukocytes are the parent of the lymphocyte gate: beads are made to be bright.
    """
    top = {channel.detector: channel.range_max for channel in tube.raw.channels}
    return {
        stain.marker: measure_saturation(
            tube.raw.column(detector)[tube.leukocytes], top[detector]
        )
        for stain, detector in tube.stains.items()
    }


def _axis(tube: _Gated) -> dict[str, float] | None:
    """Measure how many negative lymphocytes lie in the lowest logarithmic channel."""
    stored = {
        channel.detector
        for channel in tube.raw.channels
        if channel.is_logarithmic and channel.is_integer
    }
    markers = {
        stain.marker: detector
        for stain, detector in tube.stains.items()
        if detector in stored
    }
    if not markers:
        return None
    shares = {}
    for marker, detector in markers.items():
        negatives = events_of(tube.kinds, KINDS_WITHOUT.get(marker, ()))
        if negatives:
            shares[marker] = measure_axis_pileup(
                tube.raw.column(detector), np.logical_or.reduce(negatives)
            )
    return shares


def _bead_cv(tube: _Gated) -> dict[str, float]:
    """Measure how wide the beads lie in each fluorescence."""
    if tube.beads is None:
        return {}
    scatter = [
        tube.raw.column(tube.detectors[marker])
        for marker in ("FSC", "SSC")
        if marker in tube.detectors
    ]
    signals = {stain.marker: values for stain, values in tube.signals.items()}
    return measure_bead_cv(signals, scatter, tube.beads)


def _bead_course(tube: _Gated) -> RatioCourse:
    """Compare beads per leukocyte between first and last third."""
    if tube.beads is None:
        return RatioCourse()
    return measure_ratio_course(tube.beads, tube.leukocytes)


def _drift(tube: _Gated, lymphocytes: BoolArray) -> Drift:
    """Follow CD45 of lymphocytes and the beads through the run."""
    followed = {
        f"{stain.marker} of lymphocytes": _decades(values[lymphocytes])
        for stain, values in tube.signals.items()
        if stain.marker == "CD45"
    }
    if tube.beads is not None:
        followed |= {
            f"beads in the detector of {stain.marker}": _decades(values[tube.beads])
            for stain, values in tube.signals.items()
        }
    return measure_drift(followed)


def _is_time_usable(tube: _Gated, time: TimeMeasurement) -> bool:
    """Tell whether Time says in seconds when each event came."""
    return tube.time_s is not None and not time.problem and tube.is_time_in_s


def _course_s(tube: _Gated, time: TimeMeasurement) -> FloatArray:
    """When each event came; by their order where Time does not tell.

    The order then stands for a run of 20 s, of which the first tenth is looked at.
    """
    if tube.time_s is not None and _is_time_usable(tube, time):
        return tube.time_s
    n_events = tube.raw.n_events
    return np.linspace(0.0, _TYPICAL_RUN_S, n_events)


def _carry_over(tube: _Gated, time: TimeMeasurement) -> CarryOver:
    """Compare the mixture of the first seconds with that of the rest."""
    if not tube.raw.n_events:
        return CarryOver(problem="there are no events")
    kinds = np.zeros(tube.raw.n_events, dtype=np.intp)
    masks = [tube.leukocytes, tube.lymphocytes, *tube.kinds.values(), tube.beads]
    for number, mask in enumerate(masks, start=1):
        if mask is not None:
            kinds[mask] = number
    found = measure_carry_over(_course_s(tube, time), kinds)
    return replace(found, is_by_order=not _is_time_usable(tube, time))


def _early_excess(tube: _Gated, time: TimeMeasurement) -> dict[str, float]:
    """Count what came of each population with the first seconds alone."""
    course_s = _course_s(tube, time)
    return {
        reported.name: early_excess(
            course_s,
            np.logical_or.reduce(
                [tube.gated.populations[path].mask for path in reported.paths]
            ),
        )
        for reported in tube.template.populations
    }


def _viability(tube: _Gated) -> float | None:
    """Measure the living leukocytes; None for a panel without a dye for it."""
    for stain, values in tube.signals.items():
        if stain.marker == VIABILITY_MARKER:
            return measure_viability(values[tube.leukocytes])
    return None


def _doublets(tube: _Gated, lymphocytes: BoolArray) -> int | None:
    """Count CD3+CD19+ lymphocytes: not CD3-, and yet none of the T cells."""
    without = tube.mask(f"{tube.template.lymphocytes}/{CD3_NEGATIVE}")
    cd3 = next((one for one in tube.template.populations if one.name == "CD3"), None)
    if without is None or cd3 is None or "CD19" not in tube.detectors:
        return None
    others = lymphocytes & ~without
    for path in cd3.paths:
        others &= ~tube.gated.populations[path].mask
    return int(np.count_nonzero(others))


def _gate_quality(tube: _Gated, lymphocytes: BoolArray) -> GateQuality:
    """Hold the lymphocyte gate against the lineage markers of all leukocytes."""
    detectors = tube.detectors
    lineages = _lineages(tube)
    missing = [name for name in ("CD45", "SSC") if name not in detectors]
    missing += [name for name in ("CD3",) if name not in lineages]
    if missing:
        words = f"the tube has no {' and no '.join(missing)} to tell lymphocytes by"
        return GateQuality(problem=words)
    rows = np.flatnonzero(tube.leukocytes)
    return measure_gate_quality(
        Leukocytes(
            in_gate=lymphocytes[rows],
            cd45=_decades(tube.compensated.column(detectors["CD45"])[rows]),
            side_scatter=tube.raw.column(detectors["SSC"])[rows],
            lineages={name: one[rows] for name, one in lineages.items()},
            monocytes=None if tube.monocytes is None else tube.monocytes[rows],
        )
    )


def _lineages(tube: _Gated) -> dict[str, BoolArray]:
    """Tell which events carry a lineage marker, inside the lymphocyte gate or outside.

    That is the gate of the population without its parent. A gate that stands elsewhere
    than right below the lymphocyte gate, or combines others, does not tell.
    """
    gated = tube.gated
    masks = {path: population.mask for path, population in gated.populations.items()}
    nodes = {node.path: node for node in gated.strategy.nodes}
    found = {}
    for population in tube.template.populations:
        if population.name not in LINEAGES or len(population.paths) != 1:
            continue
        node = nodes[population.paths[0]]
        is_below = node.parent == tube.template.lymphocytes
        if is_below and not isinstance(node.gate, BooleanGate):
            events = scale_events(
                tube.raw,
                gate_dimensions(node.gate),
                scales=gated.strategy.scales,
                matrices=gated.strategy.matrices,
                ratios=gated.strategy.ratios,
                file_spillover=tube.compensated.spillover,
            )
            found[population.name] = gate_mask(node.gate, events, masks)
    return found


def _decades(values: FloatArray) -> FloatArray:
    """Decimal logarithm; what lies at 1 or below is taken for 1."""
    decades: FloatArray = np.log10(np.maximum(values, 1.0))
    return decades
