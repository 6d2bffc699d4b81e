"""Gate simulated tubes and compare with their truth, fitted and by template alone.

``make accuracy`` prints, for tubes of the default ranges and for tubes without B cells,
the figures below, each beside the same with the template's thresholds alone:

- error: found minus true percentage of lymphocytes, in points, mean over tubes
- events, count: found over true events, and cells per microlitre by beads with
  pipetting error off, minus 1, in percent, mean over tubes, for populations of at least
  500 events
- recovery and purity of the lymphocyte gate, in percent, lowest and how many tubes
  pass 95 % and 90 %
- B events in tubes without B cells

Truth is the label of every event. Coincidences belong to no population.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.population import percent
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.simulate.scenarios import plan_study
from cytoflow_blina.simulate.truth import true_concentrations, true_masks
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube
from cytoflow_blina.simulate.tube_file import write_tube
from cytoflow_blina.workflow.gating import apply_gates, find_gates, recognise_tube

LYMPHOCYTES = "cd45pos/lymph"


def one_tube_of_each(scenario: str, seed: int) -> Iterator[SimulatedTube]:
    """Simulate the first tube of each kind in a scenario."""
    plan = plan_study(scenario, seed)
    seen: set[tuple[str, str]] = set()
    for spec in plan.tubes:
        if (spec.panel, spec.tube) not in seen:
            seen.add((spec.panel, spec.tube))
            yield simulate_tube(spec, seed, ranges=plan.ranges)


def evaluate(
    tube: SimulatedTube, file: Path, *, find: bool
) -> Iterator[dict[str, Any]]:
    """Gate a tube from its file, and compare every population with the truth."""
    panel_name, tube_id = tube.spec.panel, tube.spec.tube
    panel = load_panel(shipped_documents() / "panels" / f"{panel_name}.toml")
    template = load_template(shipped_documents() / "templates" / f"{panel_name}.toml")
    recognised = recognise_tube(read_tube(file), panel, template.tube(tube_id))
    gated = apply_gates(recognised, find_gates(recognised, find=find).strategy)
    found = gated.populations
    truth = true_masks(tube.labels, tube_id)
    cells = true_concentrations(tube.spec.concentrations, tube_id)
    n_beads = found["beads"].n_events
    lymph = found[LYMPHOCYTES]
    is_lymph = truth["LYMPH"]
    caught = int((lymph.mask & is_lymph).sum())
    gate = {
        "recovery": percent(caught, int(is_lymph.sum())),
        "purity": percent(caught, lymph.n_events),
    }
    for reported in recognised.resolved.template.populations:
        n_events = sum(found[path].n_events for path in reported.paths)
        mask = np.logical_or.reduce([found[path].mask for path in reported.paths])
        true = truth[reported.name]
        is_large = true.sum() >= 500
        per_ul = n_events / n_beads * tube.beads_per_tube / tube.blood_volume_ul
        yield {
            "tube": f"{panel_name} {tube_id}".strip(),
            "population": reported.name,
            "gates": "fitted" if find else "template",
            "n_events": n_events,
            "n_true": int(true.sum()),
            "error": percent(n_events, lymph.n_events)
            - percent(int(true.sum()), int(is_lymph.sum())),
            "events": 100 * (n_events / true.sum() - 1) if is_large else np.nan,
            "count": 100 * (per_ul / cells[reported.name] - 1) if is_large else np.nan,
            "f1": 2 * int((mask & true).sum()) / max(n_events + int(true.sum()), 1),
            **gate,
        }


def evaluate_seeds(scenario: str, seeds: range) -> pd.DataFrame:
    """Evaluate one tube of each kind for every seed, fitted and by template."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tube.fcs"
        for seed in seeds:
            for tube in one_tube_of_each(scenario, seed):
                write_tube(tube, file)
                for find in (True, False):
                    rows += [
                        {"seed": seed, **row} for row in evaluate(tube, file, find=find)
                    ]
    return pd.DataFrame(rows)


def print_default(table: pd.DataFrame) -> None:
    """Print errors, counts and the lymphocyte gate for the default ranges."""
    keys = ["tube", "population", "gates"]
    summary = table.groupby(keys, sort=False).agg(
        error=("error", "mean"),
        worst_error=("error", lambda error: error.abs().max()),
        events=("events", "mean"),
        count=("count", "mean"),
        median_f1=("f1", "median"),
        n=("seed", "size"),
    )
    print(summary.round(3).to_string())
    gate = table[table.population == "LYMPH"].groupby(["tube", "gates"], sort=False)
    print(
        gate.agg(
            recovery_lowest=("recovery", "min"),
            recovery_passed=("recovery", lambda value: int((value >= 95).sum())),
            purity_lowest=("purity", "min"),
            purity_passed=("purity", lambda value: int((value >= 90).sum())),
            n=("seed", "size"),
        )
        .round(2)
        .to_string()
    )


def print_no_b(table: pd.DataFrame) -> None:
    """Print how many B events were found where there is no B cell."""
    b_cells = table[table.population == "CD19"].groupby(["tube", "gates"], sort=False)
    print(
        b_cells.agg(
            at_most_one=("n_events", lambda n: int((n <= 1).sum())),
            most=("n_events", "max"),
            n=("seed", "size"),
        ).to_string()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first-seed", type=int, default=1001)
    parser.add_argument("--seeds", type=int, default=20)
    arguments = parser.parse_args()
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    with threadpool_limits(1):
        print(f"default ranges, seeds {seeds[0]} to {seeds[-1]}")
        print_default(evaluate_seeds("default", seeds))
        print(f"\nno B cells, seeds {seeds[0]} to {seeds[-1]}")
        print_no_b(evaluate_seeds("no_b", seeds))


if __name__ == "__main__":
    main()
