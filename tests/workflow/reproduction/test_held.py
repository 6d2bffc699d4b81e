"""Whether an analysis shows what a claim says."""

from dataclasses import replace
from math import nan

import pytest

from cytoflow_blina.domain.claim import Claim
from cytoflow_blina.published.claim_routes import claim_routes
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.stats.comparison_row import ComparisonRow
from cytoflow_blina.workflow.reproduction.held import (
    SeedRow,
    direction_holds,
    seed_rows,
    significance_holds,
)

CLAIMS = {one.id: one for one in published_claims()}

CD3 = ComparisonRow(
    "end of infusion vs baseline",
    "CD3",
    unit="cells/uL",
    n_pairs=47,
    n_a=47,
    n_b=47,
    n_excluded=1,
    median_a=960.0,
    min_a=30.0,
    max_a=3790.0,
    median_b=1130.0,
    min_b=260.0,
    max_b=7740.0,
    effect=200.0,
    p_value=0.016,
    rank_biserial=0.4,
)


def seen(claim: Claim, row: ComparisonRow) -> SeedRow:
    (found,) = seed_rows([claim], claim_routes(), [row], source="drawn", seed=1)
    return found


def test_the_published_numbers_hold() -> None:
    found = seen(CLAIMS["f1.cd3_abs"], CD3)

    assert found.holds
    assert found.medians_hold
    assert found.extremes_hold
    # In the unit of the paper, 10^9/L.
    assert (found.median_a, found.max_b, found.effect) == (0.96, 7.74, 0.2)


@pytest.mark.parametrize(
    ("change", "direction", "significance"),
    [
        pytest.param({"p_value": 0.0499}, True, True, id="just significant"),
        pytest.param({"p_value": 0.05}, True, False, id="0.05 is not"),
        pytest.param({"p_value": nan}, True, False, id="not defined"),
        pytest.param({"rank_biserial": -0.4}, False, True, id="a fall"),
        pytest.param({"rank_biserial": 0.0}, False, True, id="neither"),
        pytest.param({"rank_biserial": nan}, False, True, id="no pair changes"),
    ],
)
def test_direction_and_significance_are_both_asked(
    change: dict[str, float], *, direction: bool, significance: bool
) -> None:
    row = replace(CD3, **change)  # type: ignore[arg-type]  # numbers all

    assert direction_holds(CLAIMS["f1.cd3_abs"], row) is direction
    assert significance_holds(CLAIMS["f1.cd3_abs"], row) is significance


@pytest.mark.parametrize(
    ("median", "holds"), [(0.96, True), (1.05, True), (1.06, False), (0.87, True)]
)
def test_a_median_holds_within_a_tenth(median: float, *, holds: bool) -> None:
    found = seen(CLAIMS["f1.cd3_abs"], replace(CD3, median_a=1000 * median))

    assert found.medians_hold is holds


def test_small_numbers_hold_within_an_absolute_step() -> None:
    claim = CLAIMS["f1.cd3_abs"]

    # 0.03 printed: 0.06 is twice as much, and within 0.03 of it.
    assert seen(claim, replace(CD3, min_a=60.0)).extremes_hold
    assert not seen(claim, replace(CD3, min_a=61.0)).extremes_hold


def test_the_printed_medians_give_the_direction_of_two_groups() -> None:
    # The change of CD3 is larger in the first group, B cells are fewer in the second.
    change, b_cells = CLAIMS["f2.cd3"], CLAIMS["t2.b"]
    more_in_a = replace(CD3, kind="change", cliffs_delta=0.3)

    assert direction_holds(change, more_in_a)
    assert direction_holds(b_cells, replace(more_in_a, kind="groups"))
    assert not direction_holds(change, replace(more_in_a, cliffs_delta=-0.3))


def test_what_stays_the_same_has_no_direction() -> None:
    row = replace(CD3, kind="change", cliffs_delta=-0.2, p_value=0.2)

    assert direction_holds(CLAIMS["f2.cd8"], row)
    assert significance_holds(CLAIMS["f2.cd8"], row)


def test_what_is_not_significant_needs_no_direction() -> None:
    ratio = replace(
        CD3, outcome="CD4_CD8_RATIO", unit="1", p_value=0.5, rank_biserial=0.1
    )

    found = seen(CLAIMS["f1.ratio"], ratio)

    assert not found.direction_holds
    assert found.holds


def test_numbers_that_are_not_printed_are_not_judged() -> None:
    percent = replace(CD3, outcome="CD3_PERCENT", unit="%")

    found = seen(CLAIMS["f1.cd3_pct"], percent)

    assert found.medians_hold is None
    assert found.extremes_hold is None


def test_a_claim_that_no_comparison_answers_has_no_row() -> None:
    rows = seed_rows(CLAIMS.values(), claim_routes(), [], source="truth", seed=None)

    assert rows == []
