import numpy as np

from cytoflow_blina.domain.comparison import GroupedOutcome, Outcome
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.groups_section import lay_out_groups
from cytoflow_blina.report.collect import Row, RunTables

CHANGE: Row = {
    "contrast": "change",
    "kind": "change",
    "outcome": "change of CD3",
    "unit": "cells/uL",
    "family": "counts",
    "group_a": "R/R",
    "group_b": "<neg>",
    "n_a": "2",
    "n_b": "3",
    "n_excluded": "1",
    "median_a": "15",
    "min_a": "10",
    "max_a": "20",
    "median_b": "-5",
    "min_b": "-9",
    "max_b": "0",
    "effect": "20",
    "test": "Mann-Whitney U, two-sided",
    "method": "exact",
    "p_value": "0.2",
    "p_adjusted": "0.4",
    "adjustment": "Holm",
    "cliffs_delta": "1.0",
}


def values(a: list[float], b: list[float]) -> GroupedOutcome:
    outcome = Outcome("CD3", "CD3", "cells_per_ul", "cells/uL", "counts")
    groups = ("R/R", "<neg>")
    return GroupedOutcome(
        "change", outcome, groups, np.array(a), np.array(b), 1, is_change=True
    )


def test_changes_of_two_groups_have_dots_and_a_line() -> None:
    analysis = DeclaredAnalysis(
        "group_comparison", "change", grouped=(values([10, 20], [-9, -5, 0]),)
    )

    section = lay_out_groups(analysis, RunTables(comparisons=(CHANGE,)))

    assert section.kind == "change in two groups"
    assert "&lt;neg&gt;" in section.figures[0].svg
    assert "<neg>" not in section.figures[0].svg
    table = section.tables[0].table
    assert table.header[3] == "R/R, change, median (range)"
    assert table.lines[0].cells == (
        "CD3",
        "cells/µL",
        "2",
        "15.0 (10.0–20.0)",
        "3",
        "−5.00 (−9.00 to 0)",
        "1",
        "20.0 [a]",
        "0.200",
        "0.400",
        "1.0",
    )
    assert table.notes[-2].startswith("a: R/R; b: <neg>. Cliff's delta")
    assert table.notes[-1] == "[a] Too few values for a 95 % interval."


def test_without_single_values_the_table_stands_alone() -> None:
    analysis = DeclaredAnalysis("group_comparison", "change")

    section = lay_out_groups(analysis, RunTables(comparisons=(CHANGE,)))

    assert section.figures == ()
    assert len(section.tables) == 1


def test_a_group_of_nobody_is_named() -> None:
    nobody = {"n_b": "0", "median_b": "", "effect": "", "p_value": "", "p_adjusted": ""}
    row = {**CHANGE, **nobody, "method": "not defined: groups of 2 and 0"}
    analysis = DeclaredAnalysis(
        "group_comparison", "change", grouped=(values([10, 20], []),)
    )

    section = lay_out_groups(analysis, RunTables(comparisons=(row,)))

    cells = section.tables[0].table.lines[0].cells
    assert cells[4:6] == ("0", "no value")
    assert cells[8] == "not defined [a]"
    assert "n = 0" in section.figures[0].svg


def test_shares_stand_in_a_table_of_their_own() -> None:
    share: Row = {
        "contrast": "change",
        "kind": "table",
        "outcome": "sex=F",
        "family": "characteristics",
        "group_a": "R/R",
        "group_b": "<neg>",
        "n_a": "2",
        "n_b": "3",
        "n_excluded": "0",
        "cells": "1 | 1 / 3 | 0",
        "p_value": "0.4",
    }
    analysis = DeclaredAnalysis("group_comparison", "change")

    section = lay_out_groups(analysis, RunTables(comparisons=(CHANGE, share)))

    assert [part.name for part in section.tables] == ["", "shares"]
    assert section.tables[1].table.lines[0].cells[:4] == (
        "sex: F, n (%)",
        "4 (80.0)",
        "1 (50.0)",
        "3 (100.0)",
    )
