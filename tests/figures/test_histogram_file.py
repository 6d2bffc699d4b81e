from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.figures.axes import Axis, Tick
from cytoflow_blina.figures.density import (
    N_BINS,
    DrawnGate,
    GateHistogram,
    TubeHistograms,
)
from cytoflow_blina.figures.histogram_file import load_histograms, save_histograms


@pytest.fixture
def tube() -> TubeHistograms:
    counts = np.arange(N_BINS * N_BINS, dtype=np.uint32).reshape(N_BINS, N_BINS)
    x = Axis("CD3 · FL1", 0.0, 1.0, (Tick(1 / 3, "10²"), Tick(0.9)))
    outline = np.array([(0.1, 1 / 3), (0.7, 0.2), (0.5, 0.9)])
    gates = (
        DrawnGate("lymph/t", outline, 5, 10, "limited by CD19 too"),
        DrawnGate("lymph/rest", np.empty((0, 2)), 5, 10, "not lymph/t"),
    )
    return TubeHistograms(
        "患者-1",
        "A",
        (GateHistogram("lymph", x, Axis("SSC", 0.0, 3.5), counts, gates),),
    )


def test_what_was_saved_is_read_back(tmp_path: Path, tube: TubeHistograms) -> None:
    save_histograms(tmp_path / "one.npz", tube)

    again = load_histograms(tmp_path / "one.npz")

    (saved,), (read,) = tube.plots, again.plots
    assert (again.sample_id, again.tube) == ("患者-1", "A")
    assert (read.parent, read.x, read.y) == (saved.parent, saved.x, saved.y)
    assert np.array_equal(read.counts, saved.counts)
    assert read.counts.dtype == np.uint32
    for gate, original in zip(read.gates, saved.gates, strict=True):
        assert np.array_equal(gate.outline, original.outline)
        assert gate.outline.shape[1] == 2
        assert (gate.path, gate.n_events, gate.n_parent, gate.note) == (
            original.path,
            original.n_events,
            original.n_parent,
            original.note,
        )


def test_the_same_plots_give_the_same_bytes(
    tmp_path: Path, tube: TubeHistograms
) -> None:
    for name in ("one.npz", "two.npz"):
        save_histograms(tmp_path / name, tube)

    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_tube_without_plots_is_kept_as_such(tmp_path: Path) -> None:
    save_histograms(tmp_path / "none.npz", TubeHistograms("S1", "", ()))

    assert load_histograms(tmp_path / "none.npz").plots == ()


@pytest.mark.parametrize("n_bytes_kept", [0, 1, 100, 700, -30])
def test_a_damaged_file_is_refused(
    tmp_path: Path, tube: TubeHistograms, n_bytes_kept: int
) -> None:
    path = tmp_path / "one.npz"
    save_histograms(path, tube)
    path.write_bytes(path.read_bytes()[:n_bytes_kept])

    with pytest.raises(ConfigError) as caught:
        load_histograms(path)

    assert str(caught.value) == (
        "one.npz: holds no gate plots that can be read. Run the study again."
    )
