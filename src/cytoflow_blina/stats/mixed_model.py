"""Estimate how values change over visits when subjects miss some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import t

from cytoflow_blina.domain.events import FloatArray

IntArray = NDArray[np.int64]

# Logarithms of the ratio of the two variances where the search begins.
_LOG_RATIOS = np.linspace(-16.0, 20.0, 73)
# Relative to the largest value: what is smaller is rounding noise.
_NOISE = 1e-12
_METHOD = "linear mixed model, random intercept of the subject, REML, Wald t"


@dataclass(frozen=True)
class VisitEffect:
    """Change of one visit against baseline.

    Attributes
    ----------
    visit : str
        The visit.
    n_subjects, n_values : int
        Subjects with a value at this visit, and their values.
    estimate, se, lo95, hi95 : float
        Mean of this visit less that of baseline, on the scale of the values, with its
        standard error and 95 % interval; NaN where it cannot be estimated.
    statistic, p_value : float
        t, and its two-sided P.
    df : int
        Degrees of freedom of t; 0 where it cannot be estimated.
    method : str
        How they were had, or why not.
    """

    visit: str
    n_subjects: int
    n_values: int
    estimate: float
    se: float
    lo95: float
    hi95: float
    statistic: float
    p_value: float
    df: int
    method: str


@dataclass(frozen=True, eq=False)
class _Design:
    """Values, visits and subjects that have one, as the model takes them.

    The first column of `visits` is the intercept, the others stand for one visit each;
    ndarray of float64, shape (n_values, n_visits). `subjects` counts from 0;
    ndarray of int64, shape (n_values,). `noise` is the size of rounding errors.
    """

    values: FloatArray
    visits: FloatArray
    subjects: IntArray
    n_of_subject: IntArray
    noise: float


@dataclass(frozen=True, eq=False)
class _Fit:
    """Effects at one ratio of variances, with minus twice the restricted likelihood."""

    effects: FloatArray
    covariance: FloatArray
    deviance: float

    def of_column(self, place: int) -> tuple[float, float]:
        """Give the effect of one column and its standard error."""
        return float(self.effects[place]), float(np.sqrt(self.covariance[place, place]))


def random_intercept_model(
    values: FloatArray,
    subject_ids: Sequence[str],
    visits: Sequence[str],
    *,
    baseline: str,
) -> tuple[VisitEffect, ...]:
    """Estimate the change of each visit against baseline from all values there are.

    Parameters
    ----------
    values : ndarray of float64, shape (n_values,)
        On the scale of the analysis (logarithms of cell counts, say); NaN where
        missing.
    subject_ids, visits : sequence of str
        Subject and visit of each value.
    baseline : str
        The visit that the others are compared with.

    Returns
    -------
    tuple of VisitEffect
        One for each other visit, in the order of their first appearance. All is NaN,
        with the reason in `method`, where there is no value at the visit or at
        baseline, or where scatter within subjects and between them cannot be told
        apart (one subject, nobody seen twice, everybody changing alike).

    Raises
    ------
    ValueError
        For infinite values (the logarithm of a count of 0), sequences of different
        length, or a baseline that is none of the visits.

    Notes
    -----
    value = mean of the visit + deviation of the subject + error, both normal, fitted by
    restricted maximum likelihood. A subject without one visit still informs on the
    others; the estimates are unbiased where what is missing depends on values that were
    seen. Where no variance is found between subjects the model is ordinary least
    squares. t has as many degrees of freedom as there are values less subjects less
    visits compared, as in R's `nlme::lme` (Pinheiro and Bates 2000, 2.4.2).

    At a given ratio of the variances the model is least squares on values less a share
    of the mean of their subject, so one number alone is searched. Estimates agree with
    those of R's `nlme::lme`. The standard errors are those of generalised least
    squares, as there; those of statsmodels' `MixedLM` come from the joint information
    with the variance and differ by some percent where visits are missing.
    """
    _check(values, subject_ids, visits, baseline)
    is_there = ~np.isnan(values)
    present = {visit for visit, there in zip(visits, is_there, strict=True) if there}
    others = [visit for visit in dict.fromkeys(visits) if visit != baseline]
    compared = [visit for visit in others if visit in present]
    if baseline not in present:
        fit, words = None, f"not estimable: no value at {baseline}"
    else:
        design = _design(values, subject_ids, visits, [baseline, *compared])
        fit, words = _fitted(design)
    df = int(is_there.sum()) - len(compared)
    df -= len({one for one, there in zip(subject_ids, is_there, strict=True) if there})
    effects = []
    for visit in others:
        who = [
            subject
            for subject, one, there in zip(subject_ids, visits, is_there, strict=True)
            if there and one == visit
        ]
        if not who:
            change, why = (nan, nan), f"not estimable: no value at {visit}"
        elif fit is None:
            change, why = (nan, nan), words
        else:
            change, why = fit.of_column(1 + compared.index(visit)), words
        effects.append(_visit_effect(visit, who, change, df, why))
    return tuple(effects)


def random_intercept_mean(
    changes: FloatArray, subject_ids: Sequence[str]
) -> VisitEffect:
    """Estimate a mean change of which some subjects have several.

    Parameters
    ----------
    changes : ndarray of float64, shape (n_changes,)
        On the scale of the analysis, later less earlier of one cycle, say; no NaN.
    subject_ids : sequence of str
        Whose each change is.

    Returns
    -------
    VisitEffect
        Its `visit` is empty. All is NaN, with the reason in `method`, where scatter
        within subjects and between them cannot be told apart (nothing, one subject,
        nobody with two changes).

    Raises
    ------
    ValueError
        For infinite changes, or sequences of different length.

    Notes
    -----
    change = mean + deviation of the subject + error, fitted by restricted maximum
    likelihood. What two visits of a cycle have in common falls out of their change,
    and a subject may respond more than another in every cycle. t has one degree of
    freedom less than there are subjects, since cycles of one subject do not stand for
    further subjects (`nlme::lme` counts cycles); where all have as many cycles it is
    Student's t of the means of the subjects.
    """
    one_visit = [""] * len(subject_ids)
    _check(changes, subject_ids, one_visit, "")
    if changes.size == 0:
        return _visit_effect("", (), (nan, nan), 0, "not estimable: no change")
    fit, words = _fitted(_design(changes, subject_ids, one_visit, [""]))
    estimate, se = (nan, nan) if fit is None else fit.of_column(0)
    mean = float(changes.mean())  # the design is centred
    df = len(set(subject_ids)) - 1
    return _visit_effect("", subject_ids, (mean + estimate, se), df, words)


def _visit_effect(
    visit: str, who: Sequence[str], change: tuple[float, float], df: int, method: str
) -> VisitEffect:
    """Test a change, given with its standard error, of the subjects seen at a visit."""
    estimate, se = change
    is_fitted = not np.isnan(se) and df > 0
    statistic = estimate / se
    reach = float(t.ppf(0.975, df)) * se if is_fitted else np.nan
    return VisitEffect(
        visit=visit,
        n_subjects=len(set(who)),
        n_values=len(who),
        estimate=estimate,
        se=se,
        lo95=estimate - reach,
        hi95=estimate + reach,
        statistic=statistic,
        p_value=2 * float(t.sf(abs(statistic), df)) if is_fitted else np.nan,
        df=df if is_fitted else 0,
        method=method,
    )


def _check(
    values: FloatArray, subject_ids: Sequence[str], visits: Sequence[str], baseline: str
) -> None:
    """Refuse what no model can be made of."""
    lengths = (values.size, len(subject_ids), len(visits))
    if len(set(lengths)) > 1:
        raise ValueError("{} values, {} subject ids, {} visits".format(*lengths))
    if np.isinf(values).any():
        found = ", ".join(
            f"{subject_ids[place]} at {visits[place]}"
            for place in np.flatnonzero(np.isinf(values)).tolist()
        )
        raise ValueError(
            f"infinite values: {found}; a logarithm needs a rule for counts of 0"
        )
    if visits and baseline not in visits:
        known = ", ".join(dict.fromkeys(visits))
        raise ValueError(f"baseline {baseline!r} is none of the visits: {known}")


def _design(
    values: FloatArray,
    subject_ids: Sequence[str],
    visits: Sequence[str],
    columns: Sequence[str],
) -> _Design:
    """Leave out what is missing, and code visits and subjects."""
    is_there = ~np.isnan(values)
    visit = np.array(visits, dtype=np.str_)[is_there]
    coded = (visit[:, None] == np.array(columns)).astype(np.float64)
    coded[:, 0] = 1
    ids = np.array(subject_ids, dtype=np.str_)[is_there]
    _, subjects, n_of_subject = np.unique(ids, return_inverse=True, return_counts=True)
    there = values[is_there]
    noise = _NOISE * float(np.abs(there).max())
    # Centred, so that the differences keep their digits.
    return _Design(there - there.mean(), coded, subjects, n_of_subject, noise)


def _fitted(design: _Design) -> tuple[_Fit | None, str]:
    """Fit the model, or say why that cannot be done."""
    indicators = np.eye(design.n_of_subject.size)[design.subjects]
    all_columns = np.hstack([design.visits, indicators])
    rank = int(np.linalg.matrix_rank(all_columns))
    if rank in (design.visits.shape[1], design.values.size):
        return None, (
            f"not estimable: {design.values.size} values of "
            f"{design.n_of_subject.size} subjects cannot tell scatter within subjects "
            "from scatter between them"
        )
    effects = np.linalg.lstsq(all_columns, design.values, rcond=None)[0]
    residuals = design.values - all_columns @ effects
    if np.abs(residuals).max() <= design.noise:
        return None, "not estimable: all subjects change alike"
    ratio = _ratio_of_variances(design)
    if ratio == 0:
        words = f"{_METHOD}; no variance between subjects, so ordinary least squares"
        return _fit_at(design, 0.0), words
    return _fit_at(design, ratio), _METHOD


def _ratio_of_variances(design: _Design) -> float:
    """Find the variance between subjects as a multiple of that within, by REML."""

    def deviance(log_ratio: float) -> float:
        return _fit_at(design, float(np.exp(log_ratio))).deviance

    deviances = [deviance(one) for one in _LOG_RATIOS]
    # A grid first, because the likelihood may have two summits.
    best = int(np.argmin(deviances))
    around = _LOG_RATIOS[[max(best - 1, 0), min(best + 1, _LOG_RATIOS.size - 1)]]
    found = minimize_scalar(
        deviance, bounds=tuple(around), method="bounded", options={"xatol": 1e-10}
    )
    if _fit_at(design, 0.0).deviance <= found.fun:
        return 0.0
    return float(np.exp(found.x))


def _fit_at(design: _Design, ratio: float) -> _Fit:
    """Fit the visits at a given ratio of variances, by least squares.

    With g = 1 + n ratio, the values of a subject with n of them, less the share
    1 - 1 / sqrt(g) of their mean, have independent errors of equal variance.
    """
    growth = 1 + design.n_of_subject * ratio
    share = (1 - 1 / np.sqrt(growth))[design.subjects]
    both = np.column_stack([design.visits, design.values])
    sums = np.zeros((growth.size, both.shape[1]))
    np.add.at(sums, design.subjects, both)
    means = sums / design.n_of_subject[:, None]
    both = both - share[:, None] * means[design.subjects]
    columns, values = both[:, :-1], both[:, -1]
    product = columns.T @ columns
    inverse = np.linalg.inv(product)
    effects = inverse @ (columns.T @ values)
    squares = float(((values - columns @ effects) ** 2).sum())
    n_free = values.size - effects.size
    deviance = (
        n_free * np.log(squares)
        + np.linalg.slogdet(product).logabsdet
        + np.log(growth).sum()
    )
    return _Fit(effects, inverse * (squares / n_free), float(deviance))
