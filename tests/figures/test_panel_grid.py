import pytest
from matplotlib.figure import Figure

from cytoflow_blina.figures.panel_grid import label_figure, open_grid, panel_letters


@pytest.mark.parametrize(
    ("n_panels", "letters"), [(0, ()), (1, ("",)), (2, ("A", "B"))]
)
def test_panels_have_letters_where_there_are_several(
    n_panels: int, letters: tuple[str, ...]
) -> None:
    assert panel_letters(n_panels) == letters


def test_after_z_come_double_letters() -> None:
    assert panel_letters(28)[24:] == ("Y", "Z", "AA", "AB")


def test_a_grid_is_no_wider_than_its_panels() -> None:
    figure, places = open_grid(2, 3, (50.8, 25.4), "")

    assert tuple(figure.get_size_inches()) == (4, 1)
    assert [place.colspan.start for place in places] == [0, 1]


def test_a_label_has_room_of_its_own() -> None:
    figure = Figure(figsize=(4, 2))

    label_figure(figure, "Synthetic, $5")

    assert figure.get_figheight() > 2
    assert figure.get_suptitle() == r"Synthetic, \$5"


def test_no_label_leaves_the_figure_as_it_is() -> None:
    figure = Figure(figsize=(4, 2))

    label_figure(figure, "")

    assert figure.get_figheight() == 2
    assert figure.get_suptitle() == ""
