import numpy as np
import pytest

from cytoflow_blina.domain.comparison import GroupedOutcome, Outcome
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.patient_table import (
    first_cells,
    patient_table,
    share_cell,
)
from cytoflow_blina.report.collect import Row, RunTables

SHARED: Row = {
    "contrast": "patients",
    "family": "characteristics",
    "group_a": "A",
    "group_b": "B",
    "n_a": "3",
    "n_b": "2",
    "n_excluded": "0",
    "p_value": "0.3",
    "p_adjusted": "0.6",
}
AGE: Row = {
    **SHARED,
    "kind": "groups",
    "outcome": "age_months",
    "unit": "months",
    "median_a": "50",
    "min_a": "40",
    "max_a": "60",
    "median_b": "95",
    "min_b": "90",
    "max_b": "100",
    "test": "Mann-Whitney U",
}
POOR: Row = {
    **SHARED,
    "kind": "table",
    "outcome": "poor_cytogenetics",
    "cells": "1 | 1 / 0 | 2",
    "n_a": "2",
    "n_excluded": "1",
    "test": "Fisher's exact",
}
AGES = GroupedOutcome(
    "patients",
    Outcome("age_months", "", "", "months", "characteristics"),
    ("A", "B"),
    np.array([40.0, 50.0, 60.0]),
    np.array([90.0, 100.0]),
    0,
)


def test_numbers_and_shares_stand_as_declared_with_all_patients_first() -> None:
    analysis = DeclaredAnalysis(
        "characteristics",
        "patients",
        order=("poor_cytogenetics", "age_months"),
        grouped=(AGES,),
    )

    table = patient_table(analysis, RunTables(comparisons=(AGE, POOR)))

    assert table.header == (
        *("Characteristic", "All (n = 5)", "A (n = 3)", "B (n = 2)"),
        *("Not known", "P", "P adjusted"),
    )
    assert [line.cells for line in table.lines] == [
        (
            *("poor cytogenetics, n (%)", "1/4 (25.0)", "1/2 (50.0)", "0 (0.0)"),
            *("1", "0.300", "0.600"),
        ),
        (
            *("age, months", "60.0 (40.0–100)", "50.0 (40.0–60.0)", "95.0 (90.0–100)"),
            *("0", "0.300", "0.600"),
        ),
    ]
    assert "Test: Fisher's exact (poor cytogenetics); Mann-Whitney U (age)." in (
        table.notes
    )


def test_a_variable_of_three_values_has_one_p_above_its_values() -> None:
    levels = [
        {**POOR, "outcome": f"fusion={value}", "cells": "1 | 2 / 0 | 2", "n_a": "3"}
        for value in ("KMT2A", "none", "other")
    ]
    fusion = {
        **POOR,
        "outcome": "fusion",
        "family": "characteristics, variables",
        "cells": "1 | 1 | 1 / 0 | 1 | 1",
        "p_value": "0.04",
        "p_adjusted": "",
        "test": "Freeman-Halton",
    }
    analysis = DeclaredAnalysis("characteristics", "patients", order=("fusion",))

    table = patient_table(analysis, RunTables(comparisons=(*levels, fusion, POOR)))

    assert [(line.level, line.cells[0], line.cells[-2:]) for line in table.lines] == [
        (0, "fusion", ("0.040", "–")),
        (1, "KMT2A, n (%)", ("", "")),
        (1, "none, n (%)", ("", "")),
        (1, "other, n (%)", ("", "")),
        (0, "poor cytogenetics, n (%)", ("0.300", "0.600")),
    ]
    assert all(len(line.cells) == len(table.header) for line in table.lines)
    assert any("one P, of all its values" in note for note in table.notes)
    assert "Test: Freeman-Halton (fusion); Fisher's exact (poor cytogenetics)." in (
        table.notes
    )
    assert "Bold: P below 0.05, adjusted where it is adjusted." in table.notes


def test_without_a_test_of_the_variable_its_values_keep_their_p() -> None:
    level = {**POOR, "outcome": "fusion=KMT2A"}

    table = patient_table(
        DeclaredAnalysis("characteristics", "patients"), RunTables(comparisons=(level,))
    )

    assert table.lines[0].cells[0] == "fusion: KMT2A, n (%)"
    assert table.lines[0].cells[-2:] == ("0.300", "0.600")
    assert not any("one P" in note or "Bold" in note for note in table.notes)


def test_without_single_values_there_is_no_column_of_all() -> None:
    analysis = DeclaredAnalysis("characteristics", "patients")

    table = patient_table(analysis, RunTables(comparisons=(AGE, POOR)))

    assert table.header[1:3] == ("A (n = 3)", "B (n = 2)")
    assert all(len(line.cells) == len(table.header) for line in table.lines)


def test_an_empty_group_has_no_value_and_the_reason() -> None:
    row = {
        **AGE,
        "n_b": "0",
        "median_b": "",
        "p_value": "",
        "p_adjusted": "",
        "method": "not defined: groups of 3 and 0",
    }

    table = patient_table(
        DeclaredAnalysis("characteristics", "patients"), RunTables(comparisons=(row,))
    )

    assert table.lines[0].cells[2:] == ("no value", "0", "not defined [a]", "–")
    assert table.notes[-1] == "[a] Not defined: groups of 3 and 0."


def test_a_count_at_a_visit_says_which() -> None:
    row = {**AGE, "outcome": "CD19", "unit": "cells/uL", "family": "counts"}
    analysis = DeclaredAnalysis("response", "patients", order=("D0:CD19",))

    table = patient_table(analysis, RunTables(comparisons=(row,)))

    assert table.lines[0].cells[0] == "CD19 at D0, cells/µL"


def test_nothing_compared_has_no_line() -> None:
    table = patient_table(DeclaredAnalysis("characteristics", "x"), RunTables())

    assert table.lines == ()


@pytest.mark.parametrize(
    ("count", "n", "size", "said"),
    [(5, 51, 51, "5 (9.8)"), (5, 40, 51, "5/40 (12.5)"), (0, 0, 51, "no value")],
)
def test_a_share_says_its_n_where_it_is_not_that_of_the_column(
    count: int, n: int, size: int, said: str
) -> None:
    assert share_cell(count, n, size) == said


def test_the_first_category_of_each_group_is_taken() -> None:
    assert first_cells({"cells": "3 | 5 / 12 | 9"}) == (3, 12)
    assert first_cells({}) == ()
