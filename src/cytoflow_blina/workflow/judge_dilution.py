"""Judge a run of a dilution by the blasts that are known to be in its tubes."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from math import nan
from pathlib import Path

import numpy as np

from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.export.tables import read_table
from cytoflow_blina.mrd.dilution import (
    MOST_BLANKS_PERCENT,
    DilutedSample,
    DilutionSummary,
    level_name,
    summarise_dilution,
)
from cytoflow_blina.workflow.dilution_rows import write_rows

DILUTION_FILE = "dilution.csv"

DILUTION_COLUMNS = (
    "sample_id",
    "level",
    "n_expected",
    "n_true",
    "n_found",
    "n_denominator",
    "true_percent",
    "found_percent",
    "percent_lo95",
    "percent_hi95",
    "recovery_percent",
    "status",
    "is_detected",
    "is_covered",
)


def dilution_table(out: Path, truth: Path) -> tuple[DilutedSample, ...]:
    """Put what a run found beside what is in its tubes.

    Parameters
    ----------
    out : Path
        Output folder of a run of the study.
    truth : Path
        `truth.csv` of the study.

    Returns
    -------
    tuple of DilutedSample
        One for each row of the truth, in its order.

    Raises
    ------
    ConfigError
        Where a table is missing or is not as it was written, or samples of the truth
        are not in the run.
    """
    rows = _read_truth(truth)
    table = read_table(out / "mrd.csv", "mrd").to_dict(orient="records")
    found = {
        str(one["sample_id"]): {str(k): v for k, v in one.items()} for one in table
    }
    missing = [row["sample_id"] for row in rows if row["sample_id"] not in found]
    if missing:
        message = (
            f"{len(missing)} of {len(rows)} samples are not in mrd.csv of the run, "
            f"{missing[0]!r} the first. Name the run of this very study."
        )
        raise ConfigError(Problem(truth.name, message))
    return tuple(_diluted(row, found[row["sample_id"]]) for row in rows)


def _read_truth(truth: Path) -> list[dict[str, str]]:
    """Read truth.csv, as text."""
    if not truth.is_file():
        raise ConfigError(Problem(truth.name, "there is no such file. Check the name."))
    with truth.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    try:
        for row in rows:
            float(row["level"]), float(row["n_expected"]), int(row["n_blasts"])
            str(row["sample_id"])
    except (KeyError, ValueError, TypeError) as error:
        message = (
            "is not as 'dilute' wrote it: sample_id, level, n_expected and n_blasts "
            "are needed in every row."
        )
        raise ConfigError(Problem(truth.name, message)) from error
    return rows


def _diluted(row: Mapping[str, str], found: Mapping[str, object]) -> DilutedSample:
    return DilutedSample(
        sample_id=row["sample_id"],
        level=float(row["level"]),
        n_expected=float(row["n_expected"]),
        n_true=int(row["n_blasts"]),
        n_found=_count(found["mrd_events"]),
        n_denominator=_count(found["denominator_events"]),
        percent_lo95=_number(found["mrd_percent_lo95"]),
        percent_hi95=_number(found["mrd_percent_hi95"]),
        status=str(found["status"]),
    )


def _number(value: object) -> float:
    """Take a number of a table; NaN where it is empty."""
    return float(value) if isinstance(value, (int, float, np.number)) else nan


def _count(value: object) -> int | None:
    """Take a whole number of a table; None where it is empty."""
    number = _number(value)
    return None if np.isnan(number) else int(number)


def evaluate_dilution(
    out: Path, truth: Path, *, replace: bool = False
) -> DilutionSummary:
    """Judge a run of a dilution, and write dilution.csv into its folder.

    Parameters
    ----------
    out : Path
        Output folder of the run.
    truth : Path
        `truth.csv` of the study.
    replace : bool, default False
        Whether a dilution.csv that is there is replaced.

    Returns
    -------
    DilutionSummary
        Slope, limit of detection, coverage.

    Raises
    ------
    ConfigError
        As `dilution_table`, and where dilution.csv is there.
    """
    file = out / DILUTION_FILE
    if file.exists() and not replace:
        message = "is there already and is left as it is. Add --replace."
        raise ConfigError(Problem(file.name, message))
    samples = dilution_table(out, truth)
    rows = [
        {name: getattr(sample, name) for name in DILUTION_COLUMNS} for sample in samples
    ]
    write_rows(file, DILUTION_COLUMNS, rows)
    return summarise_dilution(samples)


def summary_text(summary: DilutionSummary) -> str:
    """Write how a dilution came out, for a person.

    Parameters
    ----------
    summary : DilutionSummary
        The judgement.

    Returns
    -------
    str
        A line for each level, then slope, limit of detection and coverage.
    """
    lines = [
        f"level {level_name(one.level)}: {one.n_detected} of {one.n_tubes} detected; "
        f"{one.median_true:g} blasts, {one.median_found:g} candidate events (medians)."
        for one in summary.levels
    ]
    lines.append(
        f"log10 of candidate events over log10 of blasts: slope {summary.slope:.3f} "
        f"(SE {summary.slope_se:.3f}), intercept {summary.intercept:.3f}, n = "
        f"{summary.n_fitted}; {summary.n_not_fitted} tubes with blasts showed none."
    )
    lod = f"{summary.lod_level:g}" if summary.lod_level > 0 else "none of these levels"
    lines.append(
        "Limit of detection (95 % of replicates, here and above): "
        f"{lod}; {_blanks_text(summary)}."
    )
    lines.append(
        f"Intervals that hold the expected value: {summary.n_covered} of "
        f"{summary.n_intervals}."
    )
    return "\n".join(lines)


def _blanks_text(summary: DilutionSummary) -> str:
    """Say what the blanks make of a limit of detection."""
    if all(one.level for one in summary.levels):
        return "blanks not run"
    if not summary.n_blanks:
        return "no blank could be evaluated"
    text = f"{summary.n_blanks_detected} of {summary.n_blanks} blanks detected"
    if not summary.blanks_refute:
        return text
    return (
        f"{text}, more than {MOST_BLANKS_PERCENT:g} %: what is found with blasts may "
        "be what is found without them"
    )
