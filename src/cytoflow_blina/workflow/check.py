"""Check a study and the headers of its files; run nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.errors import CytoflowBlinaError, Problem
from cytoflow_blina.fcs.read import read_acquisition
from cytoflow_blina.preprocess.match_panel import match_panel
from cytoflow_blina.workflow.gating import spillover_to_undo
from cytoflow_blina.workflow.plan import StudyPlan, load_plan


@dataclass(frozen=True)
class StudyCheck:
    """What would stop a run, and what would stop single tubes of it.

    Attributes
    ----------
    documents : tuple of Problem
        Faults of study.toml, tables, panels, templates, limits: nothing can be run.
    files : tuple of Problem
        Faults of FCS files: the other tubes can be run. Not looked for while there
        are faults of documents.
    """

    documents: tuple[Problem, ...] = ()
    files: tuple[Problem, ...] = ()


def check_study(study: Path) -> StudyCheck:
    """Find everything that would stop a run, or a tube of it.

    Parameters
    ----------
    study : Path
        The study folder or its study.toml.

    Returns
    -------
    StudyCheck
        All problems; none where everything fits.
    """
    try:
        plan = load_plan(study)
    except CytoflowBlinaError as error:
        return StudyCheck(documents=error.problems)
    problems = [
        problem for row in plan.samples for problem in _file_problems(plan, row)
    ]
    return StudyCheck(files=tuple(problems))


def _file_problems(plan: StudyPlan, row: SampleRow) -> tuple[Problem, ...]:
    """Read one file's header and match it with its panel."""
    panel = plan.panels[row.panel]
    others = [other for other in plan.panels.values() if other is not panel]
    try:
        acquisition, channels = read_acquisition(plan.folder / row.fcs_file)
        match_panel(panel, row.tube, channels, where=row.fcs_file, others=others)
        spillover_to_undo(panel, acquisition, channels)
    except CytoflowBlinaError as error:
        return error.problems
    return ()
