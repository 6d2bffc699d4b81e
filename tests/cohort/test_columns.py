"""The registry of columns against the contract and against the rows that are made."""

from dataclasses import fields

import pytest

from cytoflow_blina.cohort.columns import (
    OUTPUT_TABLES,
    SORT_KEYS,
    all_columns,
    carried_columns,
    columns_of,
)
from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.domain.finding import Finding

CONTRACT = {
    "counts": "sample_id, subject_id, cycle, visit, rel_day, specimen, population, "
    "definition, source_tube, n_events, n_parent, n_lymphocytes, percent_of_parent, "
    "percent_of_lymphocytes, percent_lo95, percent_hi95, cells_per_ul, "
    "cells_per_ul_lo95, cells_per_ul_hi95, cells_1e9_per_l, count_method, qc_status, "
    "qc_flags, release_class, review_status",
    "populations": "sample_id, tube, path, n_events, n_parent, percent_of_parent, "
    "gate_source, confidence",
    "intensities": "sample_id, tube, path, marker, median, robust_cv_percent, n_events",
    "mrd": "sample_id, subject_id, visit, specimen, mrd_events, denominator, "
    "denominator_events, mrd_percent, mrd_percent_lo95, mrd_percent_hi95, "
    "mrd_censored, mrd_upper_percent, lod_percent, lloq_percent, status, class, "
    "paper_rule, cd19_on_mrd, limitations, review_status",
    "qc": "sample_id, tube, level, check, value, unit, limits, verdict, message",
    "comparisons": "contrast, outcome, unit, n_pairs, n_a, n_b, n_excluded, median_a, "
    "min_a, max_a, median_b, min_b, max_b, effect, effect_lo95, effect_hi95, "
    "effect_kind, test, method, zero_rule, statistic, p_value, p_adjusted, "
    "adjustment, family",
    "exclusions": "contrast, subject_id, cycle, reason",
    "failures": "sample_id, tube, fcs_file, stage, problem",
    "columns": "table, column, type, unit, meaning",
    "samples": "sample_id, subject_id, cycle, visit, rel_day, specimen, tube, panel, "
    "fcs_file, count_method, wbc_1e9_per_l, lymph_percent_of_wbc, bead_lot, "
    "beads_per_tube, blood_volume_ul, acquired_volume_ul, dilution_factor, "
    "collected_at, prior_cd19_therapy",
    "subjects": "subject_id, sex, birth_date, age_months, group3, poor_cytogenetics, "
    "fusion, os_months, os_event, efs_months, efs_event",
    "cycles": "subject_id, cycle, infusion_start, infusion_days_planned, "
    "infusion_days_actual, dose_step_day, group2, response, mrd_percent_before",
    "measurements": "subject_id, cycle, visit, analyte, value, unit, lower_limit, "
    "censored",
    "adverse_events": "subject_id, cycle, term, grade",
}


@pytest.mark.parametrize("table", CONTRACT)
def test_a_table_begins_with_the_columns_of_the_contract(table: str) -> None:
    agreed = CONTRACT[table].split(", ")

    assert list(columns_of(table))[: len(agreed)] == agreed


def test_descriptives_hold_what_the_contract_names() -> None:
    names = list(columns_of("descriptives"))

    assert (
        ", ".join(names[4:12]) == "n, n_missing, n_censored, median, min, max, q1, q3"
    )


def test_the_rows_that_are_made_are_the_rows_that_are_written() -> None:
    assert [field.name for field in fields(CountRow)] == list(columns_of("counts"))
    assert [field.name for field in fields(Finding)] == list(columns_of("qc"))


def test_every_column_has_a_type_a_meaning_and_one_place() -> None:
    columns = all_columns()

    assert {one.type for one in columns} <= {"str", "int", "float", "bool", "list"}
    assert [one for one in columns if not one.meaning] == []
    assert len({(one.table, one.column) for one in columns}) == len(columns)
    assert [one for one in columns if one.type == "float" and not one.unit] == []


def test_tables_are_sorted_by_columns_that_they_have() -> None:
    assert {
        (table, key)
        for table, keys in SORT_KEYS.items()
        for key in keys
        if key not in columns_of(table)
    } == set()


def test_the_registry_describes_itself_and_every_output() -> None:
    described = {one.table for one in all_columns()}

    assert described >= set(OUTPUT_TABLES)


def test_an_unknown_table_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        columns_of("nothing")


def test_carried_columns_are_described_as_text() -> None:
    (column,) = carried_columns("counts", ["nurse"])

    assert (column.table, column.column, column.type) == ("counts", "nurse", "str")
