"""The synthetic cohort that ships, and the plan that analyses it."""

from cytoflow_blina.published.claim_routes import RouteKind, claim_routes
from cytoflow_blina.workflow.analysis import analyse
from cytoflow_blina.workflow.analysis_problems import (
    SubjectTables,
    analysis_problems,
)
from cytoflow_blina.workflow.reproduction.cohort import load_cohort
from cytoflow_blina.workflow.reproduction.drawn_counts import true_counts_frame


def test_the_plan_names_nothing_that_the_cohort_lacks() -> None:
    cohort = load_cohort()

    problems = analysis_problems(
        cohort.config,
        SubjectTables(
            cohort.subjects,
            cohort.cycles,
            cohort.measurements,
            cohort.adverse_events,
            is_complete=True,
        ),
    )

    assert problems == []


def test_every_claim_that_needs_patients_is_answered_by_an_analysis() -> None:
    cohort = load_cohort()
    rows = analyse(cohort.with_counts(true_counts_frame(cohort.samples)))
    answered = {(row.contrast, row.outcome) for row in rows["comparisons"]}

    unanswered = [
        route.id
        for route in claim_routes().values()
        if route.route in {RouteKind.COMPARISON, RouteKind.SURVIVAL, RouteKind.BESIDE}
        and (route.contrast, route.outcome) not in answered
    ]

    # Their numbers stand in the supplement alone.
    assert unanswered == ["f2.neutrophils", "f2.platelets"]


def test_samples_are_drawn_on_their_day_of_the_cycle() -> None:
    cohort = load_cohort()
    starts = {(row.subject_id, row.cycle): row.infusion_start for row in cohort.cycles}

    for one in cohort.samples:
        start = starts[one.subject_id, one.cycle]
        assert start is not None
        assert (one.drawn_at.date() - start.date()).days == one.rel_day
