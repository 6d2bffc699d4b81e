from matplotlib.colors import to_rgb

from cytoflow_blina.figures.style import density_palette, group_style


def test_four_groups_differ_in_colour_line_and_marker() -> None:
    styles = [group_style(position) for position in range(4)]

    assert len({style.colour for style in styles}) == 4
    assert len({style.line for style in styles}) == 4
    assert len({style.marker for style in styles}) == 4


def test_sixteen_groups_have_styles_of_their_own() -> None:
    assert len({group_style(position) for position in range(16)}) == 16


def test_every_group_can_be_seen_on_white_paper() -> None:
    # Relative luminance, Rec. 709; white is 1.
    for position in range(4):
        red, green, blue = to_rgb(group_style(position).colour)
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.65


def test_no_event_is_white_and_one_event_is_dark() -> None:
    palette = density_palette()

    assert len(palette) == 3 * 256
    assert palette[:3] == b"\xff\xff\xff"
    assert max(palette[3:6]) < 128
