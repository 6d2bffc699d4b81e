"""Every flag of a marrow: what raises it, and what does not."""

from math import isnan, nan

import pytest

from cytoflow_blina.domain.mrd import TubeMrd
from cytoflow_blina.domain.mrd_verdict import MrdSensitivity
from cytoflow_blina.mrd.flags import (
    MRD_FLAGS,
    MrdEvidence,
    hematogone_percent,
    raised_mrd_flags,
)
from cytoflow_blina.mrd.limitations import SampleFacts
from cytoflow_blina.mrd.sensitivity import measure_sensitivity
from tests.mrd.tubes import RULES, candidate, stages, tube


def flags(
    mrd: TubeMrd,
    sensitivity: MrdSensitivity | None = None,
    facts: SampleFacts | None = None,
) -> tuple[str, ...]:
    evidence = MrdEvidence(mrd, sensitivity, facts or SampleFacts())
    return raised_mrd_flags(evidence, RULES)


def measured(
    n_events: int, n_denominator: int, blank_lod_percent: float = nan
) -> MrdSensitivity:
    return measure_sensitivity(
        n_events,
        n_denominator,
        RULES.profiles["ICCS20_50"],
        profile="ICCS20_50",
        cut_percent=0.01,
        blank_lod_percent=blank_lod_percent,
    )


def test_a_good_marrow_raises_no_flag() -> None:
    assert flags(tube(), measured(0, 500_000)) == ()


def test_a_tube_that_measures_no_kind_of_cell_raises_no_flag() -> None:
    assert flags(tube(stages={}), measured(0, 500_000)) == ()
    assert flags(tube(denominators={})) == ()


def test_b_cells_by_cd19_alone_are_flagged() -> None:
    assert flags(tube(has_b_alt=False)) == ("FLAG_MRD_CD19_ONLY",)
    assert flags(tube(has_cd19=False)) == ()


def test_a_denominator_without_dye_is_flagged() -> None:
    assert flags(tube(has_nuclear_dye=False)) == ("FLAG_MRD_DENOM_APPROX",)


@pytest.mark.parametrize(
    ("n_precursors", "n_nucleated", "is_raised"),
    [
        (50, 500_000, True),
        (49, 500_000, False),
        (20, 100_000, True),
        (19, 100_000, False),
        (None, 500_000, False),
    ],
)
def test_cd19_negative_precursors_are_to_be_reviewed(
    n_precursors: int | None, n_nucleated: int, is_raised: bool
) -> None:
    marrow = tube(
        n_nucleated,
        stages=stages(early_b=n_precursors, hg2=0, myeloid_window=0),
    )

    assert ("REVIEW_CD19NEG_PRECURSOR" in flags(marrow)) == is_raised


def test_a_cd19_negative_candidate_like_normal_precursors_is_to_be_reviewed() -> None:
    like_normal = candidate(40, cd19="negative", nearest_normal="early_b")

    assert flags(tube(candidates=(like_normal,))) == ("REVIEW_CD19NEG_PRECURSOR",)
    for other in (
        candidate(40, cd19="negative", nearest_normal="hg1"),
        candidate(40, cd19="positive", nearest_normal="early_b"),
    ):
        assert flags(tube(candidates=(other,))) == ()


@pytest.mark.parametrize(
    ("window", "monocytes", "fusion", "is_raised"),
    [
        (25_001, 0, "", True),
        (25_000, 0, "KMT2A::AFF1", False),
        (0, 100_001, "KMT2A::AFF1", True),
        (0, 100_001, "MLL-AF4", True),
        (0, 100_001, "ETV6::RUNX1", False),
        (0, 100_001, "", False),
        (0, 100_000, "KMT2A::AFF1", False),
        (None, None, "KMT2A::AFF1", False),
    ],
)
def test_myeloid_cells_or_monocytes_with_kmt2a_may_be_a_switch_of_lineage(
    window: int | None, monocytes: int | None, fusion: str, is_raised: bool
) -> None:
    marrow = tube(stages=stages(myeloid_window=window, monocytes=monocytes))

    raised = flags(marrow, facts=SampleFacts(fusion=fusion))

    assert raised == (("FLAG_LINEAGE_SWITCH",) if is_raised else ())


def test_myeloid_cells_tell_no_switch_where_nothing_tells_b_lineage() -> None:
    crowded = stages(myeloid_window=25_001, monocytes=100_001)
    blind = tube(stages=crowded, has_cd19=False, has_b_alt=False)

    assert "FLAG_LINEAGE_SWITCH" not in flags(blind)
    assert "FLAG_LINEAGE_SWITCH" in flags(blind, facts=SampleFacts(fusion="KMT2A"))
    assert "FLAG_LINEAGE_SWITCH" in flags(tube(stages=crowded, has_cd19=False))
    assert "FLAG_LINEAGE_SWITCH" in flags(tube(stages=crowded, has_b_alt=False))


def test_a_diluted_marrow_is_flagged() -> None:
    diluted = tube(stages=stages(cd10_granulocytes=190_000))

    assert flags(diluted) == ("FLAG_HEMODILUTED",)


@pytest.mark.parametrize(
    ("hg1", "hg2", "hg3", "is_raised"),
    [
        (5_000, 15_000, 5_000, True),
        (5_000, 15_000, 4_999, False),
        (None, 25_000, None, True),
        (None, None, None, False),
    ],
)
def test_hematogones_from_5_percent_on_are_flagged(
    hg1: int | None, hg2: int | None, hg3: int | None, is_raised: bool
) -> None:
    marrow = tube(stages=stages(hg1=hg1, hg2=hg2, hg3=hg3))

    assert flags(marrow) == (("FLAG_HG_HIGH",) if is_raised else ())


def test_hematogones_of_no_cells_are_not_known() -> None:
    assert isnan(hematogone_percent(tube(denominators={})))
    assert isnan(hematogone_percent(tube(stages={})))
    assert hematogone_percent(tube()) == 1.3


@pytest.mark.parametrize(
    ("n_events", "n_denominator", "is_raised"),
    [
        (31, 412_000, True),
        (500, 500_000, False),
        (5, 500_000, False),
        (0, 500_000, False),
        (0, 30_000, True),
    ],
)
def test_an_interval_that_contains_the_cut_is_flagged(
    n_events: int, n_denominator: int, is_raised: bool
) -> None:
    raised = flags(tube(), measured(n_events, n_denominator))

    assert raised == (("FLAG_MRD_NEAR_CUTOFF",) if is_raised else ())


@pytest.mark.parametrize(
    ("n_events", "n_denominator", "blank_lod_percent", "is_raised"),
    [
        (5, 30_000, nan, True),
        (19, 190_000, nan, True),
        (19, 190_001, nan, False),
        (20, 190_000, nan, False),
        (0, 30_000, nan, False),
        (600, 1_000_000, 0.08, True),
    ],
)
def test_too_few_events_that_still_reach_the_cut_ask_for_another_sample(
    n_events: int, n_denominator: int, blank_lod_percent: float, is_raised: bool
) -> None:
    raised = flags(tube(), measured(n_events, n_denominator, blank_lod_percent))

    assert ("FLAG_BELOW_LOD_BUT_GE_CUT" in raised) == is_raised


def test_every_flag_is_named_once_and_explained() -> None:
    codes = [flag.code for flag in MRD_FLAGS]

    assert len(set(codes)) == len(codes) == 8
    assert all(flag.meaning.endswith(".") for flag in MRD_FLAGS)
