"""Hold the engine to ISAC's compliance set for Gating-ML 2.0, event for event."""

from dataclasses import dataclass
from pathlib import Path

import flowkit
import numpy as np
import pytest

from cytoflow_blina.bridge.gating_ml import read_gating_ml, write_gating_ml
from cytoflow_blina.domain.events import BoolArray, RawEvents, Tube
from cytoflow_blina.domain.gate import GatingStrategy
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import GatingError
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.apply import apply_strategy
from cytoflow_blina.preprocess.rescale import scale_for_strategy

# The set's FCS file holds no matrix, and its results say that `FCS` then changes
# nothing. A caller has to say so; see `scale_events`.
NO_MATRIX = Spillover((), np.zeros((0, 0)))

# gate -> name of its results, where the two differ
RESULTS = {"ParRectangle1": "ParQuadRect"}

# gate -> why there are no results to compare with; FlowKit judges instead
WITHOUT_RESULTS = {"myEllipse2": "the set holds no Results file for it"}

# document -> why its gates cannot be done
REFUSED = {
    "gml_range_gate_attr_testing.xml": (
        "it wraps its gate in an element of its own, which breaks the schema; the same "
        "gate stands in gml_range_gate.xml"
    )
}

NAMES = [
    "gml_all_gates.xml",
    "gml_boolean_and1_gate.xml",
    "gml_boolean_and2_gate.xml",
    "gml_boolean_and3_complement_gate.xml",
    "gml_boolean_and4_not_gate.xml",
    "gml_boolean_not1_gate.xml",
    "gml_boolean_or1_gate.xml",
    "gml_boolean_or2_gate.xml",
    "gml_ellipse1_gate.xml",
    "gml_ellipse2_gate.xml",
    "gml_ellipsoid3d_gate.xml",
    "gml_log_ratio_range1_gate.xml",
    "gml_matrix_poly4_gate.xml",
    "gml_matrix_rect3_gate.xml",
    "gml_matrix_rect4_gate.xml",
    "gml_matrix_rect5_gate.xml",
    "gml_matrix_transform_asinh_range1c_gate.xml",
    "gml_matrix_transform_asinh_range6c_gate.xml",
    "gml_matrix_transform_hyperlog_range2c_gate.xml",
    "gml_matrix_transform_hyperlog_range7c_gate.xml",
    "gml_matrix_transform_linear_range3c_gate.xml",
    "gml_matrix_transform_logicle_range4c_gate.xml",
    "gml_matrix_transform_logicle_range5c_gate.xml",
    "gml_matrix_transform_logicle_range8c_gate.xml",
    "gml_matrix_transform_logicle_rect1_gate.xml",
    "gml_parent_poly1_boolean_and2_gate.xml",
    "gml_parent_quadrant_rect_gate.xml",
    "gml_parent_range1_boolean_and3_gate.xml",
    "gml_parent_rect1_rect_par1_gate.xml",
    "gml_poly1_gate.xml",
    "gml_poly2_gate.xml",
    "gml_poly3ns_gate.xml",
    "gml_quadrant1_gate.xml",
    "gml_quadrant2_gate.xml",
    "gml_range_gate.xml",
    "gml_range_gate_attr_testing.xml",
    "gml_ratio_range1_gate.xml",
    "gml_ratio_range2_gate.xml",
    "gml_rect1_gate.xml",
    "gml_rect2_gate.xml",
    "gml_time_range_gate.xml",
    "gml_transform_asinh_range1_gate.xml",
    "gml_transform_hyperlog_range2_gate.xml",
    "gml_transform_linear_range3_gate.xml",
    "gml_transform_log_range6_gate.xml",
    "gml_transform_logicle_range4_gate.xml",
    "gml_transform_logicle_range5_gate.xml",
]
READABLE = [name for name in NAMES if name not in REFUSED]


@dataclass(frozen=True, eq=False)
class ComplianceSet:
    """The set's folder and its events."""

    folder: Path
    events: RawEvents

    def masks(self, strategy: GatingStrategy) -> dict[str, BoolArray]:
        """Apply gates; the events of each, by its name."""
        scaled = scale_for_strategy(self.events, strategy, NO_MATRIX)
        found = apply_strategy(strategy, scaled)
        return {path.rpartition("/")[2]: one.mask for path, one in found.items()}

    def expected(self, gate: str) -> BoolArray:
        """Read the set's results for a gate."""
        name = f"Results_{RESULTS.get(gate, gate)}.txt"
        return np.loadtxt(self.folder / "truth" / name, dtype=np.int8).astype(bool)


@pytest.fixture(scope="module")
def isac(shared_data: Path) -> ComplianceSet:
    """Read the set's events once."""
    folder = shared_data / "gatingml" / "gate_ref"
    tube = read_tube(folder / "data1.fcs")
    assert "$TIMESTEP" not in tube.acquisition.keywords
    return ComplianceSet(folder, in_ticks(tube))


def in_ticks(tube: Tube) -> RawEvents:
    """Undo what our reader makes of TIMETICKS.

    The set knows only the standard's `$TIMESTEP`, which its file lacks, so that its
    gate on time is drawn in ticks.
    """
    assert tube.acquisition.time_step_s == 0.1
    columns = list(tube.events.columns)
    time = tube.events.index("Time")
    columns[time] = np.round(columns[time] / tube.acquisition.time_step_s)
    return RawEvents(tuple(columns), tube.events.channels)


def test_every_document_of_the_set_is_tried(isac: ComplianceSet) -> None:
    assert sorted(NAMES) == sorted(
        path.name for path in (isac.folder / "gml").glob("*.xml")
    )


def test_every_result_of_the_set_is_used(isac: ComplianceSet) -> None:
    used = set()
    for name in READABLE:
        strategy = read_gating_ml(isac.folder / "gml" / name)
        used |= {node.name for node in strategy.nodes} - WITHOUT_RESULTS.keys()

    given = {path.stem for path in (isac.folder / "truth").glob("Results_*.txt")}
    assert {f"Results_{RESULTS.get(gate, gate)}" for gate in used} == given


@pytest.mark.parametrize("name", READABLE)
def test_every_event_is_where_the_set_says(isac: ComplianceSet, name: str) -> None:
    strategy = read_gating_ml(isac.folder / "gml" / name)

    masks = isac.masks(strategy)

    for gate in masks.keys() - WITHOUT_RESULTS.keys():
        np.testing.assert_array_equal(masks[gate], isac.expected(gate), err_msg=gate)


@pytest.mark.parametrize("name", READABLE)
def test_writing_a_document_anew_moves_no_event(
    isac: ComplianceSet, name: str, tmp_path: Path
) -> None:
    strategy = read_gating_ml(isac.folder / "gml" / name)

    write_gating_ml(strategy, tmp_path / name)

    again = isac.masks(read_gating_ml(tmp_path / name))
    before = isac.masks(strategy)
    assert again.keys() == before.keys()
    for gate, mask in before.items():
        np.testing.assert_array_equal(again[gate], mask, err_msg=gate)


def test_an_ellipse_without_results_is_as_flowkit_has_it(isac: ComplianceSet) -> None:
    path = isac.folder / "gml" / "gml_ellipse2_gate.xml"
    sample = flowkit.Sample(isac.folder / "data1.fcs")
    results = flowkit.parse_gating_xml(str(path)).gate_sample(sample)

    masks = isac.masks(read_gating_ml(path))

    np.testing.assert_array_equal(
        masks["myEllipse2"], results.get_gate_membership("myEllipse2")
    )


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_document_that_breaks_the_schema_is_refused(
    isac: ComplianceSet, name: str
) -> None:
    with pytest.raises(GatingError, match="line 7: Element 'sample'"):
        read_gating_ml(isac.folder / "gml" / name)
