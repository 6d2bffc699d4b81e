"""Who responded to the first cycle, and what may go with it."""

from collections.abc import Mapping

import numpy as np
import pytest

from cytoflow_blina.cohort.pairing import ExclusionRow
from cytoflow_blina.cohort.people import gather_people
from cytoflow_blina.cohort.response import Response, collect_response
from cytoflow_blina.cohort.subject_tables import CycleRow, SubjectRow
from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.cohort.value_source import ValueSource
from cytoflow_blina.domain.analysis_plan import ResponsePlan
from cytoflow_blina.domain.comparison import Outcome, TabulatedOutcome
from cytoflow_blina.domain.sample import Sample

CD3 = Outcome("CD3", "CD3", "cells_per_ul", "cells/uL", "counts")
CD19 = Outcome("CD19", "CD19", "cells_per_ul", "cells/uL", "counts")

SEXES = {"P1": "F", "P2": "M", "P3": "F", "P4": None, "P5": "M", "P6": "F"}
RESPONSES = {"P1": "CR", "P2": "MRD_CR", "P3": "NR", "P4": "NR", "P5": "NE"}
PEOPLE = gather_people(
    [
        SubjectRow(
            subject_id=subject,
            sex=sex,
            age_months=12.0 * int(subject[1]),
            poor_cytogenetics=subject == "P3" if sex else None,
            fusion="BCR::ABL1" if subject == "P2" else "none",
            carried={
                "kind": {"P1": "x", "P2": "y", "P3": "z"}.get(subject, ""),
                "dose": "",
            },
        )
        for subject, sex in SEXES.items()
    ],
    [
        CycleRow(subject_id="P1", cycle=2, response="NR"),
        *(
            CycleRow(
                subject_id=subject,
                cycle=1,
                response=response,
                infusion_days_planned=28 if subject == "P1" else 14,
            )
            for subject, response in RESPONSES.items()
        ),
    ],
)


def draw(subject: str, visit: str = "D0", cycle: int = 1) -> Sample:
    sample_id = f"{subject}-{cycle}-{visit}"
    return Sample(sample_id, subject, cycle, visit, None, "PB", "bead")


def collect(values: Mapping[Sample, float] | None = None, **asked: object) -> Response:
    found = dict(values or {})
    source = ValueSource(
        tuple(found), (CD3, CD19), lambda one, _: UsableValue(found[one])
    )
    counted = {"CD3", "CD19"}
    plan = ResponsePlan.model_validate({"name": "r", **asked})
    return collect_response(
        plan, PEOPLE, lambda name: source if name in counted else None
    )


def rate(found: Response, outcome: str) -> TabulatedOutcome:
    (table,) = [one for one in found.rates if one.outcome == outcome]
    return table


def test_the_response_is_that_of_the_first_cycle() -> None:
    overall = rate(collect(), "response")

    assert overall.labels == ("all",)
    assert overall.categories == ("responders", "non-responders")
    assert overall.cells.tolist() == [[2, 2]]


def test_who_was_not_evaluated_is_listed_and_is_no_failure() -> None:
    assert collect().univariable.exclusions == (
        ExclusionRow("r", "P5", 1, "response is NE"),
        ExclusionRow("r", "P6", 1, "response is not known"),
    )


def test_where_takes_subjects_out_and_lists_of_whom_it_is_not_known() -> None:
    found = collect(where={"sex": ["M"]})

    assert rate(found, "response").cells.tolist() == [[1, 0]]
    assert found.univariable.exclusions == (
        ExclusionRow("r", "P4", 1, "sex is not known"),
        ExclusionRow("r", "P5", 1, "response is NE"),
    )


def test_rates_are_told_for_every_value_of_a_column() -> None:
    by_sex = rate(collect(by=["sex"]), "response by sex")

    assert by_sex.labels == ("F", "M")
    assert by_sex.cells.tolist() == [[1, 1], [1, 0]]
    assert by_sex.n_excluded == 1


def test_responders_may_be_other_values() -> None:
    found = collect(responders=["CR"], non_responders=["MRD_CR", "NR"])

    assert rate(found, "response").cells.tolist() == [[1, 3]]


def test_a_predictor_may_be_a_column_of_numbers_or_of_two_words() -> None:
    found = collect(predictors=["age_months", "sex", "poor_cytogenetics"])

    (age,) = found.univariable.values
    assert (list(age.a), list(age.b)) == ([12, 24], [36, 48])
    sex, poor = found.univariable.tables
    assert (sex.outcome, sex.cells.tolist()) == ("sex=F", [[1, 1], [1, 0]])
    assert (poor.outcome, poor.cells.tolist()) == (
        "poor_cytogenetics",
        [[0, 2], [1, 0]],
    )
    assert sex.n_excluded == poor.n_excluded == 1


def test_a_count_is_that_of_the_cycle_whose_response_it_is() -> None:
    values = {draw("P1", cycle=2): 5.0, draw("P2"): 7.0, draw("P3"): 9.0}

    found = collect(values, predictors=["D0:CD19"])

    (cd19,) = found.univariable.values
    assert cd19.outcome.name == "CD19"
    assert (list(cd19.a), list(cd19.b)) == ([7], [9])
    assert cd19.n_excluded == 2
    missing = [
        one.subject_id
        for one in found.univariable.exclusions
        if one.reason == "no sample at D0"
    ]
    assert missing == ["P1", "P4"]


def test_a_model_takes_those_in_whom_everything_is_known() -> None:
    found = collect(model=["age_months", "sex", "kind=x", "poor_cytogenetics"])

    model = found.model
    assert model is not None
    assert model.names == ("age_months", "sex=F", "kind=x", "poor_cytogenetics")
    np.testing.assert_array_equal(
        model.predictors, [[12, 1, 1, 0], [24, 0, 0, 0], [36, 1, 0, 1]]
    )
    assert model.is_event.tolist() == [False, False, True]
    assert model.n_excluded == 1
    assert found.univariable.exclusions[-1] == ExclusionRow(
        "r: model", "P4", 1, "sex, kind=x, poor_cytogenetics not known"
    )


def test_a_count_enters_a_model_from_the_same_cycle() -> None:
    values = {draw("P1", cycle=2): 5.0, draw("P2"): 7.0, draw("P3"): 9.0}

    model = collect(values, model=["D0:CD3"]).model

    assert model is not None
    assert model.predictors.tolist() == [[7], [9]]
    assert model.n_excluded == 2


def test_a_value_may_hold_a_colon() -> None:
    found = collect(predictors=["fusion=BCR::ABL1"], model=["fusion=BCR::ABL1"])

    (table,) = found.univariable.tables
    assert table.outcome == "fusion=BCR::ABL1"
    assert table.cells.tolist() == [[1, 1], [0, 2]]
    assert found.model is not None
    assert found.model.predictors.tolist() == [[0], [1], [0], [0]]


@pytest.mark.parametrize("column", ["dose", "no such column"])
def test_a_model_of_what_nobody_has_holds_nobody(column: str) -> None:
    model = collect(model=[column]).model

    assert model is not None
    assert model.predictors.shape == (0, 1)
    assert model.n_excluded == 4


def test_without_model_there_is_none() -> None:
    assert collect().model is None
