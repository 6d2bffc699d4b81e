"""Tell what borrowing thresholds from a first visit does to both visits."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from math import isclose
from pathlib import Path

import pandas as pd

from acceptance.gate_simulated import compare_tube, ranges_named, write_samples
from acceptance.rows import Row, Rows
from cytoflow_blina.simulate.cohorts import returning_b
from cytoflow_blina.simulate.plan import PlannedSample
from cytoflow_blina.simulate.plan import StudyPlan as SimulatedPlan
from cytoflow_blina.simulate.tube import SimulatedTube
from cytoflow_blina.workflow import batch
from cytoflow_blina.workflow.borrowing import TubeKey, lenders_of_tubes
from cytoflow_blina.workflow.init import make_study
from cytoflow_blina.workflow.plan import StudyPlan, load_plan
from cytoflow_blina.workflow.tube import TubeResult
from cytoflow_blina.workflow.waves import process_in_waves

BORROWING, ALONE = "borrowing", "alone"

_ROUNDING = 1e-6
"""In display units: a millionth of the axis."""

_ONE_TUBE = ["level", "panel", "tube", "visit"]


def evaluate_visits(ranges: str, seed: int) -> Rows:
    """Simulate a study of two visits, gate it with borrowing and without, compare.

    Parameters
    ----------
    ranges : {"default", "other"}
        From where tubes are drawn.
    seed : int
        Seed of the simulation.

    Returns
    -------
    Rows
        Populations alone, with `level` (B events expected at the second visit),
        `visit`, `gates` (`borrowing` or `alone`), and of the thresholds of the tube
        how many there are, were borrowed, and are those of the subject's first visit.
    """
    return evaluate_study(returning_b(seed, ranges_named(ranges))).about({"seed": seed})


def evaluate_study(simulated: SimulatedPlan) -> Rows:
    """Gate all visits of a plan with borrowing and without; compare with the truth."""
    rows = Rows()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tubes = write_samples(simulated, folder)
        make_study(folder, tuple(dict.fromkeys(one.panel for one in simulated.tubes)))
        plan = load_plan(folder)
        lenders = lenders_of_tubes(plan.samples)
        for gates, lent in (
            (BORROWING, lenders),
            (ALONE, dict.fromkeys(lenders, ())),
        ):
            about = {"gates": gates}
            found = _gate_study(plan, simulated, tubes, folder / gates, lent)
            rows.populations += [about | row for row in found]
    return rows


def _gate_study(
    plan: StudyPlan,
    simulated: SimulatedPlan,
    tubes: Mapping[str, SimulatedTube],
    out: Path,
    lenders: Mapping[TubeKey, tuple[TubeKey, ...]],
) -> Iterator[Row]:
    """Gate every tube, and compare it with its labels and its first visit."""
    for part in (batch.GATES_FOLDER, batch.PLOTS_FOLDER):
        (out / part).mkdir(parents=True)
    jobs = [batch.tube_job(plan, row, out, {}, find=True) for row in plan.samples]
    results, _ = process_in_waves(jobs, lenders, n_workers=0, advance=lambda *_: None)
    by_tube = {(one.job.sample_id, one.job.tube): one for one in results}
    samples = {sample.sample_id: sample for sample in simulated.samples}
    firsts = {one.subject_id: one.sample_id for one in reversed(simulated.samples)}
    # The last visit of each subject tells.
    levels = {one.subject_id: _expected_b(one) for one in simulated.samples}
    for job, row in zip(jobs, plan.samples, strict=True):
        sample = samples[row.sample_id]
        result = by_tube.get((row.sample_id, row.tube))
        first = by_tube.get((firsts[sample.subject_id], row.tube))
        about = {
            "level": levels[sample.subject_id],
            "panel": sample.panel,
            "tube": row.tube,
            "visit": sample.visit,
            "sample_id": sample.sample_id,
            "n_thresholds": len(result.thresholds) if result else 0,
            "n_borrowed": _n_borrowed(result),
            "n_same": _n_same(first, result),
        }
        for one in compare_tube(job, result, tubes[Path(row.fcs_file).name]):
            yield about | one


def _expected_b(sample: PlannedSample) -> int:
    """Say how many B events a tube is expected to hold that meets its stop rule."""
    share = sample.concentrations.get("b", 0.0) / sample.lymphocytes_per_ul
    return round(share * sample.tubes[0].n_lymphocytes)


def _n_borrowed(result: TubeResult | None) -> int:
    """Count the thresholds that a tube borrowed."""
    placed = result.thresholds.values() if result else ()
    return sum(one.source == "borrowed" for one in placed)


def _n_same(first: TubeResult | None, later: TubeResult | None) -> int:
    """Count the thresholds that two visits have at the same place."""
    if first is None or later is None:
        return 0
    return sum(
        # A signal that goes to display units and back differs in the last digits.
        name in first.thresholds
        and isclose(first.thresholds[name].value, placed.value, abs_tol=_ROUNDING)
        for name, placed in later.thresholds.items()
    )


def visits_table(populations: pd.DataFrame) -> pd.DataFrame:
    """Put gates that may borrow beside those that may not.

    Parameters
    ----------
    populations : DataFrame
        Rows of `evaluate_visits`.

    Returns
    -------
    DataFrame
        One row for each level, panel, tube, visit and population: number of tubes,
        mean events, true and found, mean error in points of the lymphocytes, median
        F1 (NaN where there is nothing to find and nothing was found), and the gate
        sources with how many tubes had them. Those without borrowing end in `_alone`.
    """
    keys = [*_ONE_TUBE, "population"]
    parts = [
        populations[populations.gates == gates]
        .groupby(keys, sort=False)
        .agg(
            n=("n_true", "size"),
            n_true=("n_true", "mean"),
            n_found=("n_found", "mean"),
            error=("error", "mean"),
            f1=("f1", "median"),
            source=("source", _sources),
        )
        for gates in (BORROWING, ALONE)
    ]
    alone = parts[1].drop(columns=["n", "n_true"])
    return parts[0].join(alone.add_suffix("_alone")).reset_index()


def thresholds_table(populations: pd.DataFrame) -> pd.DataFrame:
    """Count the thresholds that are the same at both visits.

    Parameters
    ----------
    populations : DataFrame
        Rows of `evaluate_visits`.

    Returns
    -------
    DataFrame
        One row for each kind of gates, level, panel and tube of the later visit:
        thresholds of all seeds, how many were borrowed from any tube, and how many lie
        where those of the first visit do.
    """
    is_later = populations.visit != populations.visit.iloc[0]
    keys = ["gates", "level", "panel", "tube"]
    numbers = ["n_thresholds", "n_borrowed", "n_same"]
    tubes = populations.loc[is_later, ["seed", "sample_id", *keys, *numbers]]
    by_tube = tubes.drop_duplicates().groupby(keys, sort=False)
    return by_tube[numbers].sum().reset_index()


def _sources(sources: pd.Series[str]) -> str:
    counted = sources.value_counts()
    return ", ".join(f"{name} {n}" for name, n in sorted(counted.items()))
