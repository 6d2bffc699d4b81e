from tests.figures.conftest import GatedTube

from cytoflow_blina.domain.events import Dimension
from cytoflow_blina.domain.gate import (
    BooleanGate,
    Gate,
    GateNode,
    GatingStrategy,
    Limits,
    Operand,
    RectangleGate,
)
from cytoflow_blina.figures.panels import PlotPanel, plan_panels

CD3, CD4, CD8, CD19, NK = (Dimension(f"FL{number}") for number in range(1, 6))
SSC = Dimension("SSC-H")


def above(*dimensions: Dimension) -> RectangleGate:
    return RectangleGate(tuple(Limits(one, at_least=0.5) for one in dimensions))


def strategy(**gates: Gate) -> GatingStrategy:
    """Name gates by their path, `__` for `/`."""
    return GatingStrategy(
        tuple(GateNode(name.replace("__", "/"), gate) for name, gate in gates.items())
    )


def test_quadrants_share_a_plot_whichever_way_round_their_limits_stand() -> None:
    tree = strategy(t=above(CD3, SSC), t__cd4=above(CD4, CD8), t__dp=above(CD8, CD4))

    panels = plan_panels(tree)

    assert panels[1] == PlotPanel("t", CD4, CD8, ("t/cd4", "t/dp"))


def test_a_threshold_is_shown_against_side_scatter() -> None:
    tree = strategy(cd45=above(CD3), cd45__lymph=above(CD3, SSC))

    assert plan_panels(tree)[0] == PlotPanel("", CD3, SSC, ("cd45",))


def test_a_threshold_joins_a_plot_of_its_siblings() -> None:
    tree = strategy(b=above(CD19), t=above(CD3, CD19), scatter=above(SSC, NK))

    panels = plan_panels(tree)

    assert panels[0] == PlotPanel("", CD3, CD19, ("b", "t"))


def test_without_side_scatter_another_dimension_serves() -> None:
    tree = strategy(t=above(CD3), b=above(CD19))

    assert [(panel.x, panel.y) for panel in plan_panels(tree)] == [(CD3, CD19)]


def test_a_single_dimension_is_shown_against_itself() -> None:
    assert plan_panels(strategy(t=above(CD3))) == (PlotPanel("", CD3, CD3, ("t",)),)


def test_a_gate_on_three_markers_is_shown_on_the_one_it_asks_for() -> None:
    nk = RectangleGate(
        (Limits(CD3, below=0.5), Limits(CD19, below=0.5), Limits(NK, at_least=0.4))
    )

    (panel,) = plan_panels(strategy(nk=nk))

    assert (panel.x, panel.y) == (CD3, NK)


def test_a_boolean_gate_stands_beside_its_operand() -> None:
    tree = strategy(
        beads=above(CD3, SSC), cells=BooleanGate("not", (Operand("beads"),))
    )

    (panel,) = plan_panels(tree)

    assert panel.children == ("beads", "cells")


def test_a_boolean_gate_of_another_parent_gets_the_axes_of_its_operand() -> None:
    tree = strategy(
        a=above(CD3, CD4),
        a__b=above(CD8, CD19),
        a__b__rest=BooleanGate("and", (Operand("a/b"), Operand("a", complement=True))),
    )

    assert plan_panels(tree)[-1] == PlotPanel("a/b", CD8, CD19, ("a/b/rest",))


def test_a_boolean_gate_of_boolean_gates_finds_axes_behind_them() -> None:
    tree = strategy(
        a=above(CD3, CD4),
        not_a=BooleanGate("not", (Operand("a"),)),
        twice=BooleanGate("not", (Operand("not_a"),)),
    )

    (panel,) = plan_panels(tree)

    assert panel.children == ("a", "not_a", "twice")


def test_a_boolean_gate_without_geometry_anywhere_has_no_plot() -> None:
    tree = strategy(odd=BooleanGate("not", (Operand("elsewhere"),)))

    assert plan_panels(tree) == ()


def test_every_gate_of_a_tree_is_shown_once(blood: GatedTube) -> None:
    panels = plan_panels(blood.strategy)

    shown = [path for panel in panels for path in panel.children]
    assert sorted(shown) == sorted(blood.strategy.paths)
