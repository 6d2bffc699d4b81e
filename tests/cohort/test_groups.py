"""Values of two groups, each subject once, nobody lost from sight."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.cohort.groups import (
    Grouping,
    first_cycles,
    group_changes,
    group_columns,
    group_values,
    joined,
    values_at,
)
from cytoflow_blina.cohort.pair_samples import Contrast
from cytoflow_blina.cohort.pairing import ExclusionRow
from cytoflow_blina.cohort.people import People, gather_people
from cytoflow_blina.cohort.subject_tables import CycleRow, SubjectRow
from cytoflow_blina.cohort.two_groups import TwoGroups
from cytoflow_blina.cohort.usable_values import UsableValue
from cytoflow_blina.cohort.value_source import ValueSource
from cytoflow_blina.cohort.visit_windows import VisitWindows
from cytoflow_blina.domain.comparison import Outcome, TabulatedOutcome
from cytoflow_blina.domain.sample import Sample

CD3 = Outcome("CD3", "CD3", "cells_per_ul", "cells/uL", "counts")
NK = Outcome("NK", "NK", "cells_per_ul", "cells/uL", "counts")
GROUPS = TwoGroups("by site", "site", ("Rome",), ("Pisa",), ("R", "P"))
EOT = Contrast("by site", "D0", ("EOT",))
OSLO = ExclusionRow("by site", "P4", 1, "site is 'Oslo', of neither group")


def people(**sites: str) -> People:
    rows = [
        SubjectRow(subject_id=subject, carried={"site": site})
        for subject, site in sites.items()
    ]
    return gather_people(rows, [])


def draw(subject: str, visit: str = "D0", cycle: int = 1) -> Sample:
    sample_id = f"{subject}-{cycle}-{visit}"
    return Sample(sample_id, subject, cycle, visit, None, "PB", "bead")


def source(values: Mapping[Sample, float | str], *outcomes: Outcome) -> ValueSource:
    """Make a source of one value for every outcome; words say why there is none."""

    def look_up(one: Sample, _: Outcome) -> UsableValue:
        found = values[one]
        if isinstance(found, str):
            return UsableValue(float("nan"), found)
        return UsableValue(found)

    return ValueSource(tuple(values), outcomes or (CD3,), look_up)


def sides(found: Grouping, place: int = 0) -> tuple[list[float], list[float], int]:
    one = found.values[place]
    return list(one.a), list(one.b), one.n_excluded


def cells(table: TabulatedOutcome) -> list[list[int]]:
    return [[int(cell) for cell in row] for row in table.cells]


# ---- values at a visit


def test_values_are_divided_between_the_groups() -> None:
    found = group_values(
        source({draw("P1"): 1, draw("P2"): 2, draw("P3"): 3, draw("P4"): 4}),
        "D0",
        GROUPS,
        people(P1="Rome", P2="Pisa", P3="Rome", P4="Oslo"),
    )

    assert sides(found) == ([1, 3], [2], 0)
    assert found.values[0].labels == ("R", "P")
    assert found.exclusions == (OSLO,)


def test_who_has_no_sample_of_the_visit_is_excluded_and_listed() -> None:
    found = group_values(
        source({draw("P1"): 1, draw("P2", "EOT"): 2}),
        "D0",
        GROUPS,
        people(P1="Rome", P2="Rome", P3="Pisa", P4="Oslo"),
    )

    assert sides(found) == ([1], [], 2)
    reason = "no sample at D0"
    assert found.exclusions == (
        ExclusionRow("by site", "P2", 1, reason, ("CD3",)),
        ExclusionRow("by site", "P3", 1, reason, ("CD3",)),
        OSLO,
    )


def test_who_is_of_no_known_group_is_listed_and_not_counted() -> None:
    found = group_values(
        source({draw("P1"): 1, draw("P2"): 2}),
        "D0",
        GROUPS,
        people(P1="Rome", P2=""),
    )

    assert sides(found) == ([1], [], 0)
    assert found.exclusions == (ExclusionRow("by site", "P2", 1, "site is not known"),)


def test_a_subject_counts_once_with_the_first_cycle_of_the_visit() -> None:
    values = {draw("P1", "D0", 3): 30, draw("P1", "D0", 2): 20, draw("P1", "EOT"): 1}

    found = group_values(source(values), "D0", GROUPS, people(P1="Rome"))

    assert sides(found) == ([20], [], 0)


def test_a_value_that_cannot_be_used_is_told_for_all_its_outcomes_at_once() -> None:
    found = group_values(
        source({draw("P1"): "QC_SAT failed"}, CD3, NK),
        "D0",
        GROUPS,
        people(P1="Rome"),
    )

    assert [one.n_excluded for one in found.values] == [1, 1]
    assert found.exclusions == (
        ExclusionRow("by site", "P1", 1, "QC_SAT failed", ("CD3", "NK")),
    )


def below_limits(values: Mapping[Sample, float]) -> ValueSource:
    """Make a source of values that all lie below themselves; 0 is of no event."""
    return ValueSource(
        tuple(values),
        (CD3,),
        lambda one, _: UsableValue(
            values[one], is_censored=True, limit=values[one] or float("nan")
        ),
    )


def test_values_below_their_limits_are_counted_and_zeros_are_not() -> None:
    values = {draw("P1"): 5.0, draw("P2"): 0.0, draw("P3"): 2.0}

    found = group_values(
        below_limits(values), "D0", GROUPS, people(P1="Rome", P2="Pisa", P3="Pisa")
    )

    assert found.values[0].n_censored == (1, 1)
    assert found.values[0].limits == (2, 5)


def test_a_change_from_a_limit_is_counted() -> None:
    values = {draw("P1"): 5.0, draw("P1", "EOT"): 0.0, draw("P2"): 0.0}
    values[draw("P2", "EOT")] = 0.0

    found = group_changes(
        below_limits(values), EOT, GROUPS, people(P1="Rome", P2="Pisa")
    )

    assert found.values[0].n_censored == (1, 0)
    assert found.values[0].limits == (5,)


def test_a_sample_outside_its_window_has_no_value() -> None:
    late = replace(draw("P1"), rel_day=3)

    found = group_values(source({late: 1}), "D0", GROUPS, people(P1="Rome"))
    wide = group_values(
        source({late: 1}),
        "D0",
        GROUPS,
        people(P1="Rome"),
        windows=VisitWindows({"D0": (0, 3)}),
    )

    assert found.exclusions[0].reason.startswith("D0 drawn on day 3, outside")
    assert sides(wide) == ([1], [], 0)


def test_two_samples_at_a_visit_are_not_chosen_between() -> None:
    again = replace(draw("P1"), sample_id="again")

    at_visit = values_at(
        source({draw("P1"): 1, again: 2}), "D0", [("P1", 1)], VisitWindows()
    )

    assert at_visit["P1", 1](CD3).problem == (
        "2 samples at D0 (P1-1-D0, again): which one is not said"
    )


def test_a_group_of_nobody_is_an_empty_group() -> None:
    found = group_values(source({draw("P1"): 1}), "D0", GROUPS, people(P1="Rome"))

    assert sides(found) == ([1], [], 0)


occasions = st.builds(
    draw,
    st.sampled_from(["P1", "P2", "P3", "P4"]),
    st.sampled_from(["D0", "EOT"]),
    st.integers(1, 3),
)


@given(
    st.dictionaries(occasions, st.just(1.0) | st.just("lost")),
    st.fixed_dictionaries(
        {f"P{n}": st.sampled_from(["Rome", "Pisa", "Oslo", ""]) for n in range(1, 5)}
    ),
)
def test_every_subject_is_in_a_group_or_listed(
    values: dict[Sample, float | str], sites: dict[str, str]
) -> None:
    found = group_values(source(values), "D0", GROUPS, people(**sites))

    a, b, n_excluded = sides(found)
    in_groups = sum(site in {"Rome", "Pisa"} for site in sites.values())
    assert len(a) + len(b) + n_excluded == in_groups
    assert len(found.exclusions) == len(sites) - len(a) - len(b)


# ---- changes


def test_changes_are_later_less_earlier_and_missing_visits_are_listed() -> None:
    values: dict[Sample, float | str] = {
        draw("P1"): 10,
        draw("P1", "EOT"): 13,
        draw("P2"): 5,
        draw("P3"): 7,
        draw("P3", "EOT"): "QC_SAT failed",
        draw("P4"): 1,
    }

    found = group_changes(
        source(values, CD3, NK),
        EOT,
        GROUPS,
        people(P1="Rome", P2="Pisa", P3="Pisa", P4="Oslo"),
    )

    assert sides(found) == sides(found, 1) == ([3], [], 2)
    assert all(one.is_change for one in found.values)
    assert set(found.exclusions) == {
        ExclusionRow("by site", "P2", 1, "no sample at EOT", ("CD3", "NK")),
        ExclusionRow("by site", "P3", 1, "EOT: QC_SAT failed", ("CD3", "NK")),
        OSLO,
    }


def test_a_change_takes_the_group_of_its_own_cycle() -> None:
    groups = TwoGroups("c", "group2", ("RRPOS",), ("NEG",), ("R", "N"))
    who = gather_people(
        [],
        [
            CycleRow(subject_id="P1", cycle=1, group2="NEG"),
            CycleRow(subject_id="P1", cycle=2, group2="RRPOS"),
        ],
    )
    first = {draw("P1"): 1, draw("P1", "EOT"): 3}
    second = {draw("P1", "D0", 2): 1, draw("P1", "EOT", 2): 9}

    of_both = group_changes(source({**first, **second}), EOT, groups, who)
    of_second = group_changes(source(second), EOT, groups, who)

    assert sides(of_both) == ([], [2], 0)
    assert sides(of_second) == ([8], [], 0)


def test_where_holds_for_changes() -> None:
    groups = replace(GROUPS, where={"sex": ["F"]})
    rows = [
        SubjectRow(subject_id="P1", sex="F", carried={"site": "Rome"}),
        SubjectRow(subject_id="P2", sex="M", carried={"site": "Rome"}),
        SubjectRow(subject_id="P3", carried={"site": "Pisa"}),
    ]
    values = {
        draw(subject, visit): day
        for subject in ("P1", "P2", "P3")
        for visit, day in (("D0", 1), ("EOT", 5))
    }

    found = group_changes(source(values), EOT, groups, gather_people(rows, []))

    assert sides(found) == ([4], [], 0)
    assert found.exclusions == (ExclusionRow("by site", "P3", 1, "sex is not known"),)


# ---- columns


def rows_of(column: str, cells: Iterable[tuple[str, str]]) -> People:
    """Give every subject a site and a cell of a column of the study's own."""
    return gather_people(
        [
            SubjectRow(subject_id=f"P{n}", carried={"site": site, column: cell})
            for n, (site, cell) in enumerate(cells, start=1)
        ],
        [],
    )


def test_numbers_are_compared_as_numbers() -> None:
    who = rows_of("score", [("Rome", "1.5"), ("Rome", ""), ("Pisa", "7")])

    found = group_columns(["score"], GROUPS, who)

    assert sides(found) == ([1.5], [7], 1)
    assert found.exclusions == (
        ExclusionRow("by site", "P2", 1, "score is not known", ("score",)),
    )


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("true", "false")])
def test_yes_and_no_are_counted_once(yes: str, no: str) -> None:
    who = rows_of("fever", [("Rome", yes), ("Rome", no), ("Pisa", yes), ("Pisa", "")])

    found = group_columns(["fever"], GROUPS, who)

    (table,) = found.tables
    assert found.values == ()
    assert (table.outcome, table.categories) == ("fever", ("true", "false"))
    assert cells(table) == [[1, 1], [1, 0]]
    assert table.n_excluded == 1
    assert found.exclusions[0].outcomes == ("fever",)


def test_of_two_words_one_is_counted() -> None:
    who = rows_of("kind", [("Rome", "x"), ("Rome", "y"), ("Pisa", "y")])

    (table,) = group_columns(["kind"], GROUPS, who).tables

    assert (table.outcome, table.categories) == ("kind=x", ("x", "other"))
    assert cells(table) == [[1, 1], [0, 1]]


def test_each_of_several_words_is_counted_against_all_others() -> None:
    who = rows_of("kind", [("Rome", "x"), ("Rome", "y"), ("Pisa", "z"), ("Pisa", "")])

    found = group_columns(["kind"], GROUPS, who)

    names = ("kind=x", "kind=y", "kind=z", "kind")
    assert tuple(table.outcome for table in found.tables) == names
    assert [cells(table) for table in found.tables] == [
        [[1, 1], [0, 1]],
        [[1, 1], [0, 1]],
        [[0, 2], [1, 0]],
        [[1, 1, 0], [0, 0, 1]],
    ]
    assert found.exclusions == (
        ExclusionRow("by site", "P4", 1, "kind is not known", names),
    )


def test_all_values_of_a_column_make_one_question() -> None:
    who = rows_of("kind", [("Rome", "x"), ("Rome", "y"), ("Pisa", "z"), ("Pisa", "")])

    *_, whole = group_columns(["kind"], GROUPS, who).tables

    assert whole.categories == ("x", "y", "z")
    # Its P is not one more of the tests of single values.
    assert whole.family == "characteristics, variables"
    assert whole.n_excluded == 1


def test_one_value_may_be_named() -> None:
    who = rows_of("kind", [("Rome", "x"), ("Rome", "y"), ("Pisa", "z")])

    (table,) = group_columns(["kind=z"], GROUPS, who).tables

    assert (table.outcome, cells(table)) == ("kind=z", [[0, 2], [1, 0]])


def test_a_column_that_nobody_has_filled_does_not_vanish() -> None:
    who = rows_of("kind", [("Rome", ""), ("Pisa", "")])

    found = group_columns(["kind"], GROUPS, who)

    assert sides(found) == ([], [], 2)
    assert {one.reason for one in found.exclusions} == {"kind is not known"}


def test_columns_are_those_of_the_first_cycle_and_each_subject_counts_once() -> None:
    who = gather_people(
        [SubjectRow(subject_id="P1", carried={"site": "Rome"})],
        [
            CycleRow(subject_id="P1", cycle=2, mrd_percent_before=2.0),
            CycleRow(subject_id="P1", cycle=1, mrd_percent_before=1.0),
        ],
    )

    found = group_columns(["mrd_percent_before"], GROUPS, who)

    assert sides(found) == ([1.0], [], 0)
    assert found.values[0].outcome.unit == "%"
    assert first_cycles(who) == (("P1", 1),)


def test_the_groups_may_be_asked_for_as_yes_and_no() -> None:
    who = rows_of("fever", [("Rome", "1"), ("Pisa", "0"), ("Oslo", "")])
    groups = TwoGroups("c", "fever", ("true",), ("false",), ("f", "n"))

    (table,) = group_columns(["site=Rome"], groups, who).tables

    assert cells(table) == [[1, 0], [0, 1]]


def test_who_is_of_neither_group_is_listed_once_for_all_columns() -> None:
    who = rows_of("score", [("Rome", "1"), ("Rma", "2"), ("Pisa", "3")])

    found = group_columns(["score", "score=2"], GROUPS, who)

    assert found.values[0].n_excluded == found.tables[0].n_excluded == 0
    assert found.exclusions == (
        ExclusionRow("by site", "P2", 1, "site is 'Rma', of neither group"),
    )


def test_what_is_said_of_everything_stands_once() -> None:
    row = ExclusionRow("c", "P1", 1, "site is not known")

    assert joined([Grouping(exclusions=(row,))] * 2).exclusions == (row,)
    assert joined([]) == Grouping()
