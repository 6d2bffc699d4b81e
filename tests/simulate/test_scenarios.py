"""Scenarios have names, and names can be joined."""

import pickle

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.simulate.plan import CALIBUR, CANTO, NAVIOS, PlannedSample
from cytoflow_blina.simulate.scenarios import SCENARIOS, plan_study


def panels(scenario: str) -> set[str]:
    return {tube.panel for tube in plan_study(scenario, 3).tubes}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_plans_tubes_and_none_twice(scenario: str) -> None:
    plan = plan_study(scenario, 3)

    keys = [(t.subject, t.visit, t.panel, t.tube) for t in plan.tubes]
    assert keys
    assert len(set(keys)) == len(keys)


def test_default_has_every_panel() -> None:
    assert panels("default") == {CALIBUR, CANTO, NAVIOS}


def test_a_panel_to_which_a_part_does_not_apply_is_left_out() -> None:
    assert panels("tandem") == {CANTO, NAVIOS}
    assert panels("axis_pile+no_b") == {CALIBUR}
    assert panels("tubes_swapped+tandem") == {NAVIOS}


def test_parts_that_leave_no_panel_are_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        plan_study("axis_pile+tandem", 1)

    assert str(caught.value) == (
        "simulate: 'axis_pile+tandem' leaves no panel: its parts apply to different "
        "ones."
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_plan_can_be_sent_to_another_process(scenario: str) -> None:
    plan = plan_study(scenario, 3)

    there = pickle.loads(pickle.dumps(plan))  # noqa: S301  our own bytes

    assert [s.concentrations for s in there.samples] == [
        s.concentrations for s in plan.samples
    ]


def by_id(scenario: str) -> dict[str, PlannedSample]:
    return {sample.sample_id: sample for sample in plan_study(scenario, 3).samples}


def test_joined_names_perturb_from_left_to_right() -> None:
    joined = by_id("b_5+no_b+debris_50+doublets_5")

    assert {s.concentrations["b"] for s in joined.values()} == {0.0}
    assert {len(t.changes) for s in joined.values() for t in s.tubes} == {2}
    assert {s.concentrations["b"] > 0 for s in by_id("no_b+b_5").values()} == {True}


def test_a_joined_study_is_the_one_that_is_perturbed() -> None:
    assert set(by_id("no_b+demo")) == set(by_id("demo"))


def test_the_people_of_a_perturbed_study_are_those_of_the_study() -> None:
    default, dirty = by_id("default"), by_id("debris_50")

    assert {i: s.concentrations for i, s in default.items()} == {
        i: s.concentrations for i, s in dirty.items()
    }


def test_every_unknown_part_and_a_second_study_are_named() -> None:
    with pytest.raises(ConfigError) as caught:
        plan_study("demo+default+nk_hihg+spill", 1)

    known = ", ".join(SCENARIOS)
    assert str(caught.value) == (
        f"simulate: there is no scenario 'nk_hihg'; there are {known}. "
        "Did you mean 'nk_high'?\n"
        f"simulate: there is no scenario 'spill'; there are {known}. "
        "Did you mean 'spill_1.3'?\n"
        "simulate: 'demo+default+nk_hihg+spill' names the studies demo and default; "
        "name one, and any number of perturbations."
    )
