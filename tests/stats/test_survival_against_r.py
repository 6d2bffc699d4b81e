"""Survival against R's package survival, which is written independently."""

import numpy as np
import pytest
from tests.stats.r_oracle import run_r

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.stats.log_rank import log_rank
from cytoflow_blina.stats.survival import kaplan_meier, restricted_mean, survival_at

pytestmark = pytest.mark.slow

SURVFIT = """
library(survival)
curve <- survfit(Surv(months, is_event) ~ 1, conf.type = "log-log")
at <- summary(curve, times = times, extend = TRUE)
mean <- sapply(times, function(one)
  summary(curve, rmean = one)$table[c("rmean", "se(rmean)")])
emit(time = curve$time, risk = curve$n.risk, event = curve$n.event,
     censored = curve$n.censor, survival = curve$surv,
     se = curve$surv * curve$std.err, lo = curve$lower, hi = curve$upper,
     rate = at$surv, rate_se = at$std.err, rate_lo = at$lower, rate_hi = at$upper,
     rate_risk = at$n.risk, mean = mean[1, ], mean_se = mean[2, ])
"""

SURVDIFF = """
library(survival)
found <- survdiff(Surv(months, is_event) ~ group)
emit(statistic = found$chisq, df = sum(found$exp > 0) - 1,
     p = pchisq(found$chisq, sum(found$exp > 0) - 1, lower.tail = FALSE),
     ratio = exp((found$obs[1] - found$exp[1]) / found$var[1, 1]))
"""


def follow_up(
    seed: int, n: int, *, months_rounded_to: int
) -> tuple[FloatArray, BoolArray]:
    """Draw times of children of whom some relapse and others are lost from sight."""
    rng = np.random.default_rng(seed)
    months = np.round(rng.exponential(30, n), months_rounded_to)
    return months, rng.random(n) < 0.6


def assert_agree(found: FloatArray, known: FloatArray) -> None:
    np.testing.assert_allclose(found, known, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("seed", "n", "months_rounded_to"),
    [
        pytest.param(1, 60, 9, id="no ties"),
        pytest.param(2, 80, -1, id="many ties, some at 0"),
        pytest.param(3, 5, 0, id="few subjects"),
    ],
)
def test_curves_rates_and_means_are_those_of_survfit(
    seed: int, n: int, months_rounded_to: int
) -> None:
    months, is_event = follow_up(seed, n, months_rounded_to=months_rounded_to)
    # The largest times lie between two steps, all before the end.
    times = np.round(np.quantile(months, [0.1, 0.35, 0.6, 0.95]), 6) + 0.01

    curve = kaplan_meier(months, is_event)
    rates = [survival_at(curve, one) for one in times]
    means = [restricted_mean(curve, one) for one in times]

    known = run_r(SURVFIT, months=months, is_event=is_event, times=times)
    # R has no row at 0 unless somebody leaves there.
    rows = slice(int(known["time"][0] != 0), None)
    assert_agree(curve.months[rows], known["time"])
    np.testing.assert_array_equal(curve.n_at_risk[rows], known["risk"])
    np.testing.assert_array_equal(curve.n_events[rows], known["event"])
    np.testing.assert_array_equal(curve.n_censored[rows], known["censored"])
    assert_agree(curve.survival[rows], known["survival"])
    # At survival 0 R multiplies 0 by infinity.
    se = np.where(known["survival"] == 0, 0, known["se"])
    assert_agree(curve.se[rows], se)
    assert_agree(curve.lo95[rows], known["lo"])
    assert_agree(curve.hi95[rows], known["hi"])
    found = np.array([(r.rate, r.se, r.lo95, r.hi95, r.n_at_risk) for r in rates]).T
    for values, name in zip(
        found, ("rate", "rate_se", "rate_lo", "rate_hi", "rate_risk"), strict=True
    ):
        assert_agree(values, known[name])
    mean, mean_se = np.array([(one.estimate, one.se) for one in means]).T
    assert_agree(mean, known["mean"])
    assert_agree(mean_se, known["mean_se"])


@pytest.mark.parametrize(
    ("sizes", "months_rounded_to"),
    [
        pytest.param((30, 25), 9, id="two groups, no ties"),
        pytest.param((30, 25), -1, id="two groups, many ties"),
        pytest.param((20, 30, 15, 8), 0, id="four groups"),
        pytest.param((2, 1), 0, id="three subjects"),
    ],
)
def test_the_log_rank_test_is_that_of_survdiff(
    sizes: tuple[int, ...], months_rounded_to: int
) -> None:
    groups = [
        follow_up(seed, n, months_rounded_to=months_rounded_to)
        for seed, n in enumerate(sizes, start=3)
    ]

    found = log_rank(groups)

    known = run_r(
        SURVDIFF,
        months=np.concatenate([months for months, _ in groups]),
        is_event=np.concatenate([is_event for _, is_event in groups]),
        group=np.repeat(np.arange(len(sizes)), sizes),
    )
    assert found.statistic == pytest.approx(float(known["statistic"]), rel=1e-10)
    assert found.df == known["df"]
    assert found.p_value == pytest.approx(float(known["p"]), rel=1e-10)
    if len(sizes) == 2:
        ratio = found.hazard_ratio.estimate
        assert ratio == pytest.approx(float(known["ratio"]), rel=1e-10)


def test_a_group_censored_before_the_first_event_is_left_out_as_by_survdiff() -> None:
    first, second = (follow_up(seed, 20, months_rounded_to=0) for seed in (8, 9))
    early = np.full(3, 0.0), np.zeros(3, dtype=np.bool_)
    groups = [(months + 1, is_event) for months, is_event in (first, second)]

    found = log_rank([*groups, early])

    known = run_r(
        SURVDIFF,
        months=np.concatenate([months for months, _ in (*groups, early)]),
        is_event=np.concatenate([is_event for _, is_event in (*groups, early)]),
        group=np.repeat([0, 1, 2], [20, 20, 3]),
    )
    assert found.df == known["df"] == 1
    assert found.p_value == pytest.approx(float(known["p"]), rel=1e-10)
