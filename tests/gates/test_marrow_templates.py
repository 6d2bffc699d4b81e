"""The templates for marrow find B lineage, and nothing else, in simulated marrows."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from numpy.typing import NDArray

from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.template import TubeTemplate
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.fit.placed import PlacedThreshold
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.simulate.marrow.populations import NUCLEATED
from cytoflow_blina.simulate.marrow.spec import CloneSpec, MarrowSpec
from cytoflow_blina.simulate.marrow.tube import simulate_marrow
from cytoflow_blina.simulate.marrow.tube_file import write_marrow
from cytoflow_blina.workflow.gating import apply_gates, find_gates, recognise_tube

AIEOP = "bcp-all-mrd-aieop-bfm"
POST_CD19 = "bcp-all-mrd-post-cd19"
EUROFLOW = "bcp-all-mrd-euroflow"
COG = "bcp-all-mrd-cog"
TUBES = [(AIEOP, ""), (POST_CD19, ""), (EUROFLOW, "1"), (EUROFLOW, "2"), (COG, "1")]
TUBES += [(COG, "2")]

MNC = "nucleated/mnc"
B_LINEAGE = "nucleated/mnc/b_lineage"
HEMATOGONES = ("hg1", "hg2", "hg3", "transitional_b", "mature_b")
B_KINDS = {*HEMATOGONES, "plasma", "cd19neg_precursor", "blast_1", "blast_2"}
N_NUCLEATED = 40_000


@dataclass(frozen=True, eq=False)
class Gated:
    """A simulated marrow, its gates, and what each event truly is."""

    template: TubeTemplate
    fallen_away: tuple[str, ...]
    labels: NDArray[np.str_]
    masks: dict[str, NDArray[np.bool_]]
    thresholds: dict[str, PlacedThreshold]

    def recall(self, path: str, *names: str) -> float:
        """Share of live single cells of some kinds that a gate holds."""
        return float(self.masks[path][np.isin(self.labels, names)].mean())

    def n(self, path: str) -> int:
        """Count the events of a gate."""
        return int(np.count_nonzero(self.masks[path]))

    def n_foreign(self) -> int:
        """Events of the B lineage gate with no cell of B lineage in them."""
        held = self.labels[self.masks[B_LINEAGE]]
        return sum(B_KINDS.isdisjoint(_kinds(name)) for name in held)

    @property
    def n_single_nucleated(self) -> int:
        """Single nucleated cells, dead ones too: no dye tells them apart here."""
        single = [*NUCLEATED, *(f"dead:{name}" for name in NUCLEATED)]
        return int(np.isin(self.labels, single).sum())


def _kinds(name: str) -> set[str]:
    return set(name.partition(":")[2].split("+")) if ":" in name else {name}


def gate(spec: MarrowSpec, seed: int = 11) -> Gated:
    """Simulate a tube, write it, and gate it with the shipped documents."""
    simulated = simulate_marrow(spec, seed)
    folder = shipped_documents()
    panel = load_panel(folder / "panels" / f"{spec.panel}.toml")
    template = load_template(folder / "templates" / f"{spec.panel}.toml")
    with TemporaryDirectory() as directory:
        file = Path(directory) / "marrow.fcs"
        write_marrow(simulated, file)
        tube = read_tube(file)
    recognised = recognise_tube(tube, panel, template.tube(spec.tube))
    fitted = find_gates(recognised)
    gated = apply_gates(recognised, fitted.strategy)
    return Gated(
        recognised.resolved.template,
        recognised.resolved.fallen_away,
        simulated.labels,
        {path: one.mask for path, one in gated.populations.items()},
        dict(fitted.thresholds),
    )


def marrow(panel: str, tube: str = "", **given: object) -> MarrowSpec:
    return MarrowSpec(panel, tube, n_nucleated=N_NUCLEATED, **given)  # type: ignore[arg-type]  # fields by name


REGENERATING = (CloneSpec(200),)


@pytest.mark.parametrize(("panel", "tube"), TUBES)
def test_blasts_and_hematogones_are_of_b_lineage(panel: str, tube: str) -> None:
    gated = gate(marrow(panel, tube, hematogone_share=0.1, clones=REGENERATING))

    assert gated.recall(B_LINEAGE, "blast_1") >= 0.98
    assert gated.recall(B_LINEAGE, *HEMATOGONES) >= 0.98
    assert gated.n_foreign() <= 0.002 * gated.n(B_LINEAGE)


@pytest.mark.parametrize(("panel", "tube"), TUBES)
def test_in_aplasia_hardly_an_event_is_of_b_lineage(panel: str, tube: str) -> None:
    gated = gate(marrow(panel, tube, kind="aplasia"))

    assert gated.n_foreign() <= 12
    assert gated.n("nucleated/mnc/b19") <= 0.001 * N_NUCLEATED


@pytest.mark.parametrize("panel", [AIEOP, POST_CD19])
def test_the_dye_tells_nucleated_cells(panel: str) -> None:
    gated = gate(marrow(panel, hematogone_share=0.1, clones=REGENERATING))

    assert gated.n("nucleated") == pytest.approx(gated.n_single_nucleated, rel=0.02)
    assert gated.recall("nucleated", *NUCLEATED) >= 0.99
    assert gated.recall("nucleated", "debris", "red_cell", "platelet") <= 0.01
    assert gated.template.mrd is not None
    assert gated.template.mrd.nuclear_dye == "SYTO"


@pytest.mark.parametrize("panel", [AIEOP, POST_CD19])
def test_without_the_dye_all_that_is_no_debris_is_nucleated(panel: str) -> None:
    gated = gate(marrow(panel, has_nuclear_dye=False, clones=REGENERATING))

    assert "with_nucleus" in gated.fallen_away
    assert gated.n("nucleated") == pytest.approx(gated.n_single_nucleated, rel=0.04)
    assert gated.recall("nucleated", "erythroblast") >= 0.97
    assert gated.recall(B_LINEAGE, "blast_1") >= 0.98
    assert gated.template.mrd is not None
    assert gated.template.mrd.nuclear_dye == ""


@pytest.mark.parametrize("share", [0.4, 0.95])
@pytest.mark.parametrize("panel", [AIEOP, POST_CD19])
def test_a_marrow_full_of_blasts_is_gated(panel: str, share: float) -> None:
    clones = (CloneSpec(int(share * N_NUCLEATED)),)
    gated = gate(marrow(panel, kind="resting", clones=clones))

    assert gated.recall(B_LINEAGE, "blast_1") >= 0.98
    assert gated.n("nucleated") == pytest.approx(gated.n_single_nucleated, rel=0.02)
    assert gated.recall("nucleated/mnc/t_cells", "t_cell") >= 0.97
    assert gated.n_foreign() <= 12


def test_clones_without_cd19_are_found_by_other_markers_alone() -> None:
    clones = (CloneSpec(200, cd19="negative"),)
    other = gate(marrow(POST_CD19, kind="aplasia", clones=clones))
    cd19_only = gate(marrow(AIEOP, kind="aplasia", clones=clones))

    assert other.recall("nucleated/mnc/b_alt", "blast_1") >= 0.98
    assert other.recall("nucleated/mnc/b19", "blast_1") <= 0.02
    assert other.recall(B_LINEAGE, "blast_1") >= 0.98
    assert cd19_only.recall(B_LINEAGE, "blast_1") <= 0.02
    assert cd19_only.template.mrd is not None
    assert cd19_only.template.mrd.b_alt == ""


def test_basophils_and_dendritic_cells_are_not_of_b_lineage() -> None:
    gated = gate(marrow(POST_CD19, hematogone_share=0.1, clones=REGENERATING))

    assert gated.recall("nucleated/mnc/cd22", "basophil") >= 0.9
    assert gated.recall(B_LINEAGE, "basophil", "pdc") <= 0.03


def test_the_stages_hold_what_their_names_say() -> None:
    gated = gate(marrow(POST_CD19, hematogone_share=0.1, clones=REGENERATING))

    assert gated.recall(f"{B_LINEAGE}/mature_b", "mature_b") >= 0.9
    for stage in ("hg1", "hg2", "hg3"):
        held = gated.labels[gated.masks[f"{B_LINEAGE}/{stage}"]]
        assert np.isin(held, HEMATOGONES).mean() >= 0.8, stage
    assert gated.recall(f"{B_LINEAGE}/plasma", "plasma") >= 0.6
    assert gated.recall("nucleated/mnc/t_cells", "t_cell") >= 0.97
    assert gated.recall("nucleated/mnc/monocytes", "monocyte") >= 0.7
    assert gated.recall("nucleated/erythroid", "erythroblast") >= 0.9
    assert gated.recall("nucleated/granulocytes", "immature_granulocyte") >= 0.9
    progenitors = "nucleated/mnc/myeloid_window/cd34_progenitors"
    assert gated.recall(progenitors, "myeloid_progenitor") >= 0.8


def test_normal_precursors_without_cd19_have_a_gate_of_their_own() -> None:
    gated = gate(marrow(POST_CD19, kind="aplasia"))
    path = f"{B_LINEAGE}/early_b"

    assert gated.recall(path, "cd19neg_precursor") >= 0.8
    assert (gated.labels[gated.masks[path]] == "cd19neg_precursor").mean() >= 0.8


def test_the_denominators_are_parts_of_the_nucleated_cells() -> None:
    gated = gate(marrow(AIEOP, hematogone_share=0.1, clones=REGENERATING))
    mrd = gated.template.mrd

    assert mrd is not None
    sizes = {code: gated.n(path) for code, path in mrd.denominators.items()}
    assert sizes["MNC"] < sizes["CD45P"] < sizes["NUC"]
    assert sizes["WBC"] == sizes["NUC"] - gated.n("nucleated/erythroid")


@pytest.mark.parametrize("missing", ["CD34", "CD10", "CD20", "CD38", "CD58", "CD24"])
def test_a_marker_that_is_missing_takes_only_its_own_gates(missing: str) -> None:
    gated = gate(marrow(POST_CD19, missing=(missing,), clones=REGENERATING))
    mrd = gated.template.mrd

    assert gated.recall(B_LINEAGE, "blast_1") >= 0.98
    assert mrd is not None
    assert missing not in mrd.markers
    assert mrd.denominators.keys() == {"NUC", "MNC", "CD45P", "WBC"}
    assert mrd.b_alt


def test_without_cd10_progenitors_stay_out_of_b_lineage() -> None:
    gated = gate(marrow(AIEOP, missing=("CD10",), kind="aplasia"))

    assert gated.n("nucleated/mnc/cd19_of_progenitors") > 0
    assert gated.n_foreign() <= 12


def test_without_cd3_b_lineage_is_told_by_cd19_alone() -> None:
    gated = gate(marrow(POST_CD19, missing=("CD3",), clones=REGENERATING))

    assert gated.template.mrd is not None
    assert gated.template.mrd.b_alt == ""
    assert gated.recall(B_LINEAGE, "blast_1") >= 0.98
    assert gated.recall("nucleated/mnc/t_cells", "t_cell") >= 0.97


def test_without_cd19_b_lineage_is_told_by_the_others() -> None:
    gated = gate(marrow(POST_CD19, missing=("CD19",), clones=REGENERATING))

    assert gated.template.mrd is not None
    assert gated.template.mrd.b19 == ""
    assert gated.recall(B_LINEAGE, "blast_1") >= 0.98


def test_a_tube_with_no_marker_of_b_lineage_still_counts_its_cells() -> None:
    gated = gate(marrow(AIEOP, missing=("CD19",), clones=REGENERATING))

    assert gated.template.mrd is not None
    assert gated.template.mrd.b_lineage == ""
    assert B_LINEAGE not in gated.masks
    assert gated.n("nucleated") == pytest.approx(gated.n_single_nucleated, rel=0.02)
    assert gated.recall("nucleated/mnc/t_cells", "t_cell") >= 0.97


def test_the_third_tube_of_cog_counts_cells_and_seeks_no_leukaemia() -> None:
    gated = gate(marrow(COG, "3", hematogone_share=0.05))

    assert gated.template.mrd is None
    assert gated.n("nucleated") == pytest.approx(gated.n_single_nucleated, rel=0.02)
    assert gated.recall("nucleated/erythroid", "erythroblast") >= 0.9
    assert gated.recall("nucleated/mnc/t_cells", "t_cell") >= 0.97
    assert gated.recall("nucleated/mnc", "neutrophil") <= 0.1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(21, 27))
@pytest.mark.parametrize(("panel", "tube"), TUBES)
def test_tubes_of_other_instruments_are_gated_as_well(
    panel: str, tube: str, seed: int
) -> None:
    clean = gate(marrow(panel, tube, kind="aplasia"), seed)
    full = gate(marrow(panel, tube, hematogone_share=0.2, clones=REGENERATING), seed)

    assert clean.n_foreign() <= 0.001 * N_NUCLEATED
    assert full.recall(B_LINEAGE, "blast_1") >= 0.98
    assert full.recall(B_LINEAGE, *HEMATOGONES) >= 0.96
    assert full.n("nucleated") == pytest.approx(full.n_single_nucleated, rel=0.05)
