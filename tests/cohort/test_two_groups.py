"""Two groups, as a plan declares them."""

from cytoflow_blina.cohort.people import gather_people
from cytoflow_blina.cohort.subject_tables import SubjectRow
from cytoflow_blina.cohort.two_groups import declared_groups
from cytoflow_blina.domain.analysis_plan import GroupPlan

PLAN = GroupPlan(name="c", by="group3", a=["RR", "POS"], b=["NEG"], label_b="neg")


def test_groups_without_a_label_are_named_by_their_values() -> None:
    assert declared_groups(PLAN).labels == ("RR + POS", "neg")


def test_who_has_another_value_belongs_to_neither_and_is_told() -> None:
    groups = declared_groups(PLAN)
    rows = [
        SubjectRow(subject_id=value, group3=value.removeprefix("none"))
        for value in ("RR", "POS", "NEG", "XX", "none")
    ]
    people = gather_people(rows, [])

    found = {row.subject_id: (row.subject_id, 1) for row in rows}

    assert {name: groups.group_of(key, people) for name, key in found.items()} == {
        "RR": 0,
        "POS": 0,
        "NEG": 1,
        "XX": None,
        "none": None,
    }
    assert groups.unknown(found["RR"], people) == ""
    assert groups.unknown(found["XX"], people) == "group3 is 'XX', of neither group"
    assert groups.unknown(found["none"], people) == "group3 is not known"


def test_of_whom_nobody_asks_is_not_told() -> None:
    groups = declared_groups(PLAN.model_copy(update={"where": {"sex": ["F"]}}))
    rows = [
        SubjectRow(subject_id="P1", sex="F", group3="XX"),
        SubjectRow(subject_id="P2", sex="M", group3="XX"),
        SubjectRow(subject_id="P3", group3="XX"),
    ]
    people = gather_people(rows, [])

    assert [groups.unknown((row.subject_id, 1), people) for row in rows] == [
        "group3 is 'XX', of neither group",
        "",
        "sex is not known",
    ]
