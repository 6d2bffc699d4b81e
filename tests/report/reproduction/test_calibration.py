"""Set drawn counts beside those of files, and judge them."""

import pytest

from cytoflow_blina.report.reproduction.calibration import (
    judge_fast_path,
    lay_out_calibration,
)


def calibration(
    source: str, bias: float, sd: float = 2.881, population: str = "CD3"
) -> dict[str, str]:
    """Give one row of `calibration.csv`."""
    return {
        "population": population,
        "source": source,
        "n_values": "4400",
        "bias_percent": str(bias),
        "sd_percent": str(sd),
    }


def test_drawn_counts_are_set_beside_those_of_files() -> None:
    rows = [
        calibration("drawn", -0.291),
        calibration("fcs", -0.42),
        calibration("fcs/drawn", -0.13),
    ]

    (line,) = lay_out_calibration(rows)

    assert line.files == ("4,400", "−0.42", "2.88")
    assert line.drawn == ("4,400", "−0.29", "2.88")
    assert line.both[1] == "−0.13"


def test_without_files_their_calibration_is_a_dash() -> None:
    (line,) = lay_out_calibration([calibration("drawn", 0.004)])

    assert line.files == ("–", "–", "–")
    assert line.both == ("–", "–", "–")


@pytest.mark.parametrize(
    ("bias", "words"), [(0.001, "0.00"), (-0.001, "0.00"), (1.5, "+1.50")]
)
def test_a_bias_that_rounds_to_nothing_has_no_sign(bias: float, words: str) -> None:
    (line,) = lay_out_calibration([calibration("fcs", bias)])

    assert line.files[1] == words


def both(
    population: str, drawn: float, gating: float, bias: float
) -> list[dict[str, str]]:
    """Give the rows of a population: drawn, and gated against drawn."""
    return [
        calibration("drawn", 0.1, drawn, population),
        calibration("fcs/drawn", bias, gating, population),
    ]


def test_drawn_counts_may_stand_where_gating_adds_less_than_half_of_their_spread() -> (
    None
):
    rows = [
        *both("CD3", 2.5, 0.45, 0.1),
        *both("CD19", 6.2, 1.36, -0.82),
        *both("NK", 4.0, 2.0, 0.2),
    ]

    found = judge_fast_path(rows)

    assert found is not None
    assert (found.may_stand, found.may_not) == (("CD3", "CD19"), ("NK",))
    assert (found.spread, found.spread_of, found.drawn) == (
        "2.00",
        "NK",
        "2.50 to 6.20",
    )
    assert (found.bias, found.bias_of) == ("0.82", "CD19")


def test_without_gated_counts_nothing_is_judged() -> None:
    assert judge_fast_path([calibration("drawn", 0.1)]) is None
    assert judge_fast_path([]) is None
