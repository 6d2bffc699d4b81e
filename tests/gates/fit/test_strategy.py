"""A template becomes the gates of one tube, parents first."""

from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from cytoflow_blina.domain.events import Dimension, FloatArray, ScaledEvents
from cytoflow_blina.domain.gate import BooleanGate, Operand, PolygonGate, RectangleGate
from cytoflow_blina.domain.scale import LinearScale
from cytoflow_blina.domain.template import (
    BooleanShape,
    MarkerLimits,
    PolygonShape,
    RectangleShape,
    TemplateGate,
    Threshold,
    TubeTemplate,
)
from cytoflow_blina.gates.fit.strategy import FittedStrategy, fit_strategy
from cytoflow_blina.gates.resolve import ResolvedTemplate

MARKERS = ("CD3", "CD19")
DIMENSIONS = {name: Dimension(name, "uncompensated", "linear") for name in MARKERS}


def above(path: str, marker: str, threshold: float | str) -> TemplateGate:
    return TemplateGate(path, RectangleShape((MarkerLimits(marker, threshold),)))


TEMPLATE = TubeTemplate(
    tube="",
    scales={},
    thresholds=(
        Threshold("cd3", "CD3", "", 0.5, "valley"),
        Threshold("cd19", "CD19", "t", 0.5, "valley"),
    ),
    gates=(above("t", "CD3", "cd3"), above("t/b", "CD19", "cd19")),
    populations=(),
)


def events(cd3: FloatArray, cd19: FloatArray) -> ScaledEvents:
    return ScaledEvents(np.column_stack([cd3, cd19]), tuple(DIMENSIONS.values()))


def two_modes(n: int, seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(0.3, 0.03, n), rng.normal(0.7, 0.03, n)])


def fit(
    tube: ScaledEvents,
    template: TubeTemplate = TEMPLATE,
    *,
    find: bool = True,
    integer: tuple[str, ...] = (),
) -> FittedStrategy:
    resolved = ResolvedTemplate(
        template, DIMENSIONS, {"linear": LinearScale(1.0)}, frozenset(integer), ()
    )
    return fit_strategy(resolved, tube, find=find)


def lower_limit(fitted: FittedStrategy, path: str) -> float:
    (gate,) = [node.gate for node in fitted.strategy.nodes if node.path == path]
    assert isinstance(gate, RectangleGate)
    at_least = gate.limits[0].at_least
    assert at_least is not None
    return at_least


def test_a_threshold_is_found_on_the_population_that_the_template_names() -> None:
    cd3 = two_modes(1000, 1)
    cd19 = np.where(cd3 < 0.5, 0.55, two_modes(1000, 2)[::-1])
    cd19[1000:] = two_modes(500, 3)

    fitted = fit(events(cd3, cd19))

    # Negative cells pile up at 0.55 of CD19; T cells alone have their valley at 0.5.
    assert lower_limit(fitted, "t/b") == pytest.approx(0.5, abs=0.06)
    assert fitted.origins["t/b"].source == "fitted"
    assert 0 < fitted.origins["t/b"].confidence <= 1


def test_a_second_population_is_asked_where_the_first_shows_no_threshold() -> None:
    cd3 = two_modes(1000, 1)
    cd19 = np.full(2000, 0.3)
    cd19[:1000] = two_modes(500, 2)
    first, second = TEMPLATE.thresholds
    asked = replace(
        TEMPLATE, thresholds=(first, replace(second, at=0.45, otherwise=""))
    )

    fitted = fit(events(cd3, cd19), asked)

    assert fitted.origins["t/b"].source == "fitted"


def test_without_finding_every_gate_is_the_templates() -> None:
    fitted = fit(events(two_modes(1000, 1), two_modes(1000, 2)), find=False)

    assert lower_limit(fitted, "t") == 0.5
    assert {one.source for one in fitted.origins.values()} == {"template"}
    assert all(isnan(one.confidence) for one in fitted.origins.values())


def test_a_tube_without_events_gets_the_templates_geometry() -> None:
    fitted = fit(events(np.empty(0), np.empty(0)))

    assert lower_limit(fitted, "t") == 0.5
    assert {one.source for one in fitted.origins.values()} == {"template"}


def test_thresholds_on_whole_channels_lie_half_way_between_two() -> None:
    channels = np.round(two_modes(2000, 1) * 1024) / 1024

    fitted = fit(events(channels, channels), integer=MARKERS)

    position = lower_limit(fitted, "t") * 1024
    assert position % 1 == pytest.approx(0.5, abs=1e-9)
    assert not np.isin(lower_limit(fitted, "t"), channels)


def test_a_threshold_whose_population_fell_away_is_the_templates() -> None:
    first, second = TEMPLATE.thresholds
    lost = replace(TEMPLATE, thresholds=(first, replace(second, population="gone")))

    fitted = fit(events(two_modes(1000, 1), two_modes(1000, 2)), lost)

    assert lower_limit(fitted, "t/b") == 0.5
    assert fitted.origins["t/b"].source == "template"


def test_all_of_and_none_of_become_one_boolean_gate() -> None:
    combined = TemplateGate("rest", BooleanShape(("t",), ("b",)))
    template = replace(
        TEMPLATE,
        gates=(above("t", "CD3", 0.5), above("b", "CD19", 0.5), combined),
        thresholds=(),
    )

    fitted = fit(events(two_modes(10, 1), two_modes(10, 2)), template)

    assert fitted.strategy.nodes[-1].gate == BooleanGate(
        "and", (Operand("t"), Operand("b", complement=True))
    )


def test_any_of_becomes_an_or() -> None:
    either = TemplateGate("either", BooleanShape(any_of=("t", "b")))
    template = replace(
        TEMPLATE,
        gates=(above("t", "CD3", 0.5), above("b", "CD19", 0.5), either),
        thresholds=(),
    )

    fitted = fit(events(two_modes(10, 1), two_modes(10, 2)), template)

    assert fitted.strategy.nodes[-1].gate == BooleanGate(
        "or", (Operand("t"), Operand("b"))
    )


def test_the_same_tube_gives_the_same_gates() -> None:
    tube = events(two_modes(1000, 1), two_modes(1000, 2))

    assert fit(tube).strategy.nodes == fit(tube).strategy.nodes


UNPLACED = replace(
    TEMPLATE,
    thresholds=tuple(replace(one, at=None) for one in TEMPLATE.thresholds),
)


def test_without_a_place_the_whole_axis_is_searched() -> None:
    cd3 = two_modes(1000, 1) - 0.25
    cd19 = two_modes(1000, 2)[::-1] + 0.1

    fitted = fit(events(cd3, cd19), UNPLACED)

    assert 0.1 < lower_limit(fitted, "t") < 0.4
    assert fitted.origins["t"].source == "fitted"


def test_where_nothing_is_known_and_nothing_seen_a_population_is_empty() -> None:
    fitted = fit(events(np.empty(0), np.empty(0)), UNPLACED)

    assert lower_limit(fitted, "t") > 1.5
    assert fitted.origins["t"].source == "template"


def test_a_population_that_is_all_positive_is_seen_as_that_in_its_ancestors() -> None:
    cd3 = two_modes(1000, 1)
    t_b = TubeTemplate(
        tube="",
        scales={},
        thresholds=(
            Threshold("cd3", "CD3", "", 0.5, "valley"),
            Threshold("cd19", "CD19", "all/t", method="valley"),
        ),
        gates=(
            TemplateGate("all", RectangleShape((MarkerLimits("CD3", -1.0),))),
            above("all/t", "CD3", "cd3"),
            above("all/t/b", "CD19", "cd19"),
        ),
        populations=(),
    )

    # Every T cell carries the second marker, and no other cell.
    fitted = fit(events(cd3, cd3), t_b)

    assert 0.4 < lower_limit(fitted, "all/t/b") < 0.6


def test_negative_events_of_another_gate_say_where_positive_ones_begin() -> None:
    cd3 = two_modes(1000, 1)
    cd19 = np.where(cd3 > 0.5, 0.2, 0.75) + np.random.default_rng(3).normal(
        0, 0.03, 2000
    )
    below = RectangleShape((MarkerLimits("CD3", None, "cd3"),))
    template = TubeTemplate(
        tube="",
        scales={},
        thresholds=(
            Threshold("cd3", "CD3", "", 0.5, "valley"),
            Threshold("cd19", "CD19", "rest", method="valley", negatives="t"),
        ),
        gates=(
            above("t", "CD3", "cd3"),
            TemplateGate("rest", below),
            above("rest/b", "CD19", "cd19"),
        ),
        populations=(),
    )

    fitted = fit(events(cd3, cd19), template)

    assert 0.3 < lower_limit(fitted, "rest/b") < 0.65


def test_a_polygon_of_which_nothing_is_known_holds_no_event() -> None:
    nothing = PolygonShape(MARKERS, np.empty((0, 2)))
    gate = TemplateGate("lymph", nothing, method="scatter_cluster")
    template = TubeTemplate("", {}, (), (gate,), ())

    fitted = fit(events(np.full(30, 0.4), np.full(30, 0.4)), template)

    assert fitted.origins["lymph"].source == "template"
    (node,) = fitted.strategy.nodes
    assert isinstance(node.gate, PolygonGate)
    assert node.gate.vertices.max() < -1
