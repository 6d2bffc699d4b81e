"""A marrow file is read back as it was simulated, and tells nothing of the truth."""

from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.errors import NoEventsError
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.simulate.marrow.cytometers import AIEOP, PANELS
from cytoflow_blina.simulate.marrow.populations import POPULATIONS
from cytoflow_blina.simulate.marrow.spec import MarrowSpec
from cytoflow_blina.simulate.marrow.tube import SimulatedMarrow, simulate_marrow
from cytoflow_blina.simulate.marrow.tube_file import write_marrow


def test_a_file_round_trips(regenerating: SimulatedMarrow, tmp_path: Path) -> None:
    path = tmp_path / "M01-DX.fcs"

    write_marrow(regenerating, path)

    read = read_tube(path)
    for at, detector in enumerate(regenerating.detectors[:-1]):
        np.testing.assert_array_equal(
            read.events.column(detector), regenerating.values[:, at]
        )
    assert read.acquisition.fcs_version == "3.1"
    assert read.acquisition.time_step_s == regenerating.time_step_s
    assert read.acquisition.spillover is not None
    np.testing.assert_array_equal(
        read.acquisition.spillover.matrix, regenerating.spillover.matrix
    )
    assert read.acquisition.spillover.detectors == regenerating.spillover.detectors


def test_labels_are_the_markers_of_the_panel(
    regenerating: SimulatedMarrow, tmp_path: Path
) -> None:
    path = tmp_path / "M01-DX.fcs"

    write_marrow(regenerating, path)

    labels = {c.label: c.detector for c in read_tube(path).events.channels if c.label}
    assert labels == dict(PANELS[AIEOP][""])


def test_no_word_of_the_truth_is_in_the_file(
    regenerating: SimulatedMarrow, tmp_path: Path
) -> None:
    path = tmp_path / "M01-DX.fcs"

    write_marrow(regenerating, path)

    text = path.read_bytes()[:8_000].decode("latin-1").lower()
    words = (*POPULATIONS, "doublet", "dead:", "regenerating")
    assert not [word for word in words if len(word) > 4 and word in text]


def test_a_tube_without_cells_makes_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.fcs"

    write_marrow(simulate_marrow(MarrowSpec(AIEOP, n_nucleated=0), 1), path)

    with pytest.raises(NoEventsError):
        read_tube(path)
