"""Measured counts against the truth."""

from math import isnan, log

import pandas as pd
import pytest

from cytoflow_blina.workflow.reproduction.calibration import (
    Ratio,
    calibrate,
    measured_ratios,
)


def frame(rows: list[tuple[str, str, int, float]]) -> pd.DataFrame:
    columns = ["sample_id", "population", "n_events", "cells_per_ul"]
    return pd.DataFrame(rows, columns=columns).astype({"n_events": "Int64"})


TRUTH = frame(
    [("S1", "CD3", 0, 1000.0), ("S1", "CD19", 0, 0.0), ("S2", "CD3", 0, 500.0)]
)


def test_counts_of_a_hundred_events_are_compared() -> None:
    counts = frame([("S1", "CD3", 100, 1100.0), ("S2", "CD3", 99, 500.0)])

    (found,) = measured_ratios(TRUTH, counts, "fcs", 1)

    assert (found.population, found.source) == ("CD3", "fcs")
    assert found.log_ratio == pytest.approx(log(1.1))


def test_what_is_absent_or_not_counted_is_left_out() -> None:
    counts = frame([("S1", "CD19", 200, 3.0), ("S1", "CD3", 200, float("nan"))])

    assert list(measured_ratios(TRUTH, counts, "drawn", 1)) == []


def ratio(population: str, source: str, value: float, sample: str = "S1") -> Ratio:
    return Ratio(sample, population, source, 1, value)


def test_bias_and_spread_are_taken_on_the_logarithm() -> None:
    ratios = [ratio("CD3", "fcs", value) for value in (-0.01, 0.01, 0.03)]

    (row,) = calibrate(ratios)

    assert row.n_values == 3
    assert row.bias_percent == pytest.approx(1.0)
    assert row.sd_percent == pytest.approx(2.0)


def test_gated_counts_are_compared_with_drawn_ones_count_by_count() -> None:
    ratios = [
        ratio("CD3", source, value, sample)
        for sample, source, value in (
            ("S1", "fcs", 0.05),
            ("S1", "drawn", 0.04),
            ("S2", "fcs", -0.02),
            ("S2", "drawn", -0.03),
        )
    ]

    rows = {row.source: row for row in calibrate(ratios)}

    assert rows["fcs/drawn"].n_values == 2
    assert rows["fcs/drawn"].bias_percent == pytest.approx(1.0)
    assert rows["fcs/drawn"].sd_percent == pytest.approx(0.0)
    assert rows["fcs"].bias_percent == pytest.approx(1.5)


def test_seeds_that_were_not_gated_are_left_out() -> None:
    assert calibrate([ratio("NK", "drawn", 0.02)]) == []


def test_one_value_has_no_spread_and_none_gives_no_row() -> None:
    (row,) = calibrate([ratio("NK", "fcs", 0.02)])

    assert isnan(row.sd_percent)
    assert calibrate([]) == []
