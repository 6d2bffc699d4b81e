"""A tube is compensated as its panel says, or not gated at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.events import Tube
from cytoflow_blina.domain.panel import Panel
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import FcsError, PanelError
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.workflow.gating import spillover_to_undo


@pytest.fixture
def calibur_panel() -> Panel:
    """Load the panel of a cytometer that compensates before it stores."""
    return load_panel(shipped_documents() / "panels" / "facscalibur-multitest.toml")


@pytest.fixture
def calibur_tube(demo_study: Path) -> Tube:
    """Read a tube of that panel."""
    return read_tube(demo_study / "fcs" / "S01-D0.A.fcs")


def spillover_of(panel: Panel, tube: Tube) -> Spillover | None:
    return spillover_to_undo(panel, tube.acquisition, tube.events.channels)


def with_matrix(tube: Tube, coefficient: float) -> Tube:
    matrix = np.array([[1.0, coefficient], [0.0, 1.0]])
    spillover = Spillover(("FL1-H", "FL2-H"), matrix)
    return replace(tube, acquisition=replace(tube.acquisition, spillover=spillover))


def test_what_the_cytometer_compensated_is_not_compensated_again(
    calibur_panel: Panel, calibur_tube: Tube
) -> None:
    assert spillover_of(calibur_panel, calibur_tube) is None
    assert spillover_of(calibur_panel, with_matrix(calibur_tube, 0.0)) is None


def test_a_matrix_in_a_file_that_the_cytometer_compensated_is_refused(
    calibur_panel: Panel, calibur_tube: Tube
) -> None:
    with pytest.raises(PanelError, match="brings a spillover matrix, and panel"):
        spillover_of(calibur_panel, with_matrix(calibur_tube, 0.2))


def test_a_panel_compensated_by_software_needs_the_matrix(
    calibur_panel: Panel, calibur_tube: Tube
) -> None:
    panel = replace(calibur_panel, compensation="file")

    with pytest.raises(FcsError, match="holds no spillover matrix"):
        spillover_of(panel, calibur_tube)
