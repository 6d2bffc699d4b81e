"""Build the output folder of a small run by hand."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.figures.axes import Axis, Tick
from cytoflow_blina.figures.density import (
    N_BINS,
    DrawnGate,
    GateHistogram,
    TubeHistograms,
)
from cytoflow_blina.figures.histogram_file import save_histograms

Table = Sequence[Mapping[str, object]]

COLUMNS = {
    "counts": "sample_id subject_id cycle visit rel_day specimen population definition "
    "source_tube n_events n_parent n_lymphocytes percent_of_parent "
    "percent_of_lymphocytes percent_lo95 percent_hi95 cells_per_ul cells_per_ul_lo95 "
    "cells_per_ul_hi95 cells_1e9_per_l count_method qc_status qc_flags release_class "
    "review_status qc_fails ratio ratio_lo95 ratio_hi95 n_beads censored limit "
    "confidence release_reasons",
    "populations": "sample_id tube path n_events n_parent percent_of_parent "
    "gate_source confidence",
    "qc": "sample_id tube level check value unit limits verdict message",
    "comparisons": "contrast outcome unit n_pairs n_a n_b n_excluded median_a min_a "
    "max_a median_b min_b max_b effect effect_lo95 effect_hi95 effect_kind test method "
    "zero_rule statistic p_value p_adjusted adjustment family n_zero rank_biserial "
    "kind group_a group_b groups n_groups n_censored_a n_censored_b cliffs_delta cells "
    "n_events events_per_variable",
    "pairs": "contrast outcome unit subject_id cycle visit_a visit_b value_a value_b "
    "difference exceeds_counting_error censored_a censored_b",
    "attrition": "contrast stage title reason n_subjects n_cycles",
    "rates": "contrast outcome category group n_events n percent percent_lo95 "
    "percent_hi95",
    "survival": "contrast endpoint group months n_at_risk n_events n_censored survival "
    "se lo95 hi95",
    "survival_rates": "contrast endpoint group at_months n n_events n_at_risk percent "
    "percent_se percent_lo95 percent_hi95 restricted_mean_months restricted_mean_se",
    "descriptives": "outcome unit group visit n n_missing n_censored median min max "
    "q1 q3 n_no_sample",
    "exclusions": "contrast subject_id cycle reason outcomes",
    "failures": "sample_id tube fcs_file stage problem",
    "control": "instrument panel tube check quantity unit acquired_at sample_id value "
    "centre sd n_reference deviation four_in_a_row",
}

RELEASE = {"PASS": "release", "WARN": "look", "FAIL": "reject"}


def write_table(path: Path, columns: str, rows: Table) -> None:
    """Write rows as a table; what a row does not name is left empty."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns.split(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_run(folder: Path, **tables: Table) -> Path:
    """Write every table of a run, those not given with their header alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in COLUMNS.items():
        write_table(folder / f"{name}.csv", columns, tables.get(name, ()))
    return folder


def sample_counts(sample_id: str, *, status: str = "PASS", **shared: object) -> Table:
    """Count a sample by beads: 3,000 events are 300 cells/µL, there is no B cell."""
    events = {"LYMPH": 10_000, "CD3": 8_000, "CD4": 3_000, "CD8": 4_500, "NK": 1_900}
    rows: list[dict[str, object]] = []
    for population, n_events in {**events, "CD19": 0}.items():
        share = 100 * n_events / 10_000
        cells = n_events / 10
        rows.append(
            {
                "sample_id": sample_id,
                "subject_id": "P01",
                "cycle": 1,
                "visit": "D0",
                "specimen": "PB",
                "population": population,
                "definition": f"{population} in the lymphocyte gate",
                "n_events": n_events,
                "n_parent": 10_000,
                "n_lymphocytes": 10_000,
                "percent_of_parent": share,
                "percent_of_lymphocytes": share,
                "percent_lo95": 0.97 * share,
                "percent_hi95": 1.03 * share or 0.037,
                "cells_per_ul": cells,
                "cells_per_ul_lo95": 0.95 * cells,
                "cells_per_ul_hi95": 1.05 * cells or 0.38,
                "cells_1e9_per_l": cells / 1000,
                "count_method": "bead",
                "qc_status": status,
                "release_class": RELEASE[status],
                "review_status": "UNREVIEWED",
                "n_beads": 10_000,
                **shared,
            }
        )
    ratio = {
        **rows[0],
        "population": "CD4_CD8_RATIO",
        "definition": "CD4 events over CD8 events",
        "cells_per_ul": "",
        "percent_of_lymphocytes": "",
        "n_events": "",
        "ratio": 0.6667,
        "ratio_lo95": 0.64,
        "ratio_hi95": 0.69,
    }
    return [*rows, ratio]


def finding(sample_id: str, verdict: str, **fields: object) -> Mapping[str, object]:
    """Give one row of `qc.csv`."""
    return {
        "sample_id": sample_id,
        "level": "sample",
        "check": "QC_LYMPHOSUM",
        "value": 93.2,
        "unit": "%",
        "limits": "95 to 105 passes, below 90 or above 110 fails",
        "verdict": verdict,
        "message": f"CD3 + CD19 + NK add up to 93.2 % ({verdict.lower()}).",
        **fields,
    }


def comparison(outcome: str, **fields: object) -> Mapping[str, object]:
    """Give one row of `comparisons.csv`."""
    return {
        "contrast": "EOT vs D0",
        "outcome": outcome,
        "unit": "cells/uL",
        "n_pairs": 6,
        "n_excluded": 1,
        "median_a": 960,
        "min_a": 30,
        "max_a": 3790,
        "median_b": 1130,
        "min_b": 260,
        "max_b": 7740,
        "effect": 170.4,
        "effect_lo95": 21.3,
        "effect_hi95": 340.2,
        "effect_kind": "Hodges-Lehmann median of the differences",
        "test": "Wilcoxon signed-rank",
        "method": "exact",
        "zero_rule": "zeros dropped",
        "p_value": 0.03125,
        "p_adjusted": 0.1875,
        "adjustment": "Holm",
        "family": "counts",
        "n_zero": 0,
        **fields,
    }


def pairs(outcome: str, n_pairs: int = 6, **fields: object) -> Table:
    """Give the pairs of an outcome: each subject doubles."""
    return [
        {
            "contrast": "EOT vs D0",
            "outcome": outcome,
            "unit": "cells/uL",
            "subject_id": f"P{subject:02d}",
            "visit_a": "D0",
            "visit_b": "EOT",
            "value_a": 100.0 * subject,
            "value_b": 200.0 * subject,
            **fields,
        }
        for subject in range(1, n_pairs + 1)
    ]


def store_plots(folder: Path, sample_id: str, tube: str = "") -> Table:
    """Store two plots of a tube; give its rows of `populations.csv`."""
    axis = Axis("CD3 · FITC-A", 0.0, 1.0, (Tick(0.2, "0"), Tick(0.7, "10⁴")))
    square = np.array([(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)])
    counts = np.zeros((N_BINS, N_BINS), np.uint32)
    counts[90, 40:60] = 50
    plots = (
        GateHistogram(
            "", axis, axis, counts, (DrawnGate("lymph", square, 1000, 2000),)
        ),
        GateHistogram(
            "lymph", axis, axis, 0 * counts, (DrawnGate("lymph/t", square, 0, 0),)
        ),
    )
    name = f"{sample_id}.{tube}.npz" if tube else f"{sample_id}.npz"
    (folder / "plots").mkdir(parents=True, exist_ok=True)
    save_histograms(folder / "plots" / name, TubeHistograms(sample_id, tube, plots))
    shared = {"sample_id": sample_id, "tube": tube, "confidence": 0.93}
    return [
        {
            "path": "lymph",
            "n_events": 1000,
            "n_parent": 2000,
            "percent_of_parent": 50.0,
            "gate_source": "fitted",
            **shared,
        },
        {
            "path": "lymph/t",
            "n_events": 0,
            "n_parent": 0,
            "gate_source": "template",
            **shared,
        },
    ]


PROVENANCE = {
    "software": {"cytoflow-blina": "0.1.0", "python": "3.11.7", "flowkit": "1.3.2"},
    "documents": [
        {"kind": "panel", "name": "facscanto-tbnk", "version": "1.0.0"},
        {"kind": "template", "name": "facscanto-tbnk", "version": "1.0.0"},
    ],
    "inputs": [{"file": "samples.csv", "sha256": "ab" * 32}],
    "tubes": [
        {
            "sample_id": "S-good",
            "tube": "",
            "fcs_file": "fcs/good.fcs",
            "sha256": "cd" * 32,
            "cytometer": "",
            "notes": ["TEXT and HEADER disagree on the end of DATA; TEXT was taken."],
        }
    ],
    "settings": {"title": "Blinatumomab, paired samples"},
}


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """Give the folder of a run: one tube failed, one sample of each class."""
    folder = tmp_path / "out"
    folder.mkdir()
    write_run(
        folder,
        counts=[
            *sample_counts("S-good"),
            *sample_counts("S-look", status="WARN"),
            *sample_counts("S-reject", status="FAIL"),
        ],
        populations=store_plots(folder, "S-good"),
        qc=[
            finding("S-good", "PASS"),
            finding("S-look", "WARN"),
            finding("S-reject", "FAIL"),
            finding("S-reject", "NOT_MEASURED", check="QC_TIME", value=""),
            finding("", "WARN", level="batch", check="QC_DRIFT"),
        ],
        comparisons=[
            comparison("CD3"),
            comparison("CD19", p_value=1e-7, p_adjusted=5e-7),
            comparison("CD3_PERCENT", unit="%", family="percentages"),
        ],
        pairs=[*pairs("CD3"), *pairs("CD19", value_b=0.0)],
        descriptives=[{"outcome": "CD3", "unit": "cells/uL", "visit": "D0", "n": 6}],
        exclusions=[
            {
                "contrast": "EOT vs D0",
                "subject_id": "P07",
                "cycle": 1,
                "reason": "no sample at EOT",
                "outcomes": "CD3;CD19",
            }
        ],
        failures=[
            {
                "sample_id": "S-broken",
                "fcs_file": "fcs/broken.fcs",
                "stage": "read",
                "problem": "broken.fcs: ends before its events do.",
            }
        ],
    )
    (folder / "provenance.json").write_text(json.dumps(PROVENANCE), encoding="utf-8")
    (folder / "inputs").mkdir()
    write_table(
        folder / "inputs" / "samples.csv",
        "sample_id tube fcs_file beads_per_tube blood_volume_ul",
        [
            {
                "sample_id": "S-good",
                "fcs_file": "fcs/good.fcs",
                "beads_per_tube": 50_000,
                "blood_volume_ul": 50,
            }
        ],
    )
    return folder


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that writes a run with the tables it is given."""

    def make(**tables: Table) -> Path:
        return write_run(tmp_path / "made", **tables)

    return make
