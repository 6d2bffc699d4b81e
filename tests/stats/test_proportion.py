"""Exact intervals of percentages against closed forms."""

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from cytoflow_blina.stats.proportion import Proportion, exact_proportion


@pytest.mark.parametrize("n", [1, 5, 42])
def test_no_event_bounds_the_percentage_from_above(n: int) -> None:
    found = exact_proportion(0, n)

    assert (found.percent, found.lo95) == (0, 0)
    assert found.hi95 == pytest.approx(100 * (1 - 0.025 ** (1 / n)))


@pytest.mark.parametrize("n", [1, 5, 42])
def test_events_in_all_bound_the_percentage_from_below(n: int) -> None:
    found = exact_proportion(n, n)

    assert (found.percent, found.hi95) == (100, 100)
    assert found.lo95 == pytest.approx(100 * 0.025 ** (1 / n))


def test_nobody_at_risk_has_no_percentage() -> None:
    found = exact_proportion(0, 0)

    assert (found.events, found.n) == (0, 0)
    assert isnan(found.percent)
    assert isnan(found.lo95)
    assert isnan(found.hi95)


@pytest.mark.parametrize(("events", "n"), [(3, 2), (-1, 2), (0, -1)])
def test_impossible_counts_are_refused(events: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{events} events cannot be a share of {n}"):
        exact_proportion(events, n)


@st.composite
def shares(draw: st.DrawFn) -> Proportion:
    n = draw(st.integers(1, 300))
    return exact_proportion(draw(st.integers(0, n)), n)


@given(shares())
def test_at_each_limit_the_events_seen_are_at_the_edge_of_2_5_percent(
    found: Proportion,
) -> None:
    events, n = found.events, found.n

    assert found.lo95 <= found.percent <= found.hi95
    if events > 0:
        assert binom.sf(events - 1, n, found.lo95 / 100) == pytest.approx(0.025)
    if events < n:
        assert binom.cdf(events, n, found.hi95 / 100) == pytest.approx(0.025)
