"""Make the comparisons of a run from its folder alone."""

from __future__ import annotations

from pathlib import Path

from cytoflow_blina.cohort.pairing import Contrast, Pairing, pair_visits
from cytoflow_blina.cohort.visits import visit_values
from cytoflow_blina.export.tables import read_table, write_table
from cytoflow_blina.stats.compare import compare_pairs
from cytoflow_blina.stats.describe import describe_visits
from cytoflow_blina.workflow.plan import load_plan
from cytoflow_blina.workflow.study import ComparisonPlan


def compare_run(out: Path) -> None:
    """Pair the visits, test the outcomes, and write what was compared and what not.

    Writes `comparisons.csv`, `pairs.csv`, `exclusions.csv` and `descriptives.csv`, all
    with their header alone where there is nothing to compare.

    Parameters
    ----------
    out : Path
        The output folder of a run, with `counts.csv`, `study.toml` and `inputs/`.

    Raises
    ------
    ConfigError
        Where the folder is not a run's, or its documents were changed for the worse.
    """
    plan = load_plan(out, with_files=False)
    samples = tuple(dict.fromkeys(row.sample for row in plan.samples))
    counts = read_table(out / "counts.csv", "counts")
    pairings = [
        pair_visits(
            counts,
            samples,
            _contrast(comparison),
            allow_method_change=bool(plan.config.counting.count_method_change_reason),
        )
        for comparison in plan.config.comparison
    ]
    _write(out, pairings)
    described = describe_visits(visit_values(counts, samples))
    write_table(out / "descriptives.csv", "descriptives", described)


def _contrast(comparison: ComparisonPlan) -> Contrast:
    return Contrast(
        name=comparison.name,
        baseline=comparison.baseline,
        post=tuple(comparison.post),
        cycles=comparison.cycles,
    )


def _write(out: Path, pairings: list[Pairing]) -> None:
    compared = compare_pairs([one for pairing in pairings for one in pairing.outcomes])
    write_table(out / "comparisons.csv", "comparisons", compared)
    write_table(
        out / "pairs.csv", "pairs", [row for one in pairings for row in one.pairs]
    )
    excluded = [row for one in pairings for row in one.exclusions]
    write_table(out / "exclusions.csv", "exclusions", excluded)
