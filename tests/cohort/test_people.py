"""What is known of subjects and cycles, read by the names of columns."""

from dataclasses import replace
from datetime import datetime
from math import isnan

import pytest

from cytoflow_blina.cohort.infusion import infusion_length
from cytoflow_blina.cohort.people import (
    column_problems,
    gather_people,
    is_one_of,
    is_yes_or_no,
    value_problems,
)
from cytoflow_blina.cohort.subject_tables import (
    AdverseEventRow,
    CycleRow,
    SubjectRow,
)

TWO_CYCLES = gather_people(
    [
        SubjectRow(
            subject_id="P1",
            sex="F",
            age_months=60.123456789,
            poor_cytogenetics=True,
            carried={"site": "Rome", "prior_hsct": "1", "score": "7"},
        ),
        SubjectRow(
            subject_id="P2",
            poor_cytogenetics=False,
            birth_date=datetime.fromisoformat("2019-01-01"),
            carried={"site": "", "prior_hsct": "0", "score": "12.5"},
        ),
        SubjectRow(subject_id="P3", carried={"site": "Pisa"}),
    ],
    [
        CycleRow(subject_id="P1", cycle=2, infusion_days_planned=14, response="NR"),
        CycleRow(subject_id="P1", cycle=1, infusion_days_planned=28, response="CR"),
        CycleRow(
            subject_id="P2",
            cycle=1,
            infusion_start=datetime.fromisoformat("2024-01-01"),
        ),
    ],
)


def cycle(planned: int | None = None, actual: int | None = None) -> CycleRow:
    return CycleRow(
        subject_id="P1",
        cycle=1,
        infusion_days_planned=planned,
        infusion_days_actual=actual,
    )


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (None, ""),
        (cycle(), ""),
        (cycle(14), "14 d"),
        (cycle(actual=17), "14 d"),
        (cycle(actual=18), "21/28 d"),
        (cycle(28), "21/28 d"),
        (cycle(31), "21/28 d"),
        (cycle(32), ""),
        (cycle(28, 15), "14 d"),
    ],
)
def test_the_length_of_an_infusion_is_the_actual_one_else_the_planned_one(
    row: CycleRow | None, expected: str
) -> None:
    assert infusion_length(row) == expected


def test_columns_of_subjects_and_of_cycles_are_read_alike() -> None:
    assert TWO_CYCLES.text("P1", 1, "sex") == "F"
    assert TWO_CYCLES.text("P1", 1, "response") == "CR"
    assert TWO_CYCLES.text("P1", 2, "response") == "NR"
    assert TWO_CYCLES.text("P1", 2, "infusion") == "14 d"
    assert TWO_CYCLES.text("P1", 1, "site") == "Rome"
    assert TWO_CYCLES.text("P1", 1, "poor_cytogenetics") == "true"


def test_what_is_not_known_is_empty() -> None:
    assert TWO_CYCLES.text("P2", 1, "site") == ""
    assert TWO_CYCLES.text("P3", 1, "poor_cytogenetics") == ""
    assert TWO_CYCLES.text("P9", 1, "sex") == ""
    assert TWO_CYCLES.text("P1", 1, "no such column") == ""
    assert isnan(TWO_CYCLES.number("P1", 1, "site"))


def test_a_key_is_no_column() -> None:
    assert {"subject_id", "cycle", "carried"}.isdisjoint(TWO_CYCLES.columns)
    assert TWO_CYCLES.text("P1", 1, "subject_id") == ""


def test_an_age_that_is_given_keeps_its_digits() -> None:
    assert TWO_CYCLES.number("P1", 1, "age_months") == 60.123456789


def test_an_age_is_computed_at_the_start_of_the_infusion() -> None:
    days = 5 * 365 + 1  # of 2019 to 2023, one of them a leap year

    assert TWO_CYCLES.number("P2", 1, "age_months") == pytest.approx(days / 30.4375)
    assert isnan(TWO_CYCLES.number("P3", 1, "age_months"))


def test_yes_and_no_are_1_and_0_as_numbers() -> None:
    assert TWO_CYCLES.number("P1", 1, "poor_cytogenetics") == 1
    assert TWO_CYCLES.number("P2", 1, "poor_cytogenetics") == 0


@pytest.mark.parametrize("yes", ["true", "1", "TRUE"])
@pytest.mark.parametrize("column", ["poor_cytogenetics", "prior_hsct"])
def test_yes_may_be_asked_for_as_1_or_as_true_whatever_the_table_writes(
    yes: str, column: str
) -> None:
    where = {column: [yes]}

    assert TWO_CYCLES.fits("P1", 1, where)
    assert not TWO_CYCLES.fits("P2", 1, where)
    assert not TWO_CYCLES.fits("P3", 1, where)
    assert value_problems("here", column, [yes], TWO_CYCLES) == []


def test_a_number_is_not_taken_for_yes() -> None:
    assert not is_one_of("7", ["true", "1"])
    assert not is_one_of("10", ["1"])
    assert not is_one_of("", ["", "false", "0"])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], False),
        (["0", "1"], True),
        (["true"], True),
        (["0", "1", "2"], False),
        (["F", "M"], False),
    ],
)
def test_a_question_has_the_answers_yes_and_no(
    values: list[str], *, expected: bool
) -> None:
    assert is_yes_or_no(values) is expected


def test_every_column_of_where_must_fit() -> None:
    assert TWO_CYCLES.fits("P1", 1, {})
    assert TWO_CYCLES.fits("P1", 1, {"sex": ["F"], "infusion": ["21/28 d"]})
    assert not TWO_CYCLES.fits("P1", 1, {"sex": ["F"], "infusion": ["14 d"]})
    assert not TWO_CYCLES.fits("P1", 1, {"sex": []})


def test_the_first_cycle_is_the_lowest_that_is_listed() -> None:
    late = gather_people([], [CycleRow(subject_id="P1", cycle=3)])

    assert TWO_CYCLES.first_cycle("P1") == 1
    assert late.first_cycle("P1") == 3
    assert late.first_cycle("P9") == 1


def test_a_column_is_of_numbers_when_every_filled_cell_is_one() -> None:
    assert TWO_CYCLES.is_numeric("score")
    assert TWO_CYCLES.is_numeric("age_months")
    assert not TWO_CYCLES.is_numeric("site")
    assert not TWO_CYCLES.is_numeric("poor_cytogenetics")
    assert not TWO_CYCLES.is_numeric("group3")


def test_adverse_events_are_columns_by_subject() -> None:
    people = gather_people(
        [
            SubjectRow(subject_id="P1"),
            SubjectRow(subject_id="P2", carried={"had flu": "1"}),
        ],
        [],
        [
            AdverseEventRow(subject_id="P1", cycle=1, term="CRS", grade=0),
            AdverseEventRow(subject_id="P1", cycle=2, term="CRS", grade=2),
        ],
    )

    assert people.text("P1", 1, "had CRS") == "true"
    assert people.text("P2", 1, "had CRS") == ""
    assert people.text("P2", 1, "had flu") == "1"
    assert {"had CRS", "had flu"} <= set(people.columns)


def test_nobody_has_no_columns() -> None:
    nobody = gather_people([], [])

    assert nobody.columns == ()
    assert nobody.values("sex") == ()
    (problem,) = column_problems("study.toml: describe_by", "sex", nobody)
    assert str(problem) == (
        "study.toml: describe_by: column 'sex' is in neither subjects.csv nor "
        "cycles.csv, which have nothing, because neither file is there."
    )


def test_an_unknown_value_is_told_with_those_that_there_are() -> None:
    (problem,) = value_problems("here", "site", ["Rome", "Pise"], TWO_CYCLES)

    assert str(problem) == (
        "here: nobody has 'Pise' in column 'site', which holds Pisa, Rome. Did you "
        "mean 'Pisa'?"
    )


def test_a_value_of_a_known_vocabulary_is_no_slip_though_nobody_has_it() -> None:
    assert value_problems("here", "response", ["MRD_CR", "NE"], TWO_CYCLES) == []
    (problem,) = value_problems("here", "response", ["PR"], TWO_CYCLES)
    assert "which holds CR, MRD_CR, NE, NR." in problem.message


def test_yes_is_no_value_of_a_column_of_words_or_of_counts() -> None:
    assert len(value_problems("here", "site", ["true"], TWO_CYCLES)) == 1
    assert len(value_problems("here", "score", ["true"], TWO_CYCLES)) == 1
    assert len(value_problems("here", "poor_cytogenetics", ["yes"], TWO_CYCLES)) == 1


def test_the_response_by_mrd_stands_beside_the_one_that_is_given() -> None:
    people = replace(
        gather_people(
            [],
            [
                CycleRow(subject_id="P1", cycle=1, response="NR"),
                CycleRow(subject_id="P2", cycle=1),
                CycleRow(subject_id="P3", cycle=1, response="CR"),
                CycleRow(subject_id="P4", cycle=1),
            ],
        ),
        responses_by_mrd={("P1", 1): "MRD_CR", ("P2", 1): "NE"},
    )

    def values(column: str) -> list[str]:
        return [people.text(f"P{n}", 1, column) for n in range(1, 5)]

    assert values("response") == ["NR", "", "CR", ""]
    assert values("response_by_mrd") == ["MRD_CR", "NE", "", ""]
    assert values("response_with_mrd") == ["NR", "NE", "CR", ""]


def test_a_plan_may_ask_for_the_response_by_mrd_before_any_marrow_was_run() -> None:
    people = gather_people([], [CycleRow(subject_id="P1", cycle=1)])

    assert value_problems("here", "response_by_mrd", ["MRD_CR"], people) == []
    assert value_problems("here", "response_with_mrd", ["CR"], people) == []
    assert value_problems("here", "response_by_mrd", ["PR"], people) != []
