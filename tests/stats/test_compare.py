"""Rows of comparisons.csv and descriptives.csv, and the adjustment of P."""

from dataclasses import fields
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from cytoflow_blina.cohort.columns import columns_of
from cytoflow_blina.domain.comparison import (
    OUTCOMES,
    Outcome,
    PairedOutcome,
    VisitValues,
)
from cytoflow_blina.stats.adjust import holm
from cytoflow_blina.stats.compare import compare_pairs
from cytoflow_blina.stats.comparison_row import ComparisonRow
from cytoflow_blina.stats.describe import DescriptiveRow, describe, describe_visits

BY_NAME = {outcome.name: outcome for outcome in OUTCOMES}


def paired(
    name: str,
    change: float,
    n: int = 12,
    contrast: str = "EOT vs D0",
    subjects: tuple[str, ...] = (),
) -> PairedOutcome:
    before = np.linspace(1, 2, n) ** 3 * 100
    noise = np.random.default_rng(len(name)).normal(0, 10, n)
    return PairedOutcome(
        contrast,
        BY_NAME[name],
        subjects or tuple(f"P{i}" for i in range(n)),
        before,
        before + change + noise,
        n_excluded=3,
    )


def test_the_rows_are_those_of_the_registry() -> None:
    for row, table in (
        (ComparisonRow, "comparisons"),
        (DescriptiveRow, "descriptives"),
    ):
        assert [one.name for one in fields(row)] == list(columns_of(table))


def test_the_outcomes_are_of_two_families() -> None:
    families: dict[str, list[str]] = {}
    for outcome in OUTCOMES:
        families.setdefault(outcome.family, []).append(outcome.name)

    assert families["counts"] == [
        *("CD3", "CD4", "CD8", "NK", "CD19", "CD4_CD8_RATIO"),
        "LYMPH",
    ]
    assert families["percentages"] == [
        *(f"{name}_PERCENT" for name in ("CD3", "CD4", "CD8", "NK", "CD19")),
        "CD3_PERCENT_OF_NON_B",
    ]
    assert len(BY_NAME) == len(OUTCOMES)


def test_a_row_carries_its_n_its_medians_and_how_p_was_had() -> None:
    (row,) = compare_pairs([paired("CD3", 50)])

    assert (row.n_pairs, row.n_a, row.n_b, row.n_excluded) == (12, 12, 12, 3)
    assert row.min_a == 100
    assert row.max_a == 800
    assert row.effect == pytest.approx(50, abs=8)
    assert row.effect_lo95 < row.effect < row.effect_hi95
    assert row.test == "Wilcoxon matched-pairs signed-rank, two-sided"
    assert row.zero_rule == "wilcox: pairs without change dropped before ranking"
    assert row.method == "exact; differences to 12 digits"
    assert row.adjustment == "Holm"
    assert row.unit == "cells/uL"
    assert row.p_value < 0.01


def test_the_effect_is_not_the_difference_of_the_medians() -> None:
    before = np.array([1.0, 2, 3, 4, 5, 6, 7])
    after = np.array([8.0, 9, 10, 4, 5, 6, 7])
    outcome = PairedOutcome("c", BY_NAME["CD3"], tuple("abcdefg"), before, after, 0)

    (row,) = compare_pairs([outcome])

    assert row.median_b - row.median_a == 3
    assert row.effect == 3.5


def test_p_is_adjusted_within_contrast_and_family() -> None:
    rows = compare_pairs(
        [
            paired("CD3", 50),
            paired("CD4_PERCENT", 50),
            paired("CD4", 2),
            paired("CD3", 50, contrast="EOT vs D0, without low counts"),
        ]
    )

    cd3, percent, cd4, other = rows
    assert cd3.p_adjusted == pytest.approx(2 * cd3.p_value)
    assert cd4.p_adjusted == pytest.approx(max(cd4.p_value, cd3.p_adjusted))
    assert percent.p_adjusted == percent.p_value
    assert other.p_adjusted == other.p_value


def test_a_test_that_is_not_defined_does_not_count_in_its_family() -> None:
    none = PairedOutcome(
        "EOT vs D0", BY_NAME["CD19"], ("P1",), np.zeros(1), np.zeros(1), 4
    )

    cd3, b = compare_pairs([paired("CD3", 50), none])

    assert cd3.p_adjusted == cd3.p_value
    assert isnan(b.p_value)
    assert isnan(b.p_adjusted)
    assert b.method == "not defined: 0 of 1 pairs change"
    assert (b.n_pairs, b.median_a, b.effect, b.n_zero) == (1, 0, 0, 1)


def test_no_pairs_have_no_medians() -> None:
    none = PairedOutcome("c", BY_NAME["NK"], (), np.empty(0), np.empty(0), 7)

    (row,) = compare_pairs([none])

    assert (row.n_pairs, row.n_excluded) == (0, 7)
    assert isnan(row.median_a)
    assert isnan(row.effect)


def test_no_outcomes_give_no_rows() -> None:
    assert compare_pairs([]) == ()


def test_several_cycles_of_a_subject_are_compared_by_a_mixed_model() -> None:
    subjects = tuple(f"P{i % 5}" for i in range(12))

    (row,) = compare_pairs([paired("CD3", 150, subjects=subjects)])

    assert row.method.startswith("several cycles of a subject, hence a mixed model")
    assert row.test.startswith("linear mixed model")
    assert row.effect_kind == (
        "geometric mean of the ratios of (value + 1), later to earlier"
    )
    assert row.effect_lo95 < row.effect < row.effect_hi95
    assert row.effect > 1.2
    assert row.zero_rule == ""


def test_cycles_of_a_subject_do_not_stand_for_further_subjects() -> None:
    n_subjects, n_cycles = 6, 5
    rng = np.random.default_rng(4)
    # What a subject gains by the treatment comes back in each of its cycles.
    gains = np.repeat(rng.normal(0, 1, n_subjects), n_cycles)
    before = rng.normal(8, 1, gains.size)
    after = before + gains + rng.normal(0, 0.2, gains.size)
    subjects = tuple(np.repeat(list("ABCDEF"), n_cycles).tolist())
    none = np.full(gains.size, nan)
    pairs = PairedOutcome(
        "c", BY_NAME["CD3"], subjects, 2**before - 1, 2**after - 1, 0, none, none
    )

    (row,) = compare_pairs([pairs])

    means = (after - before).reshape(n_subjects, n_cycles).mean(axis=1)
    assert row.p_value == pytest.approx(ttest_1samp(means, 0).pvalue, rel=1e-6)
    assert row.effect == pytest.approx(2 ** means.mean())


def test_a_value_without_logarithm_is_not_modelled() -> None:
    none = np.full(3, nan)
    before, after = np.array([-1.0, 2, 3]), np.array([1.0, 2, 3])
    pairs = PairedOutcome(
        "c", BY_NAME["CD3"], ("A", "A", "B"), before, after, 0, none, none
    )

    (row,) = compare_pairs([pairs])

    assert isnan(row.p_value)
    assert row.method.endswith("not defined: -1 + 1 has no logarithm")


def test_a_single_subject_with_several_cycles_has_no_p() -> None:
    (row,) = compare_pairs([paired("CD3", 50, subjects=("P1",) * 12)])

    assert isnan(row.p_value)
    assert "not estimable" in row.method


def test_values_below_different_limits_are_told() -> None:
    before, after = np.array([2.44, 0.32, 5.0, 6, 7, 8]), np.full(6, 9.0)
    limits = np.array([2.44, 0.32, nan, nan, nan, nan])
    cytokine = Outcome("IL-5", "IL-5", "value", "pg/mL", "measurements")
    pairs = PairedOutcome(
        "c", cytokine, tuple("abcdef"), before, after, 0, limits, np.full(6, nan)
    )

    (row,) = compare_pairs([pairs])

    assert (row.n_censored_a, row.n_censored_b) == (2, 0)
    assert "values below different limits (0.32, 2.44)" in row.method


def test_a_change_from_a_limit_is_told_to_be_the_least_possible() -> None:
    before, after = np.full(6, 2.5), np.arange(3.0, 9)
    cytokine = Outcome("IL-5", "IL-5", "value", "pg/mL", "measurements")
    pairs = PairedOutcome(
        *("c", cytokine, tuple("abcdef"), before, after, 0, before, np.full(6, nan))
    )

    (row,) = compare_pairs([pairs])

    assert row.method.endswith(
        "values below their limit (2.5) stand at it, so that their changes are the "
        "least possible"
    )


# ---- adjustment


def test_holm_is_the_worked_example() -> None:
    # Holm (1979) by hand: 4 x 0.01, 3 x 0.02, 2 x 0.03, then the running maximum.
    adjusted = holm(np.array([0.01, 0.04, 0.03, 0.02]))

    assert adjusted == pytest.approx([0.04, 0.06, 0.06, 0.06])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=12))
def test_holm_never_lowers_p_keeps_its_order_and_stays_below_bonferroni(
    drawn: list[float],
) -> None:
    p_values = np.array(drawn)

    adjusted = holm(p_values)

    assert (adjusted >= p_values).all()
    assert (adjusted <= np.minimum(1, p_values.size * p_values) + 1e-12).all()
    order = np.argsort(p_values)
    assert (np.diff(adjusted[order]) >= 0).all()


def test_holm_leaves_out_what_was_not_tested() -> None:
    adjusted = holm(np.array([nan, 0.01, nan, 0.04]))

    assert adjusted == pytest.approx([nan, 0.02, nan, 0.04], nan_ok=True)
    assert holm(np.empty(0)).size == 0
    assert np.isnan(holm(np.array([nan]))).all()


# ---- descriptions


def test_quartiles_are_those_of_r() -> None:
    # R: quantile(c(1, 2, 4, 8)) prints 1, 1.75, 3, 5, 8.
    found = describe(np.array([8.0, 1.0, 4.0, 2.0]))

    assert (found.min, found.q1, found.median, found.q3, found.max) == (
        1,
        1.75,
        3,
        5,
        8,
    )
    assert (found.n, found.n_missing, found.n_censored) == (4, 0, 0)


def test_missing_values_are_counted_and_zeros_are_values() -> None:
    found = describe(
        np.array([0.0, nan, 0.0, 3.0, nan]), np.array([True, True, True, False, False])
    )

    assert (found.n, found.n_missing, found.n_censored) == (3, 2, 2)
    assert (found.min, found.median, found.max) == (0, 0, 3)


@pytest.mark.parametrize("values", [np.empty(0), np.array([nan, nan])])
def test_nothing_is_described_as_nothing(values: np.ndarray) -> None:
    found = describe(values)

    assert (found.n, found.n_missing) == (0, values.size)
    assert isnan(found.median)


def test_a_single_value_is_its_own_median_and_quartiles() -> None:
    found = describe(np.array([5.0]))

    assert {found.median, found.q1, found.q3, found.min, found.max} == {5.0}


def test_descriptives_say_outcome_group_and_visit() -> None:
    outcome = Outcome("NK", "NK", "cells_per_ul", "cells/uL", "counts")
    visit = VisitValues(
        outcome, "all", "D0", np.array([1.0, nan, 3.0]), np.zeros(3, dtype=bool), 1
    )

    (row,) = describe_visits([visit])

    assert (row.outcome, row.group, row.visit, row.unit) == (
        "NK",
        "all",
        "D0",
        "cells/uL",
    )
    assert (row.n, row.n_missing, row.n_no_sample, row.median) == (2, 1, 1, 2.0)
