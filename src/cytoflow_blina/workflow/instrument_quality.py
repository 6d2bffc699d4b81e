"""Check each tube against earlier ones of the same instrument."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cytoflow_blina.domain.finding import CheckLimits, Finding
from cytoflow_blina.domain.template import BooleanShape, RectangleShape, TubeTemplate
from cytoflow_blina.quality.batch_drift import (
    BATCH_DRIFT,
    ControlledTube,
    ControlPoint,
    InstrumentRun,
    Quantity,
    chart_runs,
)
from cytoflow_blina.quality.instrument_settings import (
    INSTRUMENT_SETTINGS,
    InstrumentTube,
    settings_before,
)
from cytoflow_blina.quality.registry import run_checks
from cytoflow_blina.workflow.subject_quality import (
    GatedSample,
    instrument_of,
    median_decades,
    path_of,
)
from cytoflow_blina.workflow.tube import TubeResult

_FEWEST_FOR_A_CHART = 100
_MAIN_POPULATIONS = frozenset({"LYMPH", "CD3", "CD4", "CD8", "NK", "CD19"})


def with_history(samples: Iterable[GatedSample]) -> tuple[GatedSample, ...]:
    """Tell each sample which settings its instrument had kept until then.

    Parameters
    ----------
    samples : iterable of GatedSample
        Every sample of the run that has a gated tube, in any order.

    Returns
    -------
    tuple of GatedSample
        The same, in another order. A sample whose files have no date has no history.
    """
    told: list[GatedSample] = []
    series: dict[tuple[str, str], list[tuple[datetime, GatedSample]]]
    series = defaultdict(list)
    for sample in samples:
        times = [tube.acquired_at for tube in sample.tubes if tube.acquired_at]
        if times:
            panel = sample.rows[0].panel
            series[sample.instrument, panel].append((min(times), sample))
        else:
            told.append(sample)
    for dated in series.values():
        dated.sort(key=lambda one: (one[0], one[1].sample_id))
        histories = settings_before(
            (at, [tube.settings for tube in sample.tubes]) for at, sample in dated
        )
        told += [
            replace(sample, history=history)
            for (_, sample), history in zip(dated, histories, strict=True)
        ]
    return tuple(told)


def chart_samples(samples: Iterable[GatedSample]) -> tuple[ControlPoint, ...]:
    """Draw up the Levey-Jennings charts of every instrument.

    Parameters
    ----------
    samples : iterable of GatedSample
        Every sample of the run that has a gated tube.

    Returns
    -------
    tuple of ControlPoint
        Of the tubes whose file says when it was acquired (`chart_runs`).
    """
    return chart_runs(
        InstrumentRun(
            sample_id=tube.job.sample_id,
            tube=tube.job.tube,
            series=(instrument_of(tube), sample.rows[0].panel),
            at=tube.acquired_at,
            values=dict(_charted(tube)),
        )
        for sample in samples
        for tube in sample.tubes
        if tube.acquired_at is not None
    )


def _charted(tube: TubeResult) -> Iterator[tuple[Quantity, float]]:
    """List what is charted of a tube, where it has events enough."""
    template = tube.job.template
    wanted = [
        ("QC_LJ_CD45", "CD45 of lymphocytes", template.lymphocytes, "CD45"),
        ("QC_LJ_CD3", "CD3 of T cells", path_of(tube, "CD3"), "CD3"),
    ]
    markers = sorted({one.marker for one in tube.intensities})
    wanted += [
        ("QC_LJ_BEADS", f"{marker} of beads", template.beads, marker)
        for marker in markers
        if template.beads
    ]
    medians = median_decades(tube, _FEWEST_FOR_A_CHART)
    for code, name, path, marker in wanted:
        if (path, marker) in medians:
            yield Quantity(code, name, "decades"), medians[path, marker]
    reported = _reported_thresholds(template)
    for name, threshold in sorted(tube.thresholds.items()):
        if threshold.source == "fitted" and name in reported:
            yield (
                Quantity("QC_LJ_GATES", f"threshold {name}", "display units"),
                threshold.value,
            )


def _reported_thresholds(template: TubeTemplate) -> set[str]:
    """Name the thresholds that bound the main populations, and what they lie in.

    Those of quality figures sit in the tail of a population and stray.
    """
    shapes = {gate.path: gate.shape for gate in template.gates}
    waiting = [
        path
        for one in template.populations
        if one.name in _MAIN_POPULATIONS
        for path in (*one.paths, one.parent)
    ]
    thresholds: set[str] = set()
    while waiting:
        path = waiting.pop()
        shape = shapes.pop(path, None)
        if shape is not None:
            waiting.append(path.rpartition("/")[0])
        if isinstance(shape, RectangleShape):
            bounds = (end for one in shape.limits for end in (one.at_least, one.below))
            thresholds.update(bound for bound in bounds if isinstance(bound, str))
        elif isinstance(shape, BooleanShape):
            waiting += shape.operands
    return thresholds


def check_instruments(
    samples: Iterable[GatedSample],
    points: Sequence[ControlPoint],
    limits: Mapping[str, CheckLimits],
) -> dict[str, tuple[Finding, ...]]:
    """Check settings, medians and gates of each tube against earlier tubes.

    Parameters
    ----------
    samples : iterable of GatedSample
        Every sample of the run that has a gated tube, with its history.
    points : sequence of ControlPoint
        Their Levey-Jennings charts.
    limits : mapping of str to CheckLimits
        Limits of the checks.

    Returns
    -------
    dict of str to tuple of Finding
        Of level `batch`, by sample; each names the tube it is about.
    """
    by_tube: dict[tuple[str, str, str], list[ControlPoint]] = defaultdict(list)
    for point in points:
        run = point.run
        by_tube[run.sample_id, run.tube, point.quantity.code].append(point)
    return {
        sample.sample_id: tuple(
            finding
            for tube in sample.tubes
            for finding in _check_tube(sample, tube, by_tube, limits)
        )
        for sample in samples
    }


def _check_tube(
    sample: GatedSample,
    tube: TubeResult,
    points: Mapping[tuple[str, str, str], Sequence[ControlPoint]],
    limits: Mapping[str, CheckLimits],
) -> Iterator[Finding]:
    about = sample.sample_id, tube.job.tube, "batch"
    settings = InstrumentTube(tube.settings, sample.history)
    yield from run_checks(INSTRUMENT_SETTINGS, settings, limits, about)
    reason = "" if tube.acquired_at else "The file does not say when it was acquired"
    for check in BATCH_DRIFT:
        if check.code == "QC_LJ_BEADS" and not tube.n_beads:
            continue
        own = points.get((*about[:2], check.code), ())
        missing = reason or ("" if own else "Too few events to chart")
        yield from run_checks(
            (check,), ControlledTube(tuple(own), missing), limits, about
        )
