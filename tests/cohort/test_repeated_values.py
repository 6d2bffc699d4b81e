"""Values of several visits, each subject with the first cycle."""

from collections.abc import Mapping
from dataclasses import replace

from cytoflow_blina.cohort.pairing import ExclusionRow
from cytoflow_blina.cohort.people import gather_people
from cytoflow_blina.cohort.repeated_values import repeated_values
from cytoflow_blina.cohort.subject_tables import SubjectRow
from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.cohort.value_source import ValueSource
from cytoflow_blina.cohort.visit_windows import VisitWindows
from cytoflow_blina.domain.comparison import Outcome, RepeatedOutcome
from cytoflow_blina.domain.sample import Sample

CD3 = Outcome("CD3", "CD3", "cells_per_ul", "cells/uL", "counts")
NK = Outcome("NK", "NK", "cells_per_ul", "cells/uL", "counts")
VISITS = ("D0", "D14", "EOT")
EVERYBODY = gather_people([SubjectRow(subject_id=f"P{n}") for n in range(1, 4)], [])


def draw(subject: str, visit: str = "D0", cycle: int = 1) -> Sample:
    sample_id = f"{subject}-{cycle}-{visit}"
    return Sample(sample_id, subject, cycle, visit, None, "PB", "bead")


def collected(
    values: Mapping[Sample, float | str],
    where: Mapping[str, list[str]] | None = None,
    outcomes: tuple[Outcome, ...] = (CD3,),
) -> tuple[RepeatedOutcome, tuple[ExclusionRow, ...]]:
    def look_up(one: Sample, _: Outcome) -> UsableValue:
        found = values[one]
        if isinstance(found, str):
            return UsableValue(float("nan"), found)
        return UsableValue(found)

    source = ValueSource(tuple(values), outcomes, look_up)
    found, exclusions = repeated_values(
        source, "course", VISITS, where or {}, EVERYBODY, VisitWindows()
    )
    return found[0], exclusions


def test_every_visit_that_there_is_enters() -> None:
    values = {draw("P1"): 1, draw("P1", "EOT"): 3, draw("P2", "D14"): 2}

    found, exclusions = collected(values)

    assert list(found.values) == [1, 3, 2]
    assert found.subject_ids == ("P1", "P1", "P2")
    assert found.value_visits == ("D0", "EOT", "D14")
    assert (found.baseline, found.visits) == ("D0", ("D14", "EOT"))
    assert (found.n_excluded, exclusions) == (0, ())


def test_other_visits_and_later_cycles_do_not_enter() -> None:
    values = {draw("P1", "D21"): 9, draw("P1", "D14", 2): 5, draw("P1", "D0", 3): 1}

    found, _ = collected(values)

    assert list(found.values) == [5]


def test_what_cannot_be_used_is_counted_and_listed() -> None:
    again = replace(draw("P2"), sample_id="again")
    late = replace(draw("P3", "D14"), rel_day=20)
    values: dict[Sample, float | str] = {
        draw("P1"): 1,
        draw("P1", "EOT"): "QC_SAT failed",
        draw("P2"): 2,
        again: 2,
        late: 3,
    }

    found, exclusions = collected(values)

    assert list(found.values) == [1]
    assert found.n_excluded == len(exclusions) == 3
    assert exclusions == (
        ExclusionRow("course", "P1", 1, "EOT: QC_SAT failed", ("CD3",)),
        ExclusionRow(
            "course",
            "P2",
            1,
            "2 samples at D0 (P2-1-D0, again): which one is not said",
            ("CD3",),
        ),
        ExclusionRow(
            "course",
            "P3",
            1,
            "D14 drawn on day 20, outside its window of day 12 to 16",
            ("CD3",),
        ),
    )


def test_a_reason_stands_once_for_all_outcomes() -> None:
    _, exclusions = collected({draw("P1"): "lost"}, outcomes=(CD3, NK))

    assert exclusions == (ExclusionRow("course", "P1", 1, "D0: lost", ("CD3", "NK")),)


def test_where_holds() -> None:
    found, _ = collected({draw("P1"): 1}, {"sex": ["F"]})

    assert found.values.shape == (0,)


def test_without_samples_there_are_no_values() -> None:
    found, exclusions = collected({})

    assert found.values.shape == (0,)
    assert exclusions == ()
