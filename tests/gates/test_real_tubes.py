"""Real tubes are gated where a cytometrist would gate them.

The ranges were judged from the plots of every gate, not taken from what the program
finds; they are wide enough for two people to agree on them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cytoflow_blina.bridge.fcs_writer import FcsContents, FcsParameter, write_fcs
from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.domain.counting import CountingInputs, CountMethod
from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.gate import PolygonGate
from cytoflow_blina.domain.panel import Panel, PanelChannel, PanelTube
from cytoflow_blina.domain.population import Population, percent
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.figures.gate_plot import gate_plot_svg
from cytoflow_blina.figures.histogram_file import load_histograms
from cytoflow_blina.gates.fit.valley import find_valley
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.workflow.gating import (
    GatedTube,
    RecognisedTube,
    apply_gates,
    find_gates,
    recognise_tube,
)
from cytoflow_blina.workflow.tube import TubeJob, process_tube

REAL = Path(__file__).parents[1] / "gating_real"

Range = tuple[float, float]


@dataclass(frozen=True)
class RealTube:
    """A tube, the documents that gate it, and what is to be seen in its plots.

    Shares are percent of lymphocytes, for CD4 and CD8 percent of T cells.
    """

    file: str
    documents: str
    n_lymphocytes: tuple[int, int]
    cd3: Range
    cd4_of_cd3: Range
    cd8_of_cd3: Range


TUBES = {
    "blood_tb": RealTube(
        "blood_tb/Specimen_001_Tube_001_001.fcs",
        "blood-tb",
        (2800, 3400),
        (72, 83),
        (56, 70),
        (24, 34),
    ),
    "whole_blood_a": RealTube(
        "whole_blood/whole_blood_a.fcs",
        "whole-blood",
        (3300, 3800),
        (68, 79),
        (84, 92),
        (6, 12),
    ),
    "whole_blood_b": RealTube(
        "whole_blood/whole_blood_b.fcs",
        "whole-blood",
        (3300, 3800),
        (64, 74),
        (65, 74),
        (20, 28),
    ),
    "pbmc_donor1": RealTube(
        "pbmc_t/Donor1.fcs", "pbmc-t", (2500, 3000), (69, 78), (57, 66), (34, 42)
    ),
    "pbmc_donor2": RealTube(
        "pbmc_t/Donor2.fcs", "pbmc-t", (2900, 3400), (59, 68), (60, 68), (30, 37)
    ),
}


def channels(fluorescence: Iterable[str]) -> tuple[PanelChannel, ...]:
    scatter = [PanelChannel(name, "scatter", detectors=(name,)) for name in SCATTER]
    dyes = [
        PanelChannel(name, "fluorescence", detectors=(name,), required=False)
        for name in fluorescence
    ]
    return (*scatter, *dyes)


SCATTER = ("FSC", "SSC")


def gate_with_shipped_template(file: Path, panel: Panel) -> GatedTube:
    """Find the gates of the shipped template for the FACSCanto in another's tube."""
    template = load_template(shipped_documents() / "templates" / "facscanto-tbnk.toml")
    recognised = recognise_tube(read_tube(file), panel, template.tube(""))
    return apply_gates(recognised, find_gates(recognised).strategy)


def write_columns(file: Path, columns: dict[str, np.ndarray], top: int) -> None:
    write_fcs(
        file,
        FcsContents(
            version="3.1",
            parameters=tuple(FcsParameter(name, range_max=top) for name in columns),
            values=np.column_stack(list(columns.values())).astype(np.float32),
            keywords={"$CYT": "another"},
            spillover=None,
        ),
    )


def share(populations: dict[str, Population], path: str, of: str) -> float:
    return percent(populations[path].n_events, populations[of].n_events)


@pytest.mark.parametrize("name", TUBES)
def test_populations_of_real_tubes_are_those_that_the_plots_show(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    tube = TUBES[name]

    result = process_tube(
        TubeJob(
            sample_id=name,
            tube="",
            fcs_file=tube.file,
            file=shared_data / tube.file,
            panel=load_panel(REAL / "panels" / f"{tube.documents}.toml"),
            template=load_template(REAL / "templates" / f"{tube.documents}.toml").tube(
                ""
            ),
            counting=CountingInputs(CountMethod.NONE),
            errors=CountingErrors(),
            gates_file=tmp_path / "gates.xml",
            histograms_file=tmp_path / "plots.npz",
        )
    )

    counts = {key: value.n_events for key, value in result.counts.items()}
    assert tube.n_lymphocytes[0] <= result.n_lymphocytes <= tube.n_lymphocytes[1]
    assert tube.cd3[0] <= percent(counts["CD3"], result.n_lymphocytes) <= tube.cd3[1]
    for subset, limits in (("CD4", tube.cd4_of_cd3), ("CD8", tube.cd8_of_cd3)):
        assert limits[0] <= percent(counts[subset], counts["CD3"]) <= limits[1]
    plots = load_histograms(tmp_path / "plots.npz").plots
    assert all(plot.counts.any() for plot in plots)
    assert all(gate_plot_svg(plot).startswith("<svg") for plot in plots)


def blood_tb(shared_data: Path) -> tuple[RecognisedTube, GatedTube]:
    panel = load_panel(REAL / "panels" / "blood-tb.toml")
    template = load_template(REAL / "templates" / "blood-tb.toml")
    tube = read_tube(shared_data / TUBES["blood_tb"].file)
    recognised = recognise_tube(tube, panel, template.tube(""))
    return recognised, apply_gates(recognised, find_gates(recognised).strategy)


def test_the_blood_tube_is_mapped_by_its_labels(shared_data: Path) -> None:
    recognised, _ = blood_tb(shared_data)

    by_marker = {one.marker: one.detector for one in recognised.match.assignments}
    assert by_marker["CD3"] == "FITC-A"
    assert by_marker["CD4"] == "APC-Cy7-A"
    assert by_marker["CD8"] == "PerCP-Cy5-5-A"
    assert by_marker["CD19"] == "450/50 (405)-A"
    assert by_marker["CD45"] == "APC-A"


def test_lymphocytes_of_the_blood_tube_lie_where_t_and_b_cells_lie(
    shared_data: Path,
) -> None:
    recognised, gated = blood_tb(shared_data)

    dimensions = recognised.resolved.dimensions
    cd3, cd19, scatter = (
        gated.events.column(dimensions[marker]) for marker in ("CD3", "CD19", "SSC")
    )
    lymphocytes = gated.populations["cd45pos/lymph"].mask
    lineage = gated.populations["cd45pos"].mask & ((cd3 > 0.6) | (cd19 > 0.62))
    low = lineage & (scatter < 0.35)
    assert low.sum() > 2000
    assert lymphocytes[low].mean() > 0.90
    outline = next(
        node.gate for node in gated.strategy.nodes if node.path == "cd45pos/lymph"
    )
    assert isinstance(outline, PolygonGate)
    assert outline.vertices[:, 0].min() > 0.75
    assert outline.vertices[:, 1].max() < 0.75


def test_b_cells_of_the_blood_tube_carry_cd20_too(shared_data: Path) -> None:
    populations = dict(blood_tb(shared_data)[1].populations)

    assert 7 < share(populations, "cd45pos/lymph/b", "cd45pos/lymph") < 13
    assert share(populations, "cd45pos/lymph/b/b_cd20", "cd45pos/lymph/b") > 85


def test_the_shipped_template_finds_the_same_in_a_tube_it_was_not_written_for(
    shared_data: Path,
) -> None:
    own = dict(blood_tb(shared_data)[1].populations)

    panel = load_panel(REAL / "panels" / "blood-tb.toml")
    gated = gate_with_shipped_template(shared_data / TUBES["blood_tb"].file, panel)

    shipped = dict(gated.populations)
    for subset in ("t", "t/t_cd4", "t/t_cd8", "b"):
        path = f"cd45pos/lymph/{subset}"
        assert share(shipped, path, "cd45pos/lymph") == pytest.approx(
            share(own, path, "cd45pos/lymph"), abs=6
        )


def test_replicates_of_one_donor_agree(shared_data: Path, tmp_path: Path) -> None:
    markers = ("CD45", "CD4", "CD8", "CD3", "CD19")
    panel = Panel("rep", "1.0.0", "", "hardware", (PanelTube("", channels(markers)),))
    design = pd.read_csv(shared_data / "replicates" / "design.csv")

    rows = []
    for name in design["file"]:
        table = pd.read_csv(shared_data / "replicates" / name)
        columns = {"FSC": table["FS"].to_numpy(), "SSC": table["SS"].to_numpy()}
        columns |= {marker: table[marker].to_numpy() for marker in markers}
        write_columns(tmp_path / "tube.fcs", columns, top=1_048_576)
        gated = gate_with_shipped_template(tmp_path / "tube.fcs", panel)
        found = dict(gated.populations)
        t_cells = "cd45pos/lymph/t"
        rows.append(
            {
                "CD3": share(found, t_cells, "cd45pos/lymph"),
                "CD19": share(found, "cd45pos/lymph/b", "cd45pos/lymph"),
                "CD4": share(found, f"{t_cells}/t_cd4", t_cells),
                "CD8": share(found, f"{t_cells}/t_cd8", t_cells),
            }
        )

    shares = pd.DataFrame(rows)
    assert (shares.max() - shares.min() < 3).all()
    assert shares["CD3"].between(74, 84).all()
    assert shares["CD19"].between(6, 12).all()
    assert shares["CD4"].between(64, 73).all()
    assert shares["CD8"].between(23, 32).all()


@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_labelled_lymphocytes_of_marrow_are_found_with_the_shipped_template(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(shared_data / "marrow_labelled" / f"marrow_{name}.csv")
    columns = {
        "FSC": table["FS INT"].to_numpy(),
        "SSC": table["SS INT"].to_numpy(),
        "CD45": table["FL10 INT_CD45-KO"].to_numpy(),
        "CD19": table["FL2 INT_CD19-PE"].to_numpy(),
        # CD7 stands in for CD3: T cells carry it, B cells do not.
        "CD3": table["FL7 INT_CD7-APC700"].to_numpy(),
    }
    write_columns(tmp_path / "tube.fcs", columns, top=1_048_576)
    markers = ("CD45", "CD19", "CD3")
    panel = Panel("bm", "1.0.0", "", "hardware", (PanelTube("", channels(markers)),))

    gated = gate_with_shipped_template(tmp_path / "tube.fcs", panel)

    is_t, is_b, is_monocyte = (table["label"].to_numpy() == code for code in (0, 1, 2))
    lymphocytes = gated.populations["cd45pos/lymph"].mask
    # Young B cells carry less CD45 and lie outside, in marrow more than in blood.
    assert lymphocytes[is_t].mean() > 0.90
    assert lymphocytes[is_b].mean() > 0.60
    assert lymphocytes[is_monocyte].mean() < 0.05
    assert gated.populations["cd45pos/lymph/t"].mask[is_t].mean() > 0.90
    assert gated.populations["cd45pos/lymph/b"].mask[is_b].mean() > 0.60
    assert gated.populations["cd45pos/lymph/b"].mask[is_t].mean() < 0.01


@pytest.mark.parametrize("marker", ["CD4", "CD8"])
def test_the_threshold_of_t_subsets_agrees_with_the_labels_of_an_expert(
    marker: str, shared_data: Path
) -> None:
    table = pd.read_csv(shared_data / "t_panel_labelled" / "t_panel.csv")
    values = table[marker].to_numpy() / 4096  # stored as channels of a logicle axis
    is_positive = table["label"].str.startswith(marker).to_numpy()

    found = find_valley(values, 0.48, {"search": 0.15})

    assert found is not None
    assert ((values >= found.geometry) == is_positive).mean() > 0.98
