"""Make the analyses of a run from its folder alone."""

from __future__ import annotations

from pathlib import Path

from cytoflow_blina.export.tables import write_table
from cytoflow_blina.workflow.analysis import analyse
from cytoflow_blina.workflow.cohort_tables import load_cohort_tables
from cytoflow_blina.workflow.mrd_follow_up import follow_up_row


def compare_run(out: Path) -> None:
    """Follow MRD, make every analysis that the study declares, and write both.

    Writes `mrd_follow_up.csv`, `comparisons.csv`, `pairs.csv`, `exclusions.csv`,
    `attrition.csv`, `rates.csv`, `survival.csv`, `survival_rates.csv` and
    `descriptives.csv`, all with their header alone where there is nothing to compare.

    Parameters
    ----------
    out : Path
        The output folder of a run, with `counts.csv`, `study.toml` and `inputs/`.

    Raises
    ------
    ConfigError
        Where the folder is not a run's, or its documents were changed for the worse.
    """
    tables = load_cohort_tables(out)
    followed = map(follow_up_row, tables.follow_up)
    write_table(out / "mrd_follow_up.csv", "mrd_follow_up", followed)
    for name, rows in analyse(tables).items():
        write_table(out / f"{name}.csv", name, rows)
