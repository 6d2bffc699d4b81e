from dataclasses import replace

import pytest
from tests.mrd.tubes import RULES, candidate, tube

from cytoflow_blina.mrd.flags import MRD_FLAGS, MrdFlag
from cytoflow_blina.mrd.limitations import SampleFacts, find_limitations
from cytoflow_blina.mrd.sensitivity import BlankLimit
from cytoflow_blina.mrd.verdict import MrdContext, MrdConvention, judge_tube
from cytoflow_blina.report.mrd.advice import (
    advice_on_limitations,
    flag_advice,
    limitation_advice,
)


@pytest.mark.parametrize("flag", MRD_FLAGS, ids=lambda flag: flag.code)
def test_every_flag_has_a_meaning_and_something_to_do(flag: MrdFlag) -> None:
    advice = flag_advice(flag.code)

    assert advice.words == flag.meaning
    assert advice.action.endswith(".")


def test_a_flag_that_is_not_known_stands_for_itself() -> None:
    assert flag_advice("FLAG_NEW").words == "FLAG_NEW."


def test_every_limitation_has_something_to_do_by_its_code() -> None:
    worst = tube(
        has_b_alt=False,
        has_nuclear_dye=False,
        missing=("CD58",),
        viable_percent=60.0,
        stages={"granulocytes": 1_000, "cd10_granulocytes": 990},
        candidates=(
            candidate(9, cd19="negative", nearest_normal="early_b", aberrancies=()),
        ),
        markers=("CD19", "CD45", "CD20"),
    )
    facts = SampleFacts(
        prior_cd19_therapy=True,
        marrow_pull=2,
        specimen="PB",
        tubes_not_judged=("2",),
        is_reference_shipped=True,
    )
    unsaid = SampleFacts(drawn_after_drug="cycle 2")
    few_blanks = MrdContext(has_blanks=True, blank=BlankLimit(0.0, 0.0, 2, 0))
    iccs = MrdConvention("ICCS20_50")
    found = [
        *find_limitations(worst, facts, RULES),
        *find_limitations(worst, unsaid, RULES),
        *find_limitations(
            replace(worst, has_reference=False, markers=("CD10",)), SampleFacts(), RULES
        ),
        *judge_tube(tube(), few_blanks, iccs, RULES).limitations,
        *judge_tube(tube(), MrdContext(has_blanks=True), iccs, RULES).limitations,
    ]

    assert len({one.code for one in found}) == 17
    for one in found:
        assert limitation_advice(one.text, one.code).action.endswith("."), one.code


def test_words_play_no_part_in_what_to_do() -> None:
    assert limitation_advice("blood in the marrow").action == ""
    assert limitation_advice("anything", "hemodiluted").action.startswith("Ask for")


def test_the_advice_of_a_row_follows_its_codes() -> None:
    row = {"limitations": "one; two", "limitation_codes": "low_viability; new_code"}

    first, second = advice_on_limitations(row)

    assert (first.words, first.action) == ("One.", "Repeat with a fresh sample.")
    assert (second.words, second.action) == ("Two.", "")


@pytest.mark.parametrize("codes", ["", "low_viability"])
def test_a_row_without_a_code_for_each_limitation_has_no_advice(codes: str) -> None:
    advice = advice_on_limitations(
        {"limitations": "one; two", "limitation_codes": codes}
    )

    assert [one.action for one in advice] == ["", ""]
