import base64
import io
from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest
from PIL import Image

from cytoflow_blina.figures.axes import Axis, Tick
from cytoflow_blina.figures.density import N_BINS, DrawnGate, GateHistogram
from cytoflow_blina.figures.gate_plot import gate_plot_svg

SVG = "{http://www.w3.org/2000/svg}"
AXIS = Axis("CD3 · FITC-A", 0.0, 1.0, (Tick(0.0, "0"), Tick(0.5), Tick(1.0, "10⁵")))
SQUARE = np.array([(0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0)])


def histogram(
    counts: np.ndarray | None = None, *gates: DrawnGate, label: str = "SSC"
) -> GateHistogram:
    if counts is None:
        counts = np.ones((N_BINS, N_BINS), np.uint32)
    return GateHistogram("lymph", AXIS, Axis(label, 0.0, 1.0), counts, gates)


def drawn(plot: GateHistogram) -> Element:
    return fromstring(gate_plot_svg(plot))  # noqa: S314 - our own text


def words(plot: GateHistogram) -> list[str]:
    return [element.text or "" for element in drawn(plot).iter(f"{SVG}text")]


def pixels(plot: GateHistogram) -> np.ndarray:
    """Decode the picture: red, green, blue of each pixel, top row first."""
    image = drawn(plot).find(f"{SVG}image")
    assert image is not None
    content = image.get("href", "").removeprefix("data:image/png;base64,")
    picture = Image.open(io.BytesIO(base64.b64decode(content)))
    return np.asarray(picture.convert("RGB"))


def test_a_bin_is_drawn_where_it_lies() -> None:
    counts = np.zeros((N_BINS, N_BINS), np.uint32)
    counts[3, 10] = 7

    picture = pixels(histogram(counts))

    coloured = np.argwhere((picture != 255).any(axis=2))
    assert coloured.tolist() == [[N_BINS - 1 - 10, 3]]


def test_a_single_event_is_dark_beside_a_crowd() -> None:
    counts = np.zeros((N_BINS, N_BINS), np.uint32)
    counts[0, 0], counts[50, 50] = 1, 100_000

    picture = pixels(histogram(counts)).astype(int)

    single, crowd = picture[N_BINS - 1, 0], picture[N_BINS - 1 - 50, 50]
    assert single.sum() < 255 < crowd.sum()


def test_an_outline_is_drawn_in_the_place_of_the_gate() -> None:
    plot = histogram(None, DrawnGate("lymph/t", SQUARE, 30, 40))

    (halo, line) = drawn(plot).iter(f"{SVG}polygon")

    assert halo.get("points") == line.get("points")
    assert line.get("points") == "120.0,120.0 240.0,120.0 240.0,0.0 120.0,0.0"


def test_a_gate_is_labelled_with_its_share_and_its_events() -> None:
    plot = histogram(None, DrawnGate("lymph/t", SQUARE, 3000, 4000))

    assert "t" in words(plot)
    assert "75.0\u202f% · 3,000" in words(plot)


def test_a_gate_without_outline_is_not_labelled_in_the_plot() -> None:
    plot = histogram(None, DrawnGate("cells", np.empty((0, 2)), 3, 4))

    assert "cells" not in words(plot)
    assert "cells 75.0\u202f%, 3 events" in str(drawn(plot).get("aria-label"))


def test_axes_are_named_and_marked() -> None:
    texts = words(histogram())

    assert {"CD3 · FITC-A", "SSC", "0", "10⁵"} <= set(texts)


def test_an_empty_parent_says_so() -> None:
    empty = histogram(np.zeros((N_BINS, N_BINS), np.uint32))

    assert "no events in parent" in words(empty)
    assert "no events in parent" not in words(histogram())


def test_text_from_outside_is_escaped() -> None:
    script = "<script>alert(1)</script>"
    plot = histogram(None, DrawnGate(script, SQUARE, 1, 2), label=script)

    svg = gate_plot_svg(plot)

    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_long_names_are_cut_in_the_plot_and_whole_in_its_description() -> None:
    plot = histogram(None, DrawnGate("g" * 300, SQUARE, 1, 2))

    assert "g" * 23 + "…" in words(plot)
    assert "g" * 300 in str(drawn(plot).get("aria-label"))


def test_the_same_histogram_gives_the_same_text() -> None:
    plot = histogram(None, DrawnGate("t", SQUARE, 1, 2))

    assert gate_plot_svg(plot) == gate_plot_svg(plot)


@pytest.mark.parametrize("side", [0, 1])
def test_labels_stay_in_the_plot(side: int) -> None:
    corner = 0.02 * SQUARE + (0.97 if side else 0.0)
    plot = histogram(None, DrawnGate("a_long_gate_name", corner, 1, 2))

    boxes = [group for group in drawn(plot).iter(f"{SVG}g") if group.get("transform")]

    (box,) = boxes
    rectangle = box.find(f"{SVG}rect")
    assert rectangle is not None
    left, top = (
        float(number) for number in str(box.get("transform"))[10:-1].split(" ")
    )
    assert 0 <= left <= 240 - float(rectangle.get("width", "nan"))
    assert 0 <= top <= 240 - float(rectangle.get("height", "nan"))
