"""The parts of a template must fit each other and the panel."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.domain.documents import shipped_documents, shipped_panels
from cytoflow_blina.domain.panel import Panel, PanelChannel, PanelTube
from cytoflow_blina.domain.template import (
    BooleanShape,
    GatingTemplate,
    MarkerLimits,
    PolygonShape,
    RectangleShape,
    ReportedPopulation,
    ScaleSpec,
    TemplateGate,
    Threshold,
    TubeTemplate,
)
from cytoflow_blina.errors import GatingError
from cytoflow_blina.gates.check_template import check_template
from cytoflow_blina.gates.fit.method import KnownMethod
from cytoflow_blina.gates.fit.methods import KNOWN_METHODS
from cytoflow_blina.gates.load import load_template

REAL = Path(__file__).parents[1] / "gating_real"
METHODS = {
    "valley": KnownMethod("threshold", frozenset({"search", "min_events"})),
    "bright_cluster": KnownMethod("rectangle", frozenset({"max_spread"})),
}


def panel_of(*markers: str) -> Panel:
    channels = tuple(PanelChannel(marker, "fluorescence") for marker in markers)
    return Panel("tbnk", "1.0.0", "TBNK", "file", (PanelTube("", channels),))


PANEL = panel_of("CD3", "CD19", "CD45")


def above(path: str, marker: str, bound: float | str) -> TemplateGate:
    return TemplateGate(path, RectangleShape((MarkerLimits(marker, bound),)))


GATES = (above("cd45pos", "CD45", "cd45"), above("cd45pos/t", "CD3", "cd3"))
THRESHOLDS = (
    Threshold("cd45", "CD45", "", 0.5, "valley"),
    Threshold("cd3", "CD3", "cd45pos", 0.5),
)
SCALES = {"scatter": ScaleSpec("linear"), "fluorescence": ScaleSpec("log")}
TUBE = TubeTemplate("", SCALES, THRESHOLDS, GATES, populations=())


def template_of(*tubes: TubeTemplate, panel: str = "tbnk") -> GatingTemplate:
    return GatingTemplate("tbnk", "1.0.0", panel, tubes)


def faults(*tubes: TubeTemplate, panel: Panel = PANEL) -> list[str]:
    with pytest.raises(GatingError) as caught:
        check_template(template_of(*tubes), panel, METHODS, where="tbnk.toml")
    return str(caught.value).splitlines()


def with_gate(gate: TemplateGate) -> TubeTemplate:
    return replace(TUBE, gates=(*GATES, gate))


def with_threshold(threshold: Threshold) -> TubeTemplate:
    return replace(TUBE, thresholds=(*THRESHOLDS, threshold))


def test_a_template_whose_parts_fit_is_accepted() -> None:
    check_template(template_of(TUBE), PANEL, METHODS)


@pytest.mark.parametrize("name", shipped_panels())
def test_shipped_templates_fit_the_panel_of_their_name(name: str) -> None:
    from cytoflow_blina.preprocess.panels import load_panel

    template = load_template(shipped_documents() / "templates" / f"{name}.toml")
    panel = load_panel(shipped_documents() / "panels" / f"{name}.toml")

    check_template(template, panel, KNOWN_METHODS)
    assert template.name == template.panel == name


@pytest.mark.parametrize("name", sorted(p.stem for p in REAL.glob("panels/*.toml")))
def test_templates_of_the_real_tubes_fit_their_panels(name: str) -> None:
    from cytoflow_blina.preprocess.panels import load_panel

    template = load_template(REAL / "templates" / f"{name}.toml")

    check_template(
        template, load_panel(REAL / "panels" / f"{name}.toml"), KNOWN_METHODS
    )


def test_a_marker_that_the_panel_lacks_is_named_with_the_nearest() -> None:
    tube = with_gate(above("cd45pos/b", "CD9", 0.5))

    assert faults(tube) == [
        (
            "tbnk.toml: tube[0].gate[2]: 'cd45pos/b' uses marker 'CD9'; panel 'tbnk' "
            "has CD3, CD19, CD45. Did you mean 'CD19'?"
        )
    ]


def test_a_gate_stands_below_its_parent() -> None:
    tube = replace(TUBE, gates=GATES[::-1], thresholds=THRESHOLDS)

    assert faults(tube)[0] == (
        "tbnk.toml: tube[0].gate[0]: 'cd45pos/t' stands above 'cd45pos', which it "
        "needs. Move 'cd45pos' up."
    )


def test_a_parent_must_exist() -> None:
    tube = with_gate(above("cd45neg/t", "CD3", 0.5))

    assert faults(tube) == [
        (
            "tbnk.toml: tube[0].gate[2]: 'cd45neg/t' refers to 'cd45neg', which is no "
            "gate of this tube. Did you mean 'cd45pos'?"
        )
    ]


def test_a_path_stands_once() -> None:
    assert faults(with_gate(GATES[1])) == [
        "tbnk.toml: tube[0].gate[2]: 'cd45pos/t' is defined twice; remove one."
    ]


def test_a_threshold_must_exist() -> None:
    tube = with_gate(above("cd45pos/b", "CD19", "cd13"))

    assert faults(tube) == [
        (
            "tbnk.toml: tube[0].gate[2]: 'cd45pos/b' uses threshold 'cd13'; there are "
            "'cd45', 'cd3'. Did you mean 'cd3'?"
        )
    ]


def test_a_threshold_cuts_its_own_marker() -> None:
    tube = with_gate(above("cd45pos/b", "CD19", "cd3"))

    assert faults(tube) == [
        (
            "tbnk.toml: tube[0].gate[2]: 'cd45pos/b' cuts 'CD19' at threshold 'cd3', "
            "which is one of 'CD3'."
        )
    ]


def test_a_threshold_is_used() -> None:
    tube = with_threshold(Threshold("cd19", "CD19", "cd45pos", 0.5))

    assert faults(tube) == [
        "tbnk.toml: tube[0].threshold[2]: 'cd19' is used by no gate; remove it."
    ]


def test_a_threshold_is_defined_once() -> None:
    assert faults(with_threshold(THRESHOLDS[1])) == [
        "tbnk.toml: tube[0].threshold[2]: 'cd3' is defined twice; remove one."
    ]


def test_a_threshold_is_found_on_a_gate() -> None:
    wrong = (THRESHOLDS[0], replace(THRESHOLDS[1], population="cd45"))

    assert faults(replace(TUBE, thresholds=wrong)) == [
        (
            "tbnk.toml: tube[0].threshold[1]: 'cd3' refers to 'cd45', which is no gate "
            "of this tube. Did you mean 'cd45pos'?"
        )
    ]


def test_a_threshold_is_found_before_it_is_used() -> None:
    wrong = (replace(THRESHOLDS[0], population="cd45pos"), THRESHOLDS[1])

    assert faults(replace(TUBE, thresholds=wrong)) == [
        (
            "tbnk.toml: tube[0].gate[0]: 'cd45pos' needs threshold 'cd45', which is "
            "found on 'cd45pos', a gate that comes only later."
        )
    ]


def test_the_second_choice_of_a_threshold_is_checked_like_the_first() -> None:
    lost = (replace(THRESHOLDS[0], otherwise="lost"), THRESHOLDS[1])
    late = (replace(THRESHOLDS[0], otherwise="cd45pos/t"), THRESHOLDS[1])

    assert faults(replace(TUBE, thresholds=lost)) == [
        (
            "tbnk.toml: tube[0].threshold[0]: 'cd45' refers to 'lost', which is no "
            "gate of this tube."
        )
    ]
    assert faults(replace(TUBE, thresholds=late)) == [
        (
            "tbnk.toml: tube[0].gate[0]: 'cd45pos' needs threshold 'cd45', which is "
            "found on 'cd45pos/t', a gate that comes only later."
        )
    ]


def test_methods_are_known() -> None:
    gate = replace(above("beads", "CD3", 0.7), method="bright_clusters")
    threshold = replace(THRESHOLDS[0], method="valleys")
    tube = replace(TUBE, gates=(*GATES, gate), thresholds=(threshold, *THRESHOLDS[1:]))

    assert faults(tube) == [
        (
            "tbnk.toml: tube[0].threshold[0]: 'cd45' names method 'valleys'; known are "
            "bright_cluster, valley. Did you mean 'valley'?"
        ),
        (
            "tbnk.toml: tube[0].gate[2]: 'beads' names method 'bright_clusters'; known "
            "are bright_cluster, valley. Did you mean 'bright_cluster'?"
        ),
    ]


def test_settings_that_a_method_does_not_read_are_refused() -> None:
    threshold = replace(THRESHOLDS[0], settings={"serach": 0.1, "min_events": 5})

    problems = faults(replace(TUBE, thresholds=(threshold, THRESHOLDS[1])))

    assert problems == [
        (
            "tbnk.toml: tube[0].threshold[0]: 'cd45' gives setting 'serach'; method "
            "'valley' has min_events, search. Did you mean 'search'?"
        )
    ]


def test_settings_without_a_method_are_refused() -> None:
    threshold = replace(THRESHOLDS[1], settings={"search": 0.1})

    problems = faults(replace(TUBE, thresholds=(THRESHOLDS[0], threshold)))

    assert problems == [
        (
            "tbnk.toml: tube[0].threshold[1]: 'cd3' has settings, but names no method; "
            "name one."
        )
    ]


def test_a_method_must_find_what_it_is_named_for() -> None:
    threshold = replace(THRESHOLDS[0], method="bright_cluster")
    tube = replace(TUBE, thresholds=(threshold, THRESHOLDS[1]))
    corners = np.array([[0, 0], [1, 0], [1, 1.0]])
    polygon = TemplateGate(
        "cells", PolygonShape(("CD3", "CD45"), corners), method="valley"
    )

    problems = faults(replace(tube, gates=(*GATES, polygon)))

    assert problems == [
        (
            "tbnk.toml: tube[0].threshold[0]: 'cd45' is a threshold, and method "
            "'bright_cluster' finds a rectangle; choose valley."
        ),
        (
            "tbnk.toml: tube[0].gate[2]: 'cells' is a polygon, and method 'valley' "
            "finds a threshold; choose none."
        ),
    ]


def test_operands_of_a_boolean_gate_stand_above_it() -> None:
    shape = BooleanShape(("cd45pos/t", "later"), ("lost",))
    tube = replace(
        TUBE,
        gates=(*GATES, TemplateGate("both", shape), above("later", "CD3", 0.5)),
    )

    assert faults(tube) == [
        (
            "tbnk.toml: tube[0].gate[2]: 'both' stands above 'later', which it needs. "
            "Move 'later' up."
        ),
        (
            "tbnk.toml: tube[0].gate[2]: 'both' refers to 'lost', which is no gate of "
            "this tube."
        ),
    ]


def test_populations_are_made_of_gates() -> None:
    cd3 = ReportedPopulation("CD3", "CD3+", ("cd45pos/tt", "cd45pos/t"), "cd45")
    twice = ReportedPopulation("CD3", "CD3+", ("cd45pos/t", "cd45pos/t"), "cd45pos")

    assert faults(replace(TUBE, populations=(cd3, twice))) == [
        (
            "tbnk.toml: tube[0].population[0]: 'CD3' refers to 'cd45pos/tt', which is "
            "no gate of this tube. Did you mean 'cd45pos/t'?"
        ),
        (
            "tbnk.toml: tube[0].population[0]: 'CD3' refers to 'cd45', which is no "
            "gate of this tube. Did you mean 'cd45pos'?"
        ),
        "tbnk.toml: tube[0].population[1]: 'CD3' is defined twice; remove one.",
        "tbnk.toml: tube[0].population[1]: 'CD3' adds a gate to itself.",
    ]


def test_the_lymphocyte_and_bead_gates_exist() -> None:
    assert faults(replace(TUBE, lymphocytes="lymph", beads="cd45pos/t")) == [
        (
            "tbnk.toml: tube[0].lymphocytes: 'lymphocytes' refers to 'lymph', which is "
            "no gate of this tube."
        )
    ]


def test_every_kind_of_channel_has_a_scale() -> None:
    scales = {"fluorescence": ScaleSpec("log"), "CD33": ScaleSpec("log")}

    assert faults(replace(TUBE, scales=scales)) == [
        "tbnk.toml: tube[0].scales: has no scale for scatter; add it.",
        (
            "tbnk.toml: tube[0].scales: a scale uses marker 'CD33'; panel 'tbnk' has "
            "CD3, CD19, CD45. Did you mean 'CD3'?"
        ),
    ]


def test_a_template_has_the_tubes_of_its_panel() -> None:
    tubes = (PanelTube("A", PANEL.tubes[0].channels), PanelTube("B", ()))
    panel = replace(PANEL, tubes=tubes)
    a = replace(TUBE, tube="A")

    assert faults(a, a, replace(TUBE, tube="C"), panel=panel) == [
        "tbnk.toml: tube[1]: tube 'A' stands twice; remove one.",
        "tbnk.toml: tube[2]: panel 'tbnk' has no tube 'C'; it has 'A', 'B'.",
        "tbnk.toml: tube 'B' of panel 'tbnk' has no gates; add it.",
    ]


def test_a_template_belongs_to_one_panel() -> None:
    with pytest.raises(GatingError) as caught:
        check_template(template_of(TUBE, panel="other"), PANEL, METHODS)

    assert str(caught.value) == (
        "tbnk: is written for panel 'other', not for 'tbnk'; choose the template that "
        "belongs to the panel."
    )


def test_the_trees_report_the_populations_of_the_counts_table() -> None:
    folder = shipped_documents() / "templates"

    calibur = load_template(folder / "facscalibur-multitest.toml")
    canto = load_template(folder / "facscanto-tbnk.toml")
    navios = load_template(folder / "navios-tetrachrome.toml")

    assert [p.name for p in calibur.tube("A").populations] == [
        *("LYMPH", "CD3", "CD4", "CD8", "DPT", "DNT")
    ]
    assert [p.name for p in calibur.tube("B").populations] == [
        *("LYMPH", "CD3", "NK", "CD19", "NKTLIKE")
    ]
    assert [p.name for p in canto.tube("").populations] == [
        *("LYMPH", "CD3", "CD4", "CD8", "NK", "CD19", "DPT", "DNT", "NKTLIKE")
    ]
    for one, other in zip(calibur.tubes, navios.tubes, strict=True):
        expected = [(p.name, p.paths) for p in one.populations]
        assert [(p.name, p.paths) for p in other.populations] == expected


def test_nk_cells_of_a_panel_without_cd16_say_so() -> None:
    template = load_template(
        shipped_documents() / "templates" / "navios-tetrachrome.toml"
    )

    definitions = {p.name: p.definition for p in template.tube("2").populations}

    assert definitions["NK"] == "CD3-CD19-CD56+ lymphocytes (CD16 not measured)"
    assert definitions["NKTLIKE"] == "CD3+CD56+ lymphocytes (CD16 not measured)"


@pytest.mark.parametrize(
    "name", [one for one in shipped_panels() if not one.startswith("bcp-all-mrd")]
)
def test_cd4_and_cd8_include_the_double_positives(name: str) -> None:
    template = load_template(shipped_documents() / "templates" / f"{name}.toml")
    tube = template.tubes[0]

    by_name = {population.name: population for population in tube.populations}

    for marker in ("CD4", "CD8"):
        own, both = by_name[marker].paths
        assert own == f"cd45pos/lymph/t/t_{marker.lower()}"
        assert both == "cd45pos/lymph/t/t_dp"
        assert "(includes CD4+CD8+)" in by_name[marker].definition


UNGUIDED = Threshold("cd19", "CD19", "cd45pos", method="valley")


def unguided_faults(threshold: Threshold) -> list[str]:
    tube = replace(
        TUBE,
        thresholds=(*THRESHOLDS, threshold),
        gates=(*GATES, above("cd45pos/b", "CD19", "cd19")),
    )
    with pytest.raises(GatingError) as caught:
        check_template(template_of(tube), PANEL, KNOWN_METHODS, where="tbnk.toml")
    return str(caught.value).splitlines()


def test_settings_of_a_search_around_a_place_need_the_place() -> None:
    assert unguided_faults(replace(UNGUIDED, settings={"search": 0.1})) == [
        (
            "tbnk.toml: tube[0].threshold[2]: 'cd19' gives setting 'search'; method "
            "'valley' has max_depth, min_events where no place is given."
        )
    ]


def test_negative_events_are_gated_before_they_are_needed() -> None:
    assert unguided_faults(replace(UNGUIDED, negatives="cd45pos/b")) == [
        (
            "tbnk.toml: tube[0].gate[2]: 'cd45pos/b' needs threshold 'cd19', which is "
            "found on 'cd45pos/b', a gate that comes only later."
        )
    ]


def test_a_method_that_needs_a_place_says_so() -> None:
    methods = {**METHODS, "valley": KnownMethod("threshold", frozenset())}
    tube = replace(TUBE, thresholds=(replace(THRESHOLDS[0], at=None), THRESHOLDS[1]))

    with pytest.raises(GatingError) as caught:
        check_template(template_of(tube), PANEL, methods, where="tbnk.toml")

    assert str(caught.value) == (
        "tbnk.toml: tube[0].threshold[0]: 'cd45' does not say where it lies, and "
        "method 'valley' needs a place to start from; give it one."
    )
