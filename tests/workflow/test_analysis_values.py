"""What a figure draws is what was tested."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from cytoflow_blina.domain.comparison import GroupedOutcome
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.workflow.analysis import analyse
from cytoflow_blina.workflow.analysis_values import declared_analyses
from cytoflow_blina.workflow.cohort_tables import CohortTables
from cytoflow_blina.workflow.reproduction.cohort import load_cohort
from cytoflow_blina.workflow.reproduction.drawn_counts import true_counts_frame


@pytest.fixture(scope="module")
def tables() -> CohortTables:
    """Give the shipped cohort without its paired comparisons and its survival."""
    cohort = load_cohort()
    counted = cohort.with_counts(true_counts_frame(cohort.samples))
    without: dict[str, list[object]] = {"comparison": [], "survival": []}
    return replace(counted, config=counted.config.model_copy(update=without))


@pytest.fixture(scope="module")
def declared(tables: CohortTables) -> tuple[DeclaredAnalysis, ...]:
    """Give what the plan of the cohort declares."""
    return declared_analyses(tables)


def grouped(declared: tuple[DeclaredAnalysis, ...]) -> Iterator[GroupedOutcome]:
    """List the values of all groups."""
    return (values for one in declared for values in one.grouped)


def test_analyses_stand_in_the_order_of_study_toml(
    tables: CohortTables, declared: tuple[DeclaredAnalysis, ...]
) -> None:
    config = tables.config

    assert [one.name for one in declared] == [
        plan.name for _, plan in config.analyses("study.toml")
    ]


def test_groups_hold_the_values_that_were_tested(
    tables: CohortTables, declared: tuple[DeclaredAnalysis, ...]
) -> None:
    tested = {
        (row.contrast, row.outcome.removeprefix("change of ")): row
        for row in analyse(tables)["comparisons"]
        if row.kind in {"change", "groups"}
    }

    values = {(one.contrast, one.outcome.name): one for one in grouped(declared)}

    assert values.keys() == tested.keys()
    assert len(values) > 10
    for key, row in tested.items():
        assert (values[key].a.size, values[key].b.size) == (row.n_a, row.n_b)
        assert float(np.median(values[key].a)) == pytest.approx(row.median_a)
        assert float(np.median(values[key].b)) == pytest.approx(row.median_b)


def test_visits_hold_the_values_that_were_tested(
    tables: CohortTables, declared: tuple[DeclaredAnalysis, ...]
) -> None:
    tested = [row for row in analyse(tables)["comparisons"] if row.kind == "visits"]
    (course,) = (one for one in declared if one.kind == "kinetics")
    values = {one.outcome.name: one for one in course.repeated}

    assert len(tested) > 10
    for row in tested:
        own = values[row.outcome.partition(" at ")[0]]
        visits = np.array(own.value_visits)
        assert float(np.median(own.values[visits == row.group_b])) == pytest.approx(
            row.median_b
        )


def test_what_the_tables_do_not_say_is_said_in_sentences(
    tables: CohortTables,
) -> None:
    config = load_cohort().config
    (events,) = config.adverse_events
    landmark = config.survival[0].model_copy(
        update={"landmark_months": 3.0, "where": {"sex": ["F", "M"]}}
    )
    plans = {"adverse_events": [events], "survival": [landmark]}
    own = replace(tables, config=tables.config.model_copy(update=plans))

    said = {one.kind: one.settings for one in declared_analyses(own)}

    assert said["survival"][0] == "Only where sex is F or M."
    assert said["survival"][1].startswith("Landmark at 3 months:")
    (survival,) = (one for one in declared_analyses(own) if one.kind == "survival")
    assert survival.landmark_months == 3.0
    assert any("without a row of a term" in one for one in said["adverse_events"])


@pytest.mark.parametrize(("labels", "column"), [([], "group3"), (["a", "b"], "")])
def test_groups_without_labels_carry_the_column_they_are_values_of(
    tables: CohortTables, labels: list[str], column: str
) -> None:
    plan = (
        load_cohort()
        .config.survival[0]
        .model_copy(update={"by": "group3", "labels": labels})
    )
    only = {"survival": [plan]}
    own = replace(tables, config=tables.config.model_copy(update=only))

    (survival,) = (one for one in declared_analyses(own) if one.kind == "survival")

    assert survival.group_column == column


def test_without_subjects_and_cycles_no_group_has_values(tables: CohortTables) -> None:
    nobody = replace(tables, people=type(tables.people)({}, {}))

    assert list(grouped(declared_analyses(nobody))) == []
