from dataclasses import replace

import numpy as np
import pytest
from tests.figures.marrow import (
    CLONES,
    MARKERS,
    SCALE,
    gate,
    marrow_events,
    marrow_tube,
    phenotype,
    reference,
)

from cytoflow_blina.bridge.transforms import apply_scale
from cytoflow_blina.figures.marrow_histograms import (
    B_LINEAGE,
    MOST_DOTS,
    NUCLEATED,
    SIDE_SCATTER,
    MarrowHistograms,
    MarrowPlot,
    marrow_histograms,
)


def plot_of(drawn: MarrowHistograms, x: str, y: str) -> MarrowPlot:
    (found,) = (plot for plot in drawn.plots if (plot.x, plot.y) == (x, y))
    return found


def test_every_event_is_counted_once_in_each_plot() -> None:
    drawn = marrow_tube([40])

    assert plot_of(drawn, "CD10", "CD38").counts.sum() == 2_040
    assert plot_of(drawn, "CD45", SIDE_SCATTER).counts.sum() == 30_000


def test_plots_with_side_scatter_show_nucleated_cells_and_others_b_lineage() -> None:
    drawn = marrow_tube()

    backgrounds = {(plot.x, plot.y): plot.background for plot in drawn.plots}
    assert backgrounds.pop(("CD45", SIDE_SCATTER)) == NUCLEATED
    assert backgrounds.pop(("CD19", SIDE_SCATTER)) == NUCLEATED
    assert set(backgrounds.values()) == {B_LINEAGE}


def test_a_tube_without_side_scatter_has_the_other_plots() -> None:
    events = marrow_events(np.zeros((7, len(MARKERS))))
    bare = replace(
        events,
        side_scatter=None,
        side_scatter_scale=None,
        nucleated={"CD45": events.nucleated["CD45"]},
    )
    members = np.arange(7) < 5

    drawn, whole = (
        marrow_histograms(
            one, [gate(members, CLONES[0], 1)], reference=None, phenotype=None
        )
        for one in (bare, events)
    )

    assert drawn.columns == MARKERS
    assert len(drawn.axes) == len(MARKERS)
    assert drawn.candidates[0].dots.shape == (5, len(MARKERS))
    pairs = [(plot.x, plot.y) for plot in whole.plots if plot.y != SIDE_SCATTER]
    assert [(plot.x, plot.y) for plot in drawn.plots] == pairs


def test_b_lineage_stands_in_where_no_nucleated_cell_was_told() -> None:
    events = marrow_events(np.zeros((7, len(MARKERS))))
    nothing = {name: np.empty(0) for name in events.nucleated}

    drawn = marrow_histograms(
        replace(events, nucleated=nothing), [], reference=None, phenotype=None
    )

    assert plot_of(drawn, "CD45", SIDE_SCATTER).background == B_LINEAGE
    assert plot_of(drawn, "CD45", SIDE_SCATTER).counts.sum() == 7


@pytest.mark.parametrize(
    ("markers", "present", "absent"),
    [
        (("CD58", "CD81", "CD38"), ("CD58", "CD38"), ("CD81", "CD38")),
        (("CD81", "CD38"), ("CD81", "CD38"), ("CD58", "CD38")),
        (("CD22", "CD19"), ("CD22", "CD19"), ("CD24", "CD19")),
    ],
)
def test_pairs_are_drawn_as_far_as_measured(
    markers: tuple[str, ...], present: tuple[str, str], absent: tuple[str, str]
) -> None:
    events = marrow_events(np.zeros((3, len(markers))))

    drawn = marrow_histograms(
        replace(events, markers=markers), [], reference=None, phenotype=None
    )

    pairs = [(plot.x, plot.y) for plot in drawn.plots]
    assert present in pairs
    assert absent not in pairs


def test_a_candidate_of_20_events_keeps_them_all() -> None:
    (found,) = marrow_tube([20]).candidates

    assert found.n_events == len(found.dots) == 20


def test_a_candidate_of_many_events_is_drawn_by_some_and_counted_whole() -> None:
    (found,) = marrow_tube([5_000]).candidates

    assert found.n_events == 5_000
    assert len(found.dots) == MOST_DOTS


def test_dots_lie_where_the_scale_puts_their_linear_values() -> None:
    decades = np.array([[0.0, 1.0, 2.0, 3.0, -0.2, 0.5, 3.4]])
    cofactor = SCALE.top / np.sinh(SCALE.total_decades * np.log(10))
    linear = cofactor * np.sinh(decades * np.log(10))

    drawn = marrow_histograms(
        marrow_events(decades),
        [gate(np.array([True]), CLONES[0], 1)],
        reference=None,
        phenotype=None,
    )

    assert drawn.candidates[0].dots[0, :-1] == pytest.approx(
        apply_scale(SCALE, linear[0]), abs=1e-6
    )


def test_shapes_are_scaled_as_the_axis_is() -> None:
    drawn = marrow_histograms(
        marrow_events(np.zeros((0, 7))),
        [gate(np.zeros(0, bool), CLONES[0], 1)],
        reference=reference(),
        phenotype=phenotype(),
    )

    span = SCALE.total_decades + SCALE.negative_decades
    hg1 = drawn.normal[0]
    assert hg1.name == "hg1"
    assert hg1.center[1] == pytest.approx((2.6 + 0.5) / span)
    assert hg1.covariance[0, 0] == pytest.approx((0.2 / span) ** 2)
    assert drawn.diagnosis is not None
    assert drawn.diagnosis.name == "P01-DX"
    assert drawn.candidates[0].gate is not None
    assert drawn.candidates[0].gate.distance_squared == 14.0


def test_a_gate_that_is_no_ellipsoid_has_dots_and_no_outline() -> None:
    drawn_by_hand = replace(
        gate(np.array([True]), CLONES[0], 1), distance_squared=float("nan")
    )

    drawn = marrow_histograms(
        marrow_events(np.zeros((1, 7))), [drawn_by_hand], reference=None, phenotype=None
    )

    assert drawn.candidates[0].gate is None
    assert len(drawn.candidates[0].dots) == 1


def test_a_tube_without_events_of_b_lineage_gives_empty_plots() -> None:
    drawn = marrow_tube(n_events=0)

    assert plot_of(drawn, "CD10", "CD38").counts.sum() == 0
    assert drawn.candidates == ()


def test_events_without_a_value_are_left_out_and_those_beyond_lie_at_the_edge() -> None:
    values = np.full((3, 7), 1.0)
    values[0, 1] = np.nan
    values[1, 1] = 99.0

    drawn = marrow_histograms(marrow_events(values), [], reference=None, phenotype=None)

    counts = plot_of(drawn, "CD10", "CD38").counts
    assert counts.sum() == 2
    assert counts[-1].sum() == 1
