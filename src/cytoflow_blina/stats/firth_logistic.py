"""Estimate what goes with a yes-or-no outcome of few subjects."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from firthmodels import FirthLogisticRegression
from sklearn.exceptions import ConvergenceWarning

from cytoflow_blina.domain.events import BoolArray, FloatArray

_MOST_STEPS = 500
_TOLERANCE = 1e-10
_METHOD = (
    "logistic regression, Firth's penalised likelihood; "
    "profile likelihood interval, likelihood ratio test"
)


@dataclass(frozen=True)
class FirthTerm:
    """One predictor of the outcome, adjusted for the others.

    Attributes
    ----------
    name : str
        The predictor.
    coefficient, se : float
        Change of the log odds for one unit of the predictor, with its standard error
        from the information matrix; NaN, as all below, where the model cannot be
        fitted.
    odds_ratio, lo95, hi95 : float
        exp(coefficient), with the 95 % interval of the profile penalised likelihood;
        a limit is NaN where the search for it failed, which `method` then says.
    statistic, p_value : float
        Penalised likelihood ratio, chi-squared with 1 degree of freedom, and its P.
    """

    name: str
    coefficient: float
    se: float
    odds_ratio: float
    lo95: float
    hi95: float
    statistic: float
    p_value: float


@dataclass(frozen=True)
class FirthFit:
    """A fitted model with what decides how far it can be trusted.

    Attributes
    ----------
    terms : tuple of FirthTerm
        One for each predictor, in their order; the intercept is not among them.
    n, n_events : int
        Subjects, and those with the event.
    events_per_variable : float
        The smaller of the numbers with and without event, for each predictor; under
        5 to 10 a model is exploratory at best.
    log_likelihood : float
        Penalised log likelihood at its summit; NaN where the model cannot be fitted.
    method : str
        How it was had, or why not.
    """

    terms: tuple[FirthTerm, ...]
    n: int
    n_events: int
    events_per_variable: float
    log_likelihood: float
    method: str


def firth_logistic(
    predictors: FloatArray, names: Sequence[str], is_event: BoolArray
) -> FirthFit:
    """Fit a logistic regression by Firth's penalised likelihood.

    Parameters
    ----------
    predictors : ndarray of float64, shape (n_subjects, n_predictors)
        No NaN: leave subjects out who lack a value, and say so.
    names : sequence of str
        One for each predictor.
    is_event : ndarray of bool, shape (n_subjects,)
        True for the outcome.

    Returns
    -------
    FirthFit
        Terms of NaN, with the reason in `method`, where all subjects or none have the
        event, where a predictor does not vary or follows from the others, or where
        the search does not end.

    Raises
    ------
    ValueError
        Without predictors, for values that are not finite, telling which, or for
        shapes that do not fit.
    TypeError
        Where `is_event` is not of truth values.

    Notes
    -----
    The penalty of Firth (1993) takes the first-order bias away and keeps estimates
    finite where a predictor separates those with the event from those without (Heinze
    and Schemper 2002). Wald tests and intervals fail just there, so the test and the
    interval are those of the penalised likelihood. With a single predictor of two
    values the odds ratio is that of the 2 x 2 table with 1/2 added to each cell.
    """
    _check(predictors, names, is_event)
    n, n_predictors = predictors.shape
    n_events = int(np.count_nonzero(is_event))
    numbers, log_likelihood, words = _fitted(predictors, names, is_event)
    return FirthFit(
        terms=tuple(
            FirthTerm(name, *row)
            for name, row in zip(names, numbers.tolist(), strict=True)
        ),
        n=n,
        n_events=n_events,
        events_per_variable=min(n_events, n - n_events) / n_predictors,
        log_likelihood=log_likelihood,
        method=words,
    )


def _check(predictors: FloatArray, names: Sequence[str], is_event: BoolArray) -> None:
    """Refuse what no model can be made of."""
    if is_event.dtype != np.bool_:
        raise TypeError(f"is_event must be bool, not {is_event.dtype}")
    if not names:
        raise ValueError("a logistic regression needs at least one predictor")
    if predictors.shape != (is_event.size, len(names)):
        raise ValueError(
            f"predictors have shape {predictors.shape}; {is_event.size} subjects and "
            f"{len(names)} names were given"
        )
    wrong = np.argwhere(~np.isfinite(predictors))
    if wrong.size:
        found = ", ".join(
            f"{names[column]} of subject {row}: {predictors[row, column]}"
            for row, column in wrong.tolist()
        )
        raise ValueError(f"predictors must be numbers; found {found}")


def _fitted(
    predictors: FloatArray, names: Sequence[str], is_event: BoolArray
) -> tuple[FloatArray, float, str]:
    """Fit the model, or say why that cannot be done.

    The numbers of each term, ndarray of float64, shape (n_predictors, 7), the
    penalised log likelihood, and the words.
    """
    unknown: FloatArray = np.full((len(names), 7), nan)
    if reason := _why_not(predictors, names, is_event):
        return unknown, nan, f"not estimable: {reason}"
    # The penalised likelihood is the same in any unit; the search is not.
    spread = predictors.std(axis=0)
    model = FirthLogisticRegression(
        backend="numpy",
        max_iter=_MOST_STEPS,
        # Halving takes rounding noise at the summit for a failure.
        max_halfstep=0,
        gtol=_TOLERANCE,
    )
    columns = range(len(names))
    standardised = (predictors - predictors.mean(axis=0)) / spread
    with warnings.catch_warnings():
        # What was not found stays NaN, and is told below.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(standardised, is_event.astype(int))
        if not model.converged_:
            return unknown, nan, f"not estimable: no summit in {_MOST_STEPS} steps"
        model.lrt(columns)
        intervals = model.conf_int(
            method="pl", features=columns, max_iter=_MOST_STEPS, tol=_TOLERANCE
        )[:-1]
    coefficients = model.coef_ / spread
    # The package has the ratio as coefficient / sqrt(statistic).
    statistics = (model.coef_ / model.lrt_bse_[:-1]) ** 2
    with np.errstate(over="ignore"):
        ratios = np.exp(np.column_stack([coefficients, intervals / spread[:, None]]))
    numbers = np.column_stack(
        [
            coefficients,
            _standard_errors(model.predict_proba(standardised)[:, 1], predictors),
            ratios,
            statistics,
            model.lrt_pvalues_[:-1],
        ]
    )
    words = _METHOD
    if np.isnan(numbers).any():
        words += "; the search for some end of an interval failed"
    return numbers, float(model.loglik_ + np.log(spread).sum()), words


def _standard_errors(chances: FloatArray, predictors: FloatArray) -> FloatArray:
    """Take standard errors from Fisher's information, as Heinze and Schemper do.

    The package takes them from the information of its augmented observations, which
    makes them smaller. ndarray of float64, shape (n_predictors,).
    """
    weights = chances * (1 - chances)
    # The intercept is free: what counts is how predictors scatter about their mean.
    centred = predictors - np.average(predictors, axis=0, weights=weights)
    spread = centred.std(axis=0)
    scaled = centred / spread
    information = scaled.T @ (weights[:, None] * scaled)
    errors: FloatArray = np.sqrt(np.diag(np.linalg.inv(information))) / spread
    return errors


def _why_not(
    predictors: FloatArray, names: Sequence[str], is_event: BoolArray
) -> str | None:
    """Say why a model cannot be fitted, if so."""
    if is_event.size == 0:
        return "no subject"
    if is_event.all():
        return "all subjects have the event"
    if not is_event.any():
        return "no subject has the event"
    spread = predictors.std(axis=0)
    flat = [
        name
        for name, column in zip(names, predictors.T, strict=True)
        if np.unique(column).size == 1
    ]
    if flat:
        return f"all subjects have the same {', '.join(flat)}"
    centred = (predictors - predictors.mean(axis=0)) / spread
    if np.linalg.matrix_rank(centred) < len(names):
        return "a predictor follows from the others, or there are too few subjects"
    return None
