import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.figures.label_places import Box, place_labels

SIDE = 240.0
BLANK = np.zeros((128, 128), np.uint8)


def quadrants(x: float, y: float) -> list[Box]:
    return [
        Box(0, 0, x, y),
        Box(x, 0, SIDE, y),
        Box(0, y, x, SIDE),
        Box(x, y, SIDE, SIDE),
    ]


@given(x=st.floats(30, 210), y=st.floats(30, 210))
def test_labels_of_quadrants_neither_meet_nor_leave_the_plot(
    x: float, y: float
) -> None:
    labels = place_labels(quadrants(x, y), [(80, 25)] * 4, BLANK, SIDE)

    for position, label in enumerate(labels):
        assert 0 <= label.left < label.right <= SIDE
        assert 0 <= label.top < label.bottom <= SIDE
        assert all(label.overlap(other) == 0 for other in labels[:position])


def test_a_label_avoids_the_events() -> None:
    image = BLANK.copy()
    image[:64] = 255

    (label,) = place_labels([Box(0, 0, SIDE, SIDE)], [(80, 25)], image, SIDE)

    assert label.top > SIDE / 2


def test_a_gate_within_a_larger_one_keeps_its_label_inside() -> None:
    column, upper = Box(0, 0, 90, SIDE), Box(0, 0, 90, 100)

    _, label = place_labels([column, upper], [(70, 25), (40, 25)], BLANK, SIDE)

    assert label.right <= upper.right
    assert label.bottom <= upper.bottom


def test_a_gate_too_small_for_its_label_has_it_beside() -> None:
    (label,) = place_labels([Box(100, 100, 110, 110)], [(80, 25)], BLANK, SIDE)

    assert label.overlap(Box(100, 100, 110, 110)) == 0


def test_boxes_that_touch_do_not_overlap() -> None:
    assert Box(0, 0, 2, 2).overlap(Box(2, 0, 4, 2)) == 0
    assert Box(0, 0, 2, 2).overlap(Box(1, 1, 4, 4)) == 1
