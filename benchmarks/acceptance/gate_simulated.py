"""Gate simulated samples as a lab would, and compare them with their truth.

Samples are written as FCS files and go through the same functions as `run`: the gates
that are compared are those that were written as Gating-ML, release class and findings
are those of the output folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acceptance.arithmetic import f1_score, is_right, tolerance
from cytoflow_blina.bridge.gating_ml import read_gating_ml
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.finding import Verdict
from cytoflow_blina.domain.population import percent
from cytoflow_blina.domain.template import ReportedPopulation
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.simulate import study as simulated_study
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.plan import StudyPlan as SimulatedPlan
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.scenarios import plan_study
from cytoflow_blina.simulate.truth import true_concentrations, true_masks
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube
from cytoflow_blina.workflow import batch
from cytoflow_blina.workflow.borrowing import lenders_of_tubes
from cytoflow_blina.workflow.gating import apply_gates, recognise_tube
from cytoflow_blina.workflow.init import make_study
from cytoflow_blina.workflow.plan import StudyPlan, load_plan
from cytoflow_blina.workflow.samples import SampleResult
from cytoflow_blina.workflow.tube import TubeJob, TubeResult
from cytoflow_blina.workflow.waves import process_in_waves

Row = dict[str, Any]

HEADLINE = ("LYMPH", "CD3", "CD4", "CD8", "NK", "CD19")
MANY = 100
"""Events from which a population must be right for its sample to be right."""

RAISED = (Verdict.WARN, Verdict.FAIL)


@dataclass
class Rows:
    """Rows of the tables that one scenario and seed give.

    Attributes
    ----------
    populations : list of dict
        One for each tube, population and kind of gates.
    samples : list of dict
        One for each sample, with fitted gates.
    counts : list of dict
        One for each row of `counts.csv` with cells/uL, and kind of gates.
    findings : list of dict
        One for each check of each tube and sample, and for each flag.
    """

    populations: list[Row] = field(default_factory=list)
    samples: list[Row] = field(default_factory=list)
    counts: list[Row] = field(default_factory=list)
    findings: list[Row] = field(default_factory=list)

    @property
    def tables(self) -> tuple[list[Row], ...]:
        """All of them, in order."""
        return self.populations, self.samples, self.counts, self.findings

    def about(self, columns: Row) -> Rows:
        """Put columns before all others in every row."""
        return Rows(*([columns | row for row in table] for table in self.tables))


def ranges_named(name: str) -> Ranges:
    """Find a set of simulator ranges: `default`, or `other`, kept for acceptance."""
    if name == "default":
        return DEFAULT_RANGES
    found: Ranges = import_module("cytoflow_blina.simulate.other_ranges").OTHER_RANGES
    return found


def first_samples(
    scenario: str, seed: int, ranges: Ranges = DEFAULT_RANGES
) -> SimulatedPlan:
    """Plan a scenario, and keep the first sample of each panel with all its tubes."""
    plan = plan_study(scenario, seed, ranges=ranges)
    firsts = {sample.tubes[0].panel: sample for sample in reversed(plan.samples)}
    kept = tuple(sample for sample in plan.samples if sample in firsts.values())
    return replace(plan, samples=kept)


def evaluate_scenario(scenario: str, seed: int, *, ranges: str = "default") -> Rows:
    """Simulate the first sample of each panel once, gate it twice, compare.

    Parameters
    ----------
    scenario : str
        Name of a scenario.
    seed : int
        Seed of the simulation.
    ranges : {"default", "other"}
        From where tubes are drawn.

    Returns
    -------
    Rows
        `gates` tells those that were fitted from those of the template alone.
    """
    rows = evaluate_plan(first_samples(scenario, seed, ranges_named(ranges)))
    return rows.about({"scenario": scenario, "seed": seed})


def evaluate_plan(simulated: SimulatedPlan) -> Rows:
    """Simulate, write and gate the samples of a plan, and compare with the truth."""
    rows = Rows()
    if not simulated.samples:
        return rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tubes = write_samples(simulated, folder)
        make_study(folder, tuple(dict.fromkeys(one.panel for one in simulated.tubes)))
        plan = load_plan(folder)
        for find in (True, False):
            _gate_samples(plan, tubes, rows, find=find)
    return rows


def write_samples(simulated: SimulatedPlan, folder: Path) -> dict[str, SimulatedTube]:
    """Write tables and files of a plan; give each file's tube, by its name."""
    (folder / "fcs").mkdir()
    tubes = {}
    for sample in simulated.samples:
        for spec in sample.tubes:
            tube = simulate_tube(spec, simulated.seed, ranges=simulated.ranges)
            simulated_study._write_file(tube, sample, folder, simulated.ranges)
            tubes[sample.true_file_name(spec.tube)] = tube
    for name, table in (
        ("samples", simulated_study._sample_rows(simulated)),
        ("subjects", simulated_study._subject_rows(simulated)),
        ("cycles", simulated_study._cycle_rows(simulated)),
    ):
        simulated_study._write_table(folder / f"{name}.csv", table)
    return tubes


def _gate_samples(
    plan: StudyPlan, tubes: Mapping[str, SimulatedTube], rows: Rows, *, find: bool
) -> None:
    """Gate all samples with gates that are found or are the template's."""
    out = plan.folder / ("fitted" if find else "template")
    for part in (batch.GATES_FOLDER, batch.PLOTS_FOLDER):
        (out / part).mkdir(parents=True)
    jobs = [batch._job(plan, row, out, {}, find=find) for row in plan.samples]
    results, failures = process_in_waves(
        jobs, lenders_of_tubes(plan.samples), n_workers=0, advance=lambda *_: None
    )
    by_tube = {(one.job.sample_id, one.job.tube): one for one in results}
    about = {"gates": out.name}
    compared: list[Row] = []
    for job, row in zip(jobs, plan.samples, strict=True):
        tube = tubes[Path(row.fcs_file).name]
        found = _compare(job, by_tube.get((row.sample_id, row.tube)), tube)
        compared += [{**about, **_ids(row), **one} for one in found]
    rows.populations += compared
    summaries = batch._summarise(plan, results).samples
    for summary in summaries:
        rows.counts += [{**about, **one} for one in _count_rows(plan, summary, tubes)]
    if find:
        reasons = {(one.sample_id, one.tube): one.problem for one in failures}
        _add_samples(plan, summaries, compared, reasons, rows)


def _ids(row: SampleRow) -> Row:
    return {"panel": row.panel, "sample_id": row.sample_id, "tube": row.tube}


def _compare(
    job: TubeJob, result: TubeResult | None, tube: SimulatedTube
) -> Iterator[Row]:
    """Compare every reported population of a tube with its labels."""
    truth = true_masks(tube.labels, job.tube)
    if result is None:
        for name, true in truth.items():
            yield _failed_row(name, int(true.sum()))
        return
    masks = _masks_of_written_gates(job)
    by_path = {gate.path: gate for gate in result.gates}
    cells = true_concentrations(tube.spec.concentrations, job.tube)
    n_lymph_true = int(truth["LYMPH"].sum())
    # By what truly is in the tube: the error of gating cells and beads alone.
    worth = tube.beads_per_tube / tube.blood_volume_ul / (result.n_beads or nan)
    for reported in job.template.populations:
        if not set(reported.paths) <= masks.keys():
            continue
        mask = np.logical_or.reduce([masks[path] for path in reported.paths])
        true = truth[reported.name]
        n_found, n_true = result.counts[reported.name].n_events, int(true.sum())
        n_both = int(np.count_nonzero(mask & true))
        gates = [by_path[path] for path in reported.paths]
        yield {
            "population": reported.name,
            "n_true": n_true,
            "n_found": n_found,
            "f1": f1_score(n_both, n_found, n_true),
            "recovery": percent(n_both, n_true),
            "purity": percent(n_both, n_found),
            "error": percent(n_found, result.n_lymphocytes)
            - percent(n_true, n_lymph_true),
            "count_error": 100 * (n_found * worth / cells[reported.name] - 1)
            if cells[reported.name]
            else nan,
            "confidence": _confidence(result, reported),
            "source": ";".join(sorted({one.gate_source for one in gates})),
            "is_right": is_right(n_found, n_true),
        }


def _confidence(result: TubeResult, reported: ReportedPopulation) -> float:
    """Give that of the population, else the least of its gates and the lymphocytes'."""
    known: Mapping[str, float] = getattr(result, "confidences", {})
    if reported.name in known:
        return known[reported.name]
    paths = {*reported.paths, result.job.template.lymphocytes}
    least = [gate.confidence for gate in result.gates if gate.path in paths]
    return min((one for one in least if not isnan(one)), default=nan)


def _failed_row(name: str, n_true: int) -> Row:
    """Say of a tube that could not be gated that nothing of it was found."""
    return {
        "population": name,
        "n_true": n_true,
        "n_found": 0,
        "f1": f1_score(0, 0, n_true),
        "recovery": nan,
        "purity": nan,
        "error": nan,
        "count_error": nan,
        "confidence": nan,
        "source": "failed",
        "is_right": False,
    }


def _masks_of_written_gates(job: TubeJob) -> dict[str, NDArray[np.bool_]]:
    """Apply the Gating-ML that was written to the file that it was written for."""
    recognised = recognise_tube(read_tube(job.file), job.panel, job.template)
    gated = apply_gates(recognised, read_gating_ml(job.gates_file))
    return {path: one.mask for path, one in gated.populations.items()}


def _count_rows(
    plan: StudyPlan, summary: SampleResult, tubes: Mapping[str, SimulatedTube]
) -> Iterator[Row]:
    """Compare cells/uL and their interval with the truth."""
    for counted in summary.counts:
        own = [
            (row, tubes[Path(row.fcs_file).name])
            for row in plan.samples
            if row.sample_id == counted.sample_id
            and (row.tube in counted.source_tube or not counted.source_tube)
        ]
        name = counted.population.split("_")[0]
        row, tube = own[0]
        cells = true_concentrations(tube.spec.concentrations, row.tube).get(name)
        if cells is None or isnan(counted.cells_per_ul):
            continue
        lower, upper = counted.cells_per_ul_lo95, counted.cells_per_ul_hi95
        yield {
            "panel": row.panel,
            "sample_id": counted.sample_id,
            "population": counted.population,
            "expected_events": sum(
                cells * one.spec.preparation.blood_volume_ul * one.acquired_share
                for _, one in own
            ),
            "n_events": counted.n_events,
            "true_cells": cells,
            "cells": counted.cells_per_ul,
            "lo95": lower,
            "hi95": upper,
            "is_covered": lower <= cells <= upper,
        }


def _add_samples(
    plan: StudyPlan,
    summaries: tuple[SampleResult, ...],
    compared: list[Row],
    failures: Mapping[tuple[str, str], str],
    rows: Rows,
) -> None:
    """Tell what became of each sample, and every check of it that was raised."""
    panels = {row.sample_id: row.panel for row in plan.samples}
    for sample_id, summary in zip(panels, summaries, strict=True):
        ids = {"panel": panels[sample_id], "sample_id": sample_id}
        raised = [one for one in summary.findings if one.verdict in RAISED]
        lost = [text for (name, _), text in failures.items() if name == sample_id]
        flags = {flag for row in summary.counts for flag in row.qc_flags}
        own = [one for one in compared if one["sample_id"] == sample_id]
        classes = {row.release_class for row in summary.counts}
        rows.samples.append(
            {
                **ids,
                "release_class": classes.pop() if classes else "failed",
                "reasons": ";".join(
                    [*(f"{one.check} {one.verdict}" for one in raised), *lost]
                ),
                **_right_columns(own),
            }
        )
        rows.findings += [
            {
                **ids,
                "tube": one.tube,
                "level": one.level,
                "check": one.check,
                "value": one.value,
                "verdict": str(one.verdict),
            }
            for one in summary.findings
        ]
        rows.findings += [
            {**ids, "tube": "", "level": "flag", "check": flag, "verdict": "WARN"}
            for flag in sorted(flags)
            if flag.startswith("FLAG_")
        ]


def _right_columns(compared: list[Row]) -> Row:
    """Say whether a sample is right, and which of its populations is farthest off."""
    large = [one for one in compared if one["n_true"] >= MANY]
    worst = max(large, key=_excess, default=None)
    return {
        "is_right_headline": all(
            one["is_right"] for one in large if one["population"] in HEADLINE
        ),
        "is_right_reported": all(one["is_right"] for one in large),
        "n_wrong": sum(not one["is_right"] for one in large),
        "worst": f"{worst['population']} {worst['tube']}".strip() if worst else "",
        "worst_percent": 100 * (worst["n_found"] / worst["n_true"] - 1)
        if worst
        else nan,
        "worst_f1": min((one["f1"] for one in large), default=nan),
    }


def _excess(compared: Row) -> float:
    """Give the error of a population, 1 where it is just right."""
    n_found, n_true = compared["n_found"], compared["n_true"]
    return float(abs(n_found - n_true) / tolerance(n_true))
