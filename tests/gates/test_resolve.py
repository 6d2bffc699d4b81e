"""A template is written in the detectors of one tube, less what it cannot show."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest

from cytoflow_blina.domain.events import Channel, Dimension
from cytoflow_blina.domain.panel import Assignment, PanelMatch
from cytoflow_blina.domain.scale import (
    ArcsinhScale,
    HyperlogScale,
    LinearScale,
    LogicleScale,
    LogScale,
    Scale,
)
from cytoflow_blina.domain.template import (
    BooleanShape,
    EllipsoidShape,
    MarkerLimits,
    PolygonShape,
    RectangleShape,
    ReportedPopulation,
    ScaleSpec,
    Shape,
    TemplateGate,
    Threshold,
    TubeTemplate,
)
from cytoflow_blina.errors import GatingError
from cytoflow_blina.gates.resolve import ResolvedTemplate, resolve_template

CHANNELS = (
    Channel("SSC-H", "", "scatter", 1024.0, is_integer=True),
    Channel("FL1-H", "CD3", "fluorescence", 9910.0, is_integer=True),
    Channel("FL2-H", "CD19", "fluorescence", 9910.0),
)
DETECTORS = {"SSC": "SSC-H", "CD3": "FL1-H", "CD19": "FL2-H"}
SCALES = {
    "scatter": ScaleSpec("linear"),
    "fluorescence": ScaleSpec("log", total_decades=4.0),
}


def where(*markers: str, measured: bool = False) -> RectangleShape:
    """Ask for events that are positive for all of some markers."""
    return RectangleShape(
        tuple(MarkerLimits(marker, 0.5, where_measured=measured) for marker in markers)
    )


def tube(*gates: tuple[str, Shape], **fields: object) -> TubeTemplate:
    """Build the gates of a tube."""
    template = TubeTemplate(
        "", SCALES, (), tuple(TemplateGate(path, shape) for path, shape in gates), ()
    )
    return replace(template, **fields)  # type: ignore[arg-type]  # fields by name


def resolve(
    template: TubeTemplate,
    *missing: str,
    channels: tuple[Channel, ...] = CHANNELS,
    compensation: str = "FCS",
) -> ResolvedTemplate:
    """Resolve a template for a tube that does not measure some markers."""
    match = PanelMatch(
        "panel",
        "",
        tuple(
            Assignment(marker, detector, "said so")
            for marker, detector in DETECTORS.items()
            if marker not in missing
        ),
    )
    return resolve_template(template, match, channels, compensation=compensation)


def paths(resolved: ResolvedTemplate) -> list[str]:
    """List the gates that are left."""
    return [gate.path for gate in resolved.template.gates]


def test_a_marker_stands_on_its_detector_and_scatter_is_never_compensated() -> None:
    resolved = resolve(tube())

    assert resolved.dimensions == {
        "SSC": Dimension("SSC-H", "uncompensated", "linear_1024_0"),
        "CD3": Dimension("FL1-H", "FCS", "log_9910_4"),
        "CD19": Dimension("FL2-H", "FCS", "log_9910_4"),
    }
    assert resolved.scales == {
        "linear_1024_0": LinearScale(1024.0),
        "log_9910_4": LogScale(9910.0, 4.0),
    }
    assert resolved.integer_markers == {"SSC", "CD3"}


def test_what_the_cytometer_compensated_is_not_compensated_again() -> None:
    resolved = resolve(tube(), compensation="uncompensated")

    compensations = {one.compensation for one in resolved.dimensions.values()}
    assert compensations == {"uncompensated"}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (ScaleSpec("linear", top=100), LinearScale(100)),
        (ScaleSpec("log", top=100, total_decades=3), LogScale(100, 3)),
        (ScaleSpec("arcsinh", 100, 0.5, 4, 1), ArcsinhScale(100, 4, 1)),
        (ScaleSpec("logicle", 100, 0.5, 4, 1), LogicleScale(100, 0.5, 4, 1)),
        (ScaleSpec("hyperlog", 100, 0.5, 4, 1), HyperlogScale(100, 0.5, 4, 1)),
    ],
)
def test_a_marker_may_have_a_scale_of_its_own(spec: ScaleSpec, expected: Scale) -> None:
    resolved = resolve(tube(scales={**SCALES, "CD3": spec}))

    scale_id = resolved.dimensions["CD3"].scale or ""
    assert resolved.scales[scale_id] == expected


def test_scales_that_differ_in_the_seventh_digit_are_kept_apart() -> None:
    wider = replace(CHANNELS[2], range_max=9910.001)

    resolved = resolve(tube(), channels=(*CHANNELS[:2], wider))

    scales = {
        marker: resolved.scales[one.scale or ""]
        for marker, one in resolved.dimensions.items()
        if marker != "SSC"
    }
    assert scales == {"CD3": LogScale(9910.0, 4.0), "CD19": LogScale(9910.001, 4.0)}


def test_every_range_that_a_file_does_not_declare_is_told() -> None:
    unknown = tuple(replace(one, range_max=nan) for one in CHANNELS)
    template = tube(scales={**SCALES, "CD3": ScaleSpec("log", top=100)})

    with pytest.raises(GatingError) as caught:
        resolve(template, channels=unknown)

    assert str(caught.value).splitlines() == [
        (
            f"scale of {marker!r}: the file does not declare the range of "
            f"{detector!r}. Give 'top' in the template."
        )
        for marker, detector in (("SSC", "SSC-H"), ("CD19", "FL2-H"))
    ]


def test_a_gate_falls_away_with_its_marker_and_takes_along_what_hangs_on_it() -> None:
    template = tube(
        ("lymph", where("SSC")),
        ("lymph/t", where("CD3")),
        ("lymph/t/bright", where("SSC")),
        ("lymph/b", where("CD19")),
        thresholds=(Threshold("cd3", "CD3", "", 0.5), Threshold("b", "CD19", "", 0.5)),
        populations=(
            ReportedPopulation("CD3", "", ("lymph/t",), "lymph"),
            ReportedPopulation("CD19", "", ("lymph/b",), "lymph"),
            ReportedPopulation("TB", "", ("lymph/b", "lymph/t"), "lymph"),
        ),
        lymphocytes="lymph",
        beads="lymph/t",
    )

    resolved = resolve(template, "CD3")

    assert paths(resolved) == ["lymph", "lymph/b"]
    assert resolved.fallen_away == ("lymph/t", "lymph/t/bright")
    assert [one.id for one in resolved.template.thresholds] == ["b"]
    assert [one.name for one in resolved.template.populations] == ["CD19"]
    assert (resolved.template.lymphocytes, resolved.template.beads) == ("lymph", "")


def test_where_every_marker_is_measured_nothing_falls_away() -> None:
    template = tube(("t", where("CD3")), ("t/b", where("CD19", measured=True)))

    resolved = resolve(template)

    assert resolved.template == template
    assert resolved.fallen_away == ()


def test_a_limit_that_holds_where_measured_leaves_the_others() -> None:
    both = RectangleShape((*where("SSC").limits, *where("CD3", measured=True).limits))
    template = tube(("both", both), ("alone", where("CD3", measured=True)))

    resolved = resolve(template, "CD3")

    assert [gate.shape for gate in resolved.template.gates] == [where("SSC")]
    assert resolved.fallen_away == ("alone",)


@pytest.mark.parametrize(
    "shape",
    [
        PolygonShape(("CD3", "SSC"), np.eye(3, 2)),
        EllipsoidShape(("SSC", "CD3"), np.zeros(2), np.eye(2), 1.0),
    ],
)
def test_a_shape_on_two_markers_needs_both(
    shape: PolygonShape | EllipsoidShape,
) -> None:
    template = tube(("gate", shape))

    assert paths(resolve(template, "CD19")) == ["gate"]
    assert resolve(template, "CD3").fallen_away == ("gate",)


@pytest.mark.parametrize(
    "shape", [BooleanShape(none_of=("t", "b")), BooleanShape(all_of=("t", "b"))]
)
def test_a_boolean_gate_falls_away_with_a_part_but_not_with_an_optional_one(
    shape: BooleanShape,
) -> None:
    template = tube(("t", where("CD3")), ("b", where("CD19")), ("rest", shape))
    first, *others = template.gates
    with_optional = replace(template, gates=(replace(first, optional=True), *others))

    without_cd3 = resolve(with_optional, "CD3")

    assert resolve(template, "CD3").fallen_away == ("t", "rest")
    assert without_cd3.fallen_away == ("t",)
    assert without_cd3.template.gates[-1].shape in {
        BooleanShape(none_of=("b",)),
        BooleanShape(all_of=("b",)),
    }
    assert resolve(with_optional, "CD19").fallen_away == ("b", "rest")
    assert resolve(with_optional, "CD3", "CD19").fallen_away == ("t", "b", "rest")


def test_any_of_goes_on_with_what_is_left() -> None:
    shape = BooleanShape(any_of=("t", "b"))
    template = tube(("t", where("CD3")), ("b", where("CD19")), ("either", shape))

    without_cd3 = resolve(template, "CD3")

    assert resolve(template).template.gates[-1].shape == shape
    assert without_cd3.fallen_away == ("t",)
    assert without_cd3.template.gates[-1].shape == BooleanShape(any_of=("b",))
    assert resolve(template, "CD3", "CD19").fallen_away == ("t", "b", "either")


def test_an_open_scale_takes_what_was_estimated_from_the_tube() -> None:
    scales = {**SCALES, "fluorescence": ScaleSpec("logicle", 100)}

    resolved = resolve_template(
        tube(scales=scales),
        PanelMatch("p", "", tuple(Assignment(*one, "") for one in DETECTORS.items())),
        CHANNELS,
        compensation="FCS",
        linear_decades={"FL1-H": 0.8},
    )

    by_marker = {
        marker: resolved.scales[one.scale or ""]
        for marker, one in resolved.dimensions.items()
    }
    assert by_marker["CD3"] == LogicleScale(100, 0.8, 4.5)
    assert by_marker["CD19"] == LogicleScale(100, 0.5, 4.5)
