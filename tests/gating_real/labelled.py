"""Bring real events with an expert's labels to FCS files and masks of the truth."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from tests.gating_real.r_data import read_data_frame

from cytoflow_blina.bridge.fcs_writer import FcsContents, FcsParameter, write_fcs
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.check_template import check_template
from cytoflow_blina.gates.fit.methods import KNOWN_METHODS
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.workflow.gating import (
    GatedTube,
    apply_gates,
    find_gates,
    recognise_tube,
)

DOCUMENTS = Path(__file__).parent
Masks = dict[str, np.ndarray]


@dataclass(frozen=True)
class LabelledTube:
    """A tube and what an expert called its events.

    `is_judged` is False for events of which the label does not say what they are; they
    count neither for a gate nor against it.
    """

    data_set: str
    name: str
    documents: str
    file: Path
    truth: Masks
    is_judged: np.ndarray


@dataclass(frozen=True)
class Agreement:
    """How far a gate and the labels agree on one population."""

    data_set: str
    tube: str
    population: str
    n_label: int
    n_found: int
    precision: float
    recall: float
    f1: float


def labelled_tubes(data: Path, folder: Path) -> Iterator[LabelledTube]:
    """Give every labelled tube, as a file in `folder` where it is not one yet."""
    yield t_panel(data, folder)
    yield mouse(data)
    for case in "abc":
        yield simulated_lst(data, folder, case)
    for sample in "abcd":
        yield marrow(data, folder, sample)


def gate(documents: str, file: Path) -> tuple[GatedTube, Masks]:
    """Find the gates of a tube; its populations by name."""
    panel = load_panel(DOCUMENTS / "panels" / f"{documents}.toml")
    template = load_template(DOCUMENTS / "templates" / f"{documents}.toml")
    check_template(template, panel, KNOWN_METHODS)
    recognised = recognise_tube(read_tube(file), panel, template.tube(""))
    gated = apply_gates(recognised, find_gates(recognised).strategy)
    return gated, {
        population.name: np.logical_or.reduce(
            [gated.populations[path].mask for path in population.paths]
        )
        for population in recognised.resolved.template.populations
    }


def agreements(tube: LabelledTube) -> Iterator[Agreement]:
    """Gate a tube and compare each population that has a label."""
    _, found = gate(tube.documents, tube.file)
    for name, label in tube.truth.items():
        mask = found[name] & tube.is_judged
        n_both = int((mask & label).sum())
        n_label, n_found = int(label.sum()), int(mask.sum())
        yield Agreement(
            tube.data_set,
            tube.name,
            name,
            n_label,
            n_found,
            precision=n_both / max(n_found, 1),
            recall=n_both / max(n_label, 1),
            f1=2 * n_both / max(n_label + n_found, 1),
        )


def t_panel(data: Path, folder: Path) -> LabelledTube:
    """T cells, gated into ten subsets of CD4 and of CD8 cells."""
    table = pd.read_csv(data / "t_panel_labelled" / "t_panel.csv")
    file = folder / "t_panel.fcs"
    write_columns(file, {name: table[name] for name in ("CD3", "CD4", "CD8")}, 4096)
    is_cd4 = table["label"].str.startswith("CD4").to_numpy()
    return LabelledTube(
        "t_panel_labelled",
        "t_panel",
        "t-panel",
        file,
        {"CD4": is_cd4, "CD8": ~is_cd4},
        np.ones(len(table), dtype=bool),
    )


def mouse(data: Path) -> LabelledTube:
    """Mouse spleen cells, gated in a FlowJo workspace."""
    folder = data / "mouse_workspace"
    label = pd.read_csv(folder / "gatingResult.csv", header=None)[0].to_numpy()
    names = {"CD4": "CD4 T cells", "CD8": "CD8 T cells", "B": "B cells"}
    names |= {"NK": "NK cells"}
    return LabelledTube(
        "mouse_workspace",
        "68983",
        "mouse",
        folder / "68983.fcs",
        {name: label == cell for name, cell in names.items()},
        np.ones(label.size, dtype=bool),
    )


LST_COLUMNS = ("CD19", "CD38", "CD3", "CD4", "CD45", "CD56", "CD5", "CD8")
LST_CELLS = {
    "T4": {"CD4+CD8-", "CD4+CD8dim"},
    "T8": {"CD8+CD4-"},
    "NK": {"CD56dim", "CD56bright"},
    "B": {"Mature SIg Kappa", "Mature SIg Lambda", "Abnormal SIg Kappa"},
}


def simulated_lst(data: Path, folder: Path, case: str) -> LabelledTube:
    """Take a third party's simulated screening tube; every class is a Gaussian."""
    columns = read_data_frame(data / "simulated_lst" / f"case_{case}.RData")
    *measured, label = columns.values()
    # The heads of case b name CD4 and CD38, and CD5 and CD56, the other way round:
    # its CD4 T cells would be CD4-negative and its T cells CD56-positive.
    by_marker = dict(zip(LST_COLUMNS, measured, strict=False))
    # Side scatter is stored on an exponential axis; two decades of it.
    by_marker["SSC"] = 10_000 * 10 ** (2 * (measured[9] / 10_000 - 1))
    file = folder / f"lst_{case}.fcs"
    write_columns(file, by_marker, 10_000)
    return LabelledTube(
        "simulated_lst",
        f"case_{case}",
        "lst",
        file,
        {name: np.isin(label, list(cells)) for name, cells in LST_CELLS.items()},
        np.ones(label.size, dtype=bool),
    )


def marrow(data: Path, folder: Path, sample: str) -> LabelledTube:
    """Bone marrow; the class 'other' holds lymphocytes too and is not judged."""
    table = pd.read_csv(data / "marrow_labelled" / f"marrow_{sample}.csv")
    columns = {
        "FSC": "FS INT",
        "SSC": "SS INT",
        "CD45": "FL10 INT_CD45-KO",
        "CD19": "FL2 INT_CD19-PE",
        "CD7": "FL7 INT_CD7-APC700",
    }
    file = folder / f"marrow_{sample}.fcs"
    write_columns(file, {name: table[one] for name, one in columns.items()}, 1_048_576)
    label = table["label"].to_numpy()
    return LabelledTube(
        "marrow_labelled",
        f"marrow_{sample}",
        "marrow",
        file,
        {"T": label == 0, "B": label == 1},
        label != 5,
    )


def replicate(data: Path, folder: Path, name: str) -> Path:
    """One of four tubes of the same donor, without labels."""
    table = pd.read_csv(data / "replicates" / f"{name}.csv")
    table = table.rename(columns={"FS": "FSC", "SS": "SSC"})
    file = folder / f"{name}.fcs"
    write_columns(file, {str(column): table[column] for column in table}, 1_048_576)
    return file


def write_columns(
    file: Path, columns: Mapping[str, np.ndarray | pd.Series], top: int
) -> None:
    """Write columns as an FCS file whose detectors bear the names of markers."""
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
