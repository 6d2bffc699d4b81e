"""Gate simulated samples as a lab would, and compare them with their truth.

Samples are written as FCS files and go through the same functions as `run`: the gates
that are compared are those that were written as Gating-ML, release class and findings
are those of the output folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from math import isnan, nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acceptance.arithmetic import f1_score, is_right
from acceptance.rows import Row, Rows
from acceptance.sample_rows import add_samples
from cytoflow_blina.bridge.gating_ml import read_gating_ml
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.population import percent
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.plan import StudyPlan as SimulatedPlan
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.scenarios import plan_study
from cytoflow_blina.simulate.study import write_sheets, write_tube_file
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
            write_tube_file(tube, sample, folder, simulated.ranges)
            tubes[sample.true_file_name(spec.tube)] = tube
    write_sheets(simulated, folder)
    return tubes


def _gate_samples(
    plan: StudyPlan, tubes: Mapping[str, SimulatedTube], rows: Rows, *, find: bool
) -> None:
    """Gate all samples with gates that are found or are the template's."""
    out = plan.folder / ("fitted" if find else "template")
    for part in (batch.GATES_FOLDER, batch.PLOTS_FOLDER):
        (out / part).mkdir(parents=True)
    jobs = [batch.tube_job(plan, row, out, {}, find=find) for row in plan.samples]
    results, _ = process_in_waves(
        jobs, lenders_of_tubes(plan.samples), n_workers=0, advance=lambda *_: None
    )
    by_tube = {(one.job.sample_id, one.job.tube): one for one in results}
    about = {"gates": out.name}
    compared: list[Row] = []
    for job, row in zip(jobs, plan.samples, strict=True):
        tube = tubes[Path(row.fcs_file).name]
        found = compare_tube(job, by_tube.get((row.sample_id, row.tube)), tube)
        compared += [{**about, **_ids(row), **one} for one in found]
    rows.populations += compared
    summaries = batch.judge_samples(plan, results).samples
    for summary in summaries:
        rows.counts += [{**about, **one} for one in _count_rows(plan, summary, tubes)]
    if find:
        add_samples(plan.samples, summaries, compared, rows)


def _ids(row: SampleRow) -> Row:
    return {"panel": row.panel, "sample_id": row.sample_id, "tube": row.tube}


def compare_tube(
    job: TubeJob, result: TubeResult | None, tube: SimulatedTube
) -> Iterator[Row]:
    """Compare every reported population of a tube with its labels.

    Parameters
    ----------
    job : TubeJob
        What was asked; its Gating-ML has been written where there is a result.
    result : TubeResult or None
        What the tube came to; None where it could not be processed.
    tube : SimulatedTube
        What truly is in it.

    Yields
    ------
    dict
        A row of `Rows.populations`, less what tells the sample.
    """
    named = true_masks(np.array(tube.names, dtype=np.str_), job.tube)
    truth = {name: mask[tube.codes] for name, mask in named.items()}
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
            "confidence": result.counts[reported.name].confidence,
            "source": ";".join(sorted({one.gate_source for one in gates})),
            "is_right": is_right(n_found, n_true),
        }


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
