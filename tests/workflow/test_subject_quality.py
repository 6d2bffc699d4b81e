"""A sample is compared with what was drawn before it, and with nothing else."""

from datetime import datetime, timedelta

from cytoflow_blina.quality.subject_visit import SubjectVisit, VisitInContext
from cytoflow_blina.workflow.subject_quality import _in_context

START = datetime(2026, 1, 5)  # noqa: DTZ001 -- the lab's own clock


def visit(name: str, day: int | None) -> SubjectVisit:
    at = None if day is None else START + timedelta(days=day)
    return SubjectVisit(name, name.partition("-")[0], "PB", cycle=1, at=at)


def contexts_of(*visits: SubjectVisit) -> dict[str, VisitInContext]:
    return {one.visit.sample_id: one for one in _in_context(visits)}


def test_earlier_samples_of_the_subject_come_in_order_of_time() -> None:
    contexts = contexts_of(
        visit("P1-EOT", 28), visit("P1-D14", 14), visit("P1-D0", 0), visit("P2-D0", 5)
    )

    earlier = {name: [v.sample_id for v in c.earlier] for name, c in contexts.items()}
    assert earlier == {
        "P1-D0": [],
        "P2-D0": [],
        "P1-D14": ["P1-D0"],
        "P1-EOT": ["P1-D0", "P1-D14"],
    }


def test_others_are_those_drawn_before() -> None:
    contexts = contexts_of(visit("P1-D0", 0), visit("P2-D0", 5), visit("P3-D0", 9))

    assert contexts["P1-D0"].crowd.subjects == ()
    assert contexts["P3-D0"].crowd.subjects == ("P1", "P2")


def test_samples_drawn_at_once_are_not_earlier_than_each_other() -> None:
    contexts = contexts_of(visit("P1-D0", 0), visit("P1-again", 0))

    assert [context.earlier for context in contexts.values()] == [(), ()]


def test_a_sample_without_a_date_is_compared_with_nothing_and_with_no_one() -> None:
    contexts = contexts_of(visit("P1-D0", None), visit("P1-EOT", 28))

    assert len(contexts) == 2
    assert all(context.earlier == () for context in contexts.values())
