"""Take one tube from its file to its numbers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import nan
from pathlib import Path

from cytoflow_blina.bridge.gating_ml import read_gating_ml, write_gating_ml
from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.counting.method import count_factor
from cytoflow_blina.domain.counting import (
    CountFactor,
    CountingInputs,
    PopulationCount,
)
from cytoflow_blina.domain.events import Acquisition
from cytoflow_blina.domain.gate import GatingStrategy
from cytoflow_blina.domain.mrd import TubeMrd
from cytoflow_blina.domain.panel import Panel
from cytoflow_blina.domain.population import GateSource, Population
from cytoflow_blina.domain.template import TubeTemplate
from cytoflow_blina.errors import GatingError, Problem
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.figures.density import TubeHistograms, gate_histograms
from cytoflow_blina.figures.histogram_file import save_histograms
from cytoflow_blina.figures.marrow_file import MARROW_SUFFIX, save_marrow
from cytoflow_blina.gates.fit.confidence import less_sure
from cytoflow_blina.gates.fit.placed import PlacedThreshold
from cytoflow_blina.gates.fit.strategy import FittedStrategy, GateOrigin
from cytoflow_blina.preprocess.compensate import compensate
from cytoflow_blina.quality.measurements import EventQuality
from cytoflow_blina.quality.tube_identity import contradicting_events, count_marks
from cytoflow_blina.workflow.borrowing import Lender, borrow
from cytoflow_blina.workflow.gating import (
    GatedTube,
    RecognisedTube,
    apply_gates,
    find_gates,
    recognise_tube,
    without_axes,
)
from cytoflow_blina.workflow.intensities import Intensity, measure_intensities
from cytoflow_blina.workflow.measure import measure_events
from cytoflow_blina.workflow.mrd_plots import draw_marrow
from cytoflow_blina.workflow.mrd_search import (
    BLineage,
    MrdSearch,
    add_candidates,
    b_lineage_of,
    misplaced_candidates,
)
from cytoflow_blina.workflow.mrd_tube import measure_mrd
from cytoflow_blina.workflow.t_cells_left_out import t_cells_left_out


@dataclass(frozen=True)
class TubeJob:
    """All that a worker must know to process one tube.

    Attributes
    ----------
    sample_id, tube, fcs_file : str
        Which tube it is, and its file as the sample sheet names it.
    file : Path
        The file itself.
    panel : Panel
        The panel.
    template : TubeTemplate
        The gates of this tube of the panel.
    counting : CountingInputs
        What the sample sheet says about counting this tube.
    errors : CountingErrors
        Coefficients of variation beside counting noise.
    gates_file, histograms_file : Path
        Where to write the Gating-ML and the histograms for the plots.
    given_gates : Path or None
        Gating-ML to apply as it is; None to find the gates.
    find : bool
        False to take the template's own geometry.
    lenders : tuple of Lender
        Tubes whose thresholds may stand in, best first.
    mrd : MrdSearch or None
        How residual leukaemia is sought; None where the template does not say.
    """

    sample_id: str
    tube: str
    fcs_file: str
    file: Path
    panel: Panel
    template: TubeTemplate
    counting: CountingInputs
    errors: CountingErrors
    gates_file: Path
    histograms_file: Path
    given_gates: Path | None = None
    find: bool = True
    lenders: tuple[Lender, ...] = ()
    mrd: MrdSearch | None = None


@dataclass(frozen=True)
class GatedPopulation:
    """A gate and its events: one row of `populations.csv`, less the tube's ids."""

    path: str
    n_events: int
    n_parent: int
    percent_of_parent: float
    gate_source: GateSource
    confidence: float


@dataclass(frozen=True)
class TubeResult:
    """What is known of a tube once it is gated; small enough to travel.

    Attributes
    ----------
    job : TubeJob
        What was asked.
    sha256 : str
        Hash of the file.
    cytometer : str
        `$CYT`.
    acquired_at : datetime or None
        By the instrument's clock.
    n_events : int
        Events of the tube.
    gates : tuple of GatedPopulation
        Every gate.
    intensities : tuple of Intensity
        Every gate and marker.
    counts : mapping of str to PopulationCount
        Populations of `counts.csv` by name.
    n_lymphocytes : int
        Events of the lymphocyte gate; 0 where the template has none.
    n_beads : int or None
        Events of the bead gate; None where the template has none.
    factor : CountFactor or None
        What an event is worth; None where nothing can be counted.
    quality : EventQuality
        What the events say of their own quality.
    notes : tuple of str
        What was tolerated in the file, and what fell away.
    settings : mapping of str to str
        How the instrument was set, as the file says.
    thresholds : mapping of str to PlacedThreshold
        What the tube can lend to others, by id; none where gates were given.
    mrd : TubeMrd or None
        What a marrow tube says of MRD; None for other tubes.
    """

    job: TubeJob
    sha256: str
    cytometer: str
    acquired_at: datetime | None
    n_events: int
    gates: tuple[GatedPopulation, ...]
    intensities: tuple[Intensity, ...]
    counts: Mapping[str, PopulationCount]
    n_lymphocytes: int
    n_beads: int | None
    factor: CountFactor | None
    quality: EventQuality
    notes: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, PlacedThreshold] = field(default_factory=dict)
    mrd: TubeMrd | None = None


def process_tube(job: TubeJob) -> TubeResult:
    """Read, compensate, gate and count one tube.

    The gates are written as Gating-ML first, and what is counted is that file read
    back: whoever applies it elsewhere counts the same events.

    Parameters
    ----------
    job : TubeJob
        The tube.

    Returns
    -------
    TubeResult
        Its numbers. Gates and histograms are in the files that the job names.

    Raises
    ------
    FcsError
        Where the file cannot be read.
    PanelError
        Where it does not fit its panel.
    GatingError
        Where given gates do not fit it.
    SampleSheetError
        Where neither sheet nor file says what its counting method needs.
    """
    recognised = recognise_tube(read_tube(job.file), job.panel, job.template)
    fitted, lineage = _write_gates(job, recognised)
    gated = apply_gates(recognised, read_gating_ml(job.gates_file))
    _check_populations(job, recognised, gated.strategy)
    histograms = gate_histograms(
        gated.strategy, gated.events, gated.populations, _markers(recognised)
    )
    save_histograms(
        job.histograms_file, TubeHistograms(job.sample_id, job.tube, histograms)
    )
    gated = without_axes(gated)
    result = _result(job, recognised, gated, fitted)
    if job.mrd is None:
        return result
    if job.given_gates is not None:
        lineage = b_lineage_of(recognised, gated, _mrd_search(job, job.mrd))
    mrd = measure_mrd(recognised, gated, lineage, job.mrd, sample_id=job.sample_id)
    if lineage is not None:
        drawn = draw_marrow(recognised, gated, lineage, sample_id=job.sample_id)
        save_marrow(job.histograms_file.with_suffix(MARROW_SUFFIX), drawn)
    return replace(result, mrd=mrd)


def _mrd_search(job: TubeJob, search: MrdSearch) -> MrdSearch:
    """Take the phenotype that a tube at diagnosis lends, where one does."""
    known = [one.phenotype for one in job.lenders if one.phenotype is not None]
    return replace(search, phenotype=known[0]) if known else search


def _write_gates(
    job: TubeJob, recognised: RecognisedTube
) -> tuple[FittedStrategy | None, BLineage | None]:
    """Put the tube's gates where they are counted from: given ones, or found."""
    if job.given_gates is not None:
        shutil.copyfile(job.given_gates, job.gates_file)
        return None, None
    lent = borrow(job.lenders, recognised.tube.acquisition.settings)
    fitted = find_gates(recognised, find=job.find, lent=lent)
    lineage = None
    if job.mrd is not None:
        search = _mrd_search(job, job.mrd)
        gated = apply_gates(recognised, fitted.strategy)
        lineage = b_lineage_of(recognised, gated, search)
        fitted = add_candidates(recognised, fitted, lineage, search)
    write_gating_ml(fitted.strategy, job.gates_file)
    return fitted, lineage


def _check_populations(
    job: TubeJob, recognised: RecognisedTube, strategy: GatingStrategy
) -> None:
    """Refuse gates that lack a population which the template reports."""
    template = recognised.resolved.template
    wanted = {path for one in template.populations for path in (*one.paths, one.parent)}
    wanted |= {path for path in (template.lymphocytes, template.beads) if path}
    wanted |= set(template.mrd.paths) if template.mrd else set()
    missing = sorted(wanted.difference(strategy.paths))
    problems = []
    if missing:
        message = (
            f"has no gate {', '.join(map(repr, missing))}, which template of panel "
            f"{job.panel.name!r} counts. Keep the gate's id and its parents."
        )
        problems.append(Problem(job.gates_file.name, message))
    if job.given_gates is not None:
        problems += misplaced_candidates(template, strategy, job.gates_file.name)
    if problems:
        raise GatingError(*problems)


def _result(
    job: TubeJob,
    recognised: RecognisedTube,
    gated: GatedTube,
    fitted: FittedStrategy | None,
) -> TubeResult:
    origins = fitted.origins if fitted else {}
    acquisition = recognised.tube.acquisition
    template = recognised.resolved.template
    populations = gated.populations
    compensated = compensate(recognised.tube.events, recognised.spillover)
    n_lymphocytes = _n_events(populations, template.lymphocytes)
    n_beads = populations[template.beads].n_events if template.beads else None
    quality = measure_events(recognised, gated, compensated, job.panel)
    return TubeResult(
        job=job,
        sha256=acquisition.sha256,
        cytometer=acquisition.cytometer,
        acquired_at=acquisition.acquired_at,
        n_events=acquisition.n_events,
        gates=tuple(
            _gate_row(population, origins.get(path, GateOrigin("manual")))
            for path, population in populations.items()
        ),
        intensities=measure_intensities(recognised, compensated, populations),
        counts=_counts(
            template,
            populations,
            fitted.confidences if fitted else {},
            quality.early_excess,
        ),
        n_lymphocytes=n_lymphocytes,
        n_beads=n_beads,
        factor=_factor(job, acquisition, n_beads, n_lymphocytes),
        quality=quality,
        notes=(
            *acquisition.notes,
            *recognised.match.notes,
            *gated.strategy.notes,
        ),
        settings=acquisition.settings,
        thresholds=fitted.thresholds if fitted and job.find else {},
    )


def _factor(
    job: TubeJob, acquisition: Acquisition, n_beads: int | None, n_lymphocytes: int
) -> CountFactor | None:
    """Say what an event is worth; `$VOL` stands in for a volume the sheet lacks."""
    inputs = job.counting
    if inputs.acquired_volume_ul is None:
        inputs = replace(inputs, acquired_volume_ul=acquisition.volume_ul)
    return count_factor(
        inputs, n_beads=n_beads, n_lymphocytes=n_lymphocytes, errors=job.errors
    )


def _gate_row(population: Population, origin: GateOrigin) -> GatedPopulation:
    return GatedPopulation(
        path=population.path,
        n_events=population.n_events,
        n_parent=population.n_parent,
        percent_of_parent=population.percent_of_parent,
        gate_source=origin.source,
        confidence=origin.confidence,
    )


def _counts(
    template: TubeTemplate,
    populations: Mapping[str, Population],
    confidences: Mapping[str, float],
    foreign: Mapping[str, float],
) -> dict[str, PopulationCount]:
    """Add the events of the gates that make up each reported population.

    A count is less sure by what another sample seems to have left, and, but for
    lymphocytes and T cells, where the tube seems to be another one.
    """
    n_events = {
        reported.name: sum(populations[path].n_events for path in reported.paths)
        for reported in template.populations
    }
    by_path = {path: population.n_events for path, population in populations.items()}
    n_both = t_cells_left_out(by_path, template.lymphocytes, n_events.get("CD3", 0))
    contradicting = contradicting_events(count_marks(template.tube, n_events, n_both))
    counts = {}
    for reported in template.populations:
        name = reported.name
        error = foreign.get(name, 0.0)
        error += 0.0 if name in {"LYMPH", "CD3"} else contradicting
        counts[name] = PopulationCount(
            n_events[name],
            populations[reported.parent].n_events,
            reported.definition,
            less_sure(confidences.get(name, nan), error, n_events[name]),
        )
    return counts


def _n_events(populations: Mapping[str, Population], path: str) -> int:
    """Events of a gate; 0 for no gate."""
    return populations[path].n_events if path else 0


def _markers(recognised: RecognisedTube) -> dict[str, str]:
    """Marker of each detector."""
    return {one.detector: one.marker for one in recognised.match.assignments}
