"""Sum up what seeds of the cytometer say of a claim."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.report.reproduction.seeds import (
    lay_out_seeds,
)
from cytoflow_blina.report.reproduction.strip import WIDTH, PStrip, strip_scale

CLAIM = {
    "id": "f1.cd3_abs",
    "quantity": "CD3+",
    "published": "0.96 (0.03 to 3.79) v 1.13 (0.26 to 7.74) 1e9/L; P = 0.016",
    "published_p": "0.016",
}


def seed(
    source: str, number: object, p_value: float, **fields: object
) -> dict[str, str]:
    """Give one row of `seeds.csv`; the claim comes out where P is below 0.05."""
    held = int(p_value < 0.05)
    row = {
        "claim": "f1.cd3_abs",
        "source": source,
        "seed": number,
        "n_a": 47,
        "n_b": 47,
        "median_a": 0.96,
        "min_a": 0.03,
        "max_a": 3.79,
        "median_b": 1.13,
        "min_b": 0.26,
        "max_b": 7.74,
        "p_value": p_value,
        "direction_holds": 1,
        "significance_holds": held,
        "holds": held,
        "medians_hold": 1,
        "extremes_hold": "",
        **fields,
    }
    return {name: str(value) for name, value in row.items()}


TRUTH = seed("truth", "", 0.017)


def test_a_share_is_counted_with_its_exact_interval() -> None:
    rows = [TRUTH, *(seed("fcs", k, 0.01 if k < 4 else 0.2) for k in range(5))]

    (line,) = lay_out_seeds([CLAIM], rows).figures

    assert line.files.holds.counted == "4 of 5"
    assert line.files.holds.percent == "80 %"
    assert line.files.holds.interval == "28–99 %"  # Clopper and Pearson


def test_what_was_not_asked_has_no_share() -> None:
    (line,) = lay_out_seeds([CLAIM], [TRUTH, seed("fcs", 1, 0.01)]).figures

    assert line.files.medians.counted == "1 of 1"
    assert line.files.extremes.counted == ""
    assert line.drawn.holds.counted == ""


def test_p_of_many_seeds_is_told_by_median_and_range() -> None:
    rows = [TRUTH, *(seed("drawn", k, p) for k, p in enumerate((0.01, 0.02, 0.2)))]

    (line,) = lay_out_seeds([CLAIM], rows).figures

    assert (line.drawn.p_value, line.drawn.p_range) == ("0.020", "0.010 to 0.200")
    assert (line.truth.p_value, line.truth.p_range) == ("0.017", "")


def test_p_that_all_print_alike_is_no_range() -> None:
    rows = [TRUTH, *(seed("drawn", k, 1e-8) for k in range(3))]

    (line,) = lay_out_seeds([CLAIM], rows).figures

    assert line.drawn.p_range == "< 0.0001"


def test_half_of_the_seeds_are_enough() -> None:
    rows = [TRUTH, seed("drawn", 1, 0.01), seed("drawn", 2, 0.2)]

    section = lay_out_seeds([CLAIM], rows)

    assert section.figures[0].drawn.comes_out
    assert (section.n_with_p, section.n_out_of_drawn) == (1, 1)


def test_files_and_drawn_seeds_are_counted_apart() -> None:
    rows = [TRUTH, seed("drawn", 1, 0.01), seed("fcs", 1, 0.2)]

    section = lay_out_seeds([CLAIM], rows)

    assert (section.n_out_of_files, section.n_out_of_drawn) == (0, 1)
    assert (section.n_files, section.n_drawn) == (1, 1)


def test_the_truth_alone_says_nothing_about_recovery() -> None:
    section = lay_out_seeds([CLAIM], [TRUTH])

    assert section.figures == ()
    assert section.n_elsewhere == 1


def test_what_no_cytometer_changes_is_left_out() -> None:
    rows = [TRUTH, seed("drawn", 1, 0.017), seed("fcs", 1, 0.017)]

    section = lay_out_seeds([CLAIM], rows)

    assert section.figures == section.others == ()
    assert section.n_elsewhere == 1


def test_claims_of_other_figures_stand_apart() -> None:
    rows = [TRUTH, seed("fcs", 1, 0.01)]
    rows += [{**row, "claim": "t2.cd3"} for row in rows]

    section = lay_out_seeds([{**CLAIM, "id": "t2.cd3"}, CLAIM], rows)

    assert [line.claim.id for line in section.figures] == ["f1.cd3_abs"]
    assert [line.claim.id for line in section.others] == ["t2.cd3"]


def test_no_seed_makes_an_empty_section() -> None:
    section = lay_out_seeds([CLAIM], [])

    assert section.figures == section.others == ()
    assert (section.n_files, section.n_drawn, section.n_with_p) == (0, 0, 0)


def test_an_undefined_p_is_a_dash_and_no_dot() -> None:
    rows = [TRUTH, {**seed("fcs", 1, 0.2), "p_value": ""}]

    (line,) = lay_out_seeds([CLAIM], rows).figures

    assert line.files.p_value == "–"
    assert line.files.n_seeds == 1
    assert line.strip.file_dots == ()


def test_the_middle_seed_stands_for_medians_and_extremes() -> None:
    rows = [TRUTH, *(seed("fcs", k, 0.01, median_a=k, min_a=-1) for k in (1, 2, 9))]

    (line,) = lay_out_seeds([CLAIM], rows).figures

    assert line.files.before == "2.00 (−1.00 to 3.79)"
    assert line.truth.n_pairs == "47"


def test_groups_of_two_sizes_are_both_told() -> None:
    rows = [{**TRUTH, "n_b": "24"}, seed("fcs", 1, 0.01)]

    assert lay_out_seeds([CLAIM], rows).figures[0].truth.n_pairs == "47 v 24"


def test_printed_values_are_shown_without_their_p() -> None:
    rows = [TRUTH, seed("fcs", 1, 0.01)]
    bare = {**CLAIM, "published": "P = 0.016"}

    (line,) = lay_out_seeds([CLAIM], rows).figures
    (without,) = lay_out_seeds([bare], rows).figures

    assert line.printed == "0.96 (0.03 to 3.79) v 1.13 (0.26 to 7.74) ×10⁹/L"
    assert without.printed == "–"


def strip(*p_values: float, drawn: int = 0, published: str = "0.016") -> PStrip:
    """Place P of files, and as many drawn seeds at 0.01."""
    scale = strip_scale(np.array(p_values))
    files = tuple((one, one < 0.05) for one in p_values)
    return PStrip(scale, files, ((0.01, True),) * drawn, 0.017, published)


def test_the_limit_lies_between_its_ticks() -> None:
    scale = strip_scale(np.array([0.2, 0.0004]))

    below, above = (
        next(tick.x for tick in scale.ticks if tick.label == label)
        for label in ("0.01", "0.1")
    )
    assert below < scale.limit < above


def test_the_scale_reaches_down_to_the_least_p_but_not_beyond_its_edge() -> None:
    assert strip_scale(np.array([0.3])).decade == -3
    assert strip_scale(np.array([0.00004])).decade == -5
    assert strip_scale(np.array([1e-12])).decade == -5
    assert strip_scale(np.array([0.0])).decade == -5
    assert strip_scale(np.array([])).decade == -3


def test_few_drawn_seeds_are_dots_and_many_a_band() -> None:
    assert len(strip(0.1, drawn=19).drawn_dots) == 19
    assert strip(0.1, drawn=19).drawn_band is None
    assert strip(0.1, drawn=20).drawn_dots == ()
    assert strip(0.1, drawn=20).drawn_band is not None


def test_a_printed_bound_points_to_the_left() -> None:
    assert strip(0.1, published="<0.0001").is_published_below
    assert not strip(0.1).is_published_below
    assert strip(0.1, published="").published_x is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_every_p_lies_within_the_strip_and_in_its_order(p_values: list[float]) -> None:
    places = [dot.x for dot in strip(*sorted(p_values)).file_dots]

    assert all(0 <= place <= WIDTH for place in places)
    assert places == sorted(places)
