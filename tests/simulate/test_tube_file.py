"""The file of a tube holds its events and nothing of its truth."""

from dataclasses import replace
from pathlib import Path

import flowio
import numpy as np
import pytest

from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.simulate.populations import POPULATIONS
from cytoflow_blina.simulate.spec import FileForm, TubeSpec
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube
from cytoflow_blina.simulate.tube_file import write_tube


def written(tube: SimulatedTube, folder: Path) -> flowio.FlowData:
    write_tube(tube, folder / "a.fcs")
    return flowio.FlowData(folder / "a.fcs")


@pytest.mark.parametrize("kind", ["calibur", "canto"])
def test_every_stored_value_is_in_the_file(
    kind: str,
    calibur_tubes: list[SimulatedTube],
    canto_tubes: list[SimulatedTube],
    tmp_path: Path,
) -> None:
    tube = (calibur_tubes if kind == "calibur" else canto_tubes)[0]

    data = written(tube, tmp_path)

    values = np.reshape(data.events, (-1, data.channel_count))
    assert np.array_equal(values.astype(tube.columns.values.dtype), tube.columns.values)
    assert tuple(data.pnn_labels) == tube.columns.detectors


@pytest.mark.parametrize("kind", ["calibur", "canto"])
def test_no_word_of_the_truth_is_in_the_file(
    kind: str,
    calibur_tubes: list[SimulatedTube],
    canto_tubes: list[SimulatedTube],
    tmp_path: Path,
) -> None:
    tube = (calibur_tubes if kind == "calibur" else canto_tubes)[0]

    text = " ".join(
        f"{keyword} {value}" for keyword, value in written(tube, tmp_path).text.items()
    )

    long_names = [name for name in POPULATIONS if len(name) > 1]
    assert not [word for word in (*long_names, "doublet") if word in text.lower()]


def test_channels_of_a_facscalibur_mean_decades(
    calibur_tubes: list[SimulatedTube], tmp_path: Path
) -> None:
    tube = calibur_tubes[0]
    write_tube(tube, tmp_path / "a.fcs")

    read = read_tube(tmp_path / "a.fcs")

    stored = tube.columns.values[:, 2].astype(float)
    np.testing.assert_allclose(read.events.column("FL1-H"), 10 ** (stored / 256))
    assert read.acquisition.time_step_s == tube.columns.time_step_s
    assert read.acquisition.spillover is None
    assert read.acquisition.fcs_version == "2.0"


@pytest.mark.parametrize(
    ("version", "keyword"), [("3.0", "spill"), ("3.1", "spillover")]
)
def test_a_digital_file_carries_its_matrix(
    canto_spec: TubeSpec, tmp_path: Path, version: str, keyword: str
) -> None:
    form = FileForm(float_version="3.1" if version == "3.1" else "3.0")
    tube = simulate_tube(replace(canto_spec, form=form, max_events=500), 1)

    data = written(tube, tmp_path)

    assert data.version == version
    assert keyword in data.text
    found = read_tube(tmp_path / "a.fcs").acquisition.spillover
    assert found is not None
    assert np.array_equal(found.matrix, tube.conditions.believed_spill)


def test_labels_name_the_antigens_or_nothing(
    canto_spec: TubeSpec, calibur_spec: TubeSpec, tmp_path: Path
) -> None:
    silent = replace(canto_spec, form=FileForm(labelled=False), max_events=200)
    canto = written(simulate_tube(replace(canto_spec, max_events=200), 1), tmp_path)
    calibur = written(simulate_tube(replace(calibur_spec, max_events=200), 1), tmp_path)

    unlabelled = written(simulate_tube(silent, 1), tmp_path)

    assert canto.pns_labels[4:10] == ["CD3", "CD16+56", "CD45", "CD4", "CD19", "CD8"]
    assert calibur.pns_labels[2:5] == ["CD3 FITC", "CD8 PE", "CD45 PerCP"]
    assert not any(unlabelled.pns_labels)


def test_the_width_is_left_out_where_it_is_not_wanted(
    canto_spec: TubeSpec, tmp_path: Path
) -> None:
    spec = replace(canto_spec, form=FileForm(has_width=False), max_events=200)

    data = written(simulate_tube(spec, 1), tmp_path)

    assert data.channel_count == 10
    assert "FSC-W" not in data.pnn_labels


def test_a_detector_with_more_gain_shows_more_volts(
    canto_tubes: list[SimulatedTube], tmp_path: Path
) -> None:
    gains, volts = [], []
    for tube in canto_tubes:
        gains.append(tube.conditions.gain[0])
        volts.append(float(written(tube, tmp_path).text["p5v"]))

    assert np.array_equal(np.argsort(gains), np.argsort(volts))
