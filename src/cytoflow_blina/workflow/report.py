"""Write the report of a run from its folder alone."""

from __future__ import annotations

from pathlib import Path

from cytoflow_blina.report.write import write_report
from cytoflow_blina.workflow.analysis_values import declared_analyses
from cytoflow_blina.workflow.cohort_tables import load_cohort_tables
from cytoflow_blina.workflow.study import ANALYSES, load_study


def report_run(out: Path) -> Path:
    """Write `report.html`, a page for each sample, and the files for a manuscript.

    Parameters
    ----------
    out : Path
        The output folder of a run.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    ConfigError
        Where the folder is not a run's, or its documents were changed for the worse.
    """
    config = load_study(out)
    if not any(getattr(config, kind) for kind in ANALYSES):
        return write_report(out)
    return write_report(out, declared_analyses(load_cohort_tables(out)))
