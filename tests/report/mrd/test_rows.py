from math import nan

import pytest
from tests.mrd.tubes import RULES

from cytoflow_blina.mrd.sensitivity import measure_sensitivity
from cytoflow_blina.report.collect import RunTables
from cytoflow_blina.report.mrd.candidates import lay_out_candidates, stage_words
from cytoflow_blina.report.mrd.course import lay_out_course
from cytoflow_blina.report.mrd.marrow_cells import (
    cell_lines,
    denominator_lines,
    straddles_cut,
)
from cytoflow_blina.report.mrd.run_lines import mrd_lines
from cytoflow_blina.report.mrd.verdict import lay_out_verdict

SAMPLE = {
    "sample_id": "S1",
    "subject_id": "P01",
    "status": "POS_QUANT",
    "class": "failure",
    "mrd_events": "40",
    "denominator": "NUC",
    "denominator_events": "500000",
    "nuc_events": "500000",
    "mnc_events": "200000",
    "mrd_percent": "0.008",
    "lod_events": "20",
    "events_for_lod": "200000",
}


def needed(n_cells: int, blank: float = nan) -> tuple[str, ...]:
    found = measure_sensitivity(
        0,
        n_cells,
        RULES.profiles["ICCS20_50"],
        profile="ICCS20_50",
        cut_percent=0.01,
        blank_lod_percent=blank,
    )
    row = {
        "status": "NEG",
        "denominator": "NUC",
        "denominator_events": str(n_cells),
        "lod_events": "20",
        "lod_source": found.lod_source,
        "events_for_lod": str(found.events_for_lod or ""),
        "events_to_detect": str(found.events_to_detect),
    }
    return lay_out_verdict(row).needed


def test_too_few_cells_are_told_how_many_are_missing() -> None:
    first, second = needed(120_000)

    assert first == (
        "With 200,000 nucleated cells, 80,000 more than here, the limit of detection "
        "would be 0.01\u202f% (20 events)."
    )
    assert "278,793 nucleated cells" in second


def test_enough_cells_are_told_what_ten_times_less_would_take() -> None:
    first, _ = needed(200_000)

    assert "suffice for a limit of detection of 0.01" in first
    assert "0.001\u202f%, would take 2,000,000" in first


def test_blank_samples_that_show_more_make_more_cells_useless() -> None:
    (only,) = needed(5_000_000, blank=0.02)

    assert "more cells would not lower it" in only


def test_mrd_by_each_denominator_and_on_which_side_of_the_cut() -> None:
    nucleated, mononuclear = denominator_lines(SAMPLE, cut=0.01)

    assert (nucleated.percent, nucleated.is_used) == ("0.0080\u202f%", True)
    assert (mononuclear.percent, mononuclear.is_used) == ("0.0200\u202f%", False)
    # 40 events: 28.6 to 54.5 by Garwood.
    assert nucleated.interval == "0.0057–0.0109"
    assert straddles_cut(SAMPLE, cut=0.01)
    assert not straddles_cut({**SAMPLE, "mnc_events": ""}, cut=0.01)


def test_what_was_not_evaluable_has_no_percentage_by_any_denominator() -> None:
    row = {**SAMPLE, "status": "NOT_EVALUABLE", "mrd_events": "0"}

    lines = denominator_lines(row, cut=0.01)

    assert {(one.percent, one.interval) for one in lines} == {("–", "")}
    assert not straddles_cut(row, cut=0.01)


def test_what_was_not_detected_is_never_zero_percent() -> None:
    row = {**SAMPLE, "status": "NEG", "mrd_events": "0", "mrd_percent": "0"}

    assert {one.percent for one in denominator_lines(row, cut=0.01)} == {"not detected"}


def test_without_a_count_there_are_no_denominators() -> None:
    assert denominator_lines({**SAMPLE, "mrd_events": ""}, cut=0.01) == ()


def test_kinds_of_cell_are_those_of_the_tube_of_the_verdict() -> None:
    populations = [
        {"tube": "A", "path": "nucleated/mature_b", "n_events": "9"},
        {"tube": "B", "path": "nucleated/mature_b", "n_events": "5000"},
        {"tube": "B", "path": "nucleated/b/hg1", "n_events": "0"},
        {"tube": "B", "path": "nucleated", "n_events": "500000"},
    ]

    hg1, mature = cell_lines(populations, {**SAMPLE, "source_tube": "B"})

    assert (mature.name, mature.n_events, mature.percent) == (
        "Mature B",
        "5,000",
        "1.00\u202f%",
    )
    assert (hg1.n_events, hg1.percent) == ("0", "0\u202f%")
    assert hg1.interval.startswith("0–")


def test_without_nucleated_cells_kinds_have_no_percentage() -> None:
    populations = [{"tube": "", "path": "b/mature_b", "n_events": "9"}]

    (line,) = cell_lines(populations, {**SAMPLE, "nuc_events": ""})

    assert (line.n_events, line.percent) == ("9", "–")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"b_lineage_events": "0"}, "holds no cells of B lineage"),
        ({"b_lineage_events": "900"}, "among 900 cells of B lineage no cluster"),
        ({"b_lineage_events": ""}, "among cells of B lineage no cluster"),
        (
            {"limitation_codes": "shipped_reference; no_reference"},
            "No candidates were sought",
        ),
        ({"status": "NOT_EVALUABLE"}, "not evaluable"),
    ],
)
def test_a_tube_without_candidates_says_why(
    changes: dict[str, str], words: str
) -> None:
    (tube,) = lay_out_candidates({**SAMPLE, **changes}, RunTables(), cut=0.01)

    assert words in tube.nothing
    assert tube.plots == ()


def test_a_candidate_is_described_in_words() -> None:
    row = {
        "sample_id": "S1",
        "tube": "",
        "path": "b/candidate_2",
        "n_events": "12",
        "percent_of_denominator": "0.0024",
        "score_sd": "11.86",
        "nearest_normal": "hg1",
        "aberrancies": "CD10 brighter by 0.8 decade;CD38 dimmer by 1.2 decades",
        "spread_decades": "CD10 0.12;CD38 0.31;CD45 0.2",
        "cd19": "negative",
        "cd19_positive_percent": "4",
        "diagnosis_sd": "6.2",
        "shifts": "CD10 dimmer by 0.9 decade",
        "gate_source": "manual",
    }

    (tube,) = lay_out_candidates(SAMPLE, RunTables(mrd_candidates=(row,)), cut=0.01)

    (line,) = tube.lines
    assert line.style.number == 2
    assert line.is_few
    assert (line.percent, line.interval) == ("0.0024\u202f%", "0.0012–0.0042")
    assert (line.score, line.nearest) == ("12", "hematogones, stage 1")
    assert line.aberrancies == (
        "CD10 brighter by 0.8 decade",
        "CD38 dimmer by 1.2 decades",
    )
    assert "CD19 was lost" in line.cd19
    assert line.diagnosis == "shifted, 6.2 SD away"
    assert line.spread == "at most 0.31 decade (CD38)"
    assert line.source == "drawn by a person"


def test_a_candidate_near_the_diagnosis_is_like_it_and_none_known_is_said() -> None:
    near = {"sample_id": "S1", "path": "b/candidate_1", "diagnosis_sd": "1.3"}
    unknown = {"sample_id": "S1", "path": "b/candidate_2"}

    (tube,) = lay_out_candidates(
        SAMPLE, RunTables(mrd_candidates=(near, unknown)), cut=0.01
    )

    first, second = tube.lines
    assert first.diagnosis == "like the diagnosis, 1.3 SD away"
    assert second.diagnosis == "phenotype at diagnosis not known"
    assert (second.cd19, second.score, second.spread) == ("not called", "–", "–")


def test_stations_without_a_name_are_numbered() -> None:
    assert stage_words("4") == "station 4 of normal maturation"
    assert stage_words("") == "–"


def test_a_subject_with_one_sample_has_no_course() -> None:
    row = {"sample_id": "S1", "subject_id": "P01", "status": "NEG"}

    assert lay_out_course(SAMPLE, RunTables(mrd_follow_up=(row,)), cut=0.01) is None


def test_the_course_holds_the_subject_alone_with_bounds_and_links() -> None:
    rows = (
        {
            "sample_id": "DX 1",
            "subject_id": "P01",
            "visit": "DX",
            "status": "POS_QUANT",
        },
        {
            "sample_id": "S1",
            "subject_id": "P01",
            "status": "NEG",
            "class": "CR",
            "mrd_percent": "0",
            "log10_reduction": "3.21",
            "log10_reduction_is_bound": "1",
            "baseline_sample": "DX 1",
        },
        {"sample_id": "S9", "subject_id": "P02", "status": "NEG"},
    )

    course = lay_out_course(SAMPLE, RunTables(mrd_follow_up=rows), cut=0.01)

    assert course is not None
    first, second = course.lines
    assert (first.href, first.is_current, second.is_current) == (
        "DX%201.html",
        False,
        True,
    )
    assert (second.mrd, second.reduction) == ("not detected", "≥\u202f3.2")
    assert second.reduction_detail == "from DX 1"


def test_the_worst_samples_come_first() -> None:
    rows = (
        {"sample_id": "cr", "status": "NEG", "class": "CR", "mrd_percent": "0"},
        {"sample_id": "low", "status": "POS_QUANT", "class": "failure"},
        {
            "sample_id": "high",
            "status": "POS_QUANT",
            "class": "failure",
            "mrd_percent": "3",
        },
        {"sample_id": "ne", "status": "NOT_EVALUABLE", "class": "NE"},
        {"sample_id": "mid", "status": "POS_NOT_QUANT", "class": "intermediate"},
    )

    lines = mrd_lines(RunTables(mrd=rows))

    assert [one.sample_id for one in lines] == ["high", "low", "ne", "mid", "cr"]


def test_a_run_without_marrow_has_no_lines() -> None:
    assert mrd_lines(RunTables()) == ()
