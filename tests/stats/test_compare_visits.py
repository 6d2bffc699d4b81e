"""Rows of comparisons.csv for visits that some subjects miss."""

from dataclasses import replace
from math import isnan

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.stats import t

from cytoflow_blina.domain.comparison import Outcome, RepeatedOutcome
from cytoflow_blina.stats.compare_visits import compare_visits

CD3 = Outcome("CD3", "CD3", "cells_per_ul", "cells/uL", "counts")

Value = tuple[str, str, float]


def repeated(
    *values: Value, visits: tuple[str, ...] = ("D0", "D14", "EOT")
) -> RepeatedOutcome:
    return RepeatedOutcome(
        contrast="course",
        outcome=CD3,
        baseline=visits[0],
        visits=visits[1:],
        values=np.array([value for _, _, value in values], dtype=np.float64),
        subject_ids=tuple(subject for subject, _, _ in values),
        value_visits=tuple(visit for _, visit, _ in values),
        n_excluded=2,
    )


def simulated(n: int, effect: float) -> list[Value]:
    """Let everybody be drawn at three visits, and grow `effect`-fold by the last."""
    rng = np.random.default_rng(3)
    values = []
    for number in range(n):
        own = rng.normal(8, 1)
        for visit, shift in (("D0", 0), ("D14", 0), ("EOT", np.log2(effect))):
            log2 = own + shift + rng.normal(0, 0.5)
            values.append((f"P{number:02d}", visit, float(2**log2 - 1)))
    return values


def test_each_later_visit_is_compared_with_the_first() -> None:
    values = simulated(20, 4.0)

    d14, eot = compare_visits(repeated(*values), offset=1.0)

    assert (d14.outcome, eot.outcome) == ("CD3 at D14", "CD3 at EOT")
    assert (eot.group_a, eot.group_b, eot.kind) == ("D0", "EOT", "visits")
    assert d14.effect_lo95 < 1 < d14.effect_hi95
    assert eot.effect_lo95 < 4 < eot.effect_hi95
    assert eot.p_value < 0.001
    assert eot.effect_kind == "ratio of geometric means of (value + 1), to D0"


def test_values_below_their_limit_are_told() -> None:
    censored = replace(repeated(*simulated(5, 2.0)), n_censored=3)

    for row in compare_visits(censored, offset=1.0):
        assert row.method.endswith(
            "; 3 values of all visits below their limit stand at it"
        )


def test_complete_visits_agree_with_statsmodels_and_with_analysis_of_variance() -> None:
    values = simulated(15, 2.0)
    frame = pd.DataFrame(values, columns=["subject", "visit", "value"])
    frame["y"] = np.log2(frame["value"] + 1)
    model = smf.mixedlm("y ~ C(visit, Treatment('D0'))", frame, groups="subject").fit()
    # Where nobody misses a visit, the error is that of two-way analysis of variance.
    two_way = smf.ols("y ~ C(visit) + C(subject)", frame).fit()
    se = np.sqrt(2 * two_way.mse_resid / 15)

    found = compare_visits(repeated(*values), offset=1.0)

    for row, name in zip(found, ["D14", "EOT"], strict=True):
        change = model.fe_params[f"C(visit, Treatment('D0'))[T.{name}]"]
        assert np.log2(row.effect) == pytest.approx(change, abs=1e-6)
        assert row.statistic == pytest.approx(change / se, rel=1e-5)
        assert row.p_value == pytest.approx(
            2 * t.sf(abs(change / se), two_way.df_resid), rel=1e-4
        )


def test_every_n_is_that_of_its_visit() -> None:
    values = [one for one in simulated(6, 2.0) if one[:2] != ("P00", "D14")]

    d14, eot = compare_visits(repeated(*values), offset=1.0)

    assert (d14.n_a, d14.n_b, d14.n_excluded) == (6, 5, 2)
    assert eot.n_b == 6
    assert eot.median_b == np.median([one[2] for one in values if one[1] == "EOT"])


def test_a_visit_that_nobody_has_gives_no_row() -> None:
    values = [one for one in simulated(6, 2.0) if one[1] != "D14"]

    (row,) = compare_visits(repeated(*values), offset=1.0)

    assert row.outcome == "CD3 at EOT"


def test_without_baseline_nothing_is_compared_and_the_reason_told() -> None:
    values = [one for one in simulated(6, 2.0) if one[1] != "D0"]

    d14, eot = compare_visits(repeated(*values), offset=1.0)

    assert d14.method == eot.method == "not defined: no value at D0"
    assert (d14.n_a, d14.n_b) == (0, 6)
    assert isnan(d14.p_value)
    assert isnan(d14.effect)


@pytest.mark.parametrize(
    ("low", "why"),
    [
        (-1.0, "not defined: -1 + 1 has no logarithm"),
        (-7.5, "not defined: -7.5 + 1 has no logarithm"),
    ],
)
def test_a_value_without_logarithm_is_told_and_not_dropped(
    low: float, why: str
) -> None:
    values = [*simulated(6, 2.0), ("P99", "D0", low)]

    found = compare_visits(repeated(*values), offset=1.0)

    assert [row.method for row in found] == [why, why]
    assert all(isnan(row.p_value) for row in found)


def test_no_cells_are_a_value() -> None:
    values = [*simulated(6, 2.0), ("P99", "D0", 5.0), ("P99", "EOT", 0.0)]

    _, eot = compare_visits(repeated(*values), offset=1.0)

    assert (eot.n_b, eot.min_b) == (7, 0)
    assert np.isfinite(eot.p_value)


@pytest.mark.parametrize(
    "values",
    [
        [("P1", "D0", 5.0), ("P1", "EOT", 9.0)],
        [("P1", "D0", 5.0), ("P2", "EOT", 9.0)],
        [("P1", "D0", 3.0), ("P1", "EOT", 7.0), ("P2", "D0", 7.0), ("P2", "EOT", 15.0)],
    ],
    ids=["one subject", "nobody twice", "all alike"],
)
def test_what_a_model_cannot_tell_has_no_p(values: list[Value]) -> None:
    (row,) = compare_visits(repeated(*values), offset=1.0)

    assert isnan(row.p_value)
    assert row.method.startswith("not estimable")


def test_no_values_give_no_rows() -> None:
    assert compare_visits(repeated(), offset=1.0) == ()
