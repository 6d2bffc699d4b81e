"""Apply our documents by FlowKit: every event of every gate must be the same."""

import array
import warnings
from dataclasses import dataclass
from pathlib import Path

import flowio
import flowkit
import numpy as np
import pytest

from cytoflow_blina.bridge.gating_ml import read_gating_ml, write_gating_ml
from cytoflow_blina.bridge.gating_ml.ids import decode
from cytoflow_blina.domain.events import BoolArray, Dimension, Tube
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
    HyperlogScale,
    LinearScale,
    LogicleScale,
    LogScale,
    Ratio,
    Scale,
)
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.apply import apply_strategy
from cytoflow_blina.preprocess.rescale import scale_for_strategy

N_EVENTS = 20_000
TOP = 262144.0
DYES = ("FITC-A", "PE-A", "PerCP-A", "APC-A")
IN_FILE = np.array(
    [
        [1.0, 0.21, 0.03, 0.0],
        [0.04, 1.0, 0.18, 0.01],
        [0.0, 0.02, 1.0, 0.11],
        [0.01, 0.0, 0.05, 1.0],
    ]
)
BY_HAND = Spillover(("PE-A", "FITC-A"), np.array([[1.0, 0.05], [0.15, 1.0]]))
SCALES: dict[str, Scale] = {
    "linear": LinearScale(TOP, 1000),
    "log": LogScale(TOP, 5),
    "asinh": ArcsinhScale(TOP, 4.5, 0.7),
    "logicle": LogicleScale(TOP, 0.6, 4.5, 0.2),
    "hyperlog": HyperlogScale(TOP, 0.6, 4.5, 0.2),
    "ratio": LogScale(100, 4),
}
RATIOS = {"fl": Ratio("PE-A", "FITC-A", 2.0, -50.0, -700.0)}


@dataclass(frozen=True, eq=False)
class Rivals:
    """One file, read by us and by FlowKit."""

    tube: Tube
    sample: flowkit.Sample
    gates: Path

    def ours(self) -> dict[str, BoolArray]:
        """Apply the document ourselves."""
        strategy = read_gating_ml(self.gates)
        spillover = self.tube.acquisition.spillover
        events = scale_for_strategy(self.tube.events, strategy, spillover)
        found = apply_strategy(strategy, events)
        return {path: one.mask for path, one in found.items()}

    def flowkits(self) -> dict[str, BoolArray]:
        """Apply the document by FlowKit; ids and quadrant gates undone."""
        strategy = flowkit.parse_gating_xml(str(self.gates))
        with warnings.catch_warnings():
            # The logarithm of what is not positive, and quadrants of an empty parent.
            warnings.simplefilter("ignore", RuntimeWarning)
            results = strategy.gate_sample(self.sample)
        masks = {}
        for name, path in strategy.get_gate_ids():
            try:
                strategy.get_gate(name, path)
            except flowkit.exceptions.QuadrantReferenceError:
                quadrant_gate = strategy.get_gate(path[-1], path[:-1])
                assert name in quadrant_gate.quadrants
            else:
                if strategy.get_gate(name, path).gate_type == "QuadrantGate":
                    continue
            mask = results.get_gate_membership(name, path)
            masks[decode(name).rpartition("/")[2]] = mask
        return masks


@pytest.fixture(scope="module")
def acquired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a tube with a matrix, dim and bright events, and some below zero."""
    rng = np.random.default_rng(20)
    light = rng.choice([30.0, 3000.0, 40000.0], (N_EVENTS, 4))
    light *= rng.lognormal(0, 0.6, light.shape)
    seen = light @ IN_FILE + rng.normal(0, 60, light.shape)
    scatter = rng.lognormal(10.8, 0.6, (N_EVENTS, 2))
    time = np.arange(N_EVENTS)[:, None]
    values = np.hstack([scatter, seen, time]).astype("<f4")
    flat = array.array("f")
    flat.frombytes(values.tobytes())
    spill = [str(len(DYES)), *DYES, *(repr(float(value)) for value in IN_FILE.ravel())]
    names = ["FSC-A", "SSC-A", *DYES, "Time"]
    keywords = {"spill": ",".join(spill), "timestep": "0.01"}
    keywords |= {f"p{index}r": "262144" for index in range(1, len(names) + 1)}
    path = tmp_path_factory.mktemp("parity") / "tube.fcs"
    with path.open("wb") as handle:
        flowio.create_fcs(handle, flat, names, metadata_dict=keywords)
    return path


@pytest.fixture
def rivals(acquired: Path, tmp_path: Path) -> Rivals:
    """Let both read the tube."""
    sample = flowkit.Sample(acquired, sample_id="tube")
    return Rivals(read_tube(acquired), sample, tmp_path / "gates.xml")


def write(rivals: Rivals, **gates: Gate) -> None:
    """Write gates with every definition there is; two underscores are a slash."""
    nodes = (GateNode(path.replace("__", "/"), gate) for path, gate in gates.items())
    strategy = GatingStrategy(tuple(nodes), SCALES, {"hand": BY_HAND}, RATIOS)
    write_gating_ml(strategy, rivals.gates)


def compare(rivals: Rivals) -> dict[str, BoolArray]:
    """See that both agree, and that each gate tells some events from others."""
    ours = rivals.ours()
    theirs = rivals.flowkits()
    assert {path.rpartition("/")[2] for path in ours} == theirs.keys()
    for path, mask in ours.items():
        expected = theirs[path.rpartition("/")[2]]
        np.testing.assert_array_equal(mask, expected, err_msg=path)
        assert 0 < mask.sum() < N_EVENTS, path
    return ours


def dye(name: str, *, scale: str | None = "logicle") -> Dimension:
    """Name a fluorescence on its scale."""
    return Dimension(f"{name}-A", "FCS", scale)


FSC, SSC = Dimension("FSC-A", scale="linear"), Dimension("SSC-A", scale="linear")


@pytest.mark.parametrize("compensation", ["uncompensated", "FCS", "hand"])
@pytest.mark.parametrize("scale", [*(key for key in SCALES if key != "ratio"), None])
def test_every_scale_and_compensation_cuts_where_flowkit_cuts(
    rivals: Rivals, scale: str | None, compensation: str
) -> None:
    dimension = Dimension("PE-A", compensation, scale)
    limits = (9_000.0, 45_000.0) if scale is None else (0.25, 0.75)
    if scale == "linear":
        limits = (0.01, 0.2)

    write(rivals, cut=RectangleGate((Limits(dimension, *limits),)))

    compare(rivals)


def test_rectangles_of_one_to_three_dimensions(rivals: Rivals) -> None:
    three = (Limits(dye("PE"), 0.4), Limits(dye("APC"), None, 0.7), Limits(FSC, 0.1))

    write(
        rivals,
        one=RectangleGate((Limits(dye("FITC"), 0.5),)),
        two=RectangleGate((Limits(FSC, 0.05, 0.4), Limits(SSC, 0.05, 0.4))),
        two__three=RectangleGate(three),
    )

    compare(rivals)


def test_polygons_crossed_ones_too(rivals: Rivals) -> None:
    star = [[0.2, 0.2], [0.9, 0.3], [0.3, 0.9], [0.8, 0.95], [0.25, 0.6], [0.95, 0.7]]
    square = [[0.03, 0.03], [0.5, 0.02], [0.45, 0.5], [0.04, 0.45]]

    write(
        rivals,
        square=PolygonGate((FSC, SSC), np.array(square)),
        square__star=PolygonGate((dye("PE"), dye("APC")), np.array(star)),
        square__star__again=PolygonGate((dye("APC"), dye("FITC")), np.array(star)),
    )

    compare(rivals)


def test_ellipsoids_of_two_and_three_dimensions(rivals: Rivals) -> None:
    tilted = np.array([[0.02, 0.008], [0.008, 0.01]])
    solid = np.array([[0.05, 0.01, 0.0], [0.01, 0.04, 0.005], [0.0, 0.005, 0.06]])
    axes = dye("FITC"), dye("PE"), dye("APC")

    write(
        rivals,
        flat=EllipsoidGate(axes[:2], np.array([0.6, 0.6]), tilted, 2.5),
        flat__solid=EllipsoidGate(axes, np.array([0.6, 0.7, 0.6]), solid, 1.0),
    )

    compare(rivals)


@pytest.mark.parametrize(
    ("scale", "x", "y"), [("logicle", 0.55, 0.5), (None, 0.0, -20.0)]
)
def test_quadrants_and_what_stands_in_them(
    rivals: Rivals, scale: str | None, x: float, y: float
) -> None:
    across, up = dye("FITC", scale=scale), dye("APC", scale=scale)
    quadrants = {
        f"parent__{one}{two}": RectangleGate(
            (Limits(across, *left), Limits(up, *low)), quadrant_gate="quad"
        )
        for one, left in (("n", (None, x)), ("p", (x, None)))
        for two, low in (("n", (None, y)), ("p", (y, None)))
    }

    write(
        rivals,
        parent=RectangleGate((Limits(FSC, 0.1),)),
        **quadrants,
        parent__pp__inner=RectangleGate((Limits(dye("PE"), 0.5),)),
        either=BooleanGate("or", (Operand("parent/np"), Operand("parent/pp"))),
    )

    compare(rivals)


def test_boolean_gates_under_a_parent_and_of_gates_under_others(rivals: Rivals) -> None:
    a, b = Operand("a/b"), Operand("c")

    write(
        rivals,
        a=RectangleGate((Limits(FSC, 0.15),)),
        a__b=RectangleGate((Limits(dye("PE"), 0.5),)),
        c=RectangleGate((Limits(dye("APC"), 0.5),)),
        both=BooleanGate("and", (a, b)),
        a__any=BooleanGate("or", (a, b)),
        neither=BooleanGate(
            "and", (Operand("a/b", complement=True), Operand("c", True))
        ),
        c__no=BooleanGate("not", (a,)),
        lone=BooleanGate("or", (a,)),
    )

    compare(rivals)


@pytest.mark.parametrize(("low", "high"), [(1.0, 20.0), (2.0, None), (None, 2.0)])
@pytest.mark.parametrize("scale", [None, "ratio"])
def test_ratios_with_one_limit_or_two(
    rivals: Rivals, scale: str | None, low: float | None, high: float | None
) -> None:
    if scale is not None:
        low, high = ((x and 1 + np.log10(x / 100) / 4) for x in (low, high))
    dimension = Dimension("fl", scale=scale, is_ratio=True)

    write(rivals, ratio=RectangleGate((Limits(dimension, low, high),)))

    compare(rivals)


def test_names_that_xml_has_no_room_for(rivals: Rivals) -> None:
    nodes = (
        GateNode("CD3+ T", RectangleGate((Limits(dye("PE"), 0.5),))),
        GateNode("CD3+ T/1st", RectangleGate((Limits(dye("APC"), 0.5),))),
        GateNode("root", RectangleGate((Limits(dye("APC"), 0.6),))),
        GateNode("not root", BooleanGate("not", (Operand("root"),))),
    )
    write_gating_ml(GatingStrategy(nodes, SCALES), rivals.gates)

    masks = compare(rivals)

    assert list(masks) == [node.path for node in nodes]


def test_an_event_exactly_on_a_limit_stays_on_its_side(rivals: Rivals) -> None:
    values = np.unique(rivals.tube.events.column("FITC-A"))[1000:1050]
    gates = {}
    for index, value in enumerate(values):
        raw = Dimension("FITC-A")
        gates[f"from{index}"] = RectangleGate((Limits(raw, at_least=float(value)),))
        gates[f"to{index}"] = RectangleGate((Limits(raw, below=float(value)),))

    write(rivals, **gates)

    masks = compare(rivals)
    for index, value in enumerate(values):
        on_limit = rivals.tube.events.column("FITC-A") == value
        assert masks[f"from{index}"][on_limit].all()
        assert not masks[f"to{index}"][on_limit].any()


def test_limits_on_scaled_events_survive_the_file(rivals: Rivals) -> None:
    dimension = dye("PE")
    strategy = GatingStrategy(
        (GateNode("all", RectangleGate((Limits(dimension, at_least=-1e9),))),), SCALES
    )
    spillover = rivals.tube.acquisition.spillover
    events = scale_for_strategy(rivals.tube.events, strategy, spillover)
    limits = np.sort(events.values[:, 0])[[10, 5_000, 19_990]]

    write(
        rivals,
        **{
            f"cut{index}": RectangleGate((Limits(dimension, at_least=float(limit)),))
            for index, limit in enumerate(limits)
        },
    )

    counts = [int(mask.sum()) for mask in rivals.ours().values()]
    assert counts == [N_EVENTS - 10, N_EVENTS - 5_000, N_EVENTS - 19_990]


def test_a_file_of_the_field_is_gated_as_flowkit_gates_it(
    shared_data: Path, tmp_path: Path
) -> None:
    path = shared_data / "mouse_workspace" / "68983.fcs"
    rivals = Rivals(
        read_tube(path), flowkit.Sample(path, sample_id="68983"), tmp_path / "g.xml"
    )
    corners = np.array([[0.2, 0.1], [0.9, 0.2], [0.8, 0.8], [0.3, 0.7]])
    axes = [
        Dimension(name, "FCS", "logicle")
        for name in ("PE-A", "APC-A", "FITC-A", "Pacific Blue-A", "Qdot 605-A")
    ]

    write(
        rivals,
        a=PolygonGate((axes[0], axes[1]), corners),
        a__b=PolygonGate((axes[2], axes[3]), corners),
        c=RectangleGate((Limits(axes[4], 0.4),)),
    )

    ours, theirs = rivals.ours(), rivals.flowkits()
    for gate, mask in ours.items():
        expected = theirs[gate.rpartition("/")[2]]
        np.testing.assert_array_equal(mask, expected, err_msg=gate)
        assert 0 < mask.sum() < len(mask)
