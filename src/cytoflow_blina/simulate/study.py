"""Write a whole study folder: sample sheet, files, and the truth beside them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np

from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.plan import PlannedSample, StudyPlan
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.scenarios import plan_study
from cytoflow_blina.simulate.seeds import stream
from cytoflow_blina.simulate.spec import TubeSpec
from cytoflow_blina.simulate.truth import (
    true_concentrations,
    true_counts,
    true_percentages,
    write_labels,
)
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube
from cytoflow_blina.simulate.tube_file import write_tube

Row = Mapping[str, object]

_KEPT_OF_A_TRUNCATED_FILE = 0.6
_ANALYSER_CV = 0.03


def simulate_study(
    folder: Path,
    *,
    scenario: str,
    seed: int,
    ranges: Ranges = DEFAULT_RANGES,
    with_events: bool = False,
) -> None:
    """Write the study folder of a scenario.

    The folder then holds `samples.csv`, `subjects.csv`, `cycles.csv`, `fcs/` and
    `truth/`; `study.toml` and `gating/` are for the lab to choose.

    Parameters
    ----------
    folder : Path
        Where to write; made where it is not there. Files of the same name are
        replaced, others are left alone.
    scenario : str
        One of `scenarios.SCENARIOS`.
    seed : int
        Seed of the simulation, 0 or more: the same gives the same bytes.
    ranges : Ranges
        From where instrument, donor and staining are drawn.
    with_events : bool
        Whether to write the membership of every event to `truth/events/`.

    Raises
    ------
    ConfigError
        Where there is no such scenario, or the seed is negative.
    """
    plan = plan_study(scenario, seed, ranges=ranges)
    for part in ("fcs", "truth", *(("truth/events",) if with_events else ())):
        (folder / part).mkdir(parents=True, exist_ok=True)
    counts: list[Row] = []
    labels: list[Row] = []
    tubes: list[Row] = []
    for sample in plan.samples:
        for spec in sample.tubes:
            tube = simulate_tube(spec, plan.seed, ranges=plan.ranges)
            write_tube_file(tube, sample, folder, plan.ranges)
            counts += _count_rows(sample, tube)
            labels += _label_rows(sample, tube)
            tubes.append(_tube_row(sample, tube))
            if with_events:
                write_labels(
                    tube.labels, folder / "truth/events" / _events_name(sample, spec)
                )
    _write_table(folder / "truth/counts.csv", counts)
    _write_table(folder / "truth/labels.csv", labels)
    _write_table(folder / "truth/tubes.csv", tubes)
    write_sheets(plan, folder)


def _file_name(sample: PlannedSample, spec: TubeSpec) -> str:
    return sample.file_name(spec.tube)


def _events_name(sample: PlannedSample, spec: TubeSpec) -> str:
    return Path(_file_name(sample, spec)).stem + ".csv.gz"


def write_sheets(plan: StudyPlan, folder: Path) -> None:
    """Write the tables that a lab fills in: samples, subjects and cycles.

    Parameters
    ----------
    plan : StudyPlan
        The study; at least one sample.
    folder : Path
        The study folder, which exists.
    """
    (folder / "samples.csv").write_bytes(sample_sheet(plan))
    _write_table(folder / "subjects.csv", _subject_rows(plan))
    _write_table(folder / "cycles.csv", _cycle_rows(plan))


def sample_sheet(plan: StudyPlan) -> bytes:
    """Fill in the sample sheet.

    Parameters
    ----------
    plan : StudyPlan
        The study; at least one sample.

    Returns
    -------
    bytes
        What stands in `samples.csv`: a row for each tube.
    """
    return _table(_sample_rows(plan))


def write_tube_file(
    tube: SimulatedTube, sample: PlannedSample, folder: Path, ranges: Ranges
) -> None:
    """Write the file of one tube to `fcs/`, under the name it was saved by.

    Parameters
    ----------
    tube : SimulatedTube
        Its events.
    sample : PlannedSample
        Its sample, which may have mixed up its files or broken one off.
    folder : Path
        The study folder; `fcs/` exists.
    ranges : Ranges
        From where the tube was drawn.
    """
    path = folder / "fcs" / sample.true_file_name(tube.spec.tube)
    write_tube(tube, path, ranges=ranges)
    if tube.spec.tube in sample.truncated:
        whole = path.read_bytes()
        path.write_bytes(whole[: int(_KEPT_OF_A_TRUNCATED_FILE * len(whole))])


def _count_rows(sample: PlannedSample, tube: SimulatedTube) -> Iterable[Row]:
    labels, tube_id = tube.labels, tube.spec.tube
    counts = true_counts(labels, tube_id)
    shares = true_percentages(labels, tube_id)
    cells = true_concentrations(tube.spec.concentrations, tube_id)
    for name, n_events in counts.items():
        yield {
            "sample_id": sample.sample_id,
            "tube": tube_id,
            "population": name,
            "n_events": n_events,
            "n_lymphocytes": counts["LYMPH"],
            "percent_of_lymphocytes": shares[name],
            "cells_per_ul": cells[name],
        }


def _label_rows(sample: PlannedSample, tube: SimulatedTube) -> Iterable[Row]:
    found = np.bincount(tube.codes, minlength=len(tube.names))
    for name, n_events in zip(tube.names, found, strict=True):
        if n_events:
            yield {
                "sample_id": sample.sample_id,
                "tube": tube.spec.tube,
                "label": name,
                "n_events": int(n_events),
            }


def _tube_row(sample: PlannedSample, tube: SimulatedTube) -> Row:
    return {
        "sample_id": sample.sample_id,
        "tube": tube.spec.tube,
        "fcs_file": f"fcs/{sample.true_file_name(tube.spec.tube)}",
        "n_events": tube.codes.size,
        "n_beads": int(np.count_nonzero(tube.codes == tube.names.index("bead"))),
        "beads_per_tube": tube.beads_per_tube,
        "blood_volume_ul": tube.blood_volume_ul,
        "acquired_percent": 100 * tube.acquired_share,
        "is_truncated": tube.spec.tube in sample.truncated,
    }


def _sample_rows(plan: StudyPlan) -> Iterable[Row]:
    for sample in plan.samples:
        wbc, lymphocyte_percent = _analyser(sample, plan.seed)
        first = sample.tubes[0].acquired_at.replace(minute=0)
        collected = first - timedelta(hours=sample.hours_since_draw)
        has_had_therapy = sample.rel_day > 0 or sample.cycle > 1
        for spec in sample.tubes:
            beads = spec.preparation.beads_per_tube
            yield {
                "sample_id": sample.sample_id,
                "subject_id": sample.subject_id,
                "cycle": sample.cycle,
                "visit": sample.visit,
                "rel_day": sample.rel_day,
                "specimen": "PB",
                "tube": spec.tube,
                "panel": spec.panel,
                "fcs_file": f"fcs/{_file_name(sample, spec)}",
                "count_method": sample.count_method,
                "wbc_1e9_per_l": wbc,
                "lymph_percent_of_wbc": lymphocyte_percent,
                "bead_lot": "" if beads is None else spec.preparation.bead_lot,
                "beads_per_tube": "" if beads is None else beads,
                "blood_volume_ul": spec.preparation.blood_volume_ul,
                "collected_at": collected.isoformat(),
                "prior_cd19_therapy": str(has_had_therapy).lower(),
            }


def _analyser(sample: PlannedSample, seed: int) -> tuple[float, float]:
    """Let the haematology analyser count, with errors of its own.

    It gives leukocytes in 10^9/L, and lymphocytes in percent of them.
    """
    errors = stream(seed, "analyser", sample.sample_id).standard_normal(2)
    wbc = sample.wbc_per_ul * (1 + _ANALYSER_CV * errors[0])
    share = sample.lymphocytes_per_ul / (sample.wbc_per_ul or 1.0)
    percent = min(100 * share * (1 + _ANALYSER_CV * errors[1]), 100.0)
    return round(float(wbc) / 1000, 3), round(float(percent), 2)


def _subject_rows(plan: StudyPlan) -> Iterable[Row]:
    """Invent people; their outcome does not depend on their cells."""
    for subject in sorted({sample.subject_id for sample in plan.samples}):
        rng = stream(plan.seed, "person", subject)
        survival = round(float(rng.uniform(6, 36)), 1)
        has_died = bool(rng.uniform() < 0.15)
        has_relapsed = has_died or bool(rng.uniform() < 0.2)
        until_event = survival * float(rng.uniform(0.4, 0.9) if has_relapsed else 1)
        yield {
            "subject_id": subject,
            "sex": str(rng.choice(["F", "M"])),
            "age_months": int(rng.integers(18, 180)),
            "group3": str(rng.choice(["RR", "CRMRDPOS", "CRMRDNEG"])),
            "poor_cytogenetics": str(bool(rng.uniform() < 0.25)).lower(),
            "fusion": "",
            "os_months": survival,
            "os_event": int(has_died),
            "efs_months": round(until_event, 1),
            "efs_event": int(has_relapsed),
        }


_GROUP2 = {"RR": "RRPOS", "CRMRDPOS": "RRPOS", "CRMRDNEG": "NEG"}


def _cycle_rows(plan: StudyPlan) -> Iterable[Row]:
    groups = {row["subject_id"]: str(row["group3"]) for row in _subject_rows(plan)}
    firsts = {sample.subject_id: sample for sample in reversed(plan.samples)}
    for subject, sample in sorted(firsts.items()):
        rng = stream(plan.seed, "cycle", subject)
        group3 = groups[subject]
        start = sample.tubes[0].acquired_at - timedelta(days=sample.rel_day)
        is_positive = group3 != "CRMRDNEG"
        yield {
            "subject_id": subject,
            "cycle": 1,
            "infusion_start": start.date().isoformat(),
            "infusion_days_planned": 28,
            "infusion_days_actual": 28,
            "dose_step_day": 8 if group3 == "RR" else "",
            "group2": _GROUP2[group3],
            "response": str(rng.choice(["CR", "MRD_CR", "NR"]))
            if is_positive
            else "NE",
            "mrd_percent_before": (
                round(float(10 ** rng.uniform(-2, 1.3)), 4) if is_positive else 0.0
            ),
        }


def _write_table(path: Path, rows: Iterable[Row]) -> None:
    """Write rows to a file."""
    path.write_bytes(_table(rows))


def _table(rows: Iterable[Row]) -> bytes:
    """Write rows as CSV with LF; floats in shortest round-trip form."""
    table = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue().encode()
