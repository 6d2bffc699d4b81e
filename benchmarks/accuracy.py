"""Write every figure of accuracy as a table, fitted gates beside the template's own.

``make accuracy`` runs all parts; ``docs/accuracy.md`` says how to read the tables. For
a look at a few scenarios::

    python benchmarks/accuracy.py --parts events --scenarios default,no_b --seeds 5

Truth is the label of every simulated event. Coincidences belong to no population.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd
from acceptance import codes, coverage, event_tables, release_tables, speed, visits
from acceptance.run_seeds import Tables, evaluate_seeds, run_tasks

from cytoflow_blina.simulate.scenarios import SCENARIOS

EVENT_SCENARIOS = (
    "default", "no_b", "b_5", "nk_high", "activated_t",
    "pmt_up_0.1", "pmt_up_0.2", "pmt_down_0.1", "pmt_down_0.2",
    "spill_0.7", "spill_1.3", "tandem", "alc_30", "monocytes",
    "granulocyte_shoulder", "debris_50", "cd3_dim", "aged_48h", "aged_72h",
    "blasts_20", "doublets_5", "clog", "bubble", "carry_over", "beads_missing",
    "beads_few", "wrong_lot", "tubes_swapped", "time_wrapped", "unlabelled",
)  # fmt: skip
"""Scenarios of one sample for each panel; those of whole cohorts are in `codes`."""

QUICK_SEEDS = 3
DEFAULT_SEEDS = 40
"""Of five tubes each: 200 default tubes, in which codes are to be rare."""

CODE_SEEDS = 10
"""Of scenarios that are made for one code."""

COHORT_SEEDS = 2
"""Of whole studies."""

VISIT_SEEDS = 5
"""Of studies of two visits, of nine subjects each."""

COVERAGE_TUBES = 2_000
"""For each stratum, counting alone."""

COVERAGE_SEEDS = 60
"""Of small tubes that are gated."""


def event_part(arguments: argparse.Namespace) -> None:
    """Gate every scenario with every seed; write rows and summaries."""
    tables = _run_events(arguments)
    for name, table in event_summaries(tables).items():
        _write(arguments.out, name, table)
        _show(name, table)


def _run_events(arguments: argparse.Namespace) -> Tables:
    """Run the scenarios, and write their rows."""
    scenarios = _scenarios(arguments.scenarios)
    seeds = _seeds(arguments, arguments.seeds)
    print(
        f"{len(scenarios)} scenarios, seeds {seeds[0]} to {seeds[-1]}, "
        f"{arguments.ranges} ranges"
    )
    tables = evaluate_seeds(
        scenarios, seeds, ranges=arguments.ranges, n_jobs=arguments.jobs
    )
    for name in ("populations", "samples", "counts", "findings"):
        _write(arguments.out, f"rows_{name}", getattr(tables, name))
    return tables


def code_part(arguments: argparse.Namespace) -> None:
    """Tell which codes are raised, by what the events part found where it ran."""
    found = []
    scenarios = ["default", *codes.code_scenarios()]
    if "events" in arguments.parts:
        file = arguments.out / "rows_findings.csv"
        found.append(pd.read_csv(file, keep_default_na=False))
        scenarios = [one for one in scenarios if one not in set(found[0].scenario)]
    run = partial(evaluate_seeds, ranges=arguments.ranges, n_jobs=arguments.jobs)
    if scenarios:
        seeds = _seeds(arguments, QUICK_SEEDS if arguments.quick else CODE_SEEDS)
        found.append(run(scenarios, seeds).findings)
    found.append(
        codes.findings_of_cohorts(
            _seeds(arguments, 1 if arguments.quick else COHORT_SEEDS),
            n_jobs=arguments.jobs,
        )
    )
    n_default = QUICK_SEEDS if arguments.quick else DEFAULT_SEEDS
    default = run(["default"], _seeds(arguments, n_default))
    for name, table in codes.code_tables(found, default).items():
        _write(arguments.out, name, table)
        if name != "codes":
            _show(name, table)


def coverage_part(arguments: argparse.Namespace) -> None:
    """Tell how often intervals hold the truth."""
    n_tubes = 200 if arguments.quick else COVERAGE_TUBES
    counting = coverage.coverage_of_counting(n_tubes, arguments.first_seed)
    _write(arguments.out, "coverage_counting", counting)
    _show("coverage_counting", counting)
    seeds = _seeds(arguments, QUICK_SEEDS if arguments.quick else COVERAGE_SEEDS)
    tables = run_tasks(
        partial(coverage.evaluate_small_tubes, arguments.ranges),
        [(worse, seed) for worse in coverage.WORSE for seed in seeds],
        n_jobs=arguments.jobs,
    )
    gating = coverage.coverage_of_gating(tables.counts)
    _write(arguments.out, "rows_coverage", tables.counts)
    _write(arguments.out, "coverage_gating", gating)
    _show("coverage_gating", gating)


def visit_part(arguments: argparse.Namespace) -> None:
    """Tell what borrowing from a first visit does to both."""
    seeds = _seeds(arguments, 1 if arguments.quick else arguments.visit_seeds)
    tables = run_tasks(
        partial(visits.evaluate_visits, arguments.ranges), seeds, n_jobs=arguments.jobs
    )
    _write(arguments.out, "rows_visits", tables.populations)
    table = visits.visits_table(tables.populations)
    _write(arguments.out, "visits", table)
    _show("visits, CD19 alone", table[table.population == "CD19"])
    same = visits.thresholds_table(tables.populations)
    _write(arguments.out, "visits_thresholds", same)
    _show("visits_thresholds", same)


def speed_part(arguments: argparse.Namespace) -> None:
    """Time fitting and quality on one core."""
    table = speed.time_tubes(_seeds(arguments, QUICK_SEEDS if arguments.quick else 10))
    _write(arguments.out, "speed", table)
    _show("speed", table)


def event_summaries(tables: Tables) -> dict[str, pd.DataFrame]:
    """Sum up events and releases, one table for each figure.

    Parameters
    ----------
    tables : Tables
        Rows of all scenarios and seeds.

    Returns
    -------
    dict of str to DataFrame
        By the name of the file, in the order of printing.
    """
    populations, samples = tables.populations, tables.samples
    return {
        "f1_default": event_tables.f1_default(populations),
        "f1_scenarios": event_tables.f1_scenarios(populations),
        "f1_by_population": event_tables.f1_by_population(populations),
        "false_b": event_tables.false_b(populations),
        "counts_default": event_tables.counts_default(populations),
        "lymphocyte_gate": event_tables.lymphocyte_gate(populations),
        "release": release_tables.release_by_scenario(samples),
        "released_but_wrong": release_tables.released_but_wrong(samples),
        "reasons": release_tables.reasons_of_look(samples),
        "confidence": release_tables.confidence_auroc(populations),
    }


def _seeds(arguments: argparse.Namespace, n: int) -> range:
    """Take so many seeds from the first."""
    return range(arguments.first_seed, arguments.first_seed + n)


def _scenarios(names: str) -> list[str]:
    """Take the scenarios that are asked for, or all that can be simulated."""
    if names:
        return names.split(",")
    missing = [name for name in EVENT_SCENARIOS if name not in SCENARIOS]
    if missing:
        print(f"cannot be simulated: {', '.join(missing)}")
    return [name for name in EVENT_SCENARIOS if name in SCENARIOS]


def _write(folder: Path, name: str, table: pd.DataFrame) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


def _show(name: str, table: pd.DataFrame) -> None:
    """Print a table rounded; a long one is in its file."""
    print(f"\n{name}")
    if len(table) > LONGEST:
        print(f"{len(table)} rows, see {name}.csv")
    elif table.empty:
        print("none")
    else:
        print(table.round(3).to_string(index=False))


LONGEST = 120

PARTS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "events": event_part,
    "coverage": coverage_part,
    "codes": code_part,
    "visits": visit_part,
    "speed": speed_part,
}


def parse(words: Iterable[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default=",".join(PARTS), help="of %(default)s")
    parser.add_argument("--scenarios", default="", help="a,b of the events; else all")
    parser.add_argument("--first-seed", type=int, default=5001)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument(
        "--visit-seeds", type=int, default=VISIT_SEEDS, help="of the visits part"
    )
    parser.add_argument("--ranges", choices=("default", "other"), default="default")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="few seeds of everything")
    parser.add_argument("--out", type=Path, default=Path("accuracy-results"))
    arguments = parser.parse_args(words if words is None else list(words))
    arguments.parts = [name for name in PARTS if name in arguments.parts.split(",")]
    if arguments.quick:
        arguments.seeds = QUICK_SEEDS
    return arguments


def main() -> None:
    """Run the parts that are asked for."""
    arguments = parse()
    for part in arguments.parts:
        PARTS[part](arguments)


if __name__ == "__main__":
    main()
