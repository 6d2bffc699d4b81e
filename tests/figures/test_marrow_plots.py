import re
from dataclasses import replace

import numpy as np
import pytest
from lxml import etree
from tests.figures.marrow import marrow_tube

from cytoflow_blina.figures.marrow_histograms import Ellipsoid, MarrowHistograms
from cytoflow_blina.figures.marrow_plots import candidate_style, marrow_plot_svg


def drawing(histograms: MarrowHistograms, x: str = "CD10", y: str = "CD38") -> str:
    (plot,) = (one for one in histograms.plots if (one.x, one.y) == (x, y))
    return marrow_plot_svg(histograms, plot)


def n_dots(svg: str) -> int:
    """Count the dots; each is drawn twice, on white and in colour."""
    paths: list[str] = re.findall(r'd="(M[^"]*h0[^"]*)"', svg)
    return sum(path.count("h0") for path in paths) // 2


def test_all_20_events_of_a_candidate_are_drawn_and_large() -> None:
    svg = drawing(marrow_tube([20]))

    assert n_dots(svg) == 20
    assert 'stroke-width="9.0"' in svg


def test_many_events_are_drawn_smaller() -> None:
    assert 'stroke-width="4.5"' in drawing(marrow_tube([5_000]))


def test_dots_lie_where_the_clone_lies() -> None:
    svg = drawing(marrow_tube([200]))

    start, *steps = (
        tuple(map(int, pair))
        for pair in re.findall(r"[Mm](-?\d+) (-?\d+)h0", svg.split("#D55E00")[0])
    )
    places = np.cumsum([start, *steps], axis=0)[: n_dots(svg)]
    # CD10 at 3.0 decades, CD38 at 1.6, of an axis from -0.5 to 3.5; 480 steps a side.
    assert places.mean(axis=0) == pytest.approx((480 * 3.5 / 4, 480 * 1.9 / 4), abs=9)


def test_candidates_differ_in_more_than_their_colour() -> None:
    styles = [candidate_style(f"b/candidate_{number}") for number in range(1, 9)]

    looks = {(one.colour, one.is_square, one.is_hollow) for one in styles}
    assert len(looks) == 8
    assert [one.number for one in styles] == list(range(1, 9))


def test_a_gate_without_a_number_is_drawn_as_the_first() -> None:
    assert candidate_style("b/blasts").number == 1


def test_normal_cells_are_drawn_at_two_distances_and_named() -> None:
    svg = drawing(marrow_tube())

    # Twice each, as outline and as filling.
    assert svg.count("<ellipse") == 2 * 2 * 5
    assert {"HG1", "mature B"} <= set(re.findall(r">([^<>]+)</text>", svg))


def test_stations_of_one_name_are_named_once() -> None:
    drawn = marrow_tube()
    twice = replace(drawn.normal[3], center=drawn.normal[3].center + 0.3)

    svg = drawing(replace(drawn, normal=(*drawn.normal, twice)))

    assert svg.count(">mature B</text>") == 1


def test_the_diagnosis_is_dashed() -> None:
    assert "stroke-dasharray" in drawing(marrow_tube([20], has_phenotype=True))
    assert "stroke-dasharray" not in drawing(marrow_tube([20]))


def test_shapes_are_left_out_of_plots_whose_axes_they_lack() -> None:
    svg = drawing(marrow_tube([20], has_phenotype=True), "CD45", "SSC")

    assert "<ellipse" not in svg
    assert n_dots(svg) == 20


def test_a_matrix_that_is_no_covariance_draws_nothing() -> None:
    flat = Ellipsoid("1", ("CD10", "CD38"), np.full(2, 0.5), -np.eye(2))

    svg = drawing(replace(marrow_tube(), normal=(flat,)))

    assert "<ellipse" not in svg


def test_an_ellipse_along_one_axis_is_drawn_along_it() -> None:
    wide = Ellipsoid("1", ("CD10", "CD38"), np.full(2, 0.5), np.diag([0.04, 0.01]))

    svg = drawing(replace(marrow_tube(), normal=(wide,)))

    # 1 SD: 0.2 of 240 pixels across, 0.1 of them up.
    ellipses = re.findall(r'rx="([\d.]+)" ry="([\d.]+)" .*?rotate\((-?[\d.]+)\)', svg)
    assert ("48.0", "24.0") in {one[:2] for one in ellipses}
    assert {float(one[2]) % 180 for one in ellipses} == {0.0}


def test_an_empty_plot_says_so() -> None:
    assert "no cells of B lineage" in drawing(marrow_tube(n_events=0))


def test_what_is_shown_is_said_in_words() -> None:
    svg = drawing(marrow_tube([30, 1_200]))

    assert (
        "CD38 against CD10: 3,230 cells of B lineage, candidate 1 of 30 events, "
        "candidate 2 of 1,200 events"
    ) in svg


def test_names_are_escaped_and_the_drawing_is_well_formed() -> None:
    drawn = marrow_tube([20], has_phenotype=True)
    axes = (replace(drawn.axes[0], label="<CD20 & 'x'>"), *drawn.axes[1:])

    svg = drawing(replace(drawn, axes=axes), "CD10", "CD20")

    assert "&lt;CD20 &amp;" in svg
    etree.fromstring(svg.encode())
