"""Gating recovers the truth of simulated tubes, and invents nothing."""

import sys
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from acceptance.arithmetic import (
    auroc,
    equal_weights,
    f1_score,
    is_right,
    share_with_interval,
)
from acceptance.codes import own_scenarios, raised_by_scenario, raised_in_default
from acceptance.coverage import coverage_of_counting
from acceptance.declared_codes import CODES, COMPANIONS, CONTROLS, NOT_MEASURED
from acceptance.gate_simulated import evaluate_plan, first_samples
from acceptance.release_tables import confidence_auroc, release_by_scenario
from acceptance.rows import Rows
from acceptance.run_seeds import evaluate_seeds
from acceptance.sample_rows import add_samples
from acceptance.visits import evaluate_study, thresholds_table, visits_table

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.counting import CountMethod
from cytoflow_blina.quality.registry import UNITS
from cytoflow_blina.simulate.cohorts import RETURNING_B_EVENTS, returning_b
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.plan import CANTO
from cytoflow_blina.simulate.populations import LYMPHOCYTES
from cytoflow_blina.simulate.scenarios import SCENARIOS
from cytoflow_blina.workflow.samples import SampleResult

SEEDS = range(200, 220)


def evaluate(scenario: str) -> pd.DataFrame:
    """Evaluate tubes of a scenario with the gates that are found."""
    table = evaluate_seeds([scenario], SEEDS).populations
    return table[table.gates == "fitted"]


@pytest.fixture(scope="module")
def default_tubes() -> pd.DataFrame:
    """Evaluate tubes of the default ranges, with the gates that are found."""
    return evaluate("default")


def test_a_count_is_right_within_five_percent_or_two_standard_deviations() -> None:
    assert is_right(10_500, 10_000)
    assert not is_right(10_501, 10_000)
    assert is_right(120, 100)
    assert not is_right(79, 100)
    assert is_right(0, 0)
    assert not is_right(1, 0)


def test_f1_of_nothing_in_nothing_is_not_a_number() -> None:
    assert f1_score(90, 100, 100) == pytest.approx(0.9)
    assert f1_score(0, 5, 0) == 0
    assert isnan(f1_score(0, 0, 0))


def test_all_right_of_a_thousand_still_leaves_an_interval() -> None:
    share, lower, upper = share_with_interval(1000, 1000)

    assert share == upper == 100
    # The exact lower limit where nothing failed: (alpha / 2) ** (1 / n).
    assert lower == pytest.approx(100 * 0.025 ** (1 / 1000))


def test_a_confidence_that_orders_gates_has_an_auroc_of_one_and_a_constant_half() -> (
    None
):
    is_bad = np.array([True, True, False, False])

    assert auroc(np.array([0.1, 0.2, 0.8, 0.9]), is_bad) == 1
    assert auroc(np.array([0.9, 0.8, 0.2, 0.1]), is_bad) == 0
    assert auroc(np.full(4, 0.5), is_bad) == 0.5
    assert isnan(auroc(np.full(4, 0.5), np.zeros(4, dtype=bool)))


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.booleans(), st.integers(1, 3)),
        min_size=2,
        max_size=30,
    )
)
def test_auroc_counts_pairs_by_weight_and_ties_half(
    gates: list[tuple[int, bool, int]],
) -> None:
    bad = [(score, weight) for score, is_bad, weight in gates if is_bad]
    good = [(score, weight) for score, is_bad, weight in gates if not is_bad]
    pairs = [(b, g, wb * wg) for b, wb in bad for g, wg in good]
    favourable = sum(w * ((b < g) + 0.5 * (b == g)) for b, g, w in pairs)

    found = auroc(
        np.array([score for score, _, _ in gates], dtype=np.float64),
        np.array([is_bad for _, is_bad, _ in gates]),
        np.array([weight for _, _, weight in gates], dtype=np.float64),
    )

    if pairs:
        assert found == pytest.approx(favourable / sum(w for *_, w in pairs))
    else:
        assert isnan(found)


def test_scenarios_weigh_alike_however_many_gates_they_have() -> None:
    weights = equal_weights(np.array(["a", "a", "a", "b"]))

    assert weights == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1])


def gates_of(scenario: str, confidences: list[float], *, n_found: int) -> pd.DataFrame:
    """Make rows of CD3 gates, right where 1,000 events were found."""
    return pd.DataFrame(
        {
            "scenario": scenario,
            "gates": "fitted",
            "population": "CD3",
            "n_true": 1000,
            "n_found": n_found,
            "f1": 0.99,
            "confidence": confidences,
            "is_right": n_found == 1000,
        }
    )


def test_pooled_auroc_gives_each_scenario_the_same_weight() -> None:
    rows = pd.concat(
        [
            gates_of("hard", [0.4], n_found=500),
            gates_of("mixed", [0.5] * 9, n_found=1000),
            gates_of("mixed", [float("nan")] * 9, n_found=500),
            gates_of("easy", [0.3] * 50, n_found=1000),
        ]
    )

    table = confidence_auroc(rows).set_index(["populations", "scenario"]).auroc

    assert isnan(table["headline", "hard"])
    assert table["headline", "mixed"] == 1
    # Bad: 1 at 0.4 and a half at 0. Good: a half at 0.5 and 1 at 0.3.
    expected = (1 * 0.5 + 0.5 * 1.5) / (1.5 * 1.5)
    assert table["headline", "pooled"] == pytest.approx(expected)
    assert table["headline", "mean of 1"] == 1


def test_of_the_released_samples_those_that_are_right_are_counted() -> None:
    samples = pd.DataFrame(
        {
            "scenario": ["default"] * 4,
            "release_class": ["release", "release", "look", "failed"],
            "is_right_headline": [True, False, True, False],
            "is_right_rows": [False, False, True, False],
            "n_others": [3, 1, 0, 0],
            "n_others_released": [1, 0, 0, 0],
        }
    )

    row = release_by_scenario(samples).set_index("scenario").loc["all"]

    assert row.released_percent == 50
    assert row.headline_right_percent == 50
    assert row.headline_wrong == 1
    assert row.rows_wrong == 2
    assert row.others_released_percent == 25
    assert row.failed == 1


@pytest.mark.parametrize(
    ("n_true", "n_found", "is_right_sample"),
    [(0, 400, False), (0, 99, True), (99, 100, True), (400, 0, False), (0, 0, True)],
)
def test_a_population_that_was_invented_makes_its_sample_wrong(
    n_true: int, n_found: int, is_right_sample: bool
) -> None:
    compared = {
        "sample_id": "S01-D0",
        "tube": "B",
        "population": "CD19",
        "n_true": n_true,
        "n_found": n_found,
        "f1": f1_score(0, n_found, n_true),
        "confidence": 0.9,
        "source": "fitted",
        "is_right": is_right(n_found, n_true),
    }
    sheet_row = SampleRow(
        sample_id="S01-D0",
        subject_id="S01",
        visit="D0",
        panel="facscalibur-multitest",
        tube="B",
        fcs_file="S01-D0.B.fcs",
        count_method=CountMethod.NONE,
    )
    rows = Rows()

    add_samples([sheet_row], [SampleResult((), ())], [compared], rows)

    assert rows.samples[0]["is_right_headline"] == is_right_sample
    assert rows.samples[0]["is_right_reported"] == is_right_sample
    if (n_true, n_found) == (0, 400):
        assert rows.samples[0]["worst"] == "CD19 B"
        assert rows.samples[0]["worst_percent"] == float("inf")


def findings(scenario: str, check: str, verdicts: list[str]) -> pd.DataFrame:
    """Make the findings of one check in as many samples as there are verdicts."""
    return pd.DataFrame(
        {
            "scenario": scenario,
            "seed": 1,
            "sample_id": [f"S{number}" for number in range(len(verdicts))],
            "tube": "",
            "level": "tube",
            "check": check,
            "verdict": verdicts,
        }
    )


def test_a_code_that_comes_undeclared_is_told_and_one_of_the_control_is_not() -> None:
    rows = pd.concat(
        [
            findings("tandem", "QC_TANDEM", ["WARN", "FAIL"]),
            findings("tandem", "QC_COMP", ["WARN", "PASS"]),
            findings("tandem", "QC_SAT", ["WARN", "WARN", "PASS", "PASS"]),
            findings("tandem", "QC_TIME", ["WARN", "PASS", "NOT_MEASURED"]),
            findings("tandem", "QC_DRIFT", ["WARN", "PASS"]),
            findings("default", "QC_TANDEM", ["PASS", "PASS"]),
            findings("default", "QC_SAT", ["PASS", "PASS"]),
            findings("default", "QC_TIME", ["WARN", "PASS"]),
        ]
    )

    own = own_scenarios(raised_by_scenario(rows)).set_index("check").loc["QC_TANDEM"]

    assert own.scenario == "tandem"
    assert own.raised_percent == 100
    assert own.undeclared == "QC_SAT 50 %"


def true_events(n_b: int = 500) -> pd.DataFrame:
    """Write what 50 default tubes hold in truth."""
    numbers = {"CD3": 9_000, "CD19": n_b, "DPT": 90, "DNT": 300, "NKTLIKE": 200}
    return pd.DataFrame(
        [
            {
                "gates": "fitted",
                "seed": 1,
                "sample_id": f"S{number}",
                "population": name,
                "n_true": n_true,
            }
            for number in range(50)
            for name, n_true in numbers.items()
        ]
    )


def test_a_code_without_its_own_scenario_is_to_be_measured_nowhere() -> None:
    rows = pd.concat(
        [
            findings("default", "QC_VIAB", ["NOT_MEASURED"] * 4),
            findings("default", "FLAG_NEW", ["WARN"] * 4),
        ]
    )

    own = own_scenarios(raised_by_scenario(rows)).set_index("check")

    assert own.loc["QC_VIAB"].is_as_declared
    assert own.loc["QC_VIAB"].scenario.startswith("NOT_MEASURED: no TBNK panel has")
    assert not own.loc["QC_TANDEM"].is_as_declared
    assert own.loc["QC_TANDEM"].scenario == "tandem (not run)"


def test_every_code_of_the_registry_is_declared_once() -> None:
    assert set(UNITS) <= {*CODES, *NOT_MEASURED}
    assert set(CODES).isdisjoint(NOT_MEASURED)
    assert {*CODES.values(), *COMPANIONS, *CONTROLS} <= set(SCENARIOS)
    listed = {
        code for one in COMPANIONS.values() for codes in one.values() for code in codes
    }
    assert listed <= set(CODES)


@pytest.mark.parametrize(("n_b", "is_few"), [(7, True), (500, False)])
def test_a_flag_of_the_blood_is_right_where_the_truth_bears_it_out(
    n_b: int, is_few: bool
) -> None:
    rows = pd.concat(
        [
            findings("default", "QC_SAT", ["PASS"] * 50),
            findings("default", "FLAG_B_BELOW_COUNT_LIMIT", ["WARN"] * 3).assign(
                level="flag"
            ),
        ]
    )

    row = raised_in_default(rows, true_events(n_b)).set_index("check")

    flag = row.loc["FLAG_B_BELOW_COUNT_LIMIT"]
    assert flag.raised_percent == 6
    assert flag.is_few == is_few


def test_two_percent_of_default_tubes_may_raise_a_code() -> None:
    rows = findings("default", "QC_SAT", ["WARN"] + ["PASS"] * 48 + ["NOT_MEASURED"])

    row = raised_in_default(rows, true_events()).iloc[0]

    assert row.raised_percent == 2
    assert row.n_not_measured == 1
    assert row.is_few


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    table = coverage_of_counting(400, 1)

    as_told = table[table.true_over_configured_cv == 1]
    assert (as_told.hi95 > 95).all()
    worse = table[table.true_over_configured_cv == 2].set_index(["method", "stratum"])
    assert worse.covered_percent["bead", "1,000-5,000"] < 90


def test_a_sample_is_compared_as_fitted_and_by_its_template() -> None:
    rows = evaluate_plan(first_samples("default", 200))

    populations = pd.DataFrame(rows.populations)
    sizes = populations.gates.value_counts()
    assert sizes["fitted"] == sizes["template"] > 0
    assert {row["release_class"] for row in rows.samples} <= {"release", "look"}
    truth = populations.groupby(["sample_id", "tube", "population"])["n_true"]
    assert truth.max().equals(truth.min())


@pytest.mark.parametrize("position", [0, 1, 2])
def test_b_cells_of_the_second_visit_are_as_many_as_are_meant(position: int) -> None:
    plan = returning_b(200, DEFAULT_RANGES)
    first, second = [s for s in plan.samples if s.panel == CANTO][2 * position :][:2]

    expected = [
        one.concentrations["b"] / one.lymphocytes_per_ul * one.tubes[0].n_lymphocytes
        for one in (first, second)
    ]

    assert first.subject_id == second.subject_id
    assert first.tubes[0].instrument == second.tubes[0].instrument != ""
    assert first.tubes[0].staining_lot == second.tubes[0].staining_lot != ""
    assert expected == pytest.approx([750, RETURNING_B_EVENTS[position]])


def test_a_second_visit_borrows_from_the_first_and_alone_borrows_nothing() -> None:
    plan = returning_b(200, DEFAULT_RANGES)
    canto = [sample for sample in plan.samples if sample.panel == CANTO][:2]

    rows = evaluate_study(replace(plan, samples=tuple(canto))).about({"seed": 200})

    populations = pd.DataFrame(rows.populations)
    thresholds = thresholds_table(populations).set_index("gates")
    assert thresholds.n_borrowed["alone"] == 0
    assert thresholds.n_borrowed["borrowing"] > 0
    assert thresholds.n_same["borrowing"] > thresholds.n_same["alone"]
    table = visits_table(populations).set_index(["visit", "population"])
    assert set(table.level) == {0}
    assert table.n_true["EOT", "CD19"] == 0
    # The first visit has nobody to borrow from.
    first = table.loc["D0"]
    assert (first.n_found == first.n_found_alone).all()
    assert not table.source_alone.str.contains("borrowed").any()


@pytest.mark.slow
def test_percentages_have_no_bias_of_half_a_point(default_tubes: pd.DataFrame) -> None:
    errors = default_tubes.groupby(["panel", "tube", "population"])["error"]

    # Twenty tubes have their own chance: one standard error.
    assert (errors.mean().abs() - errors.sem()).max() < 0.5


@pytest.mark.slow
def test_counts_of_large_populations_are_within_two_percent(
    default_tubes: pd.DataFrame,
) -> None:
    large = default_tubes[
        default_tubes.population.isin(["LYMPH", "CD3", "CD4", "CD8", "NK", "CD19"])
        & (default_tubes.n_true >= 500)
    ]
    events = 100 * (large.n_found / large.n_true - 1)
    by_population = large.assign(events=events).groupby(["panel", "tube", "population"])

    assert by_population["events"].mean().abs().max() < 2
    # How many cells of a kind got into a tube is itself a matter of chance.
    count = by_population["count_error"]
    assert (count.mean().abs() < 2 + count.sem()).all()


@pytest.mark.slow
def test_the_lymphocyte_gate_is_complete_and_pure(default_tubes: pd.DataFrame) -> None:
    gate = default_tubes[default_tubes.population == "LYMPH"]

    for _, tubes in gate.groupby(["panel", "tube"]):
        assert (tubes.recovery >= 95).sum() >= len(SEEDS) - 1
        assert (tubes.purity >= 90).sum() >= len(SEEDS) - 1


@pytest.mark.slow
def test_tubes_without_b_cells_show_none() -> None:
    table = evaluate("no_b")
    b_cells = table[table.population == "CD19"]

    for _, tubes in b_cells.groupby("panel"):
        assert (tubes.n_found <= 1).sum() >= len(SEEDS) - 1


@pytest.mark.slow
@pytest.mark.parametrize("n_b", [5, 15, 30])
def test_the_first_b_cells_that_come_back_are_counted(n_b: int) -> None:
    found = true = 0
    for seed in SEEDS:
        plan = first_samples("no_b", seed)
        sample = next(one for one in plan.samples if len(one.tubes) == 1)
        spec = sample.tubes[0]
        others = sum(spec.concentrations.get(name, 0.0) for name in LYMPHOCYTES)
        few_b = {**spec.concentrations, "b": n_b / spec.n_lymphocytes * others}
        tube = replace(spec, concentrations=few_b)
        rows = evaluate_plan(replace(plan, samples=(replace(sample, tubes=(tube,)),)))
        for row in rows.populations:
            if row["population"] == "CD19" and row["gates"] == "fitted":
                found, true = found + row["n_found"], true + row["n_true"]

    assert true > 0.7 * n_b * len(SEEDS)
    assert 0.9 * true < found < 1.05 * true
