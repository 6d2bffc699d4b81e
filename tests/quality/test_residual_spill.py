"""What compensation left, on signals whose spill is known."""

from collections.abc import Mapping

import numpy as np
import pytest

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.quality.lymphocyte_kinds import lymphocyte_kinds
from cytoflow_blina.quality.residual_spill import (
    ResidualSpill,
    Stain,
    has_tandem_and_donor,
    measure_residual_spill,
)

CD3, CD16, CD45 = Stain("CD3", "FITC"), Stain("CD16+56", "PE"), Stain("CD45", "PerCP")
CD4, CD19, CD8 = Stain("CD4", "PE-Cy7"), Stain("CD19", "APC"), Stain("CD8", "APC-Cy7")
STAINS = (CD3, CD16, CD45, CD4, CD19, CD8)
CARRIED = {
    "cd4": (CD3, CD45, CD4), "cd8": (CD3, CD45, CD8), "b": (CD45, CD19),
    "nk": (CD45, CD16),
}  # fmt: skip
NUMBERS = {"cd4": 3000, "cd8": 2500, "b": 800, "nk": 900}

Signals = dict[Stain, FloatArray]


def tube(
    left: Mapping[tuple[Stain, Stain], float],
    numbers: Mapping[str, int] = NUMBERS,
    seed: int = 1,
) -> tuple[Signals, dict[str, BoolArray]]:
    """Lymphocytes whose dyes spill, by share, after compensation."""
    generator = np.random.default_rng(seed)
    names = np.repeat(list(numbers), list(numbers.values()))
    size = 10 ** (0.05 * generator.standard_normal(names.size))
    pure: Signals = {}
    for stain in STAINS:
        glow = 150 * size * 10 ** (0.12 * generator.standard_normal(names.size))
        dye = 5000 * size * 10 ** (0.12 * generator.standard_normal(names.size))
        carries = [stain in CARRIED[name] for name in names]
        pure[stain] = glow + np.where(carries, dye, 0.0)
    seen = {stain: values.copy() for stain, values in pure.items()}
    for (source, target), share in left.items():
        seen[target] += share * pure[source]
    everyone = np.ones(names.size, dtype=np.bool_)
    reported = {
        "CD3": np.isin(names, ["cd4", "cd8"]), "CD4": names == "cd4",
        "CD8": names == "cd8", "CD19": names == "b", "NK": names == "nk",
    }  # fmt: skip
    return seen, lymphocyte_kinds(everyone, reported)


def found(
    spills: tuple[ResidualSpill, ...], source: Stain, target: Stain
) -> ResidualSpill:
    (one,) = [s for s in spills if (s.source, s.target) == (source, target)]
    return one


def test_right_compensation_leaves_nothing() -> None:
    spills = measure_residual_spill(*tube({}))

    assert len(spills) > 12
    assert max(abs(one.percent) for one in spills) < 1


@pytest.mark.parametrize("share", [0.06, -0.06])
@pytest.mark.parametrize(
    ("source", "target"), [(CD3, CD16), (CD45, CD4), (CD19, CD8), (CD8, CD19)]
)
def test_what_is_left_is_measured_with_its_sign(
    source: Stain, target: Stain, share: float
) -> None:
    spills = measure_residual_spill(*tube({(source, target): share}))

    assert found(spills, source, target).percent == pytest.approx(100 * share, abs=1)
    worst = max(spills, key=lambda one: abs(one.percent))
    assert (worst.source, worst.target) == (source, target)
    assert worst.shift > 1


def test_a_broken_tandem_shines_as_its_donor() -> None:
    spills = measure_residual_spill(*tube({(CD4, CD16): 0.11}))

    (tandem,) = [one for one in spills if one.is_of_tandem and one.percent > 5]

    assert (tandem.source, tandem.target) == (CD4, CD16)
    assert str(tandem.source) == "CD4 PE-Cy7"


def test_cd8_dim_nk_cells_and_cd56_on_cd8_t_cells_are_no_spill() -> None:
    signals, kinds = tube({})
    rng = np.random.default_rng(3)
    signals[CD8] = signals[CD8] + np.where(kinds["NK"], 1200, 0)
    is_nkt = kinds["CD8 T"] & (rng.random(kinds["NK"].size) < 0.3)
    signals[CD16] = signals[CD16] + np.where(is_nkt, 1500, 0)

    spills = measure_residual_spill(signals, kinds)

    assert max(abs(one.percent) for one in spills) < 1


def test_spill_into_cd45_is_not_measured_as_every_lymphocyte_carries_it() -> None:
    spills = measure_residual_spill(*tube({(CD16, CD45): 0.2}))

    assert all(one.target != CD45 for one in spills)


def test_a_dye_that_no_cell_carries_is_not_measured() -> None:
    spills = measure_residual_spill(*tube({}, {"cd4": 3000, "cd8": 2500, "nk": 900}))

    assert all(one.source != CD19 for one in spills)
    assert any(one.target == CD19 for one in spills)


def test_few_lymphocytes_and_none_show_nothing() -> None:
    few = measure_residual_spill(*tube({}, {"cd4": 15, "cd8": 15}))
    none = measure_residual_spill(*tube({}, {"cd4": 0}))

    assert few == ()
    assert none == ()


def test_a_constant_signal_does_not_break_the_fit() -> None:
    signals, kinds = tube({})
    signals[CD16] = np.full_like(signals[CD16], 7.0)

    spills = measure_residual_spill(signals, kinds)

    assert all(np.isfinite(one.percent) for one in spills)


def test_a_tandem_needs_its_donor_beside_it() -> None:
    assert has_tandem_and_donor([CD4, CD16])
    assert has_tandem_and_donor([Stain("CD3", "PC5"), Stain("CD4", "RD1")])
    assert not has_tandem_and_donor([CD4, CD8])
    assert not has_tandem_and_donor([CD3, CD16])
    assert not has_tandem_and_donor([])


def test_kinds_without_b_and_nk_markers_stay_together() -> None:
    cd3 = np.array([True, True, False, False])
    cd4 = np.array([True, False, False, False])
    cd8 = np.array([False, True, False, False])
    monocytes = np.array([False, False, False, True])

    kinds = lymphocyte_kinds(
        np.ones(4, dtype=np.bool_), {"CD3": cd3, "CD4": cd4, "CD8": cd8}, monocytes
    )

    assert {kind: mask.tolist() for kind, mask in kinds.items()} == {
        "CD4 T": [True, False, False, False],
        "CD8 T": [False, True, False, False],
        "CD3-": [False, False, True, False],
    }


def test_without_cd3_no_kind_is_told() -> None:
    assert lymphocyte_kinds(np.ones(3, dtype=np.bool_), {}) == {}
