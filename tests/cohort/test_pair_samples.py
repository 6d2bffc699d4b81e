"""Which two samples of a subject and cycle are compared, by the sheet alone."""

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.cohort.pair_samples import (
    ChosenSamples,
    Contrast,
    choose_samples,
    visit_sample,
)
from cytoflow_blina.cohort.people import People, gather_people
from cytoflow_blina.cohort.subject_tables import CycleRow
from cytoflow_blina.cohort.visit_windows import VisitWindows
from cytoflow_blina.domain.sample import Sample

NOBODY = People({}, {})
EOT = Contrast("EOT vs D0", "D0", ("EOT", "D28"))


def draw(subject: str, visit: str, cycle: int = 1, day: int | None = None) -> Sample:
    sample_id = f"{subject}-{cycle}-{visit}"
    return Sample(sample_id, subject, cycle, visit, day, "PB", "bead")


def both(subject: str, cycle: int = 1) -> list[Sample]:
    return [draw(subject, "D0", cycle), draw(subject, "EOT", cycle)]


def lost(chosen: ChosenSamples, stage: int) -> dict[str, int]:
    found = chosen.stages[stage - 1].lost
    return {reason: len(cycles) for reason, cycles in found.items()}


def infusions(*planned: tuple[str, int, int]) -> People:
    rows = (
        CycleRow(subject_id=subject, cycle=cycle, infusion_days_planned=days)
        for subject, cycle, days in planned
    )
    return gather_people([], rows)


def test_a_later_cycle_is_no_further_subject() -> None:
    chosen = choose_samples([*both("P1"), *both("P1", 2)], EOT, NOBODY)

    assert [pair.cycle for pair in chosen.pairs] == [("P1", 1)]
    assert lost(chosen, 2) == {"a later cycle of the same subject": 1}


def test_a_cycle_with_other_visits_alone_is_not_the_first() -> None:
    samples = [draw("P1", "D14", 1), *both("P1", 2)]

    chosen = choose_samples(samples, EOT, NOBODY)

    assert [pair.cycle for pair in chosen.pairs] == [("P1", 2)]
    assert lost(chosen, 2) == {"a cycle without any of these visits": 1}


def test_every_cycle_with_one_of_the_visits_is_taken_when_asked() -> None:
    samples = [*both("P1"), draw("P1", "D0", 2), draw("P1", "DX", 3)]

    chosen = choose_samples(samples, replace(EOT, cycles="all"), NOBODY)

    assert [pair.cycle for pair in chosen.pairs] == [("P1", 1)]
    assert chosen.missing == {("P1", 2): "no sample at EOT or D28"}
    assert lost(chosen, 2) == {"a cycle without any of these visits": 1}


def test_the_first_cycle_is_chosen_before_its_columns_are_asked_for() -> None:
    # P1 would stand in both comparisons by infusion if a later cycle stepped in.
    people = infusions(("P1", 1, 28), ("P1", 2, 14), ("P2", 1, 14))
    samples = [*both("P1"), *both("P1", 2), *both("P2")]
    short = replace(EOT, where={"infusion": ["14 d"]})
    long = replace(EOT, where={"infusion": ["21/28 d"]})

    of_short, of_long = (choose_samples(samples, one, people) for one in (short, long))

    assert [pair.cycle for pair in of_short.pairs] == [("P2", 1)]
    assert [pair.cycle for pair in of_long.pairs] == [("P1", 1)]
    assert lost(of_short, 2) == {
        "a later cycle of the same subject": 1,
        "not such that infusion is 14 d": 1,
    }


def test_with_every_cycle_each_is_asked_for_its_own_columns() -> None:
    people = infusions(("P1", 1, 28), ("P1", 2, 14))
    short = replace(EOT, where={"infusion": ["14 d"]}, cycles="all")

    chosen = choose_samples([*both("P1"), *both("P1", 2)], short, people)

    assert [pair.cycle for pair in chosen.pairs] == [("P1", 2)]


def test_what_is_not_known_is_told_apart_from_what_does_not_fit() -> None:
    short = replace(EOT, where={"infusion": ["14 d"]})

    chosen = choose_samples([*both("P1"), *both("P2")], short, infusions(("P1", 1, 28)))

    assert chosen.pairs == ()
    assert lost(chosen, 2) == {
        "infusion not known": 1,
        "not such that infusion is 14 d": 1,
    }


def test_of_whom_it_is_not_known_is_told_and_not_missing() -> None:
    short = replace(EOT, where={"infusion": ["14 d"]})
    samples = [*both("P1"), *both("P2"), *both("P3"), *both("P3", 2)]

    chosen = choose_samples(samples, short, infusions(("P1", 1, 28), ("P3", 2, 14)))

    reason = "infusion is not known"
    assert chosen.doubtful == {("P2", 1): reason, ("P3", 1): reason}
    assert chosen.missing == {}
    assert choose_samples(samples, EOT, NOBODY).doubtful == {}


def test_a_baseline_after_the_start_is_no_baseline() -> None:
    samples = [draw("P1", "D0", day=3), draw("P1", "EOT", day=28)]

    chosen = choose_samples(samples, EOT, NOBODY)

    assert chosen.missing == {
        ("P1", 1): "D0 drawn on day 3, outside its window of day -7 to 0"
    }
    assert lost(chosen, 3) == {"D0 drawn outside its window": 1}


def test_every_reason_of_a_cycle_is_told() -> None:
    samples = [draw("P1", "D0", day=3), draw("P1", "EOT", day=50)]

    chosen = choose_samples(samples, EOT, NOBODY)

    assert chosen.missing["P1", 1] == (
        "D0 drawn on day 3, outside its window of day -7 to 0; EOT drawn on day 50, "
        "outside its window of day 26 to 30"
    )


def test_the_post_visit_is_the_first_of_the_list_that_was_drawn() -> None:
    samples = [draw("P1", visit) for visit in ("D0", "D14", "D21", "D28")]
    contrast = replace(EOT, post=("EOT", "D21", "D28", "D14"))

    (pair,) = choose_samples(samples, contrast, NOBODY).pairs

    assert pair.after.visit == "D21"


def test_one_sample_of_a_visit_is_taken_and_of_two_none() -> None:
    one = draw("P1", "D0")
    again = replace(one, sample_id="again")
    windows = VisitWindows()

    assert visit_sample([one], "D0", windows) is one
    assert visit_sample([], "D0", windows) == "no sample at D0"
    assert visit_sample([one, again], "D0", windows) == (
        "2 samples at D0 (P1-1-D0, again): which one is not said"
    )


occasions = st.builds(
    draw,
    st.sampled_from(["P1", "P2", "P3"]),
    st.sampled_from(["D0", "D14", "EOT", "D28"]),
    st.integers(1, 3),
    st.none() | st.integers(-9, 33),
)


@given(st.lists(occasions, unique_by=lambda one: one.sample_id))
def test_every_subject_is_paired_once_or_accounted_for(
    samples: Iterable[Sample],
) -> None:
    samples = list(samples)

    chosen = choose_samples(samples, EOT, NOBODY)

    paired = [pair.before.subject_id for pair in chosen.pairs]
    missing = [subject for subject, _ in chosen.missing]
    assert sorted(paired + missing) == sorted({one.subject_id for one in samples})
    before, taken, _ = chosen.stages
    n_lost = sum(len(cycles) for cycles in taken.lost.values())
    assert len(taken.left) + n_lost == len(before.left)
