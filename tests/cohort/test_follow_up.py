"""Follow-up of the groups of a survival analysis."""

import pytest

from cytoflow_blina.cohort.follow_up import collect_follow_up
from cytoflow_blina.cohort.pairing import ExclusionRow
from cytoflow_blina.cohort.people import People, gather_people
from cytoflow_blina.cohort.subject_tables import CycleRow, SubjectRow
from cytoflow_blina.domain.analysis_plan import SurvivalPlan
from cytoflow_blina.domain.comparison import FollowUp


def subject(
    subject_id: str,
    months: float | None,
    *,
    event: bool | None,
    group3: str = "",
) -> SubjectRow:
    return SubjectRow(
        subject_id=subject_id,
        group3=group3,
        efs_months=months,
        efs_event=event,
        os_months=None if months is None else months + 1,
        os_event=False if months is not None else None,
    )


PEOPLE = gather_people(
    [
        subject("P1", 3, event=True, group3="A"),
        subject("P2", 3, event=False, group3="A"),
        subject("P3", 5, event=True, group3="B"),
        subject("P4", None, event=None, group3="B"),
        subject("P5", 9, event=False, group3="C"),
        subject("P6", 7, event=True),
    ],
    [],
)


def collect(
    people: People = PEOPLE, **asked: object
) -> tuple[FollowUp, tuple[ExclusionRow, ...]]:
    content = {"name": "s", "endpoint": "efs", **asked}
    return collect_follow_up(SurvivalPlan.model_validate(content), people)


def times(found: FollowUp) -> list[list[tuple[float, bool]]]:
    groups = zip(found.months, found.events, strict=True)
    return [
        list(zip(months.tolist(), events.tolist(), strict=True))
        for months, events in groups
    ]


def test_without_a_column_everybody_is_one_group() -> None:
    found, exclusions = collect()

    assert found.labels == ("all",)
    assert times(found) == [[(3, True), (3, False), (5, True), (9, False), (7, True)]]
    assert found.n_excluded == 1
    assert exclusions == (
        ExclusionRow("s", "P4", 1, "efs_months and efs_event are not known"),
    )


def test_groups_are_the_values_of_a_column_where_none_are_named() -> None:
    found, exclusions = collect(by="group3")

    assert found.labels == ("A", "B", "C")
    assert [len(one) for one in found.months] == [2, 1, 1]
    assert found.n_excluded == 1
    assert exclusions[1] == ExclusionRow("s", "P6", 1, "group3 is not known")


def test_groups_may_join_values_and_leave_others_out() -> None:
    found, exclusions = collect(by="group3", groups=[["A", "C"], ["B"]])

    assert found.labels == ("A + C", "B")
    assert times(found) == [[(3, True), (3, False), (9, False)], [(5, True)]]
    assert [one.subject_id for one in exclusions] == ["P4", "P6"]


def test_who_is_of_no_group_is_listed_and_not_counted() -> None:
    found, exclusions = collect(by="group3", groups=[["A"], ["B"]])

    assert found.n_excluded == 1
    assert [(one.subject_id, one.reason) for one in exclusions] == [
        ("P4", "efs_months and efs_event are not known"),
        ("P5", "group3 is 'C', of no group"),
        ("P6", "group3 is not known"),
    ]


def test_a_group_of_nobody_stays_a_group() -> None:
    found, _ = collect(by="group3", groups=[["A"], ["D"]], labels=["a", "d"])

    assert found.labels == ("a", "d")
    assert times(found) == [[(3, True), (3, False)], []]


def test_the_endpoint_decides_which_columns_are_read() -> None:
    found, exclusions = collect(endpoint="os")

    assert times(found)[0][0] == (4, False)
    assert exclusions[0].reason == "os_months and os_event are not known"


def test_a_landmark_leaves_out_who_was_gone_by_then_and_counts_from_there() -> None:
    found, exclusions = collect(by="group3", landmark_months=3.0)

    # Last seen just then is followed up to it; an event just then is before it.
    assert times(found) == [[(0, False)], [(2, True)], [(6, False)]]
    assert found.n_excluded == 2
    assert exclusions[0] == ExclusionRow(
        "s", "P1", 1, "event at 3 months, landmark at 3"
    )


def test_who_was_last_seen_before_the_landmark_is_told() -> None:
    _, exclusions = collect(landmark_months=4)

    assert [one.reason for one in exclusions] == [
        "event at 3 months, landmark at 4",
        "last seen at 3 months, landmark at 4",
        "efs_months and efs_event are not known",
    ]


def test_an_event_on_the_first_day_counts_without_a_landmark() -> None:
    people = gather_people([subject("P1", 0, event=True)], [])

    found, exclusions = collect(people)

    assert times(found) == [[(0, True)]]
    assert exclusions == ()


def test_a_column_of_cycles_is_that_of_the_first_cycle() -> None:
    people = gather_people(
        [subject("P1", 3, event=True)],
        [
            CycleRow(subject_id="P1", cycle=2, group2="NEG"),
            CycleRow(subject_id="P1", cycle=1, group2="RRPOS"),
        ],
    )

    found, _ = collect(people, by="group2", groups=[["RRPOS"], ["NEG"]])

    assert [len(one) for one in found.months] == [1, 0]


def test_values_of_later_cycles_make_no_group() -> None:
    people = gather_people(
        [subject("P1", 3, event=True), subject("P2", 4, event=True)],
        [
            CycleRow(subject_id="P1", cycle=1, group2="RRPOS"),
            CycleRow(subject_id="P1", cycle=2, group2="NEG"),
            CycleRow(subject_id="P2", cycle=1, group2="MRDPOS"),
        ],
    )

    found, exclusions = collect(people, by="group2")

    assert found.labels == ("MRDPOS", "RRPOS")
    assert exclusions == ()


def test_values_of_those_who_are_not_asked_for_make_no_group() -> None:
    found, _ = collect(by="group3", where={"group3": ["A", "C"]})

    assert found.labels == ("A", "C")


def test_where_no_member_has_a_value_nobody_is_in_a_group() -> None:
    people = gather_people([subject("P1", 3, event=True)], [])

    found, exclusions = collect(people, by="group3")

    assert times(found) == [[]]
    assert exclusions == (ExclusionRow("s", "P1", 1, "group3 is not known"),)


@pytest.mark.parametrize("yes", ["1", "true"])
def test_yes_may_be_written_in_two_ways(yes: str) -> None:
    people = gather_people(
        [
            SubjectRow(
                subject_id="P1", poor_cytogenetics=True, efs_months=2, efs_event=True
            )
        ],
        [],
    )

    found, _ = collect(people, by="poor_cytogenetics", groups=[[yes], ["0"]])

    assert [len(one) for one in found.months] == [1, 0]


def test_where_holds_and_lists_of_whom_it_is_not_known() -> None:
    found, exclusions = collect(where={"group3": ["A"]})

    assert [len(one) for one in found.months] == [2]
    assert found.n_excluded == 0
    assert exclusions == (ExclusionRow("s", "P6", 1, "group3 is not known"),)


def test_nobody_can_be_followed() -> None:
    found, exclusions = collect(People({}, {}))

    assert times(found) == [[]]
    assert exclusions == ()
