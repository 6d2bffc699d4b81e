"""Reference intervals: which is taken, how the flag reads, what a document may hold."""

from dataclasses import replace
from math import isnan, nan
from pathlib import Path

import pytest

from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.errors import ConfigError
from cytoflow_blina.quality.reference_intervals import (
    ReferenceInterval,
    flag_counts,
    load_reference_intervals,
)

SHIPPED = Path(__file__).parents[2] / "gating" / "reference_intervals.csv"

CHILDREN = ReferenceInterval(
    "Healthy2020", "CD3", "10^9/L", 24, 72, 1.4, 3.7, ("P10", "P90"), is_verified=True
)
SHARES = replace(CHILDREN, unit="%LYMPH", low=56.0, high=75.0)

COUNT = CountRow(
    sample_id="S1", subject_id="P1", cycle=1, visit="D0", rel_day=0, specimen="PB",
    population="CD3", definition="", source_tube=(), n_events=7_000, n_parent=10_000,
    n_lymphocytes=10_000, percent_of_parent=70.0, percent_of_lymphocytes=70.0,
    percent_lo95=69.0, percent_hi95=71.0, cells_per_ul=2_000.0, cells_per_ul_lo95=1_900,
    cells_per_ul_hi95=2_100.0, cells_1e9_per_l=2.0, count_method="bead",
)  # fmt: skip


def flagged(row: CountRow, age: float | None = 40.0) -> CountRow:
    (one,) = flag_counts([row], age, [CHILDREN, SHARES])
    return one


@pytest.mark.parametrize(
    ("count", "flag"),
    [(1.39, "<P10"), (1.4, "within"), (3.7, "within"), (3.71, ">P90")],
)
def test_the_flag_names_the_percentile_that_is_left(count: float, flag: str) -> None:
    row = flagged(replace(COUNT, cells_1e9_per_l=count))

    assert row.ref_flag == flag
    assert (row.ref_source, row.ref_percentiles) == ("Healthy2020", "P10-P90")
    assert (row.ref_low, row.ref_high, row.ref_unit) == (1.4, 3.7, "10^9/L")
    assert row.ref_verified is True


def test_a_row_that_was_not_counted_is_compared_by_its_share() -> None:
    row = flagged(replace(COUNT, cells_1e9_per_l=nan, percent_of_lymphocytes=80.0))

    assert (row.ref_flag, row.ref_unit) == (">P90", "% of lymphocytes")


@pytest.mark.parametrize(
    ("age", "is_covered"), [(23.9, 0), (24, 1), (71.9, 1), (72, 0)]
)
def test_ages_are_half_open_and_nothing_is_extrapolated(
    age: float, is_covered: bool
) -> None:
    assert bool(flagged(COUNT, age).ref_source) == is_covered


@pytest.mark.parametrize(
    ("row", "age"),
    [
        (COUNT, None),
        (replace(COUNT, specimen="BM"), 40.0),
        (replace(COUNT, population="CD3_A"), 40.0),
        (replace(COUNT, cells_1e9_per_l=nan, percent_of_lymphocytes=nan), 40.0),
    ],
    ids=["no age", "marrow", "no analyte", "nothing measured"],
)
def test_what_cannot_be_compared_stays_empty(row: CountRow, age: float | None) -> None:
    one = flagged(row, age)

    assert (one.ref_source, one.ref_flag, one.ref_verified) == ("", "", None)
    assert isnan(one.ref_low)


def test_shipped_shearer_intervals_come_first_and_carry_their_percentiles() -> None:
    intervals = load_reference_intervals(SHIPPED).intervals

    (row,) = flag_counts(
        [replace(COUNT, population="CD4", cells_1e9_per_l=0.5)],
        30,
        [one for one in intervals if one.is_verified],
    )

    assert row.ref_source.startswith("Shearer2003")
    assert (row.ref_low, row.ref_high) == (0.7, 2.2)
    assert (row.ref_flag, row.ref_percentiles) == ("<P10", "P10-P90")


def test_recalled_limits_are_not_verified() -> None:
    intervals = load_reference_intervals(SHIPPED).intervals

    by_source = {
        prefix: {one.is_verified for one in intervals if one.source.startswith(prefix)}
        for prefix in ("ComansBitter", "Denny", "Wong")
    }

    assert by_source == {"ComansBitter": {False}, "Denny": {True}, "Wong": {True}}
    unstated = [one for one in intervals if one.source.startswith("Schatorje")]
    assert {one.percentiles for one in unstated} == {("low", "high")}


def test_every_fault_of_a_document_is_told_with_its_row(tmp_path: Path) -> None:
    header, *rows = SHIPPED.read_text("utf-8").splitlines()[:4]
    columns = header.split(",")
    limits = rows[0].split(",")
    at = {name: columns.index(name) + 1 for name in ("unit", "p10", "p90")}
    # The population of every row holds commas, between quotes: it is one more cell.
    offset = len(limits) - len(columns) - 1
    swapped, unit, word = ([*limits] for _ in range(3))
    swapped[at["p10"] + offset], swapped[at["p90"] + offset] = "18", "7"
    unit[at["unit"] + offset] = "cells"
    word[at["p10"] + offset] = "seven"
    path = tmp_path / "reference_intervals.csv"
    lines = [header, *(",".join(row) for row in (swapped, unit, word))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_reference_intervals(path)

    found = str(caught.value).replace("reference_intervals.csv: ", "").splitlines()
    assert found == [
        "row 2: found limits 18 to 7, expected the lower one first.",
        "row 3: found unit 'cells', expected one of 10^9/L, %LYMPH.",
        "row 4: column p10: found 'seven', expected a number.",
    ]


def test_a_document_without_its_columns_or_that_is_missing_is_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mine.csv"

    with pytest.raises(ConfigError, match=r"mine\.csv: cannot be read as CSV"):
        load_reference_intervals(path)

    path.write_text("source,analyte_code\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="column age_low_months, age_high_months"):
        load_reference_intervals(path)
