"""Real tubes are gated as their plots show, by templates that forgot every place."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.gates.test_real_tubes import REAL, TUBES

from cytoflow_blina.domain.population import percent
from cytoflow_blina.domain.template import PolygonShape, TemplateGate, TubeTemplate
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.workflow.gating import apply_gates, find_gates, recognise_tube


def without_places(template: TubeTemplate) -> TubeTemplate:
    """Take away where thresholds and lymphocytes lie, and how scales are stretched.

    What names no method is no matter of finding, and stays: the cut of a viability dye.
    """
    scales = {
        name: replace(scale, linear_decades=None)
        for name, scale in template.scales.items()
    }
    thresholds = tuple(
        replace(one, at=None, settings={}) if one.method else one
        for one in template.thresholds
    )
    return replace(
        template,
        scales=scales,
        thresholds=thresholds,
        gates=tuple(forget_vertices(gate) for gate in template.gates),
    )


def forget_vertices(gate: TemplateGate) -> TemplateGate:
    """Leave the lymphocyte gate its markers and a method."""
    if not isinstance(gate.shape, PolygonShape) or not gate.path.endswith("lymph"):
        return gate
    shape = replace(gate.shape, vertices=np.empty((0, 2)))
    return replace(gate, shape=shape, method=gate.method or "scatter_cluster")


@pytest.mark.parametrize("name", TUBES)
def test_real_tubes_need_no_places(name: str, shared_data: Path) -> None:
    tube = TUBES[name]
    template = load_template(REAL / "templates" / f"{tube.documents}.toml").tube("")
    recognised = recognise_tube(
        read_tube(shared_data / tube.file),
        load_panel(REAL / "panels" / f"{tube.documents}.toml"),
        without_places(template),
    )

    gated = apply_gates(recognised, find_gates(recognised).strategy)

    n = {
        population.name: sum(
            gated.populations[path].n_events for path in population.paths
        )
        for population in template.populations
    }
    # A tenth fewer than with a polygon drawn for the file: scatter alone is stricter.
    assert 0.9 * tube.n_lymphocytes[0] <= n["LYMPH"] <= tube.n_lymphocytes[1]
    assert tube.cd3[0] <= percent(n["CD3"], n["LYMPH"]) <= tube.cd3[1]
    assert tube.cd4_of_cd3[0] <= percent(n["CD4"], n["CD3"]) <= tube.cd4_of_cd3[1]
    assert tube.cd8_of_cd3[0] <= percent(n["CD8"], n["CD3"]) <= tube.cd8_of_cd3[1]
