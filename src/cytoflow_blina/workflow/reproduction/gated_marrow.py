"""Simulate the marrow of the synthetic cohort, and gate it with the whole pipeline."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pandas as pd

from cytoflow_blina.export.tables import write_table
from cytoflow_blina.simulate.counted_study import N_CENTRES
from cytoflow_blina.simulate.marrow.spec import MarrowSpec
from cytoflow_blina.simulate.marrow.tube import simulate_marrow
from cytoflow_blina.simulate.marrow.tube_file import write_marrow
from cytoflow_blina.workflow.batch import count_study
from cytoflow_blina.workflow.init import make_study
from cytoflow_blina.workflow.mrd_follow_up import (
    CANDIDATES_TABLE,
    MRD_TABLE,
    read_mrd,
)
from cytoflow_blina.workflow.reproduction.cohort import SyntheticCohort
from cytoflow_blina.workflow.reproduction.counted_tubes import PRELOAD
from cytoflow_blina.workflow.reproduction.marrow_plan import PANELS, PlannedMarrow
from cytoflow_blina.workflow.workers import do_all

Step = Callable[[str], None]

_KEPT = (f"{MRD_TABLE}.csv", f"{CANDIDATES_TABLE}.csv")


@dataclass(frozen=True)
class _FileJob:
    """One file to write; plain values, which cross to another process."""

    spec: MarrowSpec
    seed: int
    file: Path


def gate_marrow(
    cohort: SyntheticCohort,
    planned: Sequence[PlannedMarrow],
    seed: int,
    where: tuple[Path, int, Step],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate marrow tubes, gate them, and give what MRD was found.

    Parameters
    ----------
    cohort : SyntheticCohort
        The patients.
    planned : sequence of PlannedMarrow
        Their marrows.
    seed : int
        Seed of the simulation.
    where : tuple of Path, int and callable
        Folder of this seed alone, worker processes, and what is called with words
        after every tube that was simulated or gated.

    Returns
    -------
    mrd, candidates : DataFrame
        Rows of `mrd.csv` and `mrd_candidates.csv` of all centres.

    Notes
    -----
    One centre after the other, so that the disk holds the files of one at a time. The
    tables of a centre that is done are used again.
    """
    folder, _, step = where
    found = []
    for centre in range(1, N_CENTRES + 1):
        own = [one for one in planned if one.centre == centre]
        kept = folder / f"centre-{centre}"
        if all((kept / name).is_file() for name in _KEPT):
            for _ in range(2 * len(own)):
                step("gating marrow")
        elif own:
            _gate_centre(cohort, own, seed, (kept, *where[1:]))
        if own:
            found.append(read_mrd(kept))
    if not found:
        return pd.DataFrame(), pd.DataFrame()
    mrd, candidates = (
        pd.concat([pair[at] for pair in found], ignore_index=True) for at in (0, 1)
    )
    return mrd, candidates


def _gate_centre(
    cohort: SyntheticCohort,
    planned: Sequence[PlannedMarrow],
    seed: int,
    where: tuple[Path, int, Step],
) -> None:
    """Simulate and gate the tubes of one centre, and keep what was found."""
    kept, n_jobs, step = where
    shutil.rmtree(kept, ignore_errors=True)
    study, results = kept / "study", kept / "results"
    _write_study(cohort, planned, study)
    jobs = [_FileJob(one.spec, seed, study / _file_name(one)) for one in planned]
    for _ in do_all(_write_file, jobs, n_jobs, (*PRELOAD, __name__)):
        step("simulating marrow")
    count_study(
        study,
        results,
        n_jobs=n_jobs,
        advance=lambda _done, _total, _name: step("gating marrow"),
    )
    for name in _KEPT:
        shutil.copyfile(results / name, kept / name)
    for done in (study, results):
        shutil.rmtree(done)


def _write_file(job: _FileJob) -> None:
    write_marrow(simulate_marrow(job.spec, job.seed), job.file)


def _file_name(one: PlannedMarrow) -> str:
    return f"fcs/{one.sample.sample_id}.fcs"


def _write_study(
    cohort: SyntheticCohort, planned: Sequence[PlannedMarrow], folder: Path
) -> None:
    """Make a study folder of marrow, as a lab would have it."""
    make_study(folder, tuple(PANELS.values()))
    write_table(folder / "samples.csv", "samples", map(_sheet_row, planned))
    subjects = {one.sample.subject_id for one in planned}
    for name in ("subjects", "cycles"):
        text = cohort.documents[f"{name}.csv"].decode()
        own = _rows_of(text, subjects)
        (folder / f"{name}.csv").write_text(own, encoding="utf-8", newline="\n")


def _sheet_row(one: PlannedMarrow) -> dict[str, object]:
    collected = one.spec.acquired_at - timedelta(hours=1)
    return {
        "sample_id": one.sample.sample_id,
        "subject_id": one.sample.subject_id,
        "cycle": one.sample.cycle,
        "visit": one.sample.visit,
        "rel_day": one.sample.rel_day,
        "specimen": one.sample.specimen,
        "panel": one.spec.panel,
        "fcs_file": _file_name(one),
        "count_method": one.sample.count_method,
        "collected_at": collected.isoformat(),
        "prior_cd19_therapy": one.sample.visit != "D0",
    }


def _rows_of(text: str, subjects: Iterable[str]) -> str:
    """Keep the rows of some subjects of a table."""
    header, *rows = csv.reader(text.splitlines())
    wanted, stream = set(subjects), io.StringIO()
    own = [row for row in rows if row[header.index("subject_id")] in wanted]
    csv.writer(stream, lineterminator="\n").writerows([header, *own])
    return stream.getvalue()
