"""Check what Gating-ML documents keep, and what they are refused for."""

from dataclasses import replace
from math import inf, nextafter
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from cytoflow_blina.bridge.gating_ml import read_gating_ml, write_gating_ml
from cytoflow_blina.bridge.gating_ml.ids import decode, encode
from cytoflow_blina.domain.events import Dimension
from cytoflow_blina.domain.gate import (
    BooleanGate,
    EllipsoidGate,
    Gate,
    GateNode,
    GatingStrategy,
    Limits,
    Operand,
    PolygonGate,
    RectangleGate,
)
from cytoflow_blina.domain.scale import (
    ArcsinhScale,
    FlowJoLogScale,
    HyperlogScale,
    LinearScale,
    LogicleScale,
    LogScale,
    Ratio,
    Scale,
)
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.errors import GatingError

Shape = TypeVar("Shape", bound=Gate)

X, Y = Dimension("FSC-A"), Dimension("SSC-A")
SPILL = Spillover(("FITC-A", "PE-A"), np.array([[1.0, 0.1 + 0.2], [1 / 3, 1.0]]))
NAMESPACES = """
    xmlns:gating="http://www.isac-net.org/std/Gating-ML/v2.0/gating"
    xmlns:transforms="http://www.isac-net.org/std/Gating-ML/v2.0/transformations"
    xmlns:data-type="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes"
"""
RANGE = """
<gating:RectangleGate gating:id="a">
  <gating:dimension gating:compensation-ref="uncompensated" gating:min="1">
    <data-type:fcs-dimension data-type:name="FSC-A"/>
  </gating:dimension>
</gating:RectangleGate>
"""
MATRIX = """
<transforms:spectrumMatrix transforms:id="m">
  <transforms:fluorochromes>
    <data-type:fcs-dimension data-type:name="FITC"/>
    <data-type:fcs-dimension data-type:name="PE"/>
  </transforms:fluorochromes>
  <transforms:detectors>
    <data-type:fcs-dimension data-type:name="FL1-A"/>
    <data-type:fcs-dimension data-type:name="FL2-A"/>
  </transforms:detectors>
  <transforms:spectrum>
    <transforms:coefficient transforms:value="1"/>
    <transforms:coefficient transforms:value="0.5"/>
  </transforms:spectrum>
  <transforms:spectrum>
    <transforms:coefficient transforms:value="0"/>
    <transforms:coefficient transforms:value="1"/>
  </transforms:spectrum>
</transforms:spectrumMatrix>
"""


def above(limit: float) -> RectangleGate:
    """Cut forward scatter."""
    return RectangleGate((Limits(X, at_least=limit),))


def tree(**gates: Gate) -> GatingStrategy:
    """Build gates; two underscores stand for a slash."""
    nodes = (GateNode(path.replace("__", "/"), gate) for path, gate in gates.items())
    return GatingStrategy(tuple(nodes))


def shape(strategy: GatingStrategy, path: str, kind: type[Shape]) -> Shape:
    """Find a gate that must be of a kind."""
    gate = next(node.gate for node in strategy.nodes if node.path == path)
    assert isinstance(gate, kind)
    return gate


def through_a_file(strategy: GatingStrategy, folder: Path) -> GatingStrategy:
    """Write and read."""
    write_gating_ml(strategy, folder / "gates.xml")
    return read_gating_ml(folder / "gates.xml")


def document(folder: Path, content: str) -> Path:
    """Write a document by hand."""
    path = folder / "gates.xml"
    text = f"<gating:Gating-ML {NAMESPACES}>{content}</gating:Gating-ML>"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, content: str) -> list[str]:
    """Read a document by hand that must be refused; what is said, without places."""
    with pytest.raises(GatingError) as caught:
        read_gating_ml(document(folder, content))
    assert all(
        one.where.startswith("gates.xml, line ") for one in caught.value.problems
    )
    return [one.message for one in caught.value.problems]


def gate_on(dimension: Dimension, limit: float = 0.5) -> RectangleGate:
    """Cut any dimension."""
    return RectangleGate((Limits(dimension, at_least=limit),))


def test_scales_matrices_and_ratios_come_back_to_the_last_bit(tmp_path: Path) -> None:
    third = 1 / 3
    strategy = GatingStrategy(
        (GateNode("a", above(1)),),
        scales={
            "linear": LinearScale(262144.1, third),
            "log": LogScale(1e4, 4.5),
            "asinh": ArcsinhScale(1e5, 4, third),
            "logicle": LogicleScale(262144, third, 4.5, 0.1),
            "hyperlog": HyperlogScale(262144, 0.1 + 0.2, 4.5, -0.1),
        },
        matrices={"mine": SPILL},
        ratios={"r": Ratio("PE-A", "FITC-A", third, -1e-300, 1e300)},
    )

    again = through_a_file(strategy, tmp_path)

    assert again.scales == strategy.scales
    assert again.ratios == strategy.ratios
    assert again.matrices["mine"].detectors == SPILL.detectors
    np.testing.assert_array_equal(again.matrices["mine"].matrix, SPILL.matrix)


def test_gates_come_back_to_the_last_bit(tmp_path: Path) -> None:
    third = 1 / 3
    corners = np.array([[0.1, 0.2], [third, 5e-324], [1.7e308, -third]])
    covariance = np.array([[2.0, third, 0], [third, 1.0, 0.1], [0, 0.1, 1.0]])
    z = Dimension("PE-A", "FCS")
    strategy = tree(
        r=RectangleGate((Limits(X, third, 2 * third), Limits(Y, below=-0.0))),
        r__p=PolygonGate((X, Y), corners),
        e=EllipsoidGate((X, Y, z), np.array([third, 0.1, -1]), covariance, third),
        b=BooleanGate("and", (Operand("r/p"), Operand("e", complement=True))),
        b__n=BooleanGate("not", (Operand("r"),)),
    )

    again = through_a_file(strategy, tmp_path)

    assert again.paths == strategy.paths
    read = {node.path: node.gate for node in again.nodes}
    sent = {node.path: node.gate for node in strategy.nodes}
    for path in ("r", "b", "b/n"):
        assert read[path] == sent[path]
    polygon = shape(again, "r/p", PolygonGate)
    assert polygon.dimensions == (X, Y)
    np.testing.assert_array_equal(polygon.vertices, corners)
    ellipsoid = shape(again, "e", EllipsoidGate)
    assert ellipsoid.dimensions == (X, Y, z)
    np.testing.assert_array_equal(ellipsoid.center, [third, 0.1, -1])
    np.testing.assert_array_equal(ellipsoid.covariance, covariance)
    assert ellipsoid.distance_squared == third


@given(st.floats(allow_nan=False), st.floats(allow_nan=False, allow_infinity=False))
def test_any_limit_comes_back(
    tmp_path_factory: pytest.TempPathFactory, low: float, high: float
) -> None:
    gate = RectangleGate((Limits(X, low, high),))

    again = through_a_file(tree(a=gate), tmp_path_factory.getbasetemp())

    open_at_the_end = replace(gate.limits[0], at_least=None if low == -inf else low)
    assert again.nodes[0].gate == RectangleGate((open_at_the_end,))


def test_the_same_gates_give_the_same_bytes(tmp_path: Path) -> None:
    scales: dict[str, Scale] = {"b": LogScale(1, 2), "a": LinearScale(3)}
    gates = tree(a=above(1), a__b=above(nextafter(1, 2))).nodes

    write_gating_ml(GatingStrategy(gates, scales), tmp_path / "1.xml")
    turned = dict(reversed(scales.items()))
    write_gating_ml(GatingStrategy(gates, turned), tmp_path / "2.xml")
    write_gating_ml(read_gating_ml(tmp_path / "1.xml"), tmp_path / "3.xml")

    first = (tmp_path / "1.xml").read_bytes()
    assert first == (tmp_path / "2.xml").read_bytes()
    assert first == (tmp_path / "3.xml").read_bytes()


def test_names_that_occur_twice_are_kept_apart(tmp_path: Path) -> None:
    strategy = tree(
        a=above(1), b=above(2), a__t=above(3), b__t=above(4), b__t__a=above(5),
        n=BooleanGate("or", (Operand("a/t"), Operand("b/t/a"))),
    )  # fmt: skip

    again = through_a_file(strategy, tmp_path)

    assert again.nodes == strategy.nodes


@pytest.mark.parametrize(
    "name",
    ["CD3+", "CD4+ CD8-", "1st", "root", "_x002B_", "µ", "Ly6G⁻", "-", "a.b", "T&B<"],
)
def test_names_may_hold_any_character(tmp_path: Path, name: str) -> None:
    dimension = Dimension("FSC-A", scale=name)
    strategy = GatingStrategy(
        (GateNode(name, gate_on(dimension)), GateNode(f"{name}/c", above(1))),
        scales={name: LinearScale(1)},
    )

    again = through_a_file(strategy, tmp_path)

    assert again.nodes == strategy.nodes
    assert again.scales == strategy.scales


@given(st.text())
def test_every_label_has_an_xml_name_and_comes_back(label: str) -> None:
    assert decode(encode(label)) == label
    if label:
        etree.QName(encode(label))


def test_a_gate_a_scale_a_matrix_and_a_ratio_may_share_a_name(tmp_path: Path) -> None:
    strategy = GatingStrategy(
        (
            GateNode("s", gate_on(Dimension("PE-A", "s", "s"))),
            GateNode("r", gate_on(Dimension("s", "s", "s", is_ratio=True))),
        ),
        scales={"s": LinearScale(1)},
        matrices={"s": SPILL},
        ratios={"s": Ratio("PE-A", "FITC-A", 1, 0, 0)},
    )

    again = through_a_file(strategy, tmp_path)

    assert again.nodes == strategy.nodes
    assert again.scales.keys() == again.matrices.keys() == again.ratios.keys() == {"s"}


def quadrants(x: float, y: float, name: str = "q") -> dict[str, RectangleGate]:
    """Divide a plane in four."""
    return {
        f"{one}{two}": RectangleGate((Limits(X, *left), Limits(Y, *low)), name)
        for one, left in (("n", (None, x)), ("p", (x, None)))
        for two, low in (("n", (None, y)), ("p", (y, None)))
    }


@pytest.mark.parametrize(("x", "y"), [(0.4, 0.5), (-0.4, 0.0), (0.0, -1e9)])
def test_quadrants_are_written_as_a_quadrant_gate(
    tmp_path: Path, x: float, y: float
) -> None:
    strategy = tree(a=above(1), **{f"a__{k}": g for k, g in quadrants(x, y).items()})

    again = through_a_file(strategy, tmp_path)

    assert again.nodes == strategy.nodes
    text = (tmp_path / "gates.xml").read_text()
    assert text.count("<gating:QuadrantGate") == 1
    assert text.count("<gating:Quadrant ") == 4
    assert text.count("<gating:RectangleGate") == 1


def test_two_quadrant_gates_of_one_name_may_stand_in_two_places(tmp_path: Path) -> None:
    strategy = tree(
        q=above(1),
        **{f"q__{k}": gate for k, gate in quadrants(1, 2).items()},
        **{f"q__pp__{k}": gate for k, gate in quadrants(3, 4).items()},
    )

    again = through_a_file(strategy, tmp_path)

    assert again.nodes == strategy.nodes


def test_a_quadrant_that_was_moved_is_written_as_the_rectangle_it_is(
    tmp_path: Path,
) -> None:
    moved = {
        **quadrants(1, 2),
        "pp": RectangleGate((Limits(X, 1.5), Limits(Y, 2.5)), "q"),
    }

    again = through_a_file(tree(**moved), tmp_path)

    assert {node.path: node.gate for node in again.nodes} == {
        path: replace(gate, quadrant_gate=None) for path, gate in moved.items()
    }


def test_a_lone_operand_of_and_is_joined_with_itself(tmp_path: Path) -> None:
    lone = BooleanGate("and", (Operand("a", complement=True),))

    again = through_a_file(tree(a=above(1), b=lone), tmp_path)

    assert shape(again, "b", BooleanGate).operands == lone.operands * 2


def test_parents_and_operands_come_first_whatever_the_document_says(
    tmp_path: Path,
) -> None:
    content = """
      <gating:BooleanGate gating:id="n" gating:parent_id="a">
        <gating:and>
          <gating:gateReference gating:ref="a" gating:use-as-complement="1"/>
          <gating:gateReference gating:ref="a" gating:use-as-complement="false"/>
        </gating:and>
      </gating:BooleanGate>"""

    strategy = read_gating_ml(document(tmp_path, content + RANGE))

    assert strategy.paths == ("a", "a/n")
    operands = shape(strategy, "a/n", BooleanGate).operands
    assert [one.complement for one in operands] == [True, False]


def test_a_dimension_named_by_its_dye_is_that_of_its_detector(tmp_path: Path) -> None:
    gate = RANGE.replace("uncompensated", "m").replace("FSC-A", "PE")

    strategy = read_gating_ml(document(tmp_path, MATRIX + gate))

    assert strategy.dimensions == (Dimension("FL2-A", "m"),)


def test_a_matrix_that_is_stored_inverted_is_inverted_back(tmp_path: Path) -> None:
    inverted = MATRIX.replace('"m"', '"m" transforms:matrix-inverted-already="1"')

    strategy = read_gating_ml(document(tmp_path, inverted + RANGE))

    np.testing.assert_array_equal(strategy.matrices["m"].matrix, [[1, -0.5], [0, 1]])


def test_an_entity_is_refused_unexpanded(tmp_path: Path) -> None:
    path = tmp_path / "gates.xml"
    path.write_text('<!DOCTYPE g [<!ENTITY e SYSTEM "file:///etc/hosts">]><g>&e;</g>')

    with pytest.raises(GatingError) as caught:
        read_gating_ml(path)

    assert str(caught.value) == (
        "gates.xml: declares a document type or entities, which are refused. Remove "
        "the DOCTYPE."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '<?xml version="1.0" encoding="shift_jis"?><g/>',
            "gates.xml: is in an encoding that is not read. Save it as UTF-8.",
        ),
        (
            '<?xml version="1.0" encoding="nonsense"?><g/>',
            "gates.xml: is in an encoding that is not read. Save it as UTF-8.",
        ),
        (
            "<g>" * 300 + "</g>" * 300,
            (
                "gates.xml: cannot be read: Excessive depth in document: 256, use "
                "XML_PARSE_HUGE option, line 1, column 771."
            ),
        ),
    ],
    ids=["unread encoding", "unknown encoding", "depth"],
)
def test_text_that_is_beyond_the_parser_is_refused(
    tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "gates.xml"
    path.write_text(content)

    with pytest.raises(GatingError) as caught:
        read_gating_ml(path)

    assert str(caught.value) == message


def test_text_that_is_no_xml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "gates.xml"
    path.write_text("<gates>\n<gate></gates>")

    with pytest.raises(GatingError) as caught:
        read_gating_ml(path)

    assert str(caught.value) == (
        "gates.xml, line 2: is not well-formed XML near column 9 (mismatched tag: line "
        "2, column 8)."
    )


def test_a_missing_file_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(GatingError) as caught:
        read_gating_ml(tmp_path / "gone.xml")

    assert str(caught.value) == "gone.xml: cannot be read: No such file or directory."


def test_every_breach_of_the_schema_is_told_with_its_line(tmp_path: Path) -> None:
    broken = RANGE.replace('gating:min="1"', 'gating:min="one"')
    second = RANGE.replace('gating:id="a"', "")

    assert problems(tmp_path, broken + second) == [
        (
            "Element 'dimension', attribute 'min': 'one' is not a valid value of the "
            "atomic type 'Float64_Type'."
        ),
        "Element 'RectangleGate': The attribute 'id' is required but missing.",
    ]


def test_references_that_lead_nowhere_are_told_with_what_there_is(
    tmp_path: Path,
) -> None:
    lost = RANGE.replace(
        'gating:compensation-ref="uncompensated"',
        'gating:compensation-ref="n" gating:transformation-ref="log"',
    ).replace('gating:id="a"', 'gating:id="b" gating:parent_id="c"')

    assert problems(tmp_path, MATRIX + RANGE + lost) == [
        "refers to the matrix 'n', which is not defined; defined: m.",
        "refers to the scale 'log', which is not defined; defined: none.",
        "refers to the gate 'c', which is not defined; defined: a, b.",
    ]


def test_gates_in_a_circle_are_refused(tmp_path: Path) -> None:
    first = RANGE.replace('gating:id="a"', 'gating:id="a" gating:parent_id="b"')
    second = RANGE.replace('gating:id="a"', 'gating:id="b" gating:parent_id="a"')

    assert problems(tmp_path, first + second) == [
        "gate 'a' needs itself, by way of its parent or operands.",
        "gate 'b' needs itself, by way of its parent or operands.",
    ]


def test_a_quadrant_gate_is_no_parent(tmp_path: Path) -> None:
    write_gating_ml(tree(**quadrants(1, 2)), tmp_path / "gates.xml")
    child = RANGE.replace('gating:id="a"', 'gating:id="a" gating:parent_id="q"')
    text = (tmp_path / "gates.xml").read_text()
    content = text.partition(">\n")[2].partition(">")[2].rpartition("</")[0]

    assert problems(tmp_path, content + child) == [
        (
            "refers to the quadrant gate 'q'; only one of its quadrants can be a "
            "parent or an operand."
        )
    ]


def transformation(curve: str) -> str:
    """Wrap a curve."""
    return (
        f'<transforms:transformation transforms:id="s">{curve}'
        "</transforms:transformation>"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            transformation(
                '<transforms:logicle transforms:T="100" transforms:W="3" '
                'transforms:M="4" transforms:A="0"/>'
            ),
            ("W must not exceed M/2, nor A leave -W to M-2W (W=3.0, M=4.0, A=0.0)."),
        ),
        (
            transformation(
                '<transforms:fasinh transforms:T="100" transforms:M="4" '
                'transforms:A="5"/>'
            ),
            "A must not exceed M (M=4.0, A=5.0).",
        ),
        (
            transformation('<transforms:flin transforms:T="100" transforms:A="-100"/>'),
            "T + A must be positive (T=100.0, A=-100.0).",
        ),
        (
            transformation(
                '<transforms:flog transforms:T="100" transforms:M="4"/>'
            ).replace('"s"', '"s" transforms:boundMin="0"'),
            "boundMin and boundMax are not supported.",
        ),
        (
            MATRIX.replace("0.5", "0").replace('value="1"', 'value="0"'),
            "cannot be inverted.",
        ),
        (
            MATRIX.replace('<transforms:coefficient transforms:value="0.5"/>', ""),
            (
                "has 2 detectors, 2 fluorochromes and 2 spectra; only square matrices "
                "can be undone."
            ),
        ),
        (MATRIX.replace('"m"', '"FCS"'), "'FCS' is not an id but has a meaning."),
        (RANGE.replace('min="1"', 'min="NaN"'), "min is NaN."),
        (MATRIX.replace("0.5", "INF"), "value is infinite; give a number."),
        (
            transformation(
                '<transforms:logicle transforms:T="1e99" transforms:W="1" '
                'transforms:M="4" transforms:A="0"/>'
            ),
            "T must lie between 1e-30 and 1e+30, and M not exceed 50 (T=1e+99, M=4.0).",
        ),
        (
            transformation('<transforms:flog transforms:T="10" transforms:M="51"/>'),
            "T must lie between 1e-30 and 1e+30, and M not exceed 50 (T=10.0, M=51.0).",
        ),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    tmp_path: Path, content: str, message: str
) -> None:
    assert problems(tmp_path, content + RANGE.replace('"a"', '"z"')) == [message]


def test_an_ellipsoid_with_a_number_missing_is_refused(tmp_path: Path) -> None:
    gate = EllipsoidGate((X, Y), np.zeros(2), np.eye(2), 1.0)
    write_gating_ml(tree(e=gate), tmp_path / "gates.xml")
    text = (tmp_path / "gates.xml").read_text()
    entry = '<gating:entry data-type:value="1.0"/>'
    (tmp_path / "gates.xml").write_text(text.replace(entry, "", 1))

    with pytest.raises(GatingError, match="has 2 dimensions; the mean must have as"):
        read_gating_ml(tmp_path / "gates.xml")


def test_an_ellipsoid_at_an_infinite_distance_is_refused(tmp_path: Path) -> None:
    gate = EllipsoidGate((X, Y), np.zeros(2), np.eye(2), 7.0)
    write_gating_ml(tree(e=gate), tmp_path / "gates.xml")
    text = (tmp_path / "gates.xml").read_text()
    (tmp_path / "gates.xml").write_text(text.replace('"7.0"', '"INF"'))

    with pytest.raises(GatingError, match=r"value is infinite; give a number\."):
        read_gating_ml(tmp_path / "gates.xml")


def test_an_ellipsoid_without_extent_is_refused(tmp_path: Path) -> None:
    flat = EllipsoidGate((X, Y), np.zeros(2), np.ones((2, 2)), 1.0)
    write_gating_ml(tree(e=flat), tmp_path / "gates.xml")

    with pytest.raises(GatingError, match="covariance matrix cannot be inverted"):
        read_gating_ml(tmp_path / "gates.xml")


def test_a_quadrant_must_lie_between_dividers_of_its_own_gate(tmp_path: Path) -> None:
    write_gating_ml(tree(**quadrants(1, 2)), tmp_path / "gates.xml")
    text = (tmp_path / "gates.xml").read_text()
    text = text.replace('divider_ref="q.1"', 'divider_ref="q.3"', 1)
    text = text.replace(
        "<gating:value>2.0</gating:value>", "<gating:value>NaN</gating:value>"
    )
    (tmp_path / "gates.xml").write_text(text)

    with pytest.raises(GatingError) as caught:
        read_gating_ml(tmp_path / "gates.xml")

    assert [problem.message for problem in caught.value.problems] == [
        "a divider stands at NaN.",
        (
            "refers to divider 'q.3', which this quadrant gate does not have. Did you "
            "mean 'q.2'?"
        ),
    ]


def test_ids_that_stand_for_the_same_name_are_refused(tmp_path: Path) -> None:
    twin = RANGE.replace('gating:id="a"', 'gating:id="_x0061_"')

    assert problems(tmp_path, RANGE + twin) == ["a second gate 'a'."]


def test_a_quadrant_open_on_all_sides_is_written_as_a_rectangle(tmp_path: Path) -> None:
    gate = RectangleGate((Limits(X),), quadrant_gate="q")

    again = through_a_file(tree(a=gate), tmp_path)

    assert again.nodes[0].gate == RectangleGate((Limits(X),))


def test_a_polygon_of_two_corners_is_refused_as_the_schema_says(tmp_path: Path) -> None:
    line = PolygonGate((X, Y), np.array([[0.0, 0.0], [1.0, 1.0]]))

    with pytest.raises(GatingError, match="Element 'PolygonGate': Missing child"):
        write_gating_ml(tree(p=line), tmp_path / "gates.xml")


def test_flowjos_scales_cannot_be_written(tmp_path: Path) -> None:
    strategy = GatingStrategy(
        (GateNode("a", above(1)),), scales={"fj": FlowJoLogScale(1, 4)}
    )

    with pytest.raises(GatingError) as caught:
        write_gating_ml(strategy, tmp_path / "gates.xml")

    assert str(caught.value) == (
        "gates.xml, scale 'fj': is FlowJo's own, and Gating-ML has no such scale. Draw "
        "the gates on a logicle scale to write them."
    )


def test_a_strategy_that_lacks_something_is_refused_and_the_old_file_stays(
    tmp_path: Path,
) -> None:
    path = tmp_path / "gates.xml"
    write_gating_ml(tree(a=above(1)), path)
    before = path.read_bytes()
    lacking = tree(
        a=above(float("nan")),
        b=gate_on(Dimension("PE-A", "m", "s")),
        c=BooleanGate("not", (Operand("d"),)),
    )

    with pytest.raises(GatingError) as caught:
        write_gating_ml(lacking, path)

    assert [str(problem) for problem in caught.value.problems] == [
        "gates.xml, gate 'a': a number is NaN.",
        "gates.xml, gate 'b': refers to the matrix 'm', which the strategy lacks.",
        "gates.xml, gate 'b': refers to the scale 's', which the strategy lacks.",
        "gates.xml, gate 'c': refers to the gate 'd', which is not there.",
    ]
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["gates.xml"]
