"""Join the MRD of a run to its subjects: over time, and as what is known of cycles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isnan, nan
from pathlib import Path
from typing import Any

import pandas as pd

from cytoflow_blina.cohort.draw_day import DAYS_OF_VISITS
from cytoflow_blina.cohort.mrd_values import mrd_limit
from cytoflow_blina.cohort.people import People
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.export.tables import read_table
from cytoflow_blina.mrd.follow_up import (
    FollowUpPoint,
    GivenCycle,
    MrdMeasurement,
    follow_mrd,
    samples_before,
)
from cytoflow_blina.mrd.log_reduction import LogReduction, MrdPercent
from cytoflow_blina.mrd.study_response import BLASTS_OF_RELAPSE_PERCENT, ResponseBy

MRD_TABLE, CANDIDATES_TABLE = "mrd", "mrd_candidates"
BLASTS_COLUMN = "blasts_percent_before"
"""Column of the lab's own in cycles.csv: blasts by microscopy before the cycle."""


def read_mrd(out: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read MRD and its candidates from a run's folder.

    Parameters
    ----------
    out : Path
        The output folder of a run.

    Returns
    -------
    mrd, candidates : DataFrame
        Without rows where the run has no such table.

    Raises
    ------
    ConfigError
        Where a table is not as the run wrote it.
    """
    mrd, candidates = (
        read_table(path, name) if path.is_file() else pd.DataFrame()
        for name in (MRD_TABLE, CANDIDATES_TABLE)
        for path in (out / f"{name}.csv",)
    )
    return mrd, candidates


def mrd_measurements(
    mrd: pd.DataFrame,
    candidates: pd.DataFrame,
    samples: Iterable[Sample],
    dated_days: Mapping[str, int] | None = None,
) -> tuple[MrdMeasurement, ...]:
    """Join the rows of MRD with what the sheet says of their draw.

    Parameters
    ----------
    mrd, candidates : DataFrame
        `mrd.csv` and `mrd_candidates.csv`, as `read_table` returns them; may be empty.
    samples : iterable of Sample
        Every sample of the sheet.
    dated_days : mapping of str to int, optional
        By sample, the day of the infusion that the dates of both give.

    Returns
    -------
    tuple of MrdMeasurement
        One for each row of `mrd.csv` whose sample the sheet has. A day that neither
        the sheet nor the dates give is that of the visit.
    """
    drawn = {one.sample_id: one for one in samples}
    shifts = _marker_shifts(candidates)
    return tuple(
        _measurement(row, drawn[row["sample_id"]], shifts, dated_days or {})
        for row in mrd.to_dict("records")
        if row["sample_id"] in drawn
    )


def _marker_shifts(
    candidates: pd.DataFrame,
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Take the shifts of the largest candidate of each tube; of equals the first."""
    largest: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
    for row in candidates.to_dict("records"):
        tube, n_events = (row["sample_id"], row["tube"]), int(row["n_events"])
        if n_events > largest.get(tube, (0, ()))[0]:
            shifts = tuple(filter(None, row["shifts"].split(";")))
            largest[tube] = n_events, shifts
    return {tube: shifts for tube, (_, shifts) in largest.items()}


def _measurement(
    row: Mapping[Any, Any],
    sample: Sample,
    shifts: Mapping[tuple[str, str], tuple[str, ...]],
    dated_days: Mapping[str, int],
) -> MrdMeasurement:
    """Write one row of MRD as a value."""
    days = (sample.rel_day, dated_days.get(sample.sample_id))
    known = [
        day for day in (*days, DAYS_OF_VISITS.get(sample.visit)) if day is not None
    ]
    return MrdMeasurement(
        sample_id=sample.sample_id,
        subject_id=sample.subject_id,
        cycle=sample.cycle,
        visit=sample.visit,
        specimen=sample.specimen,
        rel_day=sample.rel_day,
        day=float(known[0]) if known else nan,
        percent=MrdPercent(
            float(row["mrd_percent"]),
            float(row["mrd_percent_lo95"]),
            float(row["mrd_percent_hi95"]),
            mrd_limit(row),
        ),
        lod_percent=float(row["lod_percent"]),
        denominator=row["denominator"],
        nucleated_percent=_of_nucleated(row),
        status=row["status"],
        mrd_class=row["class"],
        paper_rule=row["paper_rule"],
        cd19_on_mrd=row["cd19_on_mrd"],
        marker_shifts=shifts.get((sample.sample_id, row["source_tube"]), ()),
    )


def _of_nucleated(row: Mapping[Any, Any]) -> float:
    """Take MRD in percent of nucleated cells, or what it is no more than.

    Any other denominator is a part of the nucleated cells: few of it are few of all.
    """
    percent = float(row["mrd_percent"])
    counted = float(row["mrd_percent_of_nuc"])
    if isnan(counted) and (
        row["denominator"] == "NUC" or percent < BLASTS_OF_RELAPSE_PERCENT
    ):
        return percent
    return counted


def follow_up_points(
    measurements: Sequence[MrdMeasurement], people: People
) -> tuple[FollowUpPoint, ...]:
    """Follow every subject, beside what the lab says of the cycles.

    Parameters
    ----------
    measurements : sequence of MrdMeasurement
        All of them.
    people : People
        Subjects and cycles as the lab's tables have them.

    Returns
    -------
    tuple of FollowUpPoint
        As `follow_mrd` orders them.
    """
    given = {
        key: GivenCycle(
            response=people.text(*key, "response"),
            blasts_percent_before=people.number(*key, BLASTS_COLUMN),
            mrd_percent_before=people.number(*key, "mrd_percent_before"),
        )
        for key in people.cycles
    }
    return follow_mrd(measurements, given)


def with_mrd(
    people: People,
    measurements: Sequence[MrdMeasurement],
    points: Iterable[FollowUpPoint],
) -> People:
    """Add to cycles what their marrow says, where the lab says nothing.

    Parameters
    ----------
    people : People
        Subjects and cycles as the lab's tables have them.
    measurements : sequence of MrdMeasurement
        All of them.
    points : iterable of FollowUpPoint
        Their follow-up.

    Returns
    -------
    People
        With `response_by_mrd` of every cycle that a marrow is judged by, and
        `mrd_percent_before` from the marrow before the infusion where the cell was
        empty; MRD that was not detected stands at its limit. No cell that was filled
        is changed.
    """
    cycles = dict(people.cycles)
    for key, one in samples_before(measurements).items():
        row, limit = cycles.get(key), one.percent.limit
        value = one.percent.percent if isnan(limit) else limit
        if row is not None and row.mrd_percent_before is None and not isnan(value):
            cycles[key] = row.model_copy(update={"mrd_percent_before": value})
    shown = {
        (one.measurement.subject_id, one.measurement.cycle): one.by_class.response
        for one in points
        if one.stands_for_cycle and one.by_class is not None
    }
    return replace(people, cycles=cycles, responses_by_mrd=shown)


def follow_up_row(point: FollowUpPoint) -> dict[str, object]:
    """Write one row of `mrd_follow_up.csv`.

    Parameters
    ----------
    point : FollowUpPoint
        One sample.

    Returns
    -------
    dict of str to object
        By the columns of the table.
    """
    one = point.measurement
    return {
        "sample_id": one.sample_id,
        "subject_id": one.subject_id,
        "cycle": one.cycle,
        "visit": one.visit,
        "rel_day": one.rel_day,
        "specimen": one.specimen,
        "mrd_percent": one.percent.percent,
        "mrd_percent_lo95": one.percent.lo95,
        "mrd_percent_hi95": one.percent.hi95,
        "lod_percent": one.lod_percent,
        "status": one.status,
        "class": one.mrd_class,
        "baseline_sample": point.baseline_sample,
        **_reduction_cells("log10_reduction", point.reduction),
        "cycle_baseline_sample": point.cycle_baseline_sample,
        **_reduction_cells("log10_reduction_in_cycle", point.reduction_in_cycle),
        "marker_shifts": one.marker_shifts,
        "cd19_on_mrd": one.cd19_on_mrd,
        "response_by_mrd": _response(point.by_class),
        "response_by_paper_rule": _response(point.by_paper),
        "response_given": point.response_given,
        "stands_for_cycle": point.stands_for_cycle,
        "responses_differ": point.responses_differ,
        "note": point.note,
    }


def _reduction_cells(name: str, found: LogReduction) -> dict[str, object]:
    return {
        name: found.log10,
        f"{name}_lo95": found.lo95,
        f"{name}_hi95": found.hi95,
        f"{name}_is_bound": None if isnan(found.log10) else found.is_bound,
    }


def _response(found: ResponseBy | None) -> str:
    return "" if found is None else found.response
