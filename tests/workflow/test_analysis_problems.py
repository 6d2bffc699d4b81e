"""What a plan names and the tables do not have is told before anything is analysed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from cytoflow_blina.cohort.subject_tables import (
    AdverseEventRow,
    CycleRow,
    MeasurementRow,
    SubjectRow,
)
from cytoflow_blina.workflow.analysis_problems import (
    SubjectTables,
    analysis_problems,
)
from cytoflow_blina.workflow.study import StudyConfig

TABLES = SubjectTables(
    subjects=(
        SubjectRow(
            subject_id="P1",
            sex="F",
            poor_cytogenetics=True,
            carried={"site": "Rome", "dead": "1"},
        ),
        SubjectRow(
            subject_id="P2",
            sex="M",
            fusion="BCR::ABL1",
            carried={"site": "Pisa", "dead": "0"},
        ),
        SubjectRow(subject_id="P3", carried={"site": "Oslo", "dead": ""}),
    ),
    cycles=(
        CycleRow(subject_id="P1", cycle=1, group2="RRPOS", infusion_days_planned=14),
        CycleRow(subject_id="P2", cycle=1, group2="NEG"),
    ),
    measurements=(
        MeasurementRow(
            subject_id="P1", cycle=1, visit="D0", analyte="IL-6", unit="pg/mL", value=1
        ),
    ),
    adverse_events=(
        AdverseEventRow(subject_id="P1", cycle=1, term="CRS", grade=1),
        AdverseEventRow(subject_id="P1", cycle=2, term="CRS", grade=1),
    ),
    is_complete=True,
)
EMPTY = SubjectTables((), (), (), (), is_complete=True)
TWO = {"name": "x", "by": "group2", "a": ["RRPOS"], "b": ["NEG"]}


def config(**content: object) -> StudyConfig:
    documents = {"panels": [], "templates": [], "limits": ""}
    return StudyConfig.model_validate({"documents": documents, **content})


def told(
    kind: str, plan: Mapping[str, Any], tables: SubjectTables = TABLES
) -> list[str]:
    found = analysis_problems(config(**{kind: [plan]}), tables)
    place = f"study.toml: {kind}.0 ({plan['name']})"
    return [str(one).removeprefix(place).lstrip(": ") for one in found]


@pytest.mark.parametrize(
    ("kind", "plan"),
    [
        ("comparison", {"name": "x", "outcomes": ["CD3", "IL-6"]}),
        ("comparison", {"name": "x", "where": {"infusion": ["14 d", "21/28 d"]}}),
        ("comparison", {"name": "x", "where": {"poor_cytogenetics": ["1"]}}),
        ("comparison", {"name": "x", "where": {"poor_cytogenetics": ["true"]}}),
        ("comparison", {"name": "x", "where": {"dead": ["false"]}}),
        ("group_comparison", TWO),
        ("group_comparison", {**TWO, "of": "value", "outcomes": ["CD3", "age_months"]}),
        ("kinetics", {"name": "x", "visits": ["D0", "EOT"], "outcomes": ["NK"]}),
        (
            "response",
            {
                "name": "x",
                "by": ["site"],
                "predictors": ["D0:CD19", "D0:IL-6", "sex", "site=Rome", "dead=1"],
                "model": ["D0:CD19", "sex", "site=Rome", "dead", "fusion=BCR::ABL1"],
            },
        ),
        ("survival", {"name": "x", "endpoint": "os"}),
        ("survival", {"name": "x", "endpoint": "os", "labels": ["everybody"]}),
        ("survival", {"name": "x", "endpoint": "os", "by": "site"}),
        ("characteristics", {**TWO, "columns": ["sex", "site=Rome", "dead"]}),
    ],
)
def test_a_plan_that_fits_its_tables_has_no_problem(
    kind: str, plan: Mapping[str, Any]
) -> None:
    assert told(kind, plan) == []


COUNTED = (
    "CD3, CD4, CD8, NK, CD19, CD4_CD8_RATIO, CD3_PERCENT, CD4_PERCENT, CD8_PERCENT, "
    "NK_PERCENT, CD19_PERCENT, CD3_PERCENT_OF_NON_B, LYMPH, MRD"
)


@pytest.mark.parametrize(
    ("kind", "plan", "expected"),
    [
        pytest.param(
            "comparison",
            {"name": "x", "outcomes": ["IL6"]},
            f"outcome 'IL6' is neither counted ({COUNTED}) nor an analyte of "
            "measurements.csv (IL-6). Did you mean 'IL-6'?",
            id="outcome",
        ),
        pytest.param(
            "comparison",
            {"name": "x", "where": {"site": ["Roma"]}},
            "where: nobody has 'Roma' in column 'site', which holds Oslo, Pisa, Rome. "
            "Did you mean 'Rome'?",
            id="where",
        ),
        pytest.param(
            "comparison",
            {"name": "x", "where": {"site": []}},
            "where: site is empty; name the values that it may have.",
            id="empty where",
        ),
        pytest.param(
            "group_comparison",
            {**TWO, "b": ["NEG", "RRPOS"]},
            "RRPOS stands in both groups; leave it in one.",
            id="both groups",
        ),
        pytest.param(
            "characteristics",
            {**TWO, "a": [], "columns": ["sex"]},
            "a is empty; name the values of that group.",
            id="empty group",
        ),
        pytest.param(
            "characteristics",
            {**TWO, "columns": ["site=Roma"]},
            "nobody has 'Roma' in column 'site', which holds Oslo, Pisa, Rome. Did you "
            "mean 'Rome'?",
            id="value of a column",
        ),
        pytest.param(
            "response",
            {"name": "x", "non_responders": ["NR", "CR"]},
            "CR stands in both groups; leave it in one.",
            id="responder and not",
        ),
        pytest.param(
            "response",
            {"name": "x", "responders": ["PR"]},
            "nobody has 'PR' in column 'response', which holds CR, MRD_CR, NE, NR. Did "
            "you mean 'NR'?",
            id="response",
        ),
        pytest.param(
            "response",
            {"name": "x", "predictors": ["D00:CD19"]},
            "predictor 'D00:CD19': visit 'D00' is not declared; known visits are DX, "
            "D0, D14, D21, D28, EOT, UNS. Did you mean 'D0'?",
            id="visit of a predictor",
        ),
        pytest.param(
            "response",
            {"name": "x", "model": ["D0:CD91"]},
            "predictor 'D0:CD91': outcome 'CD91' is neither counted nor an analyte of "
            f"measurements.csv; there are {COUNTED}, IL-6. Did you mean 'CD19'?",
            id="outcome of a predictor",
        ),
        pytest.param(
            "response",
            {"name": "x", "model": ["site"]},
            "predictor 'site' of the model holds Oslo, Pisa, Rome; name one value "
            "against the others: 'site=Oslo'.",
            id="a predictor of three words",
        ),
        pytest.param(
            "survival",
            {"name": "x", "endpoint": "os", "by": "dose_step_day"},
            "nobody has a value in column 'dose_step_day'; fill it.",
            id="empty column",
        ),
        pytest.param(
            "survival",
            {"name": "x", "endpoint": "os", "groups": [["A"], ["B"]]},
            "groups are named and no column; say in 'by' whose values they are.",
            id="groups of nothing",
        ),
        pytest.param(
            "survival",
            {
                "name": "x",
                "endpoint": "os",
                "by": "site",
                "groups": [["Rome"], ["Pisa"]],
                "labels": ["a"],
            },
            "1 labels for 2 groups; give each group one.",
            id="a label too few",
        ),
        pytest.param(
            "survival",
            {"name": "x", "endpoint": "os", "by": "site", "labels": ["a", "b"]},
            "labels are given and no groups; name the values of each group.",
            id="labels of whom",
        ),
        pytest.param(
            "survival",
            {"name": "x", "endpoint": "os", "labels": ["a", "b"]},
            "2 labels for one group of all; leave one.",
            id="labels too many",
        ),
        pytest.param(
            "survival",
            {
                "name": "x",
                "endpoint": "os",
                "by": "site",
                "groups": [["Rome"], ["Pisa"], ["Oslo", "Rome"]],
            },
            "Rome stands in two groups; leave it in one.",
            id="two of three groups",
        ),
        pytest.param(
            "adverse_events",
            {**TWO, "terms": ["CSR"]},
            "term 'CSR' is in no row of adverse_events.csv, which has CRS. Did you "
            "mean 'CRS'?",
            id="term",
        ),
    ],
)
def test_what_the_tables_do_not_have_is_told(
    kind: str, plan: Mapping[str, Any], expected: str
) -> None:
    assert expected in told(kind, plan)


def test_a_column_of_numbers_with_some_words_is_told() -> None:
    rows = tuple(
        SubjectRow(subject_id=f"P{place}", carried={"blasts": cell})
        for place, cell in enumerate(["3", "4.5", "NA", "60", ""])
    )
    tables = replace(TABLES, subjects=rows)

    (message,) = told("characteristics", {**TWO, "columns": ["blasts"]}, tables)

    assert message == (
        "column 'blasts' holds numbers, but also NA; leave cells empty whose number is "
        "not known."
    )
    assert told("characteristics", {**TWO, "columns": ["blasts=NA"]}, tables) == []


# ---- values spelt in two ways


def grouped(*values: str) -> SubjectTables:
    """Give each value of group2 to a cycle, and the same text to the subject's site."""
    ids = [f"P{number}" for number in range(len(values))]
    pairs = list(zip(ids, values, strict=True))
    return replace(
        TABLES,
        subjects=tuple(
            SubjectRow(subject_id=one, sex="F", carried={"site": value})
            for one, value in pairs
        ),
        cycles=tuple(
            CycleRow(subject_id=one, cycle=1, group2=value) for one, value in pairs
        ),
        adverse_events=(),
    )


def test_a_value_spelt_otherwise_than_the_plan_does_is_told() -> None:
    tables = grouped("RRPOS", "RRpos", "RRpos", "NEG", "")

    assert told("group_comparison", TWO, tables) == [
        (
            "cycles.csv: column group2: 'RRpos' (2 rows) stands beside 'RRPOS' "
            "(1 row); write one."
        )
    ]


@pytest.mark.parametrize(
    ("kind", "plan"),
    [
        ("comparison", {"name": "x", "where": {"site": ["Rome"]}}),
        ("response", {"name": "x", "by": ["site"]}),
        ("response", {"name": "x", "model": ["site=Rome"]}),
        ("survival", {"name": "x", "endpoint": "os", "by": "site"}),
        ("survival", {**TWO, "endpoint": "os", "by": "site", "groups": [["Rome"]]}),
    ],
)
def test_values_spelt_in_two_ways_are_told_wherever_a_column_is_named(
    kind: str, plan: Mapping[str, Any]
) -> None:
    own = {key: value for key, value in plan.items() if key not in {"a", "b"}}

    assert told(kind, own, grouped("Rome", "Rome", " rome", "Pisa")) == [
        (
            "subjects.csv: column site: 'rome' (1 row) stands beside 'Rome' (2 rows); "
            "write one."
        )
    ]


def test_who_describes_by_values_spelt_in_two_ways_is_told() -> None:
    (problem,) = analysis_problems(config(describe_by="site"), grouped("A b", "A-b"))

    assert problem.where == "subjects.csv: column site"


def test_spellings_that_the_plan_joins_are_meant() -> None:
    joined = {**TWO, "a": ["RRPOS", "RRpos"]}
    tables = grouped("RRPOS", "RRpos", "NEG")

    assert told("group_comparison", joined, tables) == []
    apart = {**TWO, "a": ["RRPOS"], "b": ["RRpos"]}
    assert len(told("group_comparison", apart, tables)) == 1


def test_a_column_that_nobody_asks_for_may_be_spelt_as_it_is() -> None:
    assert told("comparison", {"name": "x"}, grouped("Rome", "rome")) == []


def test_a_counted_outcome_is_no_column() -> None:
    values = {**TWO, "of": "value", "outcomes": ["CD3", "sex"], "by": "site"}
    own = {**values, "a": ["Rome"], "b": ["Pisa"]}

    assert told("group_comparison", own, grouped("Rome", "Pisa")) == []


# ---- groups of survival


def test_numbers_and_many_words_are_no_groups_of_survival_by_themselves() -> None:
    names = ("Ann", "Ben", "Cal", "Dan", "Eve", "Fay", "Gus")
    by_site = {"name": "x", "endpoint": "os", "by": "site"}

    assert told("survival", by_site, grouped(*names[:6])) == []
    assert told("survival", by_site, grouped(*names)) == [
        "column 'site' holds 7 values, and each would be a group; name the groups."
    ]
    assert told("survival", by_site, grouped("1", "2.5")) == [
        "column 'site' holds numbers, and each would be a group; name the groups."
    ]
    assert told("survival", by_site, grouped("0", "1")) == []
    named = {**by_site, "groups": [["1"], ["2.5"]]}
    assert told("survival", named, grouped("1", "2.5")) == []


def test_who_is_not_asked_for_makes_no_group_of_survival() -> None:
    plan = {
        "name": "x",
        "endpoint": "os",
        "by": "site",
        "where": {"site": ["Ann", "Ben"]},
    }

    assert told("survival", plan, grouped("Ann", "Ben", *"123456")) == []


def test_a_column_that_no_member_has_filled_is_told() -> None:
    plan = {"name": "x", "endpoint": "os", "by": "site", "where": {"sex": ["M"]}}
    tables = grouped("Ann", "Ben")
    man = SubjectRow(subject_id="P9", sex="M")
    tables = replace(tables, subjects=(*tables.subjects, man))

    assert told("survival", plan, tables) == [
        "nobody whom it asks for has a value in column 'site'; fill it."
    ]


# ---- tables without rows


def test_a_table_without_rows_is_told_instead_of_its_columns() -> None:
    subjects = (SubjectRow(subject_id="P1", sex="F", carried={"site": "Rome"}),)
    tables = replace(EMPTY, subjects=subjects, adverse_events=(), empty=("cycles.csv",))
    # Every field is a column of its table, filled or not; those of cycles are not.
    plan = {**TWO, "where": {"response": ["CR"], "sex": ["X"]}}

    assert told("group_comparison", plan, tables) == [
        "where: nobody has 'X' in column 'sex', which holds F, M.",
        (
            "cycles.csv: has no rows; fill it, because study.toml asks for group2, "
            "response."
        ),
    ]
    assert told("group_comparison", plan, replace(tables, empty=()))[0].startswith(
        "column 'group2' is in neither"
    )


def test_a_table_without_rows_that_nobody_asks_for_is_no_problem() -> None:
    tables = replace(EMPTY, empty=("subjects.csv", "cycles.csv"))

    assert told("comparison", {"name": "x"}, tables) == []
    assert [
        one.partition(": ")[0] for one in told("group_comparison", TWO, tables)
    ] == [
        "subjects.csv",
        "cycles.csv",
    ]


def test_many_cycles_that_are_not_listed_are_told_at_once() -> None:
    events = tuple(
        AdverseEventRow(subject_id="P1", cycle=cycle, term="CRS", grade=1)
        for cycle in range(1, 8)
    )

    (message,) = told("adverse_events", TWO, replace(TABLES, adverse_events=events))

    assert message == (
        "adverse_events.csv: 6 cycles have no row in cycles.csv: subject P1, cycle 2; "
        "subject P1, cycle 3; subject P1, cycle 4; subject P1, cycle 5; subject P1, "
        "cycle 6; and 1 more. Add them, because adverse events are counted by cycle."
    )


def test_a_count_is_no_column_of_subjects() -> None:
    for kind, plan in (
        ("characteristics", {**TWO, "columns": ["CD3"]}),
        ("response", {"name": "x", "by": ["CD3"]}),
        ("response", {"name": "x", "predictors": ["CD3"]}),
        ("group_comparison", {**TWO, "of": "value", "outcomes": ["D0:CD3"]}),
    ):
        (problem,) = told(kind, plan)
        assert problem.startswith("column ")


def test_an_adverse_event_of_a_cycle_that_is_not_listed_is_told() -> None:
    assert told("adverse_events", TWO) == [
        (
            "adverse_events.csv: subject P1, cycle 2 has no row in cycles.csv; add it, "
            "because adverse events are counted by cycle."
        )
    ]


def test_who_describes_by_what_nobody_has_is_told() -> None:
    (problem,) = analysis_problems(config(describe_by="sight"), TABLES)

    assert str(problem).startswith("study.toml: describe_by: column 'sight' is in")
    assert str(problem).endswith("Did you mean 'site'?")


def test_a_problem_stands_once() -> None:
    plan = {"name": "x", "predictors": ["sight"], "model": ["sight"], "by": ["sight"]}

    assert len(told("response", plan)) == 1


def test_a_measurement_of_a_declared_visit_is_none() -> None:
    week = MeasurementRow(
        subject_id="P1", cycle=1, visit="W1", analyte="IL-6", unit="pg/mL", value=1
    )
    tables = SubjectTables((), (), (week,), (), is_complete=True)

    assert len(analysis_problems(config(), tables)) == 1
    assert analysis_problems(config(visits=["W1"]), tables) == []


def test_a_study_may_do_without_subjects() -> None:
    assert told("group_comparison", TWO, EMPTY) == []
    assert told("survival", {"name": "x", "endpoint": "os", "by": "site"}, EMPTY) == []
    assert len(told("comparison", {"name": "x", "outcomes": ["IL-6"]}, EMPTY)) == 1


def test_tables_that_could_not_be_read_are_no_fault_of_the_plan() -> None:
    unread = SubjectTables((), (), (), (), is_complete=False)

    assert told("comparison", {"name": "x", "outcomes": ["IL-6"]}, unread) == []
