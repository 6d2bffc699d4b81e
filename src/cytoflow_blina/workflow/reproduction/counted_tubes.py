"""Write the files of a planned study, several at a time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.simulate.plan import PlannedSample, StudyPlan
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.spec import TubeSpec
from cytoflow_blina.simulate.study import sample_sheet, write_tube_file
from cytoflow_blina.simulate.tube import simulate_tube
from cytoflow_blina.workflow.workers import do_all

SHEET = "samples.csv"
FILES_FOLDER = "fcs"
_PARTIAL_FOLDER = ".partial"

PRELOAD = (
    "cytoflow_blina.workflow.pool",
    "cytoflow_blina.workflow.reproduction.drawn_seed",
    __name__,
)
"""Modules that workers of a reproduction need; their process is started once."""

Advance = Callable[[int, int, str], None]


@dataclass(frozen=True)
class _FileJob:
    """One file to write; plain values, which cross to another process."""

    sample: PlannedSample
    tube: TubeSpec
    seed: int
    ranges: Ranges
    folder: Path

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.sample.true_file_name(self.tube.tube)

    @property
    def file(self) -> Path:
        """Where it belongs."""
        return self.folder / FILES_FOLDER / self.name


def simulate_files(
    plan: StudyPlan,
    folder: Path,
    *,
    n_jobs: int = 0,
    advance: Advance = lambda _done, _total, _name: None,
) -> None:
    """Simulate the tubes of a plan, and write their files and the sample sheet.

    Nothing is written of the truth, of subjects or of cycles.

    Parameters
    ----------
    plan : StudyPlan
        The study; at least one sample.
    folder : Path
        The study folder; made where it is not there. A file that is there already is
        complete and is left, so that an interrupted simulation goes on where it was.
    n_jobs : int, default 0
        Worker processes; 0 works in this process. Files do not depend on it.
    advance : callable, optional
        Called after each file with files done, files in all, and the sample.

    Raises
    ------
    ConfigError
        Where the folder has the sample sheet of another plan: its files may be others
        of the same name. Nothing was written then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _claim(folder / SHEET, sample_sheet(plan))
    jobs = [
        _FileJob(sample, tube, plan.seed, plan.ranges, folder)
        for sample in plan.samples
        for tube in sample.tubes
    ]
    partial = folder / _PARTIAL_FOLDER
    for parent in (folder, partial):
        (parent / FILES_FOLDER).mkdir(parents=True, exist_ok=True)
    missing = [job for job in jobs if not job.file.exists()]
    n_there = len(jobs) - len(missing)
    written = do_all(_write_file, missing, n_jobs, PRELOAD)
    for n_done, (job, _) in enumerate(written, start=1 + n_there):
        advance(n_done, len(jobs), job.sample.sample_id)
    shutil.rmtree(partial)


def _claim(sheet: Path, content: bytes) -> None:
    """Write the sample sheet before any file, or find that it is the same."""
    if sheet.exists():
        if sheet.read_bytes() != content:
            message = (
                f"is that of another study than the one to simulate; it and "
                f"{FILES_FOLDER}/ are left as they are. Choose another folder, or "
                "remove this one."
            )
            raise ConfigError(Problem(f"{sheet.parent.name}/{sheet.name}", message))
        return
    partial = sheet.with_name(f".{sheet.name}.part")
    partial.write_bytes(content)
    partial.replace(sheet)


def _write_file(job: _FileJob) -> None:
    """Write a file beside the others, and move it there when it is complete."""
    tube = simulate_tube(job.tube, job.seed, ranges=job.ranges)
    # Under its own name, which stands in the file.
    write_tube_file(tube, job.sample, job.folder / _PARTIAL_FOLDER, job.ranges)
    (job.folder / _PARTIAL_FOLDER / FILES_FOLDER / job.name).replace(job.file)
