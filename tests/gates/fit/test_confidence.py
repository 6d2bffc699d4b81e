"""A count is as sure as the edges that it stands on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from cytoflow_blina.domain.events import Dimension, ScaledEvents
from cytoflow_blina.domain.scale import LinearScale
from cytoflow_blina.domain.template import (
    MarkerLimits,
    RectangleShape,
    ReportedPopulation,
    TemplateGate,
    Threshold,
    TubeTemplate,
)
from cytoflow_blina.gates.fit.confidence import misplaced
from cytoflow_blina.gates.fit.method import Doubt
from cytoflow_blina.gates.fit.placed import PlacedThreshold
from cytoflow_blina.gates.fit.strategy import FittedStrategy, fit_strategy
from cytoflow_blina.gates.resolve import ResolvedTemplate

MARKERS = ("CD4", "CD8")
DIMENSIONS = {name: Dimension(name, "uncompensated", "linear") for name in MARKERS}


def quadrant(path: str, *, cd4: bool, cd8: bool) -> TemplateGate:
    limits = (
        MarkerLimits("CD4", "cd4") if cd4 else MarkerLimits("CD4", None, "cd4"),
        MarkerLimits("CD8", "cd8") if cd8 else MarkerLimits("CD8", None, "cd8"),
    )
    return TemplateGate(path, RectangleShape(limits))


TEMPLATE = TubeTemplate(
    tube="",
    scales={},
    thresholds=(
        Threshold("cd4", "CD4", "", 0.5, "valley"),
        Threshold("cd8", "CD8", "", 0.5, "valley"),
    ),
    gates=(
        quadrant("t_cd4", cd4=True, cd8=False),
        quadrant("t_cd8", cd4=False, cd8=True),
        quadrant("t_dp", cd4=True, cd8=True),
    ),
    populations=(
        ReportedPopulation("CD4", "", ("t_cd4", "t_dp"), ""),
        ReportedPopulation("CD8", "", ("t_cd8", "t_dp"), ""),
    ),
)


def t_cells(spread: float, *, n: int = 2000, n_cd8: int | None = None) -> ScaledEvents:
    """CD4 and CD8 T cells; CD8 spreads as asked, CD4 is always clear."""
    rng = np.random.default_rng(4)
    n_cd8 = n if n_cd8 is None else n_cd8
    cd4 = np.concatenate([rng.normal(0.7, 0.03, n), rng.normal(0.3, 0.03, n_cd8)])
    cd8 = np.concatenate([rng.normal(0.35, spread, n), rng.normal(0.65, spread, n_cd8)])
    return ScaledEvents(np.column_stack([cd4, cd8]), tuple(DIMENSIONS.values()))


def fit(
    events: ScaledEvents, lent: dict[str, PlacedThreshold] | None = None
) -> FittedStrategy:
    resolved = ResolvedTemplate(
        TEMPLATE, DIMENSIONS, {"linear": LinearScale(1.0)}, frozenset(), ()
    )
    return fit_strategy(resolved, events, lent=lent or {})


def test_populations_far_apart_leave_no_doubt() -> None:
    fitted = fit(t_cells(0.03))

    assert min(fitted.confidences.values()) > 0.99


def test_confidence_falls_as_populations_overlap() -> None:
    sure = [fit(t_cells(spread)).confidences["CD8"] for spread in (0.04, 0.08, 0.11)]

    assert sure == sorted(sure, reverse=True)
    assert sure[0] > 0.99
    assert sure[2] < 0.6


def test_an_edge_between_two_gates_that_are_added_is_no_matter() -> None:
    fitted = fit(t_cells(0.11))

    assert fitted.confidences["CD4"] > 0.95
    assert fitted.origins["t_cd4"].confidence < fitted.confidences["CD4"]


def test_an_absent_population_beside_clear_negatives_is_sure_to_be_absent() -> None:
    fitted = fit(t_cells(0.02, n_cd8=0))

    assert fitted.thresholds["cd8"].source == "template"
    assert fitted.confidences["CD8"] >= 0.8


def test_template_gates_have_no_confidence() -> None:
    resolved = ResolvedTemplate(
        TEMPLATE, DIMENSIONS, {"linear": LinearScale(1.0)}, frozenset(), ()
    )

    fitted = fit_strategy(resolved, t_cells(0.03), find=False)

    assert np.isnan(list(fitted.confidences.values())).all()


def test_a_lent_threshold_that_counts_the_same_is_taken() -> None:
    own = fit(t_cells(0.03)).thresholds["cd8"].value
    lent = PlacedThreshold("CD8", own + 0.03, "fitted", scale=LinearScale(1.0))

    fitted = fit(t_cells(0.03), {"cd8": lent})

    assert fitted.thresholds["cd8"].value == lent.value
    assert fitted.thresholds["cd8"].source == "borrowed"
    assert fitted.origins["t_dp"].source == "borrowed"


def test_a_lent_threshold_that_would_count_others_is_left() -> None:
    lent = PlacedThreshold("CD8", 0.62, "fitted", scale=LinearScale(1.0))

    fitted = fit(t_cells(0.03), {"cd8": lent})

    assert fitted.thresholds["cd8"].source == "fitted"


def test_a_lent_threshold_that_loses_few_positive_events_is_left() -> None:
    events = t_cells(0.03, n=6000, n_cd8=25)
    own = fit(events).thresholds["cd8"]
    lent = PlacedThreshold("CD8", 0.68, "fitted", scale=LinearScale(1.0))

    fitted = fit(events, {"cd8": lent})

    assert own.source == "fitted"
    assert fitted.thresholds["cd8"] == own


def test_a_threshold_of_another_axis_is_left() -> None:
    own = fit(t_cells(0.03)).thresholds["cd8"].value
    lent = PlacedThreshold("CD8", own + 0.03, "fitted", scale=LinearScale(2.0))

    assert fit(t_cells(0.03), {"cd8": lent}).thresholds["cd8"].source == "fitted"


def test_a_lent_threshold_stands_in_where_the_tube_shows_none() -> None:
    lent = PlacedThreshold(
        "CD8", 0.58, "fitted", 1.0, Doubt(0.5, 0.6), LinearScale(1.0)
    )

    fitted = fit(t_cells(0.02, n_cd8=0), {"cd8": lent})

    assert fitted.thresholds["cd8"].value == 0.58
    assert fitted.thresholds["cd8"].source == "borrowed"


@pytest.mark.parametrize("separation", [4.0, 5.0, 6.0])
def test_misplaced_events_of_two_gaussians_are_estimated(separation: float) -> None:
    spread = 0.3 / separation
    rng = np.random.default_rng(1)
    values = np.concatenate(
        [rng.normal(0.35, spread, 50_000), rng.normal(0.65, spread, 50_000)]
    )

    estimated = misplaced(values, 0.5)

    true = 100_000 * norm.sf(separation / 2)
    assert 0.6 * true < estimated < 2.5 * true


@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0, 1))
def test_misplaced_events_are_never_negative_nor_unknown(
    values: list[float], threshold: float
) -> None:
    estimated = misplaced(np.array(values, dtype=np.float64), threshold)

    assert np.isfinite(estimated)
    assert estimated >= 0
