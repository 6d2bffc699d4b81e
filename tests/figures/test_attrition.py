from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from tests.figures.drawn import boxes, overlapping_texts, texts, texts_off_the_page

from cytoflow_blina.figures.attrition import AttritionStep, attrition_figure

LONG = (
    "panel does not match the file: detector FL3-H has no marker, $x$, and nothing in "
    "the sample sheet says which it should be"
)
STEPS = (
    AttritionStep("On the sample sheet", 105, 125),
    AttritionStep(
        "With both visits", 88, 101, (("no baseline", 9), ("no end of treatment", 15))
    ),
    AttritionStep("Compared", 1, 1, ((LONG, 100),)),
)


def frames(figure: Figure) -> list[Rectangle]:
    (axes,) = figure.axes
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def arrows(figure: Figure) -> list[FancyArrowPatch]:
    (axes,) = figure.axes
    return [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]


def assert_legible(figure: Figure) -> None:
    assert overlapping_texts(figure) == []
    assert texts_off_the_page(figure) == []
    extents = [frame.get_window_extent() for frame in frames(figure)]
    assert not any(a.overlaps(b) for a, b in combinations(extents, 2))
    for words, box in boxes(figure):
        assert any(frame.x0 <= box.x0 and box.x1 <= frame.x1 for frame in extents), (
            words
        )


def test_each_stage_tells_its_subjects_and_cycles() -> None:
    words = texts(attrition_figure(STEPS).axes[0])

    assert words[:2] == ["On the sample sheet", "105 subjects, 125 cycles"]
    assert "1 subject, 1 cycle" in words


def test_the_lost_are_told_by_reason_with_their_n() -> None:
    words = texts(attrition_figure(STEPS).axes[0])

    assert words[words.index("Lost (n = 24)") :][:3] == [
        "Lost (n = 24)",
        "no baseline (n = 9)",
        "no end of treatment (n = 15)",
    ]


def test_arrows_lead_down_and_to_the_lost() -> None:
    # Two between three stages, and two to the boxes of the lost.
    assert len(arrows(attrition_figure(STEPS))) == 4


def test_a_stage_that_lost_nobody_has_no_box_of_the_lost() -> None:
    figure = attrition_figure([AttritionStep("a", 2, 2), AttritionStep("b", 2, 2)])

    assert len(frames(figure)) == 2
    assert len(arrows(figure)) == 1


def test_those_lost_on_the_way_to_the_first_stage_stand_above_it() -> None:
    figure = attrition_figure([AttritionStep("a", 2, 2, (("b", 1),))])

    stage, lost = frames(figure)
    assert lost.get_y() + lost.get_height() < stage.get_y()
    assert len(arrows(figure)) == 2
    assert_legible(figure)


def test_a_long_reason_is_wrapped_and_whole() -> None:
    words = " ".join(texts(attrition_figure(STEPS).axes[0]))

    assert LONG.replace("$", r"\$") + " (n = 100)" in words


def test_six_stages_and_twelve_reasons_fit() -> None:
    lost = ((LONG, 12345), ("W" * 90, 2), ("short", 3))
    steps = [AttritionStep(f"{LONG} {k}", 10**6, 10**6, lost) for k in range(6)]

    assert_legible(attrition_figure(steps))


@pytest.mark.parametrize("reason", ["WWWWWW^$$$$$$$$$$$$$$$_", "W" * 17])
def test_a_reason_leaves_room_for_its_number(reason: str) -> None:
    assert_legible(attrition_figure([AttritionStep("", 0, 0, ((reason, 100_000),))]))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.builds(
            AttritionStep,
            st.text("abcW$ _^", max_size=60),
            st.integers(0, 10**6),
            st.integers(0, 10**6),
            st.lists(
                st.tuples(st.text("abcW$ _^", max_size=120), st.integers(0, 10**6)),
                max_size=4,
            ).map(tuple),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_nothing_ever_overlaps(steps: list[AttritionStep]) -> None:
    assert_legible(attrition_figure(steps))


@pytest.mark.parametrize("steps", [(), []])
def test_a_figure_without_stages_says_so(steps: list[AttritionStep]) -> None:
    assert texts(attrition_figure(steps).axes[0]) == ["no stages"]
