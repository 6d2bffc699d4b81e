"""Check FlowJo workspaces against FlowKit's reading, and what is left out of them."""

import csv
import warnings
from pathlib import Path

import flowkit
import numpy as np
import pytest

from cytoflow_blina.bridge.gating_ml import write_gating_ml
from cytoflow_blina.bridge.workspaces import read_workspace
from cytoflow_blina.domain.events import BoolArray, Channel, Dimension, RawEvents
from cytoflow_blina.domain.gate import BooleanGate, GatingStrategy
from cytoflow_blina.domain.scale import (
    ArcsinhScale,
    FlowJoBiexScale,
    FlowJoLogScale,
    LinearScale,
    LogicleScale,
)
from cytoflow_blina.errors import GatingError
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.apply import apply_strategy
from cytoflow_blina.preprocess.rescale import scale_for_strategy

REAL = [
    ("mouse_workspace/gating.wsp", "68983.fcs"),
    *(
        (f"gatingml/simple_diamond_example/{name}.wsp", "test_data_diamond_01.fcs")
        for name in (
            "simple_diamond_example_quad_gate",
            "test_data_diamond_asinh_rect",
            "test_data_diamond_asinh_rect2",
            "test_data_diamond_biex_rect",
        )
    ),
    *(
        (f"gatingml/simple_line_example/{name}.wsp", "data_set_simple_line_100.fcs")
        for name in (
            "simple_poly_and_rect",
            "simple_poly_and_rect_v2_poly50",
            "single_ellipse_51_events",
        )
    ),
]


def masks_of(strategy: GatingStrategy, events: RawEvents) -> dict[str, BoolArray]:
    """Apply a strategy."""
    found = apply_strategy(strategy, scale_for_strategy(events, strategy, None))
    return {path: one.mask for path, one in found.items()}


def flowkits_masks(workspace: Path, fcs: Path) -> dict[str, BoolArray]:
    """Let FlowKit read and apply a workspace."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sample = flowkit.Sample(fcs, filename_as_id=True)
        opened = flowkit.Workspace(workspace, [sample])
        opened.analyze_samples(use_mp=False)
    return {
        "/".join((*path, name)[1:]): opened.get_gate_membership(sample.id, name, path)
        for name, path in opened.get_gate_ids(sample.id)
    }


@pytest.mark.parametrize(("name", "fcs"), REAL)
def test_every_event_is_where_flowkit_has_it(
    shared_data: Path, name: str, fcs: str
) -> None:
    workspace = shared_data / name
    expected = flowkits_masks(workspace, workspace.parent / fcs)

    strategy = read_workspace(workspace)[fcs]

    assert strategy.notes == ()
    masks = masks_of(strategy, read_tube(workspace.parent / fcs).events)
    assert masks.keys() == expected.keys()
    for path, mask in expected.items():
        np.testing.assert_array_equal(masks[path], mask, err_msg=path)


def test_the_counts_of_the_mouse_are_those_published(shared_data: Path) -> None:
    folder = shared_data / "mouse_workspace"
    with (folder / "truth.csv").open(newline="") as handle:
        truth = {
            row["population_path"].removeprefix("root/"): int(row["count"])
            for row in csv.DictReader(handle)
        }

    strategy = read_workspace(folder / "gating.wsp")["68983.fcs"]

    masks = masks_of(strategy, read_tube(folder / "68983.fcs").events)
    assert {path: int(mask.sum()) for path, mask in masks.items()} == truth


def rectangle(low: float, high: float, *, attributes: str = "", on: str = "A") -> str:
    """Write a range."""
    return f"""<Gate><gating:RectangleGate {attributes}>
      <gating:dimension gating:min="{low}" gating:max="{high}">
        <data-type:fcs-dimension data-type:name="{on}"/>
      </gating:dimension></gating:RectangleGate></Gate>"""


def population(name: str, gate: str, *below: str) -> str:
    """Write a population."""
    inner = f"<Subpopulations>{''.join(below)}</Subpopulations>" if below else ""
    return f'<Population name="{name}" owningGroup="">{gate}{inner}</Population>'


def combination(kind: str, name: str, *operands: str) -> str:
    """Write a Boolean population."""
    dependents = "".join(f'<Dependent name="{operand}"/>' for operand in operands)
    return (
        f'<{kind} name="{name}" owningGroup=""><Dependents>{dependents}</Dependents>'
        f"</{kind}>"
    )


LINEAR = """<transforms:linear transforms:minRange="0" transforms:maxRange="10">
  <data-type:parameter data-type:name="A"/></transforms:linear>"""


def sample(*populations: str, name: str = "a.fcs", scales: str = LINEAR) -> str:
    """Write a sample."""
    return f"""<Sample><DataSet uri="file:/a.fcs"/>
      <Transformations>{scales}</Transformations><Keywords/>
      <SampleNode name="{name}" sampleID="{name}">
        <Subpopulations>{"".join(populations)}</Subpopulations>
      </SampleNode></Sample>"""


def workspace(folder: Path, *samples: str, version: str = "10.8.1") -> Path:
    """Write a workspace."""
    space = "http://www.isac-net.org/std/Gating-ML/v2.0"
    path = folder / "lab.wsp"
    path.write_text(
        f"""<Workspace flowJoVersion="{version}" xmlns:gating="{space}/gating"
        xmlns:transforms="{space}/transformations" xmlns:data-type="{space}/datatypes">
        <Groups/><SampleList>{"".join(samples)}</SampleList></Workspace>"""
    )
    return path


def ten_events() -> RawEvents:
    """Make events at 0, 1, ..., 9 on detector A."""
    return RawEvents((np.arange(10.0),), (Channel("A", "", "fluorescence", 10.0),))


def members(strategy: GatingStrategy) -> dict[str, list[int]]:
    """List the events of each population."""
    masks = masks_of(strategy, ten_events())
    return {path: np.flatnonzero(mask).tolist() for path, mask in masks.items()}


def test_boolean_populations_are_read_wherever_they_stand(tmp_path: Path) -> None:
    path = workspace(
        tmp_path,
        sample(
            combination("AndNode", "both", "low", "high/top"),
            combination("OrNode", "any", "low", "high/top"),
            combination("NotNode", "not low", "low"),
            population("low", rectangle(0, 7)),
            population("high", rectangle(4, 10), population("top", rectangle(6, 10))),
        ),
    )

    strategy = read_workspace(path)["a.fcs"]

    found = members(strategy)
    assert found["both"] == [6]
    assert found["any"] == list(range(10))
    assert found["not low"] == [7, 8, 9]


def test_the_outside_of_a_gate_becomes_a_boolean_gate(tmp_path: Path) -> None:
    outside = population("out", rectangle(2, 8, attributes='eventsInside="0"'))
    inner = population("in", rectangle(0, 5), outside)

    strategy = read_workspace(workspace(tmp_path, sample(inner)))["a.fcs"]

    assert members(strategy) == {
        "in": [0, 1, 2, 3, 4],
        "in/out (inside)": [2, 3, 4],
        "in/out": [0, 1],
    }
    assert isinstance(strategy.nodes[-1].gate, BooleanGate)
    assert strategy.notes == (
        "in/out: what is outside a shape, which is added as 'in/out (inside)'.",
    )


def test_gates_that_cannot_be_read_are_told_with_all_that_hangs_on_them(
    tmp_path: Path,
) -> None:
    curly = "<Gate><gating:CurlyQuad/></Gate>"
    path = workspace(
        tmp_path,
        sample(
            population("quad", curly, population("child", rectangle(0, 1))),
            combination("NotNode", "rest", "quad/child"),
            combination("NotNode", "rest of rest", "rest"),
            population("kept", rectangle(0, 3)),
        ),
    )

    strategy = read_workspace(path)["a.fcs"]

    assert members(strategy) == {"kept": [0, 1, 2]}
    assert strategy.notes == (
        "quad: not taken over, FlowKit does not know its shape (CurlyQuad).",
        "quad/child: not taken over, it needs quad.",
        "rest: not taken over, it needs quad/child.",
        "rest of rest: not taken over, it needs rest.",
    )


def test_a_scale_that_cannot_be_read_takes_its_gates_with_it(tmp_path: Path) -> None:
    miltenyi = """<transforms:miltenyi><data-type:parameter data-type:name="B"/>
      </transforms:miltenyi>"""
    path = workspace(
        tmp_path,
        sample(
            population("on A", rectangle(0, 3)),
            population("on B", rectangle(0, 3, on="B")),
            scales=LINEAR + miltenyi,
        ),
    )

    strategy = read_workspace(path)["a.fcs"]

    assert strategy.paths == ("on A",)
    assert strategy.notes == (
        "on B: not taken over, FlowKit does not know the scale miltenyi of B.",
    )


def test_scales_keep_their_parameters(tmp_path: Path) -> None:
    tmwa = 'transforms:T="1000" transforms:M="4" transforms:W="1" transforms:A="0.5"'
    scales = "".join(
        f'<transforms:{kind} {tmwa}><data-type:parameter data-type:name="{name}"/>'
        f"</transforms:{kind}>"
        for kind, name in (("logicle", "B"), ("fasinh", "C"))
    )

    strategy = read_workspace(workspace(tmp_path, sample(scales=LINEAR + scales)))

    assert strategy["a.fcs"].scales == {
        "A": LinearScale(10, 0),
        "B": LogicleScale(1000, 1, 4, 0.5),
        "C": ArcsinhScale(1000, 4, 0.5),
    }


def test_flowjos_own_scales_are_kept(tmp_path: Path) -> None:
    log = """<transforms:log transforms:offset="2" transforms:decades="3">
      <data-type:parameter data-type:name="A"/></transforms:log>"""
    biex = """<transforms:biex transforms:neg="0" transforms:width="-10"
      transforms:pos="4.5" transforms:maxRange="1000" transforms:length="256">
      <data-type:parameter data-type:name="B"/></transforms:biex>"""

    strategy = read_workspace(workspace(tmp_path, sample(scales=log + biex)))

    assert strategy["a.fcs"].scales == {
        "A": FlowJoLogScale(2, 3),
        "B": FlowJoBiexScale(0, -10, 4.5, 1000),
    }


def matrix(coefficients: int, spectral: int = 0) -> str:
    """Write the matrix of one detector that is seen by one or more."""
    seen = "".join(
        f'<transforms:coefficient data-type:parameter="{name}" transforms:value="1"/>'
        for name in "AB"[:coefficients]
    )
    return f"""<transforms:spilloverMatrix name="m" prefix="Comp-" suffix=""
      spectral="{spectral}" weightOptAlgorithmType="OLS"><data-type:parameters>
      <data-type:parameter data-type:name="A"/></data-type:parameters>
      <transforms:spillover data-type:parameter="A">{seen}</transforms:spillover>
      </transforms:spilloverMatrix>"""


def test_a_compensated_dimension_names_its_matrix(tmp_path: Path) -> None:
    gate = population("x", rectangle(0, 3, on="Comp-A"))
    path = workspace(
        tmp_path, sample(gate).replace("<Keywords/>", f"<Keywords/>{matrix(1)}")
    )

    strategy = read_workspace(path)["a.fcs"]

    assert strategy.dimensions == (Dimension("A", "m", "A"),)
    assert members(strategy) == {"x": [0, 1, 2]}


def test_a_spectral_matrix_is_refused(tmp_path: Path) -> None:
    content = sample().replace("<Keywords/>", f"<Keywords/>{matrix(2, spectral=1)}")

    with pytest.raises(GatingError) as caught:
        read_workspace(workspace(tmp_path, content))

    assert str(caught.value) == (
        "lab.wsp, sample 'a.fcs': is compensated spectrally, which is not supported."
    )


def test_what_flowkit_cannot_read_is_said_in_its_words(tmp_path: Path) -> None:
    content = sample().replace("<Keywords/>", f"<Keywords/>{matrix(1)}{matrix(1)}")

    with pytest.raises(GatingError) as caught:
        read_workspace(workspace(tmp_path, content))

    assert str(caught.value) == (
        "lab.wsp: cannot be read by FlowKit: Multiple spillover matrices per sample "
        "are not supported."
    )


def test_one_sample_can_be_asked_for(tmp_path: Path) -> None:
    path = workspace(
        tmp_path,
        sample(population("x", rectangle(0, 3)), name="a.fcs"),
        sample(population("y", rectangle(0, 3)), name="b.fcs"),
    )

    assert list(read_workspace(path)) == ["a.fcs", "b.fcs"]
    assert [one.paths for one in read_workspace(path, sample="b.fcs").values()] == [
        ("y",)
    ]
    with pytest.raises(GatingError) as caught:
        read_workspace(path, sample="b.fsc")
    assert str(caught.value) == (
        "lab.wsp: has no sample 'b.fsc'; it has a.fcs, b.fcs. Did you mean 'b.fcs'?"
    )


@pytest.mark.parametrize("version", ["9.9", ""])
def test_an_older_flowjo_is_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(GatingError) as caught:
        read_workspace(workspace(tmp_path, version=version))

    assert str(caught.value) == (
        f"lab.wsp: is not a workspace of FlowJo 10 (version {version!r})."
    )


def test_a_population_without_a_shape_is_told(tmp_path: Path) -> None:
    path = workspace(tmp_path, sample(population("a", ""), population("b", "<Gate/>")))

    notes = read_workspace(path)["a.fcs"].notes

    assert notes == (
        "a: not taken over, FlowKit does not know its shape (none).",
        "b: not taken over, FlowKit does not know its shape (none).",
    )


def test_of_two_populations_of_one_name_the_first_is_taken(tmp_path: Path) -> None:
    path = workspace(
        tmp_path,
        sample(population("a", rectangle(0, 3)), population("a", rectangle(5, 9))),
    )

    strategy = read_workspace(path)["a.fcs"]

    assert members(strategy) == {"a": [0, 1, 2]}
    assert strategy.notes == ("a: a second population of this name, not taken over.",)


def test_of_two_samples_of_one_name_the_first_is_taken(tmp_path: Path) -> None:
    path = workspace(
        tmp_path,
        sample(population("x", rectangle(0, 3))),
        sample(population("y", rectangle(0, 3))),
        sample(population("z", rectangle(0, 3)), name="b.fcs"),
    )

    strategies = read_workspace(path)

    assert {name: one.paths for name, one in strategies.items()} == {
        "a.fcs": ("x",),
        "b.fcs": ("z",),
    }
    assert strategies["a.fcs"].notes == (
        "A second sample of this name was not taken over.",
    )
    assert strategies["b.fcs"].notes == ()


def test_a_sample_without_its_node_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GatingError) as caught:
        read_workspace(workspace(tmp_path, "<Sample/>"))

    assert str(caught.value) == (
        "lab.wsp: holds a sample without a SampleNode. Save it again with FlowJo."
    )


def test_a_polygon_on_one_dimension_is_told(tmp_path: Path) -> None:
    line = rectangle(0, 3).replace("RectangleGate", "PolygonGate")
    path = workspace(tmp_path, sample(population("a", line)))

    notes = read_workspace(path)["a.fcs"].notes

    assert notes == ("a: not taken over, it has 1 dimensions in place of 2.",)


def test_a_workspace_on_linear_axes_can_be_written_as_gating_ml(tmp_path: Path) -> None:
    path = workspace(tmp_path, sample(population("x", rectangle(0, 3))))
    strategy = read_workspace(path)["a.fcs"]

    write_gating_ml(strategy, tmp_path / "gates.xml")

    assert (tmp_path / "gates.xml").exists()
