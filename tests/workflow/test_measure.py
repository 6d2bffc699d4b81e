"""Quality is measured in the events of simulated tubes as it truly is."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.gate import GateNode, GatingStrategy, PolygonGate
from cytoflow_blina.domain.panel import Panel
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.preprocess.compensate import compensate
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.quality.limits import load_limits
from cytoflow_blina.quality.measurements import EventQuality, TubeMeasurements
from cytoflow_blina.quality.registry import check_tube
from cytoflow_blina.simulate.populations import LYMPHOCYTES
from cytoflow_blina.simulate.scenarios import plan_study
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube
from cytoflow_blina.simulate.tube_file import write_tube
from cytoflow_blina.workflow.gating import (
    GatedTube,
    RecognisedTube,
    apply_gates,
    find_gates,
    recognise_tube,
)
from cytoflow_blina.workflow.measure import measure_events

LIMITS = load_limits(shipped_documents() / "limits.toml").limits
CALIBUR, CANTO = "facscalibur-multitest", "facscanto-tbnk"
LYMPH = "cd45pos/lymph"


@cache
def panel_of(name: str) -> Panel:
    return load_panel(shipped_documents() / "panels" / f"{name}.toml")


@cache
def gated(
    scenario: str, panel: str, tube: str, seed: int = 1
) -> tuple[SimulatedTube, RecognisedTube, GatedTube]:
    """Simulate, write, read and gate the first such tube of a scenario."""
    plan = plan_study(scenario, seed)
    spec = next(one for one in plan.tubes if (one.panel, one.tube) == (panel, tube))
    simulated = simulate_tube(spec, seed, ranges=plan.ranges)
    with TemporaryDirectory() as folder:
        write_tube(simulated, Path(folder) / "tube.fcs")
        read = read_tube(Path(folder) / "tube.fcs")
    template = load_template(shipped_documents() / "templates" / f"{panel}.toml")
    recognised = recognise_tube(read, panel_of(panel), template.tube(tube))
    strategy = find_gates(recognised).strategy
    return simulated, recognised, apply_gates(recognised, strategy)


def measure(recognised: RecognisedTube, tube: GatedTube) -> EventQuality:
    compensated = compensate(recognised.tube.events, recognised.spillover)
    return measure_events(
        recognised, tube, compensated, panel_of(recognised.match.panel)
    )


def verdicts(quality: EventQuality, tube: GatedTube) -> dict[str, str]:
    """Judge what was measured in the events."""
    lymph = tube.populations[LYMPH].n_events
    percents = {"CD3": 70.0, "CD19": 10.0}
    measured = TubeMeasurements(
        "S1",
        "",
        tube.events.n_events,
        lymph,
        count_method="bead",
        n_beads=tube.populations["beads"].n_events,
        percent_of_lymphocytes=percents,
        confidences={"LYMPH": 0.95, "CD3": 0.95},
        quality=quality,
    )
    return {one.check: str(one.verdict) for one in check_tube(measured, LIMITS)}


def raised_in(scenario: str, panel: str, tube: str, seed: int = 1) -> set[str]:
    _, recognised, found = gated(scenario, panel, tube, seed)
    judged = verdicts(measure(recognised, found), found)
    return {code for code, verdict in judged.items() if verdict in {"WARN", "FAIL"}}


@pytest.mark.parametrize(
    ("panel", "tube"), [(CALIBUR, "A"), (CALIBUR, "B"), (CANTO, "")]
)
def test_a_good_tube_raises_nothing(panel: str, tube: str) -> None:
    assert raised_in("default", panel, tube) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "panel", "tube", "codes"),
    [
        ("tandem", CANTO, "", {"QC_COMP", "QC_TANDEM"}),
        ("axis_pile", CALIBUR, "A", {"QC_AXIS"}),
        ("gain_drift", CALIBUR, "B", {"QC_DRIFT"}),
        ("beads_settling", CANTO, "", {"QC_BEAD_TIME"}),
        ("beads_wide", CALIBUR, "B", {"QC_BEAD_PEAK"}),
        ("beads_missing", CANTO, "", {"QC_BEAD_PEAK", "QC_N_BEADS"}),
        ("doublets_5", CALIBUR, "B", {"QC_DOUBLETS"}),
        ("carry_over", CALIBUR, "B", {"QC_CARRYOVER"}),
        ("clog", CALIBUR, "A", {"QC_TIME"}),
    ],
)
def test_a_fault_raises_its_own_code_alone(
    scenario: str, panel: str, tube: str, codes: set[str]
) -> None:
    assert raised_in(scenario, panel, tube) == codes


Change = Callable[[PolygonGate], PolygonGate]


def with_lymphocyte_gate(strategy: GatingStrategy, change: Change) -> GatingStrategy:
    nodes = tuple(
        GateNode(node.path, change(node.gate))
        if node.path == LYMPH and isinstance(node.gate, PolygonGate)
        else node
        for node in strategy.nodes
    )
    return replace(strategy, nodes=nodes)


def narrow(gate: PolygonGate) -> PolygonGate:
    """Lose the lymphocytes with the most side scatter and the least CD45."""
    vertices = gate.vertices * [1.0, 0.6] + [0.02, 0.0]
    return replace(gate, vertices=vertices)


def wide(gate: PolygonGate) -> PolygonGate:
    """Take in monocytes and a part of the granulocytes."""
    low, high = gate.vertices.min(axis=0), gate.vertices.max(axis=0)
    left, top = low[0] - 0.12, 4 * high[1]
    corners = [[left, 0], [high[0], 0], [high[0], top], [left, top]]
    return replace(gate, vertices=np.array(corners))


@pytest.mark.parametrize(
    ("panel", "tube"), [(CALIBUR, "A"), (CALIBUR, "B"), (CANTO, "")]
)
@pytest.mark.parametrize("change", [narrow, wide])
def test_a_wrong_lymphocyte_gate_is_seen_by_markers_it_was_not_drawn_with(
    panel: str, tube: str, change: Change
) -> None:
    simulated, recognised, found = gated("default", panel, tube)
    wrong = apply_gates(recognised, with_lymphocyte_gate(found.strategy, change))
    mask = wrong.populations[LYMPH].mask
    is_lymph = np.isin(simulated.labels, LYMPHOCYTES)
    caught = (mask & is_lymph).sum()
    recovery, purity = 100 * caught / is_lymph.sum(), 100 * caught / mask.sum()

    quality = measure(recognised, wrong)

    judged = verdicts(quality, wrong)
    assert quality.gate is not None
    if change is narrow:
        assert recovery < 90
        assert judged["QC_RECOVERY"] == "FAIL"
        assert quality.gate.recovery_percent == pytest.approx(recovery, abs=4)
    else:
        assert purity < 80
        assert judged["QC_PURITY"] == "FAIL"
        assert quality.gate.purity_percent == pytest.approx(purity, abs=6)


def test_carry_over_tells_whether_time_or_the_order_was_used() -> None:
    _, recognised, found = gated("default", CANTO, "")
    read = recognised.tube
    without_step = replace(
        read, acquisition=replace(read.acquisition, time_step_s=None)
    )

    with_time = measure(recognised, found)
    by_order = measure(replace(recognised, tube=without_step), found)

    assert not with_time.carry_over.is_by_order
    assert by_order.carry_over.is_by_order


def test_without_beads_their_course_is_not_measured() -> None:
    _, recognised, found = gated("beads_missing", CANTO, "")

    quality = measure(recognised, found)

    assert np.isnan(quality.bead_course.difference_percent)
    assert quality.bead_cv_percent == {}
    assert quality.drift is not None
    assert quality.drift.what == "CD45 of lymphocytes"


def test_a_template_without_lymphocytes_measures_what_needs_none() -> None:
    _, recognised, found = gated("default", CANTO, "")
    resolved = recognised.resolved
    template = replace(resolved.template, lymphocytes="")
    bare = replace(recognised, resolved=replace(resolved, template=template))

    quality = measure(bare, found)

    assert (quality.gate, quality.spill, quality.drift) == (None, None, None)
    assert quality.n_leukocytes == found.events.n_events
    assert quality.saturation_percent.keys() == {
        "CD3", "CD16+56", "CD45", "CD4", "CD19", "CD8"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scenario", "least", "most"), [("default", 0.0, 0.3), ("carry_over", 0.5, 4.0)]
)
def test_the_order_of_events_shows_carry_over_where_time_has_no_unit(
    scenario: str, least: float, most: float
) -> None:
    _, recognised, found = gated(scenario, CANTO, "")
    tube = recognised.tube
    acquisition = replace(tube.acquisition, time_step_s=None)
    unitless = replace(recognised, tube=replace(tube, acquisition=acquisition))

    quality = measure(unitless, found)

    assert quality.carry_over.problem == ""
    assert least <= quality.carry_over.percent < most
