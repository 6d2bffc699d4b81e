"""Blood of known counts is planned so that its truth is those counts."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.simulate.counted_study import (
    COUNTED,
    CountedSample,
    blood_of,
    plan_counted_study,
)
from cytoflow_blina.simulate.plan import CALIBUR
from cytoflow_blina.simulate.populations import LYMPHOCYTES, POPULATIONS
from cytoflow_blina.simulate.study import sample_sheet
from cytoflow_blina.simulate.truth import true_concentrations
from cytoflow_blina.simulate.tube import count_particles, simulate_tube

ALL_MARKERS = ""
CELLS = {
    "CD3": 950.0,
    "CD4": 400.0,
    "CD8": 500.0,
    "NK": 120.0,
    "CD19": 7.0,
    "DNT": 60.0,
}
NONE = dict.fromkeys(COUNTED, 0.0)


def sample(
    subject: str = "P01",
    visit: str = "D0",
    rel_day: int = 0,
    *,
    cycle: int = 1,
    cells: Mapping[str, float] = CELLS,
) -> CountedSample:
    drawn_at = datetime.fromisoformat("2024-03-01T09:45:00")
    return CountedSample(subject, cycle, visit, rel_day, cells, drawn_at)


def sheet(*samples: CountedSample) -> list[dict[str, str]]:
    text = sample_sheet(plan_counted_study(samples, seed=3)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def some_cells(
    both: float, cd4: float, cd8: float, dnt: float, others: tuple[float, float]
) -> dict[str, float]:
    return {
        "CD3": cd4 + cd8 + dnt + both,
        "CD4": cd4 + both,
        "CD8": cd8 + both,
        "DNT": dnt,
        "NK": others[0],
        "CD19": others[1],
    }


AMOUNT = st.floats(0, 1e4).map(lambda n: round(n, 3))


@given(
    st.builds(some_cells, AMOUNT, AMOUNT, AMOUNT, AMOUNT, st.tuples(AMOUNT, AMOUNT)),
    st.integers(-3, 60),
)
def test_the_truth_of_the_blood_is_the_counts_given(
    cells: dict[str, float], rel_day: int
) -> None:
    blood = blood_of(sample(cells=cells, rel_day=rel_day), seed=1)

    truth = true_concentrations(blood, ALL_MARKERS)

    assert {name: truth[name] for name in COUNTED} == pytest.approx(
        {name: cells[name] for name in COUNTED}, rel=1e-9, abs=1e-9 * cells["CD3"]
    )
    assert min(blood.values()) >= 0
    assert set(blood) <= set(POPULATIONS)


def test_double_positives_are_what_cd4_and_cd8_have_in_common() -> None:
    truth = true_concentrations(blood_of(sample(), seed=1), ALL_MARKERS)

    assert truth["DPT"] == pytest.approx(400 + 500 + 60 - 950)


@pytest.mark.parametrize(
    ("rel_day", "share"),
    [(-7, 0.02), (0, 0.02), (14, 0.15), (21, 0.115), (28, 0.08), (42, 0.08)],
)
def test_treatment_activates_t_cells(rel_day: int, share: float) -> None:
    blood = blood_of(sample(rel_day=rel_day), seed=1)

    cd4 = blood["cd4_t"] + blood["activated_cd4_t"]
    assert blood["activated_cd4_t"] / cd4 == pytest.approx(share)


def test_the_seed_changes_what_is_no_lymphocyte_alone() -> None:
    one, other = (blood_of(sample(), seed) for seed in (1, 2))

    changed = {name for name in one if one[name] != other[name]}

    assert changed == set(one) - set(LYMPHOCYTES)


def test_a_sample_fills_both_tubes_with_the_same_blood_at_one_centre() -> None:
    planned = plan_counted_study([sample()], seed=1).samples[0]

    a, b = planned.tubes
    assert (a.tube, b.tube) == ("A", "B")
    assert a.panel == b.panel == CALIBUR
    assert a.concentrations == b.concentrations
    assert a.n_lymphocytes == b.n_lymphocytes == 15_000
    assert a.instrument == b.instrument == "CENTRE-1"


def test_subjects_are_spread_over_four_centres_and_stay_there() -> None:
    names = [f"P{number:02d}" for number in range(1, 11)]
    visits = (("D0", 0), ("D14", 14))
    samples = [sample(name, *visit) for visit in visits for name in reversed(names)]

    planned = plan_counted_study(samples, seed=1).samples

    centres = {(one.subject_id, one.tubes[0].instrument) for one in planned}
    assert len(centres) == 10
    counted = [centre for _, centre in sorted(centres)]
    assert counted == [f"CENTRE-{1 + at % 4}" for at in range(10)]


def test_the_order_of_the_samples_changes_nothing() -> None:
    samples = [sample("P02"), sample("P01", "EOT", 28), sample("P01")]

    assert plan_counted_study(samples, 1) == plan_counted_study(samples[::-1], 1)


def test_the_sheet_tells_the_cycle_and_when_the_blood_was_drawn() -> None:
    rows = sheet(sample(), sample(cycle=2))

    assert [(row["sample_id"], row["cycle"], row["visit"]) for row in rows[::2]] == [
        ("P01-C2-D0", "2", "D0"),
        ("P01-D0", "1", "D0"),
    ]
    assert {row["collected_at"] for row in rows} == {"2024-03-01T09:45:00"}
    assert rows[0]["fcs_file"] == "fcs/P01-C2-D0.A.fcs"


def test_a_second_cycle_comes_after_therapy_even_on_its_first_day() -> None:
    rows = sheet(sample(), sample(cycle=2))

    assert [row["prior_cd19_therapy"] for row in rows[::2]] == ["true", "false"]


def test_the_same_visit_of_another_cycle_draws_other_particles() -> None:
    plan = plan_counted_study([sample(), sample(cycle=2)], seed=1)

    later, first = (count_particles(one.tubes[0], 1) for one in plan.samples)

    assert later.tolist() != first.tolist()


def test_the_particles_counted_are_those_simulated() -> None:
    spec = plan_counted_study([sample()], seed=5).samples[0].tubes[1]

    passed = count_particles(spec, 5)

    tube = simulate_tube(spec, 5)
    merged = [
        POPULATIONS.index(part)
        for name, n in zip(
            tube.names,
            [*map(int, _counts(tube.codes.tolist(), len(tube.names)))],
            strict=True,
        )
        for part in name.removeprefix("doublet:").split("+") * n
    ]
    assert _counts(merged, len(POPULATIONS)) == passed.tolist()


def _counts(codes: list[int], n: int) -> list[int]:
    return [codes.count(code) for code in range(n)]


def test_blood_without_lymphocytes_can_be_planned() -> None:
    plan = plan_counted_study([sample(cells=NONE)], seed=1)

    passed = count_particles(plan.samples[0].tubes[0], 1)

    assert sum(passed[POPULATIONS.index(name)] for name in LYMPHOCYTES) == 0
    assert passed[POPULATIONS.index("bead")] > 0


def test_no_samples_give_a_plan_without_samples() -> None:
    assert plan_counted_study([], seed=1).samples == ()


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (CELLS | {"NK": -1.0}, r"NK is -1\.0; expected cells per microlitre"),
        (CELLS | {"NK": float("nan")}, "NK is nan"),
        ({"CD3": 1.0}, "CD4 is None, CD8 is None"),
        (CELLS | {"DNT": 0.0}, "gives -50 double positives"),
        (CELLS | {"CD3": 100.0}, "gives 860 double positives"),
    ],
)
def test_counts_that_cannot_be_are_refused(
    cells: dict[str, float], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        plan_counted_study([sample(cells=cells)], seed=1)


def test_all_problems_are_told_at_once() -> None:
    wrong = sample("P02", cells=CELLS | {"NK": -1.0})

    with pytest.raises(ConfigError) as caught:
        plan_counted_study([sample(), replace(sample(), rel_day=1), wrong], seed=1)

    assert [problem.where for problem in caught.value.problems] == ["P01-D0", "P02-D0"]
