"""Write the report of a run from its folder alone."""

from __future__ import annotations

from pathlib import Path

from cytoflow_blina.report.write import write_report
from cytoflow_blina.workflow.study import study_file


def report_run(out: Path) -> Path:
    """Write `report.html` and a page for each sample.

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
        Where the folder is not a run's.
    """
    study_file(out)
    return write_report(out)
