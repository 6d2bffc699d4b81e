"""Make the analyses of a run from its folder alone."""

from __future__ import annotations

from pathlib import Path

from cytoflow_blina.cohort.people import gather_people
from cytoflow_blina.export.tables import read_table, write_table
from cytoflow_blina.workflow.analysis import CohortTables, analyse
from cytoflow_blina.workflow.plan import load_plan


def compare_run(out: Path) -> None:
    """Make every analysis that the study declares, and write what came of it.

    Writes `comparisons.csv`, `pairs.csv`, `exclusions.csv`, `attrition.csv`,
    `rates.csv`, `survival.csv`, `survival_rates.csv` and `descriptives.csv`, all with
    their header alone where there is nothing to compare.

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
    tables = CohortTables(
        config=plan.config,
        counts=read_table(out / "counts.csv", "counts"),
        samples=tuple(dict.fromkeys(row.sample for row in plan.samples)),
        people=gather_people(plan.subjects, plan.cycles, plan.adverse_events),
        measurements=plan.measurements,
        adverse_events=plan.adverse_events,
    )
    for name, rows in analyse(tables).items():
        write_table(out / f"{name}.csv", name, rows)
