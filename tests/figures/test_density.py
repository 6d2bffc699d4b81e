import numpy as np
import pytest

from cytoflow_blina.domain.events import Dimension, ScaledEvents
from cytoflow_blina.domain.gate import (
    BooleanGate,
    GateNode,
    GatingStrategy,
    Limits,
    Operand,
    RectangleGate,
)
from cytoflow_blina.domain.scale import LinearScale
from cytoflow_blina.figures.density import N_BINS, GateHistogram, gate_histograms
from cytoflow_blina.gates.apply import apply_strategy

CD3 = Dimension("FL1", scale="unit")
CD4 = Dimension("FL2", scale="unit")
CD19 = Dimension("FL3", scale="unit")

MARKERS = {"FL1": "CD3", "FL2": "CD4", "FL3": "CD19"}


def square(*, also: Dimension | None = None) -> RectangleGate:
    limits = [Limits(CD3, at_least=0.5), Limits(CD4, at_least=0.5)]
    if also is not None:
        limits.append(Limits(also, below=0.5))
    return RectangleGate(tuple(limits))


def histograms(
    nodes: tuple[GateNode, ...], values: np.ndarray
) -> tuple[GateHistogram, ...]:
    strategy = GatingStrategy(nodes, {"unit": LinearScale(1.0)})
    events = ScaledEvents(values, (CD3, CD4, CD19)[: values.shape[1]])
    return gate_histograms(strategy, events, apply_strategy(strategy, events), MARKERS)


def test_events_fall_into_the_bin_of_their_values() -> None:
    values = np.array([(0.0, 0.999), (0.25, 0.5), (0.25, 0.5)])

    (plot,) = histograms((GateNode("t", square()),), values)

    assert plot.counts.dtype == np.uint32
    assert plot.counts[0, N_BINS - 1] == 1
    assert plot.counts[N_BINS // 4, N_BINS // 2] == 2
    assert plot.counts.sum() == 3


def test_events_beyond_an_axis_pile_up_at_its_end() -> None:
    values = np.array([(-5.0, 7.0), (-np.inf, np.inf)])

    (plot,) = histograms((GateNode("t", square()),), values)

    assert plot.counts[0, N_BINS - 1] == 2


def test_events_without_a_value_are_left_out() -> None:
    values = np.array([(np.nan, 0.5), (0.5, np.nan), (0.5, 0.5)])

    (plot,) = histograms((GateNode("t", square()),), values)

    assert plot.counts.sum() == 1


def test_only_the_events_of_the_parent_are_shown() -> None:
    rng = np.random.default_rng(1)
    nodes = (
        GateNode("low", RectangleGate((Limits(CD3, below=0.5), Limits(CD4, 0.0)))),
        GateNode("low/t", square()),
    )

    _, plot = histograms(nodes, rng.random((1000, 2)))

    assert plot.parent == "low"
    assert plot.counts[N_BINS // 2 :].sum() == 0
    assert plot.counts.sum() == plot.gates[0].n_parent


def test_an_empty_parent_gives_an_empty_plot_and_no_percentage() -> None:
    nodes = (GateNode("none", square()), GateNode("none/t", square()))

    _, plot = histograms(nodes, np.full((10, 2), 0.1))

    assert plot.counts.sum() == 0
    assert (plot.gates[0].n_events, plot.gates[0].n_parent) == (0, 0)
    assert np.isnan(plot.gates[0].percent)


def test_a_tube_without_events_has_plots() -> None:
    (plot,) = histograms((GateNode("t", square()),), np.empty((0, 2)))

    assert plot.counts.sum() == 0


def test_gates_carry_the_counts_of_their_populations() -> None:
    values = np.array([(0.9, 0.9)] * 3 + [(0.1, 0.1)])

    (plot,) = histograms((GateNode("t", square()),), values)

    (gate,) = plot.gates
    assert (gate.name, gate.n_events, gate.n_parent) == ("t", 3, 4)
    assert gate.percent == pytest.approx(75.0)
    assert plot.x.label == "CD3 · FL1"


def test_a_limit_that_the_plot_does_not_show_is_named() -> None:
    nodes = (GateNode("t", square(also=CD19)),)

    (plot,) = histograms(nodes, np.full((4, 3), 0.4))

    assert plot.gates[0].note == "limited by CD19 too"


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (BooleanGate("not", (Operand("a"),)), "not a"),
        (BooleanGate("and", (Operand("a"), Operand("b"))), "a and b"),
        (
            BooleanGate("or", (Operand("a"), Operand("b", complement=True))),
            "a or not b",
        ),
    ],
)
def test_a_boolean_gate_is_put_into_words(gate: BooleanGate, words: str) -> None:
    nodes = (GateNode("a", square()), GateNode("b", square()), GateNode("c", gate))

    (plot,) = histograms(nodes, np.full((4, 2), 0.7))

    assert plot.gates[-1].note == words
    assert plot.gates[-1].outline.shape == (0, 2)
