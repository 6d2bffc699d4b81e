from dataclasses import replace
from math import nan

from lxml import etree

from cytoflow_blina.figures.mrd_course import MrdPoint, mrd_course_svg

DETECTED = MrdPoint("DX", "cycle 1", 1.0, 0.9, 1.1, 0.004, True)
NEGATIVE = MrdPoint("EOT", "cycle 1", 0.0, 0.0, 0.0007, 0.004, False)
UNKNOWN = MrdPoint("D14", "cycle 1", nan, nan, nan, nan, False)


def test_detected_marks_are_filled_and_others_open() -> None:
    svg = mrd_course_svg([DETECTED, NEGATIVE], cut=0.01)

    assert svg.count("<circle") == 1
    # An open triangle, whose tip is down, for what lies below.
    assert svg.count("h12l-6 11z") == 1


def test_each_sample_that_was_judged_has_its_limit_of_detection() -> None:
    svg = mrd_course_svg([DETECTED, UNKNOWN, NEGATIVE], cut=0.01)

    assert svg.count("h30") == 2


def test_a_sample_that_is_not_evaluable_is_a_cross_and_joined_to_nothing() -> None:
    svg = mrd_course_svg([UNKNOWN, UNKNOWN], cut=0.01)

    assert svg.count("l10 10m0 -10l-10 10") == 2
    assert "<circle" not in svg


def test_a_line_to_what_was_not_detected_is_dashed() -> None:
    def dashed(*points: MrdPoint) -> int:
        return mrd_course_svg(points, cut=0.01).count('stroke-dasharray="4 3"')

    assert dashed(DETECTED, DETECTED) == 0
    assert dashed(DETECTED, NEGATIVE) == 1


def test_the_sample_of_the_page_is_marked() -> None:
    svg = mrd_course_svg([DETECTED, replace(NEGATIVE, is_current=True)], cut=0.01)

    assert svg.count("underline") == 1


def test_labels_are_cut_and_escaped() -> None:
    long = replace(DETECTED, label="<b>" + 40 * "x")

    svg = mrd_course_svg([long], cut=0.01)

    etree.fromstring(svg.encode())
    assert "&lt;b&gt;xxxxxxxxxxxxxx…" in svg


def test_the_course_is_told_in_words() -> None:
    svg = mrd_course_svg([DETECTED, UNKNOWN, NEGATIVE], cut=0.01)

    assert (
        'aria-label="MRD over time. DX: 1 %, D14: not evaluable, '
        'EOT: not detected at 0.004 %"'
    ) in svg
