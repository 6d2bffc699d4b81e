"""Gating recovers the truth of simulated tubes, and invents nothing."""

from dataclasses import replace
from pathlib import Path
from runpy import run_path

import pandas as pd
import pytest

from cytoflow_blina.simulate.populations import LYMPHOCYTES
from cytoflow_blina.simulate.scenarios import plan_study
from cytoflow_blina.simulate.tube import simulate_tube
from cytoflow_blina.simulate.tube_file import write_tube

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "accuracy.py"
SEEDS = range(200, 220)


def evaluate(scenario: str) -> pd.DataFrame:
    """Evaluate tubes of a scenario with the gates that are found."""
    table: pd.DataFrame = run_path(str(BENCHMARK))["evaluate_seeds"](scenario, SEEDS)
    return table[table.gates == "fitted"]


@pytest.fixture(scope="module")
def default_tubes() -> pd.DataFrame:
    """Evaluate tubes of the default ranges, with the gates that are found."""
    return evaluate("default")


@pytest.mark.slow
def test_percentages_have_no_bias_of_half_a_point(default_tubes: pd.DataFrame) -> None:
    errors = default_tubes.groupby(["tube", "population"])["error"].mean()

    assert errors.abs().max() < 0.5


@pytest.mark.slow
def test_counts_of_large_populations_are_within_two_percent(
    default_tubes: pd.DataFrame,
) -> None:
    main = default_tubes[
        default_tubes.population.isin(["LYMPH", "CD3", "CD4", "CD8", "NK", "CD19"])
    ]
    by_population = main.groupby(["tube", "population"])

    assert by_population["events"].mean().abs().max() < 2
    assert by_population["count"].mean().abs().max() < 2


@pytest.mark.slow
def test_the_lymphocyte_gate_is_complete_and_pure(default_tubes: pd.DataFrame) -> None:
    gate = default_tubes[default_tubes.population == "LYMPH"]

    for _, tubes in gate.groupby("tube"):
        assert (tubes.recovery >= 95).sum() >= len(SEEDS) - 1
        assert (tubes.purity >= 90).sum() >= len(SEEDS) - 1


@pytest.mark.slow
def test_tubes_without_b_cells_show_none() -> None:
    table = evaluate("no_b")
    b_cells = table[table.population == "CD19"]

    for _, tubes in b_cells.groupby("tube"):
        assert (tubes.n_events <= 1).sum() >= len(SEEDS) - 1


@pytest.mark.slow
@pytest.mark.parametrize("n_b", [5, 15, 30])
def test_the_first_b_cells_that_come_back_are_counted(n_b: int, tmp_path: Path) -> None:
    evaluate_tube = run_path(str(BENCHMARK))["evaluate"]
    found = true = 0
    for seed in SEEDS:
        plan = plan_study("no_b", seed)
        spec = next(one for one in plan.tubes if one.tube == "")
        others = sum(spec.concentrations.get(name, 0.0) for name in LYMPHOCYTES)
        few_b = {**spec.concentrations, "b": n_b / spec.n_lymphocytes * others}
        tube = simulate_tube(
            replace(spec, concentrations=few_b), seed, ranges=plan.ranges
        )
        write_tube(tube, tmp_path / "tube.fcs")
        for row in evaluate_tube(tube, tmp_path / "tube.fcs", find=True):
            if row["population"] == "CD19":
                found, true = found + row["n_events"], true + row["n_true"]

    assert true > 0.7 * n_b * len(SEEDS)
    assert 0.9 * true < found < 1.05 * true
