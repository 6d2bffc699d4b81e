"""Rare cells of real marrow are counted, and normal ones are not taken for leukaemia.

The positions of the template were set by people who saw the labels of these marrows:
the limits below hold what was reached, and prove nothing of marrows not yet seen.
"""

from pathlib import Path

import pytest

from tests.gating_real.marrow import (
    LEVELS,
    Blank,
    Mixture,
    find_blank,
    level_table,
    limit_of_blank,
    log_slope,
    mixtures,
    pooled_marrows,
)
from tests.gating_real.marrow_mrd import (
    Proposed,
    left_out_in_turn,
    recall_table,
    without_progenitors,
)

N_DRAWS = 30
LOD_EVENTS = 20


@pytest.fixture(scope="module")
def blank(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Blank:
    return find_blank(shared_data, tmp_path_factory.mktemp("blank"))


@pytest.fixture(scope="module")
def mixed(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Mixture]:
    folder = tmp_path_factory.mktemp("mixtures")
    return list(mixtures(pooled_marrows(shared_data), folder, n_draws=N_DRAWS))


def test_marrow_without_its_labelled_progenitors_is_all_but_empty_of_them(
    blank: Blank,
) -> None:
    assert blank.n_total == 39_414
    # Most of these are progenitors that nobody labelled.
    assert blank.n_found <= 60
    assert max(blank.by_marrow) < 0.25


def test_most_labelled_progenitors_are_found(blank: Blank) -> None:
    assert blank.recall > 0.88


def test_what_is_mixed_in_changes_no_gate_around_the_other_cells(
    mixed: list[Mixture], blank: Blank
) -> None:
    assert {one.level for one in mixed} == set(LEVELS)
    assert all(abs(one.n_blank - blank.n_found) <= 3 for one in mixed)


def test_ten_times_the_progenitors_are_counted_as_ten_times(
    mixed: list[Mixture], blank: Blank
) -> None:
    slope = log_slope(mixed, blank=blank.percent)

    assert slope["slope"] == pytest.approx(1, abs=0.05)
    # Without regard to the blank the lowest level reads double.
    assert log_slope(mixed)["slope"] < 0.8


def test_intervals_hold_the_level_once_blank_and_recall_are_known(
    mixed: list[Mixture], blank: Blank
) -> None:
    table = level_table(mixed, blank)

    assert (table["held_net_recall"] >= 0.9 * N_DRAWS).all()
    # By the bare number at the highest level alone, where missed progenitors and
    # unlabelled ones balance.
    assert table["held_raw"].iloc[0] >= 0.9 * N_DRAWS


def test_recovery_is_the_same_at_every_level(
    mixed: list[Mixture], blank: Blank
) -> None:
    table = level_table(mixed, blank)

    assert table["recovery_net"].between(0.85, 0.95).all()


def test_the_lowest_level_lies_below_the_limit_of_blank(
    mixed: list[Mixture], blank: Blank
) -> None:
    limit = limit_of_blank(blank, mixed)

    assert min(LEVELS) < limit.limit_of_blank < limit.limit_of_detection < 0.3


def test_labelled_b_cells_are_found_by_cd19(shared_data: Path, tmp_path: Path) -> None:
    table = recall_table(shared_data, tmp_path).set_index("marrow")

    assert (table["recall"] > 0.93).all()
    assert table["recall"].loc["all"] > 0.96


@pytest.fixture(scope="module")
def proposed(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[Proposed]:
    return list(left_out_in_turn(shared_data, tmp_path_factory.mktemp("marrows")))


def test_no_normal_marrow_holds_as_many_events_as_make_a_finding(
    proposed: list[Proposed],
) -> None:
    # Most of the 586 progenitors were looked at, CD19 or not.
    assert sum(one.n_progenitors_searched for one in proposed) > 500
    # A few monocytes and cells with bright CD13 stand out of so small a reference.
    assert max(one.n_proposed for one in proposed) < LOD_EVENTS


def test_no_normal_progenitor_is_proposed_as_residual_leukaemia(
    proposed: list[Proposed],
) -> None:
    assert [one.n_progenitors_proposed for one in proposed] == [0, 0, 0, 0]


def test_progenitors_are_proposed_where_the_reference_does_not_know_them(
    shared_data: Path, tmp_path: Path
) -> None:
    found = without_progenitors(shared_data, tmp_path, "c")

    assert found.n_progenitors_searched > 200
    assert found.n_progenitors_proposed > 0.8 * found.n_progenitors_searched
