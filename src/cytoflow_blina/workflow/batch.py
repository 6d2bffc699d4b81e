"""Run a study: every tube, every sample, every table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from cytoflow_blina.cohort.columns import OUTPUT_TABLES, all_columns, carried_columns
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.cohort.sample_sheet import carried_names
from cytoflow_blina.domain.finding import Verdict
from cytoflow_blina.export.tables import TableRow, write_table
from cytoflow_blina.workflow.batch_quality import JudgedRun, control_row, judge_run
from cytoflow_blina.workflow.borrowing import lenders_of_tubes
from cytoflow_blina.workflow.compare import compare_run
from cytoflow_blina.workflow.given_gates import GateChoice, find_given_gates
from cytoflow_blina.workflow.mrd_samples import mrd_rows
from cytoflow_blina.workflow.mrd_search import MrdSearch
from cytoflow_blina.workflow.output_folder import check_output, new_folder
from cytoflow_blina.workflow.plan import StudyPlan, load_plan
from cytoflow_blina.workflow.pool import TubeFailure
from cytoflow_blina.workflow.provenance import (
    copy_inputs,
    write_provenance,
)
from cytoflow_blina.workflow.report import report_run
from cytoflow_blina.workflow.samples import counting_errors, summarise_sample
from cytoflow_blina.workflow.tube import TubeJob, TubeResult
from cytoflow_blina.workflow.waves import process_in_waves

GATES_FOLDER, PLOTS_FOLDER = "gates", "plots"

Advance = Callable[[int, int, str], None]


@dataclass(frozen=True)
class RunSummary:
    """What a run came to.

    Attributes
    ----------
    n_tubes, n_samples : int
        Of the sample sheet.
    n_failed_tubes : int
        Tubes that could not be processed.
    n_failed_checks, n_warnings : int
        Quality checks that failed, and that warned.
    n_given_gates : int
        Tubes whose gates were given.
    failed : tuple of str
        Each failed tube and each failed check in words.
    report : str
        Where the report is.
    """

    n_tubes: int
    n_samples: int
    n_failed_tubes: int
    n_failed_checks: int
    n_warnings: int
    n_given_gates: int
    failed: tuple[str, ...]
    report: str

    def as_dict(self) -> dict[str, Any]:
        """Turn the summary into what JSON can hold."""
        return asdict(self)

    def as_text(self) -> str:
        """Write the summary for a person."""
        tubes = (
            f"{self.n_tubes} tubes of {self.n_samples} samples; "
            f"{self.n_failed_tubes} could not be processed."
        )
        gates = f"Gates of {self.n_given_gates} tubes were given, the others found."
        checks = (
            f"Quality checks: {self.n_failed_checks} failed, {self.n_warnings} warned."
        )
        report = f"Report: {self.report}"
        lines = (
            *self.failed,
            tubes,
            gates if self.n_given_gates else "",
            checks,
            report,
        )
        return "\n".join(line for line in lines if line)


def run_study(
    study: Path,
    out: Path,
    *,
    n_jobs: int = 0,
    replace: bool = False,
    gates: GateChoice | None = None,
    advance: Advance = lambda _done, _total, _name: None,
) -> RunSummary:
    """Gate, count and check every tube of a study, compare and report.

    Parameters
    ----------
    study : Path
        The study folder or its study.toml.
    out : Path
        The output folder. It appears when the run is complete.
    n_jobs : int, default 0
        Worker processes; 0 works in this process. Tables do not depend on it.
    replace : bool, default False
        Whether the output folder of an earlier run is replaced.
    gates : GateChoice, optional
        Gates to apply instead of finding them.
    advance : callable, optional
        Called after each tube with tubes done, tubes in all, and the sample.

    Returns
    -------
    RunSummary
        Counts of what failed, and where the report is.

    Raises
    ------
    ConfigError
        Where a document must be corrected or the output folder is in the way;
        nothing was run then.
    """
    gates = gates or GateChoice()
    plan = load_plan(study)
    given = find_given_gates(gates, plan.samples)
    check_output(out, replace=replace)
    with new_folder(out) as partial:
        counted = _count_tubes(plan, partial, given, gates, (n_jobs, advance))
        compare_run(partial)
        report_run(partial)
    return _summary(plan, counted, len(given), out)


def count_study(
    study: Path,
    out: Path,
    *,
    n_jobs: int = 0,
    advance: Advance = lambda _done, _total, _name: None,
) -> RunSummary:
    """Gate, count and check every tube of a study, without comparing or reporting.

    Parameters
    ----------
    study : Path
        The study folder or its study.toml.
    out : Path
        The output folder, which does not exist. It appears when the run is complete.
    n_jobs : int, default 0
        Worker processes; 0 works in this process.
    advance : callable, optional
        Called after each tube with tubes done, tubes in all, and the sample.

    Returns
    -------
    RunSummary
        As `run_study`.

    Raises
    ------
    ConfigError
        As `run_study`.
    """
    plan = load_plan(study)
    check_output(out, replace=False)
    with new_folder(out) as partial:
        counted = _count_tubes(plan, partial, {}, GateChoice(), (n_jobs, advance))
    return _summary(plan, counted, 0, out)


@dataclass(frozen=True)
class _Counted:
    """What became of the tubes of a run."""

    failures: tuple[TubeFailure, ...]
    judged: JudgedRun


def _count_tubes(
    plan: StudyPlan,
    partial: Path,
    given: Mapping[tuple[str, str], Path],
    gates: GateChoice,
    work: tuple[int, Advance],
) -> _Counted:
    """Gate, count and check every tube, and write all tables but the comparisons."""
    n_workers, advance = work
    for folder in (GATES_FOLDER, PLOTS_FOLDER):
        (partial / folder).mkdir()
    jobs = [
        tube_job(plan, row, partial, given, find=gates.find) for row in plan.samples
    ]
    results, failures = process_in_waves(
        jobs, lenders_of_tubes(plan.samples), n_workers=n_workers, advance=advance
    )
    judged = judge_samples(plan, results)
    _write_tables(partial, plan, results, failures, judged)
    copy_inputs(plan, partial)
    write_provenance(partial, plan, results, gates)
    return _Counted(tuple(failures), judged)


def _summary(plan: StudyPlan, counted: _Counted, n_given: int, out: Path) -> RunSummary:
    samples, failures = counted.judged.samples, counted.failures
    findings = [finding for sample in samples for finding in sample.findings]
    failed_checks = [one for one in findings if one.verdict is Verdict.FAIL]
    return RunSummary(
        n_tubes=len(plan.samples),
        n_samples=len(samples),
        n_failed_tubes=len(failures),
        n_failed_checks=len(failed_checks),
        n_warnings=sum(one.verdict is Verdict.WARN for one in findings),
        n_given_gates=n_given,
        failed=(
            *(
                f"{' '.join(filter(None, (one.sample_id, one.tube)))}: {one.problem}"
                for one in failures
            ),
            *(
                f"{' '.join(filter(None, (one.sample_id, one.tube)))}: {one.check} "
                f"failed. {one.message}"
                for one in failed_checks
            ),
        ),
        report=str(out / "report.html"),
    )


def tube_job(
    plan: StudyPlan,
    row: SampleRow,
    out: Path,
    given: Mapping[tuple[str, str], Path],
    *,
    find: bool,
) -> TubeJob:
    """Gather what a worker needs to know of one tube.

    Parameters
    ----------
    plan : StudyPlan
        The study.
    row : SampleRow
        The tube's row of the sheet.
    out : Path
        Output folder, with its folders of gates and of plots.
    given : mapping of (str, str) to Path
        By sample and tube, Gating-ML that takes the place of gates that are found;
        may be empty.
    find : bool
        Whether gates are found in the events, or are the template's.

    Returns
    -------
    TubeJob
        Plain values and paths; nothing has been read.
    """
    return TubeJob(
        sample_id=row.sample_id,
        tube=row.tube,
        fcs_file=row.fcs_file,
        file=plan.folder / row.fcs_file,
        panel=plan.panels[row.panel],
        template=plan.templates[row.panel].tube(row.tube),
        counting=row.counting,
        errors=counting_errors(plan.config.counting),
        gates_file=out / GATES_FOLDER / f"{row.file_stem}.xml",
        histograms_file=out / PLOTS_FOLDER / f"{row.file_stem}.npz",
        given_gates=given.get((row.sample_id, row.tube)),
        find=find,
        mrd=_mrd_search(plan, row, is_given=(row.sample_id, row.tube) in given),
    )


def _mrd_search(plan: StudyPlan, row: SampleRow, *, is_given: bool) -> MrdSearch | None:
    """Say how MRD is sought in a tube; None for a panel that does not look for it."""
    template = plan.templates[row.panel].tube(row.tube)
    if template.mrd is None or plan.mrd_rules is None:
        return None
    reference = plan.references.get(row.panel)
    return MrdSearch(
        candidates=plan.mrd_rules.candidates,
        cd19=plan.mrd_rules.cd19,
        reference=None if reference is None else reference.tube(row.tube),
        visit=row.visit,
        is_given=is_given,
    )


def judge_samples(plan: StudyPlan, results: Iterable[TubeResult]) -> JudgedRun:
    """Summarise every sample of the sheet, and judge it by the run.

    Parameters
    ----------
    plan : StudyPlan
        The study.
    results : iterable of TubeResult
        Its tubes that could be processed, in any order; the others are missing.

    Returns
    -------
    JudgedRun
        Every sample of the sheet, in its order, with findings of all levels.
    """
    by_tube = {(one.job.sample_id, one.job.tube): one for one in results}
    samples = {
        sample_id: summarise_sample(tuple(rows), by_tube, limits=plan.limits.limits)
        for sample_id, rows in groupby(plan.samples, key=lambda row: row.sample_id)
    }
    return judge_run(plan, by_tube.values(), samples)


def _write_tables(
    out: Path,
    plan: StudyPlan,
    results: Iterable[TubeResult],
    failures: Iterable[TubeFailure],
    judged: JudgedRun,
) -> None:
    """Write every table that needs the events; comparisons come later."""
    results, samples = tuple(results), judged.samples
    carried = carried_names(plan.samples)
    carried_values = {row.sample_id: row.carried for row in plan.samples}
    tables: dict[str, Iterable[TableRow]] = {
        "counts": (
            {**asdict(row), **carried_values[row.sample_id]}
            for sample in samples
            for row in sample.counts
        ),
        "populations": (
            {**_tube_ids(result), **asdict(gate)}
            for result in results
            for gate in result.gates
        ),
        "thresholds": (
            {
                **_tube_ids(result),
                "threshold": name,
                "marker": placed.marker,
                "value": placed.value,
                "source": placed.source,
                "confidence": placed.confidence,
            }
            for result in results
            for name, placed in result.thresholds.items()
        ),
        "intensities": (
            {**_tube_ids(result), **asdict(intensity)}
            for result in results
            for intensity in result.intensities
        ),
        "qc": (finding for sample in samples for finding in sample.findings),
        "control": map(control_row, judged.points),
        "failures": failures,
        "columns": (*all_columns(), *carried_columns("counts", carried)),
    }
    if plan.mrd_rules is not None:
        tables |= mrd_rows(plan, results, plan.mrd_rules).by_table()
    for name in OUTPUT_TABLES:
        rows = tables.get(name, ())
        more = carried if name == "counts" else ()
        write_table(out / f"{name}.csv", name, rows, carried=more)


def _tube_ids(result: TubeResult) -> dict[str, Any]:
    return {"sample_id": result.job.sample_id, "tube": result.job.tube}
