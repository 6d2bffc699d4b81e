"""Mixed models against closed forms, least squares, statsmodels and R."""

import re
from dataclasses import astuple
from math import isnan, nan, sqrt
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import t
from statsmodels.regression.mixed_linear_model import MixedLM
from tests.stats.r_oracle import run_r

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.stats.mixed_model import (
    VisitEffect,
    random_intercept_mean,
    random_intercept_model,
)

Study = tuple[FloatArray, list[str], list[str]]

REML = "linear mixed model, random intercept of the subject, REML, Wald t"


def study(
    seed: int, *, n: int = 15, between: float = 0.5, missing: float = 0.0
) -> Study:
    """Build logarithms of counts of n subjects at four visits; some may be missing."""
    rng = np.random.default_rng(seed)
    subject, visit = np.repeat(np.arange(n), 4), np.tile(np.arange(4), n)
    values = 5 + 0.3 * visit + rng.normal(0, between, n)[subject]
    values += rng.normal(0, 0.4, values.size)
    values[rng.random(values.size) < missing] = nan
    return values, [f"P{one}" for one in subject], [f"D{7 * one}" for one in visit]


def fitted(values: list[float], subjects: str, visits: str) -> tuple[VisitEffect, ...]:
    """Fit a few values; subjects and visits are single letters, visit A is baseline."""
    return random_intercept_model(
        np.array(values, dtype=np.float64), list(subjects), list(visits), baseline="A"
    )


def numbers(effect: VisitEffect) -> tuple[float, ...]:
    """Give estimate, standard error, interval, t and P."""
    return (
        effect.estimate,
        effect.se,
        effect.lo95,
        effect.hi95,
        effect.statistic,
        effect.p_value,
    )


def assert_not_estimable(effect: VisitEffect, reason: str) -> None:
    assert all(isnan(number) for number in numbers(effect))
    assert effect.method == f"not estimable: {reason}"


def columns_of(visits: list[str]) -> NDArray[np.float64]:
    """Write the intercept and the visits after D0 as columns."""
    later = np.array(visits)[:, None] == np.array(["D7", "D14", "D21"])
    return np.column_stack([np.ones(len(visits)), later.astype(np.float64)])


def test_a_complete_study_gives_what_the_analysis_of_variance_gives() -> None:
    values, subjects, visits = study(1)
    table = values.reshape(15, 4)

    found = random_intercept_model(values, subjects, visits, baseline="D0")

    residuals = (
        table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
    )
    mean_square = float((residuals**2).sum()) / (14 * 3)
    for place, effect in enumerate(found, start=1):
        change = float((table[:, place] - table[:, 0]).mean())
        assert effect.estimate == pytest.approx(change, abs=1e-12)
        # The ratio of variances is known to about 1e-8, the summit being flat.
        assert effect.se == pytest.approx(sqrt(2 * mean_square / 15), rel=1e-7)
        assert effect.statistic == pytest.approx(effect.estimate / effect.se)
        assert effect.p_value == pytest.approx(2 * t.sf(abs(effect.statistic), 42))
        assert effect.hi95 == pytest.approx(change + t.ppf(0.975, 42) * effect.se)
        assert (effect.n_subjects, effect.n_values, effect.method) == (15, 15, REML)


def test_two_visits_of_all_subjects_give_the_paired_comparison() -> None:
    found = fitted([1.0, 4.0, 2.0, 4.0, 3.5, 7.0], "aabbcc", "ABABAB")

    changes = np.array([3.0, 2.0, 3.5])
    (effect,) = found
    assert effect.estimate == pytest.approx(changes.mean())
    assert effect.se == pytest.approx(changes.std(ddof=1) / sqrt(3), rel=1e-7)


def test_without_variance_between_subjects_the_model_is_least_squares() -> None:
    # Subjects alternate around the same mean more than chance would have it.
    values = [1.0, 5.0, 3.0, 3.2, 2.0, 4.1]

    (effect,) = fitted(values, "aabbcc", "ABABAB")

    before, after = np.array(values[::2]), np.array(values[1::2])
    pooled = (before.var(ddof=1) + after.var(ddof=1)) / 2
    assert effect.estimate == pytest.approx(after.mean() - before.mean())
    assert effect.se == pytest.approx(sqrt(2 * pooled / 3), rel=1e-10)
    assert effect.method == (
        f"{REML}; no variance between subjects, so ordinary least squares"
    )


@pytest.mark.parametrize("between", [0.3, 2.0])
def test_estimates_agree_with_those_of_statsmodels(between: float) -> None:
    values, subjects, visits = study(6, n=20, between=between)
    is_there = np.random.default_rng(6).random(values.size) > 0.2
    kept = [place for place, there in enumerate(is_there) if there]
    subjects = [subjects[place] for place in kept]
    visits = [visits[place] for place in kept]

    found = random_intercept_model(values[kept], subjects, visits, baseline="D0")

    known = MixedLM(values[kept], columns_of(visits), groups=subjects).fit(reml=True)
    estimates = [
        {one.visit: one.estimate for one in found}[f"D{7 * k}"] for k in (1, 2, 3)
    ]
    # Its search stops earlier than ours.
    np.testing.assert_allclose(estimates, known.fe_params[1:], atol=1e-4)


def test_missing_values_count_nowhere() -> None:
    values, subjects, visits = study(3, missing=0.3)
    is_there = ~np.isnan(values)

    found = random_intercept_model(values, subjects, visits, baseline="D0")

    left = [place for place, there in enumerate(is_there) if there]
    again = random_intercept_model(
        values[left],
        [subjects[place] for place in left],
        [visits[place] for place in left],
        baseline="D0",
    )
    assert {one.visit: numbers(one) for one in found} == {
        one.visit: numbers(one) for one in again
    }
    n_there = [int(there) for there in is_there.reshape(15, 4).sum(axis=0)[1:]]
    assert [one.n_values for one in found] == n_there
    assert [one.n_subjects for one in found] == n_there


def test_a_subject_without_baseline_still_informs() -> None:
    complete = fitted([1.0, 4.0, 2.0, 4.0, 3.5, 7.0], "aabbcc", "ABABAB")
    more = fitted([1.0, 4.0, 2.0, 4.0, 3.5, 7.0, 9.0], "aabbccd", "ABABABB")

    assert more[0].n_subjects == complete[0].n_subjects + 1
    assert more[0].estimate != pytest.approx(complete[0].estimate, abs=1e-6)


def test_effects_come_in_the_order_in_which_visits_first_appear() -> None:
    values, subjects, visits = study(2)

    found = random_intercept_model(
        values[::-1], subjects[::-1], visits[::-1], baseline="D14"
    )

    assert [one.visit for one in found] == ["D21", "D7", "D0"]


@given(st.integers(0, 1000), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_values_does_not_matter(seed: int, random: Random) -> None:
    values, subjects, visits = study(seed, n=6, missing=0.2)
    order = random.sample(range(values.size), values.size)

    found = random_intercept_model(values, subjects, visits, baseline="D0")
    again = random_intercept_model(
        values[order],
        [subjects[place] for place in order],
        [visits[place] for place in order],
        baseline="D0",
    )

    shuffled = {one.visit: numbers(one) for one in again}
    for one in found:
        assert numbers(one) == pytest.approx(
            shuffled[one.visit], rel=1e-5, abs=1e-7, nan_ok=True
        )


@given(st.integers(0, 1000), st.floats(-100, 100), st.floats(0.01, 100))
@settings(max_examples=25, deadline=None)
def test_a_shift_of_all_values_changes_nothing_and_a_factor_scales_the_change(
    seed: int, shift: float, factor: float
) -> None:
    values, subjects, visits = study(seed, n=6, missing=0.2)

    found = random_intercept_model(values, subjects, visits, baseline="D0")
    moved = random_intercept_model(
        factor * values + shift, subjects, visits, baseline="D0"
    )

    for one, other in zip(found, moved, strict=True):
        assert (other.estimate, other.se) == pytest.approx(
            (factor * one.estimate, factor * one.se), rel=1e-5, abs=1e-6 * factor
        )


def test_one_subject_is_not_enough() -> None:
    (effect,) = fitted([1.0, 2.0, 3.0, 5.0], "aaaa", "ABAB")

    assert_not_estimable(
        effect,
        "4 values of 1 subjects cannot tell scatter within subjects from scatter "
        "between them",
    )
    assert (effect.n_subjects, effect.n_values) == (1, 2)


@pytest.mark.parametrize(
    ("values", "subjects", "visits"),
    [
        pytest.param([1.0, 2.0, 4.0, 9.0], "abcd", "ABAB", id="nobody seen twice"),
        pytest.param([1.0, 2.0, 4.0], "aab", "ABA", id="one subject seen twice"),
        pytest.param([1.0, 2.0], "ab", "AB", id="one value a visit"),
        pytest.param([1.0, 2.0, 4.0, 9.0], "aabb", "AABB", id="each at one visit"),
    ],
)
def test_scatter_that_cannot_be_split_gives_no_estimate(
    values: list[float], subjects: str, visits: str
) -> None:
    (effect,) = fitted(values, subjects, visits)

    assert effect.method.endswith("from scatter between them")
    assert_not_estimable(effect, effect.method.removeprefix("not estimable: "))


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([1.0, 3.0, 2.0, 4.0, 5.5, 7.5], id="parallel"),
        pytest.param([0.1, 0.4, 0.2, 0.5, 0.3, 0.6], id="parallel but for rounding"),
        pytest.param([2.0] * 6, id="all equal"),
        pytest.param([0.0] * 6, id="all zero"),
    ],
)
def test_subjects_that_all_change_alike_leave_no_error_to_estimate(
    values: list[float],
) -> None:
    (effect,) = fitted(values, "aabbcc", "ABABAB")

    assert_not_estimable(effect, "all subjects change alike")


def test_nothing_gives_nothing() -> None:
    assert fitted([], "", "") == ()


def test_baseline_alone_has_no_change() -> None:
    assert fitted([1.0, 2.0, 3.0], "abc", "AAA") == ()


def test_a_visit_without_values_leaves_the_others_as_they_are() -> None:
    values = [1.0, 4.0, nan, 2.0, 4.0, nan, 3.5, 7.0, nan]

    with_gap = fitted(values, "aaabbbccc", "ABCABCABC")

    without = fitted([1.0, 4.0, 2.0, 4.0, 3.5, 7.0], "aabbcc", "ABABAB")
    assert astuple(with_gap[0]) == astuple(without[0])
    assert_not_estimable(with_gap[1], "no value at C")
    assert (with_gap[1].n_subjects, with_gap[1].n_values) == (0, 0)


def test_a_baseline_without_values_makes_all_changes_unknown() -> None:
    (effect,) = fitted([nan, 4.0, nan, 5.0], "aabb", "ABAB")

    assert_not_estimable(effect, "no value at A")
    assert effect.n_values == 2


def test_infinite_values_are_told_by_subject_and_visit() -> None:
    message = "infinite values: a at B, b at A; a logarithm needs a rule"
    with pytest.raises(ValueError, match=message):
        fitted([1.0, -np.inf, np.inf, 2.0], "aabb", "ABAB")


def test_a_baseline_that_is_no_visit_is_refused() -> None:
    message = "baseline 'D0' is none of the visits: A, B"
    with pytest.raises(ValueError, match=re.escape(message)):
        random_intercept_model(
            np.array([1.0, 2.0]), ["a", "a"], ["A", "B"], baseline="D0"
        )


def test_sequences_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 values, 1 subject ids, 2 visits"):
        random_intercept_model(np.array([1.0, 2.0]), ["a"], ["A", "B"], baseline="A")


# The search of nlme starts with expectation-maximisation; few of its steps, as by
# default, leave the last digits to chance.
LME = """
library(nlme)
fit <- lme(values ~ factor(visits), random = ~ 1 | factor(subjects), method = "REML",
           control = lmeControl(niterEM = 3000, msMaxIter = 1000, msTol = 1e-14,
                                tolerance = 1e-14))
found <- summary(fit)$tTable
emit(estimate = found[-1, 1], se = found[-1, 2], df = found[-1, 3], p = found[-1, 5])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "n", "between", "missing"),
    [
        pytest.param(1, 15, 0.5, 0.0, id="complete"),
        pytest.param(2, 15, 0.5, 0.25, id="a quarter missing"),
        pytest.param(3, 8, 0.2, 0.4, id="few subjects, many missing"),
        pytest.param(7, 15, 50.0, 0.25, id="almost all variance between subjects"),
    ],
)
def test_estimates_and_errors_are_those_of_nlme(
    seed: int, n: int, between: float, missing: float
) -> None:
    values, subjects, visits = study(seed, n=n, between=between, missing=missing)

    found = random_intercept_model(values, subjects, visits, baseline="D0")

    is_there = ~np.isnan(values)
    days = np.array([int(visit[1:]) for visit in visits])
    known = run_r(
        LME,
        values=values[is_there],
        visits=days[is_there],
        subjects=np.array(subjects)[is_there],
    )
    # Both searches end where the likelihood is flat to rounding.
    np.testing.assert_allclose(
        [one.estimate for one in found], known["estimate"], rtol=0, atol=1e-6
    )
    np.testing.assert_allclose([one.se for one in found], known["se"], rtol=1e-6)
    assert [one.df for one in found] == list(known["df"])
    np.testing.assert_allclose([one.p_value for one in found], known["p"], rtol=1e-4)


# ---- the mean of changes


def test_the_mean_of_balanced_changes_is_that_of_the_subjects() -> None:
    rng = np.random.default_rng(3)
    by_subject = rng.normal(0.4, 1, (7, 1)) + rng.normal(0, 0.3, (7, 4))
    subjects = [f"P{one}" for one in range(7) for _ in range(4)]

    found = random_intercept_mean(by_subject.ravel(), subjects)

    means = by_subject.mean(axis=1)
    assert found.estimate == pytest.approx(means.mean())
    assert found.se == pytest.approx(means.std(ddof=1) / sqrt(7), rel=1e-6)
    assert (found.df, found.n_subjects, found.n_values) == (6, 7, 28)


@pytest.mark.parametrize(
    ("changes", "subjects", "reason"),
    [
        ([], "", "no change"),
        ([1.0, 2.0, 4.0], "AAA", "3 values of 1 subjects"),
        ([1.0, 2.0, 4.0], "ABC", "3 values of 3 subjects"),
        ([1.0, 1.0, 4.0, 4.0], "AABB", "all subjects change alike"),
    ],
)
def test_a_mean_change_that_cannot_be_had_says_why(
    changes: list[float], subjects: str, reason: str
) -> None:
    found = random_intercept_mean(np.array(changes), list(subjects))

    assert all(isnan(number) for number in numbers(found))
    assert found.method.startswith(f"not estimable: {reason}")


@pytest.mark.slow
def test_the_mean_of_changes_is_that_of_nlme() -> None:
    rng = np.random.default_rng(9)
    n_cycles = [1, 1, 1, 2, 2, 3, 5]
    which = np.repeat(np.arange(7), n_cycles)
    changes = 0.3 + rng.normal(0, 1, 7)[which] + rng.normal(0, 0.4, which.size)

    found = random_intercept_mean(changes, [f"P{one}" for one in which])

    known = run_r(
        """
        library(nlme)
        fit <- lme(changes ~ 1, random = ~ 1 | subject, method = "REML",
                   data = data.frame(changes, subject = factor(subjects)),
                   control = lmeControl(niterEM = 3000, msMaxIter = 1000,
                                        msTol = 1e-14, tolerance = 1e-14))
        emit(estimate = fixef(fit), se = sqrt(vcov(fit)[1, 1]))
        """,
        changes=changes,
        subjects=which,
    )
    assert found.estimate == pytest.approx(float(known["estimate"]), abs=1e-6)
    assert found.se == pytest.approx(float(known["se"]), rel=1e-6)
