"""From what was found in a tube to what is said of it."""

from dataclasses import replace
from math import isnan, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.mrd import Aberrancy, MrdCandidate, TubeMrd
from cytoflow_blina.domain.mrd_verdict import MrdVerdict
from cytoflow_blina.mrd.limitations import SampleFacts
from cytoflow_blina.mrd.sensitivity import BlankLimit
from cytoflow_blina.mrd.verdict import (
    MrdContext,
    MrdConvention,
    cd19_of_all,
    choose_tube,
    difference_words,
    judge_tube,
    not_evaluable,
)
from tests.mrd.tubes import RULES, candidate, tube

ICCS = MrdConvention("ICCS20_50")


def judged(mrd: TubeMrd, convention: MrdConvention = ICCS, **known: Any) -> MrdVerdict:
    return judge_tube(mrd, MrdContext(**known), convention, RULES)


def with_events(n_events: int, n_nucleated: int = 412_000, **changes: Any) -> TubeMrd:
    return tube(
        n_nucleated, mrd_events=n_events, candidates=(candidate(n_events),), **changes
    )


def test_the_worked_example_is_detectable_below_the_limit_of_quantification() -> None:
    verdict = judged(with_events(31))

    assert verdict.status == "POS_NOT_QUANT"
    assert verdict.mrd_class == "intermediate"
    assert verdict.paper_rule == "negative"
    assert verdict.flags == ("FLAG_MRD_NEAR_CUTOFF",)
    assert verdict.sentence.startswith("31 events of 412,000 nucleated cells: 0.0075 %")
    assert verdict.reason == ""


def test_a_profile_and_a_denominator_may_be_chosen() -> None:
    bfm = judged(with_events(31), MrdConvention("AIEOP_BFM", "MNC"))

    assert bfm.status == "POS_QUANT"
    assert bfm.sensitivity is not None
    assert bfm.sensitivity.n_denominator == 206_000
    assert "206,000 mononuclear cells" in bfm.sentence


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"has_cd19": False, "has_b_alt": False}, "no marker tells B lineage"),
        ({"stages": {"t_cells": 5}}, "the gates of B lineage fell away"),
        (
            {"stages": {}, "missing": ("CD20", "SSC")},
            "the gates of B lineage fell away (not measured: CD20, SSC)",
        ),
        (
            {"denominators": {"MNC": 5, "CD45P": 4}},
            "the tube has no NUC, which is to be 100 %; it has MNC, CD45P",
        ),
        (
            {"denominators": {}},
            "the tube has no NUC, which is to be 100 %; it has none",
        ),
        ({"denominators": {"NUC": 0}}, "no event is in NUC, which is to be 100 %"),
        ({"has_reference": False}, "candidates were not sought"),
    ],
)
def test_what_cannot_be_judged_is_not_evaluable_with_its_reason(
    changes: dict[str, Any], reason: str
) -> None:
    verdict = judged(tube(**changes), facts=SampleFacts(prior_cd19_therapy=True))

    assert (verdict.status, verdict.mrd_class) == ("NOT_EVALUABLE", "NE")
    assert verdict.paper_rule == ""
    assert verdict.sensitivity is None
    assert verdict.reason.startswith(reason)
    assert verdict.sentence == f"Not evaluable: {verdict.reason}."


def test_given_gates_without_a_candidate_say_nothing_without_a_reference() -> None:
    verdict = judged(tube(has_reference=False), are_gates_given=True)

    assert (verdict.status, verdict.mrd_class) == ("NOT_EVALUABLE", "NE")
    assert verdict.reason.startswith(
        "candidates were not sought and the given gates hold none, because no normal"
    )


@pytest.mark.parametrize(
    ("n_events", "status"), [(0, "NEG"), (6, "NEG_BELOW_LOD"), (31, "POS_NOT_QUANT")]
)
def test_a_candidate_that_a_person_drew_is_judged_without_a_reference(
    n_events: int, status: str
) -> None:
    drawn = with_events(n_events, has_reference=False)

    assert judged(drawn, are_gates_given=True).status == status


def test_more_candidate_events_than_the_denominator_are_no_percentage() -> None:
    blasts = with_events(200_000, denominators={"NUC": 250_000, "CD45P": 100_000})

    verdict = judged(blasts, MrdConvention("ICCS20_50", "CD45P"))
    nucleated = judged(blasts)

    assert verdict.status == "NOT_EVALUABLE"
    assert verdict.reason == (
        "at least 100,000 of 200,000 candidate events lie outside of the denominator "
        "CD45P (100,000 events), so that no percentage can be had; choose NUC ([mrd] "
        "denominator in study.toml)"
    )
    assert nucleated.status == "POS_QUANT"


def test_a_tube_of_candidates_alone_is_a_hundred_percent() -> None:
    verdict = judged(with_events(500, 500))

    assert verdict.sensitivity is not None
    assert verdict.sensitivity.mrd_percent == 100


def test_a_limited_sample_is_no_complete_response_and_says_why() -> None:
    verdict = judged(
        tube(has_b_alt=False, viable_percent=60.0),
        facts=SampleFacts(prior_cd19_therapy=True),
    )

    assert verdict.status == "NEG_LIMITED"
    assert verdict.mrd_class == "intermediate"
    assert verdict.paper_rule == "negative"
    assert verdict.sentence.endswith(
        "Limited: 60 % of the cells are viable, below 75 %; B cells sought by CD19 "
        "alone, after anti-CD19 therapy."
    )


def test_blank_samples_raise_the_limit_of_detection() -> None:
    blank = BlankLimit(0.004, 0.012, n_blank=20, n_low=20)

    verdict = judged(tube(), has_blanks=True, blank=blank)

    assert verdict.status == "INADEQUATE"
    assert verdict.limitations == ()


FEW_BLANKS = {
    None: "too few blank samples of this tube for a limit of blank, two at least",
    BlankLimit(0.0, 0.001, n_blank=6, n_low=20): (
        "limit of blank from 6 blank and 20 low samples, where 20 and 20 are asked for"
    ),
    BlankLimit(0.0, 0.001, n_blank=20, n_low=0): (
        "limit of blank from 20 blank and 0 low samples, where 20 and 20 are asked for"
    ),
}


@pytest.mark.parametrize(("blank", "text"), FEW_BLANKS.items())
def test_few_blank_samples_are_said(blank: BlankLimit | None, text: str) -> None:
    verdict = judged(tube(), has_blanks=True, blank=blank)

    assert [one.text for one in verdict.limitations] == [text]
    assert verdict.status == "NEG"


def in_tube(name: str, mrd: TubeMrd) -> MrdVerdict:
    return judged(mrd, tube=name)


def test_the_tube_with_most_candidate_events_speaks_for_the_sample() -> None:
    few, many = in_tube("A", with_events(31)), in_tube("B", with_events(40, 200_000))

    assert choose_tube([few, many]) is many


def test_a_tube_with_more_events_below_its_limit_of_detection_hides_no_finding() -> (
    None
):
    found = in_tube("A", with_events(31, 5_000_000))
    blank = BlankLimit(0.004, 0.012, n_blank=20, n_low=20)
    below = judged(with_events(40), tube="B", has_blanks=True, blank=blank)

    assert below.status == "INADEQUATE"
    assert choose_tube([below, found]) is found


def test_of_equal_tubes_the_larger_and_then_the_first_speaks() -> None:
    small = in_tube("A", tube(100_000))
    larger = in_tube("B", tube(400_000))
    same = in_tube("C", tube(400_000))

    assert choose_tube([same, small, larger]) is larger


def test_a_tube_that_can_be_judged_speaks_before_one_that_cannot() -> None:
    lost = in_tube("A", with_events(500, denominators={}))
    unread = not_evaluable("B", "the tube could not be processed")
    good = in_tube("C", tube())

    assert choose_tube([unread, lost, good]) is good
    assert choose_tube([unread, lost]) is lost


def test_a_tube_that_was_not_read_has_no_numbers() -> None:
    verdict = not_evaluable("A", "the tube could not be processed")

    assert verdict.status == "NOT_EVALUABLE"
    assert verdict.sentence == "Not evaluable: the tube could not be processed."
    assert isnan(verdict.cd19_positive_percent)
    assert verdict.mrd is None


@pytest.mark.parametrize(
    ("calls", "expected", "percent"),
    [
        ([], "", nan),
        ([("positive", 100.0)], "positive", 100.0),
        ([("dim", 90.0), ("positive", 100.0)], "dim", 95.0),
        ([("positive", 100.0), ("negative", 0.0)], "mixed", 50.0),
        ([("negative", 4.0), ("negative", 0.0)], "negative", 2.0),
        ([("dim", 90.0), ("mixed", 50.0)], "mixed", 70.0),
        ([("", nan)], "", nan),
        ([("", nan), ("negative", 5.0)], "negative", 5.0),
    ],
)
def test_cd19_is_called_over_all_candidates(
    calls: list[tuple[Any, float]], expected: str, percent: float
) -> None:
    candidates = [
        candidate(30, cd19=call, cd19_positive_percent=positive)
        for call, positive in calls
    ]

    call, positive_percent = cd19_of_all(candidates)
    assert call == expected
    assert positive_percent == pytest.approx(percent, nan_ok=True)


@pytest.mark.parametrize(
    ("decades", "words"),
    [
        (0.8, "CD10 brighter by 0.8 decade"),
        (-1.2, "CD10 dimmer by 1.2 decades"),
        (1.04, "CD10 brighter by 1.0 decade"),
        (-0.02, "CD10 dimmer by 0.0 decade"),
    ],
)
def test_a_difference_is_said_in_words(decades: float, words: str) -> None:
    assert difference_words(Aberrancy("CD10", decades, 3.0)) == words


def like_precursors(n_events: int, **changes: Any) -> MrdCandidate:
    return candidate(
        n_events,
        path="b/candidate_2",
        cd19="negative",
        cd19_positive_percent=0.0,
        nearest_normal="early_b",
        aberrancies=(),
        **changes,
    )


def test_candidates_like_precursors_are_no_mrd_and_no_complete_response() -> None:
    verdict = judged(tube(mrd_events=900, candidates=(like_precursors(900),)))

    assert (verdict.status, verdict.mrd_class) == ("NEG_LIMITED", "intermediate")
    assert verdict.mrd is not None
    assert (verdict.mrd.mrd_events, len(verdict.mrd.candidates)) == (0, 1)
    assert verdict.cd19 == ""
    assert verdict.flags == ("REVIEW_CD19NEG_PRECURSOR",)
    assert verdict.sentence.endswith(
        "Limited: candidate_2 not counted, being like normal CD19-negative precursors: "
        "a person must look."
    )


def test_leukaemia_beside_precursors_is_counted_alone() -> None:
    both = (like_precursors(900), candidate(60))

    verdict = judged(tube(mrd_events=960, candidates=both))

    assert verdict.status == "POS_QUANT_LIMITED"
    assert verdict.sensitivity is not None
    assert verdict.sensitivity.n_events == 60
    assert verdict.cd19 == "positive"


def test_precursors_that_a_person_drew_are_counted() -> None:
    drawn = (like_precursors(900, gate_source="manual"),)

    verdict = judged(tube(mrd_events=900, candidates=drawn), are_gates_given=True)

    assert verdict.status == "POS_QUANT"
    assert verdict.flags == ("REVIEW_CD19NEG_PRECURSOR",)


@given(
    st.integers(0, 2_000_000),
    st.integers(0, 300),
    st.booleans(),
    st.sampled_from([True, False, None]),
    st.just(nan) | st.floats(0, 100),
)
def test_a_negative_status_always_has_a_limit_of_detection_at_the_cut_or_below(
    n_nucleated: int,
    n_events: int,
    has_b_alt: bool,
    was_treated: bool | None,
    viable_percent: float,
) -> None:
    verdict = judged(
        replace(
            with_events(n_events, n_nucleated, has_b_alt=has_b_alt),
            viable_percent=viable_percent,
        ),
        facts=SampleFacts(prior_cd19_therapy=was_treated),
    )

    if verdict.status.startswith("NEG"):
        assert verdict.sensitivity is not None
        assert verdict.sensitivity.lod_percent <= 0.01
    if verdict.mrd_class == "CR":
        assert "LIMITED" not in verdict.status
        assert has_b_alt or not was_treated
        assert not viable_percent < 75
