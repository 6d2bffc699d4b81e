"""The Levey-Jennings chart of one quantity."""

import re
from math import nan
from xml.etree import ElementTree as ET

import pytest

from cytoflow_blina.figures.levey_jennings import (
    ChartPoint,
    LeveyJenningsChart,
    levey_jennings_svg,
)

POINTS = (
    ChartPoint("S1", 2.0),
    ChartPoint("S2", 2.1, 1.0),
    ChartPoint("S3", 1.6, -4.0),
)


def chart(points: tuple[ChartPoint, ...] = POINTS) -> LeveyJenningsChart:
    return LeveyJenningsChart("CD45", points, 2.0, 0.1, is_logarithmic=True)


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_lines_are_labelled_in_linear_units() -> None:
    assert texts(levey_jennings_svg(chart())) == ["200", "100", "50.1"]


def test_a_run_beyond_three_sd_names_its_sample() -> None:
    svg = levey_jennings_svg(chart())

    assert "CD45: 3 runs, beyond 3 SD: S3" in svg
    assert svg.count('z"') == 1


def test_a_run_that_was_not_judged_is_hollow() -> None:
    svg = levey_jennings_svg(chart())

    every, hollow = re.findall(r'd="((?:M[\d. ]+h0 ?)+)"', svg)
    assert hollow.strip() == every.split("h0")[0] + "h0"
    assert 'stroke="#fff"' not in levey_jennings_svg(chart(POINTS[1:]))


def test_runs_are_points_from_left_to_right_and_higher_is_above() -> None:
    svg = levey_jennings_svg(chart())

    steps, _ = re.findall(r'd="((?:M[\d. ]+h0 ?)+)"', svg)
    places = [tuple(map(float, one)) for one in re.findall(r"M(\S+) (\S+)h0", steps)]
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    assert places[1][1] < places[0][1] < places[2][1]


def test_a_chart_without_limits_says_so() -> None:
    svg = levey_jennings_svg(LeveyJenningsChart("CD3", POINTS[:1], nan, nan))

    assert "CD3: 1 runs, too few for limits" in svg
    assert texts(svg) == ["2.00"]


@pytest.mark.parametrize("name", ["<b>", "a & b", '"quoted"'])
def test_every_text_is_escaped(name: str) -> None:
    points = (*POINTS, ChartPoint(name, 1.5, -5.0))

    ET.fromstring(levey_jennings_svg(chart(points)))  # noqa: S314 -- our own drawing
