import re
from dataclasses import replace
from math import nan

import pytest
from lxml import etree

from cytoflow_blina.figures.mrd_scale import (
    MrdScale,
    decades,
    log_range,
    mrd_scale_svg,
    short_share,
)

POSITIVE = MrdScale(0.0075, 0.0051, 0.0107, nan, 0.0049, 0.0121, 0.01, True)
NEGATIVE = MrdScale(0.0, 0.0, 0.00074, 0.004, 0.004, 0.01, 0.01, False)
UNKNOWN = MrdScale(nan, nan, nan, nan, nan, nan, 0.01, False)


def circles(svg: str) -> list[tuple[float, str]]:
    found = re.findall(r'<circle cx="([\d.]+)".*? fill="([^"]+)"', svg)
    return [(float(x), fill) for x, fill in found]


def test_the_mark_lies_between_its_decades() -> None:
    ((x, fill),) = circles(mrd_scale_svg(replace(POSITIVE, percent=0.1, hi95=0.2)))

    # 0.001 to 1, of which 0.1 is two thirds.
    assert x == pytest.approx(620 * 2 / 3, abs=0.1)
    assert fill != "#fff"


def test_mrd_that_was_not_detected_is_open_and_stands_at_what_it_lies_below() -> None:
    ((x, fill),) = circles(mrd_scale_svg(NEGATIVE))

    assert fill == "#fff"
    # No claim goes below the limit of detection, whatever counting alone allows.
    assert x == pytest.approx(620 * 0.602 / 3, abs=0.5)


def test_suspicious_events_are_open_too() -> None:
    few = replace(POSITIVE, percent=0.002, lo95=0.001, hi95=0.004, is_detected=False)

    ((_, fill),) = circles(mrd_scale_svg(few))

    assert fill == "#fff"


def test_limits_are_named_with_their_values() -> None:
    svg = mrd_scale_svg(POSITIVE)

    assert re.findall(r"(LOD|LLOQ|cut-off) ([\d.]+)\u202f%", svg) == [
        ("LOD", "0.0049"),
        ("cut-off", "0.01"),
        ("LLOQ", "0.0121"),
    ]


def test_what_is_not_known_is_not_drawn() -> None:
    svg = mrd_scale_svg(UNKNOWN)

    assert not circles(svg)
    assert "LOD" not in svg
    assert 'aria-label="cut-off 0.01 %"' in svg


@pytest.mark.parametrize("scale", [POSITIVE, NEGATIVE, UNKNOWN])
def test_the_drawing_is_well_formed(scale: MrdScale) -> None:
    etree.fromstring(mrd_scale_svg(scale).encode())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (1e-3, 1.0)),
        ([nan, 0.0, -1.0], (1e-3, 1.0)),
        ([0.0004, 12.0], (1e-4, 100.0)),
        ([100.0], (1e-3, 100.0)),
        ([1e-12], (1e-7, 1.0)),
    ],
)
def test_the_axis_holds_what_is_drawn(
    values: list[float], expected: tuple[float, float]
) -> None:
    assert log_range(values) == pytest.approx(expected)


def test_decades_are_written_in_full() -> None:
    written = [short_share(value) for value in decades(1e-4, 100.0)]

    assert written == ["0.0001", "0.001", "0.01", "0.1", "1", "10", "100"]
