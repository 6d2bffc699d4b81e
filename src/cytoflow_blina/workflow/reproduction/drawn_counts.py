"""Draw what counting and pipetting make of known counts, without files or gates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import ceil, nan
from typing import Any

import pandas as pd

from cytoflow_blina.cohort.columns import SORT_KEYS, columns_of
from cytoflow_blina.counting.combine_tubes import cd3_by_tube, combine_tubes
from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.counting.method import count_factor
from cytoflow_blina.domain.counting import (
    CountingInputs,
    CountMethod,
    CountRow,
    PopulationCount,
    TubeCounts,
)
from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.finding import CheckLimits, Finding
from cytoflow_blina.domain.population import percent
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.quality.event_counts import EVENT_COUNTS
from cytoflow_blina.quality.limits import load_limits
from cytoflow_blina.quality.measurements import SampleMeasurements, TubeMeasurements
from cytoflow_blina.quality.population_sums import POPULATION_SUMS
from cytoflow_blina.quality.registry import check_sample, run_checks
from cytoflow_blina.quality.release import (
    is_tube_usable,
    judge_rows,
    replicates_fail,
)
from cytoflow_blina.simulate.counted_study import CountedSample, plan_counted_study
from cytoflow_blina.simulate.plan import PlannedSample
from cytoflow_blina.simulate.populations import CELLS, POPULATIONS
from cytoflow_blina.simulate.spec import TubeSpec
from cytoflow_blina.simulate.truth import true_concentrations
from cytoflow_blina.simulate.tube import count_particles

_TABLE = "counts"
_ALL_MARKERS = ""
_METHOD = CountMethod.BEAD
_DRAWN = "drawn from the true count, not gated"
_TRUE = "the true count"
_PARENT: Mapping[str, str] = {
    "CD3": "LYMPH",
    "NK": "LYMPH",
    "CD19": "LYMPH",
    "CD4": "CD3",
    "CD8": "CD3",
    "DPT": "CD3",
    "DNT": "CD3",
    "NKTLIKE": "CD3",
}

_TYPES: Mapping[str, str] = {"int": "Int64", "float": "float64", "bool": "boolean"}
"""Types of pandas by those of the registry, as `read_table` has them; else text."""

Limits = Mapping[str, CheckLimits]
"""Limits of the checks by code."""


def draw_counts(
    samples: Sequence[CountedSample],
    seed: int,
    errors: CountingErrors,
    *,
    limits: Limits | None = None,
) -> pd.DataFrame:
    """Draw `counts.csv` of known counts, as perfect gates would give it.

    Parameters
    ----------
    samples : sequence of CountedSample
        The true counts; none gives a table without rows.
    seed : int
        Seed of the errors. Blood, beads and the particles that go through the cytometer
        are those of the tubes that `plan_counted_study` plans for this seed, so that
        what differs from a run of their files is gating alone.
    errors : CountingErrors
        Pipetting and bead lot: what is drawn, and what the intervals allow for. The
        tubes of `plan_counted_study` have those of `Preparation`, 2 % each.
    limits : mapping of str to CheckLimits, optional
        Limits of the checks, by code; those that the product ships with if not given.

    Returns
    -------
    DataFrame
        As `read_table` returns `counts.csv`. Low counts, sums of populations and CD3
        of the two tubes are checked; what looks at events is not.

    Raises
    ------
    ConfigError
        With every sample whose counts cannot be.
    """
    plan = plan_counted_study(samples, seed)
    limits = shipped_limits() if limits is None else limits
    return _frame(
        row
        for sample in plan.samples
        for row in _drawn_rows(sample, seed, errors, limits)
    )


def true_counts_frame(samples: Sequence[CountedSample]) -> pd.DataFrame:
    """Write `counts.csv` of the truth, without any error.

    Parameters
    ----------
    samples : sequence of CountedSample
        The true counts; none gives a table without rows.

    Returns
    -------
    DataFrame
        As `read_table` returns `counts.csv`. There are no events, so that numbers of
        events and intervals are missing, and nothing is censored: 0 is 0. Lymphocytes
        are those of the blood in a tube, rounded up, so that blood without any shows.

    Raises
    ------
    ConfigError
        With every sample whose counts cannot be.
    """
    # Whatever the seed: it changes the cells that are no lymphocytes alone.
    plan = plan_counted_study(samples, 0)
    return _frame(row for sample in plan.samples for row in _true_rows(sample))


@cache
def shipped_limits() -> Limits:
    """Read the limits that the product ships with.

    Returns
    -------
    mapping of str to CheckLimits
        By code of the check.
    """
    return load_limits(shipped_documents() / "limits.toml").limits


def _drawn_rows(
    planned: PlannedSample, seed: int, errors: CountingErrors, limits: Limits
) -> tuple[CountRow, ...]:
    """Count the tubes of one sample, and judge them."""
    tubes: list[TubeCounts] = []
    findings: list[Finding] = []
    for spec in planned.tubes:
        preparation = replace(
            spec.preparation,
            pipetting_cv=errors.pipetting_cv,
            bead_lot_cv=errors.bead_lot_cv,
        )
        particles = count_particles(replace(spec, preparation=preparation), seed)
        passed = dict(zip(POPULATIONS, particles.tolist(), strict=True))
        tube = _tube_counts(spec, passed, errors)
        found = _check_tube(planned.sample_id, tube, int(particles.sum()), limits)
        tubes.append(replace(tube, is_usable=is_tube_usable(found, spec.tube)))
        findings += found
    compared = SampleMeasurements(planned.sample_id, _METHOD, cd3_by_tube(tubes))
    findings += check_sample(compared, limits)
    rows = combine_tubes(
        _sample(planned), tubes, replicates_fail=replicates_fail(findings)
    )
    return judge_rows(rows, findings)


def _tube_counts(
    spec: TubeSpec, particles: Mapping[str, int], errors: CountingErrors
) -> TubeCounts:
    """Count the particles of a tube as the pipeline counts events."""
    found = true_concentrations(particles, spec.tube)
    n_events = {name: round(n) for name, n in found.items()}
    n_events |= {"leukocytes": sum(particles[name] for name in CELLS)}
    n_beads = particles["bead"]
    inputs = CountingInputs(
        _METHOD, spec.preparation.beads_per_tube, spec.preparation.blood_volume_ul
    )
    return TubeCounts(
        tube=spec.tube,
        populations={
            name: PopulationCount(
                n_events[name], n_events[_PARENT.get(name, "leukocytes")], _DRAWN
            )
            for name in found
        },
        n_lymphocytes=n_events["LYMPH"],
        factor=count_factor(
            inputs, n_beads=n_beads, n_lymphocytes=n_events["LYMPH"], errors=errors
        ),
        n_beads=n_beads,
        purity_percent=100.0,
    )


def _check_tube(
    sample_id: str, tube: TubeCounts, n_events: int, limits: Limits
) -> tuple[Finding, ...]:
    """Check what numbers of events tell."""
    measured = TubeMeasurements(
        sample_id=sample_id,
        tube=tube.tube,
        n_events=n_events,
        n_lymphocytes=tube.n_lymphocytes,
        count_method=_METHOD,
        n_beads=tube.n_beads,
        percent_of_lymphocytes={
            name: percent(counted.n_events, tube.n_lymphocytes)
            for name, counted in tube.populations.items()
        },
    )
    checks = (*EVENT_COUNTS, *POPULATION_SUMS)
    return run_checks(checks, measured, limits, (sample_id, tube.tube, "tube"))


def _true_rows(planned: PlannedSample) -> Iterable[CountRow]:
    """Write the truth of one sample."""
    cells = true_concentrations(planned.concentrations, _ALL_MARKERS)
    blood_ul = planned.tubes[0].preparation.blood_volume_ul
    n_lymphocytes = ceil(cells["LYMPH"] * blood_ul)
    for name, n in cells.items():
        yield replace(
            _empty_row(planned, name, n_lymphocytes),
            percent_of_parent=percent(n, cells[_PARENT[name]])
            if name in _PARENT
            else nan,
            percent_of_lymphocytes=percent(n, cells["LYMPH"]),
            cells_per_ul=n,
            cells_1e9_per_l=n / 1000,
        )
    ratio = cells["CD4"] / cells["CD8"] if cells["CD8"] else nan
    yield replace(_empty_row(planned, "CD4_CD8_RATIO", n_lymphocytes), ratio=ratio)


def _empty_row(planned: PlannedSample, population: str, n_lymphocytes: int) -> CountRow:
    """Begin a row in which nothing was counted."""
    sample = _sample(planned)
    return CountRow(
        sample_id=sample.sample_id,
        subject_id=sample.subject_id,
        cycle=sample.cycle,
        visit=sample.visit,
        rel_day=sample.rel_day,
        specimen=sample.specimen,
        population=population,
        definition=_TRUE,
        source_tube=(),
        n_events=None,
        n_parent=None,
        n_lymphocytes=n_lymphocytes,
        percent_of_parent=nan,
        percent_of_lymphocytes=nan,
        percent_lo95=nan,
        percent_hi95=nan,
        cells_per_ul=nan,
        cells_per_ul_lo95=nan,
        cells_per_ul_hi95=nan,
        cells_1e9_per_l=nan,
        count_method=sample.count_method,
    )


def _sample(planned: PlannedSample) -> Sample:
    """Say whose sample it is."""
    return Sample(
        sample_id=planned.sample_id,
        subject_id=planned.subject_id,
        cycle=planned.cycle,
        visit=planned.visit,
        rel_day=planned.rel_day,
        specimen="PB",
        count_method=planned.count_method,
    )


def _frame(rows: Iterable[CountRow]) -> pd.DataFrame:
    """Put rows into a table with the columns, types and order of `counts.csv`."""
    first, second = SORT_KEYS[_TABLE]
    ordered = sorted(rows, key=lambda row: (getattr(row, first), getattr(row, second)))
    return pd.DataFrame(
        {
            name: _column([getattr(row, name) for row in ordered], column.type)
            for name, column in columns_of(_TABLE).items()
        }
    )


def _column(values: list[Any], kind: str) -> pd.Series[Any]:
    """Give a column its type; lists are joined as in the file."""
    if kind == "list":
        values = [";".join(value) for value in values]
    return pd.Series(values, dtype=_TYPES.get(kind, "object"))
