"""Take one tube from its file to its numbers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from cytoflow_blina.bridge.gating_ml import read_gating_ml, write_gating_ml
from cytoflow_blina.domain.counting import PopulationCount
from cytoflow_blina.domain.events import (
    CompensatedEvents,
    RawEvents,
    ScaledEvents,
    Tube,
)
from cytoflow_blina.domain.gate import GatingStrategy
from cytoflow_blina.domain.panel import Panel, PanelMatch
from cytoflow_blina.domain.population import GateSource, Population, percent
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.domain.template import TubeTemplate
from cytoflow_blina.errors import GatingError, PanelError, Problem
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.figures.histogram_file import save_histograms
from cytoflow_blina.figures.panels import panel_histogram, plan_panels
from cytoflow_blina.gates.apply import apply_strategy
from cytoflow_blina.gates.fit.density import robust_spread
from cytoflow_blina.gates.fit.strategy import GateOrigin, fit_strategy
from cytoflow_blina.gates.resolve import ResolvedTemplate, resolve_template
from cytoflow_blina.preprocess.compensate import compensate
from cytoflow_blina.preprocess.match_panel import match_panel
from cytoflow_blina.preprocess.rescale import scale_events, scale_for_strategy


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
        The panel; `tube` names the tube in it.
    template : TubeTemplate
        The gates of this tube.
    gates_file, histograms_file : Path
        Where to write the Gating-ML and the histograms for the plots.
    given_gates : Path or None
        Gating-ML to apply as it is; None to find the gates.
    find : bool
        False to take the template's own geometry.
    """

    sample_id: str
    tube: str
    fcs_file: str
    file: Path
    panel: Panel
    template: TubeTemplate
    gates_file: Path
    histograms_file: Path
    given_gates: Path | None = None
    find: bool = True


@dataclass(frozen=True)
class GatedPopulation:
    """One row of `populations.csv`, less the ids of the tube."""

    path: str
    n_events: int
    n_parent: int
    percent_of_parent: float
    gate_source: GateSource
    confidence: float


@dataclass(frozen=True)
class Intensity:
    """One row of `intensities.csv`, less the ids of the tube."""

    path: str
    marker: str
    median: float
    robust_cv_percent: float
    n_events: int
