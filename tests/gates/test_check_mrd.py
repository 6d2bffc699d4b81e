"""What a template says of MRD must fit its gates, markers and scales."""

from dataclasses import replace

import pytest

from cytoflow_blina.domain.panel import Panel, PanelChannel, PanelTube
from cytoflow_blina.domain.template import (
    GatingTemplate,
    MarkerLimits,
    MrdTemplate,
    RectangleShape,
    ScaleSpec,
    TemplateGate,
    TubeTemplate,
)
from cytoflow_blina.errors import GatingError
from cytoflow_blina.gates.check_template import check_template

STAINS = ("CD19", "CD10", "SYTO")
PANEL = Panel(
    "bcp",
    "1.0.0",
    "BCP",
    "file",
    (
        PanelTube(
            "",
            (
                PanelChannel("SSC", "scatter"),
                *(PanelChannel(marker, "fluorescence") for marker in STAINS),
            ),
        ),
    ),
)
ARCSINH = ScaleSpec("arcsinh", 262144.0, None, 3.5, 0.5)
MRD = MrdTemplate(
    denominator="NUC",
    denominators={"NUC": "nucleated"},
    b_lineage="nucleated/b",
    b19="nucleated/b",
    markers=("CD19", "CD10"),
    anchors=("nucleated",),
    stages={"mature_b": "nucleated/b"},
    nuclear_dye="SYTO",
)


def above(path: str, marker: str) -> TemplateGate:
    return TemplateGate(path, RectangleShape((MarkerLimits(marker, 0.5),)))


def tube(mrd: MrdTemplate, **scales: ScaleSpec) -> TubeTemplate:
    gates = (above("nucleated", "SYTO"), above("nucleated/b", "CD19"))
    known = {"scatter": ScaleSpec("linear"), "fluorescence": ARCSINH}
    return TubeTemplate("", {**known, **scales}, (), gates, (), mrd=mrd)


def faults(mrd: MrdTemplate, **scales: ScaleSpec) -> list[str]:
    template = GatingTemplate("bcp", "1.0.0", "bcp", (tube(mrd, **scales),))
    with pytest.raises(GatingError) as caught:
        check_template(template, PANEL, {}, where="bcp.toml")
    return str(caught.value).splitlines()


def test_a_table_that_fits_is_accepted() -> None:
    template = GatingTemplate("bcp", "1.0.0", "bcp", (tube(MRD),))

    check_template(template, PANEL, {})


def test_every_fault_is_told_at_once() -> None:
    mrd = replace(
        MRD,
        denominator="MNC",
        b_lineage="nucleated/bb",
        b_alt="other",
        anchors=("t",),
        stages={"hg1": "nucleated/hg1"},
        markers=("CD19", "CD1O", "CD19", "SSC"),
        nuclear_dye="SYTO16",
    )

    place = "bcp.toml: tube[0].mrd: "
    stains = "stains of the panel are CD19, CD10, SYTO."
    assert faults(mrd) == [
        place + "b_lineage refers to 'nucleated/bb', which is no gate of this tube. "
        "Did you mean 'nucleated/b'?",
        place + "b_alt refers to 'other', which is no gate of this tube.",
        place + "anchors refers to 't', which is no gate of this tube.",
        place + "stages.hg1 refers to 'nucleated/hg1', which is no gate of this tube. "
        "Did you mean 'nucleated/b'?",
        place + "denominator 'MNC' has no gate; add it to 'denominators', which has "
        "'NUC'.",
        place + f"uses marker 'CD1O'; {stains} Did you mean 'CD19'?",
        place + f"uses marker 'SSC'; {stains}",
        place + f"uses marker 'SYTO16'; {stains} Did you mean 'SYTO'?",
        place + "names marker 'CD19' twice; remove one.",
    ]


def test_markers_are_compared_on_an_arcsinh_scale() -> None:
    assert faults(MRD, CD10=ScaleSpec("logicle")) == [
        (
            "bcp.toml: tube[0].mrd: compares marker 'CD10', whose scale is 'logicle'; "
            "distances are measured on 'arcsinh'. Change the scale."
        ),
        (
            "bcp.toml: tube[0].mrd: compares 'CD10' on another scale than 'CD19'; "
            "give all markers the same."
        ),
    ]


def test_markers_share_one_scale() -> None:
    assert faults(MRD, CD10=replace(ARCSINH, total_decades=4.0)) == [
        (
            "bcp.toml: tube[0].mrd: compares 'CD10' on another scale than 'CD19'; "
            "give all markers the same."
        )
    ]


def test_a_dye_need_not_be_on_that_scale() -> None:
    template = GatingTemplate(
        "bcp", "1.0.0", "bcp", (tube(MRD, SYTO=ScaleSpec("logicle")),)
    )

    check_template(template, PANEL, {})
