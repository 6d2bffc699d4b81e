"""Answer the claims with counts that were drawn, one seed of the cytometer each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from cytoflow_blina.published.claim_routes import claim_routes
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.stats.comparison_row import ComparisonRow
from cytoflow_blina.workflow.analysis import analyse
from cytoflow_blina.workflow.cohort_tables import CohortTables
from cytoflow_blina.workflow.reproduction.calibration import (
    Ratio,
    measured_ratios,
)
from cytoflow_blina.workflow.reproduction.cohort import SyntheticCohort, load_cohort
from cytoflow_blina.workflow.reproduction.drawn_counts import (
    draw_counts,
    true_counts_frame,
)
from cytoflow_blina.workflow.reproduction.held import SeedRow, seed_rows
from cytoflow_blina.workflow.reproduction.sources import DRAWN
from cytoflow_blina.workflow.samples import counting_errors


@dataclass(frozen=True)
class SeedResult:
    """What one seed of the cytometer makes of the cohort.

    Attributes
    ----------
    rows : tuple of SeedRow
        One for each claim that counts answer.
    ratios : tuple of Ratio
        Measured against true counts.
    """

    rows: tuple[SeedRow, ...]
    ratios: tuple[Ratio, ...]


def draw_seed(seed: int) -> SeedResult:
    """Draw the counts of the cohort, and answer the claims with them.

    Parameters
    ----------
    seed : int
        Seed of the cytometer.

    Returns
    -------
    SeedResult
        Of the shipped cohort.
    """
    cohort = _cohort()
    errors = counting_errors(cohort.config.counting)
    counts = draw_counts(cohort.samples, seed, errors)
    return answer(cohort, counts, source=DRAWN, seed=seed)


def answer(
    cohort: SyntheticCohort, counts: pd.DataFrame, *, source: str, seed: int
) -> SeedResult:
    """Answer every claim that counts can answer.

    Parameters
    ----------
    cohort : SyntheticCohort
        The patients and their plan.
    counts : DataFrame
        Their `counts.csv`, however it was had.
    source : {"drawn", "fcs"}
        How.
    seed : int
        Seed of the cytometer.

    Returns
    -------
    SeedResult
        Analyses that do not look at counts are left out.
    """
    tables = cohort.with_counts(counts)
    rows = seed_rows(
        published_claims(),
        claim_routes(),
        _comparisons(tables),
        source=source,
        seed=seed,
    )
    ratios = measured_ratios(_truth(), counts, source, seed)
    return SeedResult(tuple(rows), tuple(ratios))


def _comparisons(tables: CohortTables) -> Iterable[ComparisonRow]:
    """Make the analyses that look at counts."""
    plan = tables.config.model_copy(
        update={
            "kinetics": [],
            "survival": [],
            "adverse_events": [],
            "characteristics": [],
        }
    )
    rows: Iterable[ComparisonRow] = analyse(replace(tables, config=plan))["comparisons"]
    return rows


@cache
def _cohort() -> SyntheticCohort:
    return load_cohort()


@cache
def _truth() -> pd.DataFrame:
    return true_counts_frame(_cohort().samples)
