"""Gating recovers the truth of simulated tubes, and invents nothing."""

from pathlib import Path
from runpy import run_path

import pandas as pd
import pytest

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
