"""A gating template is a document: read whole, refused with every fault at once."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.template import (
    BooleanShape,
    EllipsoidShape,
    MarkerLimits,
    PolygonShape,
    RectangleShape,
    ReportedPopulation,
    ScaleSpec,
    Threshold,
)
from cytoflow_blina.errors import GatingError
from cytoflow_blina.gates.fit.methods import KNOWN_METHODS
from cytoflow_blina.gates.load import load_template

HEAD = """
name = "small"
version = "1.0.0"
panel = "small"

[[tube]]
id = ""
lymphocytes = "cd45pos/lymph"

[tube.scales.scatter]
kind = "linear"

[tube.scales.fluorescence]
kind = "logicle"
top = 262144
"""

THRESHOLD = """
[[tube.threshold]]
id = "cd45_positive"
marker = "CD45"
population = ""
at = 0.5
method = "valley"
settings = { search = 0.1 }
note = "Debris against leukocytes."
"""

GATES = """
[[tube.gate]]
path = "cd45pos"
note = "Leukocytes."
limits = [{ marker = "CD45", at_least = "cd45_positive" }]

[[tube.gate]]
path = "cd45pos/lymph"
method = "lymphocyte_cluster"
note = "Lymphocytes."
markers = ["CD45", "SSC"]
vertices = [[0.6, 0], [0.9, 0], [0.9, 0.2]]
"""

POPULATION = """
[[tube.population]]
name = "LYMPH"
definition = "CD45 bright, side scatter low"
paths = ["cd45pos/lymph"]
parent = "cd45pos"
"""

TEMPLATE = HEAD + THRESHOLD + GATES + POPULATION


def write(folder: Path, text: str) -> Path:
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(GatingError) as caught:
        load_template(write(folder, text))
    return str(caught.value).splitlines()


def gate(keys: str) -> str:
    return f'{TEMPLATE}[[tube.gate]]\npath = "more"\nnote = "More."\n{keys}\n'


def test_a_template_holds_what_its_document_says(tmp_path: Path) -> None:
    path = write(tmp_path, TEMPLATE)

    template = load_template(path)

    tube = template.tube("")
    assert (template.name, template.version, template.panel) == (
        "small",
        "1.0.0",
        "small",
    )
    assert template.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert tube.scale_of("CD45", "fluorescence") == ScaleSpec("logicle", 262144.0)
    assert tube.thresholds == (
        Threshold(
            id="cd45_positive",
            marker="CD45",
            population="",
            at=0.5,
            method="valley",
            settings={"search": 0.1},
            note="Debris against leukocytes.",
        ),
    )
    assert [gate.path for gate in tube.gates] == ["cd45pos", "cd45pos/lymph"]
    assert tube.gates[1].method == "lymphocyte_cluster"
    assert tube.populations == (
        ReportedPopulation(
            "LYMPH", "CD45 bright, side scatter low", ("cd45pos/lymph",), "cd45pos"
        ),
    )
    assert (tube.lymphocytes, tube.beads) == ("cd45pos/lymph", "")


def test_limits_make_a_rectangle(tmp_path: Path) -> None:
    keys = 'limits = [{ marker = "CD3", at_least = 0.2, below = 0.7, '
    keys += "where_measured = true }]"

    tube = load_template(write(tmp_path, gate(keys))).tube("")

    limits = (MarkerLimits("CD3", 0.2, 0.7, where_measured=True),)
    assert tube.gates[-1].shape == RectangleShape(limits)


def test_vertices_make_a_polygon(tmp_path: Path) -> None:
    shape = load_template(write(tmp_path, TEMPLATE)).tube("").gates[1].shape

    assert isinstance(shape, PolygonShape)
    assert shape.markers == ("CD45", "SSC")
    np.testing.assert_array_equal(shape.vertices, [[0.6, 0], [0.9, 0], [0.9, 0.2]])


def test_center_and_covariance_make_an_ellipsoid(tmp_path: Path) -> None:
    keys = """
markers = ["CD45", "SSC"]
center = [0.7, 0.1]
covariance = [[0.01, 0.001], [0.001, 0.02]]
distance_squared = 9
"""

    shape = load_template(write(tmp_path, gate(keys))).tube("").gates[-1].shape

    assert isinstance(shape, EllipsoidShape)
    np.testing.assert_array_equal(shape.center, [0.7, 0.1])
    np.testing.assert_array_equal(shape.covariance, [[0.01, 0.001], [0.001, 0.02]])
    assert shape.distance_squared == 9.0


def test_all_of_and_none_of_make_a_boolean(tmp_path: Path) -> None:
    keys = 'all_of = ["cd45pos"]\nnone_of = ["cd45pos/lymph"]'

    shape = load_template(write(tmp_path, gate(keys))).tube("").gates[-1].shape

    assert shape == BooleanShape(("cd45pos",), ("cd45pos/lymph",))


def test_any_of_makes_a_boolean_too(tmp_path: Path) -> None:
    keys = 'any_of = ["cd45pos", "cd45pos/lymph"]'

    shape = load_template(write(tmp_path, gate(keys))).tube("").gates[-1].shape

    assert shape == BooleanShape(any_of=("cd45pos", "cd45pos/lymph"))
    assert isinstance(shape, BooleanShape)
    assert shape.operands == ("cd45pos", "cd45pos/lymph")


def test_a_marker_may_have_a_scale_of_its_own(tmp_path: Path) -> None:
    scale = '[tube.scales.CD45]\nkind = "arcsinh"\ntop = 1000\n'
    text = TEMPLATE.replace("[[tube.threshold]]", scale + "[[tube.threshold]]")

    tube = load_template(write(tmp_path, text)).tube("")

    assert tube.scale_of("CD45", "fluorescence").kind == "arcsinh"
    assert tube.scale_of("CD3", "fluorescence").kind == "logicle"


def test_all_faults_of_form_are_told_at_once(tmp_path: Path) -> None:
    text = (
        TEMPLATE.replace('version = "1.0.0"\n', "")
        .replace("at = 0.5", 'at = "high"')
        .replace("at_least =", "at_last =")
        .replace('kind = "logicle"', 'kind = "biex"')
        .replace("search = 0.1", 'search = "wide"')
        .replace('note = "Leukocytes."\n', "")
    )

    assert sorted(faults(tmp_path, text)) == [
        (
            "small.toml: tube[0].gate[0].limits[0].at_last: unknown key; known are "
            "marker, at_least, below, where_measured. Did you mean 'at_least'?"
        ),
        "small.toml: tube[0].gate[0].note: is missing; add it.",
        (
            "small.toml: tube[0].scales.fluorescence.kind: must be 'linear', 'log', "
            "'arcsinh', 'logicle' or 'hyperlog'; found 'biex'."
        ),
        "small.toml: tube[0].threshold[0].at: must be a valid number; found 'high'.",
        (
            "small.toml: tube[0].threshold[0].settings.search: must be a valid number; "
            "found 'wide'."
        ),
        "small.toml: version: is missing; add it.",
    ]


def test_a_bound_is_a_number_or_a_name(tmp_path: Path) -> None:
    text = TEMPLATE.replace('at_least = "cd45_positive"', "at_least = true")

    assert faults(tmp_path, text) == [
        (
            "small.toml: tube[0].gate[0].limits[0].at_least: must be a valid number; "
            "found True."
        )
    ]


def test_a_number_must_be_finite(tmp_path: Path) -> None:
    assert faults(tmp_path, TEMPLATE.replace("at = 0.5", "at = nan")) == [
        "small.toml: tube[0].threshold[0].at: must be a finite number; found nan."
    ]


def test_a_channel_is_no_display_unit(tmp_path: Path) -> None:
    text = TEMPLATE.replace("at = 0.5", "at = 512")
    text = text.replace('"cd45_positive" }', "512 }").replace("[0.6, 0]", "[614, 0]")

    unit = "must be in display units, 0 to 1 (a channel divided by 1024)"
    assert sorted(faults(tmp_path, text)) == [
        f"small.toml: tube[0].gate[0].limits[0].at_least: {unit}; found 512.",
        f"small.toml: tube[0].gate[1].vertices[0][0]: {unit}; found 614.",
        f"small.toml: tube[0].threshold[0].at: {unit}; found 512.",
    ]


def test_a_path_holds_nothing_unfit_for_a_file(tmp_path: Path) -> None:
    lines = faults(tmp_path, TEMPLATE.replace('path = "cd45pos"', 'path = "cd45 pos/"'))

    assert lines == [
        (
            "small.toml: tube[0].gate[0].path: String should match pattern "
            r"'^[\w+.-]+(/[\w+.-]+)*$'; found 'cd45 pos/'."
        )
    ]


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        (
            "",
            (
                "has no shape; give it the keys of one (rectangle: limits; polygon: "
                "markers, vertices; ellipsoid: markers, center, covariance, "
                "distance_squared; Boolean: all_of, none_of, any_of)."
            ),
        ),
        (
            'limits = [{ marker = "CD3", below = 1.0 }]\nall_of = ["cd45pos"]',
            (
                "has rectangle and Boolean; give it the keys of one (rectangle: "
                "limits; polygon: markers, vertices; ellipsoid: markers, center, "
                "covariance, distance_squared; Boolean: all_of, none_of, any_of)."
            ),
        ),
        (
            'markers = ["CD3"]\nall_of = ["cd45pos"]',
            "is a Boolean, which has no key 'markers'; remove it.",
        ),
        (
            'any_of = ["cd45pos"]\nnone_of = ["cd45pos/lymph"]',
            (
                "has any_of beside all_of or none_of; put any_of in a gate of its own, "
                "and refer to that."
            ),
        ),
        (
            'all_of = ["cd45pos"]\nnone_of = ["cd45pos"]',
            "refers to 'cd45pos' twice; once is enough.",
        ),
        (
            'limits = [{ marker = "CD3" }]',
            "limits 'CD3' at neither end; give at_least or below.",
        ),
        (
            'limits = [{ marker = "CD3", at_least = 0.6, below = 0.6 }]',
            "wants 'CD3' at least 0.6 and below 0.6: no event.",
        ),
        (
            (
                'limits = [{ marker = "CD3", at_least = 0 },'
                ' { marker = "CD3", below = 1 }]'
            ),
            "limits 'CD3' twice; give both ends in one entry.",
        ),
        (
            'markers = ["CD3", "CD3"]\nvertices = [[0, 0], [0, 1], [1, 1]]',
            "is a polygon on ['CD3', 'CD3']; it needs two different markers.",
        ),
        (
            'markers = ["CD3", "CD4"]\nvertices = [[0, 0], [0, 1]]',
            "has 2 vertices; a polygon needs three or more.",
        ),
        (
            'markers = ["CD3"]\ncenter = [0]\ncovariance = [[1]]\ndistance_squared = 1',
            "is an ellipsoid on ['CD3']; it needs two or more, each once.",
        ),
        (
            (
                'markers = ["CD3", "CD4"]\ncenter = [0]\ncovariance = [[1]]\n'
                "distance_squared = 1"
            ),
            "has 2 markers; its center needs 2 numbers and its covariance 2 rows of 2.",
        ),
        (
            'markers = ["CD3", "CD4"]\ncenter = [0, 0]\ncovariance = [[1, 0], [0, 1]]',
            "has no distance_squared; add it (9.0 is three standard deviations).",
        ),
        (
            (
                'markers = ["CD3", "CD4"]\ncenter = [0, 0]\n'
                "covariance = [[1, 1], [0, 1]]\n"
                "distance_squared = 1"
            ),
            "has a covariance that is not symmetric.",
        ),
        (
            (
                'markers = ["CD3", "CD4"]\ncenter = [0, 0]\n'
                "covariance = [[1, 2], [2, 1]]\n"
                "distance_squared = 1"
            ),
            "has a covariance that no cloud of events can have (not positive).",
        ),
    ],
)
def test_a_gate_has_one_whole_shape(tmp_path: Path, keys: str, fault: str) -> None:
    assert faults(tmp_path, gate(keys)) == [
        f"small.toml: tube[0].gate[2]: 'more' {fault}"
    ]


def test_the_examples_of_the_readme_load(tmp_path: Path) -> None:
    readme = (shipped_documents() / "README.md").read_text(encoding="utf-8")
    _, *examples = re.findall(r"```toml\n(.*?)```", readme, flags=re.DOTALL)

    head = 'name = "x"\nversion = "1.0.0"\npanel = "x"\n[[tube]]\nid = ""\n'
    tube = load_template(write(tmp_path, head + "\n".join(examples))).tube("")

    shapes = [type(gate.shape).__name__ for gate in tube.gates]
    assert shapes == [
        "RectangleShape",
        "PolygonShape",
        "EllipsoidShape",
        "BooleanShape",
        "BooleanShape",
    ]
    assert tube.mrd is not None
    assert tube.mrd.b_lineage == tube.gates[-1].path


def test_the_readme_explains_every_method() -> None:
    readme = (shipped_documents() / "README.md").read_text(encoding="utf-8")
    methods = readme.partition("### Methods")[2].partition("### ")[0]

    explained = set(
        re.findall(r"^\| `(\w+)` \| .*\(.*\d.*\) *.*\|$", methods, re.MULTILINE)
    )

    assert explained == set(KNOWN_METHODS)


def test_a_threshold_that_names_a_method_needs_no_place(tmp_path: Path) -> None:
    text = TEMPLATE.replace("at = 0.5\n", 'negatives = "cd45pos/lymph"\n')

    (threshold,) = load_template(write(tmp_path, text)).tube("").thresholds

    assert threshold.at is None
    assert threshold.negatives == "cd45pos/lymph"


def test_a_polygon_that_names_a_method_needs_no_vertices(tmp_path: Path) -> None:
    text = TEMPLATE.replace("vertices = [[0.6, 0], [0.9, 0], [0.9, 0.2]]\n", "")

    shape = load_template(write(tmp_path, text)).tube("").gates[1].shape

    assert isinstance(shape, PolygonShape)
    assert shape.markers == ("CD45", "SSC")
    assert shape.vertices.shape == (0, 2)


def test_a_scale_may_leave_its_linear_part_to_the_tube(tmp_path: Path) -> None:
    scales = load_template(write(tmp_path, TEMPLATE)).tube("").scales

    assert scales["fluorescence"].linear_decades is None


def test_something_must_say_where_a_threshold_lies(tmp_path: Path) -> None:
    text = TEMPLATE.replace("at = 0.5\n", "").replace('method = "valley"\n', "")

    assert faults(tmp_path, text) == [
        (
            "small.toml: tube[0].threshold[0]: 'cd45_positive' has neither 'at' nor a "
            "method that finds it; give one of them or both."
        )
    ]


def test_a_place_and_negative_events_are_not_given_both(tmp_path: Path) -> None:
    text = TEMPLATE.replace("at = 0.5\n", 'at = 0.5\nnegatives = "cd45pos"\n')

    assert faults(tmp_path, text) == [
        (
            "small.toml: tube[0].threshold[0]: 'cd45_positive' has both 'at' and "
            "'negatives', which say the same of where it lies; remove one."
        )
    ]
