"""Counts drawn from known ones err as the pipeline does, but for its gates."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cytoflow_blina.cohort.usable_values import index_counts, usable_value
from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.domain.comparison import OUTCOMES
from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.finding import CheckLimits
from cytoflow_blina.errors import ConfigError
from cytoflow_blina.export.tables import read_table, write_table
from cytoflow_blina.simulate.counted_study import CountedSample, plan_counted_study
from cytoflow_blina.workflow.batch import run_study
from cytoflow_blina.workflow.init import make_study
from cytoflow_blina.workflow.reproduction import drawn_counts
from cytoflow_blina.workflow.reproduction.counted_tubes import simulate_files
from cytoflow_blina.workflow.reproduction.drawn_counts import (
    draw_counts,
    true_counts_frame,
)

NO_ERRORS = CountingErrors(pipetting_cv=0.0, bead_lot_cv=0.0)
CELLS = {
    "CD3": 950.0,
    "CD4": 440.0,
    "CD8": 500.0,
    "NK": 120.0,
    "CD19": 0.0,
    "DNT": 20.0,
}
DRAWN_AT = datetime.fromisoformat("2024-03-01T09:00:00")


def sample(
    subject: str = "P01", visit: str = "D0", cells: Mapping[str, float] = CELLS
) -> CountedSample:
    rel_day = {"D0": 0, "D14": 14}[visit]
    drawn_at = DRAWN_AT + timedelta(days=rel_day)
    return CountedSample(subject, 1, visit, rel_day, cells, drawn_at)


def many(n: int, cells: Mapping[str, float] = CELLS) -> list[CountedSample]:
    return [sample(f"P{number:03d}", cells=cells) for number in range(n)]


def values(
    counts: pd.DataFrame, population: str, column: str = "cells_per_ul"
) -> FloatArray:
    """Take a column of a population, in the order of the samples."""
    rows = counts[counts["population"] == population]
    return rows[column].to_numpy(dtype=np.float64, na_value=np.nan)


def row_of(counts: pd.DataFrame, population: str) -> Mapping[str, Any]:
    """Take the only row of a population."""
    (row,) = counts[counts["population"] == population].to_dict("records")
    return {str(column): value for column, value in row.items()}


@pytest.mark.parametrize("truth", [False, True])
def test_the_table_is_as_it_would_be_read(tmp_path: Path, *, truth: bool) -> None:
    samples = [sample("P02", "D14"), sample("P01")]
    counts = true_counts_frame(samples) if truth else draw_counts(samples, 1, NO_ERRORS)
    rows = [
        {str(column): value for column, value in row.items()}
        for row in counts.to_dict("records")
    ]
    write_table(tmp_path / "counts.csv", "counts", rows)

    read = read_table(tmp_path / "counts.csv", "counts")

    pd.testing.assert_frame_equal(counts, read)


def test_the_same_seed_draws_the_same_whatever_the_order() -> None:
    samples = many(3)

    one = draw_counts(samples, 7, CountingErrors())

    pd.testing.assert_frame_equal(one, draw_counts(samples[::-1], 7, CountingErrors()))


def test_a_sample_draws_the_same_whoever_else_is_drawn_at_its_centre() -> None:
    alone = draw_counts([sample("P000")], 7, CountingErrors())

    among = draw_counts(many(3), 7, CountingErrors())

    first = among[among["subject_id"] == "P000"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, first)


def test_another_seed_draws_other_counts() -> None:
    one, other = (draw_counts([sample()], seed, NO_ERRORS) for seed in (1, 2))

    assert values(one, "CD4") != pytest.approx(values(other, "CD4"))


@pytest.mark.parametrize("population", ["LYMPH", "CD4", "CD8", "NK", "DNT"])
def test_without_pipetting_error_counts_spread_as_cells_and_beads_do(
    population: str,
) -> None:
    samples = many(200)
    truth = values(true_counts_frame(samples), population)

    counts = draw_counts(samples, 3, NO_ERRORS)

    error = np.log(values(counts, population) / truth)
    n_events, n_beads = (
        values(counts, population, column) for column in ("n_events", "n_beads")
    )
    per_tube = 1 / n_events + 1 / n_beads
    expected = sqrt(float(per_tube.mean()))
    assert error.mean() == pytest.approx(0, abs=4 * expected / sqrt(200))
    assert error.std() == pytest.approx(expected, rel=0.2)


def test_cd3_is_the_mean_of_two_tubes() -> None:
    counts = draw_counts([sample()], 1, CountingErrors())

    a, b, both = (row_of(counts, name) for name in ("CD3_A", "CD3_B", "CD3"))
    assert both["cells_per_ul"] == pytest.approx(
        (a["cells_per_ul"] + b["cells_per_ul"]) / 2
    )
    assert both["n_events"] == a["n_events"] + b["n_events"]
    assert both["source_tube"] == "A;B"


def test_pipetting_error_is_each_tubes_own() -> None:
    errors = CountingErrors(pipetting_cv=0.04, bead_lot_cv=0.0)

    counts = draw_counts(many(100), 1, errors)

    a, b = (values(counts, name) for name in ("CD3_A", "CD3_B"))
    assert np.log(a / b).std() == pytest.approx(0.04 * sqrt(2), rel=0.3)


def test_the_error_of_a_bead_lot_is_shared_by_its_centre() -> None:
    samples = many(80)
    without, with_lots = (
        values(draw_counts(samples, 2, replace(NO_ERRORS, bead_lot_cv=cv)), "LYMPH")
        for cv in (0.0, 0.1)
    )

    shift = np.log(with_lots / without).reshape(20, 4)

    assert np.ptp(shift.mean(axis=0)) > 0.05
    assert shift.std(axis=0).max() < 0.03


def test_absent_cells_count_as_none_with_an_upper_bound() -> None:
    row = row_of(draw_counts([sample()], 1, CountingErrors()), "CD19")

    assert row["n_events"] == 0
    assert row["cells_per_ul"] == 0
    assert row["censored"]
    assert 0 < row["limit"] == row["cells_per_ul_hi95"] < 1
    assert row["qc_fails"] == ""


def test_rich_blood_is_stopped_at_15000_lymphocytes_and_poor_blood_runs_out() -> None:
    poor = {name: n / 100 for name, n in CELLS.items()}
    samples = [sample("P01"), sample("P02", cells=poor)]

    counts = draw_counts(samples, 1, CountingErrors())

    rich, left = values(counts, "LYMPH", "n_events")
    assert rich == pytest.approx(15_000, rel=0.04)
    # At most 100,000 events or nine tenths of 50 uL, with 10.7 lymphocytes in each.
    assert 200 < left < 0.9 * 50 * 10.7 * 1.3


def test_few_lymphocytes_are_told_and_remain_usable() -> None:
    few = {name: n / 200 for name, n in CELLS.items()}

    counts = draw_counts([sample(cells=few)], 1, CountingErrors())

    cd4 = next(one for one in OUTCOMES if one.name == "CD4")
    value = usable_value(index_counts(counts), "P01-D0", cd4)
    assert value.problem == ""
    assert value.low_counts == ("QC_N_LYMPH",)


def test_blood_without_lymphocytes_has_no_percentages() -> None:
    none = dict.fromkeys(CELLS, 0.0)

    drawn = draw_counts([sample(cells=none)], 1, CountingErrors())
    truth = true_counts_frame([sample(cells=none)])

    for counts in (drawn, truth):
        assert values(counts, "CD3").tolist() == [0]
        assert values(counts, "CD3", "n_lymphocytes").tolist() == [0]
        assert np.isnan(values(counts, "CD3", "percent_of_lymphocytes")).all()


def test_sums_are_judged_by_the_limits_given() -> None:
    unlike = CELLS | {"CD4": 240.0, "CD8": 400.0, "DNT": 310.0}
    wide = {
        code: CheckLimits(pass_low=-50) if code == "QC_T_SUM" else limits
        for code, limits in drawn_counts.shipped_limits().items()
    }

    shipped, widened = (
        row_of(
            draw_counts([sample(cells=unlike)], 1, CountingErrors(), limits=limits),
            "CD4",
        )
        for limits in (None, wide)
    )

    assert shipped["qc_fails"] == "QC_T_SUM"
    assert widened["qc_fails"] == ""


def test_the_truth_is_told_without_events() -> None:
    counts = true_counts_frame([sample()])

    cd4, ratio, cd19 = (
        row_of(counts, name) for name in ("CD4", "CD4_CD8_RATIO", "CD19")
    )
    assert cd4["cells_per_ul"] == pytest.approx(440)
    assert cd4["percent_of_lymphocytes"] == pytest.approx(100 * 440 / 1070)
    assert np.isnan(values(counts, "CD4", "n_events")).all()
    assert ratio["ratio"] == pytest.approx(440 / 500)
    assert cd19["cells_per_ul"] == 0
    assert not cd19["censored"]


def test_every_outcome_of_the_truth_can_be_used() -> None:
    index = index_counts(true_counts_frame([sample()]))

    used = {one.name: usable_value(index, "P01-D0", one) for one in OUTCOMES}

    assert {name: value.problem for name, value in used.items()} == dict.fromkeys(
        used, ""
    )


def test_without_cd8_there_is_no_ratio() -> None:
    cells = CELLS | {"CD3": 460.0, "CD8": 0.0}

    counts = true_counts_frame([sample(cells=cells)])

    assert np.isnan(values(counts, "CD4_CD8_RATIO", "ratio")).all()


def test_no_samples_give_a_table_without_rows() -> None:
    assert draw_counts([], 1, CountingErrors()).empty
    assert "cells_per_ul" in true_counts_frame([]).columns


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ConfigError, match="P01-D0"):
        draw_counts([sample(cells=CELLS | {"DNT": -1.0})], 1, CountingErrors())


@pytest.mark.slow
def test_a_run_of_the_files_differs_from_what_is_drawn_by_gating_alone(
    tmp_path: Path,
) -> None:
    cells = CELLS | {"CD19": 60.0}
    samples = [sample(f"P{n:02d}", cells=cells) for n in range(4)]
    simulate_files(plan_counted_study(samples, 11), tmp_path / "study", n_jobs=2)
    make_study(tmp_path / "study", ("facscalibur-multitest",))

    run_study(tmp_path / "study", tmp_path / "out", n_jobs=2)

    measured = read_table(tmp_path / "out/counts.csv", "counts")
    drawn = draw_counts(samples, 11, CountingErrors())
    for population in ("LYMPH", "CD3", "CD4", "CD8", "NK", "CD19"):
        both = [values(one, population) for one in (measured, drawn)]
        assert np.abs(np.log(both[0] / both[1])).max() < 0.06, population
    assert set(measured["qc_fails"]) == {""}
