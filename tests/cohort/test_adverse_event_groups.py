"""Adverse events by grade in two groups of cycles."""

import pytest

from cytoflow_blina.cohort.adverse_event_groups import tabulate_adverse_events
from cytoflow_blina.cohort.groups import Grouping
from cytoflow_blina.cohort.pairing import ExclusionRow
from cytoflow_blina.cohort.people import gather_people
from cytoflow_blina.cohort.subject_tables import AdverseEventRow, CycleRow
from cytoflow_blina.domain.analysis_plan import AdverseEventPlan
from cytoflow_blina.domain.comparison import TabulatedOutcome

GROUP_OF = {("P1", 1): "R", ("P1", 2): "N", ("P2", 1): "R", ("P3", 1): "N"}
PEOPLE = gather_people(
    [],
    [
        *(
            CycleRow(subject_id=subject, cycle=cycle, group2=group)
            for (subject, cycle), group in GROUP_OF.items()
        ),
        CycleRow(subject_id="P4", cycle=1, group2=""),
        CycleRow(subject_id="P5", cycle=1, group2="other"),
    ],
)


def event(
    subject: str, grade: int, term: str = "CRS", cycle: int = 1
) -> AdverseEventRow:
    return AdverseEventRow(subject_id=subject, cycle=cycle, term=term, grade=grade)


EVENTS = [
    event("P1", 1),
    event("P1", 3),
    event("P1", 2),
    event("P1", 2, cycle=2),
    event("P2", 0),
    event("P4", 4),
    event("P5", 4),
    event("P2", 1, "fever"),
]


def tabulate(**asked: object) -> Grouping:
    content = {"name": "ae", "by": "group2", "a": ["R"], "b": ["N"], **asked}
    return tabulate_adverse_events(
        AdverseEventPlan.model_validate(content), EVENTS, PEOPLE
    )


def table(found: Grouping, outcome: str) -> TabulatedOutcome:
    (one,) = [one for one in found.tables if one.outcome == outcome]
    return one


def test_the_worst_grade_of_a_cycle_counts() -> None:
    grades = table(tabulate(), "CRS, grades")

    assert grades.categories == ("G0", "G1-2", "G3-5")
    assert grades.labels == ("R", "N")
    # P1 had grades 1, 3 and 2 in one cycle; in another grade 2.
    assert grades.cells.tolist() == [[1, 0, 1], [0, 1, 0]]
    assert grades.n_excluded == 1


def test_any_and_severe_grades_are_told_apart() -> None:
    found = tabulate()

    any_grade, severe = (table(found, f"CRS, {one}") for one in ("any grade", "severe"))
    assert any_grade.categories == ("G1-5", "G0")
    assert any_grade.cells.tolist() == [[1, 1], [1, 0]]
    assert severe.categories == ("G3-5", "G0-2")
    assert severe.cells.tolist() == [[1, 1], [0, 1]]


def test_a_cycle_without_a_row_was_not_assessed_and_is_listed() -> None:
    found = tabulate()

    assert ExclusionRow("ae", "P3", 1, "not assessed", ("CRS", "fever")) in (
        found.exclusions
    )
    assert ExclusionRow("ae", "P1", 2, "not assessed", ("fever",)) in found.exclusions


def test_a_cycle_without_a_row_was_free_of_it_where_all_were_assessed() -> None:
    found = tabulate(assessed="all")

    grades = table(found, "CRS, grades")
    assert grades.cells.tolist() == [[1, 0, 1], [1, 1, 0]]
    assert grades.n_excluded == 0
    assert found.exclusions == (
        ExclusionRow("ae", "P4", 1, "group2 is not known"),
        ExclusionRow("ae", "P5", 1, "group2 is 'other', of neither group"),
    )


def test_terms_may_be_chosen() -> None:
    found = tabulate(terms=["fever"])

    assert [one.outcome for one in found.tables] == [
        "fever, grades",
        "fever, any grade",
        "fever, severe",
    ]


def test_where_holds() -> None:
    assert table(tabulate(where={"group2": ["R"]}), "CRS, grades").cells.tolist() == [
        [1, 0, 1],
        [0, 0, 0],
    ]


@pytest.mark.parametrize(
    ("severe", "categories"),
    [
        (1, ("G0", "no grade", "G1-5")),
        (2, ("G0", "G1", "G2-5")),
        (5, ("G0", "G1-4", "G5")),
    ],
)
def test_what_is_severe_may_be_said(severe: int, categories: tuple[str, ...]) -> None:
    grades = table(tabulate(severe=severe), "CRS, grades")

    assert grades.categories == categories
    assert grades.cells.sum() == 3


def test_without_rows_there_is_nothing_to_count() -> None:
    plan = AdverseEventPlan(name="ae", by="group2", a=["R"], b=["N"])

    found = tabulate_adverse_events(plan, [], PEOPLE)

    assert found.tables == ()
