"""Plots of a marrow tube never lose its numbers."""

from dataclasses import replace

import pytest

from cytoflow_blina.figures.marrow_file import MARROW_SUFFIX, load_marrow
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.workflow.tube import TubeJob
from tests.workflow.marrow_study import MARKERS, PANEL, TEMPLATE
from tests.workflow.test_mrd_tube import job, process

__all__ = ["job"]

LINEAR = """
[tube.scales.scatter]
kind = "linear"
"""
ARCSINH = """
[tube.scales.scatter]
kind = "arcsinh"
total_decades = 3.5
negative_decades = 0.5
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('marker = "SSC"', 'marker = "side"'),
        (LINEAR, ARCSINH),
    ],
    ids=["other name", "not linear"],
)
def test_a_tube_whose_side_scatter_cannot_be_drawn_is_counted_and_drawn(
    job: TubeJob, old: str, new: str
) -> None:
    folder = job.file.parent
    for name, text in (("panel", PANEL), ("template", TEMPLATE)):
        (folder / f"{name}.toml").write_text(text.replace(old, new), encoding="utf-8")
    changed = replace(
        job,
        panel=load_panel(folder / "panel.toml"),
        template=load_template(folder / "template.toml").tube(""),
    )

    result = process(changed, blast=200)

    assert result.mrd is not None
    assert result.mrd.mrd_events == pytest.approx(200, abs=20)
    drawn = load_marrow(job.histograms_file.with_suffix(MARROW_SUFFIX))
    assert drawn.columns == MARKERS
    assert {plot.y for plot in drawn.plots} == {"CD38", "CD34"}
