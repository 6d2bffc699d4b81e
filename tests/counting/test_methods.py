"""What an event is worth by each counting method."""

from math import isnan

import pytest

from cytoflow_blina.counting.beads import bead_factor
from cytoflow_blina.counting.concentration import (
    CountingErrors,
    concentration,
    mean_concentration,
)
from cytoflow_blina.counting.dual_platform import dual_platform_factor
from cytoflow_blina.counting.method import count_factor
from cytoflow_blina.counting.volumetric import volumetric_factor
from cytoflow_blina.domain.counting import CountFactor, CountingInputs, CountMethod
from cytoflow_blina.errors import SampleSheetError

NO_ERRORS = CountingErrors(0.0, 0.0, 0.0, 0.0, 0.0)


def test_the_worked_bead_example_gives_757_cells_with_its_interval() -> None:
    factor = bead_factor(8154, 50_450, 50, CountingErrors())

    cells = concentration(6120, factor)

    assert cells.cells_per_ul == pytest.approx(757.3, abs=0.05)
    assert round(cells.lo95) == 710
    assert round(cells.hi95) == 808


def test_the_cv_of_counting_alone_is_that_of_cells_and_beads() -> None:
    factor = bead_factor(8154, 50_450, 50, NO_ERRORS)

    assert factor is not None
    assert (1 / 6120 + factor.own_variance) ** 0.5 == pytest.approx(0.0169, abs=5e-5)
    assert factor.shared_variance == 0


def test_no_b_cells_are_0_with_an_upper_bound() -> None:
    cells = concentration(0, bead_factor(6000, 50_450, 50, CountingErrors()))

    assert cells.cells_per_ul == 0
    assert cells.lo95 == 0
    assert 0.62 < cells.hi95 < 0.67


@pytest.mark.parametrize("n_beads", [0, None])
def test_without_beads_nothing_is_counted(n_beads: int | None) -> None:
    factor = bead_factor(n_beads, 50_450, 50, CountingErrors())

    assert factor is None
    assert isnan(concentration(100, factor).cells_per_ul)


@pytest.mark.parametrize(
    ("beads_per_tube", "found"),
    [
        (None, "nothing"),
        (19_999, "19999"),
        (100_001, "100001"),
        (float("nan"), "nan"),
    ],
)
def test_beads_per_tube_must_be_given_and_sane(
    beads_per_tube: float | None, found: str
) -> None:
    with pytest.raises(SampleSheetError) as caught:
        bead_factor(8000, beads_per_tube, 50, CountingErrors())

    assert str(caught.value) == (
        f"beads_per_tube: found {found}, expected 20000 to 100000; copy the number "
        "from the pouch of the bead lot."
    )


def test_the_sane_range_of_beads_includes_its_ends() -> None:
    for beads_per_tube in (20_000, 100_000):
        assert bead_factor(8000, beads_per_tube, 50, CountingErrors()) is not None


@pytest.mark.parametrize("blood_volume_ul", [None, 0.0, -50.0])
def test_the_blood_volume_must_be_given(blood_volume_ul: float | None) -> None:
    with pytest.raises(SampleSheetError, match=r"blood_volume_ul: .*usually 50"):
        bead_factor(8000, 50_000, blood_volume_ul, CountingErrors())


def test_the_dilution_does_not_cancel_in_volumetric_counting() -> None:
    dilution = (50 + 20 + 450) / 50

    factor = volumetric_factor(100.0, dilution, CountingErrors())

    assert dilution == pytest.approx(10.4)
    assert concentration(5000, factor).cells_per_ul == pytest.approx(520)


def test_volumetric_counting_tells_all_that_is_missing_at_once() -> None:
    with pytest.raises(SampleSheetError) as caught:
        volumetric_factor(None, 0.5, CountingErrors())

    assert [problem.where for problem in caught.value.problems] == [
        "acquired_volume_ul",
        "dilution_factor",
    ]
    assert "no $VOL in the file" in str(caught.value)


def test_the_worked_dual_platform_example_gives_755_cells() -> None:
    factor = dual_platform_factor(10_000, 3.20, 30.0, CountingErrors())

    assert concentration(7860, factor).cells_per_ul == pytest.approx(754.56)


def test_the_analysers_lymphocytes_come_with_its_errors_alone() -> None:
    factor = dual_platform_factor(200, 3.20, 30.0, CountingErrors())

    assert factor is not None
    assert factor.lymphocytes is not None
    assert factor.lymphocytes.cells_per_ul == pytest.approx(960)
    assert factor.lymphocytes.hi95 / 960 == pytest.approx(1.121, abs=0.001)


def test_an_empty_lymphocyte_gate_cannot_share_out_the_analysers_lymphocytes() -> None:
    assert dual_platform_factor(0, 3.20, 30.0, CountingErrors()) is None


def test_dual_platform_counting_tells_all_that_is_missing_at_once() -> None:
    with pytest.raises(SampleSheetError) as caught:
        dual_platform_factor(10_000, None, 130.0, CountingErrors())

    assert str(caught.value) == (
        "wbc_1e9_per_l: found nothing, expected the analyser's leukocytes in 10^9/L.\n"
        "lymph_percent_of_wbc: found 130, expected the analyser's lymphocytes, "
        "0 to 100 %."
    )


def test_the_sheet_names_the_method() -> None:
    bead = CountingInputs(CountMethod.BEAD, beads_per_tube=50_450, blood_volume_ul=50)
    volumetric = CountingInputs(
        CountMethod.VOLUMETRIC, acquired_volume_ul=100, dilution_factor=10.4
    )
    dual = CountingInputs(CountMethod.DUAL, wbc_1e9_per_l=3.2, lymph_percent_of_wbc=30)

    worth = [
        factor.cells_per_ul_per_event
        for inputs in (bead, volumetric, dual)
        if (factor := count_factor(inputs, n_beads=8154, n_lymphocytes=10_000))
    ]

    assert worth == pytest.approx([1009 / 8154, 0.104, 0.096])


def test_method_none_counts_nothing_and_is_no_error() -> None:
    inputs = CountingInputs(CountMethod.NONE)

    assert count_factor(inputs, n_beads=None, n_lymphocytes=9000) is None


def test_a_mean_of_equal_tubes_has_less_error_of_its_own_but_all_that_is_shared() -> (
    None
):
    factor = CountFactor(0.1, own_variance=0.0, shared_variance=0.04)
    single = concentration(10_000_000, factor)

    mean = mean_concentration(((10_000_000, factor), (10_000_000, factor)))

    assert mean.cells_per_ul == single.cells_per_ul
    assert mean.hi95 == pytest.approx(single.hi95, rel=1e-4)

    own = CountFactor(0.1, own_variance=0.04, shared_variance=0.0)
    mean = mean_concentration(((10_000_000, own), (10_000_000, own)))

    # The standard error of a mean of two is 1/sqrt(2) of either.
    assert mean.hi95 / 1e6 == pytest.approx(2.71828 ** (1.96 * 0.2 / 2**0.5), rel=1e-3)


def test_a_mean_without_events_is_bounded_by_the_volume_of_both_tubes() -> None:
    factor = CountFactor(0.1, 0.0, 0.0)

    mean = mean_concentration(((0, factor), (0, factor)))

    assert mean.cells_per_ul == 0
    assert mean.hi95 == pytest.approx(3.6889 * 0.05, rel=1e-4)


def test_a_mean_with_an_uncounted_tube_is_not_counted() -> None:
    factor = CountFactor(0.1, 0.0, 0.0)

    assert isnan(mean_concentration(((5, factor), (5, None))).cells_per_ul)
    assert isnan(mean_concentration(()).cells_per_ul)
