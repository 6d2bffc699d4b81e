"""Rows of counts.csv from the tubes of a sample."""

from dataclasses import replace
from math import isnan

import pytest

from cytoflow_blina.counting.beads import bead_factor
from cytoflow_blina.counting.combine_tubes import cd3_by_tube, combine_tubes
from cytoflow_blina.counting.concentration import CountingErrors
from cytoflow_blina.counting.dual_platform import dual_platform_factor
from cytoflow_blina.domain.counting import CountRow, PopulationCount, TubeCounts
from cytoflow_blina.domain.sample import Sample

SAMPLE = Sample("S1", "P1", 1, "D0", 0, "PB", "bead")
FACTOR = bead_factor(10_000, 50_000, 50, CountingErrors())

TUBE_A = TubeCounts(
    tube="A",
    populations={
        "LYMPH": PopulationCount(10_000, 16_000, "lymphocytes"),
        "CD3": PopulationCount(7000, 10_000, "T cells"),
        "CD4": PopulationCount(3000, 7000, "T helper cells"),
        "CD8": PopulationCount(4000, 7000, "cytotoxic T cells"),
    },
    n_lymphocytes=10_000,
    factor=FACTOR,
    n_beads=10_000,
)
TUBE_B = TubeCounts(
    tube="B",
    populations={
        "LYMPH": PopulationCount(5000, 9000, "lymphocytes"),
        "CD3": PopulationCount(3600, 5000, "T cells"),
        "NK": PopulationCount(1300, 5000, "NK cells"),
        "CD19": PopulationCount(0, 5000, "B cells"),
    },
    n_lymphocytes=5000,
    factor=bead_factor(5000, 50_000, 50, CountingErrors()),
    n_beads=5000,
)


def rows_of(rows: tuple[CountRow, ...]) -> dict[str, CountRow]:
    return {row.population: row for row in rows}


def test_two_tubes_give_every_population_once_and_cd3_three_times() -> None:
    rows = combine_tubes(SAMPLE, [TUBE_B, TUBE_A])

    assert [row.population for row in rows] == [
        "LYMPH", "CD3", "CD3_A", "CD3_B", "CD4", "CD8", "NK", "CD19", "CD4_CD8_RATIO",
    ]  # fmt: skip
    assert repr(rows) == repr(combine_tubes(SAMPLE, [TUBE_A, TUBE_B]))


def test_populations_have_the_same_names_whatever_a_panel_calls_its_tubes() -> None:
    first, second = replace(TUBE_A, tube="1"), replace(TUBE_B, tube="2")

    rows = rows_of(combine_tubes(SAMPLE, [second, first]))

    assert set(rows) == set(rows_of(combine_tubes(SAMPLE, [TUBE_A, TUBE_B])))
    assert (rows["CD3_A"].source_tube, rows["CD3_A"].n_events) == (("1",), 7000)
    assert (rows["CD3_B"].source_tube, rows["CD3_B"].n_events) == (("2",), 3600)
    assert rows["CD3"].definition == "T cells; mean of tubes 1 and 2"


def test_cd3_is_the_mean_of_the_tubes_with_events_summed() -> None:
    rows = rows_of(combine_tubes(SAMPLE, [TUBE_A, TUBE_B]))

    cd3 = rows["CD3"]
    assert cd3.source_tube == ("A", "B")
    assert (cd3.n_events, cd3.n_parent, cd3.n_lymphocytes) == (10_600, 15_000, 15_000)
    assert cd3.percent_of_lymphocytes == pytest.approx((70 + 72) / 2)
    assert cd3.cells_per_ul == pytest.approx((700 + 720) / 2)
    assert cd3.cells_1e9_per_l == pytest.approx(0.710)
    assert cd3.percent_lo95 < 71 < cd3.percent_hi95
    assert cd3.cells_per_ul_lo95 < 710 < cd3.cells_per_ul_hi95
    assert cd3.definition == "T cells; mean of tubes A and B"


def test_the_mean_of_two_tubes_is_surer_than_either() -> None:
    rows = rows_of(combine_tubes(SAMPLE, [TUBE_A, TUBE_B]))

    def width(row: CountRow) -> float:
        return row.percent_hi95 - row.percent_lo95

    assert width(rows["CD3"]) < min(width(rows["CD3_A"]), width(rows["CD3_B"]))


def test_the_interval_of_a_mean_encloses_it_even_where_tubes_differ_in_size() -> None:
    small = replace(
        TUBE_B,
        populations={"CD3": PopulationCount(54, 100, "T cells")},
        n_lymphocytes=100,
    )

    cd3 = rows_of(combine_tubes(SAMPLE, [TUBE_A, small]))["CD3"]

    assert cd3.percent_lo95 < 62 < cd3.percent_hi95


def test_where_the_tubes_disagree_cd3_is_not_reported_and_both_are_shown() -> None:
    rows = rows_of(combine_tubes(SAMPLE, [TUBE_A, TUBE_B], replicates_fail=True))

    assert isnan(rows["CD3"].cells_per_ul)
    assert isnan(rows["CD3"].percent_of_lymphocytes)
    assert rows["CD3"].n_events is None
    assert not rows["CD3"].censored
    assert rows["CD3"].qc_flags == ("FLAG_TUBES_DISAGREE",)
    assert rows["CD3_A"].cells_per_ul == pytest.approx(700)
    assert rows["CD3_B"].cells_per_ul == pytest.approx(720)


def test_a_tube_alone_reports_its_own_populations() -> None:
    rows = rows_of(combine_tubes(SAMPLE, [TUBE_B]))

    assert set(rows) == {"LYMPH", "CD3", "NK", "CD19"}
    assert rows["CD3"].source_tube == ("B",)


def test_cd3_comes_from_the_tube_that_passes() -> None:
    failed = replace(TUBE_A, is_usable=False)

    rows = rows_of(combine_tubes(SAMPLE, [failed, TUBE_B]))

    assert rows["CD3"].source_tube == ("B",)
    assert rows["CD3"].cells_per_ul == pytest.approx(720)
    assert rows["CD3"].qc_flags == ("FLAG_ONE_TUBE",)


def test_no_tube_gives_no_row() -> None:
    assert combine_tubes(SAMPLE, []) == ()


def test_no_b_cells_are_0_with_an_upper_bound_and_never_missing() -> None:
    b = rows_of(combine_tubes(SAMPLE, [TUBE_A, TUBE_B]))["CD19"]

    assert (b.n_events, b.cells_per_ul, b.cells_per_ul_lo95) == (0, 0.0, 0.0)
    assert b.cells_per_ul_hi95 == pytest.approx(3.6889 * 0.2 * 1.0641, rel=1e-3)
    assert b.percent_of_lymphocytes == 0.0
    assert 0 < b.percent_hi95 < 0.1
    assert b.censored
    assert b.limit == b.cells_per_ul_hi95
    assert b.qc_flags == ()


def test_lymphocytes_come_from_the_gate_of_the_tube_with_t_b_and_nk_cells() -> None:
    lymph = rows_of(combine_tubes(SAMPLE, [TUBE_A, TUBE_B]))["LYMPH"]

    assert lymph.source_tube == ("B",)
    assert lymph.n_events == 5000
    assert lymph.cells_per_ul == pytest.approx(1000)
    assert lymph.percent_of_parent == pytest.approx(100 * 5000 / 9000)
    assert lymph.percent_of_lymphocytes == 100


def test_an_impure_gate_counts_t_b_and_nk_cells_and_says_so() -> None:
    impure = replace(TUBE_B, purity_percent=94.9)

    lymph = rows_of(combine_tubes(SAMPLE, [TUBE_A, impure]))["LYMPH"]

    assert lymph.cells_per_ul == pytest.approx(980)
    assert lymph.n_events == 5000
    assert lymph.qc_flags == ("FLAG_LYMPH_FROM_TBNK",)
    assert "purity is 94.9 %" in lymph.definition


@pytest.mark.parametrize("purity_percent", [95.0, 99.0, float("nan")])
def test_a_pure_gate_or_one_of_unknown_purity_counts_itself(
    purity_percent: float,
) -> None:
    tube = replace(TUBE_B, purity_percent=purity_percent)

    lymph = rows_of(combine_tubes(SAMPLE, [tube]))["LYMPH"]

    assert lymph.cells_per_ul == pytest.approx(1000)


def test_percentages_are_not_corrected_by_the_lymphosum() -> None:
    rows = rows_of(combine_tubes(SAMPLE, [TUBE_A, TUBE_B]))

    # T + NK + B of tube B is 98 %.
    assert rows["NK"].percent_of_lymphocytes == pytest.approx(100 * 1300 / 5000)


def test_dual_platform_takes_lymphocytes_from_the_analyser() -> None:
    sample = replace(SAMPLE, count_method="dual")
    tube = replace(
        TUBE_A, factor=dual_platform_factor(10_000, 3.2, 30, CountingErrors())
    )

    rows = rows_of(combine_tubes(sample, [tube]))

    assert rows["LYMPH"].cells_per_ul == pytest.approx(960)
    assert rows["CD3"].cells_per_ul == pytest.approx(672)
    assert rows["LYMPH"].n_events == 10_000


def test_method_none_reports_percentages_and_the_ratio_alone() -> None:
    sample = replace(SAMPLE, count_method="none")
    tubes = [replace(tube, factor=None) for tube in (TUBE_A, TUBE_B)]

    rows = combine_tubes(sample, tubes)

    assert all(isnan(row.cells_per_ul) for row in rows)
    assert all(isnan(row.cells_1e9_per_l) for row in rows)
    assert all(row.qc_flags == () for row in rows)
    named = rows_of(rows)
    assert named["CD3"].percent_of_lymphocytes == pytest.approx(71)
    assert named["CD19"].censored
    assert isnan(named["CD19"].limit)
    assert named["CD4_CD8_RATIO"].ratio == pytest.approx(0.75)


def test_the_ratio_carries_both_counts_and_its_interval() -> None:
    ratio = rows_of(combine_tubes(SAMPLE, [TUBE_A, TUBE_B]))["CD4_CD8_RATIO"]

    assert (ratio.n_events, ratio.n_parent) == (3000, 4000)
    assert ratio.ratio_lo95 < 0.75 < ratio.ratio_hi95
    assert isnan(ratio.cells_per_ul)
    assert ratio.source_tube == ("A",)


def test_a_ratio_over_no_cd8_cells_is_missing_and_not_infinite() -> None:
    tube = replace(
        TUBE_A,
        populations={
            "CD4": PopulationCount(20, 20, ""),
            "CD8": PopulationCount(0, 20, ""),
        },
    )

    ratio = rows_of(combine_tubes(SAMPLE, [tube]))["CD4_CD8_RATIO"]

    assert isnan(ratio.ratio)
    assert isnan(ratio.ratio_hi95)
    assert ratio.ratio_lo95 > 1


def test_a_bead_tube_without_beads_keeps_its_percentages_and_says_so() -> None:
    tube = replace(TUBE_B, factor=None, n_beads=0)

    rows = rows_of(combine_tubes(SAMPLE, [tube]))

    assert isnan(rows["NK"].cells_per_ul)
    assert rows["NK"].percent_of_lymphocytes == pytest.approx(26)
    assert rows["NK"].qc_flags == ("FLAG_NO_BEADS",)


def test_an_empty_lymphocyte_gate_gives_no_percentage() -> None:
    empty = replace(
        TUBE_B,
        populations={"CD19": PopulationCount(0, 0, "B cells")},
        n_lymphocytes=0,
    )

    b = rows_of(combine_tubes(SAMPLE, [empty]))["CD19"]

    assert isnan(b.percent_of_lymphocytes)
    assert isnan(b.percent_of_parent)
    assert isnan(b.percent_hi95)
    assert b.cells_per_ul == 0


def test_cd3_of_each_tube_is_listed_for_the_checks() -> None:
    listed = cd3_by_tube([TUBE_A, TUBE_B, replace(TUBE_A, tube="C", populations={})])

    assert list(listed) == ["A", "B"]
    assert (listed["B"].n_events, listed["B"].n_lymphocytes) == (3600, 5000)
    assert listed["B"].cells_per_ul == pytest.approx(720)
    assert listed["B"].n_beads == 5000
