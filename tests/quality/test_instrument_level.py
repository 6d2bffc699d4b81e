"""Checks of a tube against earlier ones of its instrument."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.finding import Finding, Verdict
from cytoflow_blina.quality.batch_drift import (
    ControlledTube,
    ControlPoint,
    InstrumentRun,
    Quantity,
    chart_runs,
    control_deviation,
    robust_sd,
)
from cytoflow_blina.quality.instrument_settings import (
    InstrumentTube,
    Settings,
    SettingsHistory,
    changed_settings,
    settings_before,
)
from cytoflow_blina.quality.limits import load_limits
from cytoflow_blina.quality.registry import UNITS
from cytoflow_blina.quality.release import judge_rows

LIMITS = load_limits(Path(__file__).parents[2] / "gating" / "limits.toml").limits
CD45 = Quantity("QC_LJ_CD45", "CD45 of lymphocytes", "decades")
START = datetime(2026, 1, 5, 8)  # noqa: DTZ001 -- the instrument's own clock


def runs_of(values: Sequence[float] | FloatArray) -> list[InstrumentRun]:
    return [
        InstrumentRun(
            f"S{day:03d}",
            "A",
            ("FACSCalibur", "panel"),
            START + timedelta(days=day),
            {CD45: float(value)},
        )
        for day, value in enumerate(values)
    ]


def verdicts(points: Sequence[ControlPoint]) -> list[float]:
    return [control_deviation(ControlledTube((point,))).value for point in points]


def steady(n_runs: int, seed: int = 1, spread: float = 0.1) -> FloatArray:
    return np.random.default_rng(seed).normal(2.0, spread, n_runs)


def test_a_shift_of_an_instrument_is_found_at_its_first_run() -> None:
    values = [*steady(20, spread=0.03), 1.8]

    *before, last = verdicts(chart_runs(runs_of(values)))

    assert last < -3.5
    assert all(isnan(value) for value in before[:8])
    assert all(abs(value) < 3.5 for value in before[8:])


def test_four_runs_on_one_side_are_found_where_none_alone_is_far() -> None:
    values = [*steady(20), 2.22, 2.21, 2.22, 2.23]

    points = chart_runs(runs_of(values))

    assert all(abs(point.deviation) < 3.5 for point in points[20:])
    assert points[22].row < 3.5 < points[23].row
    message = control_deviation(ControlledTube((points[23],))).message
    assert message.endswith("decades from the first 20 runs (four runs in a row).")


def test_a_slow_drift_is_found_because_the_reference_stays() -> None:
    drift = np.concatenate((np.zeros(20), np.arange(1, 31) * 0.02))
    values = steady(50, spread=0.03) + drift

    found = verdicts(chart_runs(runs_of(values)))

    assert min(found[35:]) > 3.5


def test_a_later_run_changes_no_earlier_one() -> None:
    values = [*steady(30), 3.0, 3.0]

    first = chart_runs(runs_of(values[:30]))
    with_more = chart_runs(runs_of(values))

    assert [repr(one) for one in with_more[:30]] == [repr(one) for one in first]


def test_the_order_in_which_runs_come_does_not_show() -> None:
    runs = runs_of(steady(30))

    assert repr(chart_runs(reversed(runs))) == repr(chart_runs(runs))


def test_tubes_acquired_at_once_are_no_reference_for_each_other() -> None:
    runs = [
        InstrumentRun(f"S{k}", "A", ("I", "P"), START, {CD45: 2.0}) for k in range(20)
    ]

    assert {point.n_reference for point in chart_runs(runs)} == {0}


def test_a_steady_instrument_is_seldom_flagged() -> None:
    raised = n_judged = 0
    for seed in range(60):
        found = verdicts(chart_runs(runs_of(steady(60, seed))))
        n_judged += sum(not isnan(value) for value in found)
        raised += sum(abs(value) > 3.5 for value in found)

    assert raised / n_judged < 0.005


def test_a_shift_too_small_to_move_a_gate_is_not_flagged() -> None:
    values = [*[2.0] * 20, 2.04]

    assert abs(verdicts(chart_runs(runs_of(values)))[-1]) < 3.5


def test_too_few_runs_are_told_in_words() -> None:
    points = chart_runs(runs_of(steady(3)))

    measured = control_deviation(ControlledTube((points[-1],)))

    assert isnan(measured.value)
    assert measured.message == (
        "2 earlier runs of this instrument, panel and tube; the chart needs 8."
    )


@pytest.mark.parametrize("n_values", [8, 13, 20])
def test_the_robust_sd_is_unbiased_and_heeds_no_outlier(n_values: int) -> None:
    rng = np.random.default_rng(5)
    drawn = rng.normal(0, 1, (2_000, n_values))
    spoilt = drawn.copy()
    spoilt[:, 0] = 1_000

    clean = np.mean([robust_sd(values) for values in drawn])
    outlying = np.mean([robust_sd(values) for values in spoilt])

    assert clean == pytest.approx(1, abs=0.05)
    assert outlying < 1.6


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=30), st.floats(0.1, 10))
def test_the_robust_sd_grows_with_its_values(
    values: list[float], factor: float
) -> None:
    array = np.array(values)

    assert robust_sd(factor * array + 3) == pytest.approx(
        factor * robust_sd(array), abs=1e-9
    )


def test_every_chart_has_limits_on_both_sides() -> None:
    charts = [code for code in UNITS if code.startswith("QC_LJ_")]

    assert len(charts) == 4
    assert all(LIMITS[code].pass_low == -3.5 for code in charts)
    assert all(LIMITS[code].fail_high is None for code in charts)


VOLTS = {"FL1-H $PnV": "600", "FL2-H $PnV": "560", "FL1-H $PnE": "4,0"}


def history_of(tubes: Sequence[Settings]) -> SettingsHistory:
    samples = [(day, [tube]) for day, tube in enumerate(tubes)]
    return settings_before([*samples, (len(tubes), [{}])])[-1]


def test_a_voltage_that_changed_is_named_with_both_values() -> None:
    tube = InstrumentTube(VOLTS | {"FL1-H $PnV": "640"}, history_of([VOLTS] * 6))

    measured = changed_settings(tube)

    assert measured.value == 1
    assert measured.message == (
        "Changed against the tubes before: FL1-H voltage 640 instead of 600."
    )


def test_a_voltage_that_differs_from_tube_to_tube_is_not_judged() -> None:
    daily = [VOLTS | {"FL1-H $PnV": str(600 + day)} for day in range(8)]

    measured = changed_settings(InstrumentTube(daily[-1], history_of(daily[:-1])))

    assert measured.value == 0
    assert measured.message == (
        "2 settings are as in the tubes before; 1 more differ from tube to tube."
    )


def test_settings_of_a_few_tubes_are_not_known_to_be_kept() -> None:
    assert isnan(changed_settings(InstrumentTube(VOLTS, history_of([VOLTS] * 5))).value)
    assert isnan(changed_settings(InstrumentTube({}, SettingsHistory())).value)


def test_one_tube_set_otherwise_leaves_what_is_kept() -> None:
    tubes = [*[VOLTS] * 7, VOLTS | {"FL1-H $PnV": "640"}]

    assert history_of(tubes).settled == VOLTS


def test_new_settings_become_those_that_are_kept() -> None:
    new = VOLTS | {"FL1-H $PnV": "640"}

    assert history_of([*[VOLTS] * 12, *[new] * 12]).settled == new


def test_samples_acquired_at_once_are_no_history_of_each_other() -> None:
    histories = settings_before([(1, [VOLTS] * 6), (1, [VOLTS]), (2, [VOLTS])])

    assert [one.n_tubes for one in histories] == [0, 0, 7]


def finding(verdict: Verdict, *, level: str, tube: str = "") -> Finding:
    return Finding("S1", tube, level, "QC_LJ_CD45", 5.0, "SD", "", verdict, "")


def row_of(*tubes: str) -> CountRow:
    return CountRow(
        sample_id="S1", subject_id="P1", cycle=1, visit="D0", rel_day=0, specimen="PB",
        population="CD3", definition="", source_tube=tubes, n_events=1, n_parent=1,
        n_lymphocytes=1, percent_of_parent=nan, percent_of_lymphocytes=nan,
        percent_lo95=nan, percent_hi95=nan, cells_per_ul=nan, cells_per_ul_lo95=nan,
        cells_per_ul_hi95=nan, cells_1e9_per_l=nan, count_method="none",
    )  # fmt: skip


@pytest.mark.parametrize("verdict", [Verdict.WARN, Verdict.FAIL])
def test_an_instrument_that_drifts_asks_for_a_look_and_excludes_nothing(
    verdict: Verdict,
) -> None:
    findings = [
        finding(Verdict.PASS, level="tube", tube="A"),
        finding(verdict, level="batch", tube="A"),
    ]

    of_a, of_b, of_both = judge_rows(
        [row_of("A"), row_of("B"), row_of("A", "B")], findings
    )

    assert {one.release_class for one in (of_a, of_b, of_both)} == {"look"}
    assert of_a.qc_flags == of_both.qc_flags == ("QC_LJ_CD45",)
    assert of_b.qc_flags == ()
    assert of_a.qc_fails == ()
