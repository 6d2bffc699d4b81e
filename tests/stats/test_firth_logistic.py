"""Firth's logistic regression against exact tables and its own writing in R."""

from dataclasses import astuple
from math import isnan, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2
from tests.stats.r_oracle import run_r

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.stats.firth_logistic import FirthFit, firth_logistic

# Newton's steps on the modified score (Firth 1993), free of any package.
FIRTH_IN_R = """
penalised <- function(b) {
  p <- c(plogis(X %*% b))
  sum(log(ifelse(y, p, 1 - p))) +
    determinant(crossprod(X * sqrt(p * (1 - p))))$modulus / 2
}
summit <- function(b, free) {
  for (step in 1:5000) {
    p <- c(plogis(X %*% b))
    root <- X * sqrt(p * (1 - p))
    information <- crossprod(root)
    hat <- rowSums((root %*% solve(information)) * root)
    score <- crossprod(X, y - p + hat * (0.5 - p))
    change <- solve(information[free, free], score[free])
    change <- change * min(1, 1 / max(abs(change)))
    b[free] <- b[free] + change
    if (max(abs(change)) < 1e-13) break
  }
  b
}
X <- cbind(1, X)
all <- seq_len(ncol(X))
b <- summit(numeric(ncol(X)), all)
p <- c(plogis(X %*% b))
se <- sqrt(diag(solve(crossprod(X * sqrt(p * (1 - p))))))
profile <- function(j, value) {
  start <- b
  start[j] <- value
  penalised(summit(start, all[-j]))
}
low <- penalised(b) - qchisq(0.95, 1) / 2
limit <- function(j, side) {
  uniroot(function(value) profile(j, value) - low, b[j] + c(0, side * se[j]),
          extendInt = if (side > 0) "downX" else "upX", tol = 1e-12)$root
}
terms <- all[-1]
emit(b = b[terms], se = se[terms], penalised = penalised(b),
     ratio = sapply(terms, function(j) 2 * (penalised(b) - profile(j, 0))),
     lo = sapply(terms, function(j) limit(j, -1)),
     hi = sapply(terms, function(j) limit(j, 1)))
"""


def fit_table(a: int, b: int, c: int, d: int) -> FirthFit:
    """Fit a 2 x 2 table: exposed with event a, without b; not exposed c and d."""
    exposed = np.repeat([1.0, 1.0, 0.0, 0.0], [a, b, c, d])
    is_event = np.repeat([True, False, True, False], [a, b, c, d])
    return firth_logistic(exposed[:, None], ["exposed"], is_event)


def example(seed: int, n: int, *, noise: float) -> tuple[FloatArray, BoolArray]:
    """Build a mutation, a dose in its unit, and an outcome that depends on both."""
    rng = np.random.default_rng(seed)
    mutated, dose = (rng.random(n) < 0.4).astype(np.float64), rng.normal(300, 80, n)
    is_event = mutated + (dose - 300) / 80 + rng.normal(0, noise, n) > 0.4
    return np.column_stack([mutated, dose]), is_event


cells = st.integers(0, 12)


@given(cells, cells, cells, cells)
@settings(max_examples=60, deadline=None)
def test_a_2_x_2_table_gives_the_odds_ratio_with_a_half_in_each_cell(
    a: int, b: int, c: int, d: int
) -> None:
    if 0 in (a + b, c + d, a + c, b + d):
        return

    (term,) = fit_table(a, b, c, d).terms

    half_added = [cell + 0.5 for cell in (a, b, c, d)]
    exact = log(half_added[0] * half_added[3] / half_added[1] / half_added[2])
    assert term.coefficient == pytest.approx(exact, abs=1e-8)
    assert term.odds_ratio == pytest.approx(np.exp(exact), rel=1e-8)


def test_a_separated_table_has_a_finite_estimate_within_its_interval() -> None:
    fit = fit_table(3, 0, 0, 3)

    (term,) = fit.terms
    assert term.coefficient == pytest.approx(log(49), abs=1e-8)
    # With fitted chances of 7/8 and 1/8 each arm has information 3 * 7/64.
    assert term.se == pytest.approx(sqrt(2 * 64 / 21), rel=1e-8)
    assert 1 < term.lo95 < term.odds_ratio < term.hi95 < np.inf
    assert term.p_value < 0.05
    assert (fit.n, fit.n_events, fit.events_per_variable) == (6, 3, 3)


def test_the_penalised_likelihood_of_a_table_is_that_of_its_cells() -> None:
    fit = fit_table(5, 2, 1, 6)

    first, second = 5.5 / 8, 1.5 / 8
    information = 7 * first * (1 - first) * 7 * second * (1 - second)
    cells = 5 * log(first) + 2 * log(1 - first) + log(second) + 6 * log(1 - second)
    assert fit.log_likelihood == pytest.approx(cells + log(information) / 2, abs=1e-9)


def test_a_predictor_that_tells_nothing_has_odds_ratio_1() -> None:
    (term,) = fit_table(4, 4, 4, 4).terms

    assert term.odds_ratio == pytest.approx(1, abs=1e-9)
    assert term.statistic == pytest.approx(0, abs=1e-9)
    assert term.p_value == pytest.approx(1, abs=1e-4)
    assert term.lo95 == pytest.approx(1 / term.hi95, rel=1e-6)


def test_p_is_that_of_the_statistic() -> None:
    (term,) = fit_table(9, 2, 3, 8).terms

    assert term.p_value == pytest.approx(chi2.sf(term.statistic, 1), rel=1e-10)


@pytest.mark.parametrize("noise", [0.001, 1.0])
def test_the_unit_of_a_predictor_changes_its_coefficient_alone(noise: float) -> None:
    predictors, is_event = example(3, 30, noise=noise)

    fine = firth_logistic(predictors, ["mutated", "dose"], is_event)
    coarse = firth_logistic(predictors / [1, 1000], ["mutated", "dose"], is_event)

    mutated, dose = coarse.terms
    assert astuple(mutated)[1:] == pytest.approx(astuple(fine.terms[0])[1:], rel=1e-6)
    assert dose.coefficient == pytest.approx(1000 * fine.terms[1].coefficient, rel=1e-7)
    assert dose.p_value == pytest.approx(fine.terms[1].p_value, rel=1e-7)


def test_the_order_of_predictors_and_subjects_does_not_matter() -> None:
    predictors, is_event = example(5, 25, noise=0.8)

    found = firth_logistic(predictors, ["mutated", "dose"], is_event)
    turned = firth_logistic(predictors[::-1, ::-1], ["dose", "mutated"], is_event[::-1])

    for one, other in zip(found.terms, turned.terms[::-1], strict=True):
        assert one.name == other.name
        assert astuple(one)[1:] == pytest.approx(astuple(other)[1:], rel=1e-6)


@pytest.mark.parametrize(
    ("predictors", "is_event", "reason"),
    [
        ([], [], "no subject"),
        ([[1.0], [2.0]], [True, True], "all subjects have the event"),
        ([[1.0], [2.0]], [False, False], "no subject has the event"),
        ([[1.0]], [True], "all subjects have the event"),
        ([[0.1], [0.1], [0.1]], [True, False, True], "all subjects have the same x0"),
        (
            [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0]],
            [True, False, True, False],
            "a predictor follows from the others, or there are too few subjects",
        ),
        (
            [[1.0, 5.0], [2.0, 4.0]],
            [True, False],
            "a predictor follows from the others, or there are too few subjects",
        ),
    ],
)
def test_what_cannot_be_fitted_says_why_and_gives_no_number(
    predictors: list[list[float]], is_event: list[bool], reason: str
) -> None:
    n_predictors = len(predictors[0]) if predictors else 1
    values = np.array(predictors, dtype=np.float64).reshape(-1, n_predictors)
    names = [f"x{place}" for place in range(n_predictors)]

    fit = firth_logistic(values, names, np.array(is_event, dtype=np.bool_))

    assert fit.method == f"not estimable: {reason}"
    assert [term.name for term in fit.terms] == names
    assert all(isnan(number) for term in fit.terms for number in astuple(term)[1:])
    assert isnan(fit.log_likelihood)
    assert fit.n == len(is_event)


def test_events_per_variable_counts_the_rarer_outcome() -> None:
    predictors, is_event = example(2, 20, noise=1.0)

    fit = firth_logistic(predictors, ["mutated", "dose"], is_event)

    n_events = int(is_event.sum())
    assert (fit.n, fit.n_events) == (20, n_events)
    assert fit.events_per_variable == min(n_events, 20 - n_events) / 2


def test_missing_values_are_told_by_name_and_subject() -> None:
    predictors = np.array([[1.0, 2.0], [np.nan, 3.0], [4.0, np.inf]])

    message = "found dose of subject 1: nan, age of subject 2: inf"
    with pytest.raises(ValueError, match=message):
        firth_logistic(predictors, ["dose", "age"], np.array([True, False, True]))


def test_shapes_and_types_that_do_not_fit_are_refused() -> None:
    is_event = np.array([True, False])

    with pytest.raises(ValueError, match="at least one predictor"):
        firth_logistic(np.empty((2, 0)), [], is_event)
    with pytest.raises(ValueError, match=r"shape \(3, 1\); 2 subjects and 1 names"):
        firth_logistic(np.ones((3, 1)), ["x"], is_event)
    with pytest.raises(TypeError, match="must be bool, not int64"):
        firth_logistic(np.ones((2, 1)), ["x"], np.array([1, 2]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "n", "noise"),
    [
        pytest.param(1, 60, 1.0, id="many subjects"),
        pytest.param(2, 15, 0.6, id="few subjects"),
        pytest.param(3, 30, 0.001, id="separated"),
    ],
)
def test_all_numbers_are_those_of_the_method_written_in_r(
    seed: int, n: int, noise: float
) -> None:
    predictors, is_event = example(seed, n, noise=noise)
    # The search in R is not standardised, ours is.
    predictors[:, 1] = (predictors[:, 1] - 300) / 80

    fit = firth_logistic(predictors, ["mutated", "dose"], is_event)

    known = run_r(FIRTH_IN_R, X=predictors, y=is_event)
    found = np.array([astuple(term)[1:] for term in fit.terms])
    np.testing.assert_allclose(found[:, 0], known["b"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(found[:, 1], known["se"], rtol=1e-8)
    np.testing.assert_allclose(np.log(found[:, 3]), known["lo"], rtol=0, atol=1e-7)
    np.testing.assert_allclose(np.log(found[:, 4]), known["hi"], rtol=0, atol=1e-7)
    np.testing.assert_allclose(found[:, 5], known["ratio"], rtol=0, atol=1e-8)
    assert fit.log_likelihood == pytest.approx(float(known["penalised"]), abs=1e-8)
