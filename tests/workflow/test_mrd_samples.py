"""Marrow tubes of a study, and the rows that they come to."""

from collections.abc import Sequence
from dataclasses import replace
from math import isnan, nan
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cytoflow_blina.cohort.columns import columns_of
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.cohort.subject_tables import SubjectRow
from cytoflow_blina.domain.counting import CountMethod
from cytoflow_blina.domain.mrd import Aberrancy, NormalReference, TubeMrd
from cytoflow_blina.export.tables import read_table, write_table
from cytoflow_blina.mrd.reference_document import load_reference
from cytoflow_blina.workflow.mrd_samples import (
    MrdTables,
    drawn_after_drug,
    is_shipped,
    mrd_rows,
)
from cytoflow_blina.workflow.plan import StudyPlan
from cytoflow_blina.workflow.study import Mrd
from cytoflow_blina.workflow.tube import TubeResult
from tests.mrd.tubes import RULES, candidate, stages, tube

MARROW, BLOOD = "bcp-all-mrd", "facscanto-tbnk"
SHIPPED = Path(__file__).parents[2] / "gating" / "references"


def row(sample_id: str, tube_id: str = "", **changes: Any) -> SampleRow:
    sheet = {
        "sample_id": sample_id,
        "subject_id": "P1",
        "visit": "D0",
        "specimen": "BM",
        "tube": tube_id,
        "panel": MARROW,
        "fcs_file": f"{sample_id}{tube_id}.fcs",
        "count_method": CountMethod.NONE,
        "prior_cd19_therapy": True,
    }
    return SampleRow.model_validate(sheet | changes)


def study(
    *rows: SampleRow,
    settings: Mrd | None = None,
    fusion: str = "",
    tubes: Sequence[str] = (),
    reference: NormalReference | None = None,
) -> StudyPlan:
    """Make a study whose panel has the tubes of the sheet, if no others are named."""
    ids = tubes or sorted({one.tube for one in rows if one.panel == MARROW})
    sought = [SimpleNamespace(tube=one, mrd=SimpleNamespace()) for one in ids]
    blood = SimpleNamespace(tube="", mrd=None)
    templates = {
        MARROW: SimpleNamespace(tubes=[*sought, SimpleNamespace(tube="Z", mrd=None)]),
        BLOOD: SimpleNamespace(tubes=[blood]),
    }
    plan = SimpleNamespace(
        samples=rows,
        templates=templates,
        subjects=[SubjectRow(subject_id="P1", fusion=fusion)],
        config=SimpleNamespace(mrd=settings or Mrd()),
        references={MARROW: reference} if reference else {},
    )
    return cast("StudyPlan", plan)


def result(
    sample_id: str, mrd: TubeMrd | None, tube_id: str = "", *, is_given: bool = False
) -> TubeResult:
    job = SimpleNamespace(
        sample_id=sample_id,
        tube=tube_id,
        given_gates=Path("gates.xml") if is_given else None,
    )
    return cast("TubeResult", SimpleNamespace(job=job, mrd=mrd))


def rows_of(plan: StudyPlan, *results: TubeResult) -> MrdTables:
    return mrd_rows(plan, results, RULES)


def with_events(n_events: int, n_nucleated: int = 412_000, **changes: Any) -> TubeMrd:
    found = candidate(n_events, path="nucleated/b/candidate_1")
    return tube(n_nucleated, mrd_events=n_events, candidates=(found,), **changes)


def test_a_sample_has_one_row_with_its_verdict_and_what_it_rests_on() -> None:
    tables = rows_of(study(row("S1")), result("S1", with_events(31)))

    (found,) = tables.samples
    expected = {
        "sample_id": "S1",
        "subject_id": "P1",
        "specimen": "BM",
        "mrd_events": 31,
        "denominator": "NUC",
        "denominator_events": 412_000,
        "mrd_censored": False,
        "status": "POS_NOT_QUANT",
        "class": "intermediate",
        "paper_rule": "negative",
        "cd19_on_mrd": "positive",
        "limitations": [],
        "review_status": "UNREVIEWED",
        "source_tube": "",
        "profile": "ICCS20_50",
        "denominator_quality": "dye",
        "nuc_events": 412_000,
        "mnc_events": 206_000,
        "wbc_events": None,
        "lod_events": 20,
        "lod_source": "events",
        "events_for_lod": 200_000,
        "events_for_lloq": 500_000,
        "n_candidates": 1,
        "b_lineage_events": 21_000,
        "aberrancies": ("CD10 brighter by 0.8 decade", "CD38 dimmer by 1.2 decades"),
        "flags": ("FLAG_MRD_NEAR_CUTOFF",),
        "gate_source": "fitted",
        "reason": "",
    }
    assert {name: found[name] for name in expected} == expected
    assert found["mrd_percent"] == pytest.approx(0.00752, abs=5e-6)
    assert found["mrd_percent_of_mnc"] == pytest.approx(0.01505, abs=5e-6)
    assert str(found["sentence"]).startswith("31 events of 412,000 nucleated cells")


def test_what_is_not_detected_is_censored_at_the_limit_of_detection() -> None:
    nothing = rows_of(study(row("S1")), result("S1", tube(400_000))).samples[0]
    detected = rows_of(study(row("S1")), result("S1", with_events(31))).samples[0]

    assert nothing["mrd_percent"] == 0
    assert nothing["mrd_censored"] is True
    assert nothing["mrd_upper_percent"] == nothing["lod_percent"] == 0.005
    assert isnan(cast("float", detected["mrd_upper_percent"]))


def test_samples_of_other_panels_have_no_row() -> None:
    plan = study(row("S1", panel=BLOOD), row("S2"))

    tables = rows_of(plan, result("S1", None), result("S2", tube()))

    assert [one["sample_id"] for one in tables.samples] == ["S2"]
    assert [one["sample_id"] for one in tables.tubes] == ["S2"]


def test_one_tube_speaks_for_a_sample_and_events_are_never_added() -> None:
    plan = study(row("S1", "A"), row("S1", "B"), row("S1", "C"))

    tables = rows_of(
        plan,
        result("S1", with_events(40), "B"),
        result("S1", with_events(31, 5_000_000), "A"),
    )

    (found,) = tables.samples
    assert (found["source_tube"], found["mrd_events"]) == ("B", 40)
    assert found["denominator_events"] == 412_000
    assert [(one["tube"], one["is_source"]) for one in tables.tubes] == [
        ("A", False),
        ("B", True),
        ("C", False),
    ]
    assert tables.tubes[2]["status"] == "NOT_EVALUABLE"
    assert {one["tube"] for one in tables.candidates} == {"A", "B"}


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ([], "the tube could not be processed; failures.csv says why"),
        ([None], "MRD was not sought in this tube"),
        ([tube(0)], "no event is in NUC, which is to be 100 %"),
    ],
)
def test_a_sample_without_a_tube_to_judge_is_not_evaluable(
    results: Sequence[TubeMrd | None], reason: str, tmp_path: Path
) -> None:
    tables = rows_of(study(row("S1")), *(result("S1", one) for one in results))

    write_table(tmp_path / "mrd.csv", "mrd", tables.samples)
    (found,) = read_table(tmp_path / "mrd.csv", "mrd").to_dict("records")
    assert (found["status"], found["class"], found["reason"]) == (
        "NOT_EVALUABLE",
        "NE",
        reason,
    )
    assert found["review_status"] == "UNREVIEWED"
    assert found["paper_rule"] == ""
    assert found["sentence"] == f"Not evaluable: {reason}."


def test_given_gates_are_judged_the_same_way_and_said_to_be_manual() -> None:
    found, drawn = (
        rows_of(study(row("S1")), result("S1", with_events(31), is_given=given))
        for given in (False, True)
    )

    assert drawn.samples[0]["gate_source"] == "manual"
    assert {**found.samples[0], "gate_source": ""} == {
        **drawn.samples[0],
        "gate_source": "",
    }


def test_the_sheet_and_the_subjects_tell_what_the_tube_does_not() -> None:
    mrd = tube(has_b_alt=False, stages=stages(monocytes=150_000))
    plan = study(row("S1", marrow_pull="2"), fusion="KMT2A::AFF1")

    (found,) = rows_of(plan, result("S1", mrd)).samples

    assert found["status"] == "NEG_LIMITED"
    assert found["limitations"] == [
        "B cells sought by CD19 alone, after anti-CD19 therapy",
        "pull 2 of the aspirate, where the first is asked for",
    ]
    assert found["flags"] == ("FLAG_MRD_CD19_ONLY", "FLAG_LINEAGE_SWITCH")


def test_blank_and_low_samples_of_a_study_raise_its_limit_of_detection() -> None:
    blanks, lows = ["B1", "B2", "B3"], ["L1", "L2"]
    events = {"B1": 10, "B2": 20, "B3": 30, "L1": 60, "L2": 80, "S1": 0}
    plan = study(
        *map(row, events), settings=Mrd(blank_samples=blanks, low_samples=lows)
    )

    tables = rows_of(
        plan, *(result(one, with_events(n, 1_000_000)) for one, n in events.items())
    )

    found = {one["sample_id"]: one for one in tables.samples}["S1"]
    # LOB = 20 + 1.645 x 10 and LOD = LOB + 1.645 x 14.14 events of a million.
    assert found["lod_percent"] == pytest.approx(0.0059714, rel=1e-4)
    assert found["lod_source"] == "blank"
    assert found["limitations"] == [
        "limit of blank from 3 blank and 2 low samples, where 20 and 20 are asked for"
    ]


def test_blank_samples_that_cannot_be_judged_give_no_limit() -> None:
    plan = study(
        row("B1"), row("B2"), row("S1"), settings=Mrd(blank_samples=["B1", "B2"])
    )

    tables = rows_of(
        plan,
        result("B1", with_events(900, 1_000_000)),
        result("B2", tube(0)),
        result("S1", tube()),
    )

    found = {one["sample_id"]: one for one in tables.samples}["S1"]
    assert found["lod_source"] == "events"
    assert found["limitations"] == [
        "too few blank samples of this tube for a limit of blank, two at least"
    ]


def test_candidates_of_every_tube_are_listed_with_their_words() -> None:
    first = candidate(
        31,
        path="nucleated/b/candidate_1",
        shifts=(Aberrancy("CD19", -1.4, -6.0),),
        diagnosis_sd=3.2,
    )
    second = replace(first, path="nucleated/b/candidate_2", n_events=6, score_sd=nan)
    mrd = tube(400_000, mrd_events=37, candidates=(first, second))

    tables = rows_of(study(row("S1")), result("S1", mrd))

    assert [one["n_events"] for one in tables.candidates] == [31, 6]
    listed = tables.candidates[0]
    assert listed["percent_of_denominator"] == pytest.approx(0.00775)
    assert listed["shifts"] == ("CD19 dimmer by 1.4 decades",)
    assert listed["spread_decades"] == ["CD10 0.12", "CD38 0.20"]


def test_every_row_fits_its_table_and_no_column_is_left_unused(tmp_path: Path) -> None:
    plan = study(row("S1", "A"), row("S1", "B"), row("S2", "A"))

    tables = rows_of(
        plan, result("S1", with_events(31), "A"), result("S1", tube(0), "B")
    ).by_table()

    assert list(tables) == ["mrd", "mrd_tubes", "mrd_candidates"]
    for name, rows in tables.items():
        write_table(tmp_path / f"{name}.csv", name, rows)
        assert set().union(*rows) == set(columns_of(name))
        assert len(read_table(tmp_path / f"{name}.csv", name)) == len(rows)


@pytest.mark.parametrize("lost", ["absent", "failed", "not evaluable"])
def test_a_negative_sample_of_which_a_tube_was_not_judged_is_limited(lost: str) -> None:
    rows = [row("S1", "A"), row("S1", "B")][: 1 if lost == "absent" else 2]
    second = [result("S1", tube(0), "B")] if lost == "not evaluable" else []

    tables = rows_of(study(*rows, tubes=("A", "B")), result("S1", tube(), "A"), *second)

    (found,) = tables.samples
    assert (found["status"], found["class"]) == ("NEG_LIMITED", "intermediate")
    assert found["limitations"] == [
        "tube B of the panel is missing or could not be judged"
    ]
    assert found["limitation_codes"] == ["tube_missing"]


def test_a_sample_with_all_tubes_judged_is_not_limited() -> None:
    plan = study(row("S1", "A"), row("S1", "B"))

    tables = rows_of(plan, result("S1", tube(), "A"), result("S1", tube(), "B"))

    assert [one["status"] for one in (*tables.samples, *tables.tubes)] == ["NEG"] * 3


def test_blood_of_a_panel_for_marrow_is_no_complete_response() -> None:
    tables = rows_of(study(row("S1", specimen="PB")), result("S1", tube()))

    assert tables.samples[0]["status"] == "NEG_LIMITED"
    assert tables.samples[0]["limitation_codes"] == ["not_marrow"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"visit": "D14"}, "visit D14"),
        ({"visit": "D14", "rel_day": 15}, "day 15"),
        ({"visit": "UNS", "rel_day": 3}, "day 3"),
        ({"visit": "UNS"}, ""),
        ({"visit": "UNS", "rel_day": -1}, ""),
        ({"visit": "D0"}, ""),
        ({"visit": "D0", "rel_day": 1}, ""),
        ({"visit": "D0", "cycle": 2}, "cycle 2"),
        ({"visit": "DX"}, ""),
        ({"visit": "DX", "cycle": 2, "rel_day": 5}, ""),
    ],
)
def test_what_comes_after_the_start_of_the_drug_is_told_by_the_sheet(
    changes: dict[str, Any], words: str
) -> None:
    assert drawn_after_drug(row("S1", **changes)) == words


def test_cd19_alone_on_treatment_is_no_complete_response_though_nothing_is_said() -> (
    None
):
    sheet = row("S1", visit="EOT", prior_cd19_therapy=None)

    (found,) = rows_of(study(sheet), result("S1", tube(has_b_alt=False))).samples

    assert found["status"] == "NEG_LIMITED"
    assert found["limitation_codes"] == ["cd19_only_inferred"]


def test_normal_cells_are_named_and_the_shipped_ones_told_from_the_labs_own() -> None:
    shipped = load_reference(SHIPPED / "bcp-all-mrd-post-cd19.toml")
    own = replace(shipped, name="own", version="2.0.0", sha256="0" * 64)
    marrow, blind = tube(), tube(has_reference=False)

    by_shipped, by_own, by_none = (
        rows_of(study(row("S1"), reference=known), result("S1", mrd)).samples[0]
        for known, mrd in ((shipped, marrow), (own, marrow), (own, blind))
    )

    assert (is_shipped(shipped), is_shipped(own)) == (True, False)
    assert by_shipped["limitation_codes"] == ["shipped_reference"]
    assert by_shipped["status"] == "NEG"
    assert by_shipped["reference"] == shipped.name
    assert by_own["limitation_codes"] == []
    assert (by_own["reference"], by_own["reference_version"]) == ("own", "2.0.0")
    assert by_none["reference"] == ""


def test_a_reference_of_a_panel_for_which_none_is_shipped_is_the_labs_own() -> None:
    shipped = load_reference(SHIPPED / "bcp-all-mrd-post-cd19.toml")

    assert not is_shipped(replace(shipped, panel="another"))
