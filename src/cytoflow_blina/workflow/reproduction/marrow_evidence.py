"""Say what simulated and gated marrow adds to the claims about MRD."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import isnan, nan
from statistics import median
from typing import Any

import pandas as pd

from cytoflow_blina.domain.claim import ClaimResult
from cytoflow_blina.mrd.follow_up import FollowUpPoint
from cytoflow_blina.published.claim_routes import Route
from cytoflow_blina.published.printed_numbers import p_words
from cytoflow_blina.stats.comparison_row import ComparisonRow
from cytoflow_blina.workflow.analysis import analyse
from cytoflow_blina.workflow.mrd_follow_up import (
    follow_up_points,
    mrd_measurements,
    with_mrd,
)
from cytoflow_blina.workflow.reproduction.cohort import SyntheticCohort
from cytoflow_blina.workflow.reproduction.marrow_plan import PlannedMarrow

CUT_PERCENT = 0.01
_RESPONSES = ("CR", "MRD_CR")
_DESCRIBED = ("co.mrd51", "t1.mrd")
_NEGATIVE = ("co.st_neg", "co.mrdneg_kept")
_RESPONDED = ("rr.overall",)


@dataclass(frozen=True)
class MarrowRow:
    """One row of `marrow.csv`; the fields are the columns, `mrd_class` is `class`."""

    sample_id: str
    subject_id: str
    visit: str
    panel: str
    kind: str
    simulated_events: int
    simulated_percent: float
    mrd_events: int | None
    denominator_events: int | None
    mrd_percent: float
    mrd_percent_lo95: float
    mrd_percent_hi95: float
    lod_percent: float
    status: str
    mrd_class: str
    paper_rule: str
    cd19_on_mrd: str
    response_by_mrd: str
    response_by_paper_rule: str
    response_given: str

    def cells(self) -> dict[str, object]:
        """Write the row by the columns of its table."""
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        return {"class" if name == "mrd_class" else name: own[name] for name in own}


@dataclass(frozen=True)
class MarrowEvidence:
    """What came of the marrows of the cohort.

    Attributes
    ----------
    rows : tuple of MarrowRow
        What was simulated beside what was found, by sample.
    comparisons : tuple of ComparisonRow
        The analyses of the response, with MRD before the cycle as it was found.
    """

    rows: tuple[MarrowRow, ...] = ()
    comparisons: tuple[ComparisonRow, ...] = ()


def gather_evidence(
    cohort: SyntheticCohort,
    counts: pd.DataFrame,
    planned: Sequence[PlannedMarrow],
    found: tuple[pd.DataFrame, pd.DataFrame],
) -> MarrowEvidence:
    """Join what was found in the marrows to the patients, and analyse the response.

    Parameters
    ----------
    cohort : SyntheticCohort
        The patients; MRD that their table has is put aside.
    counts : DataFrame
        `counts.csv` of their blood, for the other predictors.
    planned : sequence of PlannedMarrow
        What was simulated.
    found : tuple of two DataFrame
        Rows of `mrd.csv` and `mrd_candidates.csv`.

    Returns
    -------
    MarrowEvidence
        A marrow that could not be processed has no row.
    """
    mrd, candidates = found
    tables = cohort.with_counts(counts)
    cycles = {
        key: row.model_copy(update={"mrd_percent_before": None})
        for key, row in tables.people.cycles.items()
    }
    people = replace(tables.people, cycles=cycles)
    samples = tuple(one.sample for one in planned)
    measured = mrd_measurements(mrd, candidates, samples)
    points = follow_up_points(measured, people)
    plan = cohort.config.model_copy(
        update={
            "comparison": [],
            "group_comparison": [],
            "kinetics": [],
            "survival": [],
            "adverse_events": [],
            "characteristics": [],
        }
    )
    tables = replace(
        tables,
        config=plan,
        samples=(*tables.samples, *samples),
        people=with_mrd(people, measured, points),
        mrd=mrd,
        follow_up=points,
    )
    comparisons: Sequence[ComparisonRow] = analyse(tables)["comparisons"]
    by_sample = {one.measurement.sample_id: one for one in points}
    mrd_rows = {row["sample_id"]: row for row in mrd.to_dict("records")}
    rows = tuple(
        _row(one, mrd_rows[one.sample.sample_id], by_sample[one.sample.sample_id])
        for one in planned
        if one.sample.sample_id in by_sample
    )
    return MarrowEvidence(rows, tuple(comparisons))


def _row(
    planned: PlannedMarrow, found: Mapping[Any, Any], point: FollowUpPoint
) -> MarrowRow:
    one = point.measurement
    return MarrowRow(
        sample_id=one.sample_id,
        subject_id=one.subject_id,
        visit=one.visit,
        panel=planned.spec.panel,
        kind=planned.spec.kind,
        simulated_events=planned.n_blasts,
        simulated_percent=planned.simulated_percent,
        mrd_events=found["mrd_events"],
        denominator_events=found["denominator_events"],
        mrd_percent=one.percent.percent,
        mrd_percent_lo95=one.percent.lo95,
        mrd_percent_hi95=one.percent.hi95,
        lod_percent=one.lod_percent,
        status=one.status,
        mrd_class=one.mrd_class,
        paper_rule=one.paper_rule,
        cd19_on_mrd=one.cd19_on_mrd,
        response_by_mrd=point.by_class.response if point.by_class else "",
        response_by_paper_rule=point.by_paper.response if point.by_paper else "",
        response_given=point.response_given,
    )


def add_evidence(
    results: Iterable[ClaimResult],
    evidence: MarrowEvidence,
    routes: Mapping[str, Route],
) -> list[ClaimResult]:
    """Add to the reasons of claims about MRD what the marrows show.

    Parameters
    ----------
    results : iterable of ClaimResult
        Every claim with its verdict.
    evidence : MarrowEvidence
        Without rows where marrow was left out.
    routes : mapping of str to Route
        By claim.

    Returns
    -------
    list of ClaimResult
        In their order. Verdicts stay: what was simulated is no evidence about patients.
    """
    words = dict(evidence_words(evidence, routes))
    return [
        replace(one, reason=f"{one.reason} {words[one.id]}".strip())
        if one.id in words
        else one
        for one in results
    ]


def evidence_words(
    evidence: MarrowEvidence, routes: Mapping[str, Route]
) -> Iterator[tuple[str, str]]:
    """Put into a sentence what the marrows show of each claim.

    Parameters
    ----------
    evidence : MarrowEvidence
        What came of them.
    routes : mapping of str to Route
        By claim.

    Yields
    ------
    tuple of str
        A claim and its sentence; none without marrow.
    """
    before = [
        row for row in evidence.rows if row.visit == "D0" and row.simulated_events
    ]
    if before:
        yield from ((one, _described(before)) for one in _DESCRIBED)
    negative = [row for row in evidence.rows if not row.simulated_events]
    if negative:
        yield from ((one, _negative_words(negative)) for one in _NEGATIVE)
    judged = [row for row in evidence.rows if row.response_by_mrd]
    if judged:
        yield from ((one, _response_words(judged)) for one in _RESPONDED)
    answers = {(row.contrast, row.outcome): row for row in evidence.comparisons}
    n_undetected = sum(map(_is_undetected, before))
    for claim, route in routes.items():
        answer = answers.get((route.contrast, route.outcome))
        if answer is not None and route.outcome == "mrd_percent_before" and before:
            yield claim, _compared(answer, n_undetected)


def _described(rows: Sequence[MarrowRow]) -> str:
    """Tell median and range of MRD found, and what the cut-off makes of them."""
    found = [row.mrd_percent for row in rows if not isnan(row.mrd_percent)]
    spread = (median(found), min(found), max(found)) if found else (nan, nan, nan)
    middle, smallest, largest = (f"{one:.3g}" for one in spread)
    low = [row for row in rows if row.simulated_percent < CUT_PERCENT]
    others = [row for row in rows if row not in low]
    return (
        f"Simulated as marrow and gated, the {len(rows)} synthetic patients have MRD "
        f"of {middle} ({smallest} to {largest}) %. {len(low)} of them were simulated "
        f"below {CUT_PERCENT:g} %, negative by the paper's own rule, and in "
        f"{sum(map(_is_undetected, low))} of these fewer events were seen than a "
        f"finding takes; of the other {len(others)}, "
        f"{sum(map(_is_detected, others))} were detected."
    )


def _is_detected(row: MarrowRow) -> bool:
    return row.status.startswith("POS")


def _is_undetected(row: MarrowRow) -> bool:
    return row.mrd_class != "NE" and not _is_detected(row)


def _negative_words(rows: Sequence[MarrowRow]) -> str:
    n_called = sum(row.mrd_class == "CR" for row in rows)
    n_found = sum(map(_is_detected, rows))
    return (
        f"Of {len(rows)} simulated marrows without a leukaemic cell {n_called} were "
        f"called negative, with enough cells to exclude {CUT_PERCENT:g} %, and "
        f"{n_found} positive."
    )


def _response_words(rows: Sequence[MarrowRow]) -> str:
    def responders(name: str) -> int:
        return sum(getattr(row, name) in _RESPONSES for row in rows)

    n_differ = sum(row.response_by_mrd != row.response_given for row in rows)
    return (
        f"By the marrow after the cycle, simulated to fit the response and gated, "
        f"{responders('response_by_mrd')} of {len(rows)} responded by the status "
        f"table and {responders('response_by_paper_rule')} by the paper's rule; the "
        f"former differs from what is given in {n_differ}."
    )


def _compared(row: ComparisonRow, n_undetected: int) -> str:
    """Tell P, with MRD as it was found."""
    start = "With MRD as it was found in simulated marrow"
    if row.kind == "model":
        return f"{start} P is {p_words(row.p_value)}."
    return (
        f"{start} ({row.n_a} v {row.n_b}; {n_undetected} not detected, at their limit) "
        f"medians are {row.median_a:.3g} v {row.median_b:.3g} % "
        f"and P is {p_words(row.p_value)}."
    )
