from dataclasses import replace
from pathlib import Path

import pytest

from cytoflow_blina.report.cohort.analyses import lay_out_analyses
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.collect import Row, RunTables, collect_run


def row(contrast: str, **fields: str) -> Row:
    return {"contrast": contrast, "outcome": "CD3", "n_pairs": "3", **fields}


def test_analyses_stand_as_declared_and_others_behind() -> None:
    tables = RunTables(
        comparisons=(row("a"), row("b, without low counts", n_pairs="2"), row("b")),
        analyses=(DeclaredAnalysis("comparison", "b"),),
    )

    sections = lay_out_analyses(replace(tables))

    assert [section.title for section in sections] == [
        "b",
        "b, without low counts",
        "a",
    ]


def test_a_declared_analysis_without_any_row_says_so() -> None:
    tables = RunTables(analyses=(DeclaredAnalysis("kinetics", "course"),))

    (section,) = lay_out_analyses(tables)

    assert section.is_empty
    assert "nothing could be compared" in section.warnings[0]


def test_the_same_results_name_each_other_and_have_their_own_files(
    run_folder: Path,
) -> None:
    tables = collect_run(run_folder)
    again = tuple({**one, "contrast": "again"} for one in tables.comparisons)
    other = tuple({**one, "contrast": "other", "n_pairs": "2"} for one in again)

    first, second, third = lay_out_analyses(
        replace(tables, comparisons=(*tables.comparisons, *again, *other))
    )

    assert (first.same_as, third.same_as) == ("", "")
    assert second.same_as == first.title
    assert [part.table.lines for part in second.tables] == [
        part.table.lines for part in first.tables
    ]
    assert len({first.slug, second.slug, third.slug}) == 3


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "paired comparison"),
        ({"kind": "change", "group_a": "A", "group_b": "B"}, "change in two groups"),
        ({"kind": "visits", "group_a": "D0", "group_b": "D14"}, "course over visits"),
        ({"kind": "survival", "groups": "A;B"}, "survival"),
        ({"kind": "table", "family": "adverse events"}, "adverse events by grade"),
        ({"kind": "table", "cells": "1 | 0 / 0 | 1"}, "characteristics"),
    ],
)
def test_without_a_declaration_the_rows_tell_the_kind(
    fields: dict[str, str], kind: str
) -> None:
    (section,) = lay_out_analyses(RunTables(comparisons=(row("x", **fields),)))

    assert section.kind == kind


def test_a_regression_belongs_to_its_analysis() -> None:
    model = row("r: model", kind="model", events_per_variable="3")
    response = row("r", family="response", kind="table", cells="1 | 0 / 0 | 1")

    sections = lay_out_analyses(RunTables(comparisons=(response, model)))

    assert [section.title for section in sections] == ["r"]
    assert len(sections[0].warnings) == 1


def test_names_that_differ_in_signs_alone_have_files_of_their_own() -> None:
    comparisons = (row("EOT vs. D0"), row("EOT vs D0", n_pairs="2"), row("…"))

    sections = lay_out_analyses(RunTables(comparisons=comparisons))

    assert [section.slug for section in sections] == [
        "eot-vs-d0",
        "eot-vs-d0-2",
        "analysis",
    ]


def test_nothing_compared_has_no_section() -> None:
    assert lay_out_analyses(RunTables()) == ()
