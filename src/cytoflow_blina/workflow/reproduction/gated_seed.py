"""Answer the claims with counts that the whole pipeline gates from FCS files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cytoflow_blina.export.tables import read_table
from cytoflow_blina.simulate.counted_study import plan_counted_study
from cytoflow_blina.workflow.batch import count_study, run_study
from cytoflow_blina.workflow.init import make_study
from cytoflow_blina.workflow.reproduction.cohort import (
    PLAN_FILE,
    TABLES,
    SyntheticCohort,
)
from cytoflow_blina.workflow.reproduction.counted_tubes import (
    FILES_FOLDER,
    simulate_files,
)
from cytoflow_blina.workflow.reproduction.drawn_seed import SeedResult, answer
from cytoflow_blina.workflow.reproduction.sources import FCS
from cytoflow_blina.workflow.study import STUDY_FILE

PANEL = "facscalibur-multitest"

Step = Callable[[str], None]


@dataclass(frozen=True)
class GatedRun:
    """Where one seed is worked on, and how.

    Attributes
    ----------
    folder : Path
        Of this seed alone; what an interruption left in it is used.
    n_jobs : int
        Worker processes.
    with_report : bool
        Whether the run is compared, reported and kept in `results/`.
    step : callable
        Called with words after every tube that was simulated or gated.
    """

    folder: Path
    n_jobs: int
    with_report: bool
    step: Step


def gate_seed(cohort: SyntheticCohort, seed: int, run: GatedRun) -> SeedResult:
    """Simulate the tubes of the cohort, gate and count them, and answer the claims.

    Parameters
    ----------
    cohort : SyntheticCohort
        The patients.
    seed : int
        Seed of the cytometer.
    run : GatedRun
        Where and how.

    Returns
    -------
    SeedResult
        The FCS files are removed, and so is all else where no report is kept.
    """
    study, results = run.folder / "study", run.folder / "results"
    if not results.exists():
        _write_study(cohort, study)
        simulate_files(
            plan_counted_study(cohort.samples, seed),
            study,
            n_jobs=run.n_jobs,
            advance=lambda _done, _total, _name: run.step("simulating tubes"),
        )
        process = run_study if run.with_report else count_study
        process(
            study,
            results,
            n_jobs=run.n_jobs,
            advance=lambda _done, _total, _name: run.step("gating tubes"),
        )
    counts = read_table(results / "counts.csv", "counts")
    result = answer(cohort, counts, source=FCS, seed=seed)
    shutil.rmtree(study / FILES_FOLDER, ignore_errors=True)
    if not run.with_report:
        shutil.rmtree(run.folder)
    return result


def _write_study(cohort: SyntheticCohort, folder: Path) -> None:
    """Make a study folder of the cohort, as a lab would have it."""
    if not (folder / STUDY_FILE).exists():
        make_study(folder, (PANEL,))
        (folder / "samples.csv").unlink()
    (folder / STUDY_FILE).write_bytes(cohort.documents[PLAN_FILE])
    for name in TABLES:
        (folder / f"{name}.csv").write_bytes(cohort.documents[f"{name}.csv"])
