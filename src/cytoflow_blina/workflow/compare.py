"""Make the analyses of a run from its folder alone."""

from __future__ import annotations

from pathlib import Path

from cytoflow_blina.export.tables import write_table
from cytoflow_blina.workflow.analysis import analyse
from cytoflow_blina.workflow.cohort_tables import load_cohort_tables


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
    for name, rows in analyse(load_cohort_tables(out)).items():
        write_table(out / f"{name}.csv", name, rows)
