from pathlib import Path

import pytest
from tests.report.conftest import comparison, pairs

from cytoflow_blina.report.cohort.comparison import (
    beyond_counting_error,
    lay_out_comparison,
    no_event_note,
    visits_of,
)
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.collect import Row, RunTables, collect_run

ANALYSIS = DeclaredAnalysis("comparison", "EOT vs D0")


def as_rows(*rows: object) -> tuple[Row, ...]:
    """Give rows as a table has them: everything is text."""
    return tuple({k: str(v) for k, v in dict(row).items()} for row in rows)  # type: ignore[call-overload]


def test_a_comparison_has_a_figure_and_a_line_for_each_outcome(
    run_folder: Path,
) -> None:
    section = lay_out_comparison(ANALYSIS, collect_run(run_folder))

    (figure,) = section.figures
    assert "n = 6, P = 0.031 (Holm = 0.188)" in figure.svg
    assert ">D0<" in figure.svg
    (part,) = section.tables
    assert [line.cells[0] for line in part.table.lines] == [
        "Counts",
        "CD3",
        "CD19",
        "Percentages",
        "CD3 % of lymphocytes",
    ]
    assert part.table.notes[:4] == (
        "Effect: Hodges-Lehmann median of the differences.",
        "Test: Wilcoxon signed-rank.",
        "Method: exact.",
        "Zero differences: zeros dropped.",
    )


def test_a_line_has_n_medians_effect_interval_and_both_p(run_folder: Path) -> None:
    section = lay_out_comparison(ANALYSIS, collect_run(run_folder))

    _, cd3, cd19, *_ = section.tables[0].table.lines
    assert cd3.cells == (
        "CD3",
        "cells/µL",
        "6",
        "0",
        "1",
        "960 (30.0–3,790)",
        "1,130 (260–7,740)",
        "170 (21.3–340)",
        "0.031",
        "0.188",
    )
    assert (cd3.strong, cd19.strong) == ((), (9,))


def test_subjects_with_different_last_visits_stand_in_one_figure() -> None:
    stored = [
        {**row, "visit_b": visit}
        for visit, row in zip(("EOT", "D21", "EOT"), pairs("CD3", 3), strict=True)
    ]
    tables = RunTables(comparisons=as_rows(comparison("CD3")), pairs=as_rows(*stored))

    section = lay_out_comparison(ANALYSIS, tables)

    assert visits_of(tables.pairs, "visit_b") == "D21/EOT"
    assert ">D21/EOT<" in section.figures[0].svg
    assert "D21/EOT, median (range)" in section.tables[0].table.header


def test_without_any_pair_the_table_says_what_is_not_defined() -> None:
    row = comparison(
        "CD3",
        n_pairs=0,
        median_a="",
        median_b="",
        effect="",
        p_value="",
        p_adjusted="",
        method="not defined: 0 of 0 pairs change",
    )

    section = lay_out_comparison(ANALYSIS, RunTables(comparisons=as_rows(row)))

    assert section.figures == ()
    table = section.tables[0].table
    assert table.lines[1].cells[2:] == (
        *("0", "0", "1", "no value", "no value", "–", "not defined [a]", "–"),
    )
    assert table.notes[-1] == "[a] Not defined: 0 of 0 pairs change."


@pytest.mark.parametrize(
    ("pairs_of_one", "said"),
    [
        ([], "not known"),
        ([("", 5.0)], "not known"),
        ([("1", 5.0), ("1", -2.0), ("0", 1.0), ("", 9.0)], "2 of 3 (1 ↑, 1 ↓)"),
        ([("0", 0.0)], "0 of 1 (0 ↑, 0 ↓)"),
    ],
)
def test_pairs_beyond_counting_error_are_counted_of_those_that_have_an_interval(
    pairs_of_one: list[tuple[str, float]], said: str
) -> None:
    rows = as_rows(
        *(
            {"exceeds_counting_error": exceeds, "difference": difference}
            for exceeds, difference in pairs_of_one
        )
    )

    assert beyond_counting_error(rows) == said


def test_counting_errors_are_told_where_any_is_known() -> None:
    stored = pairs("CD3", 2, exceeds_counting_error=1, difference=3.5)
    tables = RunTables(comparisons=as_rows(comparison("CD3")), pairs=as_rows(*stored))

    table = lay_out_comparison(ANALYSIS, tables).tables[0].table

    assert table.header[-1] == "Beyond counting error"
    assert table.lines[1].cells[-1] == "2 of 2 (2 ↑, 0 ↓)"
    assert "day to day" in " ".join(table.notes)


def test_counts_without_an_event_are_told_of_either_visit() -> None:
    stored = [
        {**row, "censored_b": flag}
        for flag, row in zip((1, 0, 1), pairs("CD19", 3), strict=True)
    ]
    rows = as_rows(comparison("CD19", n_censored_b=2), comparison("CD3"))
    tables = RunTables(
        comparisons=rows, pairs=(*as_rows(*stored), *as_rows(*pairs("CD3", 3)))
    )

    notes = lay_out_comparison(ANALYSIS, tables).tables[0].table.notes

    assert "No event seen, printed as 0: CD19: 2 of 3 at EOT." in notes
    assert not any("below their limit" in note for note in notes)


def test_counts_with_events_have_no_such_note() -> None:
    assert no_event_note(["CD3"], as_rows(*pairs("CD3", 3))) == ()


def test_values_below_a_limit_are_counted_in_the_notes() -> None:
    row = comparison("IL-10", n_censored_a=18, n_censored_b=11)

    table = lay_out_comparison(ANALYSIS, RunTables(comparisons=as_rows(row))).tables[0]

    assert (
        "Values below their limit, of either side: IL-10 18 and 11."
        in table.table.notes
    )
