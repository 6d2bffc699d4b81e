from pathlib import Path

import numpy as np
import pytest
from tests.figures.marrow import marrow_tube

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.figures.density import TubeHistograms
from cytoflow_blina.figures.histogram_file import save_histograms
from cytoflow_blina.figures.marrow_file import load_marrow, save_marrow
from cytoflow_blina.figures.marrow_plots import marrow_plot_svg


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    saved = marrow_tube([30, 400], sample_id="患者-1", tube="A", has_phenotype=True)

    save_marrow(tmp_path / "one.mrd.npz", saved)
    read = load_marrow(tmp_path / "one.mrd.npz")

    assert (read.sample_id, read.tube, read.columns) == ("患者-1", "A", saved.columns)
    assert read.axes == saved.axes
    for again, candidate in zip(read.candidates, saved.candidates, strict=True):
        assert (again.path, again.n_events) == (candidate.path, candidate.n_events)
        assert np.array_equal(again.dots, candidate.dots)
    assert [one.name for one in read.normal] == [one.name for one in saved.normal]
    assert [marrow_plot_svg(read, plot) for plot in read.plots] == [
        marrow_plot_svg(saved, plot) for plot in saved.plots
    ]


def test_the_same_plots_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.mrd.npz", "two.mrd.npz"):
        save_marrow(tmp_path / name, marrow_tube([30], has_phenotype=True))

    first, second = ((tmp_path / f"{name}.mrd.npz") for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_a_tube_in_which_nothing_was_found_is_kept_as_such(tmp_path: Path) -> None:
    save_marrow(tmp_path / "none.mrd.npz", marrow_tube(n_events=0, has_reference=False))

    read = load_marrow(tmp_path / "none.mrd.npz")

    assert (read.candidates, read.normal, read.diagnosis) == ((), (), None)
    assert len(read.plots) > 0


@pytest.mark.parametrize("n_bytes_kept", [0, 1, 100, 700, -30])
def test_a_damaged_file_is_refused(tmp_path: Path, n_bytes_kept: int) -> None:
    path = tmp_path / "one.mrd.npz"
    save_marrow(path, marrow_tube([30]))
    path.write_bytes(path.read_bytes()[:n_bytes_kept])

    with pytest.raises(ConfigError, match="no MRD plots that can be read"):
        load_marrow(path)


def test_a_file_of_gate_plots_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.mrd.npz"
    save_histograms(path, TubeHistograms("S1", "mrd", ()))

    with pytest.raises(ConfigError, match=r"one\.mrd\.npz"):
        load_marrow(path)
