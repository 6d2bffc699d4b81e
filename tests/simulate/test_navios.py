"""A simulated Navios tube is an LMD file as the cytometer leaves it."""

from dataclasses import replace
from pathlib import Path

import flowio
import numpy as np
import pytest

from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.fcs.read import read_all_data_sets, read_tube
from cytoflow_blina.preprocess.match_panel import match_panel
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.simulate.navios import NAVIOS
from cytoflow_blina.simulate.populations import POPULATIONS
from cytoflow_blina.simulate.spec import FileForm, TubeSpec
from cytoflow_blina.simulate.truth import true_counts
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube
from cytoflow_blina.simulate.tube_file import write_tube

PANEL = load_panel(shipped_documents() / "panels" / "navios-tetrachrome.toml")


@pytest.fixture(scope="module")
def tubes(navios_spec: TubeSpec) -> list[SimulatedTube]:
    """Three tubes 1 and three tubes 2, each from an instrument of its own."""
    return [
        simulate_tube(replace(navios_spec, tube=tube), seed)
        for seed in range(3)
        for tube in "12"
    ]


@pytest.fixture(scope="module")
def file(tubes: list[SimulatedTube], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("navios") / "S01-D0.1.lmd"
    write_tube(tubes[0], path)
    return path


def medians(tube: SimulatedTube, population: str) -> dict[str, float]:
    """Compensate with the true matrix, and take the median of each marker."""
    detectors = tube.columns.detectors
    at = [detectors.index(detector.name) for detector in NAVIOS.detectors]
    raw = tube.columns.values[:, at][tube.labels == population]
    found = np.median(raw @ np.linalg.inv(tube.conditions.spill), axis=0)
    return dict(zip(NAVIOS.tubes[tube.spec.tube], map(float, found), strict=True))


def test_the_file_holds_the_events_twice_and_the_fine_ones_are_read(
    tubes: list[SimulatedTube], file: Path
) -> None:
    coarse, fine = read_all_data_sets(file)

    read = read_tube(file)

    assert (coarse.acquisition.fcs_version, fine.acquisition.fcs_version) == (
        "2.0",
        "3.0",
    )
    assert np.array_equal(read.events.values, tubes[0].columns.values)
    assert [channel.detector for channel in read.events.channels] == [
        *("FS-H", "FS-A", "SS-A", "FL1-A", "FL2-A", "FL3-A", "FL4-A", "TIME"),
    ]
    top = [channel.range_max for channel in read.events.channels]
    assert top == [2**18 - 1, *([2**20 - 1] * 7)]


def test_another_reader_finds_the_same_two_data_sets(
    tubes: list[SimulatedTube], file: Path
) -> None:
    coarse, fine = flowio.read_multiple_data_sets(file)

    assert coarse.pnn_labels == [
        *("FS PEAK LIN", "FS INT LIN", "SS INT LIN", "FL1 INT LOG", "FL2 INT LOG"),
        *("FL3 INT LOG", "FL4 INT LOG", "TIME"),
    ]
    values = np.reshape(fine.events, (-1, fine.channel_count))
    assert np.array_equal(values, tubes[0].columns.values)
    # Stains, cytometer and date stand in the first data set alone.
    assert fine.text.keys().isdisjoint({"cyt", "date", "p4s"})
    assert fine.text["spillover"].startswith("4,4,5,6,7,1.0,")


def test_the_coarse_events_are_the_fine_ones_compensated(file: Path) -> None:
    coarse, fine = read_all_data_sets(file)

    assert fine.acquisition.spillover is not None
    columns = [fine.events.column(f"FL{n}-A") for n in range(1, 5)]
    undone = np.column_stack(columns) @ np.linalg.inv(fine.acquisition.spillover.matrix)
    for number in range(1, 5):
        signal = 1024 * coarse.events.column(f"FL{number} INT LOG")
        is_on_scale = undone[:, number - 1] > 110
        ratio = signal[is_on_scale] / undone[is_on_scale, number - 1]
        assert 10 ** (-4 / 1024) <= ratio.min() <= ratio.max() <= 1 + 1e-9


def test_no_signal_is_below_zero_and_none_beyond_its_bits(
    tubes: list[SimulatedTube],
) -> None:
    for tube in tubes:
        assert tube.columns.values.dtype == np.uint32
        assert tube.columns.values.max() < 2**20
        assert tube.columns.values[:, 0].max() < 2**18


def test_the_panel_recognises_its_tubes_by_their_stains(
    tubes: list[SimulatedTube], tmp_path: Path
) -> None:
    for tube in tubes[:2]:
        write_tube(tube, tmp_path / "a.lmd")
        channels = read_tube(tmp_path / "a.lmd").events.channels

        match = match_panel(PANEL, tube.spec.tube, channels, where="")

        assert not match.missing
        found = [match.detector(marker) for marker in NAVIOS.tubes[tube.spec.tube]]
        assert found == ["FL1-A", "FL2-A", "FL3-A", "FL4-A"]
        assert match.detector("FSC-H") == "FS-H"


def test_a_tube_whose_stains_nobody_typed_in_is_recognised_by_its_detectors(
    navios_spec: TubeSpec, tmp_path: Path
) -> None:
    spec = replace(navios_spec, form=FileForm(labelled=False), max_events=300)
    write_tube(simulate_tube(spec, 1), tmp_path / "a.lmd")
    channels = read_tube(tmp_path / "a.lmd").events.channels

    match = match_panel(PANEL, "2", channels, where="")

    assert not any(channel.label for channel in channels)
    assert match.detector("CD56") == "FL2-A"


def test_no_word_of_the_truth_is_in_the_file(file: Path) -> None:
    text = " ".join(
        f"{keyword} {value}"
        for data in flowio.read_multiple_data_sets(file)
        for keyword, value in data.text.items()
    )

    long_names = [name for name in POPULATIONS if len(name) > 1]
    assert not [word for word in (*long_names, "doublet") if word in text.lower()]


def test_stained_cells_stand_clear_of_unstained_ones(
    tubes: list[SimulatedTube],
) -> None:
    for tube in tubes:
        if tube.spec.tube == "1":
            t, negative = medians(tube, "cd4_t"), medians(tube, "b")
            assert t["CD3"] > 10 * negative["CD3"]
            assert t["CD4"] > 10 * negative["CD4"]
            assert medians(tube, "cd8_t")["CD8"] > 10 * t["CD8"]
        else:
            b, nk = medians(tube, "b"), medians(tube, "nk_cd8neg")
            assert b["CD19"] > 10 * nk["CD19"]
            assert nk["CD56"] > 5 * b["CD56"]


def test_beads_are_brighter_than_cells_in_every_detector(
    tubes: list[SimulatedTube],
) -> None:
    for tube in tubes:
        values = tube.columns.values[:, 3:7]
        beads = values[tube.labels == "bead"]
        cells = values[np.isin(tube.labels, ("cd4_t", "dp_t", "b", "nk_cd8dim"))]

        assert len(beads) > 100
        assert (beads.min(axis=0) > np.quantile(cells, 0.99, axis=0)).all()


def test_the_clock_ends_with_its_scale(tubes: list[SimulatedTube]) -> None:
    for tube in tubes:
        steps = tube.columns.values[:, -1]

        assert (np.diff(steps.astype(np.int64)) >= 0).all()
        assert steps[-1] * tube.columns.time_step_s == pytest.approx(
            tube.duration_s, abs=0.01
        )


def test_each_tube_reports_what_it_is_stained_for(tubes: list[SimulatedTube]) -> None:
    first, second = (true_counts(tube.labels, tube.spec.tube) for tube in tubes[:2])

    assert list(first) == ["LYMPH", "CD3", "CD4", "CD8", "DPT", "DNT"]
    assert list(second) == ["LYMPH", "CD3", "NK", "CD19", "NKTLIKE"]


def test_a_tube_without_events_makes_a_whole_file(
    navios_spec: TubeSpec, tmp_path: Path
) -> None:
    empty = replace(navios_spec, concentrations={})
    no_beads = replace(empty.preparation, beads_per_tube=None)

    write_tube(
        simulate_tube(replace(empty, preparation=no_beads), 1), tmp_path / "a.lmd"
    )

    found = flowio.read_multiple_data_sets(tmp_path / "a.lmd", only_text=True)
    assert [data.text["tot"] for data in found] == ["0", "0"]
