"""What limits a verdict, and what is only said."""

from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

import pytest

from cytoflow_blina.domain.mrd_verdict import MrdLimitation
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.mrd.limitations import (
    SampleFacts,
    find_limitations,
    signs_of_hemodilution,
)
from cytoflow_blina.mrd.rules import MrdRules
from tests.mrd.tubes import RULES, candidate, stages, tube

HARDLY_TOLD = "aberrant cells are hardly told from normal ones"
SHIPPED = Path(__file__).parents[2] / "gating"

TREATED = SampleFacts(prior_cd19_therapy=True)


def found(facts: SampleFacts = TREATED, **changes: Any) -> tuple[MrdLimitation, ...]:
    return find_limitations(tube(**changes), facts, RULES)


def signs(n_nucleated: int = 500_000, **counts: int | None) -> tuple[str, ...]:
    mrd = tube(n_nucleated, stages=stages(**counts))
    return signs_of_hemodilution(mrd, RULES.hemodilution)


def test_a_good_marrow_of_the_full_panel_has_no_limitation() -> None:
    assert found() == ()


@pytest.mark.parametrize(
    ("viable", "is_low"), [(74.9, True), (75.0, False), (nan, False)]
)
def test_fewer_viable_cells_than_75_percent_limit_a_verdict(
    viable: float,
    is_low: bool,
) -> None:
    codes = {one.code for one in found(viable_percent=viable) if one.is_limiting}

    assert codes == ({"low_viability"} if is_low else set())


def test_cd19_alone_after_anti_cd19_therapy_limits_a_verdict() -> None:
    (limitation,) = found(has_b_alt=False)

    assert limitation.code == "cd19_only"
    assert limitation.is_limiting
    assert limitation.text == "B cells sought by CD19 alone, after anti-CD19 therapy"


def test_cd19_alone_limits_nothing_without_anti_cd19_therapy() -> None:
    assert found(SampleFacts(prior_cd19_therapy=False), has_b_alt=False) == ()


def test_where_the_therapy_is_not_known_it_is_said_and_limits_nothing() -> None:
    (limitation,) = found(SampleFacts(), has_b_alt=False)

    assert not limitation.is_limiting
    assert "does not say whether anti-CD19 therapy came before" in limitation.text


def test_a_later_pull_is_said() -> None:
    (limitation,) = found(SampleFacts(marrow_pull=3))

    assert not limitation.is_limiting
    assert limitation.text == ("pull 3 of the aspirate, where the first is asked for")
    assert found(SampleFacts(marrow_pull=1)) == ()


def limiting(*markers: str, rules: MrdRules = RULES) -> list[str]:
    mrd = tube(markers=markers)
    found_here = find_limitations(mrd, TREATED, rules)
    return [one.text for one in found_here if one.is_limiting]


def test_without_cd10_and_cd38_leukaemia_is_hardly_told_from_normal_cells() -> None:
    (text,) = limiting("CD19", "CD45", "CD34", "CD20", "CD58", "CD22", "CD24")

    assert text == f"CD10 and CD38 are not measured: {HARDLY_TOLD}"


@pytest.mark.parametrize("kept", ["CD10", "CD38"])
def test_one_of_cd10_and_cd38_is_enough_beside_three_others(kept: str) -> None:
    assert limiting("CD19", "CD45", kept, "CD34", "CD20", "CD58") == []


def test_three_markers_beside_cd19_and_cd45_limit_a_verdict() -> None:
    (text,) = limiting("CD19", "CD45", "CD10", "CD38", "CD20")

    assert text == (
        "candidates sought on CD10, CD38, CD20 beside CD19 and CD45 alone: "
        f"{HARDLY_TOLD}"
    )
    assert limiting("CD10", "CD38", "CD20", "CD34") == []


def test_a_lab_can_set_which_markers_a_verdict_needs() -> None:
    def ruled(**changes: object) -> MrdRules:
        return replace(RULES, panel=RULES.panel.model_copy(update=changes))

    (other,) = limiting("CD19", rules=ruled(one_needed_of=["CD81"], fewest_markers=0))
    (few,) = limiting("CD19", rules=ruled(one_needed_of=[], fewest_markers=1))

    assert other == f"CD81 is not measured: {HARDLY_TOLD}"
    assert few == (
        f"candidates sought on no marker beside CD19 and CD45 alone: {HARDLY_TOLD}"
    )
    assert limiting("CD19", rules=ruled(one_needed_of=[], fewest_markers=0)) == []


def test_no_shipped_panel_is_limited_by_its_own_markers() -> None:
    templates = sorted((SHIPPED / "templates").glob("bcp-*.toml"))
    tubes = [
        one.mrd.markers
        for path in templates
        for one in load_template(path).tubes
        if one.mrd is not None
    ]

    assert len(tubes) == 6
    assert not any(limiting(*markers) for markers in tubes)


def test_without_b_lineage_nothing_is_said_of_the_reference() -> None:
    codes = {
        one.code for one in found(has_cd19=False, has_b_alt=False, has_reference=False)
    }

    assert "no_reference" not in codes
    assert [one.code for one in found(has_cd19=False, has_reference=False)] == [
        "no_reference"
    ]


def test_missing_markers_dye_and_reference_are_said_and_limit_nothing() -> None:
    limitations = found(
        missing=("CD58", "CD20"), has_nuclear_dye=False, has_reference=False
    )

    assert [one.text for one in limitations] == [
        "no dye tells nucleated cells, so that the denominator is approximate",
        "not measured: CD58, CD20",
        "normal cells were not known, so that no candidates were sought",
    ]
    assert not any(one.is_limiting for one in limitations)


def test_what_limits_stands_first_and_no_text_breaks_a_list() -> None:
    limitations = found(
        missing=("CD58",),
        has_b_alt=False,
        viable_percent=40.0,
        stages=stages(cd10_granulocytes=199_000),
    )

    assert [one.is_limiting for one in limitations] == [True, True, True, False]
    assert not any(";" in one.text for one in limitations)


@pytest.mark.parametrize(
    ("mature", "granulocytes", "is_diluted"),
    [
        (181, 200, True),
        (180, 200, False),
        (199, 199, False),
        (190_000, 200_000, True),
        (None, 200_000, False),
        (190_000, None, False),
        (0, 0, False),
    ],
)
def test_mature_granulocytes_above_90_percent_speak_for_blood(
    mature: int | None, granulocytes: int | None, is_diluted: bool
) -> None:
    found_signs = signs(cd10_granulocytes=mature, granulocytes=granulocytes)

    assert bool(found_signs) == is_diluted


ABSENT = {"erythroid": 0, "cd34_progenitors": 0, "plasma": 0, "mast_cells": 0}


def test_no_marrow_cell_at_all_speaks_for_blood() -> None:
    (sign,) = signs(**ABSENT)

    assert sign == (
        "cells that only marrow has are absent (erythroid cells, CD34+ progenitors, "
        "plasma cells, mast cells)"
    )


@pytest.mark.parametrize("kind", ABSENT)
def test_one_kind_of_marrow_cell_is_enough_to_be_marrow(kind: str) -> None:
    present = {"erythroid": 3_000, "cd34_progenitors": 300, "plasma": 120}

    assert signs(**{**ABSENT, kind: present.get(kind, 12)}) == ()


def test_a_single_measured_kind_is_not_enough_to_call_it_blood() -> None:
    assert signs(erythroid=0, cd34_progenitors=None, plasma=None, mast_cells=None) == ()
    assert signs(erythroid=0, cd34_progenitors=0, plasma=None, mast_cells=None) != ()


def test_a_small_tube_is_not_called_diluted_for_want_of_events() -> None:
    assert signs(5_000, **ABSENT) == ()
    assert signs(0, **ABSENT) == ()


def test_a_tube_that_measures_none_of_it_is_not_called_diluted() -> None:
    assert signs_of_hemodilution(tube(stages={}), RULES.hemodilution) == ()


@pytest.mark.parametrize(
    ("specimen", "text"),
    [
        ("PB", "the specimen is PB: blood does not stand for marrow"),
        ("CSF", "the specimen is CSF: cerebrospinal fluid does not stand for marrow"),
    ],
)
def test_what_is_no_marrow_limits_a_verdict(specimen: str, text: str) -> None:
    (limitation,) = found(SampleFacts(specimen=specimen))

    assert (limitation.code, limitation.text) == ("not_marrow", text)
    assert limitation.is_limiting


def test_each_tube_that_was_not_judged_limits_a_verdict() -> None:
    limitations = found(SampleFacts(tubes_not_judged=("1", "2")))

    assert [(one.code, one.is_limiting) for one in limitations] == [
        ("tube_missing", True),
        ("tube_missing", True),
    ]
    assert limitations[1].text == (
        "tube 2 of the panel is missing or could not be judged"
    )


def test_the_drug_of_the_study_counts_as_anti_cd19_therapy_where_nothing_is_said() -> (
    None
):
    (limitation,) = found(SampleFacts(drawn_after_drug="visit D14"), has_b_alt=False)

    assert (limitation.code, limitation.is_limiting) == ("cd19_only_inferred", True)
    assert "inferred from visit D14" in limitation.text


def test_what_the_sheet_says_of_therapy_goes_before_what_is_inferred() -> None:
    untreated = SampleFacts(prior_cd19_therapy=False, drawn_after_drug="visit D14")
    treated = replace(untreated, prior_cd19_therapy=True)

    assert found(untreated, has_b_alt=False) == ()
    assert [one.code for one in found(treated, has_b_alt=False)] == ["cd19_only"]


def test_a_tube_that_finds_b_cells_without_cd19_is_not_limited_by_the_drug() -> None:
    assert found(SampleFacts(drawn_after_drug="cycle 2")) == ()


def test_the_shipped_reference_is_told_and_limits_nothing() -> None:
    facts = SampleFacts(is_reference_shipped=True)
    (limitation,) = found(facts)

    assert (limitation.code, limitation.is_limiting) == ("shipped_reference", False)
    assert "simulated marrows" in limitation.text
    assert "shipped_reference" not in {
        one.code for one in found(facts, has_reference=False)
    }


def test_without_a_reference_only_what_a_person_drew_is_a_candidate() -> None:
    drawn = candidate(31, gate_source="manual")

    (none,) = found(has_reference=False)
    (some,) = found(has_reference=False, candidates=(drawn,))

    assert none.text.endswith("no candidates were sought")
    assert some.text.endswith("sought beside those that a person drew")
    assert {none.code, some.code} == {"no_reference"}


def test_candidates_like_precursors_limit_a_verdict_by_name() -> None:
    like = candidate(9, cd19="negative", nearest_normal="early_b", aberrancies=())
    second = replace(like, path="b/candidate_2")

    (limitation,) = found(candidates=(like, second))

    assert (limitation.code, limitation.is_limiting) == ("cd19neg_precursor", True)
    assert limitation.text.startswith("candidate_1, candidate_2 not counted")
