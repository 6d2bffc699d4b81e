"""Studies of marrow have names."""

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.simulate.marrow.cytometers import AIEOP, COG, EUROFLOW, POST_CD19
from cytoflow_blina.simulate.marrow.scenarios import MARROW_SCENARIOS, plan_marrow
from cytoflow_blina.simulate.scenarios import SCENARIOS


@pytest.mark.parametrize("scenario", MARROW_SCENARIOS)
def test_every_scenario_plans_tubes_and_none_twice(scenario: str) -> None:
    plan = plan_marrow(scenario, 3)

    keys = [
        (t.subject, t.visit, t.panel, t.tube) for s in plan.samples for t in s.tubes
    ]
    assert keys
    assert len(set(keys)) == len(keys)


def test_no_name_is_that_of_a_study_of_blood() -> None:
    assert not set(MARROW_SCENARIOS) & set(SCENARIOS)


@pytest.mark.parametrize(
    ("scenario", "panel"),
    [
        ("mrd_negative", AIEOP),
        ("mrd_negative_post_cd19", POST_CD19),
        ("mrd_negative_euroflow", EUROFLOW),
        ("mrd_negative_cog", COG),
    ],
)
def test_negative_marrows_have_no_clone_and_one_panel(
    scenario: str, panel: str
) -> None:
    plan = plan_marrow(scenario, 1)

    assert plan.panels == (panel,)
    assert len(plan.samples) == 24
    assert not any(tube.clones for s in plan.samples for tube in s.tubes)


def test_the_demo_has_a_relapse_without_cd19_an_aplasia_and_a_remission() -> None:
    tubes = {s.sample_id: s.tubes[0] for s in plan_marrow("mrd_demo", 1).samples}

    assert tubes["M01-EOT"].clones[0].cd19 == "negative"
    assert tubes["M01-EOT"].kind == "aplasia"
    assert tubes["M02-UNS"].kind == "regenerating"
    assert not tubes["M02-UNS"].clones
    assert len({tube.subject for tube in tubes.values()}) == 3


def test_the_cohort_has_every_panel_with_all_of_its_tubes() -> None:
    plan = plan_marrow("mrd_cohort", 1)

    assert set(plan.panels) == {AIEOP, POST_CD19, EUROFLOW, COG}
    assert {len(s.tubes) for s in plan.samples if s.tubes[0].panel == COG} == {3}

    cd19 = {c.cd19 for s in plan.samples for t in s.tubes for c in t.clones}
    assert cd19 == {"positive", "dim", "negative"}


def test_an_unknown_name_and_a_negative_seed_are_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        plan_marrow("mrd_dmeo", -1)

    assert str(caught.value) == (
        "simulate: there is no scenario 'mrd_dmeo' of marrow; there are "
        f"{', '.join(MARROW_SCENARIOS)}. Did you mean 'mrd_demo'?\n"
        "simulate: the seed is -1; give 0 or more."
    )
