"""Reproduce the published study: from its claims and FCS files to verdicts."""

from __future__ import annotations

import json
import platform
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from math import nan
from pathlib import Path
from typing import Any

from cytoflow_blina.domain.claim import ClaimResult, Verdict
from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.export.tables import write_table
from cytoflow_blina.figures.save import save_figure
from cytoflow_blina.published.claim_routes import RouteKind, claim_routes
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.published.rates import survival_rates
from cytoflow_blina.published.verdict import judge_printed, judge_survival
from cytoflow_blina.report.reproduction.figures import study_figures
from cytoflow_blina.report.reproduction.write import write_reproduction
from cytoflow_blina.stats.comparison_row import ComparisonRow
from cytoflow_blina.workflow.analysis import analyse
from cytoflow_blina.workflow.provenance import PACKAGES, PROVENANCE_FILE
from cytoflow_blina.workflow.reproduction.calibration import calibrate
from cytoflow_blina.workflow.reproduction.cohort import SyntheticCohort, load_cohort
from cytoflow_blina.workflow.reproduction.cohort_verdicts import judge_cohort
from cytoflow_blina.workflow.reproduction.counted_tubes import PRELOAD
from cytoflow_blina.workflow.reproduction.drawn_counts import true_counts_frame
from cytoflow_blina.workflow.reproduction.drawn_seed import (
    SeedResult,
    draw_seed,
)
from cytoflow_blina.workflow.reproduction.gated_marrow import gate_marrow
from cytoflow_blina.workflow.reproduction.gated_seed import GatedRun, gate_seed
from cytoflow_blina.workflow.reproduction.held import seed_rows
from cytoflow_blina.workflow.reproduction.kept_results import (
    FOLDER,
    MARK,
    KeptResults,
)
from cytoflow_blina.workflow.reproduction.marrow_evidence import (
    MarrowEvidence,
    add_evidence,
    gather_evidence,
)
from cytoflow_blina.workflow.reproduction.marrow_plan import (
    PlannedMarrow,
    plan_cohort_marrow,
)
from cytoflow_blina.workflow.reproduction.sources import DRAWN, FCS, MARROW, TRUTH
from cytoflow_blina.workflow.workers import do_all

RUN_FOLDER = "run"
TITLE = "reproduction"

_SURVIVAL = "survival"

Advance = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Seeds:
    """Seeds of the cytometer, fixed beforehand.

    Attributes
    ----------
    gated : tuple of int
        Whose FCS files are simulated, gated and counted; the first is reported.
    drawn : tuple of int
        Whose counts are drawn with errors of counting, pipetting and bead lot.
    marrow : int or None, optional
        Of the marrow; None leaves it out.
    """

    gated: tuple[int, ...]
    drawn: tuple[int, ...]
    marrow: int | None = None


FULL = Seeds(gated=tuple(range(1, 13)), drawn=tuple(range(1, 51)), marrow=1)
QUICK = Seeds(gated=(1,), drawn=tuple(range(1, 11)))


@dataclass(frozen=True)
class ReproductionSummary:
    """What a reproduction came to.

    Attributes
    ----------
    n_claims : int
        Claims that were judged.
    verdicts : mapping of str to int
        How many of each verdict.
    discrepancies : tuple of str
        Claims with which the paper's own numbers are at odds.
    n_gated, n_drawn : int
        Seeds gated from FCS files, and drawn.
    n_marrow : int
        Marrow tubes that were gated; 0 where they were left out.
    page : str
        Where the page is.
    """

    n_claims: int
    verdicts: Mapping[str, int]
    discrepancies: tuple[str, ...]
    n_gated: int
    n_drawn: int
    n_marrow: int
    page: str

    def as_dict(self) -> dict[str, Any]:
        """Turn the summary into what JSON can hold."""
        return asdict(self)

    def as_text(self) -> str:
        """Write the summary for a person."""
        tally = ", ".join(
            f"{self.verdicts.get(one.value, 0)} {one.value.replace('_', ' ')}"
            for one in Verdict
        )
        return "\n".join(
            (
                f"{self.n_claims} claims: {tally}.",
                f"Discrepancies: {', '.join(self.discrepancies)}.",
                f"Cytometers: {self.n_gated} from FCS files, {self.n_drawn} drawn.",
                f"Marrow: {self.n_marrow} tubes from FCS files."
                if self.n_marrow
                else "Marrow for the claims about MRD: left out, as --quick has it.",
                f"Page: {self.page}",
            )
        )


def reproduce(
    out: Path,
    *,
    seeds: Seeds = FULL,
    n_jobs: int = 0,
    advance: Advance = lambda _done, _total, _name: None,
) -> ReproductionSummary:
    """Judge every claim of the published study, and write a page about it.

    Parameters
    ----------
    out : Path
        The output folder. What an interrupted reproduction left there is used.
    seeds : Seeds
        Seeds of the cytometer.
    n_jobs : int, default 0
        Worker processes; 0 works in this process. Results do not depend on it.
    advance : callable, optional
        Called after each step with steps done, steps in all, and what was done.

    Returns
    -------
    ReproductionSummary
        `reproduction.csv`, `rebuilt_rates.csv`, `seeds.csv`, `calibration.csv`,
        `marrow.csv`, `reproduction.html`, `figures/` and `run/` are in the folder then.

    Raises
    ------
    ConfigError
        Where the folder holds something else.
    """
    _check_folder(out)
    cohort = load_cohort()
    kept = KeptResults(out, cohort)
    planned = [] if seeds.marrow is None else plan_cohort_marrow(cohort, seeds.marrow)
    n_steps = len(seeds.drawn) + 2 * 2 * len(cohort.samples) * len(seeds.gated)
    n_steps += 2 * len(planned)
    progress = _Progress(n_steps, advance)
    exact = _analyse_truth(cohort)
    results = [
        *_drawn(kept, seeds.drawn, n_jobs, progress),
        *_gated(kept, cohort, seeds.gated, (out, n_jobs), progress),
    ]
    marrow = _marrow(kept, cohort, planned, (seeds.marrow or 0, n_jobs), progress)
    counted = [one for one in exact if one.kind != _SURVIVAL]
    claims, routes = published_claims(), claim_routes()
    rows = [
        *seed_rows(claims, routes, counted, source=TRUTH, seed=None),
        *(row for one in results for row in one.rows),
    ]
    p_of_survival = {
        one.contrast: one.p_value for one in exact if one.kind == _SURVIVAL
    }
    judged = add_evidence(_judge(cohort, rows, p_of_survival), marrow, routes)
    write_table(out / "reproduction.csv", "reproduction", judged)
    write_table(out / "rebuilt_rates.csv", "rebuilt_rates", survival_rates())
    write_table(out / "seeds.csv", "seeds", rows)
    ratios = [ratio for one in results for ratio in one.ratios]
    write_table(out / "calibration.csv", "calibration", calibrate(ratios))
    write_table(out / "marrow.csv", "marrow", (one.cells() for one in marrow.rows))
    _write_provenance(out, kept, seeds)
    _save_figures(out)
    page = write_reproduction(out)
    return ReproductionSummary(
        n_claims=len(judged),
        verdicts=dict(Counter(one.verdict for one in judged)),
        discrepancies=tuple(
            one.id for one in judged if one.verdict == Verdict.DISCREPANCY.value
        ),
        n_gated=len(seeds.gated),
        n_drawn=len(seeds.drawn),
        n_marrow=len(marrow.rows),
        page=str(page),
    )


def _analyse_truth(cohort: SyntheticCohort) -> Sequence[ComparisonRow]:
    """Make every declared analysis of the cohort as it is, before any cytometer."""
    truth = true_counts_frame(cohort.samples)
    rows: Sequence[ComparisonRow] = analyse(cohort.with_counts(truth))["comparisons"]
    return rows


class _Progress:
    """Count steps over all stages."""

    def __init__(self, n_steps: int, advance: Advance) -> None:
        self.n_steps, self.advance, self.done = n_steps, advance, 0

    def step(self, words: str, n: int = 1) -> None:
        """Tell of steps that were done."""
        self.done += n
        self.advance(self.done, self.n_steps, words)

    def reach(self, done: int) -> None:
        """Count steps that an earlier reproduction had done."""
        self.done = max(self.done, done)


def _drawn(
    kept: KeptResults, seeds: Iterable[int], n_jobs: int, progress: _Progress
) -> list[SeedResult]:
    """Draw the seeds that have not been drawn yet, several at a time."""
    missing = kept.missing(DRAWN, seeds)
    progress.step("drawing counts", len(list(seeds)) - len(missing))
    for seed, result in do_all(draw_seed, missing, n_jobs, PRELOAD):
        kept.save(DRAWN, seed, result)
        progress.step("drawing counts")
    loaded = [kept.load(DRAWN, seed) for seed in seeds]
    return [one for one in loaded if one is not None]


def _gated(
    kept: KeptResults,
    cohort: SyntheticCohort,
    seeds: Iterable[int],
    where: tuple[Path, int],
    progress: _Progress,
) -> list[SeedResult]:
    """Gate the seeds that have not been gated yet, one after the other."""
    out, n_jobs = where
    results, n_before = [], progress.done
    for number, seed in enumerate(seeds):
        is_reported = number == 0
        result = kept.load(FCS, seed)
        folder = kept.folder / f"{FCS}-{seed:03}"
        if result is None or (is_reported and not (out / RUN_FOLDER).exists()):
            words = f"seed {seed}: "
            run = GatedRun(
                folder,
                n_jobs,
                is_reported,
                lambda step: progress.step(words + step),  # noqa: B023  used within the turn
            )
            result = gate_seed(cohort, seed, run)
            if is_reported:
                shutil.rmtree(out / RUN_FOLDER, ignore_errors=True)
                (folder / "results").rename(out / RUN_FOLDER)
                shutil.rmtree(folder)
            kept.save(FCS, seed, result)
        else:
            progress.step(f"seed {seed}: kept", 2 * 2 * len(cohort.samples))
        progress.reach(n_before + (number + 1) * 2 * 2 * len(cohort.samples))
        results.append(result)
    return results


def _marrow(
    kept: KeptResults,
    cohort: SyntheticCohort,
    planned: Sequence[PlannedMarrow],
    work: tuple[int, int],
    progress: _Progress,
) -> MarrowEvidence:
    """Gate the marrow of the cohort, unless it is left out."""
    if not planned:
        return MarrowEvidence()
    seed, n_jobs = work
    folder = kept.folder / f"{MARROW}-{seed:03}"
    found = gate_marrow(cohort, planned, seed, (folder, n_jobs, progress.step))
    counts = true_counts_frame(cohort.samples)
    return gather_evidence(cohort, counts, planned, found)


def _judge(
    cohort: SyntheticCohort, rows: Iterable[Any], p_of_survival: Mapping[str, float]
) -> list[ClaimResult]:
    """Give every claim one verdict: by print where that decides, else by the cohort."""
    claims, routes = published_claims(), claim_routes()
    by_print = {one.id: one for one in judge_printed(claims)}
    people = cohort.people
    ages = [
        people.number(one.subject_id, people.first_cycle(one.subject_id), "age_months")
        for one in cohort.subjects
    ]
    by_cohort = judge_cohort(claims, routes, rows, ages)
    p_of_cohort = {
        one.id: p_of_survival.get(routes[one.id].contrast, nan)
        for one in claims
        if routes[one.id].route is RouteKind.SURVIVAL
    }
    results = []
    for claim in claims:
        if claim.id in p_of_cohort:
            results.append(judge_survival(claim, p_of_cohort, claims))
        elif claim.id in by_print:
            results.append(by_print[claim.id])
        else:
            results.append(by_cohort[claim.id])
    return results


def _save_figures(out: Path) -> None:
    """Save Figures 1 to 4 for print; none without a run."""
    folder = out / "figures"
    folder.mkdir(exist_ok=True)
    for name, figure in study_figures(out / RUN_FOLDER).items():
        save_figure(figure, folder / name)


def _check_folder(out: Path) -> None:
    """Refuse a folder that holds anything but a reproduction."""
    if out.is_dir() and any(out.iterdir()) and not (out / FOLDER / MARK).is_file():
        message = (
            "is there and is no output of 'reproduce'; it is left as it is. Choose "
            "another folder."
        )
        raise ConfigError(Problem(str(out), message))


def _write_provenance(out: Path, kept: KeptResults, seeds: Seeds) -> None:
    content = {
        "notice": RESEARCH_USE_ONLY,
        "what": TITLE,
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "software": {
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
        },
        "seeds": {
            "gated": list(seeds.gated),
            "drawn": list(seeds.drawn),
            "marrow": [] if seeds.marrow is None else [seeds.marrow],
        },
        "cohort_and_documents_sha256": kept.stamp,
    }
    text = json.dumps(content, indent=2) + "\n"
    (out / PROVENANCE_FILE).write_text(text, encoding="utf-8", newline="\n")
