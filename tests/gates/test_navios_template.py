"""The template for the Navios finds its gates in real tubes of that cytometer.

They hold lymphocytes or marrow, with other dyes than those of the panel.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cytoflow_blina.bridge.fcs_writer import FcsContents, FcsParameter, write_fcs
from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.panel import Panel, PanelChannel, PanelTube
from cytoflow_blina.domain.population import percent
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.workflow.gating import (
    GatedTube,
    apply_gates,
    find_gates,
    recognise_tube,
)

TEMPLATE = load_template(shipped_documents() / "templates" / "navios-tetrachrome.toml")
LYMPH = "cd45pos/lymph"


def gate(columns: dict[str, np.ndarray], tube_id: str, file: Path) -> GatedTube:
    """Write compensated events as a tube, and find the gates of the template in it."""
    names = tuple(FcsParameter(name, range_max=1_048_576) for name in columns)
    values = np.column_stack(list(columns.values())).astype(np.float32)
    write_fcs(file, FcsContents("3.1", names, values, {"$CYT": "another"}))
    channels = tuple(
        PanelChannel(
            name,
            "scatter" if name in {"FSC", "SSC"} else "fluorescence",
            detectors=(name,),
        )
        for name in columns
    )
    panel = Panel("x", "1.0.0", "", "hardware", (PanelTube(tube_id, channels),))
    recognised = recognise_tube(read_tube(file), panel, TEMPLATE.tube(tube_id))
    return apply_gates(recognised, find_gates(recognised).strategy)


def share(gated: GatedTube, path: str, of: str) -> float:
    found = gated.populations
    return percent(found[path].n_events, found[of].n_events)


@pytest.mark.parametrize("name", ["day1_rep1", "day1_rep2", "day2_rep1", "day2_rep2"])
def test_lymphocytes_of_one_donor_part_as_their_plots_show(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(shared_data / "replicates" / f"{name}.csv")
    scatter = {"FSC": table["FS"].to_numpy(), "SSC": table["SS"].to_numpy()}
    first = {
        marker: table[marker].to_numpy() for marker in ("CD45", "CD4", "CD8", "CD3")
    }
    second = {marker: table[marker].to_numpy() for marker in ("CD45", "CD19", "CD3")}

    subsets = gate(scatter | first, "1", tmp_path / "1.fcs")
    lineages = gate(scatter | second, "2", tmp_path / "2.fcs")

    t = f"{LYMPH}/t"
    assert 74 < share(subsets, t, LYMPH) < 84
    assert 74 < share(lineages, t, LYMPH) < 84
    assert 64 < share(subsets, f"{t}/t_cd4", t) < 73
    assert 23 < share(subsets, f"{t}/t_cd8", t) < 32
    assert 6 < share(lineages, f"{LYMPH}/b", LYMPH) < 12
    assert subsets.populations["bright"].n_events == 0


@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_labelled_lymphocytes_of_marrow_are_found(
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

    found = gate(columns, "2", tmp_path / "2.fcs").populations

    is_t, is_b, is_monocyte = (table["label"].to_numpy() == code for code in (0, 1, 2))
    lymphocytes = found[LYMPH].mask
    # Young B cells carry less CD45 and lie outside, in marrow more than in blood.
    assert lymphocytes[is_t].mean() > 0.90
    assert lymphocytes[is_b].mean() > 0.60
    assert lymphocytes[is_monocyte].mean() < 0.05
    assert found[f"{LYMPH}/t"].mask[is_t].mean() > 0.90
    assert found[f"{LYMPH}/b"].mask[is_b].mean() > 0.60
    assert found[f"{LYMPH}/b"].mask[is_t].mean() < 0.01
    assert found[f"{LYMPH}/t"].mask[is_b].mean() < 0.01
