"""One lab keeps its instrument and its lots, and makes mistakes now and then."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.simulate.plan import (
    CALIBUR,
    CANTO,
    NAVIOS,
    PlannedSample,
    StudyPlan,
)
from cytoflow_blina.simulate.populations import POPULATIONS, T_CELLS
from cytoflow_blina.simulate.scenarios import plan_study
from cytoflow_blina.simulate.spec import TubeSpec
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube
from cytoflow_blina.simulate.tube_file import write_tube

SEED = 5


def small(spec: TubeSpec) -> SimulatedTube:
    return simulate_tube(replace(spec, max_events=300), SEED)


def of_panel(plan: StudyPlan, panel: str) -> list[PlannedSample]:
    return [sample for sample in plan.samples if sample.panel == panel]


@pytest.mark.parametrize("panel", [CALIBUR, CANTO, NAVIOS])
def test_six_subjects_have_two_visits_on_one_instrument(panel: str) -> None:
    samples = of_panel(plan_study("paired", SEED), panel)

    visits = sorted((s.subject_id, s.visit) for s in samples)
    assert len({subject for subject, _ in visits}) == 6
    assert [visit for _, visit in visits] == ["D0", "EOT"] * 6
    tubes = [small(spec) for s in samples[:4] for spec in s.tubes]
    for tube in tubes[1:]:
        assert np.array_equal(tube.conditions.gain, tubes[0].conditions.gain)
        assert np.array_equal(tube.conditions.spill, tubes[0].conditions.spill)


def test_tubes_of_one_staining_lot_are_nearly_as_bright_as_each_other() -> None:
    t_cell, cd3 = POPULATIONS.index("cd4_t"), 0
    samples = of_panel(plan_study("paired", SEED), CANTO)
    others = of_panel(plan_study("default", SEED), CANTO)

    same, apart = (
        np.std([small(s.tubes[0]).conditions.median[t_cell, cd3] for s in which])
        for which in (samples, others)
    )

    assert same < 0.04
    assert apart > 2 * same


def test_the_serial_number_of_a_shared_instrument_is_in_the_file(
    tmp_path: Path,
) -> None:
    spec = of_panel(plan_study("paired", SEED), CANTO)[0].tubes[0]

    write_tube(small(spec), tmp_path / "a.fcs")

    assert read_tube(tmp_path / "a.fcs").acquisition.keywords["$CYTSN"] == "LAB-1"


@pytest.mark.parametrize("panel", [CALIBUR, CANTO, NAVIOS])
def test_the_later_files_of_two_subjects_are_exchanged(panel: str) -> None:
    samples = of_panel(plan_study("identity_swap", SEED), panel)

    swapped = [s for s in samples if s.stored_as]

    assert len(swapped) == 2
    one, other = swapped
    assert {one.visit, other.visit} == {"EOT"}
    assert one.tubes[0].acquired_at.date() == other.tubes[0].acquired_at.date()
    for tube in one.tubes:
        assert one.true_file_name(tube.tube) == other.file_name(tube.tube)
        assert other.true_file_name(tube.tube) == one.file_name(tube.tube)
    files = [s.true_file_name(t.tube) for s in samples for t in s.tubes]
    assert len(set(files)) == len(files)


def test_one_subject_of_each_panel_is_counted_by_two_methods() -> None:
    plan = plan_study("method_mixed", SEED)

    mixed = [(s.subject_id, s.visit) for s in plan.samples if s.count_method == "dual"]

    assert mixed == [("S01", "EOT"), ("S07", "EOT"), ("S13", "EOT")]


def test_one_subject_of_each_panel_is_run_at_other_voltages() -> None:
    plan = plan_study("volts_changed", SEED)
    samples = {s.sample_id: small(s.tubes[0]) for s in plan.samples[:3]}

    ratio = samples["S01-EOT"].conditions.gain / samples["S01-D0"].conditions.gain

    assert np.log10(ratio) == pytest.approx([0.15] * 4)
    assert np.array_equal(
        samples["S02-D0"].conditions.gain, samples["S01-D0"].conditions.gain
    )
    assert sum(bool(s.tubes[0].changes) for s in plan.samples) == 3


@pytest.mark.parametrize("panel", [CALIBUR, CANTO, NAVIOS])
def test_an_instrument_fails_on_its_last_four_days(panel: str) -> None:
    samples = of_panel(plan_study("instrument_drift", SEED), panel)
    plain = [replace(s.tubes[0], changes=()) for s in samples]

    assert len({s.tubes[0].acquired_at.date() for s in samples}) == 16
    markers = plan_study("default", 0).ranges.cytometers[panel].tubes[plain[0].tube]
    for row, marker in (("cd8_t", "CD45"), ("cd8_t", "CD3"), ("bead", "CD3")):
        cell = POPULATIONS.index(row), markers.index(marker)
        falls = [
            small(s.tubes[0]).conditions.median[cell]
            - small(spec).conditions.median[cell]
            for s, spec in zip(samples, plain, strict=True)
        ]
        assert falls == pytest.approx([0.0] * 12 + [-0.15] * 4)


@pytest.mark.parametrize("panel", [CALIBUR, CANTO, NAVIOS])
def test_a_strangers_blood_is_taken_two_days_after_the_subjects_own(panel: str) -> None:
    samples = of_panel(plan_study("wrong_blood", SEED), panel)

    own, strange = samples[:2]

    assert (strange.subject_id, own.rel_day) == (own.subject_id, 28)
    assert (strange.visit, strange.rel_day) == ("UNS", 30)
    ratios = [
        later.concentrations["nk_cd8neg"] / sooner.concentrations["nk_cd8neg"]
        for sooner, later in zip(samples[::2], samples[1::2], strict=True)
    ]
    # Between visits a person's own NK cells stray by 0.1 decade.
    assert ratios[0] > 3
    assert max(ratios[1:]) < 2


@pytest.mark.parametrize("panel", [CALIBUR, CANTO, NAVIOS])
def test_on_the_second_day_nine_t_cells_of_ten_are_gone(panel: str) -> None:
    samples = of_panel(plan_study("first_days", SEED), panel)

    for before, after in zip(samples[::2], samples[1::2], strict=True):
        t_before, t_after = (
            sum(s.concentrations.get(name, 0.0) for name in T_CELLS)
            for s in (before, after)
        )
        assert after.rel_day == 2
        assert 0.05 < t_after / t_before < 0.2


def test_one_subject_of_each_panel_comes_back_with_dim_cd3() -> None:
    plan = plan_study("cd3_taken_in", SEED)
    changed = [s for s in plan.samples if s.tubes[0].changes]

    assert [s.sample_id for s in changed] == ["S01-EOT", "S07-EOT", "S13-EOT"]
    spec = changed[1].tubes[0]
    dim, plain = (
        small(one).conditions.median[:, 0] for one in (spec, replace(spec, changes=()))
    )
    t_cell, bead = POPULATIONS.index("cd8_t"), POPULATIONS.index("bead")
    assert dim[t_cell] - plain[t_cell] == pytest.approx(-0.4)
    assert dim[bead] == plain[bead]


@pytest.mark.parametrize("panel", [CALIBUR, CANTO, NAVIOS])
def test_fading_lasers_dim_everything_and_change_no_voltage(panel: str) -> None:
    spec = of_panel(plan_study("laser_loss", SEED), panel)[-1].tubes[0]

    faded = small(spec).conditions
    whole = small(replace(spec, changes=())).conditions

    is_dyed = np.isfinite(whole.median)
    assert faded.median[is_dyed] == pytest.approx(whole.median[is_dyed] - 0.25)
    assert faded.autofluorescence == pytest.approx(whole.autofluorescence * 10**-0.25)
    assert np.array_equal(faded.gain, whole.gain)
