"""Purity and recovery by back-gating, on leukocytes whose kind is known."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.quality.back_gating import Leukocytes, measure_gate_quality

Numbers = Mapping[str, int]

# CD45 in decades, side scatter, and how wide both are.
PLACES = {
    "t": (4.0, 12e3), "b": (3.93, 12e3), "nk": (4.03, 12e3), "baso": (3.6, 14e3),
    "mono": (3.8, 40e3), "gran": (3.4, 110e3), "blast": (3.3, 14e3),
}  # fmt: skip
BLOOD = {"t": 7000, "b": 1500, "nk": 1000, "baso": 200, "mono": 1500, "gran": 12_000}


class Blood:
    """Leukocytes drawn from their places, and which of them is what."""

    def __init__(self, numbers: Numbers, seed: int = 1) -> None:
        generator = np.random.default_rng(seed)
        kinds = [kind for kind, n in numbers.items() for _ in range(n)]
        self.kind = np.array(kinds)
        middle = np.array([PLACES[kind] for kind in kinds])
        noise = generator.standard_normal((len(kinds), 2))
        self.cd45: FloatArray = middle[:, 0] + 0.08 * noise[:, 0]
        self.scatter: FloatArray = middle[:, 1] * np.exp(0.28 * noise[:, 1])

    def is_a(self, *kinds: str) -> BoolArray:
        """Tell which leukocytes are of some kinds."""
        return np.isin(self.kind, kinds)

    @property
    def lymphocytes(self) -> BoolArray:
        """Which are lymphocytes."""
        return self.is_a("t", "b", "nk")

    def gated(self, mask: BoolArray) -> Leukocytes:
        """Give them as a tube that measures every lineage and no CD4."""
        lineages = {
            "CD3": self.is_a("t"),
            "CD19": self.is_a("b", "blast"),
            "NK": self.is_a("nk"),
        }
        return Leukocytes(mask, self.cd45, self.scatter, lineages)


def box(blood: Blood, least_cd45: float, most_scatter: float) -> BoolArray:
    return (blood.cd45 > least_cd45) & (blood.scatter < most_scatter)


def t_cells_alone(leukocytes: Leukocytes) -> Leukocytes:
    return replace(leukocytes, lineages={"CD3": leukocytes.lineages["CD3"]})


@pytest.mark.parametrize("has_all_markers", [True, False])
@pytest.mark.parametrize(
    ("least_cd45", "most_scatter"),
    [(3.72, 25e3), (3.5, 60e3), (3.2, 80e3), (3.95, 25e3), (3.72, 12e3)],
)
def test_purity_and_recovery_are_the_true_ones(
    least_cd45: float, most_scatter: float, *, has_all_markers: bool
) -> None:
    blood = Blood(BLOOD)
    gate = box(blood, least_cd45, most_scatter)
    leukocytes = blood.gated(gate)
    if not has_all_markers:
        leukocytes = t_cells_alone(leukocytes)

    measured = measure_gate_quality(leukocytes)

    caught = (gate & blood.lymphocytes).sum()
    assert measured.purity_percent == pytest.approx(100 * caught / gate.sum(), abs=3)
    true_recovery = 100 * caught / blood.lymphocytes.sum()
    # B cells carry less CD45 than T cells: T cells alone do not show all that is lost.
    tolerance = 2.5 if has_all_markers else 5
    assert measured.recovery_percent == pytest.approx(true_recovery, abs=tolerance)
    assert measured.problem == ""


def test_a_gate_that_holds_monocytes_is_not_pure() -> None:
    blood = Blood(BLOOD)
    gate = box(blood, 3.3, 75e3)

    with_cd4 = measure_gate_quality(
        replace(blood.gated(gate), monocytes=blood.is_a("mono"))
    )
    without_cd4 = measure_gate_quality(t_cells_alone(blood.gated(gate)))

    assert 100 * (gate & blood.lymphocytes).sum() / gate.sum() < 85
    assert with_cd4.purity_percent < 85
    assert without_cd4.purity_percent < 85


def test_a_gate_around_granulocytes_is_neither_pure_nor_complete() -> None:
    blood = Blood(BLOOD)

    measured = measure_gate_quality(blood.gated(blood.is_a("gran")))

    assert measured.problem != "" or measured.recovery_percent < 1


def test_blasts_outside_the_gate_are_not_lost_lymphocytes() -> None:
    blood = Blood(BLOOD | {"blast": 4000})
    gate = box(blood, 3.72, 30e3)

    measured = measure_gate_quality(blood.gated(gate))

    assert measured.recovery_percent > 98


def test_lymphocytes_without_any_lineage_marker_are_still_pure() -> None:
    blood = Blood(BLOOD)
    gate = box(blood, 3.72, 30e3)
    leukocytes = blood.gated(gate)
    blinded = dict(leukocytes.lineages)
    blinded["CD19"] = np.zeros_like(gate)

    measured = measure_gate_quality(replace(leukocytes, lineages=blinded))

    assert measured.purity_percent > 95


def test_without_t_and_b_cells_nk_cells_show_the_gate() -> None:
    blood = Blood({"nk": 800, "mono": 500, "gran": 4000})

    measured = measure_gate_quality(blood.gated(box(blood, 3.72, 25e3)))

    assert measured.recovery_percent > 95


def test_too_few_lymphocytes_leave_the_gate_unmeasured() -> None:
    blood = Blood({"t": 10, "gran": 4000})

    measured = measure_gate_quality(blood.gated(blood.is_a("t")))

    assert np.isnan(measured.purity_percent)
    assert measured.problem == "fewer than 20 lymphocytes show a marker of their own"


def test_no_leukocytes_at_all_leave_the_gate_unmeasured() -> None:
    blood = Blood({"t": 1})
    nothing = np.zeros(0, dtype=np.bool_)
    empty = Leukocytes(
        nothing, blood.cd45[:0], blood.scatter[:0], {"CD3": nothing, "CD19": nothing}
    )

    assert "fewer than 20" in measure_gate_quality(empty).problem
