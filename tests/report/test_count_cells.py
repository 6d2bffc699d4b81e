from collections.abc import Mapping

import pytest

from cytoflow_blina.report.count_cells import (
    NO_COUNT,
    CountCell,
    count_cell,
    formula,
    giga_per_litre,
    percent_cell,
)

CD3 = {
    "population": "CD3",
    "source_tube": "A",
    "n_events": "6120",
    "percent_of_lymphocytes": "78.6",
    "percent_lo95": "77.2",
    "percent_hi95": "79.9",
    "cells_per_ul": "757.3",
    "cells_per_ul_lo95": "710.2",
    "cells_per_ul_hi95": "807.8",
    "cells_1e9_per_l": "0.7573",
    "count_method": "bead",
    "n_beads": "8154",
}

BEADS = {"tube": "A", "beads_per_tube": "50450", "blood_volume_ul": "50"}


def changed(**fields: str) -> Mapping[str, str]:
    return {**CD3, **fields}


def test_a_count_stands_with_its_interval() -> None:
    assert count_cell(CD3) == CountCell("757", "710–808", "757.3")


def test_no_events_print_an_upper_bound() -> None:
    nothing = changed(
        n_events="0", cells_per_ul="0", cells_per_ul_lo95="0", cells_per_ul_hi95="0.62"
    )

    assert count_cell(nothing) == CountCell("< 0.62", "0 events", "0")
    assert giga_per_litre(nothing) == "< 0.00062"


def test_no_events_without_a_bound_print_zero() -> None:
    nothing = changed(n_events="0", cells_per_ul="0", cells_per_ul_hi95="")

    assert count_cell(nothing) == CountCell("0", "0 events", "0")


def test_without_a_count_the_percentage_says_what_it_is() -> None:
    uncounted = changed(cells_per_ul="", count_method="none")

    assert count_cell(uncounted) == CountCell("78.6\u202f%", "of lymphocytes", "78.6")


def test_what_is_unknown_is_a_dash() -> None:
    unknown = changed(cells_per_ul="", percent_of_lymphocytes="")

    assert count_cell(unknown) == NO_COUNT
    assert percent_cell(unknown) == NO_COUNT


def test_a_ratio_stands_with_its_own_interval() -> None:
    ratio = {
        "population": "CD4_CD8_RATIO",
        "ratio": "0.85",
        "ratio_lo95": "0.8",
        "ratio_hi95": "0.9",
    }

    assert count_cell(ratio) == CountCell("0.850", "0.800–0.900", "0.85")


def test_a_percentage_of_no_events_is_an_upper_bound() -> None:
    nothing = changed(n_events="0", percent_of_lymphocytes="0", percent_hi95="0.0246")

    assert percent_cell(nothing) == CountCell("< 0.025\u202f%", "0 events", "0")


def test_the_formula_of_a_bead_count_has_its_numbers() -> None:
    assert formula(CD3, [BEADS]) == (
        "events ÷ bead events × beads per tube ÷ blood volume "
        "= 6,120 ÷ 8,154 × 50,450 ÷ 50 µL"
    )


def test_the_formula_of_a_volumetric_count_has_its_numbers() -> None:
    row = changed(count_method="volumetric", cells_per_ul="636.48")
    tube = {"tube": "A", "acquired_volume_ul": "100", "dilution_factor": "10.4"}

    assert formula(row, [tube]).endswith("= 6,120 ÷ 100 µL × 10.4")


def test_the_formula_of_a_dual_count_has_its_numbers() -> None:
    row = changed(count_method="dual", cells_per_ul="754.56")
    tube = {"tube": "A", "wbc_1e9_per_l": "3.2", "lymph_percent_of_wbc": "30"}

    assert formula(row, [tube]).endswith("= 3,200/µL × 30 % × 78.6\u202f%")


@pytest.mark.parametrize(
    ("row", "tubes"),
    [
        (changed(source_tube="A;B"), [BEADS]),
        (changed(cells_per_ul="700.0"), [BEADS]),
        (CD3, []),
        (CD3, [{"tube": "A"}]),
        (CD3, [BEADS, BEADS]),
    ],
)
def test_numbers_that_do_not_give_the_count_are_not_put_in(
    row: Mapping[str, str], tubes: list[Mapping[str, str]]
) -> None:
    assert formula(row, tubes) == "events ÷ bead events × beads per tube ÷ blood volume"


def test_every_route_is_put_into_words() -> None:
    uncounted = formula(changed(count_method="none"), [BEADS])

    assert uncounted == "not counted; percentages alone"
    assert formula({"population": "CD4_CD8_RATIO"}, []) == "CD4 events ÷ CD8 events"


def test_the_formula_of_the_ratio_has_the_events_of_both() -> None:
    row = {"population": "CD4_CD8_RATIO", "n_events": "3000", "n_parent": "4500"}

    assert formula(row, []) == "CD4 events ÷ CD8 events = 3,000 ÷ 4,500"
