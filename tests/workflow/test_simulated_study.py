"""A simulated study comes with the documents that it runs with."""

from pathlib import Path

import pytest

from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.errors import ConfigError
from cytoflow_blina.fcs.read import read_acquisition
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.simulate.marrow.cytometers import PANELS
from cytoflow_blina.simulate.marrow.spec import MarrowSpec
from cytoflow_blina.simulate.marrow.tube import simulate_marrow
from cytoflow_blina.simulate.marrow.tube_file import write_marrow
from cytoflow_blina.workflow.inspect import match_all
from cytoflow_blina.workflow.simulated_study import make_simulated_study

TUBES = [(panel, tube) for panel, tubes in PANELS.items() for tube in tubes]


@pytest.mark.parametrize(("panel", "tube"), TUBES)
def test_every_marrow_tube_fits_its_shipped_panel(
    panel: str, tube: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.fcs"
    write_marrow(simulate_marrow(MarrowSpec(panel, tube, n_nucleated=50), 1), path)

    shipped = load_panel(shipped_documents() / f"panels/{panel}.toml")
    matches, _ = match_all([shipped], *read_acquisition(path))

    (match,) = matches
    assert match.tube == tube
    stained = PANELS[panel][tube]
    assert {marker: match.detector(marker) for marker in stained} == dict(stained)


def test_a_study_of_marrow_has_its_panel_and_template(tmp_path: Path) -> None:
    folder = tmp_path / "study"

    make_simulated_study(folder, scenario="mrd_demo", seed=1)

    assert (folder / "gating/panels/bcp-all-mrd-post-cd19.toml").is_file()
    assert (folder / "gating/templates/bcp-all-mrd-post-cd19.toml").is_file()
    assert (folder / "truth/clones.csv").is_file()
    assert "mrd_demo" in (folder / "README.md").read_text(encoding="utf-8")


def test_an_unknown_scenario_is_compared_with_those_of_marrow_too(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError, match=r"Did you mean 'mrd_demo'\?$"):
        make_simulated_study(tmp_path / "study", scenario="mrd_dmeo", seed=1)


def test_a_study_of_marrow_stands_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        make_simulated_study(tmp_path / "study", scenario="mrd_demo+no_b", seed=1)

    assert str(caught.value) == (
        "simulate: 'mrd_demo' is a study of marrow, which stands alone: leave out the "
        "'+'."
    )
    assert not (tmp_path / "study").exists()
