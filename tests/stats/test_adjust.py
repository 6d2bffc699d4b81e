"""Holm's and Benjamini and Hochberg's adjustments against sums done by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.stats.adjust import ADJUSTMENTS, benjamini_hochberg, holm

p_values = st.lists(st.floats(0, 1) | st.just(np.nan), max_size=12).map(
    lambda drawn: np.array(drawn, dtype=np.float64)
)


def test_holm_multiplies_by_the_tests_that_are_left() -> None:
    found = holm(np.array([0.04, 0.01, 0.03]))

    # 3 x 0.01, 2 x 0.03, and the last no smaller than the one before.
    assert found == pytest.approx([0.06, 0.03, 0.06])


def test_benjamini_and_hochberg_multiply_by_tests_over_rank() -> None:
    found = benjamini_hochberg(np.array([0.04, 0.01, 0.03, 0.5]))

    # 4/1 x 0.01, 4/3 x 0.04 for the second too, 4/4 x 0.5.
    assert found == pytest.approx([0.16 / 3, 0.04, 0.16 / 3, 0.5])


@pytest.mark.parametrize("adjust", ADJUSTMENTS.values(), ids=ADJUSTMENTS.keys())
def test_an_undefined_test_does_not_count_in_its_family(adjust: object) -> None:
    assert callable(adjust)

    found = adjust(np.array([np.nan, 0.02, np.nan, 0.04]))

    assert np.isnan(found[[0, 2]]).all()
    assert found[[1, 3]] == pytest.approx(adjust(np.array([0.02, 0.04])))


@pytest.mark.parametrize("adjust", ADJUSTMENTS.values(), ids=ADJUSTMENTS.keys())
@pytest.mark.parametrize("given_p", [[], [np.nan], [np.nan, np.nan], [0.03], [1.0]])
def test_one_test_alone_or_none_stays_as_it_is(
    adjust: object, given_p: list[float]
) -> None:
    assert callable(adjust)

    found = adjust(np.array(given_p))

    assert found == pytest.approx(given_p, nan_ok=True)


def test_each_adjustment_has_its_name() -> None:
    assert dict(ADJUSTMENTS) == {"holm": holm, "bh": benjamini_hochberg}


@settings(max_examples=25, deadline=None)
@given(p_values)
def test_holm_never_claims_more_than_benjamini_and_hochberg(
    given_p: FloatArray,
) -> None:
    strict, mild = holm(given_p), benjamini_hochberg(given_p)

    is_defined = ~np.isnan(given_p)
    assert (np.isnan(strict) == np.isnan(given_p)).all()
    assert (mild[is_defined] >= given_p[is_defined] - 1e-12).all()
    assert (strict[is_defined] >= mild[is_defined] - 1e-12).all()
    assert (strict[is_defined] <= 1).all()
