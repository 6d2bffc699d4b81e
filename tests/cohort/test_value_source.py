"""Values of an outcome, counted or measured otherwise."""

from dataclasses import replace
from math import isnan, nan
from pathlib import Path

import pandas as pd
import pytest

from cytoflow_blina.cohort.subject_tables import MeasurementRow
from cytoflow_blina.cohort.value_source import (
    ValueSource,
    counted_source,
    measured_sources,
)
from cytoflow_blina.domain.comparison import Outcome
from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.export.tables import read_table, write_table

DRAWN = Sample("S1", "P1", 1, "D0", 0, "PB", "bead")


def count(population: str, percent: float, **others: object) -> CountRow:
    row = CountRow(
        **vars(DRAWN),
        population=population,
        definition="",
        source_tube=(),
        n_events=10,
        n_parent=100,
        n_lymphocytes=100,
        percent_of_parent=nan,
        percent_of_lymphocytes=percent,
        percent_lo95=percent / 2,
        percent_hi95=percent * 2,
        cells_per_ul=10 * percent,
        cells_per_ul_lo95=9 * percent,
        cells_per_ul_hi95=12 * percent,
        cells_1e9_per_l=nan,
    )
    return replace(row, **others)  # type: ignore[arg-type]  # fields of the row


def table(tmp_path: Path, *rows: CountRow) -> pd.DataFrame:
    path = tmp_path / "counts.csv"
    write_table(path, "counts", rows)
    return read_table(path, "counts")


def measured(value: float | None, **others: object) -> MeasurementRow:
    content = {
        "subject_id": "P1",
        "cycle": 1,
        "visit": "D0",
        "analyte": "IL-6",
        "unit": "pg/mL",
        "value": value,
        **others,
    }
    return MeasurementRow.model_validate(content)


def outcome(source: ValueSource, name: str) -> Outcome:
    return next(one for one in source.outcomes if one.name == name)


def test_a_count_comes_with_its_counting_interval(tmp_path: Path) -> None:
    source = counted_source(table(tmp_path, count("CD3", 60)), [DRAWN])

    found = source.look_up(DRAWN, outcome(source, "CD3"))

    assert (found.value, found.lo95, found.hi95) == (600, 540, 720)
    share = source.look_up(DRAWN, outcome(source, "CD3_PERCENT"))
    assert (share.value, share.lo95, share.hi95) == (60, 30, 120)


def test_the_share_without_b_cells_is_that_of_t_in_t_and_nk(tmp_path: Path) -> None:
    counts = table(tmp_path, count("CD3", 60), count("NK", 20))
    source = counted_source(counts, [DRAWN])

    found = source.look_up(DRAWN, outcome(source, "CD3_PERCENT_OF_NON_B"))

    assert found.value == 75


def test_what_is_made_of_two_populations_needs_both_to_be_sound(
    tmp_path: Path,
) -> None:
    nk = count("NK", 20, qc_fails=("QC_SAT",))
    source = counted_source(table(tmp_path, count("CD3", 60), nk), [DRAWN])

    found = source.look_up(DRAWN, outcome(source, "CD3_PERCENT_OF_NON_B"))

    assert found.problem == "QC_SAT failed"
    assert source.look_up(DRAWN, outcome(source, "CD3_PERCENT")).problem == ""


def test_a_share_of_no_cells_is_not_measured(tmp_path: Path) -> None:
    counts = table(tmp_path, count("CD3", 0), count("NK", 0))
    source = counted_source(counts, [DRAWN])

    found = source.look_up(DRAWN, outcome(source, "CD3_PERCENT_OF_NON_B"))

    assert isnan(found.value)
    assert found.problem == "not measured"


def test_without_lymphocytes_nothing_can_be_said(tmp_path: Path) -> None:
    counts = table(tmp_path, count("CD19", nan, n_lymphocytes=0, cells_per_ul=0.0))
    source = counted_source(counts, [DRAWN])

    assert source.look_up(DRAWN, outcome(source, "CD19")).problem == "no lymphocytes"


def test_outcomes_are_those_that_are_reported(tmp_path: Path) -> None:
    counts = table(tmp_path, count("CD3", 60), count("CD4", 30))

    found = counted_source(counts, [DRAWN]).outcomes

    assert [one.name for one in found] == ["CD3", "CD4", "CD3_PERCENT", "CD4_PERCENT"]


def test_where_nothing_is_reported_the_loss_of_everything_is_told(
    tmp_path: Path,
) -> None:
    found = counted_source(table(tmp_path), [DRAWN])

    (b_cells,) = (one for one in found.outcomes if one.name == "CD19")
    assert found.look_up(DRAWN, b_cells).problem == "sample could not be processed"


def test_only_the_specimen_asked_for_is_an_occasion(tmp_path: Path) -> None:
    marrow = replace(DRAWN, sample_id="S2", specimen="BM")
    counts = table(tmp_path, count("CD3", 60))

    assert counted_source(counts, [DRAWN, DRAWN, marrow]).samples == (DRAWN,)


@pytest.mark.parametrize("written", [None, 0.0, 1.0, 2.44])
def test_below_the_limit_the_limit_stands_whatever_is_written(
    written: float | None,
) -> None:
    row = measured(written, lower_limit=2.44, censored=True)

    (source,) = measured_sources([row], ["IL-6"])
    found = source.look_up(source.samples[0], source.outcomes[0])

    assert (found.value, found.is_censored, found.limit) == (2.44, True, 2.44)
    assert found.problem == ""


def test_a_censored_value_without_a_limit_is_its_own() -> None:
    (source,) = measured_sources([measured(3.0, censored=True)], ["IL-6"])

    found = source.look_up(source.samples[0], source.outcomes[0])

    assert (found.value, found.limit) == (3.0, 3.0)


def test_a_value_above_the_limit_has_none() -> None:
    (source,) = measured_sources([measured(9.0, lower_limit=2.44)], ["IL-6"])

    found = source.look_up(source.samples[0], source.outcomes[0])

    assert (found.value, found.is_censored) == (9.0, False)
    assert isnan(found.limit)


def test_an_empty_cell_is_not_measured() -> None:
    (source,) = measured_sources([measured(None)], ["IL-6"])

    assert source.look_up(source.samples[0], source.outcomes[0]).problem == (
        "not measured"
    )


def test_each_analyte_has_a_source_of_its_own_with_its_unit() -> None:
    rows = [
        measured(1.0, visit="EOT"),
        measured(5.0, analyte="IgG", unit="g/L"),
        measured(2.0, subject_id="P2"),
    ]

    sources = measured_sources(rows, ["IgG", "IL-6", "IL-1"])

    assert [one.outcomes[0].name for one in sources] == ["IgG", "IL-6"]
    assert [one.outcomes[0].unit for one in sources] == ["g/L", "pg/mL"]
    assert [one.subject_id for one in sources[1].samples] == ["P1", "P2"]
    assert measured_sources([], ["IL-6"]) == ()
