"""How many are left at every stage of a comparison."""

from dataclasses import fields

import pytest

from cytoflow_blina.cohort.attrition import (
    AttritionRow,
    Stage,
    attrition_rows,
    undecided,
)
from cytoflow_blina.cohort.columns import columns_of
from cytoflow_blina.cohort.people import gather_people
from cytoflow_blina.cohort.subject_tables import SubjectRow


def test_the_rows_are_those_of_the_registry() -> None:
    assert [one.name for one in fields(AttritionRow)] == list(columns_of("attrition"))


def test_a_stage_tells_who_is_left_and_then_why_others_are_not() -> None:
    stages = [
        Stage("all", [("P1", 1), ("P1", 2), ("P2", 1)], {}),
        Stage("sampled", [("P1", 1)], {"b": [("P2", 1)], "a": [("P1", 2)]}),
    ]

    rows = attrition_rows("c", stages)

    assert rows == (
        AttritionRow("c", 1, "all", "", 2, 3),
        AttritionRow("c", 2, "sampled", "", 1, 1),
        AttritionRow("c", 2, "sampled", "a", 0, 1),
        AttritionRow("c", 2, "sampled", "b", 1, 1),
    )


def test_subjects_left_and_lost_add_up_where_each_is_lost_once() -> None:
    before = [("P1", 1), ("P1", 2), ("P2", 1), ("P3", 1)]
    stage = Stage("left", [("P1", 1)], {"late": [("P1", 2)], "x": before[2:]})

    left, *lost = attrition_rows("c", [Stage("all", before, {}), stage])[1:]

    assert left.n_subjects + sum(one.n_subjects for one in lost) == 3
    assert left.n_cycles + sum(one.n_cycles for one in lost) == 4


def test_a_stage_that_nobody_reaches_has_its_row() -> None:
    assert attrition_rows("c", [Stage("left", [], {})]) == (
        AttritionRow("c", 1, "left", "", 0, 0),
    )
    assert attrition_rows("c", []) == ()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"site": "Rome", "arm": "A"}, ""),
        ({"site": "Pisa", "arm": "A"}, ""),
        ({"site": "Pisa", "arm": ""}, ""),
        ({"site": "Rome", "arm": ""}, "arm is not known"),
        ({"site": "", "arm": ""}, "site and arm are not known"),
    ],
)
def test_who_may_be_asked_for_is_undecided(
    cells: dict[str, str], expected: str
) -> None:
    people = gather_people([SubjectRow(subject_id="P1", carried=cells)], [])
    where = {"site": ["Rome"], "arm": ["A", "B"]}

    assert undecided(("P1", 1), where, people) == expected
