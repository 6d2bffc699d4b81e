"""Known numbers of blasts are mixed in, and what is found of them is judged."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.mrd.dilution import (
    DilutedSample,
    Mixture,
    mix,
    plan_mixture,
    summarise_dilution,
)


def _rng() -> np.random.Generator:
    return np.random.default_rng(7)


def _sample(
    level: float, n_true: int, n_found: int | None, *, status: str = "POS_QUANT"
) -> DilutedSample:
    """Make a tube of 100,000 cells, whose interval is wide."""
    return DilutedSample(
        sample_id=f"{level}-{n_true}",
        level=level,
        n_expected=level * 100_000,
        n_true=n_true,
        n_found=n_found,
        n_denominator=100_000,
        percent_lo95=0.0,
        percent_hi95=100.0,
        status=status,
    )


def test_an_exact_level_is_the_share_of_blasts_among_all_events() -> None:
    mixture = plan_mixture(0.1, 50_000, 90_000, _rng(), exact=True)

    assert (mixture.n_blasts, mixture.n_normal) == (10_000, 90_000)
    assert mixture.expected_percent == pytest.approx(10)


def test_drawn_numbers_scatter_as_counts_do() -> None:
    rng = _rng()

    drawn = [plan_mixture(1e-3, 5_000, 99_900, rng).n_blasts for _ in range(2_000)]

    assert np.mean(drawn) == pytest.approx(100, abs=1)
    assert np.var(drawn) == pytest.approx(100, rel=0.1)


def test_where_blasts_do_not_suffice_normal_events_are_left_out() -> None:
    mixture = plan_mixture(0.5, 100, 90_000, _rng(), exact=True)

    assert mixture.n_blasts == mixture.n_normal == 100


def test_a_blank_has_no_blasts() -> None:
    mixture = plan_mixture(0, 100, 1_000, _rng())

    assert mixture == Mixture(0, 0, 1_000)
    assert mixture.expected_percent == 0


@given(
    level=st.floats(0, 0.9),
    n_blasts=st.integers(1, 500),
    n_normal=st.integers(1, 5_000),
    seed=st.integers(0, 100),
)
def test_no_more_events_are_taken_than_there_are(
    level: float, n_blasts: int, n_normal: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)

    mixture = plan_mixture(level, n_blasts, n_normal, rng)

    assert 0 <= mixture.n_blasts <= n_blasts
    assert 0 <= mixture.n_normal <= n_normal


def test_blasts_lie_evenly_among_normal_events_in_order_of_time() -> None:
    normal = np.column_stack([np.arange(10_000.0), np.zeros(10_000)])
    blasts = np.column_stack([np.full(500, 1e9), np.ones(500)])

    values, is_blast = mix(normal, blasts, Mixture(400, 400, 10_000), _rng(), time=0)

    assert len(values) == 10_400
    assert np.array_equal(values[:, 1] == 1, is_blast)
    assert is_blast.sum() == 400
    assert np.all(np.diff(values[:, 0]) >= 0)
    tenths = [part.sum() for part in np.array_split(is_blast, 10)]
    assert min(tenths) > 15
    assert max(tenths) < 75


def test_without_time_the_columns_of_blasts_stay_as_they_are() -> None:
    blasts = np.full((5, 2), 3.0)

    values, is_blast = mix(
        np.zeros((10, 2)), blasts, Mixture(5, 5, 10), _rng(), time=None
    )

    assert np.array_equal(values[is_blast], blasts)


def test_no_event_is_taken_twice() -> None:
    blasts = np.arange(50.0)[:, None]

    values, is_blast = mix(
        np.full((100, 1), -1.0), blasts, Mixture(50, 50, 100), _rng(), time=None
    )

    assert sorted(values[is_blast, 0]) == list(range(50))


def test_the_slope_is_that_of_the_logarithms() -> None:
    # Half of the blasts are found at every level: slope 1, intercept log10(0.5).
    samples = [_sample(n / 1e5, n, n // 2) for n in (10, 100, 1_000, 10_000)]

    summary = summarise_dilution(samples)

    assert summary.slope == pytest.approx(1)
    assert summary.intercept == pytest.approx(np.log10(0.5))
    assert summary.n_fitted == 4


def test_a_slope_below_one_is_seen() -> None:
    samples = [_sample(n / 1e5, n, round(n**0.8)) for n in (32, 1_024, 32_768)]

    assert summarise_dilution(samples).slope == pytest.approx(0.8, abs=0.001)


def test_tubes_in_which_nothing_was_found_are_counted_and_not_fitted() -> None:
    samples = [_sample(1e-3, 100, 100), _sample(1e-4, 10, 0), _sample(1e-4, 10, None)]

    summary = summarise_dilution(samples)

    assert (summary.n_fitted, summary.n_not_fitted) == (1, 2)
    assert isnan(summary.slope)


def test_tubes_of_one_amount_have_no_slope() -> None:
    assert isnan(summarise_dilution([_sample(1e-3, 100, 99)] * 5).slope)


def test_the_limit_of_detection_is_the_lowest_level_that_is_nearly_always_seen() -> (
    None
):
    samples = [
        *[_sample(1e-3, 100, 100)] * 20,
        *[_sample(1e-4, 10, 10)] * 19,
        _sample(1e-4, 10, 0, status="NEG"),
        *[_sample(1e-5, 1, 1)] * 18,
        *[_sample(1e-5, 1, 0, status="NEG_BELOW_LOD")] * 2,
    ]

    summary = summarise_dilution(samples)

    assert summary.lod_level == 1e-4
    assert [one.detected_percent for one in summary.levels] == [100, 95, 90]


def test_a_level_below_one_that_was_missed_is_no_limit() -> None:
    missed = [_sample(1e-3, 100, 0, status="NEG")] * 20

    summary = summarise_dilution([*missed, *[_sample(1e-4, 10, 10)] * 20])

    assert isnan(summary.lod_level)


def test_blanks_are_shown_and_are_no_limit_of_detection() -> None:
    summary = summarise_dilution(
        [_sample(1e-3, 100, 100), _sample(0, 0, 0, status="NEG")]
    )

    assert summary.levels[-1].level == 0
    assert summary.lod_level == 1e-3
    assert summary.n_intervals == 1


@pytest.mark.parametrize(("n_positive", "lod"), [(1, 1e-3), (2, None)])
def test_more_than_a_twentieth_of_positive_blanks_refute_any_limit(
    n_positive: int, lod: float | None
) -> None:
    positive = [_sample(0, 0, 60)] * n_positive
    negative = [_sample(0, 0, 0, status="NEG")] * (20 - n_positive)

    summary = summarise_dilution([_sample(1e-3, 100, 100), *positive, *negative])

    assert (summary.n_blanks, summary.n_blanks_detected) == (20, n_positive)
    assert summary.blanks_refute is (lod is None)
    assert isnan(summary.lod_level) if lod is None else summary.lod_level == lod


def test_blanks_that_could_not_be_evaluated_support_no_limit() -> None:
    unknown = [_sample(0, 0, None, status="NOT_EVALUABLE")] * 19

    summary = summarise_dilution([_sample(1e-3, 100, 100), _sample(0, 0, 60), *unknown])

    assert (summary.n_blanks, summary.n_blanks_detected) == (1, 1)
    assert isnan(summary.lod_level)


def test_intervals_are_held_against_what_the_level_asks_for() -> None:
    inside = DilutedSample("a", 1e-3, 100, 90, 90, 100_000, 0.07, 0.12, "POS_QUANT")
    beside = DilutedSample("b", 1e-3, 100, 60, 60, 100_000, 0.05, 0.08, "POS_QUANT")

    summary = summarise_dilution([inside, beside])

    assert (summary.n_covered, summary.n_intervals) == (1, 2)


def test_recovery_of_a_tube_without_blasts_is_unknown() -> None:
    assert isnan(_sample(0, 0, 3).recovery_percent)
    assert _sample(1e-3, 100, 97).recovery_percent == pytest.approx(97)


def test_no_tubes_give_no_levels() -> None:
    summary = summarise_dilution([])

    assert summary.levels == ()
    assert isnan(summary.lod_level)
