"""Ask whether an analysis of the cohort shows what a claim of the paper says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isnan, nan

from cytoflow_blina.domain.claim import Claim
from cytoflow_blina.published.claim_routes import Route
from cytoflow_blina.stats.comparison_row import ComparisonRow

SIGNIFICANT = 0.05
MEDIAN_TOLERANCE = (0.10, 0.02)
"""A median holds within a tenth of the printed one, or 0.02 of its unit."""
EXTREME_TOLERANCE = (0.15, 0.03)
"""An extreme holds within 15 % of the printed one, or 0.03 of its unit."""

_PER_1E9_PER_L = 1000.0


@dataclass(frozen=True)
class SeedRow:
    """One row of `seeds.csv`; the fields are the columns.

    Values are in the unit of the claim. `holds` is significance, and direction where
    the paper calls the difference significant: what P cannot tell from no difference
    has no direction to hold. `medians_hold` and `extremes_hold` are empty where none is
    printed.
    """

    claim: str
    source: str
    seed: int | None
    contrast: str
    outcome: str
    n_a: int | None
    n_b: int | None
    n_excluded: int | None
    median_a: float
    min_a: float
    max_a: float
    median_b: float
    min_b: float
    max_b: float
    effect: float
    p_value: float
    direction_holds: bool
    significance_holds: bool
    holds: bool
    medians_hold: bool | None
    extremes_hold: bool | None


def seed_rows(
    claims: Iterable[Claim],
    routes: Mapping[str, Route],
    comparisons: Iterable[ComparisonRow],
    *,
    source: str,
    seed: int | None,
) -> list[SeedRow]:
    """Look every claim up among the comparisons of a cohort.

    Parameters
    ----------
    claims : iterable of Claim
        Claims whose route names a contrast.
    routes : mapping of str to Route
        By claim.
    comparisons : iterable of ComparisonRow
        Rows of `comparisons.csv`.
    source : {"truth", "drawn", "fcs"}
        How the counts were had.
    seed : int or None
        Seed of the cytometer; None for the truth.

    Returns
    -------
    list of SeedRow
        One for each claim that a comparison answers, in the order of the claims.
    """
    found = {(row.contrast, row.outcome): row for row in comparisons}
    rows = []
    for claim in claims:
        route = routes[claim.id]
        answer = found.get((route.contrast, route.outcome))
        if answer is not None:
            rows.append(_seed_row(claim, answer, source, seed))
    return rows


def _seed_row(
    claim: Claim, row: ComparisonRow, source: str, seed: int | None
) -> SeedRow:
    scale = _PER_1E9_PER_L if row.unit == "cells/uL" else 1.0
    direction, significance = (
        direction_holds(claim, row),
        significance_holds(claim, row),
    )
    values = {
        name: getattr(row, name) / scale
        for side in "ab"
        for name in (f"median_{side}", f"min_{side}", f"max_{side}")
    }
    return SeedRow(
        claim=claim.id,
        source=source,
        seed=seed,
        contrast=row.contrast,
        outcome=row.outcome,
        n_a=row.n_a,
        n_b=row.n_b,
        n_excluded=row.n_excluded,
        effect=row.effect
        / (scale if row.kind in {"paired", "change", "groups"} else 1),
        p_value=row.p_value,
        direction_holds=direction,
        significance_holds=significance,
        holds=significance and (direction or claim.significant != "yes"),
        medians_hold=_all_hold(claim, values, ("median",), MEDIAN_TOLERANCE),
        extremes_hold=_all_hold(claim, values, ("min", "max"), EXTREME_TOLERANCE),
        **values,
    )


def significance_holds(claim: Claim, row: ComparisonRow) -> bool:
    """Tell whether P lies on the published side of 0.05.

    Parameters
    ----------
    claim : Claim
        What the paper says; `same` without a P means 0.05 or more.
    row : ComparisonRow
        Our comparison.

    Returns
    -------
    bool
        False where our test is not defined.
    """
    return not isnan(row.p_value) and (
        (row.p_value < SIGNIFICANT) == (claim.significant == "yes")
    )


def direction_holds(claim: Claim, row: ComparisonRow) -> bool:
    """Tell whether values differ in the published direction.

    Parameters
    ----------
    claim : Claim
        What the paper says. Of two groups the printed medians give the direction,
        of two visits the words do; a claim that says `same` has none.
    row : ComparisonRow
        Our comparison.

    Returns
    -------
    bool
        By ranks: the matched rank-biserial correlation, or Cliff's delta; by the odds
        ratio in a model.
    """
    expected = _published_sign(claim, row.kind)
    return expected == 0 or expected * _sign(row) > 0


def _published_sign(claim: Claim, kind: str) -> int:
    words = {"up": 1, "down": -1}.get(claim.direction, 0)
    if words == 0 or kind in {"paired", "model"}:
        return words
    a, b = (_number(text) for text in (claim.a_value, claim.b_value))
    return words if isnan(a - b) else int(a > b) - int(a < b)


def _sign(row: ComparisonRow) -> float:
    if row.kind == "paired":
        return row.rank_biserial
    return row.effect - 1 if row.kind == "model" else row.cliffs_delta


def _all_hold(
    claim: Claim,
    values: Mapping[str, float],
    parts: tuple[str, ...],
    tolerance: tuple[float, float],
) -> bool | None:
    """Compare printed values with ours; None where none is printed."""
    share, least = tolerance
    names = {"median": "value"}
    held = []
    for side in "ab":
        for part in parts:
            printed = _number(getattr(claim, f"{side}_{names.get(part, part)}"))
            if not isnan(printed):
                allowed = max(share * abs(printed), least)
                ours = values[f"{part}_{side}"]
                held.append(abs(ours - printed) <= allowed + 1e-12)
    return all(held) if held else None


def _number(text: str) -> float:
    try:
        return float(text) if text else nan
    except ValueError:
        return nan
