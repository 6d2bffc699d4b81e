from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from cytoflow_blina.figures.attrition import AttritionStep, attrition_figure
from cytoflow_blina.figures.change import ChangePlot, change_figure
from cytoflow_blina.figures.forest import ForestRow, forest_figure
from cytoflow_blina.figures.kinetics import KineticsPlot, kinetics_figure
from cytoflow_blina.figures.paired import PairedPlot, paired_figure
from cytoflow_blina.figures.save import save_figure
from cytoflow_blina.figures.survival import (
    SurvivalGroup,
    SurvivalPlot,
    survival_figure,
)

VALUES = np.array([1.0, 2.0, 40.0])


def paired() -> Figure:
    return paired_figure([PairedPlot("CD3", "µL", VALUES, VALUES + 1)], ("D0", "EOT"))


def change() -> Figure:
    return change_figure([ChangePlot("CD3", "%", ("a", "b"), (VALUES, -VALUES))])


def kinetics() -> Figure:
    return kinetics_figure([KineticsPlot("CD3", "%", ("a", "b", "c"), VALUES[None])])


def survival() -> Figure:
    share = np.array([1.0, 0.7, 0.2])
    group = SurvivalGroup("a", VALUES, share, share / 2, share, VALUES[2:], (3, 1))
    return survival_figure([SurvivalPlot("a", "EFS", (group,), (0.0, 12.0))])


def forest() -> Figure:
    return forest_figure([ForestRow("a", 2.0, 1.0, 5.0, "2")], x_label="OR")


def attrition() -> Figure:
    return attrition_figure([AttritionStep("a", 2, 2, (("b", 1),))])


DRAWINGS = [paired, change, kinetics, survival, forest, attrition]


def contents(paths: tuple[Path, ...]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


def test_three_files_stand_beside_each_other(tmp_path: Path) -> None:
    paths = save_figure(paired(), tmp_path / "Figure 1.2")

    assert [path.name for path in paths] == [
        "Figure 1.2.svg",
        "Figure 1.2.pdf",
        "Figure 1.2.png",
    ]
    assert sorted(tmp_path.iterdir()) == sorted(paths)


@pytest.mark.parametrize("draw", DRAWINGS)
def test_the_same_figure_gives_the_same_bytes(
    draw: Callable[[], Figure], tmp_path: Path
) -> None:
    figure = draw()

    first = contents(save_figure(figure, tmp_path / "figure"))
    again = contents(save_figure(figure, tmp_path / "figure"))
    drawn_anew = contents(save_figure(draw(), tmp_path / "figure"))

    assert first == again
    assert first == drawn_anew


def test_no_file_carries_a_date_or_a_version(tmp_path: Path) -> None:
    svg, pdf, png = contents(save_figure(paired(), tmp_path / "figure"))

    for content in (svg, pdf, png):
        assert b"CreationDate" not in content
        assert b"dc:date" not in content
        assert f"v{mpl.__version__}".encode() not in content


def test_the_pdf_keeps_its_type_and_the_svg_its_text(tmp_path: Path) -> None:
    svg, pdf, _ = contents(save_figure(paired(), tmp_path / "figure"))

    assert b"/CIDFontType2" in pdf
    assert b"/Type3" not in pdf
    assert b">CD3</text>" in svg


def test_the_picture_has_300_dots_an_inch(tmp_path: Path) -> None:
    figure = paired()

    with Image.open(save_figure(figure, tmp_path / "figure")[2]) as picture:
        width, _ = picture.size
        dots = picture.info["dpi"]

    assert width == int(figure.get_figwidth() * 300)
    assert dots == pytest.approx((300, 300), abs=0.1)


def test_settings_of_matplotlib_are_left_alone(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)

    save_figure(paired(), tmp_path / "figure")

    assert dict(mpl.rcParams) == before


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        save_figure(paired(), tmp_path / "nowhere" / "figure")
