"""What a tube takes from others to look for MRD, and what it refuses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.bridge.fcs_writer import FcsContents, FcsParameter, write_fcs
from cytoflow_blina.bridge.gating_ml import read_gating_ml, write_gating_ml
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.gate import GateNode, GatingStrategy
from cytoflow_blina.domain.mrd import NormalPopulation, TubeReference
from cytoflow_blina.errors import GatingError
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.mrd.reference_document import load_reference
from cytoflow_blina.mrd.rules import CandidateLimits, load_mrd_rules
from cytoflow_blina.mrd.separation import Cluster
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.simulate.marrow.cytometers import AIEOP, POST_CD19
from cytoflow_blina.simulate.marrow.tube import SimulatedMarrow, simulate_marrow
from cytoflow_blina.simulate.marrow.tube_file import write_marrow
from cytoflow_blina.workflow.borrowing import lenders_of_tubes
from cytoflow_blina.workflow.gating import (
    GatedTube,
    RecognisedTube,
    apply_gates,
    find_gates,
    recognise_tube,
)
from cytoflow_blina.workflow.mrd_search import (
    BLineage,
    MrdSearch,
    _is_tail,
    add_candidates,
    b_lineage_of,
    misplaced_candidates,
)
from cytoflow_blina.workflow.mrd_tube import measure_mrd
from tests.workflow.marrow_cases import marrow

DOCUMENTS = shipped_documents()


def row(sample_id: str, visit: str, **more: object) -> SampleRow:
    return SampleRow.model_validate(
        {
            "sample_id": sample_id,
            "subject_id": "P",
            "visit": visit,
            "specimen": "BM",
            "panel": AIEOP,
            "fcs_file": f"{sample_id}.fcs",
            "count_method": "none",
            **more,
        }
    )


def recognised(file: Path, panel: str = AIEOP) -> RecognisedTube:
    template = load_template(DOCUMENTS / f"templates/{panel}.toml").tube("")
    return recognise_tube(
        read_tube(file), load_panel(DOCUMENTS / f"panels/{panel}.toml"), template
    )


def search(panel: str = AIEOP) -> MrdSearch:
    rules = load_mrd_rules(DOCUMENTS / "mrd.toml")
    reference = load_reference(DOCUMENTS / f"references/{panel}.toml")
    return MrdSearch(rules.candidates, rules.cd19, reference.tube(""))


def gated(tube: RecognisedTube) -> GatedTube:
    return apply_gates(tube, find_gates(tube).strategy)


@pytest.fixture(scope="module")
def tube(tmp_path_factory: pytest.TempPathFactory) -> RecognisedTube:
    file = tmp_path_factory.mktemp("marrow") / "m.fcs"
    write_marrow(simulate_marrow(marrow(AIEOP, 20_000, 400), 3), file)
    return recognised(file)


def test_the_diagnosis_lends_beside_the_first_sample_of_the_subject() -> None:
    rows = [row("D0", "D0"), row("DX", "DX"), row("EOT", "EOT")]

    lenders = lenders_of_tubes(rows)

    assert lenders["DX", ""] == ()
    assert lenders["D0", ""] == (("DX", ""),)
    assert lenders["EOT", ""] == (("D0", ""), ("DX", ""))


def test_a_later_diagnosis_changes_no_earlier_sample() -> None:
    rows = [row("D0", "D0"), row("EOT", "EOT")]
    before = lenders_of_tubes(rows)

    after = lenders_of_tubes([*rows, row("A-DX", "DX", cycle=3)])

    assert {key: after[key] for key in before} == before


def test_a_reference_of_another_axis_is_refused(tube: RecognisedTube) -> None:
    asked = search()
    assert asked.reference is not None
    other = replace(asked, reference=replace(asked.reference, cofactor=30.0))

    with pytest.raises(GatingError, match="learnt on the axis asinh"):
        b_lineage_of(tube, gated(tube), other)


def test_a_phenotype_crosses_from_a_bright_tube_to_a_dim_one(
    tube: RecognisedTube,
) -> None:
    populations = gated(tube)
    lineage = b_lineage_of(tube, populations, search())
    assert lineage is not None
    fitted = add_candidates(tube, find_gates(tube), lineage, search())
    found = measure_mrd(
        tube,
        apply_gates(tube, fitted.strategy),
        lineage,
        search(),
        sample_id="DX",
    )
    assert found.phenotype is not None

    again = b_lineage_of(
        tube, populations, replace(search(), phenotype=found.phenotype)
    )

    # On the tube that it was learnt from it lies where the candidate lies.
    assert again is not None
    assert again.phenotype is not None
    light = [found.candidates[0].medians[one] for one in again.markers]
    expected = np.arcsinh(np.array(light) / 165.79443956887985) / np.log(10)
    assert again.phenotype.mean == pytest.approx(expected, abs=1e-6)


def test_a_gate_that_nothing_counts_is_told(tube: RecognisedTube) -> None:
    strategy = find_gates(tube).strategy
    template = tube.resolved.template
    assert template.mrd is not None
    gate = strategy.nodes[-1].gate
    placed = GateNode(f"{template.mrd.b_lineage}/candidate_1", gate)
    lost = GateNode("nucleated/mnc/blasts", gate)
    nodes = (*strategy.nodes, placed, lost)

    (problem,) = misplaced_candidates(template, replace(strategy, nodes=nodes), "m.xml")

    assert str(problem) == (
        "m.xml: has a gate 'nucleated/mnc/blasts', which nothing counts. A candidate "
        "of MRD is counted below the gate of B lineage, by the name "
        "'nucleated/mnc/b_lineage/candidate_1' or another number."
    )


def with_viability(tube: SimulatedMarrow, file: Path, *, dead_percent: float) -> None:
    """Write a tube that has a viability dye in place of CD58."""
    rng = np.random.default_rng(1)
    values = tube.values.copy()
    at = tube.stains.index("CD58")
    is_dead = rng.random(len(values)) < dead_percent / 100
    decades = np.where(is_dead, 4.5, 2.2) + 0.15 * rng.standard_normal(len(values))
    values[:, at] = 10**decades
    names = tuple(
        "Aqua-A" if name == tube.detectors[at] else name
        for name in tube.spillover.detectors
    )
    parameters = tuple(
        FcsParameter(
            "Aqua-A" if place == at else detector,
            label="Viability" if place == at else stain,
            range_max=262_144,
        )
        for place, (detector, stain) in enumerate(
            zip(tube.detectors, tube.stains, strict=True)
        )
    )
    spillover = replace(tube.spillover, detectors=names, matrix=np.eye(len(names)))
    write_fcs(
        file, FcsContents("3.1", parameters, values, {"$TIMESTEP": "0.01"}, spillover)
    )


def test_viability_is_told_where_a_dye_is_measured(tmp_path: Path) -> None:
    file = tmp_path / "v.fcs"
    spec = marrow(POST_CD19, 10_000, kind="resting", dead_share=0.0)
    with_viability(simulate_marrow(spec, 4), file, dead_percent=40)
    tube = recognised(file, POST_CD19)

    populations = gated(tube)
    lineage = b_lineage_of(tube, populations, search(POST_CD19))
    found = measure_mrd(tube, populations, lineage, search(POST_CD19), sample_id="V")

    assert found.viable_percent == pytest.approx(60, abs=3)


def test_without_a_dye_viability_is_not_known(tube: RecognisedTube) -> None:
    populations = gated(tube)
    lineage = b_lineage_of(tube, populations, search())

    found = measure_mrd(tube, populations, lineage, search(), sample_id="M")

    assert np.isnan(found.viable_percent)


def test_blasts_are_no_hematogones(tube: RecognisedTube, tmp_path: Path) -> None:
    lineage = b_lineage_of(tube, gated(tube), search())
    fitted = add_candidates(tube, find_gates(tube), lineage, search())
    file = tmp_path / "g.xml"
    write_gating_ml(fitted.strategy, file)
    strategy: GatingStrategy = read_gating_ml(file)
    populations = apply_gates(tube, strategy)

    found = measure_mrd(tube, populations, lineage, search(), sample_id="M")

    held = populations.populations[found.candidates[0].path].mask
    mrd = tube.resolved.template.mrd
    assert mrd is not None
    hg1 = populations.populations[mrd.stages["hg1"]].mask
    assert found.stages["hg1"] == np.count_nonzero(hg1 & ~held)


EDGE_MARKERS = ("CD19", "CD10", "CD34", "CD38")


def crowd_at_the_edge(
    *levels: float, above: float = 0.05
) -> tuple[Cluster, BLineage, CandidateLimits]:
    """Put forty events at a place, just above where CD19 begins."""
    rng = np.random.default_rng(5)
    events = np.array([0.8, *levels]) + 0.05 * rng.standard_normal((40, 4))
    covariance = np.diag(np.full(4, 0.05**2))
    mature_b = NormalPopulation(
        "mature_b", np.array([2.0, 0.2, 0.2, 1.2]), np.diag(np.full(4, 0.15**2)), 1.0
    )
    lineage = BLineage(
        markers=EDGE_MARKERS,
        events=events,
        anchors={
            "t_cells": np.array([0.2, 0.2, 0.2, 1.2]),
            "progenitors": np.array([0.2, 0.3, 2.0, 2.1]),
        },
        normal=TubeReference(
            "",
            EDGE_MARKERS,
            165.8,
            (mature_b,),
            between_tubes=np.full(4, 0.1),
        ),
        shift=np.zeros(4),
        shows_maturation=True,
        phenotype=None,
        above_cut=np.full(40, above),
    )
    cluster = Cluster(np.array([0.8, *levels]), covariance, 40.0, 40)
    return cluster, lineage, load_mrd_rules(DOCUMENTS / "mrd.toml").candidates


def test_progenitors_at_the_edge_of_cd19_are_their_tail() -> None:
    assert _is_tail(*crowd_at_the_edge(0.3, 1.9, 2.0))


def test_mixed_cells_at_the_edge_of_cd19_are_no_candidate() -> None:
    # Brighter for CD34 than T cells, dimmer than progenitors: brighter than none.
    assert _is_tail(*crowd_at_the_edge(0.2, 1.0, 1.6))


def test_dim_blasts_that_are_brighter_than_all_others_stay() -> None:
    assert not _is_tail(*crowd_at_the_edge(2.9, 1.2, 1.3))


def test_away_from_the_edge_nothing_is_a_tail() -> None:
    assert not _is_tail(*crowd_at_the_edge(0.3, 1.9, 2.0, above=0.6))
