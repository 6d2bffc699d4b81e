"""Write a study folder of marrow tubes: sheets, files, and the truth beside them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from cytoflow_blina.simulate.marrow.cytometers import DEFAULT_MARROW_RANGES
from cytoflow_blina.simulate.marrow.ranges import MarrowRanges
from cytoflow_blina.simulate.marrow.scenarios import (
    MarrowPlan,
    PlannedMarrow,
    plan_marrow,
)
from cytoflow_blina.simulate.marrow.tube import SimulatedMarrow, simulate_marrow
from cytoflow_blina.simulate.marrow.tube_file import write_marrow
from cytoflow_blina.simulate.seeds import stream
from cytoflow_blina.simulate.truth import write_labels

Row = Mapping[str, object]

_SAMPLES = (
    "sample_id",
    "subject_id",
    "cycle",
    "visit",
    "rel_day",
    "specimen",
    "tube",
    "panel",
    "fcs_file",
    "count_method",
    "collected_at",
    "prior_cd19_therapy",
)
_LABELS = ("sample_id", "tube", "label", "n_events")
_TUBES = (
    "sample_id",
    "tube",
    "fcs_file",
    "kind",
    "n_events",
    "n_nucleated",
    "mrd_events",
    "mrd_percent",
    "hematogone_percent",
    "hemodilution_percent",
)
_CLONES = (
    "sample_id",
    "tube",
    "clone",
    "n_events",
    "n_nucleated",
    "mrd_percent",
    "cd19",
    "distance_sd",
    "distance_without_cd19_sd",
)


def simulate_marrow_study(
    folder: Path,
    *,
    scenario: str,
    seed: int,
    ranges: MarrowRanges = DEFAULT_MARROW_RANGES,
    with_events: bool = False,
) -> None:
    """Write the study folder of a scenario of marrow.

    The folder then holds `samples.csv`, `subjects.csv`, `cycles.csv`, `fcs/` and
    `truth/`; `study.toml` and `gating/` are for the lab to choose.

    Parameters
    ----------
    folder : Path
        Where to write; made where it is not there. Files of the same name are
        replaced, others are left alone.
    scenario : str
        One of `scenarios.MARROW_SCENARIOS`.
    seed : int
        Seed of the simulation, 0 or more: the same gives the same bytes.
    ranges : MarrowRanges
        From where instrument, donor and staining are drawn.
    with_events : bool
        Whether to write the membership of every event to `truth/events/`.

    Raises
    ------
    ConfigError
        Where there is no such scenario, or the seed is negative.
    """
    plan = plan_marrow(scenario, seed, ranges=ranges)
    for part in ("fcs", "truth", *(("truth/events",) if with_events else ())):
        (folder / part).mkdir(parents=True, exist_ok=True)
    labels: list[Row] = []
    tubes: list[Row] = []
    clones: list[Row] = []
    for sample in plan.samples:
        for spec in sample.tubes:
            tube = simulate_marrow(spec, seed, ranges=ranges)
            name = sample.file_name(spec.tube)
            write_marrow(tube, folder / "fcs" / name, ranges=ranges)
            labels += _label_rows(sample, tube)
            tubes.append(_tube_row(sample, tube))
            clones += _clone_rows(sample, tube)
            if with_events:
                write_labels(
                    tube.labels, folder / f"truth/events/{Path(name).stem}.csv.gz"
                )
    _write_table(folder / "truth/labels.csv", _LABELS, labels)
    _write_table(folder / "truth/tubes.csv", _TUBES, tubes)
    _write_table(folder / "truth/clones.csv", _CLONES, clones)
    _write_table(folder / "samples.csv", _SAMPLES, _sample_rows(plan))
    _write_people(plan, folder)


def _label_rows(sample: PlannedMarrow, tube: SimulatedMarrow) -> Iterator[Row]:
    for label, n_events in tube.counts.items():
        yield {
            "sample_id": sample.sample_id,
            "tube": tube.spec.tube,
            "label": label,
            "n_events": n_events,
        }


def _tube_row(sample: PlannedMarrow, tube: SimulatedMarrow) -> Row:
    return {
        "sample_id": sample.sample_id,
        "tube": tube.spec.tube,
        "fcs_file": f"fcs/{sample.file_name(tube.spec.tube)}",
        "kind": tube.spec.kind,
        "n_events": tube.codes.size,
        "n_nucleated": tube.n_nucleated,
        "mrd_events": sum(clone.n_events for clone in tube.clones),
        "mrd_percent": tube.mrd_percent,
        "hematogone_percent": 100 * tube.hematogone_share,
        "hemodilution_percent": 100 * tube.hemodilution,
    }


def _clone_rows(sample: PlannedMarrow, tube: SimulatedMarrow) -> Iterator[Row]:
    for clone, asked in zip(tube.clones, tube.spec.clones, strict=True):
        yield {
            "sample_id": sample.sample_id,
            "tube": tube.spec.tube,
            "clone": clone.name,
            "n_events": clone.n_events,
            "n_nucleated": tube.n_nucleated,
            "mrd_percent": 100 * clone.n_events / tube.n_nucleated,
            "cd19": asked.cd19,
            "distance_sd": clone.distance_sd,
            "distance_without_cd19_sd": clone.distance_without_cd19_sd,
        }


def _sample_rows(plan: MarrowPlan) -> Iterator[Row]:
    for sample in plan.samples:
        collected = sample.tubes[0].acquired_at - timedelta(hours=3)
        for spec in sample.tubes:
            yield {
                "sample_id": sample.sample_id,
                "subject_id": sample.subject_id,
                "cycle": 1,
                "visit": sample.visit,
                "rel_day": sample.rel_day,
                "specimen": "BM",
                "tube": spec.tube,
                "panel": spec.panel,
                "fcs_file": f"fcs/{sample.file_name(spec.tube)}",
                "count_method": "none",
                "collected_at": collected.isoformat(),
                "prior_cd19_therapy": str(sample.prior_cd19_therapy).lower(),
            }


def _write_people(plan: MarrowPlan, folder: Path) -> None:
    """Invent who the marrows are of, and when their infusion began."""
    subjects: list[Row] = []
    cycles: list[Row] = []
    firsts = {sample.subject_id: sample for sample in reversed(plan.samples)}
    for subject, sample in sorted(firsts.items()):
        rng = stream(plan.seed, "person", subject)
        start = sample.tubes[0].acquired_at - timedelta(days=sample.rel_day)
        subjects.append(
            {
                "subject_id": subject,
                "sex": str(rng.choice(["F", "M"])),
                "age_months": int(rng.integers(18, 180)),
            }
        )
        cycles.append(
            {
                "subject_id": subject,
                "cycle": 1,
                "infusion_start": start.date().isoformat(),
                "infusion_days_planned": 28,
                "infusion_days_actual": 28,
            }
        )
    _write_table(folder / "subjects.csv", tuple(subjects[0]), subjects)
    _write_table(folder / "cycles.csv", tuple(cycles[0]), cycles)


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows as CSV with LF; floats in shortest round-trip form."""
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
