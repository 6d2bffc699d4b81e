"""Pairs of visits, every pair that is left out, and the values of each visit."""

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from math import isnan, nan
from pathlib import Path

import pandas as pd
import pytest

from cytoflow_blina.cohort.columns import columns_of
from cytoflow_blina.cohort.count_methods import check_count_methods
from cytoflow_blina.cohort.pair_samples import Contrast
from cytoflow_blina.cohort.pairing import (
    ExclusionRow,
    Pairing,
    PairRow,
    pair_visits,
)
from cytoflow_blina.cohort.people import gather_people
from cytoflow_blina.cohort.subject_tables import CycleRow
from cytoflow_blina.cohort.value_source import counted_source
from cytoflow_blina.cohort.visits import visit_values
from cytoflow_blina.domain.comparison import VisitValues
from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.errors import SampleSheetError
from cytoflow_blina.export.tables import read_table, write_table

Table = Callable[[Iterable[CountRow]], pd.DataFrame]

EOT = Contrast("EOT vs D0", "D0", ("EOT", "D28"))
CONFIDENT = "EOT vs D0, without low counts"


def draw(subject_id: str, visit: str, cycle: int = 1, method: str = "bead") -> Sample:
    """Make a blood sample whose id says what it is."""
    sample_id = f"{subject_id}-{cycle}-{visit}"
    return Sample(sample_id, subject_id, cycle, visit, None, "PB", method)


def paired(
    counts: pd.DataFrame, samples: Iterable[Sample], contrast: Contrast
) -> Pairing:
    return pair_visits(counted_source(counts, samples), contrast)


def count(one: Sample, value: float, population: str = "CD3") -> CountRow:
    """Count a population in cells/µL; its percentage of lymphocytes is a tenth."""
    is_ratio = population == "CD4_CD8_RATIO"
    return CountRow(
        **vars(one),
        population=population,
        definition="",
        source_tube=(),
        n_events=None if isnan(value) else round(value),
        n_parent=10_000,
        n_lymphocytes=10_000,
        percent_of_parent=nan,
        percent_of_lymphocytes=nan if is_ratio else value / 10,
        percent_lo95=nan,
        percent_hi95=nan,
        cells_per_ul=nan if is_ratio else value,
        cells_per_ul_lo95=nan,
        cells_per_ul_hi95=nan,
        cells_1e9_per_l=nan,
        ratio=value if is_ratio else nan,
        censored=value == 0,
    )


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Return a function that writes rows as `counts.csv` and reads them back."""

    def as_table(rows: Iterable[CountRow]) -> pd.DataFrame:
        path = tmp_path / "counts.csv"
        write_table(path, "counts", rows)
        return read_table(path, "counts")

    return as_table


def outcome(
    pairing: Pairing, name: str, contrast: str = EOT.name
) -> tuple[list[float], list[float], int]:
    (found,) = [
        one
        for one in pairing.outcomes
        if one.outcome.name == name and one.contrast == contrast
    ]
    return list(found.before), list(found.after), found.n_excluded


def test_the_rows_are_those_of_the_registry() -> None:
    for made, name in ((PairRow, "pairs"), (ExclusionRow, "exclusions")):
        assert [one.name for one in fields(made)] == list(columns_of(name))


def test_visits_are_paired_by_subject(table: Table) -> None:
    p1, p2 = (draw(p, "D0") for p in ("P1", "P2"))
    q1, q2 = (draw(p, "EOT") for p in ("P1", "P2"))
    counts = table([count(q2, 40), count(p1, 10), count(q1, 30), count(p2, 20)])

    pairing = paired(counts, [q2, p1, p2, q1], EOT)

    assert outcome(pairing, "CD3") == ([10, 20], [30, 40], 0)
    assert outcome(pairing, "CD3_PERCENT") == ([1, 2], [3, 4], 0)
    assert outcome(pairing, "CD3", CONFIDENT) == ([10, 20], [30, 40], 0)
    assert pairing.exclusions == ()
    first = pairing.pairs[0]
    assert (first.subject_id, first.visit_a, first.visit_b) == ("P1", "D0", "EOT")
    assert (first.value_a, first.value_b, first.difference) == (10, 30, 20)


def test_the_order_of_samples_and_rows_does_not_matter(table: Table) -> None:
    samples = [draw(p, v) for p in ("P1", "P2", "P3") for v in ("D0", "EOT")]
    rows = [count(one, 10 + i) for i, one in enumerate(samples)]

    forth = paired(table(rows), samples, EOT)
    back = paired(table(rows[::-1]), samples[::-1], EOT)

    assert forth.pairs == back.pairs
    assert forth.exclusions == back.exclusions


def test_the_first_later_visit_that_was_drawn_is_taken(table: Table) -> None:
    d0, d28 = draw("P1", "D0"), draw("P1", "D28")
    counts = table([count(d0, 10), count(d28, 30)])

    pairing = paired(counts, [d0, d28], EOT)

    assert pairing.pairs[0].visit_b == "D28"


def test_a_bad_sample_is_not_replaced_by_a_later_choice(table: Table) -> None:
    d0, d28, eot = draw("P1", "D0"), draw("P1", "D28"), draw("P1", "EOT")
    bad = replace(count(eot, 20), qc_fails=("QC_SAT",))
    counts = table([count(d0, 10), count(d28, 30), bad])

    pairing = paired(counts, [d0, d28, eot], EOT)

    assert outcome(pairing, "CD3") == ([], [], 1)
    assert pairing.exclusions[0] == ExclusionRow(
        EOT.name, "P1", 1, "EOT: QC_SAT failed"
    )


def test_a_subject_counts_once_with_the_first_cycle(table: Table) -> None:
    samples = [draw("P1", visit, cycle) for cycle in (1, 2) for visit in ("D0", "EOT")]
    counts = table(count(one, 10.0 * one.cycle) for one in samples)

    first = paired(counts, samples, EOT)
    every = paired(counts, samples, replace(EOT, cycles="all"))

    assert outcome(first, "CD3") == ([10], [10], 0)
    assert outcome(every, "CD3") == ([10, 20], [10, 20], 0)
    assert every.outcomes[0].subject_ids == ("P1", "P1")


def test_the_first_cycle_is_not_given_up_for_a_complete_one(table: Table) -> None:
    samples = [draw("P1", "D0", 1), draw("P1", "D0", 2), draw("P1", "EOT", 2)]
    counts = table(count(one, 10) for one in samples)

    pairing = paired(counts, samples, EOT)

    assert pairing.outcomes == ()
    assert pairing.exclusions[0] == ExclusionRow(
        EOT.name, "P1", 1, "no sample at EOT or D28"
    )


@pytest.mark.parametrize(
    ("visits", "reason"),
    [
        (["D0"], "no sample at EOT or D28"),
        (["EOT"], "no sample at D0"),
        (["DX"], "no sample at D0; no sample at EOT or D28"),
    ],
)
def test_a_subject_without_both_visits_is_accounted_for(
    visits: list[str], reason: str, table: Table
) -> None:
    samples = [draw("P1", visit) for visit in visits]
    counts = table(count(one, 10) for one in samples)

    pairing = paired(counts, samples, EOT)

    assert pairing.outcomes == ()
    assert pairing.exclusions == (
        ExclusionRow(EOT.name, "P1", 1, reason),
        ExclusionRow(CONFIDENT, "P1", 1, reason),
    )


def test_of_whom_it_is_not_known_is_listed_and_not_counted(table: Table) -> None:
    samples = [draw(one, visit) for one in ("P1", "P2") for visit in ("D0", "EOT")]
    counts = counted_source(table(count(one, 10) for one in samples), samples)
    cycles = [CycleRow(subject_id="P1", cycle=1, infusion_days_planned=14)]
    short = replace(EOT, where={"infusion": ["14 d"]})

    pairing = pair_visits(counts, short, gather_people([], cycles))

    assert outcome(pairing, "CD3") == ([10], [10], 0)
    assert pairing.exclusions == (
        ExclusionRow(EOT.name, "P2", 1, "infusion is not known"),
        ExclusionRow(CONFIDENT, "P2", 1, "infusion is not known"),
    )


def test_missing_visits_count_as_excluded_beside_pairs(table: Table) -> None:
    samples = [draw("P1", "D0"), draw("P1", "EOT"), draw("P2", "D0"), draw("P3", "EOT")]
    counts = table(count(one, 10) for one in samples)

    assert outcome(paired(counts, samples, EOT), "CD3") == ([10], [10], 2)


def test_two_samples_at_one_visit_are_not_chosen_between(table: Table) -> None:
    twice = replace(draw("P1", "D0"), sample_id="again")
    samples = [draw("P1", "D0"), twice, draw("P1", "EOT")]
    counts = table(count(one, 10) for one in samples)

    pairing = paired(counts, samples, EOT)

    assert pairing.exclusions[0].reason == (
        "2 samples at D0 (P1-1-D0, again): which one is not said"
    )


def test_the_tubes_of_a_sample_are_one_sample(table: Table) -> None:
    d0, eot = draw("P1", "D0"), draw("P1", "EOT")
    counts = table([count(d0, 10), count(eot, 20)])

    pairing = paired(counts, [d0, d0, eot, eot], EOT)

    assert outcome(pairing, "CD3") == ([10], [20], 0)


def test_low_counts_exclude_no_pair_and_are_shown_apart(table: Table) -> None:
    samples = [draw(p, v) for p in ("P1", "P2") for v in ("D0", "EOT")]
    rows = [count(one, 10) for one in samples]
    rows[3] = replace(rows[3], qc_fails=("QC_N_LYMPH",), qc_status="FAIL")

    pairing = paired(table(rows), samples, EOT)

    assert outcome(pairing, "CD3") == ([10, 10], [10, 10], 0)
    assert outcome(pairing, "CD3", CONFIDENT) == ([10], [10], 1)
    assert pairing.exclusions == (
        ExclusionRow(CONFIDENT, "P2", 1, "EOT: QC_N_LYMPH failed"),
    )
    low = {pair.subject_id for pair in pairing.pairs if pair.low_count}
    assert low == {"P2"}


def test_a_failure_besides_a_low_count_excludes(table: Table) -> None:
    d0, eot = draw("P1", "D0"), draw("P1", "EOT")
    bad = replace(count(eot, 10), qc_fails=("QC_LYMPHOSUM", "QC_N_LYMPH"))

    pairing = paired(table([count(d0, 10), bad]), [d0, eot], EOT)

    assert [one.reason for one in pairing.exclusions] == [
        "EOT: QC_LYMPHOSUM failed",
        "EOT: QC_LYMPHOSUM failed",
    ]


def test_a_fault_of_one_tube_excludes_its_populations_alone(table: Table) -> None:
    d0, eot = draw("P1", "D0"), draw("P1", "EOT")
    rows = [count(d0, 10), count(eot, 20), count(d0, 5, "NK")]
    rows.append(replace(count(eot, 6, "NK"), qc_fails=("QC_SAT",)))

    pairing = paired(table(rows), [d0, eot], EOT)

    assert outcome(pairing, "CD3")[2] == 0
    assert outcome(pairing, "NK")[2] == 1
    assert pairing.exclusions[0].outcomes == (
        "NK",
        "NK_PERCENT",
        "CD3_PERCENT_OF_NON_B",
    )


def test_no_event_is_a_value_and_not_missing(table: Table) -> None:
    d0, eot = draw("P1", "D0"), draw("P1", "EOT")
    rows = [count(d0, 7, "CD19"), count(eot, 0, "CD19")]

    assert outcome(paired(table(rows), [d0, eot], EOT), "CD19") == ([7], [0], 0)


def test_what_was_not_counted_excludes_the_count_and_not_the_percentage(
    table: Table,
) -> None:
    d0, eot = draw("P1", "D0"), draw("P1", "EOT", method="none")
    uncounted = replace(count(eot, 20), cells_per_ul=nan)

    pairing = paired(table([count(d0, 10), uncounted]), [d0, eot], EOT)

    assert outcome(pairing, "CD3") == ([], [], 1)
    assert outcome(pairing, "CD3_PERCENT") == ([1], [2], 0)
    assert pairing.exclusions[0] == ExclusionRow(
        EOT.name, "P1", 1, "EOT: not measured", ("CD3",)
    )


def test_an_empty_lymphocyte_gate_is_no_zero(table: Table) -> None:
    d0, eot = draw("P1", "D0"), draw("P1", "EOT")
    empty = replace(count(eot, 0), n_lymphocytes=0, qc_fails=("QC_N_LYMPH",))

    pairing = paired(table([count(d0, 10), empty]), [d0, eot], EOT)

    assert outcome(pairing, "CD3") == ([], [], 1)
    assert pairing.exclusions[0].reason == "EOT: no lymphocytes"


def test_a_sample_that_could_not_be_processed_is_told_apart_from_none(
    table: Table,
) -> None:
    d0, eot = draw("P1", "D0"), draw("P1", "EOT")

    some = paired(table([count(d0, 10)]), [d0, eot], EOT)
    none = paired(table([]), [d0, eot], EOT)

    assert some.exclusions[0].reason == "EOT: sample could not be processed"
    assert outcome(none, "CD3") == ([], [], 1)
    assert none.exclusions[0].reason == (
        "D0: sample could not be processed; EOT: sample could not be processed"
    )


def test_a_population_whose_tube_failed_is_not_zero_but_not_reported(
    table: Table,
) -> None:
    d0, eot = draw("P1", "D0"), draw("P1", "EOT")
    rows = [count(one, 10) for one in (d0, eot)]
    rows.append(count(d0, 10, "NK"))

    pairing = paired(table(rows), [d0, eot], EOT)

    assert outcome(pairing, "NK") == ([], [], 1)
    assert pairing.exclusions[0] == ExclusionRow(
        EOT.name,
        "P1",
        1,
        "EOT: not reported by any tube that was processed",
        ("NK", "NK_PERCENT"),
    )


def test_a_population_that_no_panel_reports_is_left_out(table: Table) -> None:
    d0, eot = draw("P1", "D0"), draw("P1", "EOT")
    rows = [count(one, 10) for one in (d0, eot)]
    rows += [count(one, 0.8, "CD4_CD8_RATIO") for one in (d0, eot)]

    pairing = paired(table(rows), [d0, eot], EOT)

    names = {one.outcome.name for one in pairing.outcomes}
    assert names == {"CD3", "CD3_PERCENT", "CD4_CD8_RATIO"}


def test_marrow_is_not_paired_with_blood(table: Table) -> None:
    d0, eot = draw("P1", "D0"), replace(draw("P1", "EOT"), specimen="BM")
    counts = table(count(one, 10) for one in (d0, eot))

    pairing = paired(counts, [d0, eot], EOT)

    assert pairing.exclusions[0].reason == "no sample at EOT or D28"


def test_nobody_is_paired_in_an_empty_study(table: Table) -> None:
    nobody = paired(table([]), [], EOT)

    assert nobody.pairs == ()
    assert nobody.exclusions == ()
    assert all(one.before.size == 0 for one in nobody.outcomes)
    assert {row.n_cycles for row in nobody.attrition} == {0}


# ---- count methods


def test_methods_that_change_within_a_pair_are_refused() -> None:
    samples = [draw("P1", "D0"), draw("P1", "EOT", method="dual"), draw("P2", "D0")]

    with pytest.raises(SampleSheetError) as caught:
        check_count_methods(samples)

    assert str(caught.value) == (
        "samples.csv: subject P1, cycle 1: is counted by bead (D0) and by dual (EOT). "
        "Counts of different methods cannot be compared: use one method, or give "
        "count_method_change_reason under [counting] in study.toml."
    )


def test_a_reason_allows_a_change_and_is_recorded() -> None:
    samples = [draw("P1", "D0"), draw("P1", "EOT", method="dual")]

    (change,) = check_count_methods(samples, "bead lot recalled")

    assert change.subject_id == "P1"
    assert change.methods == ("bead (D0)", "dual (EOT)")
    assert change.reason == "bead lot recalled"


def test_an_empty_reason_is_no_reason() -> None:
    samples = [draw("P1", "D0"), draw("P1", "EOT", method="dual")]

    with pytest.raises(SampleSheetError):
        check_count_methods(samples, "  ")


def test_methods_may_differ_between_subjects_cycles_and_where_nothing_is_counted() -> (
    None
):
    samples = [
        draw("P1", "D0"),
        draw("P1", "EOT", method="none"),
        draw("P1", "D0", cycle=2, method="dual"),
        draw("P2", "D0", method="volumetric"),
    ]

    assert check_count_methods(samples) == ()


def test_counts_of_different_methods_are_paired_only_when_allowed(table: Table) -> None:
    d0, eot = draw("P1", "D0"), draw("P1", "EOT", method="dual")
    counts = table([count(d0, 10), count(eot, 20)])

    refused = paired(counts, [d0, eot], EOT)
    allowed = paired(counts, [d0, eot], replace(EOT, allow_method_change=True))

    assert outcome(refused, "CD3") == ([], [], 1)
    assert outcome(refused, "CD3_PERCENT")[2] == 0
    assert refused.exclusions[0].reason == "counted by bead, then by dual"
    assert outcome(allowed, "CD3") == ([10], [20], 0)


# ---- values of each visit


def values_of(
    found: Iterable[VisitValues], name: str, visit: str
) -> tuple[list[float], list[bool], int]:
    (one,) = [v for v in found if v.outcome.name == name and v.visit == visit]
    return list(one.values), list(one.censored), one.n_no_sample


def test_every_subject_of_the_group_is_counted_at_every_visit(table: Table) -> None:
    samples = [draw("P1", "D0"), draw("P1", "EOT"), draw("P2", "D0"), draw("P3", "D0")]
    rows = [count(samples[0], 10), count(samples[1], 0), count(samples[2], 30)]

    found = visit_values(counted_source(table(rows), samples))

    d0, eot = (values_of(found, "CD3", visit) for visit in ("D0", "EOT"))
    assert d0[0] == pytest.approx([10, 30, nan], nan_ok=True)
    assert d0[2] == 0
    assert eot[0] == pytest.approx([0, nan, nan], nan_ok=True)
    assert eot[1] == [True, False, False]
    assert eot[2] == 2
    assert {one.group for one in found} == {"all"}


def test_later_cycles_do_not_make_more_subjects(table: Table) -> None:
    samples = [draw("P1", "D0", 1), draw("P1", "D0", 2)]
    counts = table(count(one, 10.0 * one.cycle) for one in samples)

    assert values_of(visit_values(counted_source(counts, samples)), "CD3", "D0")[0] == [
        10
    ]


def test_subjects_are_described_by_group(table: Table) -> None:
    samples = [draw("P1", "D0"), draw("P2", "D0"), draw("P3", "D0")]
    counts = table(count(one, i) for i, one in enumerate(samples))

    found = visit_values(
        counted_source(counts, samples), groups={"P1": "RR", "P2": "MRD", "P3": ""}
    )

    by_group = {
        one.group: list(one.values) for one in found if one.outcome.name == "CD3"
    }
    assert by_group == {"MRD": [1], "RR": [0], "all": [2]}


def test_a_failed_check_leaves_no_value_and_a_low_count_does(table: Table) -> None:
    samples = [draw("P1", "D0"), draw("P2", "D0")]
    rows = [
        replace(count(samples[0], 10), qc_fails=("QC_SAT",)),
        replace(count(samples[1], 20), qc_fails=("QC_N_LYMPH",)),
    ]

    values, _, n_no_sample = values_of(
        visit_values(counted_source(table(rows), samples)), "CD3", "D0"
    )

    assert values == pytest.approx([nan, 20], nan_ok=True)
    assert n_no_sample == 0


def test_an_empty_study_has_no_visits(table: Table) -> None:
    assert visit_values(counted_source(table([]), [])) == ()
