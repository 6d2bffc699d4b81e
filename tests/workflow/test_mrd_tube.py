"""What one marrow tube says of MRD, on cells whose light is known."""

from dataclasses import replace
from math import isnan, log10
from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.bridge.gating_ml import read_gating_ml, write_gating_ml
from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.domain.counting import CountingInputs, CountMethod
from cytoflow_blina.domain.gate import EllipsoidGate, GateNode
from cytoflow_blina.domain.mrd import (
    MrdCandidate,
    NormalPopulation,
    Phenotype,
    TubeMrd,
    TubeReference,
)
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.workflow.borrowing import Lender
from cytoflow_blina.workflow.mrd_search import MrdSearch
from cytoflow_blina.workflow.tube import TubeJob, TubeResult, process_tube
from tests.mrd.tubes import RULES
from tests.workflow.marrow_study import (
    KINDS,
    MARKERS,
    PANEL,
    TEMPLATE,
    write_marrow,
)

COFACTOR = 262_144 / np.sinh(3.5 * np.log(10))
B_LINEAGE = "nucleated/b"
CANDIDATE_1 = f"{B_LINEAGE}/candidate_1"
NORMAL = {"t": 2_000, "hg": 1_000, "mature_b": 1_000}


def decades(kind: str) -> np.ndarray:
    """Where a kind of cell lies, by MARKERS."""
    return np.asarray(np.arcsinh(10 ** np.array(KINDS[kind]) / COFACTOR) / np.log(10))


def reference(*kinds: str) -> TubeReference:
    """Know these kinds of normal cells."""
    populations = tuple(
        NormalPopulation(kind, decades(kind), 0.13**2 * np.eye(len(MARKERS)), 0.5)
        for kind in kinds
    )
    return TubeReference(
        tube="",
        markers=MARKERS,
        cofactor=float(COFACTOR),
        populations=populations,
        anchors={"nucleated/t": decades("t")},
        between_tubes=np.full(len(MARKERS), 0.1),
    )


SEARCH = MrdSearch(
    RULES.candidates, RULES.cd19, reference("hg", "mature_b"), visit="DX"
)


@pytest.fixture
def job(tmp_path: Path) -> TubeJob:
    """Ask for a tube of the toy panel, whose file is still to be written."""
    (tmp_path / "panel.toml").write_text(PANEL, encoding="utf-8")
    (tmp_path / "template.toml").write_text(TEMPLATE, encoding="utf-8")
    return TubeJob(
        sample_id="P1-DX",
        tube="",
        fcs_file="tube.fcs",
        file=tmp_path / "tube.fcs",
        panel=load_panel(tmp_path / "panel.toml"),
        template=load_template(tmp_path / "template.toml").tube(""),
        counting=CountingInputs(CountMethod.NONE),
        errors=CountingErrors(),
        gates_file=tmp_path / "gates.xml",
        histograms_file=tmp_path / "plots.npz",
        mrd=SEARCH,
    )


def process(job: TubeJob, **more: int) -> TubeResult:
    """Write a tube of normal cells and some more, and process it."""
    write_marrow(job.file, NORMAL | more, seed=1)
    return process_tube(job)


def mrd_of(job: TubeJob, **more: int) -> TubeMrd:
    mrd = process(job, **more).mrd
    assert mrd is not None
    return mrd


def only_candidate(job: TubeJob, n_blasts: int) -> MrdCandidate:
    (found,) = mrd_of(job, blast=n_blasts).candidates
    return found


def test_blasts_are_a_candidate_with_their_light_and_spread(job: TubeJob) -> None:
    found = only_candidate(job, 200)

    assert found.path == CANDIDATE_1
    assert found.n_events == pytest.approx(200, abs=6)
    for marker, level in zip(MARKERS, KINDS["blast"], strict=True):
        assert log10(found.medians[marker]) == pytest.approx(level, abs=0.05)
        assert found.spread_decades[marker] == pytest.approx(0.12, abs=0.03)
    assert found.gate_source == "fitted"


def test_a_candidate_is_told_by_what_sets_it_apart_from_the_nearest_cells(
    job: TubeJob,
) -> None:
    found = only_candidate(job, 200)

    # Decades of blasts less those of hematogones.
    expected = {"CD10": 0.6, "CD38": -1.2, "CD45": -0.5}
    told = {one.marker: one.decades for one in found.aberrancies}
    assert found.nearest_normal == "hg"
    assert found.score_sd > 6
    assert {marker: told[marker] for marker in expected} == pytest.approx(
        expected, abs=0.12
    )
    assert told["CD34"] > 1
    assert "CD19" not in told


def test_cd19_is_held_against_the_mature_b_cells_of_the_tube(job: TubeJob) -> None:
    found = only_candidate(job, 200)

    assert found.cd19 == "positive"
    assert found.cd19_positive_percent == 100
    assert found.cd19_decades_below_b == pytest.approx(0.1, abs=0.05)


def test_without_mature_b_cells_cd19_is_held_against_the_reference(
    job: TubeJob,
) -> None:
    found = only_candidate_of(job, {"t": 2_000, "hg": 1_000, "blast": 200})

    assert found.cd19_decades_below_b == pytest.approx(0.1, abs=0.1)


def test_where_neither_tube_nor_reference_has_mature_b_cells_dim_is_not_known(
    job: TubeJob,
) -> None:
    job = replace(job, mrd=replace(SEARCH, reference=reference("hg")))

    found = only_candidate_of(job, {"t": 2_000, "hg": 1_000, "blast": 200})

    assert isnan(found.cd19_decades_below_b)
    assert found.cd19 == "positive"


def only_candidate_of(job: TubeJob, cells: dict[str, int]) -> MrdCandidate:
    write_marrow(job.file, cells, seed=1)
    mrd = process_tube(job).mrd
    assert mrd is not None
    (found,) = mrd.candidates
    return found


def test_a_candidate_is_an_ellipsoid_below_b_lineage_in_the_gating_ml(
    job: TubeJob,
) -> None:
    result = process(job, blast=200)

    (node,) = [
        node
        for node in read_gating_ml(job.gates_file).nodes
        if node.path == CANDIDATE_1
    ]
    assert isinstance(node.gate, EllipsoidGate)
    assert len(node.gate.dimensions) == len(MARKERS)
    # A decade is a quarter of the axis; zero lies at 0.125.
    np.testing.assert_allclose(
        node.gate.center, (decades("blast") + 0.5) / 4, atol=0.02
    )
    (gate,) = [one for one in result.gates if one.path == CANDIDATE_1]
    assert result.mrd is not None
    assert gate.n_events == result.mrd.candidates[0].n_events
    assert gate.gate_source == "fitted"


def test_normal_cells_alone_are_counted_and_have_no_candidate(job: TubeJob) -> None:
    mrd = mrd_of(job)

    assert (mrd.mrd_events, mrd.candidates, mrd.phenotype) == (0, (), None)
    assert mrd.has_reference
    assert mrd.denominator == "NUC"
    assert mrd.denominators["NUC"] == pytest.approx(4_000, abs=5)
    assert mrd.stages["hg"] == pytest.approx(1_000, abs=5)
    assert mrd.stages["mature_b"] == pytest.approx(1_000, abs=5)
    assert mrd.stages["b_lineage"] == mrd.stages["b19"]
    assert "b_alt" not in mrd.stages
    assert (mrd.has_cd19, mrd.has_b_alt, mrd.has_nuclear_dye) == (True, False, False)
    assert isnan(mrd.viable_percent)


def test_without_a_reference_nothing_is_sought_and_it_is_said(job: TubeJob) -> None:
    mrd = mrd_of(replace(job, mrd=replace(SEARCH, reference=None)), blast=200)

    assert (mrd.has_reference, mrd.mrd_events, mrd.candidates) == (False, 0, ())
    assert mrd.denominators["NUC"] == pytest.approx(4_200, abs=5)


def test_a_tube_without_b_lineage_has_no_candidate(job: TubeJob) -> None:
    write_marrow(job.file, {"t": 3_000}, seed=1)

    mrd = process_tube(job).mrd

    assert mrd is not None
    assert (mrd.mrd_events, mrd.candidates) == (0, ())
    assert mrd.stages["b_lineage"] < 5
    assert mrd.denominators["NUC"] == pytest.approx(3_000, abs=5)


def test_a_tube_that_is_not_asked_for_mrd_says_nothing_of_it(job: TubeJob) -> None:
    assert process(replace(job, mrd=None), blast=200).mrd is None


def test_the_phenotype_of_the_largest_candidate_is_kept_for_later_samples(
    job: TubeJob,
) -> None:
    known = mrd_of(job, blast=200).phenotype

    assert known is not None
    assert (known.sample_id, known.visit, known.markers) == ("P1-DX", "DX", MARKERS)
    np.testing.assert_allclose(known.mean, decades("blast"), atol=0.05)


def test_a_few_events_lend_no_phenotype(job: TubeJob) -> None:
    mrd = mrd_of(job, blast=12)

    assert 5 <= mrd.mrd_events <= 12
    assert mrd.phenotype is None


def lent(job: TubeJob, moved: float) -> TubeJob:
    """Lend a diagnosis whose CD10 was `moved` decades brighter than that of blasts."""
    at = decades("blast") + np.array([moved, 0, 0, 0, 0])
    spread = 0.12**2 * np.eye(len(MARKERS))
    known = Phenotype("P0-DX", "DX", MARKERS, at, spread, 500)
    return replace(job, lenders=(Lender({}, {}, known),))


def test_a_candidate_is_compared_with_the_diagnosis_that_is_lent(job: TubeJob) -> None:
    mrd = mrd_of(lent(job, 0.36), blast=200)

    (found,) = mrd.candidates
    (shift,) = found.shifts
    assert mrd.compared_with == "P0-DX"
    assert shift.marker == "CD10"
    assert shift.decades == pytest.approx(-0.36, abs=0.05)
    assert found.diagnosis_sd == pytest.approx(3, abs=0.5)


def test_a_candidate_as_at_diagnosis_has_no_shifts(job: TubeJob) -> None:
    (found,) = mrd_of(lent(job, 0), blast=200).candidates

    assert found.shifts == ()
    assert found.diagnosis_sd < 1


# Gates that a person gave.


def given(job: TubeJob, *candidates: EllipsoidGate, n_blasts: int = 200) -> TubeMrd:
    """Process a tube again with these gates of candidates, numbered from 1."""
    process(job, blast=n_blasts)
    found = read_gating_ml(job.gates_file)
    kept = [node for node in found.nodes if node.path != CANDIDATE_1]
    drawn = [
        GateNode(f"{B_LINEAGE}/candidate_{number}", gate)
        for number, gate in enumerate(candidates, start=1)
    ]
    file = job.gates_file.with_name("drawn.xml")
    write_gating_ml(replace(found, nodes=(*kept, *drawn)), file)
    search = replace(SEARCH, is_given=True)
    mrd = process_tube(replace(job, given_gates=file, mrd=search)).mrd
    assert mrd is not None
    return mrd


def ellipsoid(job: TubeJob, kind: str, *, sd: float = 0.12) -> EllipsoidGate:
    """Draw a gate of three standard deviations around a kind of cell."""
    process(job, blast=200)
    (gate,) = [
        node.gate
        for node in read_gating_ml(job.gates_file).nodes
        if isinstance(node.gate, EllipsoidGate)
    ]
    center = (decades(kind) + 0.5) / 4
    return replace(
        gate,
        center=center,
        covariance=(sd / 4) ** 2 * np.eye(len(MARKERS)),
        distance_squared=25.0,
    )


def test_events_in_two_given_candidates_are_counted_once(job: TubeJob) -> None:
    gate = ellipsoid(job, "blast")

    mrd = given(job, gate, replace(gate, distance_squared=12.0))

    larger, smaller = mrd.candidates
    assert mrd.mrd_events == larger.n_events
    assert smaller.n_events < larger.n_events
    assert {one.gate_source for one in mrd.candidates} == {"manual"}


def test_given_candidates_stand_by_their_events_whatever_their_names(
    job: TubeJob,
) -> None:
    blasts, normal = ellipsoid(job, "blast"), ellipsoid(job, "hg")

    mrd = given(job, blasts, normal)

    assert [one.path for one in mrd.candidates] == [
        f"{B_LINEAGE}/candidate_2",
        f"{B_LINEAGE}/candidate_1",
    ]
    assert mrd.mrd_events == sum(one.n_events for one in mrd.candidates)
    assert mrd.candidates[0].score_sd < 4
    assert mrd.candidates[0].aberrancies == ()


def test_a_given_candidate_without_events_has_no_values(job: TubeJob) -> None:
    nowhere = replace(ellipsoid(job, "blast"), center=np.full(len(MARKERS), 0.99))

    mrd = given(job, nowhere)

    (found,) = mrd.candidates
    assert (mrd.mrd_events, found.n_events) == (0, 0)
    assert isnan(found.score_sd)
    assert all(isnan(one) for one in found.medians.values())
    assert all(isnan(one) for one in found.spread_decades.values())
    assert (found.cd19, found.nearest_normal, found.aberrancies) == ("", "", ())
    assert mrd.phenotype is None


def test_given_gates_without_candidates_find_none(job: TubeJob) -> None:
    mrd = given(job)

    assert (mrd.mrd_events, mrd.candidates) == (0, ())
    assert mrd.denominators["NUC"] == pytest.approx(4_200, abs=5)


def test_given_candidates_are_counted_without_a_reference(job: TubeJob) -> None:
    process(job, blast=200)
    drawn = job.gates_file.rename(job.gates_file.with_name("drawn.xml"))
    search = replace(SEARCH, reference=None, is_given=True)

    mrd = process_tube(replace(job, given_gates=drawn, mrd=search)).mrd

    assert mrd is not None
    (candidate,) = mrd.candidates
    assert candidate.n_events == pytest.approx(200, abs=6)
    assert isnan(candidate.score_sd)
    assert not mrd.has_reference
